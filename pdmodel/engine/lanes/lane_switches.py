"""Switches in compiled code: where a step passes one, and what the lane does there.

A step that has passed a switch is made again so that it ends where the height of the switch is
zero; there the mode changes, sensitivities jump, and a new segment begins. So every step lies on
one smooth branch. Where the rates on both sides lead back to the surface there is no solution that
leaves it: the mode is kept within the tolerances, and a run that still leaves them fails.
"""

from __future__ import annotations

import math

from pdmodel.engine.codegen.numba_door import compiled
from pdmodel.engine.lanes.dense_output import between
from pdmodel.engine.lanes.switch_heights import (
    find_rates,
    heading,
    height,
    is_outside,
    measure,
    mode_of,
    noise,
    rate_at,
    see_now,
    set_limits,
    set_mode,
    tolerance,
)
from pdmodel.engine.rosenbrock.control_code import EARLY, SMALLEST_STEP
from pdmodel.engine.rosenbrock.memory import (
    ACCEPTED,
    FIRST,
    FRESH,
    NEXT,
    PASSED,
    PROPOSED,
    REACHED,
    REJECTED,
    STEP,
    STOP,
    TAKEN,
    Kernels,
    Lanes,
    Sizes,
)
from pdmodel.engine.rosenbrock.switch_code import POINTS

_POINTS = POINTS
_HALVINGS = 50
# Shares of a step that are nearer than this are one.
_SAME_SHARE = 2.0**-51
_SECTIONS, _GOLDEN = 30, 0.5 * (math.sqrt(5.0) - 1.0)
# How often a step is made again to end at a switch, and how near is near enough: this share of what
# the height may be off anyway.
_MOST_TRIES, _CLOSE = 6, 1e-2
_ROUNDS = 4
# What `may_stand` says.
STANDS, AGAIN, AT_START = 0, 1, 2
# What `change_mode` says.
PASSED_ON, STAYS, STUCK = 0, 1, 2


@compiled
def settle(kernels: Kernels, sizes: Sizes, lanes: Lanes, lane: int) -> None:
    """Choose all modes from where a segment begins: by the side, on the surface by the flow."""
    for k in range(sizes.switches):
        set_mode(sizes, lanes, lane, k, mode_of(sizes, lanes, lane, k))  # as they were before
    see_now(kernels, sizes, lanes, lane)
    known = True
    for k in range(sizes.switches):
        side = _side(sizes, lanes, lane, k)
        known = known and side != 0 and side == mode_of(sizes, lanes, lane, k)
    if not known:
        _choose_modes(kernels, sizes, lanes, lane)
    for k in range(sizes.switches):
        mode = mode_of(sizes, lanes, lane, k)
        set_limits(sizes, lanes, lane, k, mode, noise(sizes, lanes, lane, k))
        lanes.held[k, lane] = 0


@compiled
def _choose_modes(kernels: Kernels, sizes: Sizes, lanes: Lanes, lane: int) -> None:
    on_surface = 0
    for k in range(sizes.switches):
        set_mode(sizes, lanes, lane, k, 0)
    for k in range(sizes.switches):  # inner switches come first
        see_now(kernels, sizes, lanes, lane)
        side = _side(sizes, lanes, lane, k)
        set_mode(sizes, lanes, lane, k, side)
        if side == 0:
            on_surface += 1
    if on_surface > 0:
        _follow_flow(kernels, sizes, lanes, lane)
    see_now(kernels, sizes, lanes, lane)


@compiled
def _side(sizes: Sizes, lanes: Lanes, lane: int, k: int) -> int:
    """Return on which side of a switch the lane was measured; 0 on the surface."""
    found, band = height(sizes, lanes, k), noise(sizes, lanes, lane, k)
    return 1 if found > band else (-1 if found < -band else 0)


@compiled
def _follow_flow(kernels: Kernels, sizes: Sizes, lanes: Lanes, lane: int) -> None:
    """Choose the modes of switches on whose surface the lane stands, where the flow leaves it."""
    for _ in range(_ROUNDS):
        changed = False
        find_rates(kernels, lanes)
        see_now(kernels, sizes, lanes, lane)
        for k in range(sizes.switches):
            if _side(sizes, lanes, lane, k) == 0:
                way = heading(sizes, lanes, lane, k)
                changed = changed or way != mode_of(sizes, lanes, lane, k)
                set_mode(sizes, lanes, lane, k, way)
        if not changed:
            return
    for k in range(sizes.switches):
        if _side(sizes, lanes, lane, k) == 0:
            set_mode(sizes, lanes, lane, k, 0)


@compiled
def may_stand(kernels: Kernels, sizes: Sizes, lanes: Lanes, lane: int) -> int:
    """Return whether an accepted step `STANDS`, or is to be made `AGAIN`, to end at a switch.

    `AT_START` says that the switch is where the step began.
    """
    book, clock = lanes.book[lane], lanes.clock
    book.met = 0
    aimed = book.aim >= 0 and clock[REACHED, lane] >= clock[STOP, lane]
    if not aimed and not clock[PASSED, lane] > 0.0:
        return STANDS
    share, k = _first_passed(kernels, sizes, lanes, lane)
    if k < 0 and not aimed:
        return STANDS
    if k < 0:
        return _just_before(kernels, sizes, lanes, lane)
    if share * book.step <= SMALLEST_STEP * max(book.time, EARLY * book.end):
        book.aim = k
        return AT_START
    _measure_at(kernels, sizes, lanes, lane, 1.0)
    if (share > 0.5 and _is_close(sizes, lanes, lane, k)) or book.tries >= _MOST_TRIES:
        book.aim, book.met = k, 1
        return STANDS
    book.aim = k
    return _make_again(lanes, lane, share)


@compiled
def _just_before(kernels: Kernels, sizes: Sizes, lanes: Lanes, lane: int) -> int:
    """Decide on a step that was to end at a switch and has not passed it."""
    book, clock, k, small = lanes.book[lane], lanes.clock, lanes.book[lane].aim, 1e-4
    _measure_at(kernels, sizes, lanes, lane, 1.0 - small)
    before = height(sizes, lanes, k)
    _measure_at(kernels, sizes, lanes, lane, 1.0)
    after = height(sizes, lanes, k)
    # A run that leaves the surface itself is not at height 0 but at the edge of its band.
    if mode_of(sizes, lanes, lane, k) == 0 or _is_close(sizes, lanes, lane, k):
        book.met = 1
        return STANDS
    longer = small * after / (before - after) if before != after else 0.0
    if 0.0 < longer < 0.5 and book.tries < _MOST_TRIES:
        return _make_again(lanes, lane, 1.0 + longer)
    book.aim, book.tries, clock[STOP, lane] = -1, 0, book.end
    return STANDS


@compiled
def _make_again(lanes: Lanes, lane: int, share: float) -> int:
    """Have a step made again, with another length."""
    book, clock = lanes.book[lane], lanes.clock
    book.tries += 1
    stop = min(book.time + share * book.step, book.end)
    clock[STOP, lane], clock[NEXT, lane] = stop, min(clock[NEXT, lane], stop)
    clock[PROPOSED, lane], clock[ACCEPTED, lane] = 2.0 * clock[STEP, lane], -1.0
    clock[TAKEN, lane] -= 1.0
    clock[REJECTED, lane] += 1.0
    return AGAIN


@compiled
def _is_close(sizes: Sizes, lanes: Lanes, lane: int, k: int) -> bool:
    near = noise(sizes, lanes, lane, k) + _CLOSE * tolerance(sizes, lanes, lane, k)
    return bool(abs(height(sizes, lanes, k)) <= near)


@compiled
def _measure_at(kernels: Kernels, sizes: Sizes, lanes: Lanes, lane: int, share: float) -> None:
    """Measure all heights a share of the step after its beginning."""
    book, seen = lanes.book[lane], lanes.seen[lane]
    seen[0] = book.time + share * book.step
    between(lanes, sizes, lane, share, seen[1:])
    measure(kernels, lanes, lane)


@compiled
def _first_passed(
    kernels: Kernels, sizes: Sizes, lanes: Lanes, lane: int
) -> tuple[float, int]:  # fmt: skip
    """Return the share of the step at which a switch is passed first, and which; -1 if none is."""
    first, found = 2.0, -1
    for point in range(_POINTS):
        left, right = point / _POINTS, (point + 1) / _POINTS
        for k in range(sizes.switches):
            end = _passed_by(kernels, sizes, lanes, lane, k, left, right)
            if end > 0.0:
                share = _root(kernels, sizes, lanes, lane, k, left, end)
                if share < first:
                    first, found = share, k
        if found >= 0:
            break
    return first, found


@compiled
def _passed_by(
    kernels: Kernels, sizes: Sizes, lanes: Lanes, lane: int, k: int, left: float, right: float
) -> float:
    """Return a share of the step between two at which a switch has been passed; 0 if it is not.

    Where the height comes nearest to the surface in between is found by golden sections.
    """
    _measure_at(kernels, sizes, lanes, lane, right)
    if is_outside(sizes, lanes, lane, k):
        return right
    mode, near = mode_of(sizes, lanes, lane, k), 1e-3 * (right - left)
    last = mode * height(sizes, lanes, k)
    if mode == 0 or _signed(kernels, sizes, lanes, lane, k, right - near) >= last:
        return 0.0
    first = _signed(kernels, sizes, lanes, lane, k, left)
    if _signed(kernels, sizes, lanes, lane, k, left + near) >= first:
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
    _measure_at(kernels, sizes, lanes, lane, share)
    return mode_of(sizes, lanes, lane, k) * height(sizes, lanes, k)


@compiled
def _root(
    kernels: Kernels, sizes: Sizes, lanes: Lanes, lane: int, k: int, left: float, right: float
) -> float:
    """Return where between two shares of the step a height passes zero (or leaves it).

    By false position with the Illinois rule: an end that stays counts half the next time.
    """
    if mode_of(sizes, lanes, lane, k) == 0:
        return _leaving(kernels, sizes, lanes, lane, k, left, right)
    low = _signed(kernels, sizes, lanes, lane, k, left)
    high = _signed(kernels, sizes, lanes, lane, k, right)
    stayed = 0
    for _ in range(_HALVINGS):
        if right - left <= _SAME_SHARE:
            break
        middle = 0.5 * (left + right)
        if low > 0.0 > high:
            middle = min(max(left - low * (right - left) / (high - low), left), right)
        value = _signed(kernels, sizes, lanes, lane, k, middle)
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
        _measure_at(kernels, sizes, lanes, lane, middle)
        if is_outside(sizes, lanes, lane, k):
            right = middle
        else:
            left = middle
    return right


@compiled
def surface_at(kernels: Kernels, sizes: Sizes, lanes: Lanes, lane: int) -> int:
    """Return the switch at which a lane stands that cannot go on; -1 if there is none."""
    see_now(kernels, sizes, lanes, lane)
    for k in range(sizes.switches):
        near = abs(height(sizes, lanes, k)) <= tolerance(sizes, lanes, lane, k)
        if near and mode_of(sizes, lanes, lane, k) != 0 and lanes.book[lane].still == 0:
            return k
    return -1


@compiled
def change_mode(kernels: Kernels, sizes: Sizes, lanes: Lanes, lane: int) -> int:
    """Change the mode of the switch at which a lane stands; return whether it has `PASSED_ON`.

    `STAYS` says that it did not come from the other side, `STUCK` that it slides. The derivatives
    before are left in `gauged`, those after in `slopes`.
    """
    book, clock, k = lanes.book[lane], lanes.clock, lanes.book[lane].aim
    if clock[FRESH, lane] == 0.0:
        lanes.restart[book.kind, lane] = clock[FIRST, lane]
    book.kind = lanes.restart.shape[0] - sizes.switches + k
    book.fresh, book.met, book.tries = 1, 0, 0
    book.switches += 1
    book.still += 1
    find_rates(kernels, lanes)
    first = lanes.gauged.size - sizes.states
    for i in range(sizes.states):
        lanes.gauged[first + i] = lanes.slopes[rate_at(sizes, lane, i)]
    see_now(kernels, sizes, lanes, lane)
    old, wide = mode_of(sizes, lanes, lane, k), tolerance(sizes, lanes, lane, k)
    new = _new_mode(kernels, sizes, lanes, lane, k, old)
    if book.still > 4 * sizes.switches + 4 or (new == old and lanes.held[k, lane] != 0):
        return STUCK
    lanes.held[k, lane] = new == old
    see_now(kernels, sizes, lanes, lane)
    width, found = noise(sizes, lanes, lane, k), height(sizes, lanes, k)
    if new == old:
        width = max(width, wide)
    if new * found <= 0.0:  # the step ended a little before or after the surface
        width = max(width, 2.0 * abs(found))
    set_limits(sizes, lanes, lane, k, new, width)
    return STAYS if new == old or old == 0 else PASSED_ON


@compiled
def _new_mode(kernels: Kernels, sizes: Sizes, lanes: Lanes, lane: int, k: int, old: int) -> int:
    """Set and return the mode after a switch: the other side, the surface, or none but the old."""
    other = -old if old != 0 else (1 if height(sizes, lanes, k) > 0.0 else -1)
    way = _heading_in(kernels, sizes, lanes, lane, k, other)
    if way == other:
        return other
    if _heading_in(kernels, sizes, lanes, lane, k, 0) == 0:
        return 0
    new = other if way == 0 else old
    _heading_in(kernels, sizes, lanes, lane, k, new)
    return new


@compiled
def _heading_in(
    kernels: Kernels, sizes: Sizes, lanes: Lanes, lane: int, k: int, mode: int
) -> int:  # fmt: skip
    """Set a mode and return the side to which the flow leads in it."""
    set_mode(sizes, lanes, lane, k, mode)
    find_rates(kernels, lanes)
    see_now(kernels, sizes, lanes, lane)
    return heading(sizes, lanes, lane, k)
