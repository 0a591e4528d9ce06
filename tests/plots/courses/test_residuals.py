"""Residuals against time, fitted values and the normal distribution."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pdmodel.errors import InputError
from pdmodel.plots import residuals
from pdmodel.plots.courses.residuals import FIGURE
from tests.plots.courses.drawn import clashes, heights, parts, words
from tests.plots.courses.made_up import made_up


def test_residuals_stand_against_time_and_fitted_values() -> None:
    """Every measured value has its stored residual in all three panels."""
    result = made_up(6)
    over_time, over_fitted, normal = residuals(result).axes
    table = result.measurements
    (marks,) = parts(over_time, "measured")
    np.testing.assert_array_equal(marks.get_xdata(), table["day"])
    np.testing.assert_array_equal(marks.get_ydata(), table["residual"])
    (marks,) = parts(over_fitted, "measured")
    np.testing.assert_array_equal(marks.get_xdata(), table["predicted"])
    assert sorted(heights(normal, "measured")) == sorted(table["residual"])
    assert over_fitted.get_xscale() == "log"
    assert over_time.get_ylabel() == "Standardised residual"
    assert over_fitted.get_xlabel() == "Fitted (pg/mL)"


def test_the_residual_of_a_value_fitted_as_0_is_seen() -> None:
    """On a logarithm it stands left of all others, and the label says so."""
    result = made_up(6)
    result.measurements.loc[0, "predicted"] = 0.0
    over_fitted = residuals(result).axes[1]
    (marks,) = parts(over_fitted, "measured")
    assert 0 < marks.get_xdata()[0] == min(marks.get_xdata())
    assert over_fitted.get_xlabel() == "Fitted (pg/mL); 1 further left"


def test_bounds_of_nineteen_in_twenty_are_drawn_and_counted() -> None:
    """The title says how many lie beyond them, and how many are censored and have none."""
    result = made_up(20, limit=5.0)
    figure = residuals(result)
    (bounds,) = [sorted(heights(figure.axes[0], "bound"))]
    assert set(bounds) == {-1.96, 1.96}
    own = result.measurements["residual"].dropna()
    beyond, censored = int((own.abs() > 1.96).sum()), len(result.measurements) - len(own)
    assert beyond > 0
    assert censored > 0
    title = figure.axes[0].get_title(loc="left")
    assert title == f"IL-6: {beyond} of {len(own)} beyond ±1.96 ({censored} censored left out)"


def test_a_trend_needs_twenty_values() -> None:
    """Through fewer it would follow the noise."""
    few = residuals(made_up(3))  # 18 values
    assert not parts(few.axes[0], "trend")
    assert "smooth trend" not in words(few)
    enough = residuals(made_up(4))
    assert len(parts(enough.axes[0], "trend")) == len(parts(enough.axes[1], "trend")) == 1
    assert "smooth trend" in words(enough)


def test_a_trend_in_the_residuals_is_seen() -> None:
    """It rises where they do, and stays on the panel."""
    result = made_up(20)
    result.measurements["residual"] = result.measurements["day"] / 42 - 1
    (trend,) = parts(residuals(result).axes[0], "trend")
    np.testing.assert_allclose(trend.get_ydata(), trend.get_xdata() / 42 - 1, atol=1e-9)


def test_a_population_has_conditional_weighted_residuals() -> None:
    """Against the typical subject, without whose covariates they have no meaning."""
    result = made_up(6, population=True)
    over_time, over_fitted, _ = residuals(result).axes
    assert over_time.get_ylabel() == "Conditional weighted residual"
    assert over_fitted.get_xlabel() == "Typical subject, PRED (pg/mL)"
    assert heights(over_time, "measured") == list(result.measurements["cwres"])


def test_a_quantity_that_is_all_censored_is_named_below() -> None:
    """It has no residual; where nothing has one there is no figure."""
    result = made_up(4, ("il6", "ANC"))
    own = result.measurements["quantity"] == "ANC"
    result.measurements.loc[own, ["censored", "low", "high", "residual"]] = [
        "below", -np.inf, 9.0, np.nan,
    ]  # fmt: skip
    figure = residuals(result)
    assert len(figure.axes) == 3
    said = "All censored, without residuals: Absolute neutrophil count"
    assert figure.get_supxlabel() == said
    nothing = made_up(4, limit=500.0)
    assert FIGURE.draw(nothing) is None
    with pytest.raises(InputError, match="all measured values are censored"):
        residuals(nothing)


@pytest.mark.parametrize(
    "result",
    [made_up(1), made_up(40, population=True, limit=4.0), made_up(6, ("il6", "ANC"), log=False)],
    ids=["one", "population", "two quantities"],
)
def test_no_words_stand_upon_each_other(result: Any) -> None:
    """Titles are as long as three panels at most."""
    assert clashes(residuals(result)) == []


def test_a_fit_to_patterns_has_none(result: Any) -> None:
    """It gets no figure."""
    assert FIGURE.draw(result) is None
