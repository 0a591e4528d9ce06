"""Each kind measures what its name says, on courses whose answers are known."""

import math
from pathlib import Path

import numpy as np
import pytest

from pdmodel.inference.targets.course import TimeCourse, Window
from pdmodel.inference.targets.kinds import KINDS

DAYS = np.arange(0.0, 337.0)


def measure(kind, *values, day=336.0, threshold=math.nan, times=DAYS):
    """Measure a kind on given values."""
    courses = [TimeCourse(times, np.asarray(v, dtype=float)) for v in values]
    return KINDS[kind].measure(courses, Window(day, threshold))


def test_level_and_fold_change_interpolate_between_days():
    """A line from 2 to 338: its value at day 7.5 and its fold over the start."""
    assert measure("level", DAYS + 2, day=7.5).value == pytest.approx(9.5)
    assert measure("fold_change", DAYS + 2, day=7.5).value == pytest.approx(4.75)


def test_ratio_and_peak_difference_take_the_first_group_first():
    """The order of `a/b` is the order of the operation."""
    assert measure("ratio", DAYS + 4, DAYS + 2, day=0).value == 2
    assert measure("peak_difference", DAYS * 0 + 3, DAYS * 0 + 5).value == -2


def test_best_looks_at_visits_only():
    """A dip between two visits is not seen; one at a visit is."""
    between, at_visit = np.ones(337), np.ones(337)
    between[40], at_visit[56] = 0.1, 0.25
    assert measure("best", between).value == 1
    assert measure("best", at_visit).value == 0.25


def test_time_to_best_is_the_first_visit_within_the_margin():
    """An exponential fall to a plateau of 1: within 10 % once exp(-t/50)*9 <= 0.1."""
    course = 1 + 9 * np.exp(-DAYS / 50)
    lowest = course[336]
    expected = next(d for d in range(28, 337, 28) if course[d] <= 1.1 * lowest)
    measured = measure("time_to_best", course, threshold=0.1)
    assert measured.value == expected
    assert expected - 14 <= measured.smooth <= expected + 14


def test_time_to_best_moves_smoothly_where_the_visit_jumps():
    """A small change of the course moves the smooth twin a little and never by a whole visit."""
    rates = np.linspace(40, 60, 81)
    found = [measure("time_to_best", 1 + 9 * np.exp(-DAYS / r), threshold=0.1) for r in rates]
    assert len({m.value for m in found}) > 1
    assert np.abs(np.diff([m.smooth for m in found])).max() < 10


def test_onset_and_duration_interpolate_the_crossings():
    """A triangle that rises at slope 1 from day 0 to 10 and falls back at day 20."""
    triangle = np.interp(DAYS, [0, 10, 20, 336], [0, 10, 0, 0])
    assert measure("onset", triangle, threshold=2.5).value == pytest.approx(2.5)
    assert measure("duration", triangle, threshold=2.5).value == pytest.approx(15)


def test_a_flare_that_never_comes_has_no_onset_but_a_slope_to_follow():
    """The reported onset is NaN, the duration 0; the smooth twins fall as the peak nears."""
    onsets = [measure("onset", DAYS * 0 + top, threshold=1, day=42) for top in (0.2, 0.5, 0.9)]
    assert all(math.isnan(m.value) for m in onsets)
    assert onsets[0].smooth > onsets[1].smooth > onsets[2].smooth > 42
    assert measure("duration", DAYS * 0 + 0.5, threshold=1, day=42).value == 0


def test_peak_and_nadir_stay_within_their_window():
    """What happens after the window does not count."""
    course = DAYS.copy()
    assert measure("peak", course, day=42).value == 42
    assert measure("nadir", 400 - course, day=42).value == 358


def test_the_page_of_targets_lists_every_kind_with_its_unit():
    """docs/targets.md is what a user reads of them."""
    page = (Path(__file__).parents[3] / "docs" / "targets.md").read_text()
    cells = [[cell.strip() for cell in line.split("|")] for line in page.splitlines()]
    units = {row[1].strip("`"): row[3] for row in cells if len(row) == 6 and row[1][:1] == "`"}
    assert units == {name: kind.unit.replace("fold", "1") for name, kind in KINDS.items()}
