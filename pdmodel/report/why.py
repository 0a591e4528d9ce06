"""Why: which process moves what the targets look at, and where the rivals' mechanisms differ.

Comparing wrote both, with the models at hand. A page runs no model: it can be made of a folder that
came from elsewhere, whose names must lead to no code.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pdmodel.report.section import Section, Table
from pdmodel.report.sources import pictures_of

SHAPE = {"apart?": [[str]], "moved?": str}


def is_reason(stem: str) -> bool:
    """Whether a figure of a comparison belongs into this section."""
    return stem == "influences" or stem.startswith("fluxes_")


def why_section(verdicts: Mapping[str, Any], folder: Path) -> list[Section]:
    """Return the fluxes of the first hypothesis as it was fitted, and where rivals differ.

    None where an older pdmodel compared; comparing again, in the same folder, takes a moment.

    Parameters
    ----------
    verdicts, folder
        What `verdicts.json` holds, and where it lies.
    """
    if "apart" not in verdicts:
        return []
    first = str(verdicts["hypotheses"][0]["name"])
    words = verdicts["moved"] or f"No fluxes are drawn of {first}: there is no fit of it."
    rows = [tuple(row) for row in verdicts["apart"]]
    table = Table(("hypothesis", "slot", first, "instead"), rows, "Where rivals differ")
    return [
        Section(
            "Why",
            (words, "In which slots the rivals hold another mechanism, the table says."),
            tables=[table] if rows else [],
            pictures=pictures_of(folder / "figures", is_reason),
        )
    ]
