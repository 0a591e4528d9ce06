"""Where a lane stands to its switches, in compiled code: heights, speeds, limits and modes.

`height` is `high - low` of a switch. It is known as well as the states are, so that its sign counts
only outside of a band around zero: rounding, and a small share of the absolute tolerances.
"""

from __future__ import annotations

import math

from pdmodel.engine.codegen.parts import call, compiled
from pdmodel.engine.rosenbrock.memory import (
    ATOL,
    NOW,
    REGISTER,
    ROUNDING,
    RTOL,
    SHARE_OF_ATOL,
    TIME,
    Kernels,
    Lanes,
    Sizes,
)

_ROUNDING, _SHARE = ROUNDING, SHARE_OF_ATOL


@compiled
def see_now(kernels: Kernels, sizes: Sizes, lanes: Lanes, lane: int) -> None:
    """Measure all heights where the lane stands."""
    seen = lanes.seen[lane]
    seen[0] = lanes.clock[TIME, lane]
    for i in range(sizes.states):
        seen[1 + i] = lanes.vectors[NOW, i * sizes.lanes + lane]
    measure(kernels, lanes, lane)


@compiled
def measure(kernels: Kernels, lanes: Lanes, lane: int) -> None:
    """Measure all heights where `seen` says."""
    out, inputs = lanes.gauged.ctypes.data, lanes.seen[lane].ctypes.data
    call(kernels.gauge[0], kernels.gauge[1], out, inputs)


@compiled
def height(sizes: Sizes, lanes: Lanes, k: int) -> float:
    """Return the height of a switch that was measured last."""
    at = k * (3 + sizes.states)
    result: float = lanes.gauged[at] - lanes.gauged[at + 1]
    return result


@compiled
def noise(sizes: Sizes, lanes: Lanes, lane: int, k: int) -> float:
    """Return the height below which its sign does not count."""
    at = k * (3 + sizes.states)
    total = 0.0
    for i in range(sizes.states):
        slope = abs(lanes.gauged[at + 3 + i])
        if slope > 0.0:
            total += slope * lanes.vectors[ATOL, i * sizes.lanes + lane]
    sides: float = abs(lanes.gauged[at]) + abs(lanes.gauged[at + 1])
    return _ROUNDING * sides + _SHARE * total


@compiled
def tolerance(sizes: Sizes, lanes: Lanes, lane: int, k: int) -> float:
    """Return how far a height may be off, as the errors allowed for the states make it."""
    at = k * (3 + sizes.states)
    total = 0.0
    for i in range(sizes.states):
        slope = abs(lanes.gauged[at + 3 + i])
        if slope > 0.0:
            relative = lanes.clock[RTOL, lane] * abs(lanes.seen[lane, 1 + i])
            total += slope * (lanes.vectors[ATOL, i * sizes.lanes + lane] + relative)
    return total


@compiled
def find_rates(kernels: Kernels, lanes: Lanes) -> None:
    """Compute the derivatives where the lanes stand, infusions included."""
    call(kernels.slope[0], kernels.slope[1], lanes.vectors.ctypes.data, 0)


@compiled
def rate_at(sizes: Sizes, lane: int, state: int) -> int:
    """Return where in `slopes` the derivative of a state stands."""
    return sizes.lanes * (1 + sizes.entries + state) + lane


@compiled
def speed(sizes: Sizes, lanes: Lanes, lane: int, k: int) -> float:
    """Return the derivative of a height along the flow, from rates and slopes found before."""
    at = k * (3 + sizes.states)
    total: float = lanes.gauged[at + 2]
    for i in range(sizes.states):
        slope = lanes.gauged[at + 3 + i]
        if slope != 0.0:
            total += slope * lanes.slopes[rate_at(sizes, lane, i)]
    return total


@compiled
def heading(sizes: Sizes, lanes: Lanes, lane: int, k: int) -> int:
    """Return the side to which the flow leads: 1, -1, or 0 if it stays within the noise."""
    book = lanes.book[lane]
    rate, span = speed(sizes, lanes, lane, k), max(book.end - lanes.clock[TIME, lane], book.step)
    if abs(rate) * span > noise(sizes, lanes, lane, k):
        return 1 if rate > 0.0 else -1
    return 0


@compiled
def mode_of(sizes: Sizes, lanes: Lanes, lane: int, k: int) -> int:
    """Return the mode of a switch."""
    return int(lanes.stage[_mode_row(sizes, k) * sizes.lanes + lane])


@compiled
def set_mode(sizes: Sizes, lanes: Lanes, lane: int, k: int, mode: int) -> None:
    """Choose the mode of a switch."""
    lanes.stage[_mode_row(sizes, k) * sizes.lanes + lane] = mode
    lanes.seen[lane, lanes.seen.shape[1] - sizes.switches + k] = mode


@compiled
def set_limits(sizes: Sizes, lanes: Lanes, lane: int, k: int, mode: int, width: float) -> None:
    """Say which heights belong to a mode."""
    row = _mode_row(sizes, k) + sizes.switches
    lanes.stage[row * sizes.lanes + lane] = -math.inf if mode < 0 else -width
    lanes.stage[(row + sizes.switches) * sizes.lanes + lane] = math.inf if mode > 0 else width


@compiled
def width_of(sizes: Sizes, lanes: Lanes, lane: int, k: int) -> float:
    """Return how far beyond the surface a mode that is not 0 reaches."""
    row = _mode_row(sizes, k) + sizes.switches
    if mode_of(sizes, lanes, lane, k) < 0:
        row += sizes.switches
    limit: float = lanes.stage[row * sizes.lanes + lane]
    return abs(limit)


@compiled
def kept_height(sizes: Sizes, lanes: Lanes, lane: int, k: int, point: int) -> float:
    """Return the height of a switch at a point of the last step, as the machine code left it."""
    row = _mode_row(sizes, 3 * sizes.switches + k * REGISTER + point)
    value: float = lanes.stage[row * sizes.lanes + lane]
    return value


@compiled
def is_outside(sizes: Sizes, lanes: Lanes, lane: int, k: int) -> bool:
    """Return whether the height measured last is outside the limits of its mode."""
    return is_beyond(sizes, lanes, lane, k, height(sizes, lanes, k))


@compiled
def is_beyond(sizes: Sizes, lanes: Lanes, lane: int, k: int, value: float) -> bool:
    """Return whether a height is outside the limits of the mode of a switch."""
    row = _mode_row(sizes, k) + sizes.switches
    lower = lanes.stage[row * sizes.lanes + lane]
    upper = lanes.stage[(row + sizes.switches) * sizes.lanes + lane]
    return bool(value < lower or value > upper)


@compiled
def _mode_row(sizes: Sizes, k: int) -> int:
    return 1 + sizes.states + sizes.coefficients + k
