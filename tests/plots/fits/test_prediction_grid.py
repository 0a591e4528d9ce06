"""The grid of predictions says what was predicted, when, in which unit, and how far it goes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pdmodel.errors import InputError
from pdmodel.inference import PredictionProfile
from pdmodel.inference.profile.record import PREDICTION_COLUMNS
from pdmodel.plots import image, prediction_grid

ROWS: tuple[dict[str, Any], ...] = (
    {"name": "a", "group": "nonresponder", "observable": "il6", "kind": "fold_change", "day": 84.0,
     "unit": "1", "best": 5.0, "low": 1.7, "high": 8.5, "verdict": "determined",
     "words": "determined [1.7, 8.5]"},
    {"name": "b", "group": "responder/nonresponder", "observable": "tnf", "kind": "peak_difference",
     "day": None, "unit": "pg/mL", "scale": "linear", "best": 0.5, "low": -1.0,
     "verdict": "open above", "words": "open above (> -1, reached 3)"},
    {"name": "c", "group": "node_7cm", "observable": "node_swelling", "kind": "duration",
     "day": 42.0, "unit": "day", "best": 5.0, "verdict": "fixed", "words": "fixed: nothing"},
)  # fmt: skip
CURVES = {
    "a": ((1.5, 2.5, ""), (5.0, 0.0, ""), (8.0, 1.5, "gain"), (12.0, 60.0, "")),
    "b": ((-1.1, 2.5, ""), (0.5, 0.0, ""), (3.0, 0.5, ""), (4.0, None, "")),
    "c": ((5.0, 0.0, ""),),
}


def point(name: str, value: float, rise: float | None, stuck: str) -> dict[str, Any]:
    """Return a row of the curve."""
    return {
        "name": name, "direction": "up", "value": value, "rise": rise,
        "cost": None if rise is None else 1 + rise, "message": "", "nfev": 1, "njev": 1,
        "status": "failed" if rise is None else "converged", "at_bound": [stuck] if stuck else [],
        "values": {"gain": 1.0},
    }  # fmt: skip


@pytest.fixture
def profile() -> PredictionProfile:
    """Return profiles of every kind."""
    empty: dict[str, Any] = dict.fromkeys(PREDICTION_COLUMNS)
    empty |= {"scale": "log", "stuck_below": [], "stuck_above": []}
    return PredictionProfile(
        "reference", "abc", 1, "10 mg daily", 336.0, 0.95, 1.9207, 1.0, 1.0, {"gain": 1.0},
        [{**empty, **row} for row in ROWS],
        [point(name, *values) for name, curve in CURVES.items() for values in curve],
    )  # fmt: skip


def test_panels_say_what_is_predicted(profile: PredictionProfile) -> None:
    """Whose, what, when and in which unit; the scale is that of the steps."""
    panels: Any = prediction_grid(profile).axes
    titles = [panel.get_title(loc="left").strip() for panel in panels]
    assert titles == [
        "IL-6, nonresponder", "TNF-α, responder minus nonresponder", "Node swelling, node 7 cm",
    ]  # fmt: skip
    assert [panel.get_xlabel() for panel in panels] == [
        "Fold of baseline on day 84", "Difference of peaks (pg/mL)", "Duration until day 42 (day)",
    ]  # fmt: skip
    assert [panel.get_xscale() for panel in panels] == ["log", "linear", "log"]
    assert [panel.texts[0].get_text() for panel in panels] == [row["words"] for row in ROWS]


def test_intervals_are_shaded_and_what_is_fixed_is_not(profile: PredictionProfile) -> None:
    """To the last point that has a cost where one is open."""
    panels: Any = prediction_grid(profile).axes
    bands = [[p for p in panel.patches if p.get_gid() == "interval"] for panel in panels]
    ends = [[(b.get_x(), b.get_x() + b.get_width()) for b in band] for band in bands]
    assert ends == [[(1.7, 8.5)], [(-1.0, 3.0)], []]


def test_the_legend_speaks_of_all_parameters(profile: PredictionProfile) -> None:
    """None is held."""
    figure: Any = prediction_grid(profile)
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    assert words[:2] == ["all fitted again", "a parameter at a bound"]
    assert image(prediction_grid(profile)) == image(prediction_grid(profile))


def test_nothing_to_draw_is_an_error(profile: PredictionProfile) -> None:
    """Not an empty figure."""
    with pytest.raises(InputError, match="nothing to draw"):
        prediction_grid(replace(profile, rows=[], curve=[]))
