"""`pdmodel export` of a fit to measured data."""

from __future__ import annotations

from pathlib import Path

import pytest

from pdmodel.inference import read_result
from tests.toys.measured_laboratory import EACH, QUICK, courses, laboratory

pytest.importorskip("petab", reason="needs the package petab")
__all__ = ["laboratory"]


@pytest.mark.usefixtures("blank_figures")
def test_a_folder_of_a_fit_becomes_a_problem(command, laboratory: Path) -> None:
    """Fitted values are the nominal ones; the problem is fitted by its own file."""
    (laboratory / "pk.csv").write_text(courses(limit=0.0))
    made = command("fit-data", *EACH, *QUICK, "--quiet")
    assert made.code == 0, made.err
    outcome = command("export", "results/pk", "--format", "petab", "--out", "problem")
    assert outcome.code == 0, outcome.err
    table = (laboratory / "problem" / "parameters.tsv").read_text("utf-8")
    fitted = read_result(laboratory / "results" / "pk").values
    assert f"{fitted['k']:.17g}" in table
    again = command("fit", "problem/problem.yaml", "--starts", "1", "--jobs", "1", "--quiet")
    assert again.code == 0, again.err
    packed = command("export", "results/pk", "--format", "omex", "--out", "problem.omex")
    assert packed.code == 0, packed.err


@pytest.mark.usefixtures("blank_figures")
def test_what_a_fit_says_itself_is_refused(command, laboratory: Path) -> None:
    """A regimen and days; and a place is needed."""
    assert command("fit-data", *EACH, *QUICK, "--quiet").code == 0
    words = ("export", "results/pk", "--format", "petab")
    outcome = command(*words, "--days", "3", "--out", "p")
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    assert "say where with --out" in command(*words).err
