"""The rows that a run with doses has when no times are asked for: days, both sides, and between.

A drug that is given once a day comes and goes within the day, so that whole days alone would show
its troughs only. The rows are denser after an edge than later, and fewer where a run is long.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pdmodel.arguments import number
from pdmodel.arrays import Array, Integers
from pdmodel.engine.schedule.edges import RunSchedule
from pdmodel.errors import InputError

# Rows a day, and by how much the distance from an edge grows from row to row, dense ones first.
_DENSITIES = ((8.0, 1.6), (4.0, 2.0), (2.0, 4.0), (1.0, 16.0))
_MOST_ROWS = 8_000
_FEWEST_ROWS = 100
_MOST_DAYS = 100_000
_FIRST = 0.01


class Rows(NamedTuple):
    """Rows of a run.

    Parameters
    ----------
    grid
        Days as the caller sees them, shape (n_times,), no two alike: the value on the other side
        of an edge stands `instant(days)` beside it.
    times, after
        Days, and whether each is taken after the edge at its time, shapes (n_times,).
    """

    grid: Array
    times: Array
    after: Integers


def instant(days: float) -> float:
    """Return by how much the rows on both sides of an edge differ: the least that a run can."""
    return float(np.spacing(float(days)))


def decimals_of(days: float) -> int:
    """Return to how many decimals the days of a run are written: more than any two rows need."""
    return 12 - int(np.floor(np.log10(days)))


def default_rows(schedule: RunSchedule, at_dose: str = "before") -> Rows:
    """Return rows that show what is given, and the curve between.

    Parameters
    ----------
    schedule
        Its edges get a row on either side.
    at_dose
        Whether the row that stands exactly at an edge is that `before` it, and that after it
        follows an instant later, or the one `after` it, and that before it comes an instant
        earlier.
    """
    days = schedule.horizon
    edges = np.unique([edge.time for edge in schedule.edges])
    inside = _inside(edges, days)
    late = at_dose == "after"
    before = np.unique([*inside, 0.0, days])
    times = np.concatenate([before, edges])
    after = np.concatenate([np.zeros(before.size, np.int64), np.ones(edges.size, np.int64)])
    kept = ~((times == 0) & (after == 0) & late & bool(edges.size and edges[0] == 0))
    order = np.lexsort((after[kept], times[kept]))
    times, after = times[kept][order], after[kept][order]
    beside = np.isin(times, edges) & (after == (0 if late else 1))
    grid = times + np.where(beside, -1.0 if late else 1.0, 0.0) * instant(days)
    return Rows(grid, times, after)


def whole_days(days: float) -> Array:
    """Return every day and the end; of more than can be looked at, every tenth, hundredth ..."""
    step = 10.0 ** max(0.0, np.ceil(np.log10(days / _MOST_DAYS)))
    return np.unique(np.append(np.arange(0.0, float(days), step), float(days)))


def rows_every(days: float, step: float) -> Array:
    """Return rows at even distances, and the end.

    Parameters
    ----------
    days
        Length of the run.
    step
        Days from row to row; of a whole number of rows a day, each day begins with one.

    Raises
    ------
    InputError
        If the step is no time, or so short that nobody can look at the rows.
    """
    step = number(step, "the time from row to row", above=0, error=InputError)
    if days / step > _MOST_DAYS:
        raise InputError(f"rows every {step:g} days are more than {_MOST_DAYS} in {days:g} days")
    count = np.arange(np.ceil(days / step - 1e-9))
    per_day = round(1.0 / step)
    even = count / per_day if per_day and abs(per_day * step - 1.0) < 1e-9 else count * step
    return np.append(even, float(days))


def _inside(edges: Array, days: float) -> Array:
    """Return edges, whole days, and rows between them, as many as a run of this length bears."""
    daily = whole_days(days)
    for per_day, growth in _DENSITIES:
        rows = _between(edges, days, per_day, growth)
        if rows.size + 2 * edges.size <= _MOST_ROWS:
            break
    marks = np.unique(np.concatenate([daily, edges]))
    near = np.searchsorted(marks, rows)
    left, right = marks[np.maximum(near - 1, 0)], marks[np.minimum(near, marks.size - 1)]
    apart = np.minimum(np.abs(rows - left), np.abs(right - rows))
    return np.concatenate([marks, rows[apart > 1e-3 * _FIRST * _step(days, per_day)]])


def _between(edges: Array, days: float, per_day: float, growth: float) -> Array:
    """Return rows at even distances, and after each edge rows that move away from it."""
    step = _step(days, per_day)
    even = step * np.arange(1, min(np.ceil(days / step), _MOST_ROWS))
    gaps = np.diff(np.append(edges, days))
    first = np.minimum(_FIRST * gaps, 0.1 * step)
    parts = [even]
    shift = first.copy()
    while shift.size and (open_ := (shift < gaps) & (shift * (growth - 1) < step)).any():
        parts.append((edges + shift)[open_])
        shift = shift * growth
    return np.unique(np.concatenate(parts))


def _step(days: float, per_day: float) -> float:
    return min(1.0 / per_day, days / _FEWEST_ROWS)
