"""Ranges of the free parameters of a fit: their bounds, or a factor around a point."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pdmodel.arguments import shown
from pdmodel.arrays import Array
from pdmodel.errors import InputError
from pdmodel.inference.problem.parameters import Setting
from pdmodel.model import Model

if TYPE_CHECKING:
    from pdmodel.inference.problem.problem import Problem


class Range(NamedTuple):
    """From where to where a parameter goes, and whether evenly by its logarithm."""

    parameter: str
    low: float
    high: float
    log: bool


def find_ranges(
    problem: Problem, values: Mapping[str, float], factor: float | None
) -> tuple[Range, ...]:
    """Return the range of each free parameter.

    Parameters
    ----------
    problem
        The problem; `problem.free` are the parameters.
    values
        Value of every setting, the middle of a range under `factor`.
    factor
        From value / factor to value * factor, cut at the bounds; the bounds by default.

    Raises
    ------
    InputError
        If no parameter is free, a range has no ends or reaches outside what the model allows, or
        the factor is not above 1.
    """
    if factor is not None and not (math.isfinite(factor) and factor > 1):
        raise InputError(f"factor must be a number > 1, got {shown(factor)}")
    free = [s for s in problem.settings if s.name in problem.free]
    if not free:
        raise InputError("no parameter varies; free at least one")
    return tuple(_range(problem.model, s, values[s.name], factor) for s in free)


def _range(model: Model, s: Setting, value: float, factor: float | None) -> Range:
    low, high = s.min, s.max
    if factor is not None:
        if value <= 0:
            raise InputError(
                f"a factor around {s.name!r} = {value:g} means nothing; leave --factor out, which "
                "takes the bounds"
            )
        low, high = max(low, value / factor), min(high, value * factor)
    if not (math.isfinite(low) and math.isfinite(high)):
        raise InputError(f"{s.name!r} has no bounds to draw between; give --bounds or --factor")
    allowed = {q.name: q.bounds for q in model.vocabulary if q.kind == "parameter"}
    least, most = allowed.get(s.parameter) or (-math.inf, math.inf)
    if low < least or high > most:
        raise InputError(
            f"bounds of {s.name!r}: [{low:g}, {high:g}] reach outside what the model allows, "
            f"[{least:g}, {most:g}]"
        )
    return Range(s.name, low, high, low > 0)


def place_points(ranges: Sequence[Range], shares: Array) -> Array:
    """Return points at some shares of the ranges, both of shape (n_points, n_free).

    Examples
    --------
    >>> place_points([Range("k", 1.0, 100.0, True)], np.array([[0.0], [0.5]])).round(6).tolist()
    [[1.0], [10.0]]
    """
    points = np.empty_like(shares)
    for index, (_, low, high, log) in enumerate(ranges):
        share = shares[:, index]
        column = low * (high / low) ** share if log else low + share * (high - low)
        # rounding may step over an end, which the model would refuse
        points[:, index] = np.clip(column, low, high)
    return points
