"""The notebooks run from top to bottom, and what they show is stored in them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")

FOLDER = Path(__file__).parents[2] / "examples" / "notebooks"
NOTEBOOKS = ("explore_a_mechanism", "fit_own_data", "compare_hypotheses")
LARGEST = 600_000
"""Bytes of a notebook with its figures."""


def test_there_are_three_notebooks() -> None:
    """Those that the documentation names."""
    assert {path.stem for path in FOLDER.glob("*.ipynb")} == set(NOTEBOOKS)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_what_a_notebook_shows_is_stored_in_it(name: str) -> None:
    """Every cell was run in order without an error; no output is an address or a warning."""
    path = FOLDER / f"{name}.ipynb"
    assert path.stat().st_size < LARGEST
    notebook = nbformat.read(path, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    shown = [output for cell in cells for output in cell.outputs]
    assert sum("image/png" in output.get("data", {}) for output in shown) >= 2
    for output in shown:
        assert output.output_type != "error"
        assert output.get("name") != "stderr"
        plain = "".join(output.get("data", {}).get("text/plain", ""))
        assert not re.search(r" at 0x[0-9a-f]+", plain)
        assert len(plain) < 2_000


def test_a_notebook_runs() -> None:
    """From top to bottom, and shows what is stored; `make docs-check` runs all of them."""
    from docs.checks.notebooks import run

    assert run(FOLDER / f"{NOTEBOOKS[0]}.ipynb") == []
