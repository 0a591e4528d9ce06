"""Patterns as smooth functions of the parameters, for a calibration.

A rate jumps by 1/n when a patient crosses a threshold; a search that follows slopes needs more. So
an outcome that is yes or no has a margin: how far beyond the threshold the patient is, on the log
scale. A patient counts with the weight Phi(margin / softness), in a rate and as part of a group.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from pdmodel.arrays import Array
from pdmodel.errors import InputError
from pdmodel.inference.targets.residuals import window_residual
from pdmodel.trial.patterns.pattern import Pattern

SOFTNESS_STAGES = (0.3, 0.05)
"""Softness of the margins, one after the other: seen from far, where all patients or none are
beyond a threshold, only a soft one shows the way; the last is one part in twenty."""
_WINDOW = 0.1
_LEAST, _SMALLEST = 1e-6, 2.0**-1022


def weights(
    outcomes: pd.DataFrame,
    name: str,
    margins: Mapping[str, str],
    softness: float = SOFTNESS_STAGES[-1],
) -> Array:
    """Return how much each patient counts as yes, shape (n_patients,).

    Parameters
    ----------
    outcomes, name
        A row a patient, and the outcome that is asked.
    margins
        Column of the margin by outcome; `-column` where the outcome is the opposite.
    softness
        Standard deviation of the soft edge, in the unit of the margin.
    """
    from scipy.special import ndtr  # imported here so that simulating does not load it

    column = margins.get(name)
    if column is None:
        return np.asarray(outcomes[name].to_numpy(float))
    sign = -1.0 if column.startswith("-") else 1.0
    margin = outcomes[column.removeprefix("-")].to_numpy(float)
    return np.asarray(ndtr(sign * margin / softness))


def smooth_value(
    pattern: Pattern,
    outcomes: pd.DataFrame,
    margins: Mapping[str, str],
    softness: float = SOFTNESS_STAGES[-1],
) -> float:
    """Return what a pattern is for some patients, smoothly.

    A median of positive numbers becomes a geometric mean.
    """
    groups = pattern.groups or ("",)
    shares = [
        weights(outcomes, group, margins, softness) if group else np.ones(len(outcomes))
        for group in groups
    ]
    if pattern.kind in ("rate", "difference"):
        values = weights(outcomes, pattern.outcome, margins, softness)
    else:
        values = outcomes[pattern.outcome].to_numpy(float)
    if pattern.kind == "median":
        # 0 has no logarithm; values that are all small in their unit must not count as 0.
        largest = float(np.max(values, initial=0.0, where=np.isfinite(values)))
        values = np.log(np.maximum(values, _LEAST * min(largest, 1.0) or _SMALLEST))
    means = [_mean(values, share) for share in shares]
    if pattern.kind == "median":
        return math.exp(means[0])
    if pattern.kind == "ratio":
        return means[0] / means[1]
    return means[0] if len(means) == 1 else means[0] - means[1]


def _mean(values: Array, share: Array) -> float:
    measured = ~np.isnan(values)
    total = float(share[measured].sum())
    return float((values[measured] * share[measured]).sum()) / total if total > 0 else math.nan


def residual(pattern: Pattern, value: float) -> float:
    """Return the residual of a smooth value: of counts the root of the binomial deviance.

    Raises
    ------
    ArithmeticError
        If the value is not a number.
    """
    if not math.isfinite(value):
        raise ArithmeticError(f"pattern {pattern.id!r} has no value")
    if pattern.kind == "rate" and pattern.events is not None:
        return binomial_residual(pattern.events, pattern.n, value)
    low, high = pattern.low, pattern.high
    if pattern.kind in ("median", "ratio"):
        edge = min(limit for limit in (low, high, 1.0) if limit > 0)
        value = math.log(max(value, _LEAST * edge))
        low, high = (_log(edge) for edge in (low, high))
    return window_residual(value, low, high, _WINDOW)


def _log(edge: float) -> float:
    """Return the logarithm of an edge; an edge of 0 or less bounds no positive value."""
    if edge <= 0:
        return -math.inf
    return edge if math.isinf(edge) else math.log(edge)


def binomial_residual(events: int, n: int, rate: float) -> float:
    """Return the signed root of the deviance of a count: 0 at the reported rate.

    Examples
    --------
    >>> abs(binomial_residual(14, 44, 14 / 44)) < 1e-4
    True
    >>> round(binomial_residual(14, 44, 0.5), 3)
    2.44
    """
    # Not cut off, so that a rate of nearly 0 or 1 still has a slope.
    rate = _LEAST + (1 - 2 * _LEAST) * rate
    parts = [
        count * math.log(count / (n * share)) if count else 0.0
        for count, share in ((events, rate), (n - events, 1 - rate))
    ]
    return math.copysign(math.sqrt(2 * max(sum(parts), 0.0)), rate - events / n)


def check_margins(patterns: Sequence[Pattern], margins: Mapping[str, str]) -> None:
    """Refuse patterns whose rate or group could only jump.

    Raises
    ------
    InputError
        If one has no margin and is a rate.
    """
    for pattern in patterns:
        if pattern.kind == "rate" and pattern.outcome not in margins:
            raise InputError(f"pattern {pattern.id!r}: outcome {pattern.outcome!r} has no margin")
