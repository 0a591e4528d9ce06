"""One side of a profile: a parameter walks away from the best fit, and all others follow it.

The cost is half the sum of squared residuals; a step aims at a share of the rise at a
confidence bound, so that a sharp parameter gets close points and a loose one goes to its bound.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, Protocol

from pdmodel.arrays import Array
from pdmodel.inference.problem.parameters import Setting
from pdmodel.inference.profile.held import HeldParameter, Point, Side, inner, outer

if TYPE_CHECKING:
    from pdmodel.inference.problem.problem import Problem

# A step aims at this share of the rise, and is at most this share of the range.
_AIM, _LONGEST = 0.3, 1 / 8
# Points on the way out; then those that close in on the crossing, to this share of the rise or of
# the way there.
_POINTS, _CLOSING, _CLOSE = 12, 5, 0.01
_FAILURES = 3
# A prediction that moves less than this share of the requested step counts as stuck.
_ONWARD = 0.05


@dataclass(frozen=True)
class Origin:
    """Where both sides begin.

    Parameters
    ----------
    values, cost
        Free parameters of the best fit, and its cost.
    spreads
        By curvature, how far each parameter goes for a unit of cost, on its inner scale.
    covariance
        The same of all of them together, shape (n_free, n_free), in the order of `problem.free`;
        None where there is no curvature.
    """

    values: Mapping[str, float]
    cost: float
    spreads: Mapping[str, float]
    covariance: Array | None = field(default=None, compare=False)


def follow_side(
    problem: Problem, origin: Origin, parameter: str, direction: str, rise: float, budget: int
) -> Side:
    """Walk one parameter in one direction until the cost has risen enough, or to its bound.

    Parameters
    ----------
    problem, origin
        The fit, and where it ended.
    parameter, direction
        A free parameter; `down` or `up`.
    rise
        Of the cost, at a confidence bound.
    budget
        Evaluations of one fit.
    """
    held = HeldParameter(problem, parameter, budget)
    walk = Walk(held, origin, origin.values[parameter], direction, rise)
    end = walk.run()
    return Side(parameter, direction, end, tuple(walk.points))


class Holder(Protocol):
    """What can be held at a value while the parameters are fitted; a walk needs no more.

    Attributes
    ----------
    setting
        Its name, and the bounds of its values; its scale is that of a parameter.
    """

    setting: Setting

    def fit(self, value: float, start: Mapping[str, float]) -> Point:
        """Fit from the free parameters of a point nearby."""


class _Stop(NamedTuple):
    """Where a walk has been: a point with a cost, on the inner scale."""

    place: float
    cost: float
    values: Mapping[str, float]


class Walk:
    """The steps of one side.

    Parameters
    ----------
    held
        What walks.
    origin, value
        The best fit, and its value there.
    direction, rise
        As in `follow_side`.
    """

    def __init__(
        self, held: Holder, origin: Origin, value: float, direction: str, rise: float
    ) -> None:
        setting, self.held, self.rise = held.setting, held, rise
        self.sign = 1.0 if direction == "up" else -1.0
        self.ceiling = origin.cost + rise
        self.here = _Stop(inner(setting, value), origin.cost, origin.values)
        self.stops, self.start = [self.here], self.here.place
        bound = setting.max if direction == "up" else setting.min
        self.end = inner(setting, bound) if math.isfinite(bound) else self.sign * math.inf
        spread = origin.spreads.get(setting.name, math.inf)
        self.longest = self._longest(setting, spread)
        wanted = math.sqrt(_AIM * rise) * spread
        self.step = min(max(wanted, 1e-4 * self.longest), self.longest)
        self.points: list[Point] = []

    def _longest(self, setting: Setting, spread: float) -> float:
        if math.isfinite(setting.min) and math.isfinite(setting.max):
            return _LONGEST * (inner(setting, setting.max) - inner(setting, setting.min))
        if setting.min > 0:
            return math.log(2.0)
        return abs(self.here.place) or (spread if 0 < spread < math.inf else 1.0)

    def run(self) -> str:
        """Step outwards, then look again where steps were long; returns how the side ended.

        A prediction that is not moved any further ends at its `limit`; `far` is what went on in
        steps as long as may be.
        """
        end = self._step_out()
        self._fill()
        return end

    def _step_out(self) -> str:
        failures = 0
        while len(self.points) < _POINTS:
            room = abs(self.end - self.here.place)
            if room < 1e-6 * self.longest:
                return "bound"
            # no sliver is left before a bound
            near = room < 1.25 * self.step
            place = self.end if near else self.here.place + self.sign * self.step
            there = self._look(place)
            if there is not None and there.cost > self.ceiling:
                self._close_in(there)
                return "crossed"
            if there is not None and self._onward(there, place):
                self._advance(there)
                continue
            failures += 1
            if failures == _FAILURES:
                return "failed" if there is None else "limit"
            self.step /= 2
        return "far" if self.step == self.longest else "points"

    def _onward(self, there: _Stop, place: float) -> bool:
        """Whether a step was taken: what is held is where it was put, or moved there at least."""
        return (there.place - self.here.place) / (place - self.here.place) > _ONWARD

    def _look(self, place: float, start: _Stop | None = None) -> _Stop | None:
        """Fit at a place from a stop nearby, by default the last; None where that fails."""
        values = (start or self.here).values
        value = outer(self.held.setting, place)
        point = self.held.fit(value, values)
        self.points.append(point)
        if point.cost is None:
            return None
        # a prediction is brought near to where it should be, no more
        reached = inner(self.held.setting, point.value) if point.value != value else place
        self.stops.append(_Stop(reached, point.cost, point.values))
        return self.stops[-1]

    def _advance(self, there: _Stop) -> None:
        """Take a step, and choose the next by what it brought."""
        change, self.here = abs(there.cost - self.here.cost), there
        if change > 2 * _AIM * self.rise:
            self.step /= 2
        elif change < _AIM * self.rise / 2:
            self.step = min(2 * self.step, self.longest)

    def _close_in(self, outside: _Stop) -> None:
        """Look between the last stop below the ceiling and the first above it."""
        for _ in range(_CLOSING):
            inside, floor = self.here, self.ceiling - self.rise
            apart = min(outside.cost - self.ceiling, self.ceiling - inside.cost)
            gap = outside.place - inside.place
            if apart <= _CLOSE * self.rise or not self._apart(inside, outside):
                return
            share = crossing(inside.cost - floor, outside.cost - floor, self.rise)
            there = self._look(inside.place + min(max(share, 0.05), 0.95) * gap)
            if there is None:
                return
            if there.cost > self.ceiling:
                outside = there
            else:
                self.here = there

    def _apart(self, stop: _Stop, other: _Stop) -> bool:
        """Whether two stops are far from each other, compared with the way to them."""
        way = max(abs(stop.place - self.start), abs(other.place - self.start))
        return abs(stop.place - other.place) > _CLOSE * way

    def _fill(self) -> None:
        """Halve the steps that brought more than twice what they aimed at."""
        way = sorted(self.stops, key=lambda stop: self.sign * stop.place)
        for start, stop in pairwise(way):
            change = abs(min(stop.cost, self.ceiling) - min(start.cost, self.ceiling))
            wanted = change > 2 * _AIM * self.rise and self._apart(start, stop)
            if wanted and len(self.points) < _POINTS:
                self._look(0.5 * (start.place + stop.place), start)


def crossing(inside: float, outside: float, rise: float) -> float:
    """Return how much of the way from a point inside to one outside the rise is reached.

    A cost is a parabola near its lowest point, its root a line: exact for a normal likelihood.

    Parameters
    ----------
    inside, outside
        Rise of the cost at the two points, the second above `rise`.
    rise
        Looked for.

    Examples
    --------
    >>> crossing(1.0, 9.0, 4.0)
    0.5
    """
    low, high = math.sqrt(max(inside, 0.0)), math.sqrt(outside)
    return (math.sqrt(rise) - low) / (high - low)
