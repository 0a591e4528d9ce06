"""`pdmodel fit` and `pdmodel profile` on a PEtab problem."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interchange.petab.written_problems import ROWS, write_problem

pytest.importorskip("petab", reason="needs the package petab")


def test_command_line(command, tmp_path: Path) -> None:
    """`fit` and `profile` take the file where they take a question."""
    file = write_problem(tmp_path / "p", ROWS)
    words = ("--starts", "1", "--jobs", "1", "--free", "forward,back", "--quiet")
    outcome = command("fit", str(file), *words, "--out", "fit")
    assert outcome.code == 0, outcome.err
    profiled = command(
        "profile", str(file), "--fit", "fit", "--free", "forward,back", "-p", "back", "--quiet"
    )
    assert profiled.code == 0, profiled.err
    refused = command("fit", str(file), "--days", "9")
    assert (refused.code, refused.err) == (
        2, "error: --days: a PEtab problem says this in its own tables\n"
    )  # fmt: skip


def test_evidence_of_a_problem(command, tmp_path: Path) -> None:
    """The file stands for the comparison; hypotheses have no place beside it."""
    pytest.importorskip("dynesty", reason="needs the extra bayes")
    file = write_problem(tmp_path / "p", ROWS)
    refused = command("evidence", str(file), "reference")
    assert (refused.code, refused.err.startswith("error: hypotheses and --from")) == (2, True)
    few = command("evidence", str(file), "--live", "8")
    assert (few.code, few.err) == (
        2, "error: 8 live points are too few for 5 parameters: 12 or more\n"
    )  # fmt: skip
