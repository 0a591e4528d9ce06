"""Long calls show a bar where somebody watches: once, and never in the output itself."""

from __future__ import annotations

import io
import sys
import types
from collections.abc import Iterator

import pytest

import pdmodel
from pdmodel import progress


class Terminal(io.StringIO):
    """What is written to a terminal."""

    def isatty(self) -> bool:
        """Be one."""
        return True


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let bars appear at once."""
    monkeypatch.setattr(progress, "_DELAY", 0.0)
    monkeypatch.setattr(progress, "_PAUSE", 0.0)
    yield
    pdmodel.show_progress(True)


def watch(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Let stderr be a terminal; pytest puts its own there before every test begins."""
    monkeypatch.setattr(sys, "stderr", shown := Terminal())
    return shown


@progress.watched
def inner(progress: progress.Progress | None = None) -> None:
    """Do one part of two."""
    if progress is not None:
        progress(1, 2, "inner")


@progress.watched
def outer(progress: progress.Progress | None = None) -> None:
    """Do three parts of four, the last by another call."""
    if progress is not None:
        progress(3, 4, "outer")
    inner()


def test_a_terminal_shows_one_bar_and_takes_it_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """The call within has none of its own; at the end the line is empty."""
    terminal = watch(monkeypatch)
    outer()
    text = terminal.getvalue()
    assert "[##################------] 3/4" in text
    assert "outer" in text
    assert "inner" not in text
    assert text.endswith("\r\033[K")


def test_nobody_is_shown_what_nobody_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """None where it is turned off, where another shows it, within a verb, and in a pipe."""
    terminal = watch(monkeypatch)
    pdmodel.show_progress(False)
    outer()
    pdmodel.show_progress(True)
    seen: list[tuple[int, int, str]] = []
    outer(progress=lambda *told: seen.append(told))
    with progress.unwatched():
        outer()
    assert seen == [(3, 4, "outer")]
    assert terminal.getvalue() == ""
    monkeypatch.setattr(sys, "stderr", pipe := io.StringIO())
    outer()
    assert pipe.getvalue() == ""


def test_a_notebook_shows_a_bar_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """An element that is updated in place and emptied at the end; names are escaped."""
    terminal = watch(monkeypatch)
    shown: list[str] = []

    class ZMQInteractiveShell:
        """The shell of a kernel."""

    def display(html: str, display_id: bool) -> types.SimpleNamespace:
        assert display_id
        shown.append(html)
        return types.SimpleNamespace(update=shown.append)

    drawn = types.SimpleNamespace(HTML=str, display=display)
    kernel = types.SimpleNamespace(get_ipython=ZMQInteractiveShell)
    monkeypatch.setitem(sys.modules, "IPython", kernel)
    monkeypatch.setitem(sys.modules, "IPython.display", drawn)
    with progress.bar_of_part("a < b") as report:
        report(1, 2, "half")
        report(2, 2, "all")
    assert [html.partition(">")[0] for html in shown] == [
        '<progress value="0.500"', '<progress value="1.000"', "",
    ]  # fmt: skip
    assert "a &lt; b, half" in shown[0]
    assert terminal.getvalue() == ""
