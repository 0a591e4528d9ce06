"""A whole fit: all starts, the best one polished, the result written."""

from __future__ import annotations

import math
import time as clock
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace

from pdmodel.errors import FitError, InputError
from pdmodel.executors import Work
from pdmodel.inference.fit.folder import read_starts, take_fit, write_fit, write_start
from pdmodel.inference.fit.minimise import Minimum
from pdmodel.inference.fit.result import FitResult, make_result
from pdmodel.inference.fit.starts import (
    Start,
    StartPlan,
    minimise_problem,
    remaining_starts,
    start_points,
)
from pdmodel.inference.problem.parameters import linear_values
from pdmodel.inference.problem.problem import Problem
from pdmodel.storage import ResultFolder

Draw = Callable[[FitResult], Mapping[str, bytes]]


def run_starts(
    problem: Problem,
    plan: StartPlan,
    work: Work,
    draw: Draw | None = None,
) -> FitResult:
    """Run all starts, polish the best, and write the result folder.

    Raises
    ------
    InputError
        If the folder holds something else.
    FitError
        If no start succeeded.
    """
    begun = clock.monotonic()
    if not any(s.vary and not s.expr for s in problem.settings):
        raise InputError("no parameter varies; free at least one")
    opened = nullcontext() if work.out is None else take_fit(work, problem, plan)
    with opened as folder:
        starts = _all_starts(problem, plan, work, folder)
        best = _best_of(starts, plan)
        work.progress(plan.starts, plan.starts, "polishing the best start")
        polished = polish(problem, best, plan.max_evaluations)
        result = make_result(problem, plan, starts, polished)
        result.seconds = clock.monotonic() - begun
        if folder is not None:
            write_fit(folder, result, work.jobs, draw)
    return result


def _all_starts(
    problem: Problem, plan: StartPlan, work: Work, folder: ResultFolder | None
) -> list[Start]:
    """Return all starts in order; those that a folder holds are not made again."""
    stored = [] if folder is None else read_starts(folder, problem.free, plan.starts)
    done = {start.index: start for start in map(Start.from_dict, stored)}
    work.progress(len(done), plan.starts, "starts")
    for start in remaining_starts(problem, plan, work, start_points(problem, plan), done):
        done[start.index] = start
        if folder is not None:
            write_start(folder, start.index, start.to_dict())
        work.progress(len(done), plan.starts, f"best cost {min(s.cost for s in done.values()):.4g}")
    return [done[index] for index in sorted(done)]


def _best_of(starts: list[Start], plan: StartPlan) -> Start:
    """Return the start of the lowest cost.

    Raises
    ------
    FitError
        If none succeeded.
    """
    best = min(starts, key=lambda start: (start.cost, start.index))
    if not math.isfinite(best.cost):
        raise FitError(f"none of {plan.starts} starts could be evaluated: {best.message}")
    return best


def polish(problem: Problem, best: Start, max_evaluations: int) -> Minimum:
    """Minimise once more from the best start: its Jacobian and statistics are those reported."""
    settings = [replace(s, value=best.values.get(s.name, s.value)) for s in problem.settings]
    polished = minimise_problem(problem, settings, max_evaluations)
    if math.isfinite(polished.cost) and polished.cost <= best.cost:
        return polished
    values = linear_values(settings, best.values)
    return replace(polished, values=values, cost=best.cost, status=best.status)
