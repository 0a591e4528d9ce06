"""The highest value of a course between its rows: the top of a curve through the rows around it.

Rows stand ever wider apart after a dose, so the curve is a polynomial of the logarithm of the time
since then. It never reaches across an edge, where a value or a slope may jump.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
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
# A root whose imaginary part is smaller is real.
_REAL = 1e-9


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
    first, last, start, end = _stretch(times, edges, top)
    inside = values[first:last]
    if last - first < 3 or not np.isfinite(inside).all():
        return alone
    scale = np.log(times[first:last] - start + _SHIFT * min(day, end - start))
    chosen = _spread(scale.tolist(), top - first)
    at = chosen.index(top - first)
    if len(chosen) < 3 or _jumps(inside[chosen], at):
        return alone
    nodes = _around(inside[chosen], at)
    rows = np.array(chosen[nodes.start : nodes.stop])
    return _top(first + rows, scale[rows], inside[rows], at - nodes.start) or alone


def _stretch(times: Array, edges: Array, row: int) -> tuple[int, int, float, float]:
    """Return the rows that no edge parts from a row, from and to, and where the stretch is."""
    after = int(edges.searchsorted(times[row]))
    start = float(edges[after - 1]) if after else -np.inf
    end = float(edges[after]) if after < edges.size else np.inf
    first, last = times.searchsorted([start, end], side="right").tolist()
    return first, last, max(start, float(times[0])), min(end, float(times[-1]))


def _spread(scale: Sequence[float], top: int) -> list[int]:
    """Return the highest row and rows around it that are not crowded, as many as may be needed."""
    beside = scale[max(top - 1, 0) : top + 2]
    least = _CLOSE * max(after - before for before, after in pairwise(beside))
    chosen = [top]
    for step, limit in ((-1, -1), (1, len(scale))):
        last, count = top, 0
        for other in range(top + step, limit, step):
            if abs(scale[other] - scale[last]) >= least:
                chosen.append(other)
                last, count = other, count + 1
            if count == _NODES - 1:
                break
    return sorted(chosen)


def _jumps(values: Array, at: int) -> bool:
    """Whether a value beside the highest is the other side of a jump."""
    drops = np.abs(np.diff(values))
    if not 0 < at < values.size - 1:
        return False
    left, right = drops[at - 1], drops[at]
    beyond_left = drops[at - 2] if at > 1 else np.inf
    beyond_right = drops[at + 1] if at + 1 < drops.size else np.inf
    return bool(left > _JUMP * (beyond_left + right) or right > _JUMP * (beyond_right + left))


def _around(values: Array, at: int) -> range:
    """Return the nodes of the curve: around the highest, more of them on the higher side."""
    inner = 0 < at < values.size - 1
    rising = inner and values[at + 1] >= values[at - 1]
    first = at - _NODES // 2 + (1 if rising else 0)
    first = max(0, min(first, values.size - _NODES))
    return range(first, min(first + _NODES, values.size))


def _top(nodes: Integers, x: Array, values: Array, at: int) -> Summit | None:
    """Return the top of the polynomial through the nodes, beside the highest; None without one."""
    x = (x - x[at]) / (x[-1] - x[0])
    exponents = np.arange(x.size - 1, -1, -1)
    height = values - values[at]
    if not height.any():
        return None
    # Each row makes the coefficient of one power of what it is multiplied by, the heights.
    inverse = np.linalg.inv(x[:, None] ** exponents)
    curve = inverse @ height
    left, right = x[max(at - 1, 0)], x[min(at + 1, x.size - 1)]
    near = [root for root in _flat(curve, exponents) if left <= root <= right]
    if not near:
        return None
    above, best = max((float(root**exponents @ curve), root) for root in near)
    # Where the curve rises further than it falls to the next row, it is not that of the course.
    beside = float(np.abs(height[max(at - 1, 0) : at + 2]).max())
    if not 0 < above <= _MOST_ABOVE * beside:
        return None
    return Summit(nodes, best**exponents @ inverse)


def _flat(curve: Array, exponents: Integers) -> list[float]:
    """Return where a polynomial neither rises nor falls: eigenvalues of a companion matrix."""
    slope = curve[:-1] * exponents[:-1]
    leading = slope.nonzero()[0]
    if not leading.size or leading[0] == slope.size - 1:
        return []
    slope = slope[leading[0] :]
    companion = np.eye(slope.size - 1, k=-1)
    with np.errstate(over="ignore"):
        companion[0] = -slope[1:] / slope[0]
    if not np.isfinite(companion[0]).all():
        return []
    roots = np.linalg.eigvals(companion)
    return [float(root.real) for root in roots.tolist() if abs(root.imag) < _REAL]
