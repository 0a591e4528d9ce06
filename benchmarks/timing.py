"""Engines in turn, round after round; and how exactly each must work to be right."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from benchmarks.problem import Engine, Problem, Result, Run, Tolerance
from benchmarks.reference_solution import relative_error
from pdmodel.arrays import Array

RTOLS = tuple(float(f"{digit}e{n}") for n in range(-5, -10, -1) for digit in (10, 7, 5, 3, 2))
SHARES = (1e-2, 1e-3, 3e-4, 1e-4, 1e-6)
"""Absolute over relative tolerance."""
_ABOVE = 4

Task = Callable[[int], object]


class Choice(NamedTuple):
    """A tolerance that is good enough, and the error at it."""

    tolerance: Tolerance
    error: float


def loosest(
    engine: Engine,
    problem: Problem,
    reference: Array,
    limit: float,
    rtols: Sequence[float] = RTOLS,
    shares: Sequence[float] = SHARES,
) -> Choice:
    """Return the fastest of the loosest tolerances at which an engine is good enough.

    For each manner of use and each share of the absolute tolerance the relative one is found by
    halving the ladder: fifteen ladders from top to bottom took longer than what they are for.

    Raises
    ------
    RuntimeError
        If none is.
    """
    found: list[tuple[float, Choice]] = []
    for manner in engine.manners:
        for share in shares:
            ladder = [Tolerance(rtol, rtol * share, manner) for rtol in rtols]
            found += _halved(engine, problem, reference, limit, ladder)
    if not found:
        raise RuntimeError(f"{engine.name} reaches {limit:g} at no tolerance")
    return min(found)[1]


def _halved(
    engine: Engine, problem: Problem, reference: Array, limit: float, ladder: Sequence[Tolerance]
) -> list[tuple[float, Choice]]:
    """Return all rungs that were found good enough, the loosest among them.

    Errors do not fall with each rung, so the few above the one that halving finds are tried too.
    """
    found: dict[int, tuple[float, Choice]] = {}

    def enough(rung: int) -> bool:
        tried = _try(engine, problem, reference, ladder[rung])
        if tried is None or tried[1] > limit:
            return False
        found[rung] = tried[0], Choice(ladder[rung], tried[1])
        return True

    first, last = 0, len(ladder)
    while first < last:
        middle = (first + last) // 2
        first, last = (first, middle) if enough(middle) else (middle + 1, last)
    for rung in range(max(0, first - _ABOVE), min(first, len(ladder))):
        enough(rung)
    return list(found.values())


def _try(
    engine: Engine, problem: Problem, reference: Array, tolerance: Tolerance
) -> tuple[float, float] | None:
    """Return seconds and error of an engine at a tolerance; None if it fails there."""
    try:
        run = engine.prepare(problem, tolerance)
        error = relative_error(run(problem.values), reference, problem)
        return min(seconds(run, problem.nearly(n)) for n in range(3)), error
    except Exception:  # whatever a peer raises when it gives up
        return None


def seconds(run: Run, values: Array) -> float:
    """Return how long one run takes."""
    start = time.perf_counter()
    run(values)
    return time.perf_counter() - start


def with_fresh_values(runs: Mapping[str, Run], problem: Problem) -> dict[str, Task]:
    """Return tasks that run with values that nothing has been run with before."""

    def task(run: Run) -> Task:
        return lambda number: run(problem.nearly(number))

    return {name: task(run) for name, run in runs.items()}


def interleaved(tasks: Mapping[str, Task], rounds: int) -> dict[str, list[float]]:
    """Return seconds of each task, called with the number of the round; all in turn."""
    spent: dict[str, list[float]] = {name: [] for name in tasks}
    for number in range(rounds):
        for name, task in tasks.items():
            gc.collect()
            start = time.perf_counter()
            task(number)
            spent[name].append(time.perf_counter() - start)
    return spent


def row(spent: list[float], **more: object) -> Result:
    """Return the median of some seconds as a row of the results, in ms."""
    return {
        "ms": 1e3 * statistics.median(spent), "fastest_ms": 1e3 * min(spent),
        "slowest_ms": 1e3 * max(spent), "rounds": len(spent), **more,
    }  # fmt: skip
