"""Functions that compiled functions call: written in Python, or given by their address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Anything = TypeVar("Anything", bound=Callable[..., Any])


class CompiledPart:
    """A function that compiled functions call; from Python only `py_func` can be called.

    Parameters
    ----------
    function
        What is compiled.
    inline
        Whether it is written out in its callers before they are looked at.
    """

    def __init__(self, function: Callable[..., Any], inline: bool) -> None:
        self.__name__, self.__doc__ = function.__name__, function.__doc__
        self.__module__, self.__qualname__ = function.__module__, function.__qualname__
        self.py_func = function
        # Where numba looks for it.
        self.targetoptions = {"inline": "always" if inline else "never"}


def compiled(function: Anything) -> Anything:
    """Compile a function that compiled functions call."""
    part: Anything = _part(function, inline=False)
    return part


def inlined(function: Anything) -> Anything:
    """Inline a function into its callers; for a single caller this compiles faster."""
    part: Anything = _part(function, inline=True)
    return part


def _part(function: Callable[..., Any], *, inline: bool) -> Any:
    return CompiledPart(function, inline)


class MachineCall:
    """Stands for `call(function, user, out, values)` until it is compiled.

    It calls `function(out, values, user)`; `out` and `values` are addresses of doubles. What is
    called holds no lock and may be called by many threads at once. numba's part of it is in
    `numba_door.py`, which is imported only where something has to be compiled.
    """


call: Any = MachineCall()
