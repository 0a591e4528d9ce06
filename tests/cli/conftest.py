"""Commands run inside the process, in an empty folder, as if piped."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest

from pdmodel.cli import run
from pdmodel.hypotheses import ComparisonSettings


class Outcome(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Outcome]:
    """Return a function that runs `pdmodel WORDS...` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)

    def call(*words: str) -> Outcome:
        code = run(words)
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return call


@pytest.fixture
def few_evaluations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `compare` fit with little effort: what is tested is the way from words to files."""
    few = partial(ComparisonSettings, max_evaluations=12, refit_evaluations=2)
    monkeypatch.setattr("pdmodel.hypotheses.ComparisonSettings", few)
