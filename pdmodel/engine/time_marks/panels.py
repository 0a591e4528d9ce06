"""Courses of time cut into panels, in each of which no step can miss anything.

On a panel a course is close to the polynomial through nine of its points (Chebyshev's, so that the
ends are among them). Where it is not the panel is halved; where two make one that is close they are
joined. Whatever happens far away from every end is not found: so the first ends are to be where
something may happen.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pdmodel.arrays import Array, Flags, Integers

Courses = Callable[[Array], Array]
"""Values at times of shape (n,): (n_courses, n)."""

_POINTS = 16
_CLOSE = 0.01
"""How far from the polynomial a course may be, in shares of what it covers on the panel."""
_NOTHING = 1e-10
"""What counts as no change, beside the largest value of the course in the run."""
_ROUNDING, _NOISY = 2.0**-52, 20.0
_DEEPEST = 60
_INSIDE = 1e-12
"""How far inside a panel its end points lie, in shares of it: a course may jump at the end."""


class TooMany(ArithmeticError):
    """More panels than a run can have."""


def _grid() -> tuple[Array, Array]:
    """Return Chebyshev's 17 points on [0, 1], and the polynomial through 9 at the other 8."""
    angles = np.pi * np.arange(_POINTS + 1) / _POINTS
    points = 0.5 - 0.5 * np.cos(angles)
    corners, asked = points[::2], points[1::2]
    weights = np.where(np.arange(corners.size) % 2, -1.0, 1.0)
    weights[[0, -1]] *= 0.5
    matrix = weights / (asked[:, np.newaxis] - corners)
    return points, matrix / matrix.sum(axis=1, keepdims=True)


_X, _THROUGH = _grid()


class Panels:
    """Panels of a run.

    Parameters
    ----------
    courses
        What is to be seen.
    ends
        Increasing times at which something may happen; the first and the last are those of the run.
    fixed
        Which of them must stay, because a course jumps or bends there.
    most
        How many panels there may be.
    """

    def __init__(self, courses: Courses, ends: Array, fixed: Integers, most: int) -> None:
        self.courses, self.most = courses, most
        self.left, self.right = ends[:-1], ends[1:]
        self.least = _INSIDE * (ends[-1] - ends[0])
        self.fixed = ends[fixed != 0]
        self.sizes = np.zeros(0)

    def ends(self) -> Array:
        """Return the times at which steps must end, the first and the last time left out."""
        self._halve()
        self._join()
        return self.left[1:]

    def _look(self, left: Array, right: Array) -> tuple[Array, Array, Flags]:
        """Return lowest and highest value of each course on panels, and whether they are close."""
        inside = _INSIDE + (1 - 2 * _INSIDE) * _X
        times = left[:, np.newaxis] + (right - left)[:, np.newaxis] * inside
        values = self.courses(times.reshape(-1)).reshape(-1, left.size, _POINTS + 1)
        values = np.where(np.isfinite(values), values, 0.0)
        if self.sizes.size != values.shape[0]:
            self.sizes = np.zeros(values.shape[0])
        self.sizes = np.maximum(self.sizes, np.abs(values).max(axis=(1, 2), initial=0.0))
        low, high = values.min(axis=2), values.max(axis=2)
        off = np.abs(values[:, :, 1::2] - values[:, :, ::2] @ _THROUGH.T).max(axis=2)
        close = off <= self._allowed(low, high)
        if not close.all():
            # What changes from one number to the next is rounding, and no panel is close to that.
            with np.errstate(all="ignore"):
                beside = self.courses((times * (1 + 4 * _ROUNDING)).reshape(-1))
            noise = np.abs(beside.reshape(values.shape) - values)
            noise = np.where(np.isfinite(noise), noise, 0.0).max(axis=2)
            close = off <= self._allowed(low, high) + _NOISY * noise
        return low, high, close.all(axis=0)

    def _allowed(self, low: Array, high: Array) -> Array:
        allowed: Array = _CLOSE * (high - low) + _NOTHING * self.sizes[:, np.newaxis]
        return allowed

    def _halve(self) -> None:
        """Halve what is not close; remember what was seen on each panel."""
        left, right, done = self.left, self.right, []
        for _ in range(_DEEPEST):
            low, high, close = self._look(left, right)
            close = close | (right - left <= self.least)
            done.append((left[close], right[close], low[:, close], high[:, close]))
            left, right = left[~close], right[~close]
            if not left.size:
                break
            if 2 * left.size + sum(part[0].size for part in done) > self.most:
                raise TooMany
            middle = 0.5 * (left + right)
            left, right = np.concatenate([left, middle]), np.concatenate([middle, right])
        self.left = np.concatenate([part[0] for part in done])
        self.right = np.concatenate([part[1] for part in done])
        order = np.argsort(self.left)
        self.left, self.right = self.left[order], self.right[order]
        self.low = np.concatenate([part[2] for part in done], axis=1)[:, order]
        self.high = np.concatenate([part[3] for part in done], axis=1)[:, order]

    def _join(self) -> None:
        """Join neighbours that make a panel on which nothing is missed that was seen on either."""
        idle, first = 0, 0
        while idle < 2 and self.left.size > 1:
            idle = 0 if self._join_pairs(first) else idle + 1
            first = 1 - first

    def _join_pairs(self, first: int) -> bool:
        pairs = np.arange(first, self.left.size - 1, 2)
        pairs = pairs[~np.isin(self.right[pairs], self.fixed)]
        if not pairs.size:
            return False
        low, high, close = self._look(self.left[pairs], self.right[pairs + 1])
        lowest = np.minimum(self.low[:, pairs], self.low[:, pairs + 1])
        highest = np.maximum(self.high[:, pairs], self.high[:, pairs + 1])
        allowed = self._allowed(low, high)
        close = close & ((low <= lowest + allowed) & (high >= highest - allowed)).all(axis=0)
        pairs, lowest, highest = pairs[close], lowest[:, close], highest[:, close]
        if not pairs.size:
            return False
        self.right[pairs] = self.right[pairs + 1]
        self.low[:, pairs], self.high[:, pairs] = lowest, highest
        self.left = np.delete(self.left, pairs + 1)
        self.right = np.delete(self.right, pairs + 1)
        self.low = np.delete(self.low, pairs + 1, axis=1)
        self.high = np.delete(self.high, pairs + 1, axis=1)
        return True
