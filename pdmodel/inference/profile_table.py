"""From the sides of all profiles to one record: curves, the lowest cost of all, a row each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pdmodel.inference.fit import Setting
from pdmodel.inference.profile_path import Origin
from pdmodel.inference.profile_point import Point, Side
from pdmodel.inference.profile_record import POINT_COLUMNS, Profile, worth_a_word
from pdmodel.inference.profile_verdict import find_interval, find_partner

if TYPE_CHECKING:
    from pdmodel.inference.problem import FitProblem

Sides = Mapping[tuple[str, str], Side]
Curve = list[tuple[str, Point]]


def make_profile(
    problem: FitProblem, origin: Origin, sides: Sides, seed: int | None, given: float, level: float,
    rise: float,
) -> Profile:  # fmt: skip
    """Put the record together.

    Parameters
    ----------
    problem, origin
        The fit, and where all sides began.
    sides
        By parameter and direction; both directions of each.
    seed
        Of the fit, if there was one.
    given
        Cost of the fit that was handed over.
    level, rise
        Confidence level, and the rise of the cost that it stands for.
    """
    lowest = _lowest(origin, sides)
    settings = {s.name: s for s in problem.settings if s.name in problem.free}
    extra = lowest if worth_a_word(origin.cost - _cost(lowest), rise) else None
    best, cost = extra.values if extra else origin.values, _cost(lowest)
    rows, points = [], []
    for name in dict.fromkeys(name for name, _ in sides):
        ends = {direction: sides[name, direction] for direction in ("down", "up")}
        curve = _curve(name, origin, ends, extra)
        found = _look(settings, name, curve, ends, cost, rise)
        rows.append(_describe(problem, settings[name], best[name]) | found)
        points += [_point_row(name, direction, point, cost) for direction, point in curve]
    return Profile(
        model=problem.model.name,
        model_hash=problem.model.hash,
        seed=seed,
        regimen=str(problem.regimen),
        horizon_days=problem.days,
        level=level,
        rise=rise,
        given_cost=given,
        best_cost=cost,
        free=dict(best),
        rows=rows,
        curve=points,
    )


def _lowest(origin: Origin, sides: Sides) -> Point:
    """Return the lowest point of all; where both sides began unless another is lower."""
    start = Point(math.nan, origin.cost, "converged", "the best fit", origin.values, (), 0, 0)
    found = [p for side in sides.values() for p in side.points if p.cost is not None]
    return min((start, *found), key=_cost)


def _curve(name: str, origin: Origin, ends: Mapping[str, Side], extra: Point | None) -> Curve:
    """Return the points of one parameter by value, failed ones too, and the best fit among them."""
    here = Point(
        origin.values[name], origin.cost, "converged", "the best fit", origin.values, (), 0, 0
    )
    curve = [("start", here)]
    curve += [(direction, point) for direction, side in ends.items() for point in side.points]
    if extra is not None and all(point is not extra for _, point in curve):
        there = Point(
            extra.values[name], extra.cost, extra.status, "found by another profile",
            extra.values, (), 0, 0,
        )  # fmt: skip
        curve.append(("best", there))
    return sorted(curve, key=lambda pair: pair[1].value)


def _describe(problem: FitProblem, setting: Setting, best: float) -> dict[str, Any]:
    return {
        "name": setting.name,
        "parameter": setting.parameter,
        "group": setting.group,
        "unit": problem.model.vocabulary[setting.parameter].unit,
        "best": best,
        "min": _finite(setting.min),
        "max": _finite(setting.max),
    }


def _look(
    settings: Mapping[str, Setting], name: str, curve: Curve, ends: Mapping[str, Side], cost: float,
    rise: float,
) -> dict[str, Any]:  # fmt: skip
    """Return what a curve says."""
    known = [point for _, point in curve if point.cost is not None]
    interval = find_interval(settings[name], known, ends, cost, rise)
    partner = find_partner(list(settings.values()), name, known, cost + 1.05 * rise)
    return {
        "low": interval.low,
        "high": interval.high,
        "verdict": interval.verdict,
        "words": interval.words,
        "partner": partner.name if partner else None,
        "partner_slope": partner.slope if partner else None,
    }


def _point_row(name: str, direction: str, point: Point, cost: float) -> dict[str, Any]:
    rise = None if point.cost is None else point.cost - cost
    row = {"name": name, "direction": direction, "rise": rise, **point.to_dict()}
    return {column: row[column] for column in POINT_COLUMNS}


def _finite(bound: float) -> float | None:
    return bound if math.isfinite(bound) else None


def _cost(point: Point) -> float:
    return math.inf if point.cost is None else point.cost


def directions(parameters: Sequence[str]) -> list[tuple[str, str]]:
    """Return every side: each parameter down and up."""
    return [(name, direction) for name in parameters for direction in ("down", "up")]
