"""What discrimination and evidence read of a finished comparison: its verdicts and its fits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from pathlib import Path

from pdmodel.errors import InputError
from pdmodel.hypotheses.comparison import Comparison, ComparisonSettings
from pdmodel.hypotheses.examination.examine import examine_fit
from pdmodel.hypotheses.examination.folder import (
    FIT_FILE,
    folder_of,
    read_fit,
    settings_of,
    stored_settings,
)
from pdmodel.hypotheses.hypothesis import Hypothesis
from pdmodel.hypotheses.verdicts.parts import FitPart
from pdmodel.hypotheses.verdicts.verdict import STANDS
from pdmodel.storage import read_shaped, same_content

_SHAPE = {"hypotheses": [{"name": str, "verdict": {"kind": str}}]}
_MOST = 12
"""The most hypotheses that are taken where none is named."""
_OF_THE_FIT = ("model", "targets", "settings", "doses", "days", "code")
"""What two fits of a hypothesis must share to be the same question."""


def standing(folder: Path, kinds: Collection[str] = STANDS, most: int = _MOST) -> list[str]:
    """Return the names of hypotheses whose verdict in a finished comparison is of some kinds.

    Parameters
    ----------
    folder
        Folder of `compare`.
    kinds, most
        Verdicts, those that do not refute by default; and how many names at most.

    Raises
    ------
    InputError
        If there is none.
    """
    file = folder / "verdicts.json"
    if not file.is_file():
        raise InputError(
            f"{folder} holds no finished comparison; name hypotheses, or run `pdmodel compare`"
        )
    rows = read_shaped(file, _SHAPE)["hypotheses"]
    names = [str(row["name"]) for row in rows if row["verdict"]["kind"] in kinds][:most]
    for name in names:
        if ":" in name:  # a name in a file must not lead to code elsewhere
            raise InputError(f"{file}: hypothesis {name!r} is not published; name those you mean")
    if not names:
        others = Counter(str(row["verdict"]["kind"]) for row in rows)
        counts = ", ".join(f"{count} {kind}" for kind, count in others.items()) or "it holds none"
        raise InputError(
            f"no hypothesis in {folder} is of the verdict {' or '.join(kinds)} ({counts}); name "
            "those you mean"
        )
    return names


def fitted(comparison: Comparison, hypothesis: Hypothesis, folder: Path) -> FitPart:
    """Return the fit that a comparison keeps of a hypothesis; it is made if it is not there.

    Raises
    ------
    InputError
        If the hypothesis could not be fitted, or the question has changed since.
    """
    path, plan = folder_of(folder, hypothesis), ComparisonSettings(3)
    if (path / FIT_FILE).is_file():
        stored, own = stored_settings(path), settings_of(comparison, hypothesis, plan)
        if other := [key for key in _OF_THE_FIT if not same_content(stored.get(key), own[key])]:
            raise InputError(
                f"{path} holds the fit of another question (other {', '.join(other)}); compare "
                "again, or choose another --from"
            )
        fit = read_fit(path, comparison.problem(hypothesis))
    else:
        fit = examine_fit(comparison, hypothesis, plan, folder)
    if fit.failure:
        raise InputError(f"hypothesis {hypothesis.name!r} could not be fitted: {fit.failure}")
    return fit
