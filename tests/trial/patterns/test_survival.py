"""Kaplan and Meier, against what can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from pdmodel.errors import InputError
from pdmodel.trial import kaplan_meier


def test_a_curve_worked_out_by_hand() -> None:
    """Six patients: events at 6, 6, 13 and 21, last seen at 10 and 22."""
    found = kaplan_meier([6, 6, 10, 13, 21, 22], [True, True, False, True, True, False])
    assert found["day"].tolist() == [0, 6, 10, 13, 21, 22]
    assert found["at_risk"].tolist() == [6, 6, 4, 3, 2, 1]
    expected = [1, 4 / 6, 4 / 6, 4 / 6 * 2 / 3, 4 / 6 * 2 / 3 / 2, 4 / 6 * 2 / 3 / 2]
    assert found["survival"].tolist() == pytest.approx(expected)
    assert (found["low"] <= found["survival"]).all()
    assert (found["high"] >= found["survival"]).all()


def test_without_censoring_it_is_the_share() -> None:
    """And the band narrows with the root of the number."""
    random = np.random.default_rng(1)
    widths = []
    for count in (100, 400):
        days = random.exponential(100, count)
        found = kaplan_meier(days, np.ones(count, dtype=bool)).set_index("day")
        assert found["survival"].iloc[count // 2] == pytest.approx(0.5)
        widths.append((found["high"] - found["low"]).iloc[count // 2])
    assert widths[0] / widths[1] == pytest.approx(2, rel=0.1)


def test_edges() -> None:
    """Nothing happened, all had it at once, nobody was there."""
    quiet = kaplan_meier([5, 9], [False, False])
    assert quiet["survival"].tolist() == [1, 1, 1]
    sudden = kaplan_meier([3, 3], [True, True])
    assert sudden[["survival", "low", "high"]].iloc[-1].tolist() == [0, 0, 0]
    assert kaplan_meier([0, 4], [False, True])["day"].tolist() == [0, 4]
    assert len(kaplan_meier([], [])) == 1
    with pytest.raises(InputError, match="of 1 of 2 patients no day is known"):
        kaplan_meier([3, np.nan], [True, False])


def test_what_is_no_course_of_patients_is_refused() -> None:
    """NaN counted as yes, and lists of two lengths ended in an error of SciPy's."""
    with pytest.raises(InputError, match="happened is yes or no of each patient"):
        kaplan_meier([3, 4], [1, np.nan])
    with pytest.raises(InputError, match="in two lists of the same length"):
        kaplan_meier([3, 4], [True])
    with pytest.raises(InputError, match="days are counted from the start, got -1"):
        kaplan_meier([3, -1], [True, False])
    with pytest.raises(InputError, match=r"level must be a number in \(0, 1\], got 90"):
        kaplan_meier([3, 4], [True, False], 90)
