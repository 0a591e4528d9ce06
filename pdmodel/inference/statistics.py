"""What each kind of target measures on simulated trajectories.

Every kind gives two numbers: the one that is reported and judged, and a smooth one for the fit,
which differs only where the reported one moves in steps (a visit) or may not exist (a flare that
never starts).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from pdmodel.engine.kernels import Array

VISIT_INTERVAL = 28.0


class Course(NamedTuple):
    """One quantity of one group over time: days and values, both of shape (n_times,)."""

    times: Array
    values: Array


class Measured(NamedTuple):
    """The value that is judged (NaN if it does not exist) and the smooth one for the fit."""

    value: float
    smooth: float


class Window(NamedTuple):
    """Where a kind looks: a day or the end of a window, and a threshold if it needs one."""

    day: float
    threshold: float


def _at(course: Course, day: float) -> float:
    return float(np.interp(day, course.times, course.values))


def _until(course: Course, day: float) -> Course:
    inside = course.times <= day + 1e-9
    return Course(course.times[inside], course.values[inside])


def _visits(course: Course, day: float) -> Course:
    times = np.arange(VISIT_INTERVAL, day + 1e-9, VISIT_INTERVAL)
    return Course(times, np.interp(times, course.times, course.values))


def level(courses: list[Course], window: Window) -> Measured:
    """Value at a day."""
    value = _at(courses[0], window.day)
    return Measured(value, value)


def fold_change(courses: list[Course], window: Window) -> Measured:
    """Value at a day over the value before treatment."""
    value = _at(courses[0], window.day) / courses[0].values[0]
    return Measured(value, value)


def ratio(courses: list[Course], window: Window) -> Measured:
    """Value of the first group over that of the second, at a day."""
    value = _at(courses[0], window.day) / _at(courses[1], window.day)
    return Measured(value, value)


def best(courses: list[Course], window: Window) -> Measured:
    """Lowest value at the visits over the value before treatment."""
    value = float(_visits(courses[0], window.day).values.min()) / courses[0].values[0]
    return Measured(value, value)


def time_to_best(courses: list[Course], window: Window) -> Measured:
    """First visit whose value lies within `threshold` of the lowest.

    The smooth twin is the day at which the course between visits gets there, half a visit later.
    """
    visits = _visits(courses[0], window.day)
    goal = (1 + window.threshold) * visits.values.min()
    first = int(np.argmax(visits.values <= goal))
    if first == 0:
        before = (0.0, float(courses[0].values[0]))
    else:
        before = (float(visits.times[first - 1]), float(visits.values[first - 1]))
    crossing = _crossing(before, (float(visits.times[first]), float(visits.values[first])), goal)
    return Measured(float(visits.times[first]), crossing + VISIT_INTERVAL / 2)


def onset(courses: list[Course], window: Window) -> Measured:
    """First day at which the value reaches the threshold; NaN if it never does."""
    course = _until(courses[0], window.day)
    above = np.flatnonzero(course.values >= window.threshold)
    if above.size == 0:
        missing = 1 - course.values.max() / window.threshold
        return Measured(math.nan, window.day * (1 + missing))
    value = _edge(course, int(above[0]), window.threshold, step=-1)
    return Measured(value, value)


def duration(courses: list[Course], window: Window) -> Measured:
    """Days from the first to the last time at or above the threshold; 0 if it is never reached."""
    course = _until(courses[0], window.day)
    above = np.flatnonzero(course.values >= window.threshold)
    if above.size == 0:
        reached = course.values.max() / window.threshold
        return Measured(0.0, max(0.1 * reached, 1e-3))
    start = _edge(course, int(above[0]), window.threshold, step=-1)
    value = _edge(course, int(above[-1]), window.threshold, step=+1) - start
    return Measured(value, max(value, 1e-3))


def peak(courses: list[Course], window: Window) -> Measured:
    """Largest value within the window."""
    value = float(_until(courses[0], window.day).values.max())
    return Measured(value, max(value, 1e-9))


def peak_difference(courses: list[Course], window: Window) -> Measured:
    """Largest value of the first group minus that of the second."""
    first, second = (float(_until(course, window.day).values.max()) for course in courses)
    return Measured(first - second, first - second)


def nadir(courses: list[Course], window: Window) -> Measured:
    """Lowest value within the window."""
    value = float(_until(courses[0], window.day).values.min())
    return Measured(value, max(value, 1e-9))


def _edge(course: Course, index: int, threshold: float, step: int) -> float:
    """Return the day of crossing between a point above the threshold and its neighbour."""
    neighbour = index + step
    inside = (float(course.times[index]), float(course.values[index]))
    if not 0 <= neighbour < course.times.size:
        return inside[0]
    outside = (float(course.times[neighbour]), float(course.values[neighbour]))
    return _crossing(outside, inside, threshold)


def _crossing(outside: tuple[float, float], inside: tuple[float, float], level: float) -> float:
    if outside[1] == inside[1]:
        return inside[0]
    share = (level - outside[1]) / (inside[1] - outside[1])
    return outside[0] + min(max(share, 0.0), 1.0) * (inside[0] - outside[0])


Statistic = Callable[[list[Course], Window], Measured]

KINDS: dict[str, Statistic] = {
    function.__name__: function
    for function in (
        level, fold_change, ratio, best, time_to_best, onset, duration, peak, peak_difference,
        nadir,
    )
}  # fmt: skip

NEEDS_DAY = {"level", "fold_change", "ratio"}
NEEDS_THRESHOLD = {"time_to_best", "onset", "duration"}
TWO_GROUPS = {"ratio", "peak_difference"}
FINE_GRID = {"onset", "duration", "peak", "peak_difference"}
