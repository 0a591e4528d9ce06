"""A course between its rows."""

from __future__ import annotations

import numpy as np
import pytest

from pdmodel.inference.targets.course import TimeCourse

TIMES = np.array([0.0, 0.5, 0.7, 3.0, 10.0])


@pytest.mark.parametrize("sloped", [False, True])
@pytest.mark.parametrize("day", [-1.0, 0.0, 0.1, 0.5, 0.6, 2.9, 3.0, 10.0, 11.0])
def test_one_day_is_a_day_of_many(day: float, sloped: bool) -> None:
    """To the bit, before the first row and after the last one too; and so are its slopes."""
    random = np.random.default_rng(3)
    slopes = random.normal(size=(TIMES.size, 2)) if sloped else None
    course = TimeCourse(TIMES, random.normal(size=TIMES.size), slopes)
    one, many = course.at(day), course.on(np.array([0.2, day, 5.0])).point(1)
    assert one.value == many.value
    np.testing.assert_array_equal(one.slope, many.slope)
