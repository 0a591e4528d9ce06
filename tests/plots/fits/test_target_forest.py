"""The forest has a row for every target, on a scale of its own."""

from __future__ import annotations

import math
from typing import Any

import pytest

from pdmodel.plots import target_forest
from pdmodel.plots.fits.forest_row import forest_rows, position

NAN = math.nan


@pytest.mark.parametrize(
    ("value", "low", "high", "log", "expected"),
    [
        (0.7, 0.7, 1.5, True, -1),
        (1.5, 0.7, 1.5, True, 1),
        (2.0, 1.0, 4.0, True, 0),
        (225, 180, 270, False, 0),
        (0.0, -0.1, 0.1, False, 0),
        (4.0, 2.0, NAN, True, 0),  # a doubling above a lower bound
        (0.25, NAN, 0.5, True, 0),  # a halving below an upper bound
        (0.5, NAN, 1.0, False, 0.5),
        (0.0, 0.5, NAN, True, -math.inf),
    ],
)
def test_allowed_range_reaches_from_minus_one_to_one(
    value: float, low: float, high: float, log: bool, expected: float
) -> None:
    """Bounds map to -1 and 1; open sides count doublings."""
    assert position(value, low, high, log=log) == pytest.approx(expected)


def test_a_target_is_met_exactly_within_its_range(result: Any) -> None:
    """Position and verdict never contradict each other."""
    for row in forest_rows(result):
        assert row.met == (row.low <= row.position <= row.high)


def test_every_target_has_a_row_and_a_marker(result: Any) -> None:
    """Missed ones have a cross and the word, met ones neither."""
    figure = target_forest(result)
    ax, table = figure.axes
    assert len(ax.get_yticks()) == len(result.targets)
    missed = [line for line in ax.lines if line.get_gid() == "missed"]
    met = [line for line in ax.lines if line.get_gid() == "met"]
    assert len(missed) == 2
    assert len(missed) + len(met) == len(result.targets)
    assert {line.get_marker() for line in missed} == {"X"}
    assert "X" not in {line.get_marker() for line in met}
    assert [text.get_text() for text in table.texts].count("MISSED") == 2
    assert ax.get_title(loc="left") == f"12 of {len(result.targets)} targets met"


def test_the_legend_speaks_of_compared_groups_where_there_are_any(result: Any) -> None:
    """A fit without targets of two groups has no entry for them."""

    def words() -> list[str]:
        figure: Any = target_forest(result)
        return [text.get_text() for text in figure.legends[0].get_texts()]

    assert "two groups compared" in words()
    result.targets = result.targets[~result.targets["group"].str.contains("/")]
    assert "two groups compared" not in words()


def test_bars_cover_the_allowed_range(result: Any) -> None:
    """Their ends are those of the rows, open ones at the edge."""
    ax: Any = target_forest(result).axes[0]
    bars = {bar.get_gid(): bar for bar in ax.patches if str(bar.get_gid()).startswith("range")}
    edge = ax.get_xlim()[1]
    for place, row in enumerate(forest_rows(result)):
        bar = bars[f"range {place}"]
        assert bar.get_x() == max(row.low, -edge)
        assert bar.get_x() + bar.get_width() == pytest.approx(min(row.high, edge))


def test_a_value_that_does_not_exist_stands_outside_its_range(result: Any) -> None:
    """A flare that never begins is late, not early."""
    rows = forest_rows(result)
    place = next(n for n, row in enumerate(rows) if "onset" in row.label)
    ax: Any = target_forest(result).axes[0]
    (cross,) = [line for line in ax.lines if line.get_gid() == "missed"
                and line.get_ydata()[0] == place]  # fmt: skip
    assert cross.get_xdata()[0] > rows[place].high
    assert rows[place].simulated == "never"


def test_numbers_are_as_fine_as_their_bounds_and_show_a_near_miss(result: Any) -> None:
    """1.5004 against 1.5 is not written 1.50 when it is missed."""
    result.targets.loc[0, ["simulated", "met"]] = [1.5004, False]
    rows = forest_rows(result)
    assert rows[0].simulated == "1.5004"
    assert rows[0].allowed == "0.7 to 1.5 ×"
    assert rows[1].allowed == "≥ 9 ×"
    assert next(row for row in rows if "nadir" in row.label).allowed == "0.5 to 1.5 × 10⁹/L"
    assert next(row for row in rows if "time to best" in row.label).simulated == "84"


def measured(result: Any, target: str, value: float) -> Any:
    """Make a target one of a measured value, its bounds being two sigma around it."""
    if "value" not in result.targets:
        result.targets["value"] = NAN
    result.targets.loc[result.targets["id"] == target, "value"] = value
    return result


def test_a_measured_value_is_an_open_marker_with_whiskers(result: Any) -> None:
    """It has no bar of an allowed range; what is simulated stays filled."""
    figure = target_forest(measured(result, "best_r", 80.0))
    rows = forest_rows(result)
    line = list(result.targets["id"]).index("best_r")
    ax: Any = figure.axes[0]
    (mark,) = [part for part in ax.lines if part.get_gid() == f"measured {line}"]
    assert (mark.get_marker(), mark.get_markerfacecolor()) == ("o", "white")
    assert list(mark.get_xdata()) == [rows[line].measured]
    assert rows[line].measured == pytest.approx(2 * (80 - 56) / (100 - 56) - 1)
    assert f"range {line}" not in {bar.get_gid() for bar in ax.patches}
    whiskers = [part.get_segments()[0][:, 0].tolist() for part in ax.collections]
    assert whiskers == [[-1.0, 1.0]]
    simulated = [part for part in ax.lines if part.get_gid() == "met"]
    assert "white" not in {part.get_markerfacecolor() for part in simulated}
    assert rows[line].allowed == "80 (56 to 100) d"


def test_the_legend_speaks_of_measured_values_where_there_are_any(result: Any) -> None:
    """And of allowed ranges where there are such."""

    def words() -> list[str]:
        figure: Any = target_forest(result)
        return [text.get_text() for text in figure.legends[0].get_texts()]

    assert "measured, two sigma either side" not in words()
    measured(result, "best_r", 80.0)
    assert {"measured, two sigma either side", "allowed"} <= set(words())
    result.targets = result.targets[result.targets["id"] == "best_r"]
    assert "allowed" not in words()
