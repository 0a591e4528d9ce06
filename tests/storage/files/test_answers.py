"""Answers are kept until a source changes, and are never in the way."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

from pdmodel.storage.files.answers import cache_folder, kept_answer


class Maker:
    """Makes the same answer and counts how often."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> dict[str, object]:
        """Return plain data."""
        self.calls += 1
        return {"numbers": [0.1, 1e-300], "text": "µ", "made": 1}


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file of a module that is imported; answers are kept beside it."""
    monkeypatch.setenv("PDMODEL_CACHE", str(tmp_path / "kept"))
    file = tmp_path / "mine.py"
    file.write_text("x = 1\n", encoding="utf-8")
    module = ModuleType("mine_that_changes")
    module.__file__ = str(file)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return file


def ask(make: Maker, *question: str, keep: bool = True) -> object:
    """Ask, and return the answer."""
    return kept_answer(question, make, lambda: keep)


def test_an_answer_is_made_once(source: Path) -> None:
    """Another question has another answer; what must not be kept is made again."""
    make = Maker()
    first = ask(make, "a")
    assert [ask(make, "a"), ask(make, "a")] == [first, first]
    assert make.calls == 1
    ask(make, "b")
    ask(make, "c", keep=False)
    ask(make, "c", keep=False)
    assert make.calls == 4


@pytest.mark.parametrize("change", ["longer", "later", "gone"])
def test_a_source_that_changes_makes_it_anew(source: Path, change: str) -> None:
    """Another length, another time at the same length, and a file that is removed."""
    make = Maker()
    ask(make, "a")
    if change == "longer":
        source.write_text("x = 12\n", encoding="utf-8")
    elif change == "later":
        then = source.stat().st_mtime_ns + 1_000_000
        os.utime(source, ns=(then, then))
    else:
        source.unlink()
    ask(make, "a")
    assert make.calls == 2
    ask(make, "a")
    assert make.calls == 2


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"sources": 3}', "\x00\xff"])
def test_a_damaged_file_is_made_anew(source: Path, content: str) -> None:
    """Nothing of it is believed, and it is replaced."""
    make = Maker()
    ask(make, "a")
    (file,) = cache_folder().glob("*.json")
    file.write_text(content, encoding="utf-8")
    assert ask(make, "a") == ask(make, "a")
    assert make.calls == 2


def test_where_nothing_can_be_kept_it_is_made_each_time(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The place is a file: no error, and the same answer."""
    monkeypatch.setenv("PDMODEL_CACHE", str(source))
    make = Maker()
    assert ask(make, "a") == ask(make, "a")
    assert make.calls == 2
    assert source.read_text(encoding="utf-8") == "x = 1\n"


def test_few_answers_are_kept(source: Path) -> None:
    """The oldest go."""
    make = Maker()
    for number in range(25):
        ask(make, str(number))
    assert len(list(cache_folder().glob("*.json"))) == 20
