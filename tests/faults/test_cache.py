"""A cache of compiled code that cannot be written or read costs time, never the answer."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# What every script begins with: a function that is kept as the integrator is, in a second's time.
BEGIN = """
import warnings
from pdmodel.engine.codegen import code_folder
warnings.simplefilter("always")
from tests.faults.doubling import double
def say(wrong):
    print(double(21), wrong)
"""


def run(script: str, cache: Path | None = None) -> tuple[list[str], list[str]]:
    """Run a script in a process of its own; return the lines of its output, and its warnings."""
    environment = {name: v for name, v in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    if cache is not None:
        environment["NUMBA_CACHE_DIR"] = str(cache)
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + textwrap.dedent(script)], cwd=ROOT, env=environment,
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = [line for line in done.stderr.splitlines() if "Warning" in line]
    assert "Traceback" not in done.stderr
    return done.stdout.splitlines(), told


def test_no_folder_can_be_written() -> None:
    """The home and the package are read-only: compiled anew, said once; `doctor` names it."""
    output, told = run("""
        import tempfile
        def refuse(*words, **named):
            raise PermissionError(13, "read-only")
        tempfile.TemporaryFile = refuse
        say("first")
        say("second")
        from pdmodel.engine.codegen.object_cache import kept
        print(kept("a key", lambda: b"made"))
        from pdmodel.cli.verbs.doctor_checks import examine
        print(*(f.detail for f in examine() if f.what == "compiled code" and not f.ok))
        from pdmodel.engine.simulation import compiler_notice
        print(compiler_notice())
    """)
    assert output[:3] == ["42 first", "42 second", "b'made'"]
    assert "no folder in which compiled code can be kept" in output[3]
    assert "set NUMBA_CACHE_DIR" in output[3]
    assert output[4].startswith("the first run of each process compiles the integrator")
    (told_once,) = told
    assert "every command compiles the integrator anew" in told_once


@pytest.mark.parametrize("below", ["", "deeper"])
def test_the_given_folder_is_none(tmp_path: Path, below: str) -> None:
    """`NUMBA_CACHE_DIR` leads to a file: another place is used, which is said once."""
    place = tmp_path / "file"
    place.write_text("no folder")
    output, told = run('say("first"); say("second")', place / below)
    assert output == ["42 first", "42 second"]
    (told_once,) = told
    assert "NUMBA_CACHE_DIR is" in told_once
    assert "is kept in" in told_once


def test_the_disk_is_full_when_code_is_kept(tmp_path: Path) -> None:
    """What is compiled is used; that it is not kept is said once."""
    output, told = run("""
        import tempfile
        from pdmodel.engine.codegen import object_cache
        def full(*words, **named):
            raise OSError(28, "No space left on device")
        tempfile.mkstemp = full
        say("first")
        say("second")
        print(object_cache.kept("a key", lambda: b"made"))
    """, tmp_path)  # fmt: skip
    assert output == ["42 first", "42 second", "b'made'"]
    (told_once,) = told
    assert "No space left on device" in told_once


@pytest.mark.parametrize("content", [b"garbage", b"", None], ids=["foreign", "empty", "cut"])
def test_a_damaged_file_is_made_again(tmp_path: Path, content: bytes | None) -> None:
    """Foreign or cut short: said once; the next process finds it whole."""
    run('say("whole")', tmp_path)
    (file,) = tmp_path.rglob("*.integrator")
    file.write_bytes(file.read_bytes()[:-1] if content is None else content)
    output, told = run('say("damaged")', tmp_path)
    assert output == ["42 damaged"]
    assert len(told) == 1
    assert "is damaged and made anew" in told[0]
    output, told = run('say("and found")', tmp_path)
    assert (output, told) == (["42 and found"], [])
