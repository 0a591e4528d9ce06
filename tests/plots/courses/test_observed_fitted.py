"""Observed against fitted: on the line both are equal."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pdmodel.errors import InputError
from pdmodel.plots import observed_fitted
from pdmodel.plots.courses.observed_fitted import FIGURE
from tests.plots.courses.drawn import clashes, heights, parts, words
from tests.plots.courses.made_up import made_up


def test_values_stand_against_what_was_fitted_to_them() -> None:
    """Open markers, the line through equal values, both axes alike."""
    result = made_up(6)
    figure = observed_fitted(result)
    (ax,) = figure.axes
    (marks,) = parts(ax, "measured")
    np.testing.assert_array_equal(marks.get_xdata(), result.measurements["predicted"])
    np.testing.assert_array_equal(marks.get_ydata(), result.measurements["value"])
    assert marks.get_markerfacecolor() == "none"
    (line,) = parts(ax, "equal")
    np.testing.assert_array_equal(line.get_xdata(), line.get_ydata())
    assert ax.get_xlim() == ax.get_ylim()
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("Fitted (pg/mL)", "Observed (pg/mL)")
    assert "observed = fitted" in words(figure)


def test_a_value_that_is_fitted_as_0_is_seen_at_the_edge() -> None:
    """A logarithm has no place for it: it stands at the left edge, and the label says so."""
    result = made_up(6)
    result.measurements.loc[0, "predicted"] = 0.0
    (ax,) = observed_fitted(result).axes
    (marks,) = parts(ax, "measured")
    assert marks.get_xdata()[0] == ax.get_xlim()[0]
    assert marks.get_ydata()[0] == result.measurements["value"][0]
    assert ax.get_xlabel() == "Fitted (pg/mL); 1 further left"


def test_censored_values_are_triangles_at_their_limit() -> None:
    """Against the fitted value, which may lie anywhere."""
    result = made_up(6, limit=5.0, highest=22.0)
    figure = observed_fitted(result)
    (ax,) = figure.axes
    assert set(heights(ax, "below")) == {5.0}
    assert set(heights(ax, "above")) == {22.0}
    drawn = sum(len(heights(ax, gid)) for gid in ("measured", "below", "above"))
    assert drawn == len(result.measurements)


def test_a_population_has_both_predictions() -> None:
    """Of the subject and of the typical one, beside each other."""
    result = made_up(6, population=True)
    own, typical = observed_fitted(result).axes
    assert own.get_xlabel() == "Fitted to the subject, IPRED (pg/mL)"
    assert typical.get_xlabel() == "Typical subject, PRED (pg/mL)"
    (marks,) = parts(typical, "measured")
    np.testing.assert_array_equal(marks.get_xdata(), result.measurements["typical"])
    assert own.get_xlim() != typical.get_xlim() or own.get_xlim() == own.get_ylim()


def test_each_quantity_has_a_panel_in_its_own_unit() -> None:
    """Linear with an additive error; 0 is an end where it is near, values below 0 are seen."""
    left, right = observed_fitted(made_up(8, ("il6", "ANC"), log=False, sd=0.5)).axes
    assert left.get_title(loc="left") == "IL-6"
    assert right.get_xlabel() == "Fitted (10⁹/L)"
    assert left.get_xlim()[0] == 0
    assert list(left.get_xticks()) == list(left.get_yticks())
    below = made_up(5, log=False, shift=-8.0, sd=2.0)
    (ax,) = observed_fitted(below).axes
    assert ax.get_ylim()[0] < below.measurements["value"].min() < 0


@pytest.mark.parametrize(
    "result",
    [made_up(1), made_up(40, population=True, limit=4.0), made_up(6, ("il6", "ANC", "tnf"))],
    ids=["one", "population", "three quantities"],
)
def test_no_words_stand_upon_each_other(result: Any) -> None:
    """In one panel, two or three."""
    assert clashes(observed_fitted(result)) == []


def test_a_fit_to_patterns_has_none(result: Any) -> None:
    """It gets no figure."""
    assert FIGURE.draw(result) is None
    with pytest.raises(InputError, match="no measurements"):
        observed_fitted(result)
