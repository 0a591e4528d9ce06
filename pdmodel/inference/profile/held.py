"""A fit with one parameter held, and what it gives: points, which make up a side of a profile."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pdmodel.inference.fit.minimise import Minimum
from pdmodel.inference.fit.parameter_verdicts import at_bound
from pdmodel.inference.fit.starts import minimise_problem
from pdmodel.inference.problem.parameters import Setting, linear_values
from pdmodel.storage import each, maybe, one_of

if TYPE_CHECKING:
    from pdmodel.inference.problem.problem import Problem

# Logarithms that are all nearer to 0 than the first begin at the second.
_SHORT, _NUDGE = 0.05, 0.1


SIDE_SHAPE = {
    "parameter": str, "direction": one_of("down", "up"), "end": str,
    "points": [{
        "value": float, "cost": maybe(float), "status": str, "message": str,
        "values": each(float), "at_bound": [str], "nfev": int, "njev": int,
    }],
}  # fmt: skip
"""How a stored side looks."""


@dataclass(frozen=True)
class Point:
    """One parameter held at a value, with the fit of the others.

    Parameters
    ----------
    value
        Where it is held.
    cost
        Half the sum of squared residuals; None where the fit failed.
    status, message, nfev, njev
        As in `Minimum`.
    values
        Free parameters there, the one that is held included.
    at_bound
        The others that are stuck at a bound.
    """

    value: float
    cost: float | None
    status: str
    message: str
    values: Mapping[str, float]
    at_bound: tuple[str, ...]
    nfev: int
    njev: int

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {**self.__dict__, "values": dict(self.values), "at_bound": list(self.at_bound)}


@dataclass(frozen=True)
class Side:
    """The points of one parameter in one direction, in the order in which they were fitted.

    Parameters
    ----------
    parameter, direction
        Which, and `down` or `up`.
    end
        `crossed`, `bound`, `points` (too many would be needed) or `failed`; `far` is
        `points` in steps as long as may be, `limit` of a prediction that was not moved any
        further.
    points
        Without the best fit itself.
    """

    parameter: str
    direction: str
    end: str
    points: tuple[Point, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        rows = [
            {**p.__dict__, "values": {**p.values}, "at_bound": [*p.at_bound]} for p in self.points
        ]
        return {**self.__dict__, "points": rows}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Side:
        """Read what `to_dict` wrote."""
        points = [Point(**{**p, "at_bound": tuple(p["at_bound"])}) for p in data["points"]]
        return cls(**{**data, "points": tuple(points)})


def inner(setting: Setting, value: float) -> float:
    """Return the logarithm of a positive parameter, any other as it is."""
    return math.log(value) if setting.min > 0 else value


def outer(setting: Setting, place: float) -> float:
    """Undo `inner`; a bound comes back as it is, and nothing is beyond it."""
    for bound in (setting.min, setting.max):
        if math.isfinite(bound) and place == inner(setting, bound):
            return bound
    value = math.exp(place) if setting.min > 0 else place
    return min(max(value, setting.min), setting.max)


class HeldParameter:
    """A fit in which one parameter is held.

    Parameters
    ----------
    problem
        The fit; it is copied.
    parameter
        Name of a free parameter.
    budget
        Evaluations of one fit.
    """

    def __init__(self, problem: Problem, parameter: str, budget: int) -> None:
        self.problem = problem.beside()  # with `params` of its own
        self.setting = next(s for s in problem.settings if s.name == parameter)
        self.problem.params[parameter].set(vary=False)
        self.budget = budget

    def fit(self, value: float, start: Mapping[str, float]) -> Point:
        """Fit the others; go on once where the budget was too small.

        Parameters
        ----------
        value
            Where the parameter is held.
        start
            All free parameters at a point nearby.
        """
        minimum = fit_others(self.problem, {**start, self.setting.name: value}, self.budget)
        failed = minimum.status == "failed" or not math.isfinite(minimum.cost)
        values = {name: float(minimum.values.get(name, start[name])) for name in start}
        values[self.setting.name] = value
        return Point(
            value, None if failed else minimum.cost, "failed" if failed else minimum.status,
            minimum.message, values, () if failed else stuck(self.problem, values), minimum.nfev,
            minimum.njev,
        )  # fmt: skip


def fit_others(problem: Problem, here: Mapping[str, float], budget: int) -> Minimum:
    """Fit what is free in a problem; go on once where the budget was too small.

    Parameters
    ----------
    problem
        What is held does not vary in it.
    here
        Where to begin, those that are held included.
    budget
        Evaluations of one fit.
    """
    minimum = _minimise(problem, here, budget)
    if minimum.status != "budget":
        return minimum
    again = _minimise(problem, {name: minimum.values[name] for name in here}, budget)
    return replace(again, nfev=minimum.nfev + again.nfev, njev=minimum.njev + again.njev)


def stuck(problem: Problem, values: Mapping[str, float]) -> tuple[str, ...]:
    """Return the free parameters that are at a bound."""
    return tuple(s.name for s in _others(problem) if at_bound(s, values[s.name]))


def _others(problem: Problem) -> list[Setting]:
    return [s for s in problem.settings if s.name in problem.free]


def _minimise(problem: Problem, start: Mapping[str, float], budget: int) -> Minimum:
    here = {**start, **_away_from_one(problem, start)}
    settings = [replace(s, value=here.get(s.name, s.value)) for s in problem.settings]
    if problem.free:
        return minimise_problem(problem, settings, budget)
    values = linear_values(settings, {})
    try:
        cost = problem.cost(problem.residuals(values))
    except ArithmeticError as error:
        return Minimum(values, math.inf, "failed", str(error), 1, 0, 1, None)
    return Minimum(values, cost, "converged", "nothing else is free", 1, 0, 0, None)


def _away_from_one(problem: Problem, start: Mapping[str, float]) -> dict[str, float]:
    """Return other starting values where all logarithms are next to 0, none elsewhere.

    The first step of SciPy's least_squares is at most as long as the vector it starts from:
    it would be too short to change the cost, and be taken for the end.
    """
    others = _others(problem)
    places = {s.name: inner(s, start[s.name]) for s in others}
    if any(s.min <= 0 for s in others) or math.hypot(*places.values()) >= _SHORT:
        return {}
    return {s.name: outer(s, places[s.name] + (_NUDGE if s.max > 1 else -_NUDGE)) for s in others}
