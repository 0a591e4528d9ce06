"""`pdmodel new`: every command works at once on what it has written."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from pdmodel.templates.writing import kinds
from tests.cli.conftest import Outcome

Command = Callable[..., Outcome]
pytestmark = pytest.mark.usefixtures("few_evaluations", "blank_figures")
BEGINNING = ("fit FILE --starts 1 --jobs 1", "trial run FILE --patients 32")
ALL = (
    "show MODEL",
    *BEGINNING,
    "plot run",
    "plot results/mine",
    "profile FILE --fit results/mine --jobs 1 --max-evaluations 20",
    "sensitivity FILE --fit results/mine --local",
    "compare FILE --starts 1 --patients 32 --jobs 1",
    "discriminate FILE --members 2",
    "evidence FILE --live 8 --runs 1 --draws 8 --jobs 1",
    "trial compare FILE --patients 32",
    "trial schedule FILE --patients 32",
    "export MODEL --regimen '2 mg daily' --days 7",
    "report results/mine",
    "report results/compare_mine",
)


def _run(command: Command, lines: tuple[str, ...], name: str) -> None:
    for line in lines:
        words = shlex.split(
            line.replace("FILE", f"{name}.py").replace("MODEL", f"{name}.py:{name}")
        )
        done = command(*words)
        assert done.code == 0, f"{line}: {done.err}"


def _tried(done: Outcome) -> list[list[str]]:
    """Return the commands that are printed to be tried next, in words."""
    lines = done.out.splitlines()
    return [shlex.split(line)[1:] for line in lines[lines.index("Try next:") + 1 :]]


@pytest.mark.parametrize("kind", kinds())
def test_a_new_file_can_be_used_at_once(kind: str, command: Command, tmp_path: Path) -> None:
    """Of each kind the model is sound, and is simulated, fitted and tried; all targets are met."""
    done = command("new", "mine.py", "--kind", kind)
    assert done.code == 0
    assert done.out.startswith("wrote mine.py, mine_")
    check, simulate, *others = _tried(done)
    assert [words[0] for words in (check, simulate, *others)] == [
        "check", "simulate", "fit", "trial", "compare",
    ]  # fmt: skip
    assert command(*check).out.startswith("mine.py:mine: ok")
    assert command(*simulate).code == 0
    assert (tmp_path / "run" / "figures").is_dir()
    _run(command, BEGINNING if kind != "indirect-response" else ALL, "mine")
    targets = (tmp_path / "mine_targets.csv").read_text().splitlines()
    fitted = (tmp_path / "results" / "mine" / "report.txt").read_text()
    assert f"{len(targets) - 1} of {len(targets) - 1} targets met" in fitted


def test_the_help_lists_the_kinds(command: Command) -> None:
    """Every template that there is can be chosen from what the help says."""
    told = command("new", "--help").out
    assert [kind for kind in kinds() if kind not in told] == []


def test_the_usual_kind_needs_no_option(command: Command, tmp_path: Path) -> None:
    """Without --kind a file of an indirect response is written."""
    assert command("new", "mine.py").code == 0
    usual = (tmp_path / "mine.py").read_text()
    assert command("new", "mine.py", "--kind", "indirect-response", "--overwrite").code == 0
    assert (tmp_path / "mine.py").read_text() == usual


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("mine.py", "--kind", "tumor"), "did you mean 'tumour'?"),
        (("mine",), "write e.g. mine.py"),
        (("marker.py",), "choose another name, e.g. my_marker.py"),
    ],
)
def test_what_cannot_be_written_is_refused(
    words: tuple[str, ...], said: str, command: Command, tmp_path: Path
) -> None:
    """One message that says what to write instead, exit code 2, and no file."""
    done = command("new", *words)
    assert done.code == 2
    assert said in done.err
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_kept(command: Command, tmp_path: Path) -> None:
    """Without --overwrite the second call changes nothing."""
    assert command("new", "mine.py").code == 0
    (tmp_path / "mine.py").write_text("# my own work\n")
    done = command("new", "mine.py")
    assert done.code == 2
    assert "--overwrite" in done.err
    assert (tmp_path / "mine.py").read_text() == "# my own work\n"
