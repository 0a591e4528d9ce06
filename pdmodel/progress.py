"""Progress bars of long calls from Python: in terminals and notebooks, unless they are turned off.

A bar appears after a second and goes when the call ends. Where nobody watches, in a pipe, a
script's log or a worker process, nothing is written. Calls within a call have none of their own.
"""

from __future__ import annotations

import importlib
import multiprocessing
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from html import escape
from typing import Any, ParamSpec, TypeVar

Progress = Callable[[int, int, str], None]
"""Called with parts done, parts in all, and a text."""
P = ParamSpec("P")
R = TypeVar("R")

_DELAY, _PAUSE, _WIDTH = 1.0, 0.1, 24  # seconds before the first and between two; letters of a bar
_within: ContextVar[bool] = ContextVar("pdmodel_within", default=False)
_wanted = [True]


def show_progress(shown: bool) -> None:
    """Say whether long calls show a bar where somebody may watch; they do by default.

    Parameters
    ----------
    shown
        False to have none, for the rest of the session.

    Examples
    --------
    >>> import pdmodel
    >>> pdmodel.show_progress(False)
    """
    _wanted[0] = bool(shown)


def watched(function: Callable[P, R]) -> Callable[P, R]:
    """Let a function that takes `progress` show a bar where none is given.

    Parameters
    ----------
    function
        With a keyword `progress`, called with parts done, parts in all, and a text.
    """

    @wraps(function)
    def inside(*args: P.args, **kwargs: P.kwargs) -> R:
        bar = None
        if kwargs.get("progress") is None and not _within.get():
            bar = open_bar()
            if bar is not None:
                kwargs["progress"] = bar
        before = _within.set(True)
        try:
            return function(*args, **kwargs)
        finally:
            _within.reset(before)
            if bar is not None:
                bar.close()

    return inside


@contextmanager
def unwatched() -> Iterator[None]:
    """Let calls within show no bar of their own: whoever calls them shows what is done."""
    before = _within.set(True)
    try:
        yield
    finally:
        _within.reset(before)


@contextmanager
def bar_of_part(words: str) -> Iterator[Progress]:
    """Yield what shows the progress of one part of a longer piece of work, if anybody watches.

    Parameters
    ----------
    words
        What the part is called.
    """
    bar = None if _within.get() else open_bar()

    def report(done: int, total: int, text: str) -> None:
        if bar is not None:
            bar(done, total, f"{words}, {text}")

    try:
        yield report
    finally:
        if bar is not None:
            bar.close()


class ProgressBar:
    """A bar that is written over itself; what `progress` of long calls takes.

    Parameters
    ----------
    write
        Called with the share done (0 to 1) and words.
    clear
        Called at the end, if anything was written.
    """

    def __init__(self, write: Callable[[float, str], None], clear: Callable[[], None]) -> None:
        self._write, self._clear = write, clear
        self._begun = time.monotonic()
        self._next, self._shown = self._begun + _DELAY, False

    def __call__(self, done: int, total: int, text: str) -> None:
        """Say how far the work is."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next, self._shown = now + _PAUSE, True
        share = min(max(done / total, 0.0), 1.0) if total else 0.0
        seconds = int(now - self._begun)
        self._write(share, f"{done}/{total}  {seconds // 60}:{seconds % 60:02d}  {text}")

    def close(self) -> None:
        """Take it away."""
        if self._shown:
            self._clear()


def open_bar() -> ProgressBar | None:
    """Return a bar for whoever watches; None where nobody does, or wants to."""
    if not _wanted[0] or multiprocessing.parent_process() is not None:
        return None
    if _in_notebook():
        return _notebook_bar()
    if sys.stderr is not None and sys.stderr.isatty():
        return ProgressBar(_write_line, lambda: _put("\r\033[K"))
    return None


def _in_notebook() -> bool:
    """Whether a kernel of a notebook runs this; nobody else brings one."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return type(shell).__name__ == "ZMQInteractiveShell"


def _notebook_bar() -> ProgressBar:
    display: Any = importlib.import_module("IPython.display")
    handle: list[Any] = []

    def write(share: float, words: str) -> None:
        shown = display.HTML(f'<progress value="{share:.3f}"></progress> {escape(words)}')
        if handle:
            handle[0].update(shown)
        else:
            handle.append(display.display(shown, display_id=True))

    return ProgressBar(write, lambda: handle[0].update(display.HTML("")))


def _write_line(share: float, words: str) -> None:
    full = round(share * _WIDTH)
    columns = shutil.get_terminal_size().columns
    bar = "#" * full + "-" * (_WIDTH - full)
    _put(f"\r{f'[{bar}] {words}'[: columns - 1]}\033[K")


def _put(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
