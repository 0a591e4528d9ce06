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
