"""What the profile of a parameter says of it, in words: an interval, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from pdmodel.inference.problem.parameters import Setting
from pdmodel.inference.profile.held import Point, Side, inner, outer
from pdmodel.inference.profile.walk import crossing
from pdmodel.text import rounded

# Another parameter that moves less than this on its inner scale compensates for nothing.
_STILL = 0.02


@dataclass(frozen=True)
class Interval:
    """Where the cost has risen by what is looked for.

    Parameters
    ----------
    low, high
        None where there is no such place.
    below, above
        Why not: `bound` (the rise is not reached there), or a reason in words.
    """

    low: float | None
    high: float | None
    below: str | None
    above: str | None

    @property
    def verdict(self) -> str:
        """`identified`, `open below`, `open above`, `flat` or `not bracketed`."""
        reasons = {self.below, self.above} - {None}
        if reasons - {"bound"}:
            return "not bracketed"
        if not reasons:
            return "identified"
        if len(reasons) == 1 and self.below and self.above:
            return "flat"
        return "open below" if self.below else "open above"

    @property
    def words(self) -> str:
        """The verdict with its numbers, or with its reason."""
        verdict = self.verdict
        if verdict == "not bracketed":
            sides = (("below", self.below), ("above", self.above))
            reasons = [f"{side} {why}" for side, why in sides if why not in (None, "bound")]
            return f"not bracketed: {'; '.join(reasons)}"
        return {
            "identified": f"identified [{rounded(self.low, 3)}, {rounded(self.high, 3)}]",
            "open below": f"open below (< {rounded(self.high, 3)})",
            "open above": f"open above (> {rounded(self.low, 3)})",
            "flat": "flat",
        }[verdict]


def find_interval(
    setting: Setting, curve: Sequence[Point], ends: Mapping[str, Side], best: float, rise: float
) -> Interval:
    """Return the interval around the lowest point of a curve.

    Parameters
    ----------
    setting
        The parameter.
    curve
        Points with a cost, by value.
    ends
        The sides, `down` and `up`.
    best, rise
        The lowest cost that is known anywhere, and by how much a confidence bound is above it.
    """
    lowest = min(range(len(curve)), key=lambda index: _cost(curve[index]))
    low, below = _edge(setting, curve[lowest::-1], ends["down"], best, rise)
    high, above = _edge(setting, curve[lowest:], ends["up"], best, rise)
    return Interval(low, high, below, above)


def _edge(
    setting: Setting, way: Sequence[Point], side: Side, best: float, rise: float
) -> tuple[float | None, str | None]:
    """Return where the way from the lowest point crosses, or why it does not."""
    for inside, outside in pairwise(way):
        if _cost(outside) - best <= rise:
            continue
        if outside.status == "budget":
            return None, f"the fit at {outside.value:.3g} stopped at its budget"
        share = crossing(_cost(inside) - best, _cost(outside) - best, rise)
        start, end = inner(setting, inside.value), inner(setting, outside.value)
        return outer(setting, start + share * (end - start)), None
    return None, _reason(side)


def _reason(side: Side) -> str:
    if side.end == "failed":
        last = side.points[-1]
        return f"the fit at {last.value:.3g} failed: {last.message}"
    if side.end in ("points", "far"):
        return f"the rise is not reached in {len(side.points)} points"
    return "bound"


def _cost(point: Point) -> float:
    assert point.cost is not None, "a failed point is no part of a curve"
    return point.cost


@dataclass(frozen=True)
class Partner:
    """The other parameter that moves most along a profile.

    Parameters
    ----------
    name, slope
        Its name, and by how much it moves for a unit of the profiled one, both on their inner
        scales: -1 where only the product is known.
    """

    name: str
    slope: float


def find_partner(
    settings: Sequence[Setting], parameter: str, curve: Sequence[Point], ceiling: float
) -> Partner | None:
    """Return what compensates for a parameter; None if nothing moves.

    Parameters
    ----------
    settings
        All free parameters.
    parameter
        The one that is profiled.
    curve
        Points with a cost.
    ceiling
        Points above this cost are left out, as far as two are left.
    """
    inside = [point for point in curve if _cost(point) <= ceiling]
    used = inside if len(inside) > 1 else list(curve)
    moved = {s.name: np.array([_travel(s, used[0], point) for point in used]) for s in settings}
    own = moved.pop(parameter)
    if not moved or np.ptp(own) == 0:
        return None
    name = max(moved, key=lambda other: float(np.ptp(moved[other])))
    if np.ptp(moved[name]) < _STILL:
        return None
    apart = own - own.mean()
    return Partner(name, float(apart @ moved[name] / (apart @ apart)))


def _travel(setting: Setting, start: Point, point: Point) -> float:
    """Return how far a parameter is from where it started: by its logarithm, or relatively."""
    here, there = point.values[setting.name], start.values[setting.name]
    if setting.min > 0:
        return inner(setting, here) - inner(setting, there)
    return (here - there) / max(abs(here), abs(there), 1e-300)
