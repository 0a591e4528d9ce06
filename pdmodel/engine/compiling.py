"""The only door to numba: functions in machine code, and the cache that outlives a process.

numba keeps compiled code on disk and notices when the file of a function changes, but not when
a file does whose functions it calls. So only what Python calls (`entry`) is kept, under a
fingerprint of all source files of the engine; what compiled code calls (`compiled`, `inlined`) is
part of it.
"""

from __future__ import annotations

import hashlib
import signal
import threading
from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from typing import Any, TypeVar

import numba

Anything = TypeVar("Anything", bound=Callable[..., Any])

# No `nnan`: what is not a number must be seen. Lanes never mix, so contracting is repeatable.
_OPTIONS: dict[str, Any] = {
    "error_model": "numpy", "fastmath": {"contract", "nsz"}, "_nrt": False,
}  # fmt: skip


def compiled(function: Anything) -> Anything:
    """Compile a function that compiled functions call.

    Without wrappers, which take a third of the time to compile, it must not be called from Python
    (tests call its `py_func`).
    """
    bare = {**_OPTIONS, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    result: Anything = numba.njit(**bare)(function)
    return result


def inlined(function: Anything) -> Anything:
    """Compile a function as a part of each one that calls it, which is quicker if that is one."""
    result: Anything = numba.njit(**_OPTIONS, inline="always")(function)
    return result


def entry(make: Callable[[int], Anything]) -> Anything:
    """Compile and keep a function that Python calls.

    Parameters
    ----------
    make
        Returns the function, which must mention `make`'s argument, the fingerprint: numba keeps
        apart what differs in the variables that a function closes over.
    """
    result: Any = numba.njit(**_OPTIONS, nogil=True, cache=True)(make(fingerprint()))
    result.compile = uninterrupted(result.compile)
    found: Anything = result
    return found


def uninterrupted(work: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that sees Ctrl-C when it has ended, not before.

    Compiling, and loading what is kept, calls back from LLVM into Python; an exception that is
    raised in there is printed and forgotten, and the program would go on as if nothing had been.
    """

    @wraps(work)
    def whole(*words: Any, **named: Any) -> Any:
        if threading.current_thread() is not threading.main_thread():
            return work(*words, **named)
        caught: list[int] = []
        before = signal.signal(signal.SIGINT, lambda number, frame: caught.append(number))
        try:
            return work(*words, **named)
        finally:
            # None: the handler was not set from Python, and cannot be from here.
            signal.signal(signal.SIGINT, signal.SIG_DFL if before is None else before)
            if caught:
                signal.raise_signal(signal.SIGINT)

    return whole


@cache
def fingerprint(folder: Path = Path(__file__).parent) -> int:
    """Return a number that changes with the source of any file of a folder: this one."""
    total = hashlib.sha256()
    for file in sorted(folder.glob("*.py")):
        total.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return int.from_bytes(total.digest()[:7], "big")


__all__ = ["compiled", "entry", "fingerprint"]
