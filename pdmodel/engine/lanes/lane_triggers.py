"""State-triggered events in compiled code: roots of conditions on the dense output.

A condition fires at the moment it becomes true (at once where it is true at day 0 or after a dose)
and again after it has been false, as often as it may. Each step is looked at in quarters, so a
condition that holds for less than a quarter of a step can be missed.
"""

from __future__ import annotations

from pdmodel.engine.codegen.parts import call, compiled
from pdmodel.engine.lanes.dense_output import between
from pdmodel.engine.rosenbrock.memory import NOW, Kernels, Lanes, Sizes, Timeline

_QUARTERS, _HALVINGS = 4, 50


@compiled
def crossing(kernels: Kernels, sizes: Sizes, timeline: Timeline, lanes: Lanes, lane: int) -> float:
    """Return the share of the step at which a condition fires first; 2 if none does."""
    left = 0.0
    for quarter in range(_QUARTERS):
        right = (quarter + 1) / _QUARTERS
        if holds_at(kernels, sizes, timeline, lanes, lane, right):
            for _ in range(_HALVINGS):
                middle = 0.5 * (left + right)
                if holds_at(kernels, sizes, timeline, lanes, lane, middle):
                    right = middle
                else:
                    left = middle
            return right
        left = right
    arm(timeline)
    return 2.0


@compiled
def holds_at(
    kernels: Kernels, sizes: Sizes, timeline: Timeline, lanes: Lanes, lane: int, share: float
) -> bool:
    """Return whether an armed condition holds a share of the step after its beginning."""
    book, seen = lanes.book[lane], lanes.seen[lane]
    seen[0] = book.time + share * book.step
    between(lanes, sizes, lane, share, seen[1:])
    return _holds(kernels, timeline, lanes, lane)


@compiled
def holds_now(kernels: Kernels, sizes: Sizes, timeline: Timeline, lanes: Lanes, lane: int) -> bool:
    """Return whether an armed condition holds now; those that do not are armed again."""
    seen = lanes.seen[lane]
    seen[0] = lanes.book[lane].time
    for i in range(sizes.states):
        seen[1 + i] = lanes.vectors[NOW, i * sizes.lanes + lane]
    fires = _holds(kernels, timeline, lanes, lane)
    arm(timeline)
    return fires


@compiled
def arm(timeline: Timeline) -> None:
    """Let what does not hold fire again."""
    for number in range(timeline.watches.size):
        watch = timeline.watches[number]
        if not watch.holds and watch.left > 0:
            watch.armed = 1


@compiled
def _holds(kernels: Kernels, timeline: Timeline, lanes: Lanes, lane: int) -> bool:
    out = lanes.watched.ctypes.data
    call(kernels.watch[0], kernels.watch[1], out, lanes.seen[lane].ctypes.data)
    fires = False
    for number in range(timeline.watches.size):
        watch = timeline.watches[number]
        watch.holds = watch.sign * (lanes.watched[number] - watch.threshold) > 0.0
        fires = fires or (watch.holds != 0 and watch.armed != 0)
    return fires


@compiled
def fire(timeline: Timeline) -> None:
    """Mark what has fired: it holds, and it was armed."""
    for number in range(timeline.watches.size):
        watch = timeline.watches[number]
        watch.fired = 0
        if watch.holds and watch.armed:
            watch.fired, watch.armed = 1, 0
            watch.left -= 1
