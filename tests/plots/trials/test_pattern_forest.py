"""The pattern forest has a row for every pattern, in the unit of its panel."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest

from pdmodel.errors import InputError
from pdmodel.plots import image
from pdmodel.plots.trials.pattern_forest import INSIDE, OUTSIDE, pattern_forest
from pdmodel.plots.trials.pattern_row import pattern_rows, scale_of, short
from tests.plots.trials.test_patients import note_of

NAN, INF = math.nan, math.inf
COLUMNS = (
    "id", "meaning", "kind", "reported", "low", "high", "model", "model_low", "model_high",
    "inside", "use", "unit",
)  # fmt: skip
ROWS = (
    ("orr", "response rate", "rate", 0.32, 0.19, 0.48, 0.325, 0.2, 0.43, True, "calibrate", "1"),
    ("flare", "tumour flare", "rate", 0.3, 0.17, 0.45, 0.4504, 0.34, 0.61, False, "predict", "1"),
    ("best", "day of the best response", "median", NAN, 180, 270, 252, 196, 280, True,
     "calibrate", "day"),
    ("il6", "IL-6 at day 7 over baseline: rise", "median", NAN, 2, INF, 4.2, 2.3, 7.3, True,
     "predict", "fold"),
    ("onset", "day of the onset", "median", NAN, -INF, 2, NAN, NAN, NAN, False, "predict", "day"),
    ("less", "flare of A less that of B", "difference", NAN, -0.25, 0.25, 0.03, -0.2, 0.3, True,
     "calibrate", "1"),
    ("dose", "median daily dose: 10 mg", "median", NAN, 7.5, 12.5, 10, 10, 10, True,
     "calibrate", "mg"),
    ("age", "age of responders", "median", NAN, 60, 70, 64, 62, 66, True, "predict", "year"),
)  # fmt: skip
TABLE = pd.DataFrame(ROWS, columns=list(COLUMNS))


def named(ax: Any, gid: str) -> list[Any]:
    """Return lines of a name."""
    return [line for line in ax.lines if line.get_gid() == gid]


def panels(figure: Any) -> dict[str, Any]:
    """Return the panels with an axis by title."""
    return {ax.get_title(loc="left"): ax for ax in figure.axes if ax.get_title(loc="left")}


def test_scales_come_from_kind_and_unit() -> None:
    """A rate is in percent, a median in its unit."""
    found = [row.scale for row in pattern_rows({"phase2": TABLE})]
    assert found == ["rate", "rate", "difference", "fold", "day", "day", "mg", "year"]
    assert scale_of("ratio", "fold") == "fold"
    assert short("neutropenia of grade 3-4 (recalled: 41 %)") == "Neutropenia of grade 3-4"


def test_rows_are_in_the_unit_of_their_scale() -> None:
    """Rates in percent; what lies outside is not written as if it were inside."""
    rows = {row.label: row for row in pattern_rows({"phase2": TABLE})}
    assert rows["Response rate"].model == pytest.approx(32.5)
    assert rows["Response rate"].told == "32 (19–48)"
    assert rows["Tumour flare"].said == "45.04 (34–61)"
    assert rows["IL-6 at day 7 over baseline"].told == "≥ 2.00"
    assert rows["Day of the onset"].said == "no value"
    assert rows["Flare of A less that of B"].told == "−25 to 25"


def test_panels_have_their_axes() -> None:
    """Percent, points, doublings, days and mg do not share one."""
    found = panels(pattern_forest({"phase2": TABLE}))
    units = {title: ax.get_xlabel() for title, ax in found.items()}
    assert units["Rates"] == "% of patients"
    assert units["Times"] == "days"
    assert units["Doses"] == "mg"
    assert found["Ratios"].get_xscale() == "log"
    assert found["Rates"].get_xscale() == "linear"


def test_bands_are_what_was_reported() -> None:
    """Open ends reach the edge and have an arrow; a number has a mark."""
    found = panels(pattern_forest({"phase2": TABLE}))
    rates, ratios = found["Rates"], found["Ratios"]
    (band, _) = [bar for bar in rates.patches if str(bar.get_gid()).startswith("range")]
    assert (band.get_x(), band.get_x() + band.get_width()) == pytest.approx((19, 48))
    assert [float(line.get_xdata()[0]) for line in named(rates, "reported")] == [32, 30]
    (band,) = [bar for bar in ratios.patches if str(bar.get_gid()).startswith("range")]
    assert band.get_x() + band.get_width() == pytest.approx(ratios.get_xlim()[1])
    assert len(named(ratios, "open")) == 1
    (line,) = named(ratios, "replicates")
    assert list(line.get_xdata()) == pytest.approx([2.3, 7.3])


def test_verdicts_differ_in_shape_and_colour_and_uses_in_filling() -> None:
    """Inside is a circle, outside a cross; predicted is filled, calibrated hollow."""
    figure = pattern_forest({"phase2": TABLE})
    rates = panels(figure)["Rates"]
    (inside,), (outside,) = named(rates, INSIDE.label), named(rates, OUTSIDE.label)
    assert (inside.get_marker(), outside.get_marker()) == ("o", "X")
    assert inside.get_color() != outside.get_color()
    assert inside.get_markerfacecolor() == "white"
    assert outside.get_markerfacecolor() == outside.get_color()
    texts = [t.get_text() for ax in figure.axes for t in ax.texts]
    assert texts.count("OUTSIDE") == 2
    assert texts.count("predicted") == 4
    title = "6 of 8 patterns inside what was reported (2 of 4 predictions)"
    assert figure.get_suptitle() == title


def test_trials_are_stacked_under_their_names() -> None:
    """Each panel names the trials it has rows of."""
    figure = pattern_forest({"phase2": TABLE, "high_dose": TABLE.iloc[:1], "none": TABLE.iloc[:0]})
    rates = panels(figure)["Rates"]
    words = [t.get_text() for t in rates.get_yticklabels()]
    assert words == ["phase2", "Response rate", "Tumour flare", "high dose", "Response rate"]
    assert image(figure)


def test_no_pattern_is_said_and_missing_columns_told() -> None:
    """A trial without patterns has an empty table."""
    assert "no pattern" in note_of(pattern_forest({"own": pd.DataFrame()}))
    with pytest.raises(InputError, match=r"patterns of 'a': 'model_low'"):
        pattern_forest({"a": TABLE.drop(columns="model_low")})
