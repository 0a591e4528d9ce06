"""The state of the source of a result."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pdmodel.storage import source_state


def git(folder: Path, *words: str) -> None:
    """Run git in a folder, as somebody."""
    who = ["-c", "user.name=n", "-c", "user.email=n@example.org"]
    subprocess.run(["git", "-C", str(folder), *who, *words], check=True, capture_output=True)


def test_a_commit_is_named_with_changes_since(tmp_path: Path) -> None:
    """A tracked file has a commit; untracked and installed files have none, nor has no file."""
    git(tmp_path, "init")
    file = tmp_path / "trials.py"
    file.write_text("a = 1\n")
    assert source_state(file)["commit"] is None
    git(tmp_path, "add", "trials.py")
    git(tmp_path, "commit", "-m", "first")
    state = source_state(file)
    assert len(str(state["commit"])) == 40
    assert state["changed"] is False
    file.write_text("a = 2\n")
    assert source_state(file) == state | {"changed": True}
    for other in (tmp_path / "untracked.py", ""):
        assert source_state(other) == state | {"commit": None, "changed": None}


def test_without_git_there_is_a_version_still(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No error, no commit."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert source_state(tmp_path / "a.py")["commit"] is None
    assert source_state(tmp_path / "a.py")["version"]
