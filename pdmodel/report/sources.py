"""What result folders hold, read for a page: JSON, tables, pictures. Files may be from others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from pdmodel.errors import InputError
from pdmodel.report.section import Picture, Table
from pdmodel.storage import read_frame

_PNG = b"\x89PNG\r\n\x1a\n"
_CAPTIONS = {
    "hypothesis_map": "Each hypothesis against each target and pattern: by how much it is missed.",
    "diverging": "What the hypotheses predict of the most telling measurements; bands hold 90 % of "
    "the parameter sets that the evidence leaves open.",
    "evidence": "Evidence of hypotheses, and how their AICc ranks them.",
    "posteriors": "Posterior of each parameter within the bounds of its prior: median and 90 %.",
    "power": "Power of the most telling measurements.",
    "waterfall": "Best change of each virtual patient.",
    "spider": "Change over time of virtual patients.",
    "swimmer": "Dose, holds, flare and response of virtual patients.",
    "dose_map": "Dose of every virtual patient on every day.",
    "cytokines": "IL-6 and TNF-alpha of virtual patients by response.",
    "pattern_forest": "Predicted against reported.",
    "kaplan_meier": "Time without progression.",
    "predictions": "How far each prediction can go while all parameters are fitted again.",
    "profiles": "Profile likelihood of each parameter.",
    "target_forest": "Every target: simulated against allowed.",
    "identifiability_map": "What the targets say of the parameters together.",
    "sobol_map": "Which parameter moves which target.",
}


def read_table(file: Path, columns: Mapping[str, str], caption: str = "") -> Table:
    """Return some columns of a CSV file under other headings.

    Raises
    ------
    InputError
        If the file or a column is missing.
    """
    table = read_frame(file, columns)
    return Table.of(table[list(columns)].rename(columns=dict(columns)), caption)


def read_words(file: Path) -> str:
    """Return a text file.

    Raises
    ------
    InputError
        If it cannot be read, or is no text.
    """
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise InputError(f"{file} cannot be read: {error}") from error


def pictures_of(folder: Path, wanted: Callable[[str], bool] = lambda stem: True) -> list[Picture]:
    """Return the PNG files of a folder of figures by name, those of one hypothesis last.

    Parameters
    ----------
    folder
        Of figures; it may be missing.
    wanted
        Says of a name without its ending whether the figure is meant.

    Raises
    ------
    InputError
        If one is no PNG file.
    """
    found = []
    for file in sorted(filter(lambda f: wanted(f.stem), folder.glob("*.png")), key=_order):
        content = file.read_bytes() if file.is_file() else b""
        if not content.startswith(_PNG):
            raise InputError(f"{file} is no PNG file")
        found.append(Picture(_caption(file.stem), content))
    return found


def _order(file: Path) -> tuple[bool, str]:
    return file.stem.startswith("bands_"), file.name


def _caption(stem: str) -> str:
    if stem.startswith("bands_"):
        return f"What the posterior of {stem.removeprefix('bands_')} predicts."
    return _CAPTIONS.get(stem, stem.replace("_", " "))
