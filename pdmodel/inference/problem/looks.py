"""The days on which a group of a fit is observed.

Targets of a level or a visit need whole days, visits and the days they name. The highest and the
lowest value of a drug that is given once a day lie within the day, so that targets of these need
rows between, dense after each dose and ever wider apart later.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from pdmodel.arrays import Array
from pdmodel.dosing import Timetable
from pdmodel.dosing.action import moment_after, snap
from pdmodel.engine.schedule.build import make_schedule
from pdmodel.inference.targets.course import VISIT_INTERVAL
from pdmodel.inference.targets.kind import DAILY
from pdmodel.inference.targets.kinds import KINDS
from pdmodel.inference.targets.target import Target
from pdmodel.model import Model

# The first row after an edge stands at this share of the way to the next, at most of a day; then
# by how much the distance from the edge grows from row to row, and how many rows a day it ends at;
# a short window has some rows of its own.
_FIRST = 0.005
_DENSITIES = ((1.7, 3.0), (2.0, 4.0), (4.0, 2.0), (16.0, 1.0))
_MOST_ROWS, _FEWEST_ROWS = 12_000, 28
# A row this near to another that stands anyway, as a share of the distance to its own neighbour,
# would tell nothing more.
_NEAR = 0.25
# More than the last digits that two computed times of one moment differ by.
_APART = 1 + 4e-12


def edge_days(model: Model, regimen: Timetable, days: float) -> Array:
    """Return the days on which something is given, starts, ends or changes, and day 0."""
    edges = make_schedule(model, regimen, days).edges
    return np.unique([0.0, *(edge.time for edge in edges)])


def _ends(rows: Sequence[Target], days: float) -> list[float]:
    return [days if math.isnan(row.day) else row.day for row in rows]


def observation_days(rows: Sequence[Target], days: float, interval: float) -> Array:
    """Return the days at which a group is observed: visits, named days, a fine grid for flare."""
    ends = _ends(rows, days)
    # What looks at the start alone needs a run too, be it short.
    horizon = max(ends) or min(interval / VISIT_INTERVAL, days)
    parts = [np.array([horizon, *ends]), DAILY.days(horizon, interval)]
    parts.append(np.arange(interval, horizon * (1 + 1e-12), interval))
    windows = {(KINDS[row.kind].grid, end) for row, end in zip(rows, ends, strict=True) if end > 0}
    parts += [grid.days(end, interval) for grid, end in windows if grid != DAILY]
    return np.unique(np.concatenate(parts))


def days_within(
    rows: Sequence[Target], days: float, interval: float, edges: Array, others: Array
) -> Array:
    """Return the rows within the days that highest and lowest values need; none without these.

    Parameters
    ----------
    rows, days, interval
        Targets of the group, horizon of those that name no day, days from visit to visit.
    edges
        As of `edge_days`, shape (n_edges,).
    others
        Days on which the group is observed anyway.
    """
    pairs = zip(rows, _ends(rows, days), strict=True)
    ends = [end for row, end in pairs if KINDS[row.kind].within and end > 0]
    if not ends:
        return np.zeros(0)
    end, day = max(ends), interval / VISIT_INTERVAL
    starts = edges[edges < end]
    for growth, per_day in _DENSITIES:
        step = min(day / per_day, end / _FEWEST_ROWS)
        between, room = _ladders(starts, end, growth, step)
        if between.size + 2 * starts.size <= _MOST_ROWS:
            break
    fixed = np.unique(np.concatenate([others, starts, [end]]))
    right = np.clip(np.searchsorted(fixed, between), 1, fixed.size - 1)
    away = np.minimum(np.abs(between - fixed[right - 1]), np.abs(fixed[right] - between))
    after = [snap(max(moment_after(start, end), start * _APART)) for start in starts.tolist()]
    return np.unique(np.concatenate([starts, after, between[away > _NEAR * room], [end]]))


def _ladders(starts: Array, end: float, growth: float, step: float) -> tuple[Array, Array]:
    """Return rows that move away from each start, up to the next, and the distance before each."""
    gaps = np.diff(np.append(starts, end))
    shift = _FIRST * np.minimum(gaps, 4.0 * step)
    last = np.zeros_like(shift)
    days, room = [np.zeros(0)], [np.zeros(0)]
    while (open_ := shift < gaps).any():
        starts, gaps, shift, last = starts[open_], gaps[open_], shift[open_], last[open_]
        days.append(starts + shift)
        room.append(shift - last)
        shift, last = shift + np.minimum((growth - 1) * shift, step), shift
        if len(days) > _MOST_ROWS:
            break
    return np.concatenate(days), np.concatenate(room)
