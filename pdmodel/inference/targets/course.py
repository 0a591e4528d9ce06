"""What a fit sees of one quantity over time, and the numbers that are measured on it."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from pdmodel.arguments import as_number, shown
from pdmodel.arrays import Array
from pdmodel.errors import InputError
from pdmodel.inference.targets.area import area_weights
from pdmodel.inference.targets.dual_number import Dual
from pdmodel.inference.targets.summit import summit

VISIT_INTERVAL = 28.0
"""Days from visit to visit, unless a problem says otherwise."""
NO_EDGES: Array = np.zeros(0)
"""Edges of a course that has none."""
# Days that were computed in two ways.
_JUST_AFTER = 1 + 1e-12


def check_interval(days: float) -> float:
    """Return the days from visit to visit as a number.

    Raises
    ------
    InputError
        If they are not a number above 0.
    """
    interval = as_number(days)
    if interval is None or not (math.isfinite(interval) and interval > 0):
        raise InputError(f"visit_interval must be a number > 0, got {shown(days)}")
    return interval


class EvaluationFailure(ArithmeticError):
    """A point at which a model could not be simulated or measured.

    Parameters
    ----------
    where
        The group or the target.
    cause
        Holds the state to replay it, where there is one.
    """

    def __init__(self, where: str, cause: Exception) -> None:
        super().__init__(f"{where}: {cause}")
        self.cause = cause


class Window(NamedTuple):
    """The part of a course that a target measures.

    Parameters
    ----------
    day
        The day of a value, or the last day of the window, which begins with the course.
    threshold
        Level or margin of the kinds that need one.
    interval
        Days from visit to visit.
    """

    day: float
    threshold: float = math.nan
    interval: float = VISIT_INTERVAL

    @property
    def unit_of_time(self) -> float:
        """A day where visits are 28 days apart; as large a share of the interval elsewhere."""
        return self.interval / VISIT_INTERVAL


class TimeCourse(NamedTuple):
    """One quantity of one group over time.

    Parameters
    ----------
    times, values
        Days and values, both of shape (n_times,); at least two.
    slopes
        Derivatives of the values by the free parameters, shape (n_times, n_free), if asked for.
    edges
        Days on which something is given or changes, shape (n_edges,); a row at one is before it.
    """

    times: Array
    values: Array
    slopes: Array | None = None
    edges: Array = NO_EDGES

    def point(self, index: int) -> Dual:
        """Return one of its values."""
        slope = np.zeros(0) if self.slopes is None else self.slopes[index]
        return Dual(float(self.values[index]), slope)

    def on(self, days: Array) -> TimeCourse:
        """Return the course on other days, interpolated linearly; held before and after its own."""
        right = np.clip(np.searchsorted(self.times, days), 1, self.times.size - 1)
        start, end = self.times[right - 1], self.times[right]
        share = np.clip((days - start) / (end - start), 0.0, 1.0)

        def mix(rows: Array) -> Array:
            weights = share.reshape(-1, *[1] * (rows.ndim - 1))
            mixed: Array = (1 - weights) * rows[right - 1] + weights * rows[right]
            return mixed

        return TimeCourse(days, mix(self.values), None if self.slopes is None else mix(self.slopes))

    def at(self, day: float) -> Dual:
        """Return the value at a day, as `on` has it."""
        right = min(max(int(self.times.searchsorted(day)), 1), self.times.size - 1)
        start, end = float(self.times[right - 1]), float(self.times[right])
        share = min(max((day - start) / (end - start), 0.0), 1.0)

        def mix(rows: Array) -> Array:
            mixed: Array = (1 - share) * rows[right - 1] + share * rows[right]
            return mixed

        slope = np.zeros(0) if self.slopes is None else mix(self.slopes)
        return Dual(float(mix(self.values)), slope)

    def until(self, day: float) -> TimeCourse:
        """Return its part up to a day."""
        n = int(np.searchsorted(self.times, day * _JUST_AFTER, side="right"))
        slopes = None if self.slopes is None else self.slopes[:n]
        return TimeCourse(self.times[:n], self.values[:n], slopes, self.edges)

    def visits(self, window: Window) -> TimeCourse:
        """Return the course on the days of the visits up to the end of a window."""
        return self.on(np.arange(window.interval, window.day * _JUST_AFTER, window.interval))

    def summit(self, window: Window, sign: float = 1.0) -> Dual:
        """Return its highest value within a window, between the rows too; -1: its lowest."""
        course = self.until(window.day)
        rows, weights = summit(
            course.times, sign * course.values, course.edges, window.unit_of_time
        )
        slope = np.zeros(0) if course.slopes is None else weights @ course.slopes[rows]
        return Dual(float(weights @ course.values[rows]), slope)

    def area(self, window: Window) -> Dual:
        """Return the area under it within a window, between the rows too."""
        course = self.until(window.day)
        if course.times[-1] < window.day < self.times[-1]:
            course = self.on(np.append(course.times, window.day))
        weights = area_weights(course.times, self.edges, window.unit_of_time)
        slope = np.zeros(0) if course.slopes is None else weights @ course.slopes
        return Dual(float(weights @ course.values), slope)

    @property
    def lowest(self) -> Dual:
        """Its lowest value."""
        return self.point(int(self.values.argmin()))

    @property
    def highest(self) -> Dual:
        """Its largest value."""
        return self.point(int(self.values.argmax()))


class Measured(NamedTuple):
    """What a kind of target measures.

    Parameters
    ----------
    value
        The value that is judged; NaN if it does not exist.
    smooth
        The smooth one for the fit.
    slope
        Derivatives of the smooth one by the free parameters, shape (n_free,).
    """

    value: float
    smooth: float
    slope: Array

    @classmethod
    def exactly(cls, number: Dual) -> Measured:
        """Return a measured number that is judged and fitted alike."""
        return cls(number.value, number.value, number.slope)

    @classmethod
    def with_twin(cls, value: float, smooth: Dual) -> Measured:
        """Return a number that is judged, with the smooth one that a fit follows instead."""
        return cls(value, smooth.value, smooth.slope)
