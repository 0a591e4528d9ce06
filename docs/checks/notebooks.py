"""Runs every notebook of examples/notebooks in a kernel of its own, in its own folder.

`python -m docs.checks.notebooks NAME...` runs some of them; without a name it runs all.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import nbclient
import nbformat

FOLDER = Path(__file__).parents[2] / "examples" / "notebooks"
_SECONDS = 600


def run(path: Path) -> list[str]:
    """Run a notebook; return by cell of which kinds its outputs were stored and are not now.

    Parameters
    ----------
    path
        Of the notebook, which stays as it is.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        If a cell ends in an error.
    """
    notebook = nbformat.read(path, as_version=4)
    stored = [_kinds_of(cell) for cell in notebook.cells]
    place = {"metadata": {"path": str(path.parent)}}
    nbclient.NotebookClient(
        notebook, timeout=_SECONDS, kernel_name="python3", resources=place
    ).execute()
    shown = [_kinds_of(cell) for cell in notebook.cells]
    return [
        f"cell {number} shows {new}, and {old} is stored"
        for number, (old, new) in enumerate(zip(stored, shown, strict=True), start=1) if old != new
    ]  # fmt: skip


def _kinds_of(cell: Any) -> str:
    """Return of which kinds the outputs of a cell are, but for bars of progress."""
    outputs = getattr(cell, "outputs", [])
    shown = [output for output in outputs if output.get("data", {}).get("text/html") != ""]
    return json.dumps([sorted(output.get("data", {"text": ""})) for output in shown])


def main(names: list[str]) -> int:
    """Run the notebooks and print a line each; return how many failed."""
    failed = 0
    for path in sorted(FOLDER.glob("*.ipynb")):
        if names and path.stem not in names:
            continue
        begun = time.perf_counter()
        try:
            faults = run(path)
        except nbclient.exceptions.CellExecutionError as error:
            faults = [str(error)]
        failed += bool(faults)
        said = "; ".join(faults) or "runs"
        print(f"{path.name}: {said} ({time.perf_counter() - begun:.1f} s)", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
