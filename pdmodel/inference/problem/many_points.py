"""Targets at many points at once: each group is simulated for all of them in one call."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from pdmodel.arrays import Array
from pdmodel.engine.cohort import simulate_cohort
from pdmodel.executors import silent
from pdmodel.inference.problem.parameters import Setting, make_parameters
from pdmodel.inference.targets.course import TimeCourse
from pdmodel.inference.targets.residuals import to_scale

if TYPE_CHECKING:
    from pdmodel.executors import Progress
    from pdmodel.inference.problem.problem import Problem

# Points whose courses are held at a time, at most, and numbers of all these of a group: 64 MB.
_BLOCK, _NUMBERS = 2048, 2**23


class Measures(NamedTuple):
    """What the targets look at, at many points.

    Parameters
    ----------
    values
        Smooth statistics on the scale of their targets, shape (n_points, n_targets); NaN at a
        point that cannot be simulated or where a statistic is no number.
    reasons
        Why, one a point; empty where there is nothing to say.
    """

    values: Array
    reasons: tuple[str, ...]

    @property
    def failed(self) -> tuple[int, ...]:
        """Numbers of the points without values."""
        return tuple(number for number, reason in enumerate(self.reasons) if reason)


def measure_points(
    problem: Problem,
    points: Array,
    values: Mapping[str, float],
    *,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Measures:
    """Return what the targets look at, at many points.

    Parameters
    ----------
    problem
        The problem; `problem.free` names the columns of the points.
    points
        Free parameters on the linear scale, shape (n_points, n_free).
    values
        Value of every other setting; those tied by `expr` follow the points.
    threads
        How many; all processors by default. The result is the same for any number.
    progress
        Called with simulations done, simulations in all, and the name of the group.

    Raises
    ------
    InputError
        If a value is outside what the model allows.
    """
    report = progress or silent
    columns = setting_columns(problem.settings, problem.free, points, values)
    total, done = len(points) * len(problem.groups), 0
    rows: list[Array] = []
    reasons: list[str] = []
    size = _block(problem)
    for first in range(0, len(points), size):
        part = slice(first, first + size)
        runs = {}
        for group in problem.groups:
            own = {name: column[part] for name, column in columns.items()}
            runs[group] = simulate_points(problem, group, own, threads=threads)
            done += len(runs[group].reasons)
            report(done, total, group)
        for number in range(len(points[part])):
            row, reason = _measure(problem, runs, number)
            rows.append(row)
            reasons.append(reason)
    return Measures(np.array(rows), tuple(reasons))


def _block(problem: Problem) -> int:
    """Return how many points are simulated at a time."""
    rows = max((group.rows.size for group in problem.groups.values()), default=1)
    return max(1, min(_BLOCK, _NUMBERS // (rows * max(1, len(problem.simulator.quantities)))))


def setting_columns(
    settings: Sequence[Setting], free: Sequence[str], points: Array, values: Mapping[str, float]
) -> dict[str, Array]:
    """Return every setting at all points, by name, each of shape (n_points,)."""
    columns = {s.name: np.full(len(points), values[s.name], dtype=float) for s in settings}
    columns |= {name: points[:, column] for column, name in enumerate(free)}
    tied = [s.name for s in settings if s.expr]
    if tied:
        parameters = make_parameters([replace(s, value=values[s.name]) for s in settings])
        for number, point in enumerate(points):
            for name, value in zip(free, point, strict=True):
                parameters[name].set(value=float(value))
            for name in tied:
                columns[name][number] = float(parameters[name].value)
    return columns


def measure_subjects(
    problem: Problem, points: Array, values: Mapping[str, float]
) -> tuple[Array, tuple[str, ...]]:
    """Return log L of every measured row at many points, and why there is none.

    Parameters
    ----------
    problem, points, values
        As in `measure_points`.

    Returns
    -------
    logs
        Shape (n_points, n_rows); -inf at a point that cannot be simulated, without columns where
        nothing was measured.
    reasons
        One a point, empty where there is nothing to say.
    """
    if not problem.n_measured:
        return np.zeros((len(points), 0)), ("",) * len(points)
    columns = setting_columns(problem.settings, problem.free, points, values)
    logs = np.full((len(points), problem.n_measured), -math.inf)
    reasons = []
    for number in range(len(points)):
        here = {name: float(column[number]) for name, column in columns.items()}
        reason = ""
        try:
            logs[number] = problem.measured_log_likelihoods(here)
        except ArithmeticError as error:
            reason = str(error)
        reasons.append(reason)
    return logs, tuple(reasons)


class Runs(NamedTuple):
    """A group, or a measured subject, at many points.

    Parameters
    ----------
    times
        Days, shape (n_times,).
    values
        Each quantity, shape (n_points, n_times).
    reasons
        Why there are none, one a point; empty where there are.
    attrs
        Unit and name of each quantity.
    """

    times: Array
    values: dict[str, Array]
    reasons: list[str]
    attrs: dict[str, dict[str, Any]]


def simulate_points(
    problem: Problem,
    name: str,
    columns: Mapping[str, Array],
    *,
    times: Array | None = None,
    threads: int | None = None,
) -> Runs:
    """Simulate a group; each point is a patient.

    Parameters
    ----------
    problem, name
        The problem, and which of its groups.
    columns
        Every setting at all points, as of `setting_columns`.
    times
        Days to keep; those that the targets look at by default.
    threads
        How many; all processors by default.
    """
    group = problem.groups[name]
    kept = group.rows if times is None else times
    parameters = {q.name for q in problem.model.vocabulary if q.kind == "parameter"}
    places = problem.places(name).items()
    moving = {p: columns[setting] for p, setting in places if p in parameters}
    fixed = {p: value for p, value in group.values.items() if p not in moving}
    run = simulate_cohort(
        problem.model, problem.regimen_of(name), pd.DataFrame(moving).assign(**fixed),
        days=group.days, times=kept, quantities=problem.simulator.quantities, threads=threads,
        rtol=problem.rtol, atol=problem.atol, followed_slopes=True,
    )  # fmt: skip
    return _runs(run, kept, problem.simulator.quantities)


def simulate_subject(
    problem: Problem, subject: str, columns: Mapping[str, Array], *, times: Array
) -> Runs:
    """Simulate a measured subject; each point is a patient.

    Parameters
    ----------
    problem, subject
        The problem, and who of its measurements.
    columns
        Every setting at all points, as of `setting_columns`.
    times
        Days to keep; the last one ends the run.
    """
    measured = problem.measured
    assert measured is not None
    moving = {p: columns[name] for p, name in measured.places(subject).items()}
    quantities = measured.measurements.quantities
    run = simulate_cohort(
        problem.model, [measured.measurements.subjects[subject]] * len(next(iter(moving.values()))),
        pd.DataFrame(moving), days=float(times[-1]), times=times, quantities=quantities, threads=1,
        rtol=problem.rtol, atol=problem.atol, followed_slopes=True,
    )  # fmt: skip
    return _runs(run, times, quantities)


def _runs(run: xr.Dataset, times: Array, quantities: Sequence[str]) -> Runs:
    """Return the runs of a cohort whose patients are points."""
    values = {q: run[q].transpose("patient", "time").values for q in quantities}
    attrs = {q: dict(run[q].attrs) for q in quantities}
    return Runs(times, values, [str(reason) for reason in run["reason"].values], attrs)


def _measure(problem: Problem, runs: Mapping[str, Runs], number: int) -> tuple[Array, str]:
    """Return the scaled statistics of one point, or why there are none."""
    nothing = np.full(len(problem.targets), math.nan)
    for name, run in runs.items():
        if run.reasons[number]:
            return nothing, f"{name}: {run.reasons[number]}"
    courses = {
        name: {
            q: TimeCourse(run.times, v[number], edges=problem.groups[name].edges)
            for q, v in run.values.items()
        }
        for name, run in runs.items()
    }
    try:
        measured = problem.measure_courses(courses)
    except ArithmeticError as error:  # a ratio to nothing
        return nothing, f"a target is no number: {error}"
    row = [to_scale(m.smooth, t.scale) for t, m in zip(problem.targets, measured, strict=True)]
    for target, value in zip(problem.targets, row, strict=True):
        if not math.isfinite(value):
            return nothing, f"target {target.id!r} is no number"
    return np.array(row), ""
