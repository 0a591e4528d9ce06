"""Peers speak to the terminal from C; what they say there is no result and hides those that are."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from benchmarks.problem import Engine, Problem, Run, Tolerance
from pdmodel.arrays import Array

_STDERR = 2


class Quiet:
    """An engine whose own log goes nowhere; its errors still arrive as exceptions."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.name, self.manners, self.note = engine.name, engine.manners, engine.note

    def version(self) -> str:
        """Return the version."""
        with silence():
            return self.engine.version()

    def prepare(self, problem: Problem, tolerance: Tolerance) -> Run:
        """Return a function from values to outputs."""
        with silence():
            run = self.engine.prepare(problem, tolerance)

        def quiet(values: Array) -> Array:
            with silence():
                return run(values)

        return quiet


@contextmanager
def silence() -> Iterator[None]:
    """Send what is written to the process's own stderr to nowhere, C libraries included."""
    sys.stderr.flush()
    kept = os.dup(_STDERR)
    os.dup2(_nowhere(), _STDERR)
    try:
        yield
    finally:
        os.dup2(kept, _STDERR)
        os.close(kept)


def mute() -> None:
    """Do the same for the rest of this process: one that only works for another."""
    os.dup2(_nowhere(), _STDERR)


@cache
def _nowhere() -> int:
    return os.open(os.devnull, os.O_WRONLY)
