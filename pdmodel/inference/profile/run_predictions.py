"""Prediction profiles: how far a prediction can go while all parameters are fitted again.

Kreutz, Raue and Timmer (2012), Likelihood based observability analysis and confidence intervals
for predictions of dynamic models, BMC Syst Biol 6:120.
"""

from __future__ import annotations

import math
import time as clock
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pdmodel.errors import InputError, nearest, require_known
from pdmodel.executors import Progress, Work, silent
from pdmodel.inference.fit.record import FitRecord
from pdmodel.inference.profile.assemble import directions, make_prediction_profile
from pdmodel.inference.profile.folder import PREDICTIONS, ProfileFolder
from pdmodel.inference.profile.held_prediction import (
    follow_prediction,
    observed_for,
    predict,
    prediction_spreads,
)
from pdmodel.inference.profile.record import PredictionProfile
from pdmodel.inference.profile.run import ProfilePlan, find_origin, follow_all, free_values
from pdmodel.inference.profile.walk import Origin
from pdmodel.inference.targets.course import Measured
from pdmodel.inference.targets.kinds import KINDS
from pdmodel.inference.targets.prediction import GRAMMAR, read_prediction
from pdmodel.inference.targets.target import Target
from pdmodel.model import Model
from pdmodel.progress import watched
from pdmodel.storage import describe

if TYPE_CHECKING:
    from pdmodel.inference.problem.problem import Problem


def profile_prediction(
    problem: Problem,
    best: FitRecord | Mapping[str, float],
    prediction: Target | str,
    *,
    level: float = 0.95,
    max_evaluations: int = 120,
) -> PredictionProfile:
    """Profile one prediction.

    Parameters
    ----------
    problem, best
        As in `profile_predictions`.
    prediction
        A target, or its words such as `nonresponder:il6:fold_change:14`.
    level, max_evaluations
        As in `profile_predictions`.
    """
    return profile_predictions(
        problem, best, [prediction], level=level, max_evaluations=max_evaluations
    )


@watched
def profile_predictions(
    problem: Problem,
    best: FitRecord | Mapping[str, float],
    predictions: Sequence[Target | str],
    *,
    level: float = 0.95,
    jobs: int = 1,
    out: str | Path | None = None,
    overwrite: bool = False,
    max_evaluations: int = 120,
    draw: Callable[[PredictionProfile], Mapping[str, bytes]] | None = None,
    progress: Progress | None = None,
) -> PredictionProfile:
    """Bring each prediction away from that of the best fit, and fit all parameters again.

    The profile of a prediction z is the lowest cost of all parameters that predict it,
    `PPL(z) = min {cost(theta): z(theta) = z}`; an interval ends where it has risen by half a
    chi-square quantile with one degree of freedom. It counts what all free parameters make up for,
    not only near the best fit, and knows nothing of what is held.

    Parameters
    ----------
    problem
        What was fitted.
    best
        The fit, or free parameters by name, as in `run_profile`.
    predictions
        Targets without bounds, or words: see `read_prediction`. Their groups are those of the fit.
    level
        Confidence level of the intervals.
    jobs
        Threads, or worker processes for measured courses; the answer is the same for any number.
    out
        Folder, by itself or with the profiles of parameters of the same fit. Unfinished profiles
        are resumed there.
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
        If a prediction, name, value or number is not allowed, or the folder holds something else.
    FitError
        If the model cannot be evaluated at the best fit.
    """
    begun = clock.monotonic()
    targets = find_predictions(problem, predictions)
    plan = make_prediction_plan(problem, targets, level, max_evaluations)
    work = Work(out, overwrite, jobs, progress=progress or silent)
    values = free_values(problem, best)
    seed = best.seed if isinstance(best, FitRecord) else None
    content = {"predictions": describe(list(targets)), "level": level}
    content |= {"budget": max_evaluations, "values": values, "fit_seed": seed}
    wider = observed_for(problem, targets)
    _check_logarithms(targets, predict(wider, targets, values))  # before anything is written
    opened = None if out is None else ProfileFolder.open(work, problem, content, PREDICTIONS)
    with opened or nullcontext() as folder:
        given, origin = find_origin(wider, values, max_evaluations)
        tasks = _tasks(wider, origin, targets, plan)
        sides = follow_all(wider, follow_prediction, tasks, work, folder)
        profile = make_prediction_profile(
            wider, targets, origin, sides, seed, given, level, plan.rise
        )
        if folder is not None:
            carried_out = {"jobs": jobs, "seconds": round(clock.monotonic() - begun, 1)}
            folder.write(profile, carried_out, draw)
    return profile


def find_predictions(problem: Problem, predictions: Sequence[Target | str]) -> tuple[Target, ...]:
    """Return predictions, those in words read, and all of them checked against the fit.

    Raises
    ------
    InputError
        If there is none, one is given twice, or a group, observable, kind or day cannot be used.
    """
    example = _example(problem)
    targets = tuple(read_prediction(p, example) if isinstance(p, str) else p for p in predictions)
    if not targets:
        raise InputError(f"name at least one prediction to profile: {GRAMMAR}, e.g. {example}")
    ids = [target.id for target in targets]
    for name in ids:
        if ids.count(name) > 1:
            raise InputError(f"prediction {name!r} is asked twice")
    for target in targets:
        _check(problem, target)
    return targets


def _example(problem: Problem) -> str:
    """Return a prediction that can be asked of a problem."""
    aimed = problem.targets[0]
    return f"{aimed.groups[0]}:{aimed.observable}:fold_change:{problem.days:g}"


def _check(problem: Problem, prediction: Target) -> None:
    who = f"prediction {prediction.id!r}:"
    require_known(f"group of {who}", problem.groups, *prediction.groups)
    _check_observable(problem.model, who, prediction.observable)
    day = problem.days if math.isnan(prediction.day) else prediction.day
    if day > problem.days:
        raise InputError(f"{who} day {day:g} is after the end of the run, day {problem.days:g}")
    if KINDS[prediction.kind].looks == "visits" and not problem.visits_said:
        raise InputError(
            f"{who} {prediction.kind!r} is looked at on visits, and the fit does not say how many "
            "days lie between them: visit_interval"
        )
    if KINDS[prediction.kind].looks == "visits" and day < problem.visit_interval:
        raise InputError(
            f"{who} day {day:g} is before the first visit, day {problem.visit_interval:g}, and "
            f"{prediction.kind!r} is looked at on visits"
        )


def _check_observable(model: Model, who: str, name: str) -> None:
    allowed = [s.name for s in (*model.states, *model.definitions)]
    if name not in allowed:
        observables = ", ".join(q.name for q in model.observables) or "none"
        raise InputError(
            f"{who} unknown observable {name!r}{nearest(name, allowed)} "
            f"(observables: {observables}; or a state or auxiliary)"
        )


def make_prediction_plan(
    problem: Problem,
    predictions: Sequence[Target | str],
    level: float,
    budget: int,
) -> ProfilePlan:
    """Return the plan for some predictions.

    Raises
    ------
    InputError
        If a prediction cannot be made, nothing varies, or a number is not allowed.
    """
    if not problem.free:
        raise InputError("no parameter varies; free at least one")
    names = tuple(prediction.id for prediction in find_predictions(problem, predictions))
    return ProfilePlan(names, level, budget)


def _check_logarithms(predictions: Sequence[Target], measured: Sequence[Measured]) -> None:
    for prediction, statistic in zip(predictions, measured, strict=True):
        if prediction.scale == "log" and not statistic.smooth > 0:
            raise InputError(
                f"prediction {prediction.id!r} is {statistic.smooth:g} at the best fit, which has "
                "no logarithm; ask for scale=linear"
            )


def _tasks(
    problem: Problem, origin: Origin, predictions: Sequence[Target], plan: ProfilePlan
) -> dict[tuple[str, str], tuple[object, ...]]:
    """Return what each side is followed with besides the problem."""
    measured = predict(problem, predictions, origin.values)
    _check_logarithms(predictions, measured)
    starts = {p.id: m.smooth for p, m in zip(predictions, measured, strict=True)}
    beside = replace(origin, spreads=prediction_spreads(problem, predictions, origin))
    by_id = {p.id: p for p in predictions}
    return {
        (name, way): (
            beside, by_id[name], starts[name], way, plan.rise, plan.max_evaluations
        )
        for name, way in directions(plan.names)
    }  # fmt: skip
