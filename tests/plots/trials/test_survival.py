"""Curves of the time to an event are the steps of their tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from pdmodel.errors import InputError
from pdmodel.plots import image
from pdmodel.plots.trials.survival import at_risk, censored, kaplan_meier
from tests.plots.trials.test_patients import axes_of, words_of

# Ten patients: two progress at 28, one leaves at 56, one progresses at 84, six are seen to the end.
CURVE = pd.DataFrame(
    {
        "day": [0.0, 28, 56, 84, 112],
        "survival": [1.0, 0.8, 0.8, 0.8 * 6 / 7, 0.8 * 6 / 7],
        "low": [1.0, 0.5, 0.5, 0.4, 0.4],
        "high": [1.0, 0.9, 0.9, 0.85, 0.85],
        "at_risk": [10, 10, 8, 7, 6],
    }
)


def named(ax: Any, gid: str) -> Any:
    """Return the line of a name."""
    return next(line for line in ax.lines if line.get_gid() == gid)


def test_steps_are_the_survival_in_percent() -> None:
    """From each day on, with the band around."""
    figure = kaplan_meier({"phase2": CURVE}, label="Free of progression")
    ax, _ = axes_of(figure)
    line = named(ax, "phase2")
    assert line.get_drawstyle() == "steps-post"
    np.testing.assert_allclose(line.get_ydata(), 100 * CURVE["survival"])
    np.testing.assert_array_equal(line.get_xdata(), CURVE["day"])
    (band,) = [area for area in ax.collections if area.get_gid() == "band phase2"]
    heights = band.get_paths()[0].vertices[:, 1]
    assert (heights.min(), heights.max()) == pytest.approx((40, 100))
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("Free of progression (%)",
                                                  "Time on treatment (days)")  # fmt: skip
    assert words_of(figure) == ["phase2: 69 % (40–85) at day 112"]


def test_numbers_at_risk_stand_under_the_ticks() -> None:
    """Just before the day of the tick, a row a curve."""
    later = CURVE.assign(at_risk=CURVE["at_risk"] - 5)
    ax, below = axes_of(kaplan_meier({"a": CURVE, "b_c": later}))
    for name, table in (("a", CURVE), ("b_c", later)):
        written = [t for t in below.texts if t.get_gid() == f"at risk {name}"]
        assert [t.get_position()[0] for t in written] == list(ax.get_xticks())
        days = [t.get_position()[0] for t in written]
        assert [t.get_text() for t in written] == [str(at_risk(table, day)) for day in days]
    assert [t.get_text() for t in below.get_yticklabels()] == ["a", "b c"]
    assert [at_risk(CURVE, day) for day in (0, 14, 28, 29, 113)] == [10, 10, 10, 8, 0]


def test_curves_differ_in_colour_and_dashes() -> None:
    """On a grey printer too."""
    ax, _ = axes_of(kaplan_meier({name: CURVE for name in "abc"}))
    lines = [named(ax, name) for name in "abc"]
    assert len({line.get_color() for line in lines}) == 3
    patterns = {str(line._unscaled_dash_pattern) for line in lines}
    assert len(patterns) == 3


def test_ticks_are_patients_last_seen() -> None:
    """Not those to whom it happened."""
    assert censored(CURVE).tolist() == [False, False, True, False, True]
    ax, _ = axes_of(kaplan_meier({"a": CURVE}))
    assert list(named(ax, "censored a").get_xdata()) == [56, 112]


def test_edges_are_drawn() -> None:
    """All at once, nobody ever, nobody there."""
    everyone = pd.DataFrame(
        {
            "day": [0.0, 7],
            "survival": [1.0, 0],
            "low": [1.0, 0],
            "high": [1.0, 0],
            "at_risk": [3, 3],
        }
    )
    only = CURVE.iloc[:1]
    assert censored(everyone).tolist() == [False, False]
    for curves in (
        {"a": everyone},
        {"a": only},
        {"a": CURVE.iloc[:0]},
        {"a": CURVE, "b": everyone},
    ):
        assert image(kaplan_meier(curves))


def test_nonsense_is_refused() -> None:
    """No curve, and a table that lacks a column."""
    with pytest.raises(InputError, match="no curve"):
        kaplan_meier({})
    with pytest.raises(InputError, match=r"curve 'a': 'at_risk'"):
        kaplan_meier({"a": CURVE.drop(columns="at_risk")})
