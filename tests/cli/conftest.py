"""Commands run inside the process, in an empty folder, as if piped."""

from __future__ import annotations

import contextlib
import io
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest

from pdmodel.cli import run
from pdmodel.hypotheses import ComparisonSettings

DOTS = 60
"""Of an inch of a figure: commands are asked whether they draw, not how sharply."""


class Outcome(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


@contextlib.contextmanager
def working_in(folder: Path) -> Iterator[None]:
    """Work in a folder, as every command of these tests does."""
    with contextlib.chdir(folder), pytest.MonkeyPatch.context() as patch:
        patch.delenv("COLUMNS", raising=False)
        patch.setattr("pdmodel.plots.base.figure.DPI", DOTS)
        yield


@pytest.fixture
def command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., Outcome]]:
    """Return a function that runs `pdmodel WORDS...` in an empty folder."""

    def call(*words: str) -> Outcome:
        code = run(words)
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    with working_in(tmp_path):
        yield call


class Made(NamedTuple):
    """What a command left behind that several tests begin with."""

    folder: Path
    outcome: Outcome

    def copy_to(self, folder: Path) -> None:
        """Put all that lies in its working folder into another one."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)


def made_once(folder: Path, *words: str) -> Made:
    """Run `pdmodel WORDS...` in a folder, outside of any single test."""
    out, err = io.StringIO(), io.StringIO()
    with working_in(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(words)
    return Made(folder, Outcome(code, out.getvalue(), err.getvalue()))


@pytest.fixture
def few_evaluations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `compare` fit with little effort: what is tested is the way from words to files."""
    few = partial(ComparisonSettings, max_evaluations=2, refit_evaluations=1)
    monkeypatch.setattr("pdmodel.hypotheses.ComparisonSettings", few)
