"""A whole fit: all starts, the best one polished, the result written."""

from __future__ import annotations

import math
import time as clock
from dataclasses import replace
from pathlib import Path

from pdmodel.errors import FitError, InputError
from pdmodel.inference.fit import Minimum, linear_values
from pdmodel.inference.folder import ResultFolder
from pdmodel.inference.problem import FitProblem, Progress
from pdmodel.inference.result import FitResult, make_result
from pdmodel.inference.starts import (
    Start,
    StartPlan,
    minimise_problem,
    remaining_starts,
    start_points,
)


def run_starts(
    problem: FitProblem,
    plan: StartPlan,
    out: str | Path | None,
    *,
    overwrite: bool = False,
    progress: Progress | None = None,
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
    settings = problem.settings
    if not any(s.vary and not s.expr for s in settings):
        raise InputError("no parameter varies; free at least one")
    folder = None if out is None else ResultFolder.open(Path(out), problem, plan, overwrite)
    done = {} if folder is None else {s["index"]: Start.from_dict(s) for s in folder.read_starts()}
    points = start_points(problem, plan)
    report = progress or (lambda done, total, text: None)
    report(len(done), plan.starts, "starts")
    for start in remaining_starts(problem, plan, points, done):
        done[start.index] = start
        if folder is not None:
            folder.write_start(start.index, start.to_dict())
        report(len(done), plan.starts, f"best cost {min(s.cost for s in done.values()):.4g}")
    starts = [done[index] for index in sorted(done)]
    best = min(starts, key=lambda start: (start.cost, start.index))
    if not math.isfinite(best.cost):
        raise FitError(f"none of {plan.starts} starts could be evaluated: {best.message}")
    report(plan.starts, plan.starts, "polishing the best start")
    polished = polish(problem, best, plan.max_evaluations)
    result = make_result(problem, plan, starts, polished)
    result.seconds = clock.monotonic() - begun
    if folder is not None:
        folder.write(result)
    return result


def polish(problem: FitProblem, best: Start, max_evaluations: int) -> Minimum:
    """Minimise once more from the best start: its Jacobian and statistics are those reported."""
    settings = [replace(s, value=best.values.get(s.name, s.value)) for s in problem.settings]
    found = minimise_problem(problem, settings, max_evaluations)
    if math.isfinite(found.cost) and found.cost <= best.cost:
        return found
    values = linear_values(settings, best.values)
    return replace(found, values=values, cost=best.cost, status=best.status)
