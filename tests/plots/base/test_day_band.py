"""Long courses are drawn by their days: means, and the range within each."""

from __future__ import annotations

import numpy as np
import pytest

import pdmodel
from pdmodel.plots.base.day_band import days_of
from tests.toys import one_compartment


def test_means_and_ranges_are_those_of_the_days() -> None:
    """A saw tooth of ten a day has a mean of 5 and a range of 0 to 10 on every day."""
    times = np.arange(0, 40.0001, 0.1)
    values = 10 * (times - np.floor(times + 1e-9))
    found = days_of(times, values)
    assert found is not None
    assert found.days.size == 42
    assert (found.days[0], found.days[-1]) == (times[0], times[-1])
    np.testing.assert_allclose(found.days[1:-1], 0.5 + np.arange(40))
    np.testing.assert_allclose(found.low[1:-1], 0, atol=1e-6)
    np.testing.assert_allclose(found.high[1:-1], 9, rtol=1e-6)


def test_short_or_coarse_courses_are_drawn_as_they_are() -> None:
    """Four weeks, or one row a day."""
    times = np.arange(0, 28.01, 0.1)
    assert days_of(times, times) is None
    assert days_of(np.arange(365.0), np.arange(365.0)) is None
    assert days_of(times[:1], times[:1]) is None


def test_a_drug_of_every_day_has_its_peaks_and_troughs() -> None:
    """The band of oral doses reaches from trough to peak; the line is the mean."""
    run = pdmodel.simulate(one_compartment(), "10 mg oral daily", days=60)
    found = days_of(run["time"].values, run["plasma"].values)
    assert found is not None
    last = run["plasma"].sel(time=slice(58, 59))
    assert found.high[-3] == pytest.approx(float(last.max()), rel=1e-6)
    assert found.low[-3] == pytest.approx(float(last.min()), rel=1e-3)
    assert found.mean[-3] == pytest.approx(10 / 0.7, rel=0.01)  # a day's dose over its clearance


@pytest.mark.parametrize("gap", [2, 3])
def test_doses_that_are_days_apart_do_not_make_a_line_of_corners(gap: int) -> None:
    """A pulse every second or third day: so many days are taken together that the mean is even."""
    times = np.arange(0, 84.0001, 0.1)
    values = np.exp(-((times + 1e-9) % gap))
    days = days_of(times, values)
    assert days is not None
    assert days.span == gap
    assert np.ptp(days.mean[1:-1]) < 0.01
    assert days.high[3] - days.low[3] == pytest.approx(np.ptp(values))
