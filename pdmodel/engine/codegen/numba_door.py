"""The only door to numba: functions in machine code, and the cache that outlives a process.

numba keeps compiled code on disk and notices when the file of a function changes, but not when
a file does whose functions it calls. So only what Python calls (`entry`) is kept, under a
fingerprint of all source files of the engine; what compiled code calls (`compiled`, `inlined`) is
part of it.

A cache saves time and nothing else: where none can be written or read, everything is compiled in
every process, which takes some seconds, and that is said once.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import multiprocessing
import os
import signal
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator
from functools import cache, wraps
from pathlib import Path
from typing import Any, TypeVar

import numba

from pdmodel.engine.keeping import MAKING

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
    """Inline a function into its callers; for a single caller this compiles faster."""
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
    result: Any = numba.njit(**_OPTIONS, nogil=True)(make(fingerprint()))
    with contextlib.suppress(RuntimeError, OSError):  # no place for it: see `cache_fault`
        result.enable_caching()
    result.compile = uninterrupted(_without_fail(result))
    typed: Anything = result
    return typed


def _without_fail(function: Any) -> Callable[..., Any]:
    """Return a function's `compile` that does without the cache where that fails."""
    compile_it, kept = function.compile, function._cache
    none = numba.core.caching.NullCache()

    def work(*words: Any) -> Any:
        with MAKING, _uncollected():  # nobody forks a process in the middle
            if fault := cache_fault():
                _say_once(fault)
            try:
                return compile_it(*words)
            except OSError as error:
                _say_once(f"compiled code cannot be kept in {kept.cache_path}: {error}")
            except Exception as error:  # what reading a damaged file may raise, or a fault of ours
                if function._cache is none:
                    raise
                if not isinstance(error, AttributeError | ImportError):  # a class of another name
                    _say_once(
                        f"compiled code in {kept.cache_path} is damaged and made anew: {error!r}"
                    )
                with contextlib.suppress(Exception):
                    kept.flush()
                    return compile_it(*words)
            function._cache = none
            return compile_it(*words)

    return work


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
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


@cache
def cache_folder() -> Path | None:
    """Return where numba keeps compiled code, or None if it finds no place that can be written."""
    probe: Any = numba.njit(lambda: 0)
    try:
        probe.enable_caching()
    except (RuntimeError, OSError):  # `no locator available`
        return None
    return Path(probe.stats.cache_path)


def is_kept(name: str) -> bool:
    """Return whether compiled code of a module of the engine is kept, whatever its folder."""
    folder = cache_folder()
    if folder is None:
        return False
    beside = folder.name == "__pycache__"  # each folder of the engine has one of its own
    return any((folder.parents[1] if beside else folder.parent).rglob(f"{name}.*.nbi"))


def cache_fault() -> str:
    """Return what is wrong with the place of compiled code, and what to do; empty if nothing is."""
    given = os.environ.get("NUMBA_CACHE_DIR")
    folder = cache_folder()
    if given and not can_be_written(Path(given)):
        wrong = f"NUMBA_CACHE_DIR is {given!r}, where nothing can be written"
        return f"{wrong}; compiled code is kept in {folder} instead" if folder else _uncached(wrong)
    return "" if folder else _uncached("there is no folder in which compiled code can be kept")


def _uncached(wrong: str) -> str:
    return (
        f"{wrong}: every command compiles the integrator anew, which takes some seconds; set "
        "NUMBA_CACHE_DIR to a folder that can be written to"
    )


@cache
def can_be_written(folder: Path) -> bool:
    """Return whether a folder is there, or can be made, and takes files."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


@cache
def _say_once(text: str) -> None:
    """Warn; workers leave it to the process that they work for."""
    if multiprocessing.parent_process() is None:
        warnings.warn(text, stacklevel=2)


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


@cache
def fingerprint(folder: Path = Path(__file__).parents[1]) -> int:
    """Return a number that changes with the source of any file below a folder: the engine's."""
    total = hashlib.sha256()
    for file in sorted(folder.rglob("*.py")):
        name = file.relative_to(folder).as_posix()
        total.update(name.encode() + b"\0" + file.read_bytes() + b"\0")
    return int.from_bytes(total.digest()[:7], "big")


__all__ = [
    "cache_fault", "cache_folder", "can_be_written", "compiled", "entry", "fingerprint", "inlined",
    "is_kept",
]  # fmt: skip
