"""How far runs of nested sampling are, told while they go on, whatever process they go on in.

A run takes minutes. It notes how far it is in a file of its own, and whoever waits for all runs
looks at these files from time to time.
"""

from __future__ import annotations

import os
import threading
import time as clock
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from pdmodel.inference.posterior.nested import Watch

_PAUSE = 0.5
"""Seconds between two notes, and between two looks at them."""
_SUFFIX = ".run"


@contextmanager
def watching(tell: Callable[[str], None]) -> Iterator[Path]:
    """Yield the folder in which runs note how far they are; what they say is told until it ends.

    Parameters
    ----------
    tell
        Called with words about all runs that go on, whenever they have changed, in a thread.
    """
    with TemporaryDirectory(prefix="pdmodel_") as name:
        over = threading.Event()
        watcher = threading.Thread(target=_watch, args=(Path(name), tell, over), daemon=True)
        watcher.start()
        try:
            yield Path(name)
        finally:
            over.set()
            watcher.join()


@contextmanager
def noted(board: Path, number: int, name: str) -> Iterator[Watch]:
    """Yield what a run calls with the points simulated and the evidence that may be left.

    Parameters
    ----------
    board
        The folder of `watching`.
    number, name
        Of the run; the name is told.
    """
    file, last = board / f"{number:04d}{_SUFFIX}", [-_PAUSE]

    def note(points: int, left: float) -> None:
        now = clock.monotonic()
        if now - last[0] < _PAUSE:
            return
        last[0] = now
        with suppress(OSError):  # nobody waits any more, or there is no room: the run goes on
            part = file.with_suffix(".part")
            part.write_text(f"{name}: {points:,} points, log Z open by {left:.2g}", "utf-8")
            os.replace(part, file)

    try:
        yield note
    finally:
        file.unlink(missing_ok=True)


def _watch(board: Path, tell: Callable[[str], None], over: threading.Event) -> None:
    """Tell what the notes say, as long as somebody waits."""
    before = ""
    while not over.wait(_PAUSE):
        words = "; ".join(_notes(board))
        if words and words != before:
            tell(words)
            before = words


def _notes(board: Path) -> Iterator[str]:
    for file in sorted(board.glob(f"*{_SUFFIX}")):
        with suppress(OSError):  # the run has just ended
            yield file.read_text("utf-8")
