"""Functions in machine code that Python calls.

numba translates them, but only where their code is not on disk: importing it takes longer than a
run. What is kept is the object code of the entry point with all that it calls, under a fingerprint
of all source files of the engine.
"""

from __future__ import annotations

import ctypes
import importlib.metadata
import importlib.util
import sys
from collections.abc import Callable, Hashable
from functools import cache, update_wrapper
from typing import Any

import numpy as np

from pdmodel.engine.codegen.arguments_as_words import (
    RUN,
    Kinds,
    Words,
    check_layout,
    in_writing,
    words_of,
)
from pdmodel.engine.codegen.code_folder import cache_fault, say_once
from pdmodel.engine.codegen.object_cache import kept_entry
from pdmodel.engine.codegen.program import LaneCode, processor
from pdmodel.engine.codegen.uninterrupted import uncollected, uninterrupted
from pdmodel.engine.keeping import MAKING
from pdmodel.errors import InputError

if importlib.util.find_spec("numba") is None:  # found out here, and not when a run has begun
    raise ModuleNotFoundError("No module named 'numba'", name="numba")
_Run = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p)


class EntryPoint:
    """A compiled function that Python calls; it returns a whole number, and raises nothing.

    Parameters
    ----------
    function
        Its arguments are numbers, arrays, tuples of them and None; the last is a whole number.
    """

    def __init__(self, function: Callable[..., int]) -> None:
        update_wrapper(self, function)
        self.function, self.name = function, function.__name__
        self._made: dict[tuple[Hashable, ...], tuple[LaneCode, Any]] = {}

    def __call__(self, *arguments: Any) -> int:
        """Call it once."""
        *first, last = arguments
        return self.on(*first)(last)

    def on(self, *arguments: Any) -> Call:
        """Return it with all arguments but the last, to be called any number of times."""
        return Call(self, arguments)

    def code(self, kinds: tuple[Hashable, ...], arguments: tuple[Any, ...]) -> Any:
        """Return the function of words for arguments of these kinds, compiled by then."""
        made = self._made.get(kinds)
        if made is None:
            with MAKING:  # nobody forks a process in the middle
                made = self._made.get(kinds) or self._load(kinds, arguments)
                self._made[kinds] = made
        return made[1]

    def _load(
        self, kinds: tuple[Hashable, ...], arguments: tuple[Any, ...]
    ) -> tuple[LaneCode, Any]:
        check_layout()
        if fault := cache_fault():
            say_once(fault)
        code = uninterrupted(self._code)(kinds, arguments)
        return code, _Run(code.address(RUN))

    def _code(self, kinds: tuple[Hashable, ...], arguments: tuple[Any, ...]) -> LaneCode:
        def make() -> bytes:
            try:
                from pdmodel.engine.codegen.numba_door import machine_code

                with uncollected():
                    return machine_code(self.function, (*arguments, 0))
            except (AttributeError, ImportError, TypeError) as error:
                raise InputError(_other_numba(error)) from error

        key = "\n".join([_versions(), self.function.__module__, self.name, in_writing(kinds)])
        return LaneCode(kept_entry(self.name, key, make, say_once), (RUN,))


entry = EntryPoint


class Call:
    """An entry point with all arguments but the last; of one thread at a time.

    Parameters
    ----------
    entry
        What is called.
    arguments
        They are kept alive, and read anew at each call.
    """

    def __init__(self, entry: EntryPoint, arguments: tuple[Any, ...]) -> None:
        self._entry, self._arguments = entry, list(arguments)
        self._parts = [words_of(argument) for argument in arguments]
        self._set()

    def replace(self, number: int, argument: Any) -> None:
        """Put another argument in the place of one."""
        self._arguments[number], self._parts[number] = argument, words_of(argument)
        self._set()

    def _set(self) -> None:
        words: Words = [0]
        kinds: Kinds = []
        for part, kind in self._parts:
            words += part
            kinds += kind
        self._words = np.array([*words, 0], dtype=np.int64)
        self._place = self._words.ctypes.data
        self._run = self._entry.code(tuple(kinds), tuple(self._arguments))

    def __call__(self, last: int) -> int:
        """Call it; other threads of Python run meanwhile."""
        self._words[-1] = last
        if self._run(self._place):
            raise RuntimeError(f"{self._entry.name} raised an error")
        return int(self._words[0])


def _other_numba(error: Exception) -> str:
    """Say that numba has none of what its door takes from inside it."""
    return (
        f"numba {importlib.metadata.version('numba')} does not compile the integrator as numba "
        f"0.62 to 0.68 do ({error!r}): install one of these, or take engine='scipy'"
    )


@cache
def _versions() -> str:
    numba = importlib.metadata.version("numba")
    return f"{processor()} numba {numba} python {sys.version_info[:2]} numpy {np.__version__}"


__all__ = ["Call", "EntryPoint", "entry"]
