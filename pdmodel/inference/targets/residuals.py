"""Exact residuals of statements: how surprising is a simulated value under one.

A statement `low < value < high` with softness s has the likelihood of a value known only to lie in
the window, `P = Phi((high - x)/s) - Phi((low - x)/s)`; its residual is the signed root of
`-2 log(P / P_best)`, so that half the sum of squares is a negative log-likelihood. A measured value
with sigma has the usual normal (or, on the log scale, log-normal) residual.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import log_ndtr

# The least normal number: a logarithm of nothing is very small, and one of anything else is right.
_LOG_FLOOR = 2.0**-1022
_LOG_ROOT = 0.5 * math.log(2 * math.pi)
# Closer to the middle of a window than this, the root of a small excess keeps only half its digits;
# the limit of the slope is as accurate.
_NEAR = 1e-8
# A window this narrow, in softnesses, has one density, to nine digits.
_NARROW = 1e-4


def log_window(x: float, low: float, high: float, softness: float) -> float:
    """Return log P(low < x + e < high) for normal e of standard deviation `softness`.

    Parameters
    ----------
    x
        Simulated value, on the scale of the bounds.
    low, high
        Bounds; infinite where the window is open.
    softness
        Width of the edge, > 0.

    Examples
    --------
    >>> round(log_window(0.0, 0.0, math.inf, 1.0), 6) == round(math.log(0.5), 6)
    True
    """
    a, b = (low - x) / softness, (high - x) / softness
    if b == math.inf:
        return float(log_ndtr(-a))
    if a == -math.inf:
        return float(log_ndtr(b))
    if a > 0:  # mirror, so that the larger probability is subtracted from
        a, b = -b, -a
    # Over a very narrow window the density does not change, and a difference would be rounding.
    middle, width = 0.5 * (a + b), (high - low) / softness
    if width * max(1.0, -middle) < _NARROW:
        return math.log(width) - 0.5 * middle * middle - _LOG_ROOT
    upper, lower = float(log_ndtr(b)), float(log_ndtr(a))
    # Far from the window both logarithms are the same number; the smaller probability is nothing.
    return upper + math.log1p(-math.exp(lower - upper)) if lower < upper else upper


def window_residual(x: float, low: float, high: float, softness: float) -> float:
    """Return the signed tail residual of a window or bound.

    It is 0 in the middle of a window, negative below it and positive above; for a bound that is
    open on one side it goes to 0 on the open side.

    Examples
    --------
    >>> window_residual(1.0, 0.0, 2.0, 0.1)
    0.0
    >>> round(window_residual(-5.0, 0.0, math.inf, 1.0), 2)
    -5.49
    """
    if math.isinf(low) and math.isinf(high):
        return 0.0
    open_ended = math.isinf(low) or math.isinf(high)
    middle = 0.5 * (low + high)
    best = 0.0 if open_ended else log_window(middle, low, high, softness)
    excess = max(0.0, -2.0 * (log_window(x, low, high, softness) - best))
    # an open window has its edge on one side only, so its residual never changes sign
    sign = (-1.0 if math.isinf(high) else 1.0) if open_ended else math.copysign(1.0, x - middle)
    return sign * math.sqrt(excess) if excess > 0 else 0.0


def log_window_slope(x: float, low: float, high: float, softness: float) -> float:
    """Return d log P / dx of `log_window`.

    Examples
    --------
    >>> round(log_window_slope(0.0, 0.0, math.inf, 1.0), 6) == round(math.sqrt(2 / math.pi), 6)
    True
    """
    middle = (0.5 * (low + high) - x) / softness
    if (high - low) / softness * max(1.0, abs(middle)) < _NARROW:
        return middle / softness
    log_p = log_window(x, low, high, softness)
    edges = (_density_over(low, x, softness, log_p), _density_over(high, x, softness, log_p))
    return (edges[0] - edges[1]) / softness


def _density_over(edge: float, x: float, softness: float, log_p: float) -> float:
    """Return the normal density at an edge over a probability; 0 at an edge that is not there."""
    if math.isinf(edge):
        return 0.0
    z = (edge - x) / softness
    return math.exp(-0.5 * z * z - _LOG_ROOT - log_p)


def window_slope(x: float, low: float, high: float, softness: float) -> float:
    """Return d residual / dx of `window_residual`.

    `-(d log P / dx) / residual`; where both vanish, in the middle of a window of half width w (in
    softnesses), the limit `sqrt(2 w phi(w) / P) / softness`.

    Examples
    --------
    >>> round(window_slope(-50.0, 0.0, math.inf, 1.0), 2)
    1.0
    """
    if math.isinf(low) and math.isinf(high):
        return 0.0
    if not (math.isinf(low) or math.isinf(high)):
        middle, w = 0.5 * (low + high), 0.5 * (high - low) / softness
        best = log_window(middle, low, high, softness)
        if best - log_window(x, low, high, softness) <= _NEAR * -best:
            return math.sqrt(2 * w * math.exp(-0.5 * w * w - _LOG_ROOT - best)) / softness
    residual = window_residual(x, low, high, softness)
    return -log_window_slope(x, low, high, softness) / residual if residual else 0.0


def normal_residual(x: float, value: float, sigma: float) -> float:
    """Return the residual of a measured value."""
    return (x - value) / sigma


def to_scale(x: float, scale: str) -> float:
    """Return a value on the scale a target is judged on, `log` or `linear`."""
    if scale == "linear" or math.isinf(x):
        return x
    return math.log(max(x, _LOG_FLOOR))


def from_scale(x: float, scale: str) -> float:
    """Return the value whose `to_scale` is x."""
    return x if scale == "linear" else math.exp(x)


def scale_slope(x: float, scale: str) -> float:
    """Return d scaled / dx of `to_scale`."""
    if scale == "linear" or math.isinf(x):
        return 1.0
    return 1 / x if x > _LOG_FLOOR else 0.0


def sum_of_squares(residuals: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    """Return the cost: half the sum of squares, in order of the rows."""
    return 0.5 * math.fsum(float(r) ** 2 for r in residuals)
