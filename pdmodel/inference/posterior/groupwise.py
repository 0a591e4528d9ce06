"""The log-likelihood of targets group by group: a point that is ruled out early costs no more runs.

A walker of nested sampling needs points above a level; most that it tries lie below. The targets of
some groups often say so before the others are simulated: what is known of a point, and the most
that the rest could add, is already below the level. What is answered above the level is the same
to the last bit as without this.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from pdmodel.arrays import Array
from pdmodel.inference.posterior.batching import WalkerPoint
from pdmodel.inference.posterior.prior import PriorSpace
from pdmodel.inference.problem.many_points import measure_points, setting_columns
from pdmodel.inference.problem.simulator import Simulator
from pdmodel.inference.targets.course import TimeCourse
from pdmodel.inference.targets.residuals import from_scale, to_scale
from pdmodel.inference.targets.target import Target

if TYPE_CHECKING:
    from pdmodel.inference.posterior.likelihood import LogLikelihood
    from pdmodel.inference.problem.problem import Problem

# What sums of the same numbers in another order may differ by, as a share of their size.
_ROUNDING = 1e-9
# Tolerances of runs that are tried, at how many points, and how far a target's value may move.
_LOOSER, _TRIED, _ALIKE = (1e-4, 1e-5), 32, 1e-2


@dataclass
class _Progress:
    """How far a point is: its parameters by group, what was run, and what each target says."""

    parameters: Array
    logs: Array
    stage: int = 0
    courses: dict[str, dict[str, TimeCourse]] = field(default_factory=dict)


def goes_by_groups(problem: Problem) -> bool:
    """Whether the likelihood of a problem is that of targets whose groups are run in one call."""
    return (
        bool(problem.groups) and not problem.n_measured and problem.simulator.engine == "compiled"
    )


class GroupwiseLikelihood:
    """The log-likelihood of a problem's targets at points that walkers wait with.

    Parameters
    ----------
    likelihood
        The same of all groups at once; it counts the points, and those that are impossible. A
        point that is ruled out before the group is run that cannot be simulated counts as possible.
    rtol
        Relative tolerance of the runs; that of the problem by default.
    """

    def __init__(self, likelihood: LogLikelihood, rtol: float | None = None) -> None:
        problem = likelihood.problem
        self.likelihood, self.problem = likelihood, problem
        self.rtol = problem.rtol if rtol is None else rtol
        self._simulator = problem.simulator
        if self.rtol != problem.rtol:
            self._simulator = Simulator(problem.regimen_of, problem.groups, self.rtol, problem.atol)
        self._names = list(problem.groups)
        self._stages = stages_of(problem)
        done: set[str] = set()
        self._targets: list[list[int]] = []
        for stage in self._stages:
            before, done = done, done | set(stage)
            self._targets.append(
                [n for n, t in enumerate(problem.targets)
                 if set(t.groups) <= done and not set(t.groups) <= before]
            )  # fmt: skip
        self._best = np.array([target.best_log_likelihood for target in problem.targets])
        self._fixed, self._moving = self._columns()

    def _columns(self) -> tuple[Array, list[dict[int, str]]]:
        """Return the parameters of each group, and which column of it is what setting."""
        names = self._simulator.parameter_names(self.problem.model)
        rows, moving = [], []
        for group in self._names:
            own = self.problem.own_values(group, self.likelihood.values)
            rows.append(self._simulator.parameter_row(self.problem.model, group, own))
            held = self.problem.places(group)
            moving.append({names.index(p): s for p, s in held.items() if p in names})
        return np.array(rows), moving

    def __call__(self, points: Array) -> Array:
        """Return log L of points on the linear scale, shape (n_points,); -inf where impossible."""
        asked = [WalkerPoint(point) for point in points]
        while waiting := [each for each in asked if each.answer is None]:
            self.advance(waiting)
        return np.array([each.answer for each in asked])

    def advance(self, asked: Sequence[WalkerPoint]) -> None:
        """Run the next groups of every point, and answer those of which enough is known."""
        self._begin([each for each in asked if each.progress is None])
        chosen = np.zeros((len(asked), len(self._names)), dtype=bool)
        for row, each in enumerate(asked):
            wanted = self._stages[each.progress.stage]
            chosen[row] = [name in wanted for name in self._names]
        parameters = np.array([each.progress.parameters for each in asked])
        values, failures = self._simulator.run_chosen(self.problem.model, parameters, chosen)
        for row, each in enumerate(asked):
            for column, name in enumerate(self._names):
                if chosen[row, column] and each.answer is None:
                    if (row, column) in failures:
                        self._end(each, -math.inf, f"{name}: {failures[row, column]}")
                    else:
                        each.progress.courses[name] = self._simulator.named(
                            name, values[row][column]
                        )
            if each.answer is None:
                self._measure(each)

    def _begin(self, new: Sequence[WalkerPoint]) -> None:
        """Give points that were just asked for their parameters."""
        if not new:
            return
        points = np.array([each.point for each in new])
        columns = setting_columns(
            self.problem.settings, self.problem.free, points, self.likelihood.values
        )
        parameters = np.tile(self._fixed, (len(new), 1, 1))
        for group, moving in enumerate(self._moving):
            for column, setting in moving.items():
                parameters[:, group, column] = columns[setting]
        for each, own in zip(new, parameters, strict=True):
            each.progress = _Progress(own, np.full(len(self.problem.targets), math.nan))

    def _measure(self, each: WalkerPoint) -> None:
        """Hold what was run against its targets; answer the point if that is enough."""
        progress: _Progress = each.progress
        for number in self._targets[progress.stage]:
            target = self.problem.targets[number]
            try:
                progress.logs[number] = self._log_likelihood(target, progress)
            except ArithmeticError as error:  # a ratio to nothing
                self._end(each, -math.inf, f"a target is no number: {error}")
                return
        progress.stage += 1
        if progress.stage == len(self._stages):
            self._end(each, float(progress.logs.sum()))
            return
        most = float(np.where(np.isnan(progress.logs), self._best, progress.logs).sum())
        if most < each.above - _ROUNDING * (1 + abs(each.above)):
            self._end(each, most)
            return
        # A view would keep the runs of all points that shared the call.
        for courses in progress.courses.values():
            for quantity, course in courses.items():
                courses[quantity] = course._replace(values=course.values.copy())

    def _log_likelihood(self, target: Target, progress: _Progress) -> float:
        courses = [progress.courses[group][target.observable] for group in target.groups]
        measured = target.measure(courses, self.problem.days, self.problem.visit_interval)
        value = to_scale(measured.smooth, target.scale)
        if not math.isfinite(value):
            raise ArithmeticError(f"target {target.id!r}")
        return target.log_likelihood(from_scale(value, target.scale))

    def _end(self, each: WalkerPoint, answer: float, reason: str = "") -> None:
        each.answer = answer
        self.likelihood.note([reason], each.point)


def sampled_tolerance(problem: Problem) -> float:
    """Return the loosest tolerance of runs that no target tells from that of the problem.

    Parameters
    ----------
    problem
        One that goes by groups. Some points of its prior are tried: what the targets look at may
        differ by a hundredth of the width of their edge, or of the error of a measured value.
    """
    space = PriorSpace.of(problem)
    points = space.place(np.random.default_rng(1).random((_TRIED, len(space.names))))
    values = {setting.name: setting.value for setting in problem.settings}
    widths = np.array([t.softness if math.isnan(t.value) else t.sigma for t in problem.targets])

    def at(rtol: float) -> Array:
        other = problem.beside()
        other.rtol = rtol
        scaled: Array = measure_points(other, points, values, threads=1).values / widths
        return scaled

    right = at(problem.rtol)
    for rtol in _LOOSER:
        if rtol > problem.rtol and np.allclose(at(rtol), right, 0, _ALIKE, equal_nan=True):
            return rtol
    return problem.rtol


def stages_of(problem: Problem) -> list[list[str]]:
    """Return which groups are run together, and then which.

    Of long runs that with the most targets comes first, and short ones beside it; every other long
    one has a call of its own.
    """
    longest = max(group.days for group in problem.groups.values())
    long = [name for name, group in problem.groups.items() if 2 * group.days > longest]
    counts = {name: sum(name in target.groups for target in problem.targets) for name in long}
    long.sort(key=lambda name: -counts[name])
    short = [name for name in problem.groups if name not in long]
    return [[*short, long[0]], *([name] for name in long[1:])]
