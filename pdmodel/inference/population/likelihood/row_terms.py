"""-2 log L of each measured row, and its derivatives by the predicted value and by the errors.

A measured row gives `(y - f)**2 / R + log R` with `R = a**2 + b**2 f**2`; its constant, log 2 pi,
is left out, as NONMEM does. A row below or above a limit gives `-2 log P`, P the probability that
the measurement lies there (`censored_terms`). Where logarithms are compared f and y are logarithms.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pdmodel.arrays import Array
from pdmodel.inference.population.likelihood.censored_terms import Spread, censored_terms
from pdmodel.inference.population.likelihood.rows import NO_SD, MeasuredRows

# Step of the differences by which the curvature of censored rows is differentiated once more, in
# standard deviations of the error: its own derivatives are exact.
_STEP = 1e-4


class RowTerms(NamedTuple):
    """-2 log L of rows and its derivatives; s are the logarithms of the standard deviations a, b.

    Parameters
    ----------
    value, by_f, by_ff
        -2 log L, and its derivatives by f; shape (n_rows,).
    weight
        Half of the curvature that the search within patients uses: expected for measured rows,
        exact for censored ones.
    """

    value: Array
    by_f: Array
    by_ff: Array
    weight: Array


class ErrorTerms(NamedTuple):
    """How the terms of rows move with their errors; shapes (2, n_rows), for a and for b.

    Parameters
    ----------
    by_s, by_fs, by_ffs
        Derivatives of -2 log L, of its slope by f, and of its curvature.
    weight_by_s, weight_by_f
        Derivatives of the weight; that by f has the shape (n_rows,).
    """

    by_s: Array
    by_fs: Array
    by_ffs: Array
    weight_by_s: Array
    weight_by_f: Array


def spread_of(rows: MeasuredRows, f: Array, sds: Array) -> Spread:
    """Return the variances R of rows, with derivatives by f and by log a and log b."""
    padded = np.append(sds, 0.0)  # NO_SD, the last place, is a deviation of 0
    a2, b2 = padded[rows.additive] ** 2, padded[rows.proportional] ** 2
    return Spread(
        a2 + b2 * f * f, 2 * b2 * f, 2 * b2, np.array([2 * a2, 2 * b2 * f * f]),
        np.array([np.zeros_like(f), 4 * b2 * f]), np.array([np.zeros_like(f), 4 * b2]),
    )  # fmt: skip


def row_terms(rows: MeasuredRows, f: Array, sds: Array) -> RowTerms:
    """Return the terms of all rows.

    Parameters
    ----------
    rows
        What was measured.
    f
        Predicted, on the scale of comparison, shape (n_rows,).
    sds
        Standard deviations of the errors, shape (n_sds,).
    """
    spread = spread_of(rows, f, sds)
    terms = _measured(rows.values - f, spread)
    if rows.censored.any():
        where = rows.censored
        terms[:, where] = _censored(rows, f, spread)
    return RowTerms(*terms)


def _measured(e: Array, spread: Spread) -> Array:
    r, r1, r2 = spread.variance, spread.by_f, spread.by_ff
    ratio = e * e / r
    by_f = -2 * e / r + (1 - ratio) / r * r1
    by_ff = (
        2 / r + 4 * e * r1 / r**2 + (2 * ratio - 1) * (r1 / r) ** 2 + (1 - ratio) * r2 / r
    )  # fmt: skip
    return np.array([ratio + np.log(r), by_f, by_ff, 1 / r + 0.5 * (r1 / r) ** 2])


def _censored(rows: MeasuredRows, f: Array, spread: Spread) -> Array:
    where = rows.censored
    terms = censored_terms(rows.low[where], rows.high[where], f[where], spread.of(where))
    return np.array([terms.value, terms.by_f, terms.by_ff, 0.5 * terms.by_ff])


def error_terms(rows: MeasuredRows, f: Array, sds: Array) -> ErrorTerms:
    """Return how the terms of all rows move with their errors; arguments as of `row_terms`."""
    spread = spread_of(rows, f, sds)
    e, r, r1, r2 = rows.values - f, spread.variance, spread.by_f, spread.by_ff
    ratio, share, slope = e * e / r, spread.by_s / r, spread.by_fs / r
    by_s = (1 - ratio) * share
    by_fs = (2 * e / r + (2 * ratio - 1) * r1 / r) * share + (1 - ratio) * slope
    weight_by_s = -share / r + (r1 / r) * (slope - r1 / r * share)
    weight_by_f = -r1 / r**2 + (r1 / r) * (r2 / r - (r1 / r) ** 2)
    by_ffs = _curvature_by_s(e, spread)
    if rows.censored.any():
        where = rows.censored
        terms = censored_terms(rows.low[where], rows.high[where], f[where], spread.of(where))
        by_s[:, where], by_fs[:, where] = terms.by_s, terms.by_fs
        weight_by_f[where], weight_by_s[:, where] = _weight_slopes(rows, f, sds)
        by_ffs[:, where] = 2 * weight_by_s[:, where]
    return ErrorTerms(by_s, by_fs, by_ffs, weight_by_s, weight_by_f)


def _curvature_by_s(e: Array, spread: Spread) -> Array:
    """Return the derivative of the curvature of measured rows by log a and log b."""
    r, m = spread.variance, spread.by_f / spread.variance
    ratio, k, second = e * e / r, spread.by_s / r, spread.by_ff / r
    m_by_s = spread.by_fs / r - m * k
    by_s: Array = -2 * k / r + 4 * e * (m_by_s - m * k) / r - 2 * ratio * k * m**2
    by_s += 2 * (2 * ratio - 1) * m * m_by_s + ratio * k * second
    by_s += (1 - ratio) * (spread.by_ffs / r - second * k)
    return by_s


def _weight_slopes(rows: MeasuredRows, f: Array, sds: Array) -> tuple[Array, Array]:
    """Return the derivatives of the weight of censored rows by f, and by log a and log b."""
    where = rows.censored
    low, high, at = rows.low[where], rows.high[where], f[where]
    places = np.array([rows.additive[where], rows.proportional[where]])
    padded = np.append(sds, 0.0)

    def weight(shift: Array | float, factors: Array) -> Array:
        a2, b2 = np.square(padded[places] * factors)
        values = at + shift
        zero = np.zeros((2, at.size))
        spread = Spread(a2 + b2 * values * values, 2 * b2 * values, 2 * b2, zero, zero, zero)
        return 0.5 * censored_terms(low, high, values, spread).by_ff

    none = np.ones((2, 1))
    step = _STEP * np.sqrt(spread_of(rows, f, sds).variance[where])
    by_f = (weight(step, none) - weight(-step, none)) / (2 * step)
    by_s = np.zeros((2, at.size))
    for side in range(2):
        more = none.copy()
        more[side] = np.exp(_STEP)
        by_s[side] = (weight(0.0, more) - weight(0.0, 1 / more)) / (2 * _STEP)
    by_s[places == NO_SD] = 0.0
    return by_f, by_s
