"""How large each state is, in compiled code: what an absolute tolerance is a share of.

A state's size is the largest value that it has had. One that is nothing yet is sized by what feeds
it: the derivative and the Jacobian say how far its neighbours can take it in the time in which it
forgets, or in what is left of the run. A size that was foreseen far too large is found out at the
end of the run, which is then made again with the sizes that were found.
"""

from __future__ import annotations

import math

from pdmodel.engine.codegen.parts import call, compiled
from pdmodel.engine.rosenbrock.memory import (
    ATOL,
    END,
    HIGHEST,
    LEAST_ATOL,
    LIMIT,
    LOWEST,
    NOW,
    RTOL,
    SHARE,
    SIZE,
    STEP,
    Kernels,
    Lanes,
    Sizes,
    Timeline,
)
from pdmodel.engine.rosenbrock.tableau import METHOD

FROM_NOTHING, FORESEEN = 1e-3, 1e-6
"""How much of a foreseen size is relied on, where a state is nothing and where it is very little:
one too small costs a few steps, no accuracy."""
COARSE = 0.3
"""Share of the relative tolerance of the size found above which an absolute one was too coarse."""
LIMITED = 0.01
"""The same that it may be at most, when the run is made again."""
ROUNDING = 128 * 2.0**-52
"""Of the flows into and out of a state: what rounding makes of their difference, a step long."""
_ROUNDS = 3
# Steps are next to nothing below the first share of what is left of a run; the error that such a
# step still has is allowed to one of the second share.
_NOTHING_LEFT, _NOISY = 1e-11, 1e-4
# Rows that are free before a step: the state that is set aside, inflow, rate of forgetting.
_ASIDE, _INFLOW, _FORGETS = 0, 1, 2
_ERROR = METHOD.stages - 1  # the last stage


@compiled
def note_sizes(sizes: Sizes, lanes: Lanes, lane: int) -> None:
    """Remember the lowest and highest value of each state, and let its tolerance follow."""
    v = lanes.vectors
    for m in range(lane, sizes.states * sizes.lanes, sizes.lanes):
        now = v[NOW, m]
        v[LOWEST, m], v[HIGHEST, m] = min(v[LOWEST, m], now), max(v[HIGHEST, m], now)
        v[ATOL, m] = max(v[ATOL, m], v[SHARE, m] * abs(now))


@compiled
def forget_sizes(sizes: Sizes, lanes: Lanes, lane: int) -> None:
    """Begin with no sizes; what is declared in absolute numbers stays."""
    v = lanes.vectors
    for m in range(lane, sizes.states * sizes.lanes, sizes.lanes):
        v[LOWEST, m], v[HIGHEST, m] = math.inf, -math.inf
        if v[SHARE, m] > 0.0:
            v[ATOL, m] = LEAST_ATOL


@compiled
def foresee(kernels: Kernels, sizes: Sizes, timeline: Timeline, lanes: Lanes, lane: int) -> None:
    """Write the size of every state to `SIZE`, and leave derivatives and Jacobian of the state.

    Where a product of two states that are nothing yet feeds a third, or only what a state has above
    its start or below it, the Jacobian shows nothing at the start: so it is evaluated where every
    state is larger by its size, and where it is half as large, as well.
    """
    v, stop, count = lanes.vectors, sizes.states * sizes.lanes, sizes.lanes
    left = min(timeline.horizon, lanes.book[lane].horizon) - lanes.book[lane].time
    moved = False
    for m in range(lane, stop, count):
        v[SIZE, m] = max(abs(v[LOWEST, m]), abs(v[HIGHEST, m]))
        v[_ASIDE, m] = v[NOW, m]
    call(kernels.slope[0], kernels.slope[1], v.ctypes.data, 0)
    for turn in range(_ROUNDS):
        spread(sizes, lanes, lane, left)
        unknown = False
        for m in range(lane, stop, count):
            unknown = unknown or v[SIZE, m] == 0.0
        if not unknown:
            break
        moved = True
        for m in range(lane, stop, count):
            v[NOW, m] = v[_ASIDE, m] + v[SIZE, m]
            if turn % 2 == 1 and v[_ASIDE, m] != 0.0:
                v[NOW, m] = 0.5 * v[_ASIDE, m]
        call(kernels.slope[0], kernels.slope[1], v.ctypes.data, 0)
    for m in range(lane, stop, count):
        v[NOW, m] = v[_ASIDE, m]
        nothing = v[LOWEST, m] == 0.0 and v[HIGHEST, m] == 0.0
        foreseen = v[SHARE, m] * ((FROM_NOTHING if nothing else FORESEEN) * v[SIZE, m])
        v[ATOL, m] = max(v[ATOL, m], min(foreseen, v[LIMIT, m]))
    if moved:
        call(kernels.slope[0], kernels.slope[1], v.ctypes.data, 0)


@compiled
def spread(sizes: Sizes, lanes: Lanes, lane: int, left: float) -> None:
    """Pass sizes on along the Jacobian, as many times as there are states at most."""
    v, count = lanes.vectors, sizes.lanes
    first = count * (1 + sizes.entries) + lane
    for _ in range(sizes.states):
        for i in range(sizes.states):
            v[_INFLOW, i * count + lane] = abs(lanes.slopes[first + i * count])
            v[_FORGETS, i * count + lane] = 0.0
        for k in range(sizes.entries):
            row, column = lanes.places[0, k], lanes.places[1, k]
            entry = abs(lanes.slopes[count * (1 + k) + lane])
            if row == column:
                v[_FORGETS, row * count + lane] = entry
            else:
                v[_INFLOW, row * count + lane] += entry * v[SIZE, column * count + lane]
        changed = False
        for m in range(lane, sizes.states * count, count):
            reach = v[_INFLOW, m] * min(left, 1.0 / v[_FORGETS, m])
            if math.isfinite(reach) and FORESEEN * reach > v[SIZE, m]:
                v[SIZE, m], changed = reach, True
        if not changed:
            return


@compiled
def note_rounding(sizes: Sizes, timeline: Timeline, lanes: Lanes, lane: int) -> None:
    """Let no tolerance be below what rounding makes of the derivative over the step just rejected.

    A state near 0 that is fed by the difference of large numbers holds no more digits, and steps
    of any size would fail.
    """
    v, count = lanes.vectors, sizes.lanes
    step = lanes.clock[STEP, lane]
    for m in range(lane, sizes.states * count, count):
        v[_INFLOW, m], v[_FORGETS, m] = 0.0, 1.0 / step
    for k in range(sizes.entries):
        row, column = lanes.places[0, k] * count + lane, lanes.places[1, k] * count + lane
        entry = abs(lanes.slopes[count * (1 + k) + lane])
        v[_INFLOW, row] += entry * abs(v[NOW, column])
        if row == column:
            v[_FORGETS, row] = max(v[_FORGETS, row], entry)
    for m in range(lane, sizes.states * count, count):
        noise = ROUNDING * v[_INFLOW, m] / v[_FORGETS, m]
        if v[SHARE, m] > 0.0 and math.isfinite(noise):
            v[ATOL, m] = max(v[ATOL, m], noise)
            foresee_from_step(timeline, lanes, lane, m)


@compiled
def foresee_from_step(timeline: Timeline, lanes: Lanes, lane: int, m: int) -> None:
    """Size a state of which little is known by the step that was just rejected.

    What begins to feed a state that is nothing may be a jump in time, of which derivatives before
    it say nothing: so it is sized by where the step led. And where steps become next to nothing,
    the error is rounding of a rate that no shorter step makes smaller, such as the difference of
    two sigmoids that are both 1: then a step of a share of what is left may have that error.
    """
    v, step = lanes.vectors, lanes.clock[STEP, lane]
    left, foreseen = min(timeline.horizon, lanes.book[lane].horizon) - lanes.book[lane].time, 0.0
    if v[ATOL, m] <= LEAST_ATOL and v[NOW, m] == 0.0:
        foreseen = v[SHARE, m] * (FROM_NOTHING * abs(v[END, m]) / step * left)
    if step < _NOTHING_LEFT * left:
        foreseen = max(foreseen, _NOISY * left * abs(v[_ERROR, m]) / step)
    if math.isfinite(foreseen):
        v[ATOL, m] = max(v[ATOL, m], min(foreseen, v[LIMIT, m]))


@compiled
def is_coarse(sizes: Sizes, lanes: Lanes, lane: int) -> bool:
    """Return whether a tolerance was far above what the size found allows."""
    v, most = lanes.vectors, COARSE * lanes.clock[RTOL, lane]
    for m in range(lane, sizes.states * sizes.lanes, sizes.lanes):
        largest = max(abs(v[LOWEST, m]), abs(v[HIGHEST, m]))
        coarse = v[ATOL, m] > max(most * largest, 2.0 * LEAST_ATOL)
        if coarse and largest > 0.0 and v[SHARE, m] > 0.0:
            return True
    return False


@compiled
def limit_sizes(sizes: Sizes, lanes: Lanes, lane: int) -> None:
    """Let no tolerance that is foreseen exceed what the sizes found allow."""
    v, share = lanes.vectors, LIMITED * lanes.clock[RTOL, lane]
    for m in range(lane, sizes.states * sizes.lanes, sizes.lanes):
        largest = max(abs(v[LOWEST, m]), abs(v[HIGHEST, m]))
        v[LIMIT, m] = max(share * largest, LEAST_ATOL)


@compiled
def unlimit_sizes(sizes: Sizes, lanes: Lanes, lane: int) -> None:
    """Take the limits back."""
    for m in range(lane, sizes.states * sizes.lanes, sizes.lanes):
        lanes.vectors[LIMIT, m] = math.inf
