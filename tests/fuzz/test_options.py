"""Every option of every verb with odd values: a result, or one line and an exit code."""

from __future__ import annotations

import importlib
import random
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from pdmodel.cli import run
from pdmodel.cli.app import app
from pdmodel.errors import InputError
from tests.fuzz.mutation import cases

OWN = """
import pandas as pd
from pdmodel.inference import Question, Target
from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary
from pdmodel.trial import LogNormal, Population, Protocol, Trial
q = Vocabulary()
k = q.parameter("k", unit="1/day", value=1, bounds=(0.1, 9), meaning="", source=ASSUMED, vary=True)
q.parameter("tone", unit="1", value=1, bounds=(0.1, 9), meaning="", source=ASSUMED)
x = q.state("x", unit="1", initial=1, meaning="something")
q.slot("s", meaning="role", states=(x,))
loss = Mechanism("m", "s", "c", processes={"loss": {x: -k * x}}, doses={"d": x})
mine = Model("mine", q, [loss])
pair = "responder/nonresponder"
rows = [Target("t", pair, "x", "ratio", day=1, value=0.4, sigma=0.1)]
asked = Question("asked", "t", mine, rows, "no drug", days=2, differ=("k",))
def outcomes(records):
    return pd.DataFrame({"low": records["x"].values[:, -1] < 0.1})
people = Population("people", "", {"k": LogNormal(0.3)})
plan = Protocol("p", "t", 1, unit="1", days=7)
tried = Trial("tried", "t", plan, people, outcomes, "", ("x",), model=mine)
"""
DATA = "ID,TIME,AMT,EVID,DV\n1,0,10,1,.\n1,1,.,0,4\n1,2,.,0,1.5\n2,0,10,1,.\n2,1,.,0,3\n"
BASES = {
    "list": [],
    "show": ["own.py"],
    "check": ["own.py", "--days", "2"],
    "simulate": ["own.py", "--days", "2", "--regimen", "none"],
    "explore": ["own.py", "--no-browser"],
    "plot": ["run"],
    "fit": ["own.py", "--starts", "1"],
    "fit-data": ["own.py:mine", "data.csv", "--observe", "x", "--free", "k", "--starts", "1"],
    "profile": ["own.py", "--jobs", "1"],
    "sensitivity": ["own.py", "--local"],
    "compare": ["response", "reference", "--patients", "8"],
    "evidence": ["response", "reference"],
    "discriminate": ["response"],
    "report": ["run"],
    "export": ["own.py", "--days", "2", "--regimen", "1 mg daily"],
    "cite": ["own.py"],
    "doctor": [],
    "new": ["my_file.py"],
    "trial run": ["own.py", "--patients", "4"],
    "trial compare": ["own.py", "--patients", "4"],
    "trial schedule": ["schedules", "--patients", "4"],
}
VALUES = (
    "", " ", "0", "-1", "1", "2", "1e300", "-inf", "nan", "9" * 30, "é", "\U0001f600", "a,b", ",",
    "x=1",
    "k=2", "k=nan", "k=1:2", "k=2:1", "own.py", "folder", "folder/none", "own.py:mine", "~nobody/x",
    "a" * 5000, "\x00", "$x {", "[red]", "--", "none", "10 mg daily", "level",
)  # fmt: skip
_WORK = (
    "run_tasks",
    "run_block",
    "minimise_problem",
    "calibrate",
    "sample_posterior",
    "fit_population",
    "serve",
)


class _Begun(InputError):
    """All options were accepted, and the long work would begin."""


def _verbs() -> dict[str, Any]:
    """Return the commands by their words."""
    found = {}
    group: Any = typer.main.get_command(app)
    for name, command in group.commands.items():
        for inner, one in getattr(command, "commands", {}).items():
            found[f"{name} {inner}"] = one
        if not hasattr(command, "commands"):
            found[name] = command
    return found


def _options(command: Any) -> list[tuple[str, bool]]:
    """Return each option, and whether it takes a value."""
    return [
        (max(one.opts, key=len), not getattr(one, "is_flag", False))
        for one in command.params
        if str(one.opts[0]).startswith("-")
    ]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work where there is an own file and a folder; long work stops where it would begin."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "own.py").write_text(OWN, encoding="utf-8")
    (tmp_path / "data.csv").write_text(DATA, encoding="utf-8")
    (tmp_path / "folder").mkdir()

    def begin(*_: object, **__: object) -> None:
        raise _Begun("the work begins")

    for name in (
        "fit",
        "fit_data",
        "profile",
        "sensitivity",
        "compare",
        "evidence",
        "discriminate",
        "trial",
    ):
        importlib.import_module(f"pdmodel.cli.verbs.{name}")
    for package in ("inference", "hypotheses", "trial", "explore.server"):
        home = importlib.import_module(f"pdmodel.{package}")
        for work in _WORK:
            getattr(home, work, None)  # loads the module that it lives in
    for module in [*sys.modules.copy().values()]:
        if getattr(module, "__name__", "").startswith("pdmodel."):
            for work in _WORK:
                if work in vars(module):
                    monkeypatch.setattr(module, work, begin)
    return tmp_path


def test_every_verb_is_here() -> None:
    """A new verb needs a line of its own in BASES."""
    assert set(_verbs()) == set(BASES)


@pytest.mark.parametrize("verb", BASES)
def test_options(verb: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each option once with an odd value, then more of them together, as often as asked."""
    options = _options(_verbs()[verb])
    for chance in cases(len(options), seed=3):
        words = [*verb.split(), *BASES[verb]]
        for option, takes in _chosen(chance, options):
            words += [option, chance.choice(VALUES)] if takes else [option]
        _judge(words, capsys)


def _chosen(chance: random.Random, options: list[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """Return one to three options, `--help` never: it hides the others."""
    known = [option for option in options if option[0] != "--help"]
    return chance.sample(known, min(len(known), chance.choice((1, 1, 2, 3))))


def _judge(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    try:
        code = run(words)
    except BaseException as error:
        raise AssertionError(f"{type(error).__name__} for {words!r}: {error}") from error
    told = capsys.readouterr().err
    assert code in (0, 1, 2), f"exit code {code} for {words!r}"
    lines = [line for line in told.splitlines() if line.startswith("error: ")]
    assert "Traceback" not in told, f"{words!r}: {told}"
    assert len(lines) == (1 if code else 0), f"{words!r} ({code}): {told!r}"
    assert len(told) < 4000, f"{words!r}: {len(told)} letters"


def test_the_work_would_begin_with_right_options(folder: Path, capsys: Any) -> None:
    """The fuzz is not refused at the first step: right words come as far as the work."""
    for words in (["fit", "own.py"], ["trial", "run", "own.py", "-n", "4"]):
        assert run(words) == 2
        assert "the work begins" in capsys.readouterr().err
