"""The only door to numba: functions in machine code, and the cache that outlives a process.

numba keeps compiled code on disk and notices when the file of a function changes, but not when
a file does whose functions it calls. So only what Python calls (`entry`) is kept, under a
fingerprint of all source files of the engine; what compiled code calls (`compiled`, `inlined`) is
part of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
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
    result: Anything = numba.njit(**_OPTIONS, nogil=True, cache=True)(make(fingerprint()))
    return result


@cache
def fingerprint(folder: Path = Path(__file__).parent) -> int:
    """Return a number that changes with the source of any file of a folder: this one."""
    total = hashlib.sha256()
    for file in sorted(folder.glob("*.py")):
        total.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return int.from_bytes(total.digest()[:7], "big")


__all__ = ["compiled", "entry", "fingerprint"]
