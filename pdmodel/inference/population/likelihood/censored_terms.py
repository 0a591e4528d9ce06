"""-2 log of the probability of an interval, with exact derivatives (Beal's method M3).

With `u = (high - f) / sqrt(R)` and `v = (low - f) / sqrt(R)` it is `-2 log(Phi(u) - Phi(v))`. The
ratios `phi(u) / P` and `phi(v) / P` and their derivatives are polynomials of each other and u, v.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.special import log_ndtr

from pdmodel.arrays import Array, Flags

_LOG_ROOT = 0.5 * math.log(2 * math.pi)


class Spread(NamedTuple):
    """Variances R of rows; s are the logarithms of the standard deviations a and b.

    Parameters
    ----------
    variance, by_f, by_ff
        R and its derivatives by the predicted value, shape (n_rows,).
    by_s, by_fs, by_ffs
        Derivatives of R, of its slope by f, and of that slope's, shape (2, n_rows).
    """

    variance: Array
    by_f: Array
    by_ff: Array
    by_s: Array
    by_fs: Array
    by_ffs: Array

    def of(self, where: Flags) -> Spread:
        """Return the variances of some rows."""
        return Spread(*(values[..., where] for values in self))


class CensoredTerms(NamedTuple):
    """-2 log P of rows and its derivatives; those by s have the shape (2, n_rows)."""

    value: Array
    by_f: Array
    by_ff: Array
    by_s: Array
    by_fs: Array


class _End(NamedTuple):
    """One end of the intervals: u, the ratio phi(u) / P, and how u moves."""

    u: Array
    ratio: Array
    by_f: Array
    by_ff: Array
    by_s: Array
    by_fs: Array


def censored_terms(low: Array, high: Array, f: Array, spread: Spread) -> CensoredTerms:
    """Return -2 log P(low < y < high) of rows and its derivatives.

    Parameters
    ----------
    low, high
        Ends of the intervals, which may be infinite; on the scale of comparison.
    f, spread
        Predicted values and their variances.
    """
    root = np.sqrt(spread.variance)
    u, v = (high - f) / root, (low - f) / root
    log_p = log_between(v, u)
    upper, lower = _end(u, log_p, root, spread), _end(v, log_p, root, spread)
    slope = upper.ratio * upper.by_f - lower.ratio * lower.by_f
    curve = _second(upper, lower, upper.by_f, lower.by_f)
    curve += upper.ratio * upper.by_ff - lower.ratio * lower.by_ff
    by_s = upper.ratio * upper.by_s - lower.ratio * lower.by_s
    by_fs = _second(upper, lower, upper.by_s, lower.by_s)
    by_fs += upper.ratio * upper.by_fs - lower.ratio * lower.by_fs
    return CensoredTerms(-2 * log_p, -2 * slope, -2 * curve, -2 * by_s, -2 * by_fs)


def log_between(v: Array, u: Array) -> Array:
    """Return log(Phi(u) - Phi(v)) for v < u, without loss in either tail."""
    right = v > 0
    below, above = np.where(right, -u, v), np.where(right, -v, u)
    top = log_ndtr(above)
    with np.errstate(divide="ignore"):
        log_p: Array = top + np.log1p(-np.exp(log_ndtr(below) - top))
    return log_p


def _end(u: Array, log_p: Array, root: Array, spread: Spread) -> _End:
    """Return one end; an infinite one does not move and has no density."""
    there = np.isfinite(u)
    u = np.where(there, u, 0.0)
    ratio = np.exp(np.where(there, -0.5 * u * u - _LOG_ROOT - log_p, -np.inf))
    share, shares = spread.by_f / spread.variance, spread.by_s / spread.variance
    m, k = -0.5 * share, -0.5 * shares
    m_by_f = -0.5 * (spread.by_ff / spread.variance - share**2)
    k_by_f = -0.5 * (spread.by_fs / spread.variance - shares * share)
    by_f = -1 / root + u * m
    by_ff = -m / root + by_f * m + u * m_by_f
    return _End(u, ratio, by_f, by_ff, u * k, by_f * k + u * k_by_f)


def _second(upper: _End, lower: _End, of_upper: Array, of_lower: Array) -> Array:
    """Return what moving the ratios gives: their change along a change of both ends, times by_f."""
    a, b = upper.ratio, lower.ratio
    a_moves = (-upper.u * a - a * a) * of_upper + a * b * of_lower
    b_moves = -a * b * of_upper + (-lower.u * b + b * b) * of_lower
    change: Array = a_moves * upper.by_f - b_moves * lower.by_f
    return change
