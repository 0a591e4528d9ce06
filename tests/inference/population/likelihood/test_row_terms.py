"""-2 log L of rows is that of the normal distribution; its derivatives are those of differences."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy.stats import norm

from pdmodel.inference.population.likelihood.censored_terms import log_between
from pdmodel.inference.population.likelihood.row_terms import error_terms, row_terms
from pdmodel.inference.population.likelihood.rows import NO_SD, MeasuredRows

INF, NAN = math.inf, math.nan
ERRORS = {"additive": (0, NO_SD), "proportional": (NO_SD, 0), "combined": (0, 1)}
SDS = {"additive": [0.7], "proportional": [0.3], "combined": [0.5, 0.2]}
STEP = 1e-5


def rows_of(error: str) -> MeasuredRows:
    """Return two values, then one below a limit, one within an interval, one above a limit."""
    a, b = ERRORS[error]
    flags = np.array([False, False, True, True, True])
    return MeasuredRows(
        np.array([0, 0, 1, 1, 3]), 4, np.zeros(5, int), np.array([3.0, 5.0, 0.0, 0.0, 0.0]),
        np.array([NAN, NAN, -INF, 2.0, 4.0]), np.array([NAN, NAN, 3.0, 2.6, INF]), flags,
        np.zeros(5, bool), np.full(5, a), np.full(5, b),
    )  # fmt: skip


predictions = st.lists(st.floats(1.0, 8.0), min_size=5, max_size=5).map(np.array)


@pytest.mark.parametrize("error", ERRORS)
@given(f=predictions)
def test_it_is_the_likelihood(error: str, f: np.ndarray) -> None:
    """Values give the density but for log 2 pi, limits the probability of their interval."""
    rows, sds = rows_of(error), np.array(SDS[error])
    a, b = ([*sds, 0.0][place] for place in ERRORS[error])
    sd = np.sqrt(a**2 + b**2 * f**2)
    expected = -2 * norm.logpdf(rows.values, f, sd) - math.log(2 * math.pi)
    left = norm.cdf(rows.high, f, sd) - norm.cdf(rows.low, f, sd)
    right = norm.sf(rows.low, f, sd) - norm.sf(rows.high, f, sd)  # which keeps its digits there
    expected[2:] = -2 * np.log(np.where(rows.low > f, right, left)[2:])
    np.testing.assert_allclose(row_terms(rows, f, sds).value, expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("error", ERRORS)
@given(f=predictions)
def test_derivatives_by_the_prediction(error: str, f: np.ndarray) -> None:
    """Slope, curvature, and the change of the weight are those of central differences."""
    rows, sds = rows_of(error), np.array(SDS[error])
    here, errors = row_terms(rows, f, sds), error_terms(rows, f, sds)
    up, down = row_terms(rows, f + STEP, sds), row_terms(rows, f - STEP, sds)
    for exact, high, low in (
        (here.by_f, up.value, down.value),
        (here.by_ff, up.by_f, down.by_f),
        (errors.weight_by_f, up.weight, down.weight),
    ):
        np.testing.assert_allclose(exact, (high - low) / (2 * STEP), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("error", ERRORS)
@given(f=predictions)
def test_derivatives_by_the_error(error: str, f: np.ndarray) -> None:
    """What moves with a logarithm of a standard deviation is that of central differences."""
    rows, sds = rows_of(error), np.array(SDS[error])
    errors = error_terms(rows, f, sds)
    for number in range(sds.size):
        factors = np.ones(sds.size)
        factors[number] = math.exp(STEP)
        up, down = row_terms(rows, f, sds * factors), row_terms(rows, f, sds / factors)
        side = ERRORS[error].index(number)
        for exact, high, low in (
            (errors.by_s, up.value, down.value),
            (errors.by_fs, up.by_f, down.by_f),
            (errors.by_ffs, up.by_ff, down.by_ff),
            (errors.weight_by_s, up.weight, down.weight),
        ):
            np.testing.assert_allclose(exact[side], (high - low) / (2 * STEP), rtol=1e-4, atol=1e-4)


def test_intervals_far_out_are_not_lost() -> None:
    """The logarithm of a probability that has no double is as the tail's leading term."""
    log_p = log_between(np.array([-INF, 50.0]), np.array([-50.0, INF]))
    tail = -0.5 * 50**2 - math.log(50 * math.sqrt(2 * math.pi))
    np.testing.assert_allclose(log_p, [tail, tail], rtol=1e-6)


def test_predictions_far_out_have_derivatives() -> None:
    """Hundreds of deviations from the limit all is finite, and no warning is given."""
    rows = rows_of("additive")
    far = row_terms(rows, np.array([3.0, 5.0, 400.0, 2.3, -400.0]), np.array([0.7]))
    assert np.isfinite(np.array(far)).all()
    np.testing.assert_allclose(far.by_ff[[2, 4]], 2 / 0.7**2, rtol=1e-4)


def test_sums_of_patients_without_rows_are_nothing() -> None:
    """A patient between others who has no row has the sum 0, and no one else's."""
    sums = rows_of("additive").by_subject(np.array([1.0, 2.0, 4.0, 8.0, 16.0]))
    assert sums.tolist() == [3.0, 12.0, 0.0, 16.0]
