"""What is known of a kind of target, as an object that everyone asks."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from pdmodel.arrays import Array
from pdmodel.inference.targets.course import VISIT_INTERVAL, Measured, TimeCourse, Window

# The step of a grid is a share of the visit interval: a day (nadirs too) or a quarter of it where
# visits are 28 days apart. A short window has a share of itself, and no window too many points.
_MOST = 10_000


class Grid(NamedTuple):
    """How densely a window is covered with rows.

    Parameters
    ----------
    widest
        Longest step, days where visits are 28 days apart.
    fewest
        Steps that a short window has.
    early
        Whether the first days, in which drugs have their largest effects, have twice as many.
    """

    widest: float
    fewest: int
    early: bool = False

    def days(self, end: float, interval: float) -> Array:
        """Return the days of the rows before the end of a window.

        Parameters
        ----------
        end, interval
            End of the window, > 0, and days from visit to visit.

        Examples
        --------
        >>> DAILY.days(3.0, 28.0).size, DAILY.days(336.0, 28.0).size
        (28, 336)
        """
        day = interval / VISIT_INTERVAL
        step = max(min(self.widest * day, end / self.fewest), end / _MOST)
        rows = np.arange(0.0, end, step)
        if not self.early:
            return rows
        return np.concatenate([np.arange(0.0, min(3.0 * day, 3.0 * end / 28), 0.5 * step), rows])


DAILY = Grid(1.0, 28)
"""What every group has."""
CLOSE_DAYS = Grid(1.0, 112)
QUARTERS = Grid(0.25, 112, early=True)

Measure = Callable[[Sequence[TimeCourse], Window], Measured]
Unit = Literal["observable", "fold", "day", "observable*day"]


@dataclass(frozen=True)
class TargetKind:
    """What is known of a kind of target.

    Parameters
    ----------
    name
        As it is written in a table of targets.
    measure
        Measures it on the courses of its groups within a window.
    unit
        Of its numbers: that of the observable, a plain number, days, or the observable's by days.
    looks
        At the value on a `day`, at all of the `window` up to a day, or at the `visits` in it.
    label
        Words of a row of the target forest; `{day:g}` stands for the day.
    axis
        Words of an axis of the prediction grid, before the day.
    groups
        How many groups it speaks of; two are written `first/second`.
    threshold
        Whether it needs one: a `level` of the observable, or a `margin` above the lowest value.
    signed
        Whether it may be negative, so that predictions have a linear scale.
    grid
        Rows that a fit needs for it.
    within
        Whether a fit needs rows within the days besides, around each dose.
    after_onset
        Whether its days are counted from the onset of the same group, else from the start.
    mark
        Words of its mark on a response panel; its name if they are empty.
    """

    name: str
    measure: Measure
    unit: Unit
    looks: Literal["day", "window", "visits"]
    label: str
    axis: str
    groups: Literal[1, 2] = 1
    threshold: Literal["", "level", "margin"] = ""
    signed: bool = False
    grid: Grid = DAILY
    within: bool = False
    after_onset: bool = False
    mark: str = ""

    @property
    def relative(self) -> bool:
        """Whether it is a multiple of the group's own value before treatment."""
        return self.unit == "fold" and self.groups == 1

    @property
    def scale(self) -> str:
        """The scale on which a prediction of it is moved, unless it says otherwise."""
        return "linear" if self.signed else "log"

    @property
    def doubles(self) -> bool:
        """Whether twice as much is as far as half as much: neither days nor differences."""
        return self.unit != "day" and not self.signed

    @property
    def divisor(self) -> str:
        """What a value is divided by, in words."""
        return "the second group" if self.groups == 2 else "its start"

    def unit_of(self, observable: str) -> str:
        """Return the unit of its numbers, from that of the observable.

        Examples
        --------
        >>> from pdmodel.inference.targets.kinds import KINDS
        >>> [KINDS[name].unit_of("pg/mL") for name in ("peak", "onset", "fold_change")]
        ['pg/mL', 'day', '1']
        """
        by_days = _times_day(observable)
        units = {"observable": observable, "fold": "1", "day": "day", "observable*day": by_days}
        return units[self.unit]

    def group_words(self, group: str) -> str:
        """Return the groups in words.

        Examples
        --------
        >>> from pdmodel.inference.targets.kinds import KINDS
        >>> KINDS["ratio"].group_words("a/b"), KINDS["peak_difference"].group_words("a/b")
        ('a over b', 'a minus b')
        """
        return group.replace("/", " over " if self.unit == "fold" else " minus ")

    def axis_words(self, day: float) -> str:
        """Return what is measured, and when; NaN stands for the whole run.

        Examples
        --------
        >>> from pdmodel.inference.targets.kinds import KINDS
        >>> KINDS["level"].axis_words(84.0), KINDS["peak"].axis_words(84.0)
        ('Value on day 84', 'Peak until day 84')
        """
        if math.isnan(day):
            return self.axis
        return f"{self.axis} {'on' if self.looks == 'day' else 'until'} day {day:g}"

    def threshold_fault(self, threshold: float) -> str:
        """Return what is wrong with a threshold, NaN for none; empty if it can be used."""
        if not self.threshold and not math.isnan(threshold):
            return f"kind {self.name!r} looks at none, got {threshold:g}"
        if self.threshold and math.isnan(threshold):
            return f"kind {self.name!r} needs a threshold"
        if self.threshold == "margin" and threshold < 0:
            return f"a margin above the lowest value is >= 0, got {threshold:g}"
        if self.threshold == "level" and threshold == 0:
            return f"kind {self.name!r} measures by its threshold, which cannot be 0"
        return ""


def _times_day(unit: str) -> str:
    """Return a unit times days, as it is written in the field.

    Examples
    --------
    >>> [_times_day(unit) for unit in ("pg/mL", "1e9 cells/L", "cm^2", "1", "mg/day", "1/day")]
    ['pg*day/mL', '1e9 cells*day/L', 'cm^2*day', 'day', 'mg', '1']
    """
    if unit.endswith("/day"):
        return unit.removesuffix("/day")
    above, slash, below = unit.partition("/")
    return ("day" if above == "1" else f"{above}*day") + slash + below
