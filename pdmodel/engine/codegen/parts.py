"""Functions that compiled functions call: written in Python, or given by their address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Anything = TypeVar("Anything", bound=Callable[..., Any])


class CompiledPart:
    """A function that compiled functions call; Python calls it as it is written.

    What is written out in its callers is for LLVM to choose: numba would have to look at it again
    at every place, which takes a quarter of the time to compile, and the code is not faster.

    Parameters
    ----------
    function
        What is compiled.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.__name__, self.__doc__ = function.__name__, function.__doc__
        self.__module__, self.__qualname__ = function.__module__, function.__qualname__
        self.py_func = function

    def __call__(self, *arguments: Any) -> Any:
        """Call the function that it was made of."""
        return self.py_func(*arguments)


def compiled(function: Anything) -> Anything:
    """Compile a function that compiled functions call."""
    part: Any = CompiledPart(function)
    typed: Anything = part
    return typed


class MachineCall:
    """Stands for `call(function, user, out, values)` until it is compiled.

    It calls `function(out, values, user)`; `out` and `values` are addresses of doubles. What is
    called holds no lock and may be called by many threads at once. numba's part of it is in
    `numba_door.py`, which is imported only where something has to be compiled.
    """


call: Any = MachineCall()
