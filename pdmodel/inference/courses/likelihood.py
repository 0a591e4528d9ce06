"""How likely measured values are, as residuals whose squares add up to it.

Of a measured value the density counts, of one that lies below or above a limit the probability of
its interval (the method called M3; Beal 2001, J. Pharmacokinet. Pharmacodyn. 28:481-504). With
standard deviations that are estimated `-2 log L` is no sum of squares: `log R` comes to the squared
residual. It is written as the square of `sqrt(log(R / u**2) + 50)`, with the size u of the
measurement (Raue et al. 2013, PLoS One 8:e74335), so that least squares can minimise it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.special import log_ndtr

from pdmodel.arrays import Array, Flags
from pdmodel.inference.courses.error_models import ErrorModel
from pdmodel.inference.targets.residuals import log_window, log_window_slope

# Keeps the root of log R real down to deviations of exp(-25) of what is measured.
_OFFSET = 50.0
_LOG_TWO_PI = math.log(2 * math.pi)
_LOG_ROOT = 0.5 * _LOG_TWO_PI
_NARROW = 1e-4


class Compared(NamedTuple):
    """Values of one quantity, as its error model compares them.

    Parameters
    ----------
    error
        The error model.
    values
        Compared, shape (n_rows,); of a censored row whatever stands there.
    low, high
        Within what the value of a censored row lies, on the scale of comparison; NaN if measured.
    censored
        Whether a row is censored.
    """

    error: ErrorModel
    values: Array
    low: Array
    high: Array
    censored: Flags


class Residuals(NamedTuple):
    """Residuals of rows, and how they move.

    Parameters
    ----------
    values
        Of the difference, then of log R, shape (2, n_rows).
    by_prediction
        d residual / d predicted value, shape (2, n_rows).
    by_sd
        d residual / d standard deviation, shape (2, n_sds, n_rows).
    """

    values: Array
    by_prediction: Array
    by_sd: Array


def compared_of(
    error: ErrorModel, values: Array, low: Array, high: Array, censored: Flags
) -> Compared:
    """Return rows on the scale of comparison; limits are as in the table, infinite where open."""
    if error.log:
        low, high = _log_limit(low), _log_limit(high)
    return Compared(error, values, low, high, censored)


def _log_limit(limits: Array) -> Array:
    """Return logarithms of limits; a limit at or below 0 is none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(limits > 0, np.log(limits), np.where(np.isnan(limits), np.nan, -np.inf))


def residuals(rows: Compared, predicted: Array, sds: Array) -> Residuals:
    """Return the residuals of rows and their derivatives.

    Parameters
    ----------
    rows
        What was measured.
    predicted
        What the model predicts, in the unit of the quantity, shape (n_rows,).
    sds
        Standard deviations, shape (n_sds,).

    Raises
    ------
    ZeroDivisionError
        If a prediction of 0 has no error, as under a proportional error.
    """
    f = rows.error.scaled(predicted)
    to_scale = rows.error.scale_slopes(predicted)
    root, by_f, by_sd = spread(rows.error, f, sds)
    if not (root > 0).all():
        raise ZeroDivisionError(
            "a predicted value of 0 has no proportional error; use CombinedError()"
        )
    values, slopes = np.zeros((2, f.size)), np.zeros((2, 2, f.size))
    exact, hidden = ~rows.censored, rows.censored
    values[0, exact], slopes[:, 0, exact] = _differences(rows, f, root, exact)
    values[0, hidden], slopes[:, 0, hidden] = _hidden(rows, f, root, hidden)
    values[1, exact], slopes[1, 1, exact] = _log_roots(rows, root, exact)
    by_root = slopes[1]  # slopes[0] is by f with the deviation held, slopes[1] by the deviation
    return Residuals(
        values, (slopes[0] + by_root * by_f) * to_scale, by_root[:, np.newaxis, :] * by_sd
    )


def cost_offset(rows: Compared) -> float:
    """Return by how much half the sum of squared residuals is more than -log L of the rows."""
    exact = ~rows.censored
    offset = 0.5 * _OFFSET - np.log(_sizes(rows, exact)) - _LOG_ROOT
    if rows.error.log:
        offset = offset - np.log(rows.values[exact])
    return float(offset.sum())


def spread(error: ErrorModel, f: Array, sds: Array) -> tuple[Array, Array, Array]:
    """Return the deviation sqrt(R) at values on the scale of comparison, by f and by each sd.

    Returns
    -------
    root, by_f, by_sd
        Shapes (n_rows,), (n_rows,) and (n_sds, n_rows).
    """
    a, b = error.parts(sds)
    root = np.sqrt(a * a + b * b * f * f)
    over = np.divide(1.0, root, out=np.zeros_like(root), where=root > 0)
    each = {"additive_sd": a * over, "log_sd": a * over, "proportional_sd": b * f * f * over}
    return root, b * b * f * over, np.array([each[name] for name in error.names])


def _differences(rows: Compared, f: Array, root: Array, where: Flags) -> tuple[Array, Array]:
    """Return (y - f) / root of measured rows, by f and by root."""
    z = (f[where] - rows.error.scaled(rows.values[where])) / root[where]
    return z, np.array([1 / root[where], -z / root[where]])


def _log_roots(rows: Compared, root: Array, where: Flags) -> tuple[Array, Array]:
    """Return the residual of log R, and its derivative by root.

    Raises
    ------
    ZeroDivisionError
        If a deviation is no part of what is measured any more.
    """
    square = 2 * np.log(root[where] / _sizes(rows, where)) + _OFFSET
    if (square <= 0).any():
        raise ZeroDivisionError("the error of a predicted value is nothing beside the measured one")
    value = np.sqrt(square)
    return value, 1 / (root[where] * value)


def _sizes(rows: Compared, where: Flags) -> Array:
    """Return the size that a deviation is held against: 1 for logarithms, else the value's own."""
    if rows.error.log:
        return np.ones(int(where.sum()))
    sizes = np.abs(rows.values[where])
    usual = float(np.mean(sizes)) or 1.0
    return np.where(sizes > 0, sizes, usual)


def _hidden(rows: Compared, f: Array, root: Array, where: Flags) -> tuple[Array, Array]:
    """Return the residual sqrt(-2 log P) of censored rows, by f and by root."""
    log_p, by_f, by_root = log_interval(rows.low[where], rows.high[where], f[where], root[where])
    value = np.sqrt(np.maximum(-2 * log_p, 0.0))
    over = np.divide(-1.0, value, out=np.zeros_like(value), where=value > 1e-150)
    return value, np.array([by_f * over, by_root * over])


def log_interval(low: Array, high: Array, f: Array, root: Array) -> tuple[Array, Array, Array]:
    """Return log P(low < f + root e < high), e standard normal, and its slopes by f and root.

    Parameters
    ----------
    low, high, f, root
        Shapes (n_rows,); one of the limits may be infinite.
    """
    log_p, by_f, by_root = np.zeros((3, f.size))
    below, above = np.isneginf(low), np.isposinf(high)
    for where, limit, sign in ((below, high, 1.0), (above & ~below, low, -1.0)):
        z = sign * (limit[where] - f[where]) / root[where]
        log_p[where] = log_ndtr(z)
        mills = np.exp(-0.5 * z * z - _LOG_ROOT - log_p[where])
        by_f[where], by_root[where] = -sign * mills / root[where], -z * mills / root[where]
    for n in np.flatnonzero(~below & ~above):
        log_p[n], by_f[n], by_root[n] = _window(low[n], high[n], f[n], root[n])
    return log_p, by_f, by_root


def _window(low: float, high: float, f: float, root: float) -> tuple[float, float, float]:
    log_p = log_window(f, low, high, root)
    a, b, middle = (low - f) / root, (high - f) / root, (0.5 * (low + high) - f) / root
    if (b - a) * max(1.0, abs(middle)) < _NARROW:
        by_root = (middle * middle - 1) / root
    else:
        at_a, at_b = (math.exp(-0.5 * z * z - _LOG_ROOT - log_p) for z in (a, b))
        by_root = (a * at_a - b * at_b) / root
    return log_p, log_window_slope(f, low, high, root), by_root


def log_likelihoods(rows: Compared, predicted: Array, sds: Array) -> Array:
    """Return log L of each row: of a value the density, of a limit the probability.

    Densities are those of the values themselves, also where logarithms are compared, so that
    different error models can be held against each other.
    """
    f = rows.error.scaled(predicted)
    root = spread(rows.error, f, sds)[0]
    result = np.zeros(f.size)
    exact, hidden = ~rows.censored, rows.censored
    z = (rows.error.scaled(rows.values[exact]) - f[exact]) / root[exact]
    result[exact] = -0.5 * z * z - np.log(root[exact]) - _LOG_ROOT
    if rows.error.log:
        result[exact] -= np.log(rows.values[exact])
    result[hidden] = log_interval(rows.low[hidden], rows.high[hidden], f[hidden], root[hidden])[0]
    return result


def information(rows: Compared, predicted: Array, sds: Array) -> Array:
    """Return what each row tells of its prediction and of the standard deviations.

    For a value normal around f with deviation s the expected information of whatever moves both is
    `f' f'/s**2 + 2 s' s'/s**2`; of a censored row it is the observed one, by differences of the
    exact slopes.

    Parameters
    ----------
    rows, predicted, sds
        As in `residuals`.

    Returns
    -------
    ndarray, shape (1 + n_sds, 1 + n_sds, n_rows)
        The prediction first, in the unit of the quantity.
    """
    f = rows.error.scaled(predicted)
    root, by_f, by_sd = spread(rows.error, f, sds)
    moves = np.zeros((2, 1 + len(sds), f.size))
    moves[0, 0] = rows.error.scale_slopes(predicted)
    moves[1, 0] = by_f * moves[0, 0]
    moves[1, 1:] = by_sd
    weights = np.zeros((2, 2, f.size))
    weights[0, 0], weights[1, 1] = 1 / root**2, 2 / root**2
    hidden = rows.censored
    weights[:, :, hidden] = _observed(rows, f, root, hidden)
    result: Array = np.einsum("iar,ijr,jbr->abr", moves, weights, moves)
    return result


# Of the differences of exact slopes: their errors are about the square of it.
_STEP = 1e-4


def _observed(rows: Compared, f: Array, root: Array, where: Flags) -> Array:
    """Return -d2 log P / d(f, root)2 of censored rows, shape (2, 2, n_rows)."""
    low, high, f, root = rows.low[where], rows.high[where], f[where], root[where]
    step = _STEP * root
    sides = [
        [np.array(log_interval(low, high, f + s * step * of, root + s * step * (1 - of))[1:])
         for s in (1, -1)]
        for of in (1, 0)
    ]  # fmt: skip
    curvature = -np.array([(above - below) / (2 * step) for above, below in sides])
    symmetric: Array = 0.5 * (curvature + curvature.transpose(1, 0, 2))
    return symmetric
