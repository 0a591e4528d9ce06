"""The area under a course is that of its closed form, with its unit wherever it is written."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pdmodel.errors import TargetError
from pdmodel.inference import FitProblem, Target, profile_prediction
from pdmodel.inference.targets.area import area_weights
from pdmodel.inference.targets.course import TimeCourse, Window
from pdmodel.inference.targets.kinds import KINDS
from pdmodel.plots import prediction_grid, response_panels
from pdmodel.plots.fits.forest_row import forest_rows
from tests.inference.targets.test_summit import DOSES, FAST, all_of, fit_of, given
from tests.toys import one_compartment


def area(doses, days, ka, k):
    """Return the area under what 10 mg at each time leave in plasma, mg*day."""
    since = days - np.asarray(doses)
    parts = (1 - np.exp(-k * since)) / k - (1 - np.exp(-ka * since)) / ka
    return float((10 * ka / (ka - k) * parts).sum())


@pytest.mark.parametrize("case", DOSES)
def test_the_area_of_a_fast_drug_is_that_of_the_bateman_curve(case):
    """Absorbed and gone within hours, also where doses are given long before the last row."""
    doses, days = DOSES[case]
    problem = fit_of("auc", doses, days)
    value = problem.measure(all_of(problem))[0].value
    assert value == pytest.approx(area(doses, days, **FAST), rel=1e-4)
    assert problem.check_gradient()["deviation"].max() < 1e-6


def test_rows_that_are_nearly_one_change_nothing():
    """Days computed in two ways, and a named day beside another, carry no large weights."""
    days = np.linspace(0.0, 10.0, 101)
    twice = np.sort(np.concatenate([days, days[1:-1] + 1e-14, days[5:9] + 1e-5]))
    for rows in (days, twice):
        weights = area_weights(rows, np.array([0.0, 3.0]), 1.0)
        assert weights @ np.exp(-rows) == pytest.approx(1 - math.exp(-10), rel=1e-4)
        assert weights.sum() == pytest.approx(10.0, rel=1e-12)
        assert np.abs(weights).max() < 0.3


def test_no_curve_is_drawn_across_a_dose():
    """A course that is one value before a dose and another after it has the sum of two boxes."""
    days = np.array([0.0, 1.0, 2.0, 3.0, 3.0 + 1e-9, 4.0, 5.0, 6.0])
    weights = area_weights(days, np.array([3.0]), 1.0)
    assert weights @ np.where(days > 3.0, 7.0, 1.0) == pytest.approx(3 * 1 + 3 * 7)


def test_a_window_may_end_between_two_rows_and_not_at_its_start():
    """A line from 0 to 10 has half of a square; no days have no area to judge."""
    line = TimeCourse(np.linspace(0.0, 10.0, 11), np.linspace(0.0, 10.0, 11))
    assert KINDS["auc"].measure([line], Window(4.5)).value == pytest.approx(0.5 * 4.5**2)
    with pytest.raises(TargetError, match="'day': kind 'auc' needs a window of some days, got 0"):
        Target("it", "anyone", "plasma", "auc", day=0, low=1)


def drawn_fit():
    """Return a fit whose only targets are areas, one of each group."""
    rows = [
        Target(f"area_{group}", group, "concentration", "auc", day=2, low=low, high=high)
        for group, low, high in (("a", 0.1, 1.0), ("b", 0.02, math.nan))
    ]
    problem = FitProblem(
        one_compartment(), rows, given([0.0]), days=3, differ=[], free=["k"],
        groups={"a": {}, "b": {}},
    )  # fmt: skip
    return problem, problem.run(1, 1, max_evaluations=30)


def test_the_unit_of_an_area_is_right_everywhere():
    """In the forest, on the panel, in a profile, its table and the grid: mg/L by days."""
    problem, fit = drawn_fit()
    first, second = forest_rows(fit)
    assert (first.label, first.allowed) == ("Concentration, AUC (a)", "0.1 to 1 mg·day/L")
    assert second.allowed == "≥ 0.02 mg·day/L"
    (panel,) = [ax for ax in response_panels(fit).axes if ax.get_title(loc="left")]
    assert "mean (AUC)" in [text.get_text() for text in panel.texts]
    (band,) = [shape for shape in panel.collections if shape.get_gid() == "range auc"]
    heights = np.asarray(band.get_paths()[0].vertices)[:, 1]
    assert (heights.min(), heights.max()) == pytest.approx((0.05, 0.5))
    profile = profile_prediction(problem, fit, "a:concentration:auc:2", max_evaluations=30)
    assert list(profile.predictions["unit"]) == ["mg*day/L"]
    assert prediction_grid(profile).axes[0].get_xlabel() == "AUC until day 2 (mg·day/L)"
