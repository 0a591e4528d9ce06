"""Starts of a fit: their points drawn from one seed, each run alone, alike for any N workers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pdmodel.arguments import whole_number
from pdmodel.executors import Work
from pdmodel.inference.fit.minimise import Minimum, Objective, minimise
from pdmodel.inference.fit.side_by_side import fits_of
from pdmodel.inference.problem.parameters import Setting, linear_values
from pdmodel.inference.problem.problem import Problem

_WITHOUT_BOUNDS = 1e3
_DRAWS = 100
MOST_STARTS = 100_000
"""Of one fit: a slip of the keyboard must not fill the memory."""


@dataclass(frozen=True)
class StartPlan:
    """How many starts, from which seed, with what budget each."""

    starts: int = 8
    seed: int = 1
    max_evaluations: int = 120

    def __post_init__(self) -> None:
        """Refuse numbers that make no plan."""
        whole_number(self.starts, "starts", least=1, most=MOST_STARTS)
        for name in ("starts", "max_evaluations"):
            object.__setattr__(self, name, whole_number(getattr(self, name), name, least=1))
        object.__setattr__(self, "seed", whole_number(self.seed, "seed", least=0))


@dataclass(frozen=True)
class Start:
    """One finished start.

    Parameters
    ----------
    index, seed
        Its number, and the seed its first point was drawn from.
    cost, status, message, nfev, njev, failures
        As in `Minimum`; a failed start has an infinite cost.
    values
        Free parameters where it ended.
    """

    index: int
    seed: int
    cost: float
    status: str
    message: str
    nfev: int
    njev: int
    failures: int
    values: Mapping[str, float]

    def to_dict(self) -> dict[str, object]:
        """Return plain data; an infinite cost becomes null."""
        cost = self.cost if math.isfinite(self.cost) else None
        return {**self.__dict__, "cost": cost, "values": dict(self.values)}

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> Start:
        """Read what `to_dict` wrote."""
        cost = math.inf if data["cost"] is None else data["cost"]
        return cls(**{**data, "cost": cost})  # type: ignore[arg-type]


def start_points(problem: Problem, plan: StartPlan) -> list[tuple[int, dict[str, float]]]:
    """Return seed and free values of each start.

    The first is the declared values; the others are log-uniform over the bounds (uniform where a
    bound is 0 or less; three decades around the value where there is none). A point whose
    parameters contradict each other, so that no simulation could begin, is drawn again.
    """
    points = []
    settings = problem.settings
    declared = {s.name: s.value for s in settings if s.vary and not s.expr}
    for index, child in enumerate(np.random.SeedSequence(plan.seed).spawn(plan.starts)):
        seed = int(child.generate_state(1)[0])
        points.append((seed, declared if index == 0 else _draw_possible(problem, settings, seed)))
    return points


def _draw_possible(problem: Problem, settings: tuple[Setting, ...], seed: int) -> dict[str, float]:
    random = np.random.default_rng(seed)
    free = [s for s in settings if s.vary and not s.expr]
    point: dict[str, float] = {}
    for _ in range(_DRAWS):
        point = {s.name: _draw(s, random) for s in free}
        if problem.possible(linear_values(settings, point)):
            break
    return point


def _draw(setting: Setting, random: np.random.Generator) -> float:
    low, high = setting.min, setting.max
    if not math.isfinite(low) or not math.isfinite(high):
        low, high = setting.value / _WITHOUT_BOUNDS, setting.value * _WITHOUT_BOUNDS
    share = float(random.uniform())
    if low > 0:
        return min(max(math.exp(math.log(low) + share * math.log(high / low)), low), high)
    return low + share * (high - low)


def run_start(
    problem: Problem, index: int, seed: int, point: Mapping[str, float], max_evaluations: int
) -> Start:
    """Fit from one point."""
    settings = [replace(s, value=point.get(s.name, s.value)) for s in problem.settings]
    minimum = minimise_problem(problem, settings, max_evaluations)
    values = {name: float(minimum.values[name]) for name in point}
    return Start(
        index, seed, minimum.cost, minimum.status, minimum.message, minimum.nfev, minimum.njev,
        minimum.failures, values,
    )  # fmt: skip


def minimise_problem(
    problem: Problem, settings: Sequence[Setting], max_evaluations: int
) -> Minimum:
    """Minimise from the settings' values, with the exact Jacobian where there is one."""
    slopes = search_slopes(problem) if problem.exact else None
    minimum = minimise(problem.residuals, settings, max_evaluations, slopes, problem.offset)
    return replace(minimum, cost=minimum.cost - problem.offset)


# Of a standard deviation the squares hold half of the curvature that -log L has: a step by Gauss
# and Newton would be twice too long, and end on the other side as high as it was. With twice the
# slope it has Newton's length; a third of the evaluations are needed. The minimum is the same.
_OF_DEVIATIONS = 2.0


def search_slopes(problem: Problem) -> Objective:
    """Return the Jacobian that the search for the minimum takes, of linear values."""
    deviations = {s.name for s in problem.settings if problem.is_deviation(s)}
    if not deviations:
        return problem.residual_slopes
    scales = np.array([_OF_DEVIATIONS if n in deviations else 1.0 for n in problem.free])
    return lambda values: problem.residual_slopes(values) * scales


def remaining_starts(
    problem: Problem,
    plan: StartPlan,
    work: Work,
    points: list[tuple[int, dict[str, float]]],
    done: Mapping[int, Start],
) -> Iterator[Start]:
    """Run every start that is not done, each yielded when it ends, in any order.

    Parameters
    ----------
    problem, plan, points, done
        What is fitted; the plan, a point a start, and the starts that are done, by number.
    work
        Its number of workers: threads where the runs of all starts are made together.

    Raises
    ------
    WorkerError
        If a worker process dies.
    """
    tasks = [
        (index, seed, point, plan.max_evaluations)
        for index, (seed, point) in enumerate(points)
        if index not in done
    ]
    yield from fits_of(problem, run_start, tasks, work)
