"""The axis of time: days as they are, or read in hours, weeks or months; data stay in days."""

from __future__ import annotations

import math
from typing import NamedTuple

from matplotlib.axes import Axes

from pdmodel.engine.run_summary import TIME_UNITS, days_of_unit

_MOST_TICKS = 7
_HOURLY = 2.0  # days up to which a run is read in hours, unless somebody says otherwise


class TimeUnit(NamedTuple):
    """A unit in which time is read.

    Parameters
    ----------
    name, days
        What it is called, and how long it is.
    steps
        Steps of ticks that are read easily, in this unit.
    """

    name: str
    days: float
    steps: tuple[int, ...]


_STEPS = {
    "hour": (1, 2, 3, 4, 6, 12, 24, 48, 72, 168, 336),
    "day": (1, 2, 7, 14, 28, 56, 84, 168, 364, 728),
    "week": (1, 2, 4, 8, 12, 26, 52, 104),
    "month": (1, 2, 3, 6, 12, 24, 60),
}
UNITS = {name: TimeUnit(name, days, _STEPS[name]) for name, days in TIME_UNITS.items()}
"""By name."""


def unit_of_time(days: float, name: str | None = None) -> TimeUnit:
    """Return the unit in which a run is read: the one that is asked for, hours if it is short.

    Parameters
    ----------
    days
        Length of the axis.
    name
        `hour`, `day`, `week` or `month`; hours up to 2 days and days beyond by default.

    Raises
    ------
    UnknownNameError
        If the unit is none of these.

    Examples
    --------
    >>> unit_of_time(2).name, unit_of_time(84).name, unit_of_time(84, "week").name
    ('hour', 'day', 'week')
    """
    if name is None:
        return UNITS["hour" if 0 < days <= _HOURLY else "day"]
    days_of_unit(name)
    return UNITS[name]


def time_ticks(days: float, unit: TimeUnit) -> list[float]:
    """Return ticks in whole units, or in cycles of several; of a short axis, in parts of one.

    Parameters
    ----------
    days
        Length of the axis.
    unit
        In which they are read.

    Returns
    -------
    list of float
        In that unit, from 0.

    Examples
    --------
    >>> time_ticks(336, UNITS["day"])
    [0.0, 56.0, 112.0, 168.0, 224.0, 280.0, 336.0]
    >>> time_ticks(336, UNITS["week"]), time_ticks(2, UNITS["hour"])
    ([0.0, 8.0, 16.0, 24.0, 32.0, 40.0, 48.0], [0.0, 12.0, 24.0, 36.0, 48.0])
    >>> time_ticks(0.01, UNITS["day"])
    [0.0, 0.002, 0.004, 0.006, 0.008, 0.01]
    """
    length = days / unit.days
    if 0 < length < 2:
        size = math.floor(math.log10(length)) - 1
        part = next(n for n in (1, 2, 5, 10, 20, 50) if length / (n * 10.0**size) < _MOST_TICKS)
        return [
            float(f"{n * part}e{size}") for n in range(int(length / (part * 10.0**size) + 1e-9) + 1)
        ]
    fitting = [step for step in unit.steps if length / step < _MOST_TICKS]
    last = unit.steps[-1]
    step = fitting[0] if fitting else last * math.ceil(length / last / _MOST_TICKS)
    return [float(n * step) for n in range(math.floor(length / step + 1e-9) + 1)]


def day_ticks(days: float) -> list[float]:
    """Return ticks in whole days, weeks or cycles of 28 days; of a short axis, in parts of a day.

    Examples
    --------
    >>> day_ticks(84)
    [0.0, 14.0, 28.0, 42.0, 56.0, 70.0, 84.0]
    """
    return time_ticks(days, UNITS["day"])


def set_time_ticks(ax: Axes, days: float, unit: TimeUnit, first: float = 0.0) -> None:
    """Set the ticks of an axis that is in days, written in another unit.

    Parameters
    ----------
    ax
        With days on the x axis.
    days, first
        The last day and the first one.
    unit
        In which they are read.
    """
    ticks = [tick for tick in time_ticks(days, unit) if tick * unit.days >= first]
    if unit.name == "day":
        ax.set_xticks(ticks)
    else:
        ax.set_xticks([tick * unit.days for tick in ticks], [f"{tick:g}" for tick in ticks])


def name_time(ax: Axes, days: float, name: str | None = None, *, whole: bool = False) -> None:
    """Say below an axis that is in days in which unit it is read, and set its ticks.

    Parameters
    ----------
    ax
        With days on the x axis.
    days
        Its last one.
    name
        As for `unit_of_time`.
    whole
        Whether days, too, get ticks at whole ones, weeks or cycles.
    """
    unit = unit_of_time(days, name)
    if whole or unit.name != "day":
        set_time_ticks(ax, days, unit)
    ax.set_xlabel(time_label(unit))


def time_label(unit: TimeUnit) -> str:
    """Return what stands below an axis of time.

    Examples
    --------
    >>> time_label(UNITS["hour"])
    'Time on treatment (hours)'
    """
    return f"Time on treatment ({unit.name}s)"
