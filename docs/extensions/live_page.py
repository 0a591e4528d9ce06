"""The explorer of the reference model as one file, which the first page shows."""

from __future__ import annotations

from pathlib import Path

from pdmodel.explore.facts import model_and_question
from pdmodel.explore.one_file.write import one_file

NAME = "explorer.html"


def write_live_page(folder: Path) -> None:
    """Write what `pdmodel explore reference --demo explorer.html` writes.

    Parameters
    ----------
    folder
        Of docs/made; it is there.
    """
    model, question = model_and_question("reference", None)
    (folder / NAME).write_text(one_file(model, question), "utf-8")
