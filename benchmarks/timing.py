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

SLOW = 0.25
"""Seconds of a run from which on an engine is tried at fewer tolerances and timed less often."""
RTOLS = tuple(float(f"{digit}e{n}") for n in range(-5, -10, -1) for digit in (10, 7, 5, 3, 2))
SHARES = (1e-2, 1e-3, 1e-4, 1e-6)
"""Absolute over relative tolerance."""
_ABOVE = 4

Task = Callable[[int], object]


class Choice(NamedTuple):
    """A tolerance that is good enough, the error at it, and seconds of a run as it was tried."""

    tolerance: Tolerance
    error: float
    seconds: float = 0.0

    @property
    def slow(self) -> bool:
        """Whether few rounds must do."""
        return self.seconds > SLOW


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
    halving the ladder: fifteen ladders from top to bottom took longer than what they are for. A
    slow engine is tried at one share and a tolerance a decade; a manner that takes twice as long at
    the loosest tolerance as another does at one that is good enough is not tried any further.

    Raises
    ------
    RuntimeError
        If none is.
    """
    good: list[Choice] = []
    for manner in engine.manners:
        probe = _probed(engine, problem, Tolerance(rtols[0], rtols[0] * shares[0], manner))
        if good and probe > 2 * min(choice.seconds for choice in good):
            continue
        slow, few = probe > SLOW, max(1, len(rtols) // 5)
        for share in shares[:1] if slow else shares:
            ladder = [Tolerance(rtol, rtol * share, manner) for rtol in rtols]
            good += _halved(engine, problem, reference, limit, ladder[::few] if slow else ladder)
    if not good:
        raise RuntimeError(f"{engine.name} reaches {limit:g} at no tolerance")
    return min(good, key=lambda choice: choice.seconds)


def _probed(engine: Engine, problem: Problem, tolerance: Tolerance) -> float:
    """Return seconds of one run, compiled before; what fails so loosely takes none."""
    try:
        run = engine.prepare(problem, tolerance)
        run(problem.values)
        return seconds(run, problem.nearly(0))
    except Exception:  # whatever a peer raises when it gives up
        return 0.0


def _halved(
    engine: Engine, problem: Problem, reference: Array, limit: float, ladder: Sequence[Tolerance]
) -> list[Choice]:
    """Return all rungs that were found good enough, the loosest among them.

    Errors do not fall with each rung, so the few above the one that halving finds are tried too.
    """
    good: dict[int, Choice] = {}

    def enough(rung: int) -> bool:
        tried = _try(engine, problem, reference, limit, ladder[rung])
        if tried is not None:
            good[rung] = tried
        return tried is not None

    first, last = 0, len(ladder)
    while first < last:
        middle = (first + last) // 2
        first, last = (first, middle) if enough(middle) else (middle + 1, last)
    for rung in range(max(0, first - _ABOVE), min(first, len(ladder))):
        enough(rung)
    return list(good.values())


def _try(
    engine: Engine, problem: Problem, reference: Array, limit: float, tolerance: Tolerance
) -> Choice | None:
    """Return error and seconds of an engine at a tolerance; None if that is not good enough.

    Only what is exact enough is timed, and what took long once is not timed again.
    """
    try:
        run = engine.prepare(problem, tolerance)
        start = time.perf_counter()
        error = relative_error(run(problem.values), reference, problem)
        first = time.perf_counter() - start
        if not error <= limit:
            return None
        again = () if first > SLOW else range(2)
        fastest = min([first, *(seconds(run, problem.nearly(n)) for n in again)])
        return Choice(tolerance, error, fastest)
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
    """Return seconds of each task, called with the number of the round.

    All in turn, and every other round backwards: what disturbs the machine for a while meets all.
    """
    spent: dict[str, list[float]] = {name: [] for name in tasks}
    for number in range(rounds):
        for name in list(tasks)[:: 1 if number % 2 == 0 else -1]:
            gc.collect()
            start = time.perf_counter()
            tasks[name](number)
            spent[name].append(time.perf_counter() - start)
    return spent


def row(spent: Sequence[float], times: float = 1.0, **more: object) -> Result:
    """Return the median of some seconds as a row of the results, in ms.

    Parameters
    ----------
    spent
        Seconds of each round.
    times
        How often what was timed goes into what the row stands for: 1,000/64 of a cohort of 64.
    more
        What else the row has.
    """
    each = [1e3 * times * seconds for seconds in spent]
    return {
        "ms": statistics.median(each), "fastest_ms": min(each), "slowest_ms": max(each),
        "rounds": len(each), "each_ms": each, **more,
    }  # fmt: skip


def ratio(row: Result, other: Result) -> float:
    """Return how one row compares with another: the median over rounds of what each round gave.

    Both were measured within the same seconds of a round, so a machine that is busy for some of
    them moves neither the one nor the other alone. Where rounds were not shared, of the medians.
    """
    pairs = list(zip(row.get("each_ms", ()), other.get("each_ms", ()), strict=False))
    if not pairs or len(row["each_ms"]) != len(other["each_ms"]):
        return float(row["ms"] / other["ms"])
    return statistics.median(mine / theirs for mine, theirs in pairs)
