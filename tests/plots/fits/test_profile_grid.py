"""The grid shows every profile, what limits it and what failed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pdmodel.errors import InputError
from pdmodel.inference import Profile
from pdmodel.plots import image, profile_grid

ROWS = (
    ("kill_max", "kill_max", None, "1/day", 0.01, 0.001, 0.1, 0.005, 0.02, "identified",
     "identified [0.005, 0.02]"),
    ("tone__responder", "tone", "responder", "1", 2.0, 0.1, 10.0, 1.0, None, "open above",
     "open above (> 1)"),
    ("gain", "gain", None, "pg/mL", 0.5, 0.0, 1.0, None, None, "not bracketed",
     "not bracketed: above the fit at 0.9 failed: no step"),
    ("il6_induction", "il6_induction", None, "1", 1.0, 0.1, 10.0, None, None, "flat", "flat"),
)  # fmt: skip
NAMES = (
    "name", "parameter", "group", "unit", "best", "min", "max", "low", "high", "verdict", "words",
)  # fmt: skip
CURVES = {
    "kill_max": ((0.004, 2.5, ""), (0.01, 0.0, ""), (0.018, 1.5, "gain"), (0.05, 60.0, "gain")),
    "tone__responder": ((0.9, 2.5, ""), (2.0, 0.0, ""), (10.0, 0.5, "")),
    "gain": ((0.0, 0.7, ""), (0.5, 0.0, ""), (0.9, None, "")),
    "il6_induction": ((0.1, 0.0, ""), (1.0, 0.0, ""), (10.0, 0.0, "")),
}
FREE = {row[0]: row[4] for row in ROWS}


def point(name: str, value: float, rise: float | None, stuck: str) -> dict[str, Any]:
    """Return a row of the curve."""
    return {
        "name": name, "direction": "up", "value": value, "rise": rise,
        "cost": None if rise is None else 1 + rise, "message": "", "nfev": 1, "njev": 1,
        "status": "failed" if rise is None else "converged", "at_bound": [stuck] if stuck else [],
        "values": FREE,
    }  # fmt: skip


@pytest.fixture
def profile() -> Profile:
    """Return profiles of every kind."""
    rows = [dict(zip(NAMES, row, strict=True)) for row in ROWS]
    return Profile(
        "reference", "abc", 1, "10 mg daily", 336.0, 0.95, 1.9207, 1.0, 1.0, FREE,
        [{**row, "partner": None, "partner_slope": None} for row in rows],
        [point(name, *values) for name, curve in CURVES.items() for values in curve],
    )  # fmt: skip


def marked(panel: Any, name: str) -> Any:
    """Return the line of one kind of mark."""
    (line,) = [line for line in panel.lines if line.get_gid() == name]
    return line


def test_there_is_a_panel_a_parameter(profile: Profile) -> None:
    """Named in words with the verdict, units on the axis, logarithmic where it is positive."""
    panels: Any = profile_grid(profile).axes
    titles = [panel.get_title(loc="left").strip() for panel in panels]
    assert titles == ["kill max", "tone, responder", "gain", "IL-6 induction"]
    words = [panel.texts[0].get_text() for panel in panels]
    assert words == ["identified [0.005, 0.02]", "open above (> 1)", "not bracketed", "flat"]
    assert [panel.get_xlabel() for panel in panels] == [
        "Value (per day)", "Value (no unit)", "Value (pg/mL)", "Value (no unit)",
    ]  # fmt: skip
    assert [panel.get_xscale() for panel in panels] == ["log", "log", "linear", "log"]


def test_threshold_best_and_interval_are_marked(profile: Profile) -> None:
    """The dashed line stands at the rise; an open interval reaches to the last point."""
    panels: Any = profile_grid(profile).axes
    for panel, row in zip(panels, profile.rows, strict=True):
        threshold = marked(panel, "threshold")
        assert set(threshold.get_ydata()) == {1.9207}
        assert threshold.get_linestyle() == "--"
        assert marked(panel, "best").get_xdata() == [row["best"]]
    bands = [[p for p in panel.patches if p.get_gid() == "interval"] for panel in panels]
    ends = [(b[0].get_x(), b[0].get_x() + b[0].get_width()) for b in bands if b]
    np.testing.assert_allclose(ends, [(0.005, 0.02), (1.0, 10.0)])


def test_points_at_a_bound_are_hollow_and_high_ones_stay_in_view(profile: Profile) -> None:
    """Filled circles, hollow circles, and triangles at the top edge."""
    panel: Any = profile_grid(profile).axes[0]
    assert marked(panel, "point").get_xdata().tolist() == [0.004, 0.01]
    hollow, above = marked(panel, "at bound"), marked(panel, "at bound, above")
    assert hollow.get_xdata().tolist() == [0.018]
    assert hollow.get_markerfacecolor() == above.get_markerfacecolor() == "white"
    assert (above.get_marker(), above.get_xdata().tolist()) == ("^", [0.05])
    assert above.get_ydata()[0] < panel.get_ylim()[1]


def test_a_failed_fit_has_a_cross_and_no_cost(profile: Profile) -> None:
    """It is no part of the curve, and is in the legend only where there is one."""
    figure: Any = profile_grid(profile)
    panel = figure.axes[2]
    assert marked(panel, "failed").get_xdata().tolist() == [0.9]
    assert marked(panel, "curve").get_xdata().tolist() == [0.0, 0.5]
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    assert "failed fit" in words
    whole = replace(profile, curve=[p for p in profile.curve if p["cost"] is not None])
    words = [text.get_text() for text in profile_grid(whole).legends[0].get_texts()]
    assert "failed fit" not in words


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_any_number_is_drawn_the_same_every_time(profile: Profile, count: int) -> None:
    """No warning of the layout, equal bytes."""
    names = [row["name"] for row in profile.rows][:count]
    few = replace(
        profile, rows=profile.rows[:count], curve=[p for p in profile.curve if p["name"] in names]
    )
    assert len(profile_grid(few).axes) == count
    assert image(profile_grid(few)) == image(profile_grid(few))


def test_nothing_to_draw_is_an_error(profile: Profile) -> None:
    """Not an empty figure."""
    with pytest.raises(InputError, match="nothing to draw"):
        profile_grid(replace(profile, rows=[], curve=[]))
