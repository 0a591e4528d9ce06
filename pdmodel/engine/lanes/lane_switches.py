"""Switches in compiled code: where a step passes one, and what the lane does there.

A step that has passed a switch is made again so that it ends where the height of the switch is
zero; there the mode changes, sensitivities jump, and a new segment begins. So every step lies on
one smooth branch. Where the rates on both sides lead back to the surface there is no solution that
leaves it: the mode is kept within the tolerances, and a run that still leaves them fails.
"""

from __future__ import annotations

from pdmodel.engine.codegen.parts import compiled
from pdmodel.engine.lanes.switch_heights import (
    find_rates,
    heading,
    height,
    mode_of,
    noise,
    rate_at,
    see_now,
    set_limits,
    set_mode,
    speed,
    tolerance,
)
from pdmodel.engine.lanes.switch_roots import SMALL, first_passed, measure_at
from pdmodel.engine.rosenbrock.control_code import EARLY, SMALLEST_STEP
from pdmodel.engine.rosenbrock.memory import (
    ACCEPTED,
    CHATTER,
    CHATTER_HEIGHT,
    FIRST,
    NEXT,
    PASSED,
    PROPOSED,
    REACHED,
    REJECTED,
    RTOL,
    STEP,
    STOP,
    TAKEN,
    TIME,
    Kernels,
    Lanes,
    Sizes,
)

# How often a step is made again to end at a switch, and how near is near enough: this share of what
# the height may be off anyway.
_MOST_TRIES, _CLOSE = 6, 1e-2
# At a corner: how many tolerances the height may be off, and the square of the share of the step,
# as a share of the relative tolerance.
_NEAR_A_CORNER, _UNSEEN = 10.0, 0.05
_ROUNDS = 4
# How often a step that leaves a corner may be made ten times shorter.
_SHORTER = 40
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
    settled = True
    for k in range(sizes.switches):
        side = _side(sizes, lanes, lane, k)
        settled = settled and side != 0 and side == mode_of(sizes, lanes, lane, k)
    if not settled:
        _choose_modes(kernels, sizes, lanes, lane)
    for k in range(sizes.switches):
        mode = mode_of(sizes, lanes, lane, k)
        set_limits(sizes, lanes, lane, k, mode, noise(sizes, lanes, lane, k))
        lanes.held[k, lane] = 0
    lanes.book[lane].turned, lanes.book[lane].close = lanes.clock[TIME, lane], 0


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
    value, band = height(sizes, lanes, k), noise(sizes, lanes, lane, k)
    return 1 if value > band else (-1 if value < -band else 0)


@compiled
def _follow_flow(kernels: Kernels, sizes: Sizes, lanes: Lanes, lane: int) -> None:
    """Choose the modes of switches on whose surface the lane stands, where the flow leaves it."""
    for _ in range(_ROUNDS):
        changed = False
        find_rates(kernels, lanes)
        see_now(kernels, sizes, lanes, lane)
        for k in range(sizes.switches):
            if _side(sizes, lanes, lane, k) == 0:
                way = _way_from(sizes, lanes, lane, k)
                changed = changed or way != mode_of(sizes, lanes, lane, k)
                set_mode(sizes, lanes, lane, k, way)
        if not changed:
            return
    for k in range(sizes.switches):
        if _side(sizes, lanes, lane, k) == 0 and lanes.corners[k] == 0:
            set_mode(sizes, lanes, lane, k, 0)


@compiled
def _way_from(sizes: Sizes, lanes: Lanes, lane: int, k: int) -> int:
    """Return the side to which the flow leads from a surface; at a corner always one of the two.

    Both sides of a corner have the same rates, so that either will do until the run leaves it.
    """
    way = heading(sizes, lanes, lane, k)
    if way == 0 and lanes.corners[k] != 0:
        return 1 if mode_of(sizes, lanes, lane, k) >= 0 else -1
    return way


@compiled
def may_stand(kernels: Kernels, sizes: Sizes, lanes: Lanes, lane: int) -> int:
    """Return whether an accepted step `STANDS`, or is to be made `AGAIN`, to end at a switch.

    `AT_START` says that the switch is where the step began.
    """
    book, clock = lanes.book[lane], lanes.clock
    book.met = 0
    aimed = book.aim >= 0 and clock[REACHED, lane] >= clock[STOP, lane]
    share, k = 2.0, -1
    if clock[PASSED, lane] > 0.0:
        share, k = first_passed(kernels, sizes, lanes, lane)
    if k < 0:
        return _just_before(kernels, sizes, lanes, lane) if aimed else STANDS
    if share * book.step <= SMALLEST_STEP * max(book.time, EARLY * book.end):
        book.aim = k
        return AT_START
    if share > 0.5:
        measure_at(kernels, sizes, lanes, lane, 1.0)
    close = share > 0.5 and _is_close(sizes, lanes, lane, k, 1.0 - share)
    if close or book.tries >= _MOST_TRIES:
        book.aim, book.met = k, 1
        return STANDS
    book.aim = k
    return _make_again(lanes, lane, share)


@compiled
def _just_before(kernels: Kernels, sizes: Sizes, lanes: Lanes, lane: int) -> int:
    """Decide on a step that was to end at a switch and has not passed it."""
    book, clock, k = lanes.book[lane], lanes.clock, lanes.book[lane].aim
    measure_at(kernels, sizes, lanes, lane, 1.0 - SMALL)
    before = height(sizes, lanes, k)
    measure_at(kernels, sizes, lanes, lane, 1.0)
    after = height(sizes, lanes, k)
    longer = SMALL * after / (before - after) if before != after else 0.0
    # A run that leaves the surface itself is not at height 0 but at the edge of its band.
    if mode_of(sizes, lanes, lane, k) == 0 or _is_close(sizes, lanes, lane, k, abs(longer)):
        book.met = 1
        return STANDS
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
def _is_close(sizes: Sizes, lanes: Lanes, lane: int, k: int, share: float) -> bool:
    """Return whether a step ends at a switch, from which it is this share of itself away.

    Beyond a corner the wrong branch errs by its height times a slope, for as long: by the square of
    the share of what the corner does to a whole step.
    """
    allowed = tolerance(sizes, lanes, lane, k)
    away, near = abs(height(sizes, lanes, k)), noise(sizes, lanes, lane, k)
    if lanes.corners[k] != 0 and share * share <= _UNSEEN * lanes.clock[RTOL, lane]:
        return bool(away <= near + _NEAR_A_CORNER * allowed)
    return bool(away <= near + _CLOSE * allowed)


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

    `STAYS` says that it did not come from the other side, `STUCK` that it slides or chatters. The
    derivatives before are left in `gauged`, those after in `slopes`.
    """
    book, clock, k = lanes.book[lane], lanes.clock, lanes.book[lane].aim
    if clock[FIRST, lane] > 0.0:
        lanes.restart[book.kind, lane] = clock[FIRST, lane]
    first = lanes.restart.shape[0] - 2 * sizes.switches
    book.kind = first + 2 * k + (1 if mode_of(sizes, lanes, lane, k) > 0 else 0)
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
    most = _SHORTER if lanes.corners[k] != 0 else 4 * sizes.switches + 4
    if book.still > most or (new == old and lanes.held[k, lane] != 0 and lanes.corners[k] == 0):
        return STUCK
    if new == old and lanes.corners[k] != 0:  # too long a step came back to where it began
        lanes.restart[book.kind, lane] = 0.1 * book.step
    lanes.held[k, lane] = new == old
    see_now(kernels, sizes, lanes, lane)
    width, value = noise(sizes, lanes, lane, k), height(sizes, lanes, k)
    if new == old:
        width = max(width, wide)
    if new * value <= 0.0:  # the step ended a little before or after the surface
        width = max(width, 2.0 * abs(value))
    set_limits(sizes, lanes, lane, k, new, width)
    if lanes.corners[k] == 0 and _chatters(sizes, lanes, lane, k, wide):
        return STUCK
    return STAYS if new == old or old == 0 else PASSED_ON


@compiled
def _chatters(sizes: Sizes, lanes: Lanes, lane: int, k: int, wide: float) -> bool:
    """Note a jump; return whether the run has been next to the border for too many of them.

    Where the rate that jumps reaches the height of its border through another state, the run is
    driven back to the border from both sides and passes it ever faster, in ever lower arcs. An arc
    is a quarter as high as its time and its speed at the end make it.
    """
    book, away = lanes.book[lane], CHATTER_HEIGHT * lanes.clock[RTOL, lane] ** (-1.0 / 3.0)
    arc = 0.25 * abs(speed(sizes, lanes, lane, k)) * (lanes.clock[TIME, lane] - book.turned)
    book.turned = lanes.clock[TIME, lane]
    book.close = book.close + 1 if arc <= max(away, 1.0) * wide else 0
    return bool(book.close >= CHATTER)


@compiled
def _new_mode(kernels: Kernels, sizes: Sizes, lanes: Lanes, lane: int, k: int, old: int) -> int:
    """Set and return the mode after a switch: the other side, the surface, or none but the old."""
    other = -old if old != 0 else (1 if height(sizes, lanes, k) > 0.0 else -1)
    # The flow is the same on both sides of a corner; one that starts there may have no speed yet.
    if lanes.corners[k] != 0 and old != 0 and heading(sizes, lanes, lane, k) != old:
        set_mode(sizes, lanes, lane, k, other)
        return other
    way = _heading_in(kernels, sizes, lanes, lane, k, other)
    if way == other:
        return other
    if _heading_in(kernels, sizes, lanes, lane, k, 0) == 0:
        return 0
    new = other if way == 0 else old
    _heading_in(kernels, sizes, lanes, lane, k, new)
    return new


@compiled
def _take_along(kernels: Kernels, sizes: Sizes, lanes: Lanes, lane: int, k: int) -> None:
    """Change the modes of switches whose heights jump over their surface where another changes.

    Heights are made of the modes of earlier switches, as where `abs` is taken of what a condition
    picks. Such a switch does not stand on its surface, so that the flow has no say.
    """
    for other in range(k + 1, sizes.switches):
        see_now(kernels, sizes, lanes, lane)
        side, wide = _side(sizes, lanes, lane, other), tolerance(sizes, lanes, lane, other)
        band = noise(sizes, lanes, lane, other)
        away = abs(height(sizes, lanes, other)) > band + _NEAR_A_CORNER * wide
        if away and side != mode_of(sizes, lanes, lane, other):
            set_mode(sizes, lanes, lane, other, side)
            set_limits(sizes, lanes, lane, other, side, band)
            lanes.held[other, lane] = 0


@compiled
def _heading_in(
    kernels: Kernels, sizes: Sizes, lanes: Lanes, lane: int, k: int, mode: int
) -> int:  # fmt: skip
    """Set a mode and return the side to which the flow leads in it."""
    set_mode(sizes, lanes, lane, k, mode)
    if lanes.corners[k] == 0:
        _take_along(kernels, sizes, lanes, lane, k)
    find_rates(kernels, lanes)
    see_now(kernels, sizes, lanes, lane)
    return heading(sizes, lanes, lane, k)
