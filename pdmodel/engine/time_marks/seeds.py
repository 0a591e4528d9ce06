"""Times at which a course of time may do something: zeros, turning points, whole numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pdmodel.arrays import Array, Integers
from pdmodel.engine.time_marks.panels import TooMany

Course = Callable[[Array], Array]
"""Values at times, both of shape (n,)."""

_SAMPLES = 0.5 - 0.5 * np.cos(np.pi * np.arange(13) / 12)
_INSIDE = 1e-12
_HALVINGS = 64
_LARGEST = 1e300
_GOLDEN = 0.6180339887498949


def polynomial_seeds(coefficients: Array) -> Array:
    """Return zeros (the real part of complex ones) and turning points of a polynomial.

    Parameters
    ----------
    coefficients
        The highest power first.
    """
    zeros = [
        _zeros(coefficients),
        _zeros(np.asarray(np.polyder(coefficients), dtype=float)),
    ]
    return np.concatenate(zeros)


def _zeros(coefficients: Array) -> Array:
    if not np.isfinite(coefficients).all():
        return np.zeros(0)
    kept = np.trim_zeros(coefficients, "f")
    if kept.size == 2:
        return np.array([-kept[1] / kept[0]])
    zeros = np.roots(kept) if kept.size > 2 else np.zeros(0)
    real: Array = np.unique(np.asarray(zeros.real, dtype=float))
    return real


class Samples:
    """A course on the panels between times, looked at inside each.

    Parameters
    ----------
    course
        The course of time to be searched.
    ends
        Increasing times; the course may jump at them.
    most
        How many times may be found.
    """

    def __init__(self, course: Course, ends: Array, most: int) -> None:
        self.course, self.most = course, most
        inside = _INSIDE + (1 - 2 * _INSIDE) * _SAMPLES
        left, right = ends[:-1, np.newaxis], ends[1:, np.newaxis]
        self.times = left + (right - left) * inside
        values = course(self.times.reshape(-1)).reshape(self.times.shape)
        self.values = np.clip(values, -_LARGEST, _LARGEST)

    def zeros(self) -> Array:
        """Return where the course changes its sign, within panels or from one to the next."""
        times, signs = self.times.reshape(-1), np.sign(self.values.reshape(-1))
        changes = np.flatnonzero(signs[:-1] * signs[1:] < 0)
        # Where the course stays at zero, only the ends of that count.
        beside = np.pad(signs, 1, mode="edge")
        at_end = (signs == 0) & ((beside[:-2] != 0) | (beside[2:] != 0))
        passed = self._halved(times[changes], times[changes + 1], self.course)
        return np.concatenate([passed, times[at_end]])

    def turns(self) -> Array:
        """Return where it has a maximum or minimum inside a panel."""
        v = self.values
        rise = np.sign(np.diff(v, axis=1))
        rows, columns = np.nonzero(rise[:, :-1] * rise[:, 1:] < 0)
        sign = rise[rows, columns]
        low, high = self.times[rows, columns], self.times[rows, columns + 2]
        for _ in range(_HALVINGS):
            reach = _GOLDEN * (high - low)
            first, second = high - reach, low + reach
            earlier = sign * self.course(first) > sign * self.course(second)
            low, high = np.where(earlier, low, first), np.where(earlier, second, high)
        result: Array = 0.5 * (low + high)
        return result

    def turns_at_end(self) -> Integers:
        """Return which ends of panels, but the first and the last, are maxima or minima."""
        before = self.values[:-1, -1] - self.values[:-1, -2]
        after = self.values[1:, 1] - self.values[1:, 0]
        turns: Integers = np.flatnonzero(before * after < 0) + 1
        return turns

    def whole(self) -> Array:
        """Return where it passes whole numbers."""
        times, steps = self.times.reshape(-1), np.nan_to_num(np.floor(self.values.reshape(-1)))
        changes = np.flatnonzero(np.diff(steps))
        if np.abs(np.diff(steps)).sum() > self.most:
            raise TooMany
        brackets = [
            (times[parameter], times[parameter + 1], number)
            for parameter in changes
            for number in np.arange(*sorted((steps[parameter] + 1, steps[parameter + 1] + 1)))
        ]
        if not brackets:
            return np.zeros(0)
        low, high, numbers = np.array(brackets).T
        return self._halved(low, high, lambda at: self.course(at) - numbers)

    def _halved(self, low: Array, high: Array, course: Course) -> Array:
        """Return the zero in each bracket."""
        if low.size > self.most:
            raise TooMany
        sign = np.sign(course(low)) if low.size else low
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            before = np.sign(course(middle)) == sign if low.size else low == low
            low, high = np.where(before, middle, low), np.where(before, high, middle)
        result: Array = 0.5 * (low + high)
        return result
