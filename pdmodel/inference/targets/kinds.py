"""What each kind of target measures on simulated trajectories.

Every kind gives two numbers: the one that is reported and judged, and a smooth one for the fit,
which differs only where the reported one moves in steps (a visit) or may not exist (a flare that
never starts). Where the courses carry slopes, so does the smooth one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from pdmodel.arguments import as_number, shown
from pdmodel.arrays import Array
from pdmodel.errors import InputError
from pdmodel.inference.targets.dual_number import Sloped
from pdmodel.inference.targets.summit import summit

VISIT_INTERVAL = 28.0
"""Days from visit to visit, unless a problem says otherwise."""
NOWHERE: Array = np.zeros(0)
"""Edges of a course that has none."""
# Days that were computed in two ways.
_JUST_AFTER = 1 + 1e-12


def check_interval(days: float) -> float:
    """Return days from visit to visit, or refuse what is no number > 0."""
    found = as_number(days)
    if found is None or not (math.isfinite(found) and found > 0):
        raise InputError(f"visit_interval must be a number > 0, got {shown(days)}")
    return found


class Course(NamedTuple):
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
    edges: Array = NOWHERE

    def point(self, index: int) -> Sloped:
        """Return one of its values."""
        slope = np.zeros(0) if self.slopes is None else self.slopes[index]
        return Sloped(float(self.values[index]), slope)

    def on(self, days: Array) -> Course:
        """Return the course on other days, interpolated linearly; held before and after its own."""
        right = np.clip(np.searchsorted(self.times, days), 1, self.times.size - 1)
        start, end = self.times[right - 1], self.times[right]
        share = np.clip((days - start) / (end - start), 0.0, 1.0)

        def mix(rows: Array) -> Array:
            weights = share.reshape(-1, *[1] * (rows.ndim - 1))
            mixed: Array = (1 - weights) * rows[right - 1] + weights * rows[right]
            return mixed

        return Course(days, mix(self.values), None if self.slopes is None else mix(self.slopes))

    def at(self, day: float) -> Sloped:
        """Return the value at a day."""
        return self.on(np.array([day])).point(0)

    def until(self, day: float) -> Course:
        """Return its part up to a day."""
        n = int(np.searchsorted(self.times, day * _JUST_AFTER, side="right"))
        slopes = None if self.slopes is None else self.slopes[:n]
        return Course(self.times[:n], self.values[:n], slopes, self.edges)

    def visits(self, window: Window) -> Course:
        """Return the course on the days of the visits up to the end of a window."""
        return self.on(np.arange(window.interval, window.day * _JUST_AFTER, window.interval))

    def summit(self, window: Window, sign: float = 1.0) -> Sloped:
        """Return its highest value within a window, between the rows too; -1: its lowest."""
        course = self.until(window.day)
        day = window.interval / VISIT_INTERVAL
        rows, weights = summit(course.times, sign * course.values, course.edges, day)
        slope = np.zeros(0) if course.slopes is None else weights @ course.slopes[rows]
        return Sloped(float(weights @ course.values[rows]), slope)

    @property
    def lowest(self) -> Sloped:
        """Its lowest value."""
        return self.point(int(self.values.argmin()))

    @property
    def highest(self) -> Sloped:
        """Its largest value."""
        return self.point(int(self.values.argmax()))


class Measured(NamedTuple):
    """What a kind gives.

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


class Window(NamedTuple):
    """Where a kind looks: a day or the end of a window, a threshold if it needs one, and visits."""

    day: float
    threshold: float
    interval: float = VISIT_INTERVAL


def _alike(number: Sloped) -> Measured:
    """Return what is judged and fitted alike."""
    return Measured(number.value, number.value, number.slope)


def _apart(value: float, smooth: Sloped) -> Measured:
    """Return what is judged as one number and fitted as another."""
    return Measured(value, smooth.value, smooth.slope)


def level(courses: list[Course], window: Window) -> Measured:
    """Value at a day."""
    return _alike(courses[0].at(window.day))


def fold_change(courses: list[Course], window: Window) -> Measured:
    """Value at a day over the value before treatment."""
    return _alike(courses[0].at(window.day) / courses[0].point(0))


def ratio(courses: list[Course], window: Window) -> Measured:
    """Value of the first group over that of the second, at a day."""
    return _alike(courses[0].at(window.day) / courses[1].at(window.day))


def best(courses: list[Course], window: Window) -> Measured:
    """Lowest value at the visits over the value before treatment."""
    return _alike(courses[0].visits(window).lowest / courses[0].point(0))


def time_to_best(courses: list[Course], window: Window) -> Measured:
    """First visit whose value lies within `threshold` of the lowest.

    The smooth twin is the day at which the course between visits gets there, half a visit later.
    """
    visits = courses[0].visits(window)
    lowest = visits.lowest
    goal = (1 + math.copysign(window.threshold, lowest.value)) * lowest  # above it, also below 0
    first = int(np.argmax(visits.values <= goal.value))
    day = float(visits.times[first])
    if first == 0:
        before = (0.0, courses[0].point(0))
    else:
        before = (float(visits.times[first - 1]), visits.point(first - 1))
    crossing = _crossing(before, (day, visits.point(first)), goal)
    return _apart(day, crossing + window.interval / 2)


def onset(courses: list[Course], window: Window) -> Measured:
    """First day at which the value reaches the threshold; NaN if it never does."""
    course = courses[0].until(window.day)
    above = np.flatnonzero(course.values >= window.threshold)
    if above.size == 0:
        missing = 1 - course.highest / window.threshold
        return _apart(math.nan, window.day * (1 + missing))
    return _alike(_edge(course, int(above[0]), window.threshold, step=-1))


def duration(courses: list[Course], window: Window) -> Measured:
    """Days from the first to the last time at or above the threshold; 0 if it is never reached."""
    course = courses[0].until(window.day)
    above = np.flatnonzero(course.values >= window.threshold)
    day = window.interval / VISIT_INTERVAL  # by default; where time has another scale, as long
    if above.size == 0:
        reached = course.highest / window.threshold
        return _apart(0.0, (0.1 * day * reached).at_least(1e-3 * day))
    start = _edge(course, int(above[0]), window.threshold, step=-1)
    days = _edge(course, int(above[-1]), window.threshold, step=+1) - start
    return _apart(days.value, days.at_least(1e-3 * day))


def peak(courses: list[Course], window: Window) -> Measured:
    """Largest value within the window, between the rows too."""
    return _alike(courses[0].summit(window))


def peak_difference(courses: list[Course], window: Window) -> Measured:
    """Largest value of the first group minus that of the second."""
    first, second = (course.summit(window) for course in courses)
    return _alike(first - second)


def nadir(courses: list[Course], window: Window) -> Measured:
    """Lowest value within the window, between the rows too."""
    return _alike(courses[0].summit(window, -1.0))


def _edge(course: Course, index: int, threshold: float, step: int) -> Sloped:
    """Return the day of crossing between a point above the threshold and its neighbour."""
    neighbour = index + step
    inside = (float(course.times[index]), course.point(index))
    if not 0 <= neighbour < course.times.size:
        return inside[1].constant(inside[0])
    outside = (float(course.times[neighbour]), course.point(neighbour))
    return _crossing(outside, inside, inside[1].constant(threshold))


def _crossing(outside: tuple[float, Sloped], inside: tuple[float, Sloped], goal: Sloped) -> Sloped:
    """Return the day at which a straight line between two points reaches a goal."""
    if outside[1].value == inside[1].value:
        return goal.constant(inside[0])
    share = ((goal - outside[1]) / (inside[1] - outside[1])).at_least(0.0).at_most(1.0)
    return outside[0] + share * (inside[0] - outside[0])


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
FINE_GRID = {"onset", "duration", "peak", "peak_difference", "nadir"}
SUMMITS = {"peak", "peak_difference", "nadir"}

# The step of a grid is a share of the visit interval: a day (nadirs too) or a quarter of it where
# visits are 28 days apart. A short window has a share of itself, and no window too many points.
_FEWEST, _FEWEST_FINE, _MOST = 28, 112, 10_000


def grid_of(kind: str, end: float, interval: float) -> Array:
    """Return the days before the end of a window at which a kind looks.

    Its first days, in which drugs have their largest effects, have twice as many.

    Parameters
    ----------
    kind
        Name of the kind; what is not in `FINE_GRID` has the coarse grid of a course.
    end, interval
        End of the window, > 0, and days from visit to visit.

    Examples
    --------
    >>> grid_of("level", 3.0, 28.0).size, grid_of("level", 336.0, 28.0).size
    (28, 336)
    """
    day = interval / VISIT_INTERVAL
    fine = kind in FINE_GRID
    widest = 0.25 * day if fine and kind != "nadir" else day
    fewest = _FEWEST_FINE if fine else _FEWEST
    step = max(min(widest, end / fewest), end / _MOST)
    if not fine or kind == "nadir":
        return np.arange(0.0, end, step)
    first = np.arange(0.0, min(3.0 * day, 3.0 * end / 28), 0.5 * step)
    return np.concatenate([first, np.arange(0.0, end, step)])
