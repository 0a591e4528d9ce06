"""Slopes of what targets measure and of residuals, against differences."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

from pdmodel.inference import Prior, Target
from pdmodel.inference.targets.course import TimeCourse, Window
from pdmodel.inference.targets.kinds import KINDS
from pdmodel.inference.targets.residuals import scale_slope, to_scale, window_residual, window_slope

DAYS = np.arange(0.0, 337.0)
FINE = np.union1d(DAYS, np.arange(0.0, 42.0, 0.25))


def wave(days, a, b):
    """Rise from 1 to a peak and fall to a plateau."""
    return 1 + a * days * np.exp(-days / b) / b


def fall(days, a, b):
    """Fall to a plateau that is approached slowly."""
    return a + 9 * np.exp(-days / b)


def dip(days, a, b):
    """Fall and recover: a lowest value inside."""
    return 5 - a * days * np.exp(-days / b) / b


# kind, courses (shape, a, b), day, threshold
CASES = {
    "level": ("level", [(wave, 2.0, 9.0)], 7.5, math.nan),
    "fold_change": ("fold_change", [(fall, 2.0, 40.0)], 30.2, math.nan),
    "ratio": ("ratio", [(wave, 2.0, 9.0), (fall, 2.0, 40.0)], 11.0, math.nan),
    "ratio at the start": ("ratio", [(fall, 2.0, 9.0), (fall, 3.0, 40.0)], 0.0, math.nan),
    "best at the end": ("best", [(fall, 2.0, 40.0)], 336.0, math.nan),
    "best within": ("best", [(dip, 6.0, 100.0)], 336.0, math.nan),
    "time_to_best": ("time_to_best", [(fall, 1.0, 50.0)], 336.0, 0.1),
    "time_to_best at the first visit": ("time_to_best", [(fall, 1.0, 7.0)], 336.0, 0.3),
    "onset": ("onset", [(wave, 2.0, 9.0)], 42.0, 1.3),
    "onset at once": ("onset", [(wave, 2.0, 9.0)], 42.0, 0.9),
    "onset never": ("onset", [(wave, 2.0, 9.0)], 42.0, 5.0),
    "duration": ("duration", [(wave, 2.0, 5.0)], 42.0, 1.3),
    "duration beyond the end": ("duration", [(wave, 2.0, 9.0)], 14.0, 1.3),
    "duration never": ("duration", [(wave, 2.0, 9.0)], 42.0, 5.0),
    "peak": ("peak", [(wave, 2.0, 9.1)], 42.0, math.nan),
    "peak_difference": ("peak_difference", [(wave, 2.0, 9.1), (wave, 3.0, 5.1)], 42.0, math.nan),
    "nadir": ("nadir", [(dip, 6.0, 30.2)], 336.0, math.nan),
    "auc": ("auc", [(wave, 2.0, 9.1)], 42.0, math.nan),
    "nadir below zero": ("nadir", [(dip, 16.0, 30.2)], 336.0, math.nan),
}


def difference(function, x, step=1e-5):
    """Return a central difference."""
    return (function(x + step) - function(x - step)) / (2 * step)


def courses_of(shapes, numbers):
    """Return courses with slopes by all numbers, (a, b) of each course in turn."""
    made = []
    for place, (shape, *_) in enumerate(shapes):
        a, b = numbers[2 * place : 2 * place + 2]
        slopes = np.zeros((FINE.size, len(numbers)))
        slopes[:, 2 * place] = difference(lambda x, s=shape, y=b: s(FINE, x, y), a)
        slopes[:, 2 * place + 1] = difference(lambda x, s=shape, y=a: s(FINE, y, x), b)
        made.append(TimeCourse(FINE, shape(FINE, a, b), slopes))
    return made


@pytest.mark.parametrize("case", CASES)
def test_every_kind_has_the_slope_of_its_smooth_value(case):
    """Of each kind, on every branch: what the chain rule gives is what a difference gives."""
    kind, shapes, day, threshold = CASES[case]
    numbers = [number for _, *pair in shapes for number in pair]
    window = Window(day, threshold)
    exact = KINDS[kind].measure(courses_of(shapes, numbers), window).slope
    for place in range(len(numbers)):

        def smooth(x, place=place):
            moved = [*numbers[:place], x, *numbers[place + 1 :]]
            return KINDS[kind].measure(courses_of(shapes, moved), window).smooth

        expected = difference(smooth, numbers[place], 1e-4)
        assert exact[place] == pytest.approx(expected, rel=1e-6, abs=1e-8)
    moves = case != "onset at once"
    assert np.any(exact != 0) == moves


def test_every_kind_is_in_the_cases():
    """A kind that is added must show its slope."""
    assert {kind for kind, *_ in CASES.values()} == set(KINDS)


@given(
    x=st.floats(-6, 6),
    low=st.floats(-3, 3),
    width=st.floats(0.01, 5),
    softness=st.floats(0.05, 2),
    side=st.sampled_from(["window", "low", "high"]),
)
def test_window_residuals_have_their_slope(x, low, width, softness, side):
    """Windows and bounds, inside, outside and at the edges."""
    window = (-math.inf if side == "high" else low, math.inf if side == "low" else low + width)

    def residual(at):
        return window_residual(at, *window, softness)

    exact = window_slope(x, *window, softness)
    # A root of a small excess has few digits; its difference takes a longer step for it.
    step = 1e-3 * softness
    expected = (8 * difference(residual, x, step) - 2 * difference(residual, x, 2 * step)) / 6
    assert exact == pytest.approx(expected, rel=1e-5, abs=1e-5 / softness)


@pytest.mark.parametrize("width", [0.02, 1.0, 4.0, 30.0])
def test_the_middle_of_a_window_is_a_limit(width):
    """Where excess and its root both vanish the slope goes smoothly through its limit."""

    def slope(x):
        return window_slope(x, -width, width, 1.0)

    limit = slope(0.0)
    # the smaller of what is far enough for digits and near enough for the limit
    for x in (1e-3, 3e-5, 1e-5, 1e-6, 1e-9):
        assert [slope(x), slope(-x)] == pytest.approx([limit, limit], rel=2e-4)
    step = 1e-2 / width
    expected = difference(lambda x: window_residual(x, -width, width, 1.0), 0.0, step)
    assert limit == pytest.approx(expected, rel=1e-3)


def test_far_from_a_bound_slopes_are_finite():
    """One a softness far outside, none far inside, and no overflow anywhere."""
    assert window_slope(-1e4, 0, math.inf, 1.0) == pytest.approx(1.0, rel=1e-6)
    assert window_slope(1e4, 0, 1, 1.0) == pytest.approx(1.0, rel=1e-6)
    assert window_slope(1e4, 0, math.inf, 1.0) == 0
    assert window_slope(3.0, -math.inf, math.inf, 1.0) == 0


@pytest.mark.parametrize("scale", ["log", "linear"])
@pytest.mark.parametrize(
    "bounds", [{"low": 0.7, "high": 1.5}, {"low": 2.0}, {"high": 0.5}, {"value": 2, "sigma": 0.3}]
)
def test_residuals_of_targets_have_their_slope(bounds, scale):
    """Through the scale, for values below, inside and above."""
    target = Target("t", "g", "il6", "level", day=1, scale=scale, **bounds)
    for value in (0.3, 0.65, 1.02, 1.4, 2.2, 9.0):
        expected = difference(target.residual, value, 1e-6)
        assert target.residual_slope(value) == pytest.approx(expected, rel=1e-5, abs=1e-7)


def test_a_value_at_the_floor_of_the_logarithm_does_not_move():
    """`to_scale` holds what no normal number is left of, and nothing above: it knows no scale."""
    assert to_scale(1e-310, "log") == to_scale(0.0, "log")
    assert scale_slope(1e-310, "log") == 0
    assert to_scale(1e-300, "log") == pytest.approx(-300 * math.log(10))
    assert scale_slope(1e-300, "log") == pytest.approx(1e300)
    assert scale_slope(2.0, "log") == 0.5


def test_a_prior_has_its_slope():
    """`log(value / median) / spread`."""
    prior = Prior("CL", 280.8, 0.35)
    expected = difference(prior.residual, 300.0, 1e-2)
    assert prior.residual_slope(300.0) == pytest.approx(expected, rel=1e-7)
