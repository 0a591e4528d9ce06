"""Tail residuals are likelihoods: signs, limits, smoothness, agreement with the normal integral."""

import math

import pytest
from hypothesis import given, strategies as st
from scipy.integrate import quad

from pdmodel.inference import Target
from pdmodel.inference.targets.residuals import log_window, to_scale, window_residual

numbers = st.floats(-5, 5)


@given(x=numbers, low=numbers, width=st.floats(0.1, 5), softness=st.floats(0.05, 2))
def test_window_is_the_normal_integral(x, low, width, softness):
    """log P(low < x + e < high) agrees with numerical integration where that is not tiny."""

    def density(e):
        return math.exp(-0.5 * (e / softness) ** 2) / (softness * math.sqrt(2 * math.pi))

    peak = [0.0] if low < x < low + width else None
    expected, _ = quad(density, low - x, low + width - x, points=peak)
    found = math.exp(log_window(x, low, low + width, softness))
    assert found == pytest.approx(expected, abs=1e-7)


@given(x=numbers)
def test_residual_grows_away_from_the_middle_and_has_its_sign(x):
    """Negative below the middle, positive above, larger further out."""
    here = window_residual(x, -1, 1, 0.3)
    assert math.copysign(1, here) == math.copysign(1, x) or here == 0
    further = window_residual(x * 1.1 + math.copysign(0.1, x), -1, 1, 0.3)
    assert abs(further) >= abs(here)


def test_an_open_side_costs_nothing():
    """Far inside a bound the residual is 0; far outside it is the distance in softnesses."""
    assert window_residual(50, 0, math.inf, 1) == 0
    assert window_residual(-50, -math.inf, 0, 1) == 0
    assert window_residual(-50, 0, math.inf, 1) == pytest.approx(-50.1, abs=0.2)
    assert window_residual(50, -math.inf, 0, 1) == pytest.approx(50.1, abs=0.2)


def test_far_outside_a_window_the_residual_is_finite():
    """No overflow or loss of sign a thousand softnesses away."""
    assert window_residual(1000, -1, 1, 1) == pytest.approx(999, rel=1e-2)
    assert window_residual(-1000, -1, 1, 1) == pytest.approx(-999, rel=1e-2)


def test_half_the_squares_are_a_negative_log_likelihood():
    """r**2/2 = log P(best) - log P(x)."""
    x, low, high, s = 0.9, -1, 1, 0.4
    expected = log_window(0, low, high, s) - log_window(x, low, high, s)
    assert window_residual(x, low, high, s) ** 2 / 2 == pytest.approx(expected)


def test_a_measured_value_has_its_log_normal_residual():
    """value 2, sigma 0.5 on the log scale: 2e gives 1/0.5."""
    target = Target("t", "g", "il6", "level", day=1, value=2, sigma=0.5)
    assert target.residual(2 * math.e) == pytest.approx(2)
    assert target.met(2 * math.exp(0.9))
    assert not target.met(2 * math.exp(1.1))


def test_log_scale_survives_zero():
    """A simulated 0 is a very small number, not an error."""
    assert math.isfinite(to_scale(0.0, "log"))


@pytest.mark.parametrize("width", [1e-13, 1e-9, 0.99e-4, 1.01e-4])
def test_a_narrow_window_has_a_residual_near_and_far(width):
    """That of its middle, as of a measured value, and no logarithm of nothing."""
    for x in (1.2, -3.0, 1e7):
        found = window_residual(x, 1.0, 1.0 + width, 0.1)
        assert found == pytest.approx((x - 1.0) / 0.1, rel=1e-3)
