"""The fingerprint under which compiled code is kept."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from pdmodel.engine.compiling import fingerprint, uninterrupted


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
