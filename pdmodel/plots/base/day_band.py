"""A course day by day: what it does within each day, as a mean and a band."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pdmodel.arrays import Array, Flags

# Days that are drawn as they run, and rows a day of which means and ranges are made.
_DAYS_APART, _ROWS = 28.0, 4
_SHORT = 14.0  # days of a run that is drawn as it goes within them
# Days that are taken together where means go up and down between doses that are days apart.
_SPANS = (1, 2, 3, 4, 7)
_TURNS, _NEGLIGIBLE = 0.5, 1e-3  # share of means at which a course turns; of the whole range


class Days(NamedTuple):
    """A course day by day: its beginning, the middle of each day, its end; shapes (n_points,).

    `span` is how many days were taken together.
    """

    days: Array
    mean: Array
    low: Array
    high: Array
    span: int = 1


def days_of(times: Array, values: Array) -> Days | None:
    """Return a course day by day, or nothing where it is short or has few rows a day.

    Where doses are a few days apart, so many days are taken together that the means do not go up
    and down with every dose: a line of so many corners could not be read.

    Parameters
    ----------
    times, values
        Days, rising, and the values then, shapes (n_times,).
    """
    if times.size < 2 or times[-1] - times[0] <= _DAYS_APART:
        return None
    if times.size < _ROWS * (times[-1] - times[0]):
        return None
    spans = (by_day(times, values, span) for span in _SPANS)
    fine = next(spans)
    return next((days for days in (fine, *spans) if not _turns(days, np.ptp(values))), fine)


def _turns(days: Days, whole: float) -> bool:
    """Whether the means go up and down from one to the next."""
    steps = np.diff(days.mean[1:-1])
    steps = steps[np.abs(steps) > _NEGLIGIBLE * whole]
    return steps.size > 1 and float(np.mean(steps[1:] * steps[:-1] < 0)) > _TURNS


def drawn_times(times: Array, days: float, *, fine: bool) -> Flags:
    """Choose whole days (values before the dose), or all times: a change would look like a corner.

    A short run has all times too; one of few days would be a line with corners.

    Parameters
    ----------
    times
        Of a course, shape (n_times,).
    days
        Last day that is drawn.
    fine
        Whether a longer run, too, has all times.
    """
    inside = times <= days
    if fine or days <= _SHORT:
        return inside
    # A day is the day of the calendar here, and times are rounded to 1e-9 of it.
    return inside & (np.abs(times - np.round(times)) < 1e-9)


def by_day(times: Array, values: Array, span: int = 1) -> Days:
    """Return means and ranges of a course day by day, as `days_of` does, whatever its length."""
    day = np.floor((times + 1e-9 * times[-1]) / span).astype(np.int64)
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
        span,
    )
