"""The fingerprint under which compiled code is kept."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pdmodel.engine.codegen.numba_door import fingerprint, uninterrupted

ROOT = Path(__file__).parents[3]
KEPT = '''"""A toy."""
from pdmodel.engine.codegen.numba_door import entry


def _make(mark):
    def twice(x):
        return 2.0 * x if mark else x

    return twice


twice = entry(_make)
'''


def test_fingerprint_follows_every_source_file(tmp_path: Path) -> None:
    """A changed letter, another name and a further file change it; other files do not."""
    (tmp_path / "a.py").write_text("x = 1\n")
    found = [fingerprint.__wrapped__(tmp_path)]
    (tmp_path / "a.py").write_text("x = 2\n")
    found.append(fingerprint.__wrapped__(tmp_path))
    (tmp_path / "a.py").rename(tmp_path / "b.py")
    found.append(fingerprint.__wrapped__(tmp_path))
    (tmp_path / "c.py").write_text("")
    found.append(fingerprint.__wrapped__(tmp_path))
    assert len(set(found)) == 4
    assert min(found) > 0
    (tmp_path / "d.txt").write_text("x = 1\n")
    assert fingerprint.__wrapped__(tmp_path) == found[-1]
    (tmp_path / "c.py").unlink()
    assert fingerprint.__wrapped__(tmp_path) == found[2]
    (tmp_path / "below").mkdir()
    (tmp_path / "b.py").rename(tmp_path / "below" / "b.py")
    assert fingerprint.__wrapped__(tmp_path) not in found


def test_a_change_anywhere_in_the_engine_compiles_anew(tmp_path: Path) -> None:
    """What is kept is read back, until a file in another folder of the engine changes."""
    shutil.copytree(ROOT / "pdmodel", tmp_path / "pdmodel", ignore=shutil.ignore_patterns("__py*"))
    (tmp_path / "pdmodel" / "engine" / "lanes" / "toy.py").write_text(KEPT, encoding="utf-8")
    words = "from pdmodel.engine.lanes.toy import twice; twice(1.0); print(twice.stats.cache_hits)"
    hits = [_printed(words, tmp_path), _printed(words, tmp_path)]
    with (tmp_path / "pdmodel" / "engine" / "symbolic" / "idle.py").open("a") as file:
        file.write("# a comment\n")
    hits.append(_printed(words, tmp_path))
    assert [bool(re.search(r": [1-9]", text)) for text in hits] == [False, True, False]


def _printed(words: str, place: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", words], cwd=place, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(place), "NUMBA_CACHE_DIR": str(place / "kept")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_interruption_waits_for_the_compiler() -> None:
    """Ctrl-C in the middle is seen at the end; what was being made is made."""
    made: list[str] = []

    def work() -> None:
        signal.raise_signal(signal.SIGINT)
        made.append("whole")

    with pytest.raises(KeyboardInterrupt):
        uninterrupted(work)()
    assert made == ["whole"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
