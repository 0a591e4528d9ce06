"""The area under a course between its rows, as a weighted sum of the rows.

As in `summit`, the course between the rows is a polynomial through the rows around, which never
reaches across an edge: of time, or where rows stand ever wider apart, of the logarithm of the time
since the edge. The weights follow from the days alone, so that they give the slopes of the area
from those of the rows.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from pdmodel.arrays import Array, Flags, Integers

# Rows that a polynomial goes through, at most.
_NODES = 6
# The time, over that to the next edge and at most a day, that is added before the logarithm.
_SHIFT = 0.005
# A stretch whose rows are apart by distances that differ by more than this factor is graded.
_GRADED = 3.0
# Two rows that are nearer than this share of the distances around, or than this share of a day, are
# nearly one: a polynomial through both would multiply their errors.
_CLOSE, _SAME = 0.2, 1e-9
# Points and weights on (-1, 1): a cubic times an exponential, to the last digits.
_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(8)


def area_weights(times: Array, edges: Array, day: float) -> Array:
    """Return what each row counts in the area under a course.

    Parameters
    ----------
    times
        Rows of a course, shape (n_times,), increasing.
    edges
        Days on which something may jump, shape (n_edges,); a row that stands at one is before it.
    day
        The longest time in which a curve bends after an edge: one day, in the unit of `times`.

    Returns
    -------
    numpy.ndarray
        Weights, shape (n_times,); they add up to the length of the course.

    Examples
    --------
    Whatever the rows, a constant has its area.

    >>> weights = area_weights(np.array([0.0, 0.3, 1.0, 2.0, 4.0]), np.array([0.0, 1.0]), 1.0)
    >>> round(float(weights.sum()), 12)
    4.0
    """
    return _weights(times.tobytes(), edges.tobytes(), day)


@lru_cache(maxsize=32)
def _weights(time_bytes: bytes, edge_bytes: bytes, day: float) -> Array:
    """Return the weights of `area_weights`; a fit asks for the same ones at every point."""
    times, edges = np.frombuffer(time_bytes), np.frombuffer(edge_bytes)
    stretch = np.searchsorted(edges, times)
    kept = np.flatnonzero(np.append(True, (np.diff(times) > _SAME * day) | (np.diff(stretch) > 0)))
    x = _log_time(times[kept], edges, stretch[kept], day)
    distinct = _distinct(x, stretch[kept])
    kept, x = kept[distinct], x[distinct]
    days, stretch = times[kept], stretch[kept]
    lengths, same = np.diff(days), stretch[:-1] == stretch[1:]
    first = np.searchsorted(stretch, stretch)
    count = np.searchsorted(stretch, stretch, side="right") - first
    across = 0.5 * np.where(same, 0.0, lengths)  # one row before an edge, one after
    weights = np.append(across, 0.0) + np.append(0.0, across)
    graded = _graded(lengths, same, first)
    for nodes in range(2, _NODES + 1):
        here = np.flatnonzero(same & (np.minimum(count[:-1], _NODES) == nodes))
        begin = np.clip(here + 1 - nodes // 2, first[here], first[here] + count[here] - nodes)
        rows = begin[:, None] + np.arange(nodes)
        parts = np.where(
            graded[here][:, None],
            _integrals(x[rows], x[here], x[here + 1], np.exp),
            _integrals(days[rows], days[here], days[here + 1], np.ones_like),
        )
        parts *= (lengths[here] / parts.sum(axis=1))[:, None]
        weights += np.bincount(rows.ravel(), parts.ravel(), minlength=weights.size)
    every = np.zeros(times.size)
    every[kept] = weights
    every.flags.writeable = False
    return every


def _log_time(times: Array, edges: Array, stretch: Integers, day: float) -> Array:
    """Return the logarithm of the time since the edge before each row, shape (n_times,)."""
    bounds = np.clip(np.concatenate([times[:1], edges, times[-1:]]), times[0], times[-1])
    start, end = bounds[stretch], bounds[stretch + 1]
    bend = _SHIFT * np.where(end > start, np.minimum(day, end - start), day)
    first = np.searchsorted(stretch, stretch)
    step = np.append(np.diff(times), 0.0)[first]  # where rows are far apart, they decide
    logarithm: Array = np.log(times - start + np.maximum(bend, step))
    return logarithm


def _graded(lengths: Array, same: Flags, first: Integers) -> Flags:
    """Return which intervals lie in a stretch whose rows stand ever wider apart."""
    starts = np.unique(first)
    shortest = np.minimum.reduceat(np.append(np.where(same, lengths, np.inf), np.inf), starts)
    longest = np.maximum.reduceat(np.append(np.where(same, lengths, 0.0), 0.0), starts)
    graded: Flags = (longest > _GRADED * shortest)[np.searchsorted(starts, first[:-1])]
    return graded


def _distinct(x: Array, stretch: Integers) -> Integers:
    """Return the places of the rows that are not nearly others of the same stretch."""
    gaps = np.where(np.diff(stretch) > 0, np.inf, np.diff(x))
    wide = np.concatenate([[np.inf], gaps, [np.inf]])
    around = np.minimum(wide[:-2], wide[2:])
    close = np.isfinite(around) & (gaps < _CLOSE * around)
    # The later of two goes, but not the last of a stretch, where the course is wanted.
    last = np.isinf(wide[2:])
    gone = np.append(False, close & ~last) | np.append(close & last, False)
    return np.flatnonzero(~gone)


def _integrals(nodes: Array, start: Array, end: Array, density: Callable[[Array], Array]) -> Array:
    """Return the integrals of the polynomials that are 1 at a node and 0 at the others.

    Parameters
    ----------
    nodes
        Nodes of each interval, on the axis of the polynomials, shape (n, n_nodes).
    start, end
        Of the intervals, shape (n,).
    density
        Days for a unit of the axis.
    """
    half = 0.5 * (end - start)[:, None]
    points = 0.5 * (start + end)[:, None] + half * _POINTS
    weights = half * _WEIGHTS * density(points)
    integrals = np.empty(nodes.shape)
    for k in range(nodes.shape[1]):
        basis = np.ones(points.shape)
        for other in range(nodes.shape[1]):
            if other != k:
                gap = (nodes[:, k] - nodes[:, other])[:, None]
                basis = basis * (points - nodes[:, other, None]) / gap
        integrals[:, k] = (weights * basis).sum(axis=1)
    return integrals
