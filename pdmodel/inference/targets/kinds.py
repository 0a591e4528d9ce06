"""The kinds of targets: what each measures on simulated courses, and all else that is known of it.

A kind is a function with its facts above it, and stands nowhere else: fits, predictions, plots and
the help text ask the `TargetKind` of its name in `KINDS`.

Every kind gives two numbers: the one that is reported and judged, and a smooth one for the fit,
which differs only where the reported one moves in steps (a visit) or may not exist (a flare that
never starts). Where the courses carry slopes, so does the smooth one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pdmodel.errors import require_known
from pdmodel.inference.targets.course import Measured, TimeCourse, Window
from pdmodel.inference.targets.dual_number import Dual
from pdmodel.inference.targets.kind import CLOSE_DAYS, QUARTERS, Measure, TargetKind

KINDS: dict[str, TargetKind] = {}
"""Every kind by its name."""


def find_kind(name: object) -> TargetKind:
    """Return the kind of a name.

    Raises
    ------
    UnknownNameError
        If there is none; names the nearest.
    """
    require_known("kind of target", KINDS, str(name))
    return KINDS[str(name)]


def list_kinds() -> str:
    """Return the names of all kinds by their unit, in words."""
    heads = {"x": "in the observable's unit", "1": "without unit", "day": "in days",
             "x*day": "in the observable's unit times days"}  # fmt: skip
    by_unit = {
        head: [kind.name for kind in KINDS.values() if kind.unit_of("x") == unit]
        for unit, head in heads.items()
    }
    return "; ".join(f"{', '.join(names)} ({head})" for head, names in by_unit.items() if names)


def _kind(**facts: Any) -> Callable[[Measure], Measure]:
    """Enter a measuring function into `KINDS`, with its facts, under its own name."""

    def enter(measure: Measure) -> Measure:
        name: str = measure.__name__
        KINDS[name] = TargetKind(name, measure, **facts)
        return measure

    return enter


@_kind(unit="observable", looks="day", label="at day {day:g}", axis="Value")
def level(courses: Sequence[TimeCourse], window: Window) -> Measured:
    """Value at a day.

    Examples
    --------
    >>> line = TimeCourse(np.array([0.0, 10.0]), np.array([2.0, 6.0]))
    >>> level([line], Window(5.0)).value
    4.0
    """
    return Measured.exactly(courses[0].at(window.day))


@_kind(unit="fold", looks="day", label="fold at day {day:g}", axis="Fold of baseline")
def fold_change(courses: Sequence[TimeCourse], window: Window) -> Measured:
    """Value at a day over the value before treatment.

    Examples
    --------
    >>> line = TimeCourse(np.array([0.0, 10.0]), np.array([2.0, 6.0]))
    >>> thrice = TimeCourse(line.times, 3 * line.values)
    >>> [fold_change([course], Window(10.0)).value for course in (line, thrice)]
    [3.0, 3.0]
    """
    return Measured.exactly(courses[0].at(window.day) / courses[0].point(0))


@_kind(unit="fold", looks="day", label="ratio at day {day:g}", axis="Ratio", groups=2)
def ratio(courses: Sequence[TimeCourse], window: Window) -> Measured:
    """Value of the first group over that of the second, at a day.

    Examples
    --------
    >>> line = TimeCourse(np.array([0.0, 10.0]), np.array([2.0, 6.0]))
    >>> thrice = TimeCourse(line.times, 3 * line.values)
    >>> [ratio([thrice, line], Window(day)).value for day in (0.0, 5.0)]
    [3.0, 3.0]
    """
    return Measured.exactly(courses[0].at(window.day) / courses[1].at(window.day))


@_kind(
    unit="fold", looks="visits", label="best over baseline",
    axis="Lowest at visits, fold of baseline",
)  # fmt: skip
def best(courses: Sequence[TimeCourse], window: Window) -> Measured:
    """Lowest value at the visits over the value before treatment.

    Examples
    --------
    A dip between two visits is not seen.

    >>> dip = TimeCourse(np.array([0.0, 10.0, 20.0, 56.0]), np.array([4.0, 0.1, 4.0, 2.0]))
    >>> best([dip], Window(56.0)).value
    0.5
    """
    return Measured.exactly(courses[0].visits(window).lowest / courses[0].point(0))


@_kind(
    unit="day", looks="visits", label="time to best", axis="Time to best", threshold="margin",
    mark="best response",
)  # fmt: skip
def time_to_best(courses: Sequence[TimeCourse], window: Window) -> Measured:
    """First visit whose value lies within `threshold` of the lowest.

    The smooth twin is the day at which the course between visits gets there, half a visit later.

    Examples
    --------
    >>> fall = TimeCourse(np.array([0.0, 40.0, 84.0]), np.array([9.0, 1.0, 1.0]))
    >>> time_to_best([fall], Window(84.0, threshold=0.1)).value
    56.0
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
    return Measured.with_twin(day, crossing + window.interval / 2)


@_kind(
    unit="day", looks="window", label="onset", axis="Onset", threshold="level", grid=QUARTERS,
    within=True,
)  # fmt: skip
def onset(courses: Sequence[TimeCourse], window: Window) -> Measured:
    """First day at which the value reaches the threshold; NaN if it never does.

    Examples
    --------
    >>> tent = TimeCourse(np.array([0.0, 10.0, 20.0]), np.array([0.0, 10.0, 0.0]))
    >>> onset([tent], Window(20.0, threshold=2.5)).value
    2.5
    """
    course = courses[0].until(window.day)
    above = np.flatnonzero(course.values >= window.threshold)
    if above.size == 0:
        missing = 1 - course.highest / window.threshold
        return Measured.with_twin(math.nan, window.day * (1 + missing))
    return Measured.exactly(_edge(course, int(above[0]), window.threshold, step=-1))


@_kind(
    unit="day", looks="window", label="duration", axis="Duration", threshold="level",
    grid=QUARTERS, within=True, after_onset=True,
)  # fmt: skip
def duration(courses: Sequence[TimeCourse], window: Window) -> Measured:
    """Days from the first to the last time at or above the threshold; 0 if it is never reached.

    Examples
    --------
    >>> tent = TimeCourse(np.array([0.0, 10.0, 20.0]), np.array([0.0, 10.0, 0.0]))
    >>> [duration([tent], Window(20.0, threshold=level)).value for level in (2.5, 11.0)]
    [15.0, 0.0]
    """
    course = courses[0].until(window.day)
    above = np.flatnonzero(course.values >= window.threshold)
    day = window.unit_of_time
    if above.size == 0:
        reached = course.highest / window.threshold
        return Measured.with_twin(0.0, (0.1 * day * reached).at_least(1e-3 * day))
    start = _edge(course, int(above[0]), window.threshold, step=-1)
    days = _edge(course, int(above[-1]), window.threshold, step=+1) - start
    return Measured.with_twin(days.value, days.at_least(1e-3 * day))


@_kind(
    unit="observable", looks="window", label="peak", axis="Peak", grid=QUARTERS, within=True
)  # fmt: skip
def peak(courses: Sequence[TimeCourse], window: Window) -> Measured:
    """Largest value within the window, between the rows too.

    Examples
    --------
    The top of a parabola is hit though no row stands there.

    >>> days = np.linspace(0.0, 10.0, 101)
    >>> round(peak([TimeCourse(days, 9 - (days - 3.14159) ** 2)], Window(10.0)).value, 4)
    9.0
    """
    return Measured.exactly(courses[0].summit(window))


@_kind(
    unit="observable", looks="window", label="difference of peaks", axis="Difference of peaks",
    groups=2, signed=True, grid=QUARTERS, within=True,
)  # fmt: skip
def peak_difference(courses: Sequence[TimeCourse], window: Window) -> Measured:
    """Largest value of the first group minus that of the second.

    Examples
    --------
    >>> tent = TimeCourse(np.array([0.0, 10.0, 20.0]), np.array([0.0, 10.0, 0.0]))
    >>> higher = TimeCourse(tent.times, tent.values + 1.5)
    >>> peak_difference([tent, higher], Window(20.0)).value
    -1.5
    """
    first, second = (course.summit(window) for course in courses)
    return Measured.exactly(first - second)


@_kind(
    unit="observable", looks="window", label="nadir", axis="Nadir", grid=CLOSE_DAYS, within=True
)  # fmt: skip
def nadir(courses: Sequence[TimeCourse], window: Window) -> Measured:
    """Lowest value within the window, between the rows too.

    Examples
    --------
    >>> days = np.linspace(0.0, 10.0, 101)
    >>> bowl = 1 + (days - 3.14159) ** 2
    >>> round(nadir([TimeCourse(days, bowl)], Window(10.0)).value, 4)
    1.0
    """
    return Measured.exactly(courses[0].summit(window, -1.0))


@_kind(
    unit="observable*day", looks="window", label="AUC", axis="AUC", grid=QUARTERS, within=True,
    mark="mean (AUC)",
)  # fmt: skip
def auc(courses: Sequence[TimeCourse], window: Window) -> Measured:
    """Area under the course within the window, between the rows too.

    Examples
    --------
    >>> line = TimeCourse(np.array([0.0, 10.0]), np.array([0.0, 10.0]))
    >>> decay = TimeCourse(days := np.linspace(0.0, 9.0, 91), np.exp(-days))
    >>> [round(auc([course], Window(9.0)).value, 5) for course in (line, decay)]
    [40.5, 0.99988]
    """
    return Measured.exactly(courses[0].area(window))


def _edge(course: TimeCourse, index: int, threshold: float, step: int) -> Dual:
    """Return the day of crossing between a point above the threshold and its neighbour."""
    neighbour = index + step
    inside = (float(course.times[index]), course.point(index))
    if not 0 <= neighbour < course.times.size:
        return inside[1].constant(inside[0])
    outside = (float(course.times[neighbour]), course.point(neighbour))
    return _crossing(outside, inside, inside[1].constant(threshold))


def _crossing(outside: tuple[float, Dual], inside: tuple[float, Dual], goal: Dual) -> Dual:
    """Return the day at which a straight line between two points reaches a goal."""
    if outside[1].value == inside[1].value:
        return goal.constant(inside[0])
    share = ((goal - outside[1]) / (inside[1] - outside[1])).at_least(0.0).at_most(1.0)
    return outside[0] + share * (inside[0] - outside[0])
