"""Profile likelihood: how far each free parameter can go while all others are fitted again."""

from __future__ import annotations

import math
import time as clock
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtri

from pdmodel.arguments import as_number, names_of, shown, whole_number
from pdmodel.arrays import Array
from pdmodel.errors import FitError, InputError, require_known
from pdmodel.executors import Progress, Work, silent
from pdmodel.inference.fit.minimise import jacobian_of
from pdmodel.inference.fit.record import FitRecord
from pdmodel.inference.fit.side_by_side import fits_of
from pdmodel.inference.fit.starts import minimise_problem
from pdmodel.inference.problem.parameters import linear_values
from pdmodel.inference.profile.assemble import directions, make_profile
from pdmodel.inference.profile.folder import ProfileFolder
from pdmodel.inference.profile.held import Side
from pdmodel.inference.profile.record import Profile
from pdmodel.inference.profile.walk import Origin, follow_side
from pdmodel.progress import watched

if TYPE_CHECKING:
    from pdmodel.inference.problem.problem import Problem


# Curvature below this share of the largest is none: along it a profile takes its longest step.
_NO_CURVATURE = 1e-8


@dataclass(frozen=True)
class ProfilePlan:
    """Which profiles, at which confidence level, with what budget of evaluations for each fit."""

    names: tuple[str, ...]
    level: float = 0.95
    max_evaluations: int = 120

    def __post_init__(self) -> None:
        """Refuse numbers that make no plan."""
        budget = whole_number(self.max_evaluations, "max_evaluations", least=1)
        object.__setattr__(self, "max_evaluations", budget)
        level = as_number(self.level)
        if level is None or not 0 < level < 1:
            raise InputError(f"level must lie between 0 and 1, got {shown(self.level)}")
        object.__setattr__(self, "level", level)

    @property
    def rise(self) -> float:
        """Rise of the cost at a confidence bound: half a chi-square quantile, one parameter."""
        return 0.5 * float(ndtri(0.5 + 0.5 * self.level)) ** 2


def make_plan(
    problem: Problem, parameters: Sequence[str] | None, level: float, budget: int
) -> ProfilePlan:
    """Return the plan for some free parameters, all by default.

    Raises
    ------
    InputError
        If a name is not that of a free parameter, or a number is not allowed.
    """
    free = problem.free
    if not free:
        raise InputError("no parameter varies; free at least one")
    named = free if parameters is None else names_of(parameters, "parameters")
    require_known("free parameter", free, *named)
    chosen = tuple(name for name in free if name in named)
    if not chosen:
        raise InputError("name at least one parameter to profile")
    return ProfilePlan(chosen, level, budget)


@watched
def run_profile(
    problem: Problem,
    best: FitRecord | Mapping[str, float],
    parameters: Sequence[str] | None = None,
    *,
    level: float = 0.95,
    jobs: int = 1,
    out: str | Path | None = None,
    overwrite: bool = False,
    max_evaluations: int = 120,
    draw: Callable[[Profile], Mapping[str, bytes]] | None = None,
    progress: Progress | None = None,
) -> Profile:
    """Hold each parameter away from the best fit, step by step, and fit all others again.

    Parameters
    ----------
    problem
        What was fitted; parameters tied by `expr` follow, and are not profiled.
    best
        The fit, or free parameters by name; what is not named stands as in `problem.params`. It
        is minimised once more before the profiles begin.
    parameters
        Names of free parameters, as in `problem.free`; all of them by default.
    level
        Confidence level of the intervals.
    jobs
        Threads, or worker processes for measured courses; the answer is the same for any number.
    out
        Folder. Unfinished profiles of the same fit are resumed there.
    overwrite
        Whether finished profiles, or those of another fit, may be replaced.
    max_evaluations
        Budget of one fit; one that exceeds it goes on once.
    draw
        Returns figures of the result by path; they are written with its tables.
    progress
        Called with sides done, sides in all, and a text.

    Raises
    ------
    InputError
        If a name, value or number is not allowed, or the folder holds something else.
    FitError
        If the model cannot be evaluated at the best fit.

    Examples
    --------
    >>> import pdmodel
    >>> import pandas as pd
    >>> table = pd.DataFrame({
    ...     "ID": 1, "TIME": [0, 0.05, 0.1, 0.3], "EVID": [1, 0, 0, 0], "AMT": [10, 0, 0, 0],
    ...     "CMT": "lenalidomide", "DV": [0, 7.9, 6.9, 2.7],
    ... })
    >>> problem = pdmodel.FitProblem(
    ...     "reference", data=table, observed="drug_plasma", free=["CL"]
    ... )
    >>> result = problem.run(starts=1)
    >>> profile = pdmodel.run_profile(problem, result, ["CL"], level=0.9)
    >>> profile.parameters[["name", "verdict"]].values.tolist()
    [['CL', 'identified']]
    """
    begun = clock.monotonic()
    plan = make_plan(problem, parameters, level, max_evaluations)
    work = Work(out, overwrite, jobs, progress=progress or silent)
    values = free_values(problem, best)
    seed = best.seed if isinstance(best, FitRecord) else None
    content = {"parameters": list(plan.names), "level": level, "budget": max_evaluations}
    content |= {"values": values, "fit_seed": seed}
    opened = None if out is None else ProfileFolder.open(work, problem, content)
    with opened or nullcontext() as folder:
        given, origin = find_origin(problem, values, max_evaluations)
        tasks = {
            (name, direction): (origin, name, direction, plan.rise, max_evaluations)
            for name, direction in directions(plan.names)
        }
        sides = follow_all(problem, follow_side, tasks, work, folder)
        profile = make_profile(problem, origin, sides, seed, given, level, plan.rise)
        if folder is not None:
            carried_out = {"jobs": jobs, "seconds": round(clock.monotonic() - begun, 1)}
            folder.write(profile, carried_out, draw)
    return profile


def free_values(problem: Problem, best: FitRecord | Mapping[str, float]) -> dict[str, float]:
    """Return the free parameters of a fit, within their bounds.

    Raises
    ------
    InputError
        If a name is unknown, or a value is outside its bounds.
    """
    given = best.values if isinstance(best, FitRecord) else dict(best)
    settings = {s.name: s for s in problem.settings}
    require_known("parameter of the fit", settings, *given)
    values = {name: float(given.get(name, settings[name].value)) for name in problem.free}
    for name, value in values.items():
        low, high = settings[name].min, settings[name].max
        if not low <= value <= high:
            raise InputError(f"best value of {name!r}: {value:g} with bounds [{low:g}, {high:g}]")
    return values


def find_origin(problem: Problem, values: Mapping[str, float], budget: int) -> tuple[float, Origin]:
    """Return the cost at some values, and the minimum beside them with its curvature.

    Raises
    ------
    FitError
        If the model cannot be evaluated there.
    """
    settings = [replace(s, value=values.get(s.name, s.value)) for s in problem.settings]
    try:
        given = problem.cost(problem.residuals(linear_values(settings, {})))
    except ArithmeticError as error:
        raise FitError(f"the best fit cannot be evaluated: {error}") from error
    minimum = minimise_problem(problem, settings, budget)
    lower = minimum.status != "failed" and minimum.cost < given
    here = {name: float(minimum.values[name]) for name in values} if lower else dict(values)
    covariance = _covariance(minimum.lmfit, problem.free)
    spreads = {} if covariance is None else _spreads(covariance, problem.free)
    return given, Origin(here, minimum.cost if lower else given, spreads, covariance)


def _covariance(result: object, free: Sequence[str]) -> Array | None:
    """Return the inverse curvature, (n_free, n_free): of a unit of cost, on the inner scales."""
    curvature_of_fit = jacobian_of(result)
    if curvature_of_fit is None:
        return None
    names, jacobian = curvature_of_fit
    curvature = 0.5 * jacobian.T @ jacobian
    smallest = _NO_CURVATURE * max(float(np.trace(curvature)), 1e-300)
    inverse = np.linalg.inv(curvature + smallest * np.eye(len(names)))
    places = [names.index(name) for name in free]
    return np.array(inverse[np.ix_(places, places)], dtype=np.float64)


def _spreads(covariance: Array, free: Sequence[str]) -> dict[str, float]:
    """Return how far each parameter goes for a unit of cost, others following."""
    variances = zip(free, np.diag(covariance), strict=True)
    return {name: math.sqrt(square) for name, square in variances if square > 0}


Key = tuple[str, str]


def follow_all(
    problem: Problem,
    follow: Callable[..., Side],
    tasks: Mapping[Key, tuple[Any, ...]],
    work: Work,
    folder: ProfileFolder | None,
) -> dict[Key, Side]:
    """Return all sides in order, those that are stored taken from the folder.

    Parameters
    ----------
    problem, follow
        What was fitted, and what follows one side of it.
    tasks
        What it is called with besides, by what is profiled and direction.
    work
        Its number of workers, and the progress that is called when a side ends.
    folder
        Where each side is committed when it ends, and is not made again.
    """
    stored = [] if folder is None else folder.read_sides()
    done = {(s.parameter, s.direction): s for s in stored}
    work.progress(len(done), len(tasks), "sides")
    remaining = [task for key, task in tasks.items() if key not in done]
    for side in fits_of(problem, follow, remaining, work):
        done[side.parameter, side.direction] = side
        if folder is not None:
            folder.write_side(side)
        work.progress(len(done), len(tasks), f"{side.parameter} {side.direction}: {side.end}")
    return {key: done[key] for key in tasks}
