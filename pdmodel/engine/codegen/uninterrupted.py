"""Work that a compiler calls back into Python from: not to be interrupted in the middle."""

from __future__ import annotations

import contextlib
import gc
import signal
import threading
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any


def uninterrupted(work: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that sees Ctrl-C, and SIGTERM if it is answered, when it has ended.

    Compiling, and loading what is kept, calls back from LLVM into Python; an exception that is
    raised in there is printed and forgotten, and the program would go on as if nothing had been.
    """

    @wraps(work)
    def whole(*words: Any, **named: Any) -> Any:
        if threading.current_thread() is not threading.main_thread():
            return work(*words, **named)
        caught: list[int] = []
        answers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        answers = {number: answer for number, answer in answers.items() if callable(answer)}
        for number in answers:
            signal.signal(number, lambda number, frame: caught.append(number))
        try:
            return work(*words, **named)
        finally:
            for number, answer in answers.items():
                signal.signal(number, answer)
            if caught:
                signal.raise_signal(caught[0])

    return whole


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Leave garbage for later: a compiler makes millions of small things, and nearly all stay.

    Looking through them again and again takes a quarter of the time of compiling.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
