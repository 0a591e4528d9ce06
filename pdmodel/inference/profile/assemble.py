"""From the sides of all profiles to one record: curves, the lowest cost of all, a row each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pdmodel.inference.problem.parameters import Setting
from pdmodel.inference.profile.held import Point, Side, inner
from pdmodel.inference.profile.held_prediction import predict, prediction_setting
from pdmodel.inference.profile.interval import Interval, find_interval, find_partner
from pdmodel.inference.profile.record import (
    POINT_COLUMNS,
    PredictionProfile,
    Profile,
    clearly_lower,
)
from pdmodel.inference.profile.walk import Origin
from pdmodel.inference.targets.course import Measured
from pdmodel.inference.targets.target import Target
from pdmodel.storage import plain

if TYPE_CHECKING:
    from pdmodel.inference.problem.problem import Problem


Sides = Mapping[tuple[str, str], Side]
ProfileCurve = list[tuple[str, Point]]


def make_profile(
    problem: Problem, origin: Origin, sides: Sides, seed: int | None, given: float, level: float,
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
    lower = find_lower(origin, sides, rise)
    settings = {s.name: s for s in problem.settings if s.name in problem.free}
    best, cost = (lower or origin).values, lowest_cost(origin, sides)
    rows, points = [], []
    for name in dict.fromkeys(name for name, _ in sides):
        ends = {direction: sides[name, direction] for direction in ("down", "up")}
        there = None if lower is None else lower.values[name]
        curve = make_curve(origin, origin.values[name], ends, lower, there)
        reading = _read_curve(settings, name, curve, ends, cost, rise)
        rows.append(_describe(problem, settings[name], best[name]) | reading)
        points += [point_row(name, direction, point, cost) for direction, point in curve]
    return Profile(
        model=problem.model.name,
        model_hash=problem.model.hash,
        seed=seed,
        regimen=problem.regimen_words,
        horizon_days=problem.days,
        level=level,
        rise=rise,
        given_cost=given,
        best_cost=cost,
        free=dict(best),
        rows=rows,
        curve=points,
    )


def find_lower(origin: Origin, sides: Sides, rise: float) -> Point | None:
    """Return the lowest point of all if it lies below the best fit by more than the tolerance."""
    points = _known(sides)
    lowest = min(points, key=cost_of, default=None)
    if lowest is None or not clearly_lower(origin.cost - cost_of(lowest), rise):
        return None
    return lowest


def lowest_cost(origin: Origin, sides: Sides) -> float:
    """Return the lowest cost of all."""
    return min([origin.cost, *map(cost_of, _known(sides))])


def _known(sides: Sides) -> list[Point]:
    return [point for side in sides.values() for point in side.points if point.cost is not None]


def make_curve(
    origin: Origin, value: float, ends: Mapping[str, Side], lower: Point | None,
    there: float | None,
) -> ProfileCurve:  # fmt: skip
    """Return the points of one profile by value, failed ones too, and the best fit among them.

    Parameters
    ----------
    origin, value
        Where both sides began.
    ends
        The sides, `down` and `up`.
    lower, there
        The point below the best fit, if there is one, and its value in this profile.
    """
    here = Point(value, origin.cost, "converged", "the best fit", origin.values, (), 0, 0)
    curve = [("start", here)]
    curve += [(direction, point) for direction, side in ends.items() for point in side.points]
    if lower is not None and there is not None and all(point is not lower for _, point in curve):
        extra = Point(
            there, lower.cost, lower.status, "found by another profile", lower.values, (), 0, 0
        )
        curve.append(("best", extra))
    return sorted(curve, key=lambda pair: pair[1].value)


def _describe(problem: Problem, setting: Setting, best: float) -> dict[str, Any]:
    return {
        "name": setting.name,
        "parameter": setting.parameter,
        "group": setting.group,
        "unit": problem.unit_of(setting),
        "best": best,
        "min": _finite(setting.min),
        "max": _finite(setting.max),
    }


def _read_curve(
    settings: Mapping[str, Setting], name: str, curve: ProfileCurve, ends: Mapping[str, Side],
    cost: float, rise: float,
) -> dict[str, Any]:  # fmt: skip
    """Return what a curve says."""
    evaluated = [point for _, point in curve if point.cost is not None]
    interval = find_interval(settings[name], evaluated, ends, cost, rise)
    partner = find_partner(list(settings.values()), name, evaluated, cost + 1.05 * rise)
    return {
        "low": interval.low,
        "high": interval.high,
        "verdict": interval.verdict,
        "words": interval.words,
        "partner": partner.name if partner else None,
        "partner_slope": partner.slope if partner else None,
    }


def point_row(name: str, direction: str, point: Point, cost: float) -> dict[str, Any]:
    """Return a point as `POINT_COLUMNS`, its rise counted from a cost."""
    rise = None if point.cost is None else point.cost - cost
    row = {"name": name, "direction": direction, "rise": rise, **point.to_dict()}
    return {column: row[column] for column in POINT_COLUMNS}


def _finite(bound: float) -> float | None:
    return bound if math.isfinite(bound) else None


def cost_of(point: Point) -> float:
    """Return the cost of a point; infinite where the fit failed."""
    return math.inf if point.cost is None else point.cost


def directions(parameters: Sequence[str]) -> list[tuple[str, str]]:
    """Return every side: each parameter down and up."""
    return [(name, direction) for name in parameters for direction in ("down", "up")]


# A prediction that was moved by less, relatively, is the same for all parameters.
_STILL = 1e-4


def make_prediction_profile(
    problem: Problem, predictions: Sequence[Target], origin: Origin, sides: Sides,
    seed: int | None, given: float, level: float, rise: float,
) -> PredictionProfile:  # fmt: skip
    """Put the record together.

    Parameters
    ----------
    problem
        As `observed_for` returned it.
    predictions, origin
        What was profiled, and where all sides began.
    sides
        By id and direction; both directions of each.
    seed
        Of the fit, if there was one.
    given
        Cost of the fit that was handed over.
    level, rise
        Confidence level, and the rise of the cost that it stands for.
    """
    lower = find_lower(origin, sides, rise)
    best, cost = (lower or origin).values, lowest_cost(origin, sides)
    starts = predict(problem, predictions, origin.values)
    bests = starts if lower is None else predict(problem, predictions, best)
    rows, points = [], []
    for prediction, start, there in zip(predictions, starts, bests, strict=True):
        ends = {direction: sides[prediction.id, direction] for direction in ("down", "up")}
        curve = make_curve(origin, start.smooth, ends, lower, there.smooth)
        rows.append(
            _describe_prediction(problem, prediction, there)
            | _read_prediction_curve(problem, prediction, curve, ends, cost, rise)
        )
        points += [point_row(prediction.id, direction, point, cost) for direction, point in curve]
    return PredictionProfile(
        model=problem.model.name, model_hash=problem.model.hash, seed=seed,
        regimen=problem.regimen_words, horizon_days=problem.days, level=level, rise=rise,
        given_cost=given, best_cost=cost, free=dict(best), rows=rows, curve=points,
    )  # fmt: skip


def _describe_prediction(problem: Problem, prediction: Target, best: Measured) -> dict[str, Any]:
    return {
        "name": prediction.id,
        **{key: getattr(prediction, key) for key in ("group", "observable", "kind")},
        "day": plain(prediction.day), "threshold": plain(prediction.threshold),
        "scale": prediction.scale,
        "unit": prediction.unit(problem.model), "best": best.smooth, "judged": plain(best.value),
    }  # fmt: skip


def _read_prediction_curve(
    problem: Problem, prediction: Target, curve: ProfileCurve, ends: Mapping[str, Side],
    cost: float, rise: float,
) -> dict[str, Any]:  # fmt: skip
    """Return what a curve says."""
    evaluated = [point for _, point in curve if point.cost is not None]
    setting, ceiling = prediction_setting(prediction), cost + rise
    # Predictions have no bounds: a side that ran out of steps is reported as open.
    open_ends = {way: replace(side, end="bound") if side.end == "far" else side
                 for way, side in ends.items()}  # fmt: skip
    interval = find_interval(setting, evaluated, open_ends, cost, rise)
    reached = (evaluated[0].value, evaluated[-1].value)
    verdict, words = _words(setting, interval, reached)
    settings = [s for s in problem.settings if s.name in problem.free]
    named = [replace(p, values={**p.values, prediction.id: p.value}) for p in evaluated]
    partner = find_partner([*settings, setting], prediction.id, named, cost + 1.05 * rise)
    within = [point for point in evaluated if cost_of(point) <= ceiling]
    return {
        "low": interval.low, "high": interval.high, "lowest": reached[0], "highest": reached[1],
        "verdict": verdict, "words": words,
        "stuck_below": _stuck(within[:1]), "stuck_above": _stuck(within[-1:]),
        "partner": partner.name if partner else None,
        "partner_slope": partner.slope if partner else None,
    }  # fmt: skip


def _words(setting: Setting, interval: Interval, reached: tuple[float, float]) -> tuple[str, str]:
    """Return the verdict, and the same with its numbers or its reason."""
    verdict, (lowest, highest) = interval.verdict, reached
    if verdict == "identified":
        return "determined", f"determined [{interval.low:.3g}, {interval.high:.3g}]"
    if verdict == "flat" and _still(setting, *reached):
        return "fixed", "fixed: the free parameters do not move it"
    return verdict, {
        "open below": f"open below (< {interval.high or math.nan:.3g}, reached {lowest:.3g})",
        "open above": f"open above (> {interval.low or math.nan:.3g}, reached {highest:.3g})",
        "flat": f"flat (reached {lowest:.3g} to {highest:.3g})",
        "not bracketed": interval.words,
    }[verdict]


def _still(setting: Setting, lowest: float, highest: float) -> bool:
    apart = inner(setting, highest) - inner(setting, lowest)
    size = 1.0 if setting.min > 0 else max(abs(lowest), abs(highest))
    return apart <= _STILL * size


def _stuck(ends: Sequence[Point]) -> list[str]:
    return [name for point in ends for name in point.at_bound]
