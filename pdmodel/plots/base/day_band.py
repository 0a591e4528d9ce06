"""A course day by day: what it does within each day, as a mean and a band."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pdmodel.arrays import Array

# Days that are drawn as they run, and rows a day of which means and ranges are made.
_DAYS_APART, _ROWS = 28.0, 4


class Days(NamedTuple):
    """A course day by day: its beginning, the middle of each day, its end; shapes (n_points,)."""

    days: Array
    mean: Array
    low: Array
    high: Array


def days_of(times: Array, values: Array) -> Days | None:
    """Return a course day by day, or nothing where it is short or has few rows a day.

    Parameters
    ----------
    times, values
        Days, rising, and the values then, shapes (n_times,).
    """
    if times.size < 2 or times[-1] - times[0] <= _DAYS_APART:
        return None
    if times.size < _ROWS * (times[-1] - times[0]):
        return None
    return by_day(times, values)


def by_day(times: Array, values: Array) -> Days:
    """Return means and ranges of a course day by day, as `days_of` does, whatever its length."""
    day = np.floor(times + 1e-9 * times[-1]).astype(np.int64)
    begins = np.flatnonzero(np.diff(day, prepend=day[0] - 1))
    ends = np.append(begins[1:], times.size) - 1
    area = np.concatenate([[0.0], np.cumsum(np.diff(times) * (values[1:] + values[:-1]) / 2)])
    until = np.minimum(np.append(begins[1:], times.size - 1), times.size - 1)
    length = times[until] - times[begins]
    whole = length > 0.5 * np.median(length)
    mean = np.divide(area[until] - area[begins], length, out=values[begins].copy(), where=whole)
    middle = (times[until] + times[begins]) / 2
    low, high = np.minimum.reduceat(values, begins), np.maximum.reduceat(values, begins)
    first, last = values[:1], values[ends[-1:]]
    return Days(
        np.concatenate([times[:1], middle[whole], times[-1:]]),
        np.concatenate([first, mean[whole], mean[whole][-1:]]),
        np.concatenate([first, low[whole], np.minimum(low[whole][-1:], last)]),
        np.concatenate([first, high[whole], np.maximum(high[whole][-1:], last)]),
    )
