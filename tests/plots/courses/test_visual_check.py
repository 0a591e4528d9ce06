"""The visual predictive check: measured percentiles in front of simulated bands."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pdmodel.plots import visual_check
from pdmodel.plots.courses.visual_check import FIGURE
from tests.plots.courses.drawn import clashes, heights, parts, words
from tests.plots.courses.made_up import check_of, made_up


def test_measured_percentiles_stand_in_front_of_simulated_bands() -> None:
    """Three of each; the measured ones are open and dark."""
    result = made_up(40, population=True)
    check = check_of(result)
    (ax,) = visual_check(check, result).axes
    for percentile in (5, 50, 95):
        own = check[check["percentile"] == percentile]
        (line,) = parts(ax, f"observed {percentile}")
        np.testing.assert_array_equal(line.get_ydata(), own["observed"])
        assert line.get_markerfacecolor() == "white"
        (band,) = parts(ax, f"band {percentile}")
        edges = band.get_paths()[0].vertices[:, 1]
        assert edges.max() == own["simulated_high"].max()
        assert edges.min() == own["simulated_low"].min()
        (middle,) = parts(ax, f"simulated {percentile}")
        assert middle.get_marker() == "None"
        assert line.get_zorder() > middle.get_zorder()
    assert len(heights(ax, "measured")) == len(result.measurements)
    assert ax.get_yscale() == "log"
    assert ax.get_ylabel() == "pg/mL"


def test_bands_and_values_are_within_the_axes() -> None:
    """Nothing is cut off."""
    result = made_up(40, population=True)
    check = check_of(result)
    low, high = visual_check(check, result).axes[0].get_ylim()
    assert low < check["simulated_low"].min()
    assert high > max(check["simulated_high"].max(), result.measurements["value"].max())


def test_censored_values_have_a_panel_of_shares_and_a_limit() -> None:
    """Per cent of each bin, measured and simulated; without censoring there is none."""
    result = made_up(40, population=True, limit=4.0)
    check = check_of(result)
    figure = visual_check(check, result)
    above, below = figure.axes
    own = check.drop_duplicates("bin")
    np.testing.assert_allclose(
        heights(below, "share observed"), 100 * own["censored_observed"]
    )  # fmt: skip
    np.testing.assert_allclose(
        heights(below, "share simulated"), 100 * own["censored_simulated"]
    )  # fmt: skip
    assert heights(above, "limit") == [4.0, 4.0]
    assert {"limit of quantification", "simulated share of censored values"} <= set(words(figure))
    whole = made_up(40, population=True)
    assert len(visual_check(check_of(whole), whole).axes) == 1


def test_a_percentile_that_is_not_known_is_left_out() -> None:
    """One that lies below the limit has no marker there."""
    result = made_up(40, population=True, limit=4.0)
    check = check_of(result)
    check.loc[check["percentile"] == 5, "observed"] = np.nan
    ax = visual_check(check, result).axes[0]
    assert not np.isfinite(heights(ax, "observed 5")).any()
    assert np.isfinite(heights(ax, "observed 50")).all()


def test_each_quantity_has_a_column() -> None:
    """In the order of the measurements, with its own unit."""
    result = made_up(30, ("il6", "ANC"), population=True, limit=2.0)
    figure = visual_check(check_of(result), result)
    assert [ax.get_ylabel() for ax in figure.axes] == ["pg/mL", "10⁹/L", "Censored (%)", ""]
    assert clashes(figure) == []


def test_one_bin_is_as_wide_as_its_days() -> None:
    """A band of no width would not be seen."""
    result = made_up(30, visits=(7.0,), population=True)
    (ax,) = visual_check(check_of(result), result).axes
    (band,) = parts(ax, "band 50")
    assert np.ptp(band.get_paths()[0].vertices[:, 0]) == 2
    assert clashes(visual_check(check_of(result), result)) == []


def test_a_population_without_a_check_has_no_such_figure() -> None:
    """It is drawn where the result holds the table, as `checked`."""
    result: Any = made_up(10, population=True)
    assert FIGURE.draw(result) is None
    result.checked = check_of(result)
    assert FIGURE.draw(result) is not None


@pytest.mark.parametrize("unit", ["week", "day"])
def test_time_is_read_as_asked(unit: str) -> None:
    """Data stay in days."""
    result = made_up(10, population=True)
    ax = visual_check(check_of(result), result, time_unit=unit).axes[-1]
    assert ax.get_xlabel() == f"Time on treatment ({unit}s)"
