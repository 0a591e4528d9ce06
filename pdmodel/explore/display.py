"""Curves as a plot shows them: a few hundred points, and a band where there is more between."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from pdmodel.arrays import Array, Integers

MOST_POINTS = 448
"""Points of a curve across the page; a run of fewer rows is drawn whole."""
_FLAT = 0.01
_DIGITS = 6
_LEAST, _MOST = 1e-14, 1e14
_POWERS = np.array([float(f"1e{n}") for n in range(_DIGITS + 15)])
"""Whole powers of ten, all of them exact: so a quotient of a whole number is the nearest one."""


class DisplayRows(NamedTuple):
    """Which rows of a run are drawn.

    Parameters
    ----------
    days
        Their days, shape (n_points,).
    points
        Their places, shape (n_points,).
    begins
        Where the period before each point begins among all rows, shape (n_points,).
    """

    days: Array
    points: Integers
    begins: Integers


def display_rows(times: Array, days: float) -> DisplayRows:
    """Choose rows, evenly over the days and the last of each period; all of a run that is short.

    Parameters
    ----------
    times
        Rows of the run, ascending, shape (n_times,).
    days
        What is drawn ends here.
    """
    count = int(np.searchsorted(times, days, side="right"))
    if count <= MOST_POINTS:
        every = np.arange(count)
        return DisplayRows(times[:count], every, every)
    step = max(days / MOST_POINTS, min(1.0, days / 28))
    marks = np.append(np.arange(0.0, days, step), days)
    points = np.unique(np.clip(np.searchsorted(times, marks, side="right") - 1, 0, count - 1))
    begins = np.append(0, points[:-1])
    return DisplayRows(times[points], points, begins)


class Shown(NamedTuple):
    """One curve: its points, and the lowest and highest value of the period before each.

    Parameters
    ----------
    values, low, high
        Shape (n_points,); `low` and `high` are None where the curve hardly moves within periods.
    """

    values: Array
    low: Array | None = None
    high: Array | None = None

    @classmethod
    def of(cls, rows: DisplayRows, course: Array) -> Shown:
        """Thin a course, shape (n_times,)."""
        values = course[rows.points]
        if rows.points.size < 2 or rows.points[-1] < rows.points.size:
            return cls(values)
        begins = np.minimum(rows.begins, rows.points)
        whole = course[: int(rows.points[-1]) + 1]
        low = np.minimum(np.minimum.reduceat(whole, begins), values)
        high = np.maximum(np.maximum.reduceat(whole, begins), values)
        size = float(np.max(high) - np.min(low))
        # What moves fast for a moment only is shown by the points themselves.
        if size <= 0 or float(np.median(high - low)) <= _FLAT * size:
            return cls(values)
        return cls(values, low, high)

    def plain(self) -> dict[str, Any]:
        """Return it as plain data."""
        data = {"values": plain(self.values)}
        if self.low is not None and self.high is not None:
            data |= {"low": plain(self.low), "high": plain(self.high)}
        return data


def plain(values: Array) -> list[float | None]:
    """Return numbers as JSON holds them, to six digits; None where there is none."""
    numbers = np.asarray(values, dtype=float)
    size = np.abs(numbers)
    if not np.all((size == 0) | ((size > _LEAST) & (size < _MOST))):  # rare, and one by one
        return [plain_number(value) for value in numbers.tolist()]
    digits = _DIGITS - 1 - np.floor(np.log10(np.where(size == 0, 1.0, size))).astype(int)
    up, down = _POWERS[np.maximum(digits, 0)], _POWERS[np.maximum(-digits, 0)]
    rounded: list[float | None] = (np.round(numbers * up / down) * down / up).tolist()
    return rounded


def plain_days(days: Array) -> list[float]:
    """Return times as JSON holds them, to a hundredth of a second.

    Six digits of a day in the hundreds are minutes: what moves within them would stand beside its
    time.
    """
    rounded: list[float] = np.round(days, 7).tolist()
    return rounded


def plain_number(value: float) -> float | None:
    """Return a number to six digits, or None where it is not finite."""
    return float(f"{value:.6g}") if math.isfinite(value) else None
