"""Ctrl-C and SIGTERM at any moment: one line, the right exit code, no worker left; resumable.

`PDMODEL_INTERRUPTS=100 pytest tests/faults/test_interrupt.py` tries that many moments of each
command instead of one.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pdmodel.cli.console.interruption import Interruption

pytestmark = pytest.mark.skipif(not hasattr(os, "killpg"), reason="no groups of processes here")

TRIES = int(os.environ.get("PDMODEL_INTERRUPTS", "0")) or 1
COMMANDS = {
    "trial": "trial run phase2 --patients 256 --seed 1 --out {out}",
    "trial with workers": "trial run phase2 --patients 256 --seed 1 --executor local:2 --out {out}",
    "fit": "fit response --starts 2 --jobs 2 --max-evaluations 20 --out {out}",
}
CODES = {signal.SIGINT: (130, "error: interrupted"), signal.SIGTERM: (143, "error: terminated")}


@pytest.fixture(autouse=True)
def _signals_are_heard() -> Iterator[None]:
    """Who runs the tests in the background of a shell has SIGINT ignored: commands must hear it."""
    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def begin(words: str, out: Path) -> subprocess.Popen[str]:
    """Start a command as the leader of its own group, as a shell does."""
    return subprocess.Popen(
        [sys.executable, "-m", "pdmodel", *words.format(out=out).split()],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        cwd=out.parent,
    )  # fmt: skip


def is_gone(group: int) -> bool:
    """Return whether no process of a group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_any_moment(tmp_path: Path, words: str, number: signal.Signals) -> None:
    """A terminal sends SIGINT to the whole group, a scheduler SIGTERM to the command.

    No traceback, and nothing that could be taken for a result.
    """
    moments = random.Random(f"{words} {number}")
    code, line = CODES[number]
    result = "fit.json" if words.startswith("fit") else "trial.json"
    for _ in range(TRIES):
        command = begin(words, tmp_path / "out")
        time.sleep(moments.uniform(0.5, 6.0))
        (os.killpg if number == signal.SIGINT else os.kill)(command.pid, number)
        _, told = command.communicate(timeout=60)
        lines = [text for text in told.splitlines() if text]
        assert (command.returncode, lines) in [(code, [line]), (0, [])]
        assert command.returncode == 0 or not (tmp_path / "out" / result).exists()
        deadline = time.monotonic() + 20
        while not is_gone(command.pid):
            assert time.monotonic() < deadline, "a worker is left"
            time.sleep(0.05)
        if command.returncode == 0:
            (tmp_path / "out").rename(tmp_path / f"ended {time.monotonic()}")
    assert [path for path in tmp_path.rglob("*") if ".partial-" in path.name] == []


def test_a_swallowed_signal_comes_again() -> None:
    """An exception in a destructor is printed and forgotten by Python: not this one."""
    code = """if True:
        import time
        from pdmodel.cli.console.interruption import interruption
        interruption.listen()
        class Fragile:
            def __del__(self):
                import signal
                signal.raise_signal(signal.SIGINT)
        try:
            fragile = Fragile()
            del fragile
            time.sleep(20)
        except KeyboardInterrupt:
            print(*interruption.ending)
    """
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert (done.stdout, done.stderr) == ("interrupted 130\n", "")


def test_the_exit_code_stands_whatever_was_interrupted(tmp_path: Path) -> None:
    """Of `python -m`, Python forgets it where code made from text was interrupted: not ours."""
    module = """
import sys
from pdmodel.cli.console.interruption import interruption
interruption.listen()
try:
    exec("import signal; signal.raise_signal(signal.SIGINT)")
except KeyboardInterrupt:
    pass
interruption.close()
sys.exit(interruption.ending[1])
"""
    (tmp_path / "broken_off.py").write_text(module)
    done = subprocess.run(
        [sys.executable, "-m", "broken_off"], cwd=tmp_path, capture_output=True, text=True,
        timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_the_exit_code_is_that_of_the_signal() -> None:
    """As shells have it."""
    asked = Interruption()
    assert asked.ending == ("interrupted", 130)
    asked.number = signal.SIGTERM
    assert asked.ending == ("terminated", 143)
