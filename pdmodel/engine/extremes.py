"""The lowest and the highest value of a quantity, between the rows of a run too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from pdmodel.arrays import Array, Integers
from pdmodel.engine.runs.outcome import RawRun
from pdmodel.engine.runs.request import Request
from pdmodel.engine.schedule.default_grid import default_rows

# Rows that are put between two neighbours of a peak, and how many peaks are looked at.
_BETWEEN, _PEAKS = 16, 3


class Extreme(NamedTuple):
    """A value and the day on which it is reached."""

    value: float
    day: float


def note_extremes(
    result: xr.Dataset, request: Request, first: RawRun, run: Callable[[Request], Any]
) -> None:
    """Write the extremes of every quantity of a run into its attributes.

    Parameters
    ----------
    result
        What is labelled.
    request, first
        What was asked, and what came out.
    run
        Runs the same again and returns what it gives at other times.
    """
    if result.attrs["rows"] != "default" or not first.schedule.edges:
        request = _asked(request, *default_rows(first.schedule)[1:])
        request = request.around({event.time for event in first.outcome.events})
        first = run(request)
    places = np.array([*_near_peaks(first.columns, request.times)])
    inner = np.setdiff1d(places, request.times)
    finer = run(_asked(request, inner, np.zeros(inner.size, np.int64))) if inner.size else None
    times = np.concatenate([request.times, inner])
    order = np.argsort(times, kind="stable")
    for name in request.names:
        values = first.columns[name]
        if finer is not None:
            values = np.concatenate([values, finer.columns[name]])
        for sign, word in ((-1.0, "lowest"), (1.0, "highest")):
            extreme = _vertex(times[order], sign * values[order])
            result[name].attrs[word] = sign * extreme.value
            result[name].attrs[f"{word}_day"] = extreme.day


def _asked(request: Request, times: Array, after: Integers) -> Request:
    return replace(request, grid=times, times=times, after=after)


def _near_peaks(columns: Mapping[str, Array], times: Array) -> Iterator[float]:
    """Yield times between the rows around the highest peaks and the lowest valleys."""
    shares = np.arange(1, _BETWEEN) / _BETWEEN
    for values in columns.values():
        for signed in (values, -values):
            for row in _peaks(signed):
                for left in (row - 1, row):
                    if 0 <= left < times.size - 1:
                        yield from times[left] + shares * (times[left + 1] - times[left])


def _peaks(values: Array) -> Integers:
    """Return the places of the highest values that no neighbour exceeds."""
    heights = np.where(np.isnan(values), -np.inf, values)
    beyond = np.concatenate([[-np.inf], heights, [-np.inf]])
    tops = np.flatnonzero((heights >= beyond[:-2]) & (heights >= beyond[2:]) & (heights > -np.inf))
    order = np.argsort(-heights[tops], kind="stable")
    return tops[order][:_PEAKS].astype(np.int64)


def _vertex(times: Array, values: Array) -> Extreme:
    """Return the highest value, or the top of the parabola through it and its neighbours."""
    heights = np.where(np.isnan(values), -np.inf, values)
    row = int(np.argmax(heights))
    best = Extreme(float(values[row]), float(times[row]))
    if not 0 < row < times.size - 1:
        return best
    (t0, t1, t2), (y0, y1, y2) = times[row - 1 : row + 2], heights[row - 1 : row + 2]
    apart = 4 * float(np.spacing(abs(t2)))  # rows on both sides of an event are nearer
    if not (t1 - t0 > apart and t2 - t1 > apart and np.isfinite([y0, y2]).all()):
        return best
    rise, fall = (y1 - y0) / (t1 - t0), (y2 - y1) / (t2 - t1)
    bend = (fall - rise) / (t2 - t0)
    if not bend < 0:
        return best
    shift = (t1 - t0) / 2 - rise / (2 * bend)
    if not 0 < shift < t2 - t0:
        return best
    top = y0 + rise * shift + bend * shift * (shift - (t1 - t0))
    return Extreme(float(top), float(t0 + shift)) if top > y1 else best
