"""Machine code on disk: kept once, made again where it is damaged, never in the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from pdmodel.engine.codegen import object_cache as code_cache
from pdmodel.engine.codegen.code_folder import cache_folder
from pdmodel.engine.codegen.object_cache import is_kept, kept, kept_entry


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list of what was made; the cache is empty."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    return []


def files() -> list[Path]:
    """Return what is kept."""
    place = cache_folder()
    assert place is not None
    return list(place.iterdir())


def ask(key: str, made: list[str]) -> bytes:
    """Ask for a key and note whether it had to be made."""

    def make() -> bytes:
        made.append(key)
        return key.encode() * 3

    return kept(key, make)


def test_what_was_made_is_kept(made: list[str]) -> None:
    """One making a key; the bytes are the same."""
    assert [ask(key, made) for key in ("a", "b", "a")] == [b"aaa", b"bbb", b"aaa"]
    assert made == ["a", "b"]


def test_a_damaged_file_is_made_again(made: list[str]) -> None:
    """Cut short, or changed in one byte."""
    ask("a", made)
    (file,) = files()
    whole = file.read_bytes()
    for damaged in (whole[:-1], whole[:-1] + b"!", b""):
        file.write_bytes(damaged)
        assert ask("a", made) == b"aaa"
    assert made == ["a"] * 4
    assert file.read_bytes() == whole


def test_the_oldest_are_forgotten(made: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder does not grow without end."""
    monkeypatch.setattr(code_cache, "MOST_FILES", 3)
    for key in "abcdef":
        ask(key, made)
    assert len(files()) == 3


def test_a_folder_that_cannot_be_written_keeps_nothing(
    made: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does it fail."""
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(blocked))
    monkeypatch.setattr(code_cache, "cache_folder", lambda: None)
    assert ask("a", made) == ask("a", made) == b"aaa"
    assert made == ["a", "a"]


def test_entries_are_kept_for_the_sources_as_they_are(
    made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another state of the sources is another entry; models do not push it out."""
    monkeypatch.setattr(code_cache, "MOST_FILES", 3)
    said: list[str] = []
    assert not is_kept("toy")
    assert kept_entry("toy", "a", lambda: b"code", said.append) == b"code"
    assert is_kept("toy")
    for key in "abcdef":
        ask(key, made)
    assert kept_entry("toy", "a", lambda: b"other", said.append) == b"code"
    monkeypatch.setattr(code_cache, "fingerprint", lambda: 7)
    assert not is_kept("toy")
    assert kept_entry("toy", "a", lambda: b"other", said.append) == b"other"
    assert said == []
