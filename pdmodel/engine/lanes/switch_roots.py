"""Where a step passes a switch first, in compiled code: roots of heights on the dense output."""

from __future__ import annotations

import math

from pdmodel.engine.codegen.parts import compiled
from pdmodel.engine.lanes.dense_output import some_between
from pdmodel.engine.lanes.switch_heights import (
    height,
    is_beyond,
    is_outside,
    kept_height,
    measure,
    mode_of,
    tolerance,
    width_of,
)
from pdmodel.engine.rosenbrock.memory import Kernels, Lanes, Sizes
from pdmodel.engine.rosenbrock.switch_code import MARGIN, POINTS

_POINTS, _MARGIN, _HALVINGS = POINTS, MARGIN, 50
# Shares of a step that are nearer than this are one.
_SAME_SHARE = 2.0**-51
_SECTIONS, _GOLDEN = 30, 0.5 * (math.sqrt(5.0) - 1.0)
# How well the root at a corner is known, in tolerances.
_EXACT = 0.1
SMALL = 1e-4
"""The last part of a step, over which the speed of a height is measured."""


@compiled
def measure_at(kernels: Kernels, sizes: Sizes, lanes: Lanes, lane: int, share: float) -> None:
    """Measure all heights a share of the step after its beginning."""
    book, seen = lanes.book[lane], lanes.seen[lane]
    seen[0] = book.time + share * book.step
    some_between(lanes, sizes, lane, share, lanes.gauging, seen[1:])
    measure(kernels, lanes, lane)


@compiled
def first_passed(
    kernels: Kernels, sizes: Sizes, lanes: Lanes, lane: int
) -> tuple[float, int]:  # fmt: skip
    """Return the share of the step at which a switch is passed first, and which; -1 if none is."""
    first, switch = 2.0, -1
    for point in range(_POINTS):
        for k in range(sizes.switches):
            end = 0.0
            if is_beyond(sizes, lanes, lane, k, kept_height(sizes, lanes, lane, k, point + 1)):
                end = (point + 1) / _POINTS
            elif _may_turn(sizes, lanes, lane, k, point):
                end = _turning(kernels, sizes, lanes, lane, k, point)
            if end > 0.0:
                share = _root(kernels, sizes, lanes, lane, k, point, end)
                if share < first:
                    first, switch = share, k
        if switch >= 0:
            break
    return first, switch


@compiled
def _distance(sizes: Sizes, lanes: Lanes, lane: int, k: int, point: int) -> float:
    """Return how far a surface is at a point of the step, on the side of the mode.

    In mode 0 it is the height itself.
    """
    mode = mode_of(sizes, lanes, lane, k)
    return kept_height(sizes, lanes, lane, k, point) * (mode if mode != 0 else 1)


@compiled
def _may_turn(sizes: Sizes, lanes: Lanes, lane: int, k: int, point: int) -> bool:
    """Return whether a distance may turn outside the limits of its mode between two points.

    It may if the vertex of a parabola through three of them does, as in `passing` of the machine
    code: what that lets stand must not be looked for here, at the price of golden sections.
    """
    if mode_of(sizes, lanes, lane, k) == 0:
        return False
    for middle in range(max(point, 1), min(point + 2, _POINTS)):
        low = _distance(sizes, lanes, lane, k, middle - 1)
        now = _distance(sizes, lanes, lane, k, middle)
        high = _distance(sizes, lanes, lane, k, middle + 1)
        first, second = 0.5 * (high - low), (low - now) + (high - now)
        inside = now + width_of(sizes, lanes, lane, k) - _MARGIN * second
        if abs(first) <= second and 2.0 * second * inside < first * first:
            return True
    return False


@compiled
def _turning(
    kernels: Kernels, sizes: Sizes, lanes: Lanes, lane: int, k: int, point: int
) -> float:  # fmt: skip
    """Return a share before the next point at which a switch has been passed; 0 if it is not.

    Where the height comes nearest to the surface in between is found by golden sections.
    """
    left, right = point / _POINTS, (point + 1) / _POINTS
    near = 1e-3 * (right - left)
    if _signed(kernels, sizes, lanes, lane, k, right - near) >= _distance(
        sizes, lanes, lane, k, point + 1
    ):
        return 0.0
    if _signed(kernels, sizes, lanes, lane, k, left + near) >= _distance(
        sizes, lanes, lane, k, point
    ):
        return 0.0
    for _ in range(_SECTIONS):
        a, b = right - _GOLDEN * (right - left), left + _GOLDEN * (right - left)
        low = _signed(kernels, sizes, lanes, lane, k, a)
        if is_outside(sizes, lanes, lane, k):
            return a
        if low < _signed(kernels, sizes, lanes, lane, k, b):
            right = b
        else:
            left = a
    return 0.0


@compiled
def _signed(
    kernels: Kernels, sizes: Sizes, lanes: Lanes, lane: int, k: int, share: float
) -> float:  # fmt: skip
    """Return the distance from the surface a share of the step on, on the side of the mode."""
    measure_at(kernels, sizes, lanes, lane, share)
    return mode_of(sizes, lanes, lane, k) * height(sizes, lanes, k)


@compiled
def _root(
    kernels: Kernels, sizes: Sizes, lanes: Lanes, lane: int, k: int, point: int, right: float
) -> float:
    """Return where between a point of the step and a share a height passes zero (or leaves it).

    By false position with the Illinois rule: an end that stays counts half the next time.
    """
    left, corner = point / _POINTS, lanes.corners[k] != 0
    if mode_of(sizes, lanes, lane, k) == 0:
        return _leaving(kernels, sizes, lanes, lane, k, left, right)
    low = _distance(sizes, lanes, lane, k, point)
    high = _distance(sizes, lanes, lane, k, point + 1)
    if right < (point + 1) / _POINTS:
        high = _signed(kernels, sizes, lanes, lane, k, right)
    elif corner and right == 1.0:
        before = _signed(kernels, sizes, lanes, lane, k, 1.0 - SMALL)
        if before > high and -high <= before - high:
            return 1.0 + SMALL * high / (before - high)
    stayed = 0
    for _ in range(_HALVINGS):
        if right - left <= _SAME_SHARE:
            break
        middle = 0.5 * (left + right)
        if low > 0.0 > high:
            middle = min(max(left - low * (right - left) / (high - low), left), right)
        value = _signed(kernels, sizes, lanes, lane, k, middle)
        if corner and abs(value) <= _EXACT * tolerance(sizes, lanes, lane, k):
            return middle
        if value < 0.0:
            right, high = middle, value
            low, stayed = (0.5 * low if stayed < 0 else low), -1
        else:
            left, low = middle, value
            high, stayed = (0.5 * high if stayed > 0 else high), 1
    return right


@compiled
def _leaving(
    kernels: Kernels, sizes: Sizes, lanes: Lanes, lane: int, k: int, left: float, right: float
) -> float:
    """Return where between two shares of the step a height leaves the surface."""
    for _ in range(_HALVINGS):
        middle = 0.5 * (left + right)
        measure_at(kernels, sizes, lanes, lane, middle)
        if is_outside(sizes, lanes, lane, k):
            right = middle
        else:
            left = middle
    return right


__all__ = ["SMALL", "first_passed", "measure_at"]
