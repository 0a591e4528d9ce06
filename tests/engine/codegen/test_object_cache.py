"""Machine code on disk: kept once, made again where it is damaged, never in the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from pdmodel.engine.codegen import object_cache as code_cache
from pdmodel.engine.codegen.object_cache import kept


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list of what was made; the cache is empty."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    return []


def files() -> list[Path]:
    """Return what is kept."""
    place = code_cache.folder()
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


def test_another_folder_is_taken_where_the_given_one_is_of_no_use(
    made: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`NUMBA_CACHE_DIR` is a file: what is made is kept where numba keeps its own."""
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(blocked))
    monkeypatch.setattr(code_cache, "cache_folder", lambda: tmp_path / "other")
    assert ask("a", made) == ask("a", made) == b"aaa"
    assert made == ["a"]
