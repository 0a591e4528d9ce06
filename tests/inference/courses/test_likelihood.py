"""Residuals of measured rows: their squares are -2 log L, their slopes those of differences."""

import math
from typing import cast

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy.stats import lognorm, norm

from pdmodel.errors import InputError
from pdmodel.inference.courses.error_models import (
    AdditiveError,
    CombinedError,
    ErrorModel,
    LogNormalError,
    ProportionalError,
)
from pdmodel.inference.courses.likelihood import compared_of, log_likelihoods, residuals

KINDS = [
    (LogNormalError(), [0.3]),
    (AdditiveError(), [2.0]),
    (ProportionalError(), [0.2]),
    (CombinedError(), [1.0, 0.2]),
]
NAN = math.nan


def rows(error):
    """Return two values, one below a limit, one within an interval, one above a limit."""
    low = np.array([NAN, NAN, -math.inf, 2.0, 3.0])
    high = np.array([NAN, NAN, 3.0, 4.0, math.inf])
    values = np.array([5.0, 7.0, 3.0, 4.0, 3.0])
    return compared_of(error, values, low, high, np.isfinite(low) | np.isfinite(high))


predictions = st.lists(st.floats(0.5, 12), min_size=5, max_size=5).map(np.array)


@pytest.mark.parametrize(("error", "sds"), KINDS)
@given(f=predictions)
def test_squares_differ_as_the_likelihood_does(error, sds, f):
    """Half the sum of squares falls by as much as log L rises, from one point to another."""
    measured, here = rows(error), np.array(sds)
    there, moved = f * 1.2, here * 1.3
    costs = [
        0.5 * float((residuals(measured, *at).values ** 2).sum())
        for at in ((f, here), (there, moved))
    ]
    logs = [float(log_likelihoods(measured, *at).sum()) for at in ((f, here), (there, moved))]
    assert costs[0] - costs[1] == pytest.approx(logs[1] - logs[0], abs=1e-8, rel=1e-9)


@pytest.mark.parametrize(("error", "sds"), KINDS)
@given(f=predictions)
def test_slopes_are_those_of_differences(error, sds, f):
    """d residual / d prediction and / d standard deviation agree with central differences."""
    measured, here, step = rows(error), np.array(sds), 1e-6
    exact = residuals(measured, f, here)
    above, below = (residuals(measured, f + s, here).values for s in (step, -step))
    np.testing.assert_allclose((above - below) / (2 * step), exact.by_prediction, atol=2e-6)
    for place in range(here.size):
        shift = step * np.eye(here.size)[place]
        above, below = (residuals(measured, f, here + s).values for s in (shift, -shift))
        np.testing.assert_allclose((above - below) / (2 * step), exact.by_sd[:, place], atol=2e-6)


def test_rows_have_the_likelihood_of_the_books():
    """A value has its density, also that of a log-normal value; a censored one its probability."""
    f = np.array([4.0, 6.5, 2.0, 3.5, 5.0])
    found = log_likelihoods(rows(CombinedError()), f, np.array([1.0, 0.2]))
    sd = np.hypot(1.0, 0.2 * f)
    expected = [
        norm.logpdf(5.0, f[0], sd[0]), norm.logpdf(7.0, f[1], sd[1]),
        norm.logcdf(3.0, f[2], sd[2]),
        np.log(norm.cdf(4.0, f[3], sd[3]) - norm.cdf(2.0, f[3], sd[3])),
        norm.logsf(3.0, f[4], sd[4]),
    ]  # fmt: skip
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    found = log_likelihoods(rows(LogNormalError()), f, np.array([0.3]))
    assert found[0] == pytest.approx(lognorm.logpdf(5.0, 0.3, scale=f[0]))
    assert found[2] == pytest.approx(lognorm.logcdf(3.0, 0.3, scale=f[2]))


def test_far_from_a_limit_nothing_overflows():
    """A prediction a thousand deviations on the wrong side has a finite residual and slope."""
    f = np.array([5.0, 7.0, 3000.0, 3000.0, 1e-9])
    exact = residuals(rows(AdditiveError()), f, np.array([1.0]))
    assert np.isfinite(exact.values).all()
    assert np.isfinite(exact.by_prediction).all()
    assert exact.values[0, 2] == pytest.approx(2997.0, rel=1e-3)


def test_what_has_no_error_is_an_arithmetic_error():
    """A predicted 0 under a proportional error ends an evaluation, and says what to use."""
    with pytest.raises(ZeroDivisionError, match="CombinedError"):
        residuals(rows(ProportionalError()), np.array([0.0, 1, 1, 1, 1]), np.array([0.2]))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: LogNormalError(-1), "log_sd of LogNormalError must be a number > 0"),
        (lambda: AdditiveError(fixed=True), "what is fixed needs a number"),
        (lambda: CombinedError(1.0, fixed=True), "proportional_sd has none"),
        (lambda: AdditiveError(1.0, fixed=cast(bool, "yes")), "True or False"),
        (ErrorModel, "one of its kinds"),
    ],
)
def test_bad_error_models_are_refused(make, words):
    """A deviation that is no positive number, or is held without one, is named."""
    with pytest.raises(InputError, match=words):
        make()
