"""The highest value of a course between its rows: the top of a curve through the rows around it.

Rows stand ever wider apart after a dose, so the curve is a polynomial of the logarithm of the time
since then. It never reaches across an edge, where a value or a slope may jump.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pdmodel.arrays import Array, Integers

# Rows that a curve goes through, at most.
_NODES = 6
# The time, over that to the next edge and at most a day, that is added before the logarithm.
_SHIFT = 0.005
# Rows nearer to each other than this share of the distance around the highest are no two nodes.
_CLOSE = 0.2
# A difference so many times as large as those on both its sides is a jump, through which no smooth
# curve goes.
_JUMP = 4.0
# The top of a curve is at most this share of the largest difference beside the highest row above.
_MOST_ABOVE = 0.5


class Summit(NamedTuple):
    """The highest value as a weighted sum of some rows, which its slopes are too.

    Parameters
    ----------
    rows, weights
        Places of the rows, and what each counts, shapes (n,); the weights add up to 1.
    """

    rows: Integers
    weights: Array


def summit(times: Array, values: Array, edges: Array, day: float) -> Summit:
    """Return the highest value between the rows.

    Parameters
    ----------
    times, values
        Rows of a course, shape (n_times,).
    edges
        Days on which something may jump, shape (n_edges,); a row that stands at one is before it.
    day
        The longest time in which a curve bends after an edge: one day, in the unit of `times`.
    """
    top = int(np.argmax(values))
    alone = Summit(np.array([top]), np.ones(1))
    inside, start, end = _stretch(times, edges, top)
    if inside.size < 3 or not np.isfinite(values[inside]).all():
        return alone
    scale = np.log(times[inside] - start + _SHIFT * min(day, end - start))
    chosen = _spread(scale, int(np.searchsorted(inside, top)))
    at = int(np.searchsorted(inside[chosen], top))
    if chosen.size < 3 or _jumps(values[inside[chosen]], at):
        return alone
    nodes = _around(values[inside[chosen]], at)
    chosen, at = chosen[nodes], at - int(nodes[0])
    return _top(inside[chosen], scale[chosen], values[inside[chosen]], at) or alone


def _stretch(times: Array, edges: Array, row: int) -> tuple[Integers, float, float]:
    """Return the rows that no edge parts from a row, and where their stretch begins and ends."""
    after = int(np.searchsorted(edges, times[row]))
    start = float(edges[after - 1]) if after else -np.inf
    end = float(edges[after]) if after < edges.size else np.inf
    inside = np.flatnonzero((times > start) & (times <= end))
    return inside, max(start, float(times[0])), min(end, float(times[-1]))


def _spread(scale: Array, top: int) -> Integers:
    """Return the highest row and rows around it that are not crowded, as many as may be needed."""
    beside = np.diff(scale[max(top - 1, 0) : top + 2])
    least = _CLOSE * float(beside.max())
    chosen = [top]
    for step, limit in ((-1, -1), (1, scale.size)):
        last, count = top, 0
        for other in range(top + step, limit, step):
            if abs(scale[other] - scale[last]) >= least:
                chosen.append(other)
                last, count = other, count + 1
            if count == _NODES - 1:
                break
    return np.array(sorted(chosen), dtype=np.int64)


def _jumps(values: Array, at: int) -> bool:
    """Whether a value beside the highest is the other side of a jump."""
    drops = np.abs(np.diff(values))
    if not 0 < at < values.size - 1:
        return False
    left, right = drops[at - 1], drops[at]
    beyond_left = drops[at - 2] if at > 1 else np.inf
    beyond_right = drops[at + 1] if at + 1 < drops.size else np.inf
    return bool(left > _JUMP * (beyond_left + right) or right > _JUMP * (beyond_right + left))


def _around(values: Array, at: int) -> Integers:
    """Return the nodes of the curve: around the highest, more of them on the higher side."""
    inner = 0 < at < values.size - 1
    rising = inner and values[at + 1] >= values[at - 1]
    first = at - _NODES // 2 + (1 if rising else 0)
    first = max(0, min(first, values.size - _NODES))
    return np.arange(first, min(first + _NODES, values.size))


def _top(nodes: Integers, x: Array, values: Array, at: int) -> Summit | None:
    """Return the top of the polynomial through the nodes, beside the highest; None without one."""
    x = (x - x[at]) / (x[-1] - x[0])
    powers = np.vander(x)
    height = values - values[at]
    if not height.any():
        return None
    curve = np.linalg.solve(powers, height)
    flat = np.roots(np.polyder(curve / np.abs(curve).max()))
    real = flat.real[np.abs(flat.imag) < 1e-9]
    near = real[(real >= x[max(at - 1, 0)]) & (real <= x[min(at + 1, x.size - 1)])]
    if not near.size:
        return None
    best = near[np.argmax(np.polyval(curve, near))]
    # Where the curve rises further than it falls to the next row, it is not that of the course.
    beside = float(np.abs(height[max(at - 1, 0) : at + 2]).max())
    if not 0 < np.polyval(curve, best) <= _MOST_ABOVE * beside:
        return None
    weights = np.linalg.solve(powers.T, best ** np.arange(x.size - 1.0, -1.0, -1.0))
    return Summit(nodes, weights)
