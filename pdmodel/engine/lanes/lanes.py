"""Integrate tasks from edge to edge in compiled code, several side by side.

Each lane has its own time, step and edges, and takes the next task when it has finished one. So
a lane's numbers never depend on its neighbours.
"""

from __future__ import annotations

import math

from pdmodel.engine.codegen.entry import entry
from pdmodel.engine.codegen.parts import call, compiled
from pdmodel.engine.lanes.lane_edges import (
    end_task,
    reach_edge,
    start_task,
    summarise,
    write_outputs,
)
from pdmodel.engine.lanes.lane_sensitivities import finish_slopes, jump_at_switch, keeps_slopes
from pdmodel.engine.lanes.lane_sizes import foresee, note_rounding
from pdmodel.engine.lanes.lane_switches import (
    AT_START,
    PASSED_ON,
    STANDS,
    STUCK,
    change_mode,
    may_stand,
    settle,
    surface_at,
)
from pdmodel.engine.lanes.lane_triggers import crossing, fire, holds_at
from pdmodel.engine.lanes.slope_memory import Sensitivities
from pdmodel.engine.rosenbrock.control_code import EARLY, LARGEST_GROWTH, SMALLEST_STEP
from pdmodel.engine.rosenbrock.memory import (
    ACCEPTED,
    ACTIVE,
    BUDGET,
    COLLAPSED,
    ERROR,
    FAILED,
    FIRST,
    FRESH,
    LOOK,
    NEXT,
    NOT_FINITE,
    NOW,
    OLD_ERROR,
    OUT_OF_STEPS,
    PROPOSED,
    REACHED,
    REFINED,
    REJECTED,
    ROW,
    RTOL,
    RUNNING,
    SINGULAR,
    SIZE,
    SLIDES,
    STEP,
    STOP,
    TAKEN,
    TIME,
    TOUCHES,
    TRIES,
    TRIGGERED,
    Kernels,
    Lanes,
    Rules,
    Sizes,
    Tasks,
    Timeline,
)


@entry
def advance(
    kernels: Kernels, sizes: Sizes, timeline: Timeline, tasks: Tasks, rules: Rules,
    lanes: Lanes, sens: Sensitivities | None, tries: int,
) -> bool:  # fmt: skip
    """Make at most `tries` steps in every lane; return whether all tasks have ended.

    `sens` is None, or the memory of sensitivities, which each lane has its own part of.
    """
    for lane in range(sizes.lanes):
        lanes.clock[TRIES, lane], lanes.clock[RTOL, lane] = tries, rules.rtol
        lanes.clock[BUDGET, lane] = rules.max_steps
        lanes.clock[REFINED, lane] = 1.0 if rules.refined != 0 and sens is None else 0.0
    while lanes.clock[TRIES, 0] > 0.0:
        active = False
        for lane in range(sizes.lanes):
            book = lanes.book[lane]
            if book.again == 1:
                book.again = 2
                start_task(kernels, sizes, timeline, tasks, rules, lanes, sens, lane)
            while book.task < 0 and lanes.queue[0] < tasks.reports.size:
                book.task = lanes.queue[0]
                lanes.queue[0] += 1
                start_task(kernels, sizes, timeline, tasks, rules, lanes, sens, lane)
            active = active or book.task >= 0
        if not active or (timeline.watches.size > 0 and tasks.reports[0].status == TRIGGERED):
            return True
        for lane in range(sizes.lanes):
            if lanes.book[lane].fresh != 0 and lanes.book[lane].task >= 0:
                start_segment(kernels, sizes, timeline, tasks, lanes, lane)
            if sens is not None or timeline.watches.size > 0:
                lanes.clock[NEXT, lane] = -math.inf
        call(kernels.advance[0], kernels.advance[1], lanes.vectors.ctypes.data, 0)
        for lane in range(sizes.lanes):
            if lanes.clock[LOOK, lane] > 0.0 and lanes.book[lane].task >= 0:
                inspect_step(kernels, sizes, timeline, tasks, lanes, sens, lane)
        call(kernels.accept[0], kernels.accept[1], lanes.vectors.ctypes.data, 0)
        for lane in range(sizes.lanes):
            if lanes.clock[LOOK, lane] > 0.0 and lanes.book[lane].task >= 0:
                finish_step(kernels, sizes, timeline, tasks, rules, lanes, sens, lane)
    return False


@compiled
def start_segment(
    kernels: Kernels, sizes: Sizes, timeline: Timeline, tasks: Tasks, lanes: Lanes, lane: int
) -> None:
    """Begin a segment, with the first step that succeeded after the last edge of its kind."""
    book, clock = lanes.book[lane], lanes.clock
    book.fresh = 0
    clock[TIME, lane], clock[STOP, lane] = book.time, book.end
    clock[NEXT, lane] = next_due(timeline, tasks, lanes, lane)
    clock[FAILED, lane], clock[FRESH, lane], clock[ACTIVE, lane] = 0.0, 1.0, 1.0
    clock[ACCEPTED, lane], clock[OLD_ERROR, lane], clock[FIRST, lane] = 0.0, 0.0, 0.0
    if sizes.switches > 0:
        book.aim, book.tries, book.met = -1, 0, 0
        if book.settled == 0:
            settle(kernels, sizes, lanes, lane)
            book.settled = 1
    clock[STEP, lane] = lanes.restart[book.kind, lane]
    if clock[STEP, lane] == 0.0 or book.time == 0.0:  # sizes are new where a run begins
        foresee(kernels, sizes, timeline, lanes, lane)
    if clock[STEP, lane] == 0.0:
        clock[STEP, lane] = first_step(sizes, lanes, lane)


@compiled
def next_due(timeline: Timeline, tasks: Tasks, lanes: Lanes, lane: int) -> float:
    """Return when to look at a lane again: at the end of its segment or before, at an output."""
    book = lanes.book[lane]
    due: float = min(book.end, lanes.clock[STOP, lane])
    lanes.clock[ROW, lane] = math.inf
    if book.output < tasks.reports[book.task].end_output:
        row = timeline.outputs[book.output].time
        due = min(due, row)
        if lanes.clock[REFINED, lane] > 0.0:
            lanes.clock[ROW, lane] = row
    return due


@compiled
def first_step(sizes: Sizes, lanes: Lanes, lane: int) -> float:
    """Guess a step: 5e-4 of the time in which the states change by their own size.

    It is short because slopes may jump just where a run begins, at a baseline; only the first step
    after an edge of each kind is guessed.
    """
    total, count, book = 0.0, sizes.lanes, lanes.book[lane]
    least: float = 1e-6 * (book.end - book.time)
    first = count * (1 + sizes.entries)
    for m in range(lane, sizes.states * count, count):
        if lanes.vectors[SIZE, m] > 0.0:
            total += (lanes.slopes[first + m] / lanes.vectors[SIZE, m]) ** 2
    if total > 0.0 and math.isfinite(total):
        return 5e-4 / math.sqrt(total / sizes.states)
    return least


@compiled
def inspect_step(
    kernels: Kernels, sizes: Sizes, timeline: Timeline, tasks: Tasks, lanes: Lanes,
    sens: Sensitivities | None, lane: int,
) -> None:  # fmt: skip
    """Do what is due before the step of a lane is accepted, or end where it cannot go on."""
    book, clock = lanes.book[lane], lanes.clock
    book.time, book.step, book.accepted = clock[TIME, lane], clock[STEP, lane], 0
    if clock[ACCEPTED, lane] > 0.0:
        verdict = may_stand(kernels, sizes, lanes, lane) if sizes.switches > 0 else STANDS
        if verdict == STANDS and (sens is None or keeps_slopes(sizes, lanes, sens, lane)):
            accept(kernels, sizes, timeline, tasks, lanes, sens, lane)
        elif verdict == STANDS and is_stuck(sizes, lanes, sens, lane):
            tasks.reports[book.task].status = COLLAPSED
            end_task(sizes, tasks, lanes, sens, lane)
        elif verdict == AT_START:
            clock[TAKEN, lane] -= 1.0
            clock[REJECTED, lane] += 1.0
            switch(kernels, sizes, tasks, lanes, sens, lane)
    elif is_stuck(sizes, lanes, sens, lane):
        leave(kernels, sizes, tasks, lanes, sens, lane)
    else:
        note_rounding(sizes, timeline, lanes, lane)


@compiled
def switch(
    kernels: Kernels, sizes: Sizes, tasks: Tasks, lanes: Lanes, sens: Sensitivities | None,
    lane: int,
) -> None:  # fmt: skip
    """Go over to the other side of a switch, or end where that leads back."""
    book = lanes.book[lane]
    lanes.clock[ACCEPTED, lane] = 0.0
    outcome = change_mode(kernels, sizes, lanes, lane)
    status = SLIDES if outcome == STUCK else RUNNING
    jumps = sens is not None and outcome == PASSED_ON and lanes.corners[book.aim] == 0
    if sens is not None and jumps and not jump_at_switch(sizes, lanes, sens, lane):
        status = TOUCHES
    if status != RUNNING:
        report = tasks.reports[book.task]
        report.status, report.surface = status, book.aim
        end_task(sizes, tasks, lanes, sens, lane)


@compiled
def leave(
    kernels: Kernels, sizes: Sizes, tasks: Tasks, lanes: Lanes, sens: Sensitivities | None,
    lane: int,
) -> None:  # fmt: skip
    """Leave the branch where a lane cannot go on, if that ends at a switch; else end."""
    book = lanes.book[lane]
    if sizes.switches > 0:
        book.aim = surface_at(kernels, sizes, lanes, lane)
        if book.aim >= 0:
            switch(kernels, sizes, tasks, lanes, sens, lane)
            return
    tasks.reports[book.task].status = failure(sizes, lanes, lane)
    end_task(sizes, tasks, lanes, sens, lane)


@compiled
def is_stuck(sizes: Sizes, lanes: Lanes, sens: Sensitivities | None, lane: int) -> bool:
    """Return whether the next step would be next to nothing.

    That is one too short to move the time. With slopes time counts from where the segment begins:
    where a reset empties a state that is lost by a power below 1 of itself, its slope by its start
    falls at an infinite rate, and no step that a late day can show is short enough.
    """
    book = lanes.book[lane]
    since, end = book.time, book.end
    if sens is not None and sizes.switches == 0:
        since, end = since - book.begun, end - book.begun
    return not lanes.clock[PROPOSED, lane] > SMALLEST_STEP * max(since, EARLY * end)


@compiled
def has_moved(sizes: Sizes, lanes: Lanes, sens: Sensitivities | None, lane: int) -> bool:
    """Return whether a step was made, with slopes also one that leaves the day as it was.

    Such steps are added up until the day can show them; only a step itself ends a segment.
    """
    book, clock = lanes.book[lane], lanes.clock
    if clock[TIME, lane] > book.time:
        book.lost = 0.0
        return True
    if sens is None or sizes.switches > 0 or book.accepted == 0:
        return False
    book.lost += book.step
    if book.time < book.time + book.lost < book.end:
        clock[TIME, lane], book.lost = book.time + book.lost, 0.0
    return True


@compiled
def failure(sizes: Sizes, lanes: Lanes, lane: int) -> int:
    """Return why no step was small enough."""
    for m in range(sizes.lanes + lane, lanes.slopes.size, sizes.lanes):
        if not math.isfinite(lanes.slopes[m]):
            return NOT_FINITE
    for m in range(lane, sizes.states * sizes.lanes, sizes.lanes):
        if not math.isfinite(lanes.vectors[NOW, m]):
            return NOT_FINITE
    if not lanes.factors[lanes.factors.size - sizes.lanes + lane] < LARGEST_GROWTH:
        return SINGULAR
    return COLLAPSED if math.isfinite(lanes.clock[ERROR, lane]) else NOT_FINITE


@compiled
def accept(
    kernels: Kernels, sizes: Sizes, timeline: Timeline, tasks: Tasks, lanes: Lanes,
    sens: Sensitivities | None, lane: int,
) -> None:  # fmt: skip
    """Write the outputs that lie within the step of a lane.

    The stages u_i are the first rows of `lanes.vectors`, NOW is still the state before the step
    and END that after it; `lanes.factors` are those of the step.
    """
    reached, lanes.book[lane].accepted = lanes.clock[REACHED, lane], 1
    if timeline.watches.size > 0:
        share = crossing(kernels, sizes, timeline, lanes, lane)
        if share < 1.0 or (share == 1.0 and reached < lanes.book[lane].end):
            stop_at_trigger(kernels, sizes, timeline, tasks, lanes, sens, lane, share)
            return
    write_outputs(kernels, sizes, timeline, tasks, lanes, sens, lane, reached)


@compiled
def finish_step(
    kernels: Kernels, sizes: Sizes, timeline: Timeline, tasks: Tasks, rules: Rules, lanes: Lanes,
    sens: Sensitivities | None, lane: int,
) -> None:  # fmt: skip
    """Arrive where a segment ends; end where the budget does."""
    book, clock = lanes.book[lane], lanes.clock
    if book.fresh == 0 and has_moved(sizes, lanes, sens, lane):
        if sens is not None:
            finish_slopes(sens, lane)
        book.time, book.still = clock[TIME, lane], 0
        if sizes.switches > 0 and book.met != 0:
            switch(kernels, sizes, tasks, lanes, sens, lane)
        if book.task < 0:
            return
        if book.time == book.end:
            if book.fresh == 0:
                lanes.restart[book.kind, lane] = clock[FIRST, lane]
            reach_edge(kernels, sizes, timeline, tasks, lanes, sens, lane)
        elif book.fresh == 0 and is_stuck(sizes, lanes, sens, lane):
            leave(kernels, sizes, tasks, lanes, sens, lane)
        else:
            clock[NEXT, lane] = next_due(timeline, tasks, lanes, lane)
    if book.task >= 0 and clock[TAKEN, lane] + clock[REJECTED, lane] >= rules.max_steps:
        tasks.reports[book.task].status = OUT_OF_STEPS
        end_task(sizes, tasks, lanes, sens, lane)


@compiled
def stop_at_trigger(
    kernels: Kernels, sizes: Sizes, timeline: Timeline, tasks: Tasks, lanes: Lanes,
    sens: Sensitivities | None, lane: int, share: float,
) -> None:  # fmt: skip
    """End the step where a condition fires, and the call of `advance` with it."""
    book = lanes.book[lane]
    reached = book.time + share * book.step
    write_outputs(kernels, sizes, timeline, tasks, lanes, sens, lane, reached)
    holds_at(kernels, sizes, timeline, lanes, lane, share)
    for i in range(sizes.states):
        lanes.vectors[NOW, i * sizes.lanes + lane] = lanes.seen[lane, 1 + i]
    book.time, book.fresh, lanes.clock[ACCEPTED, lane] = reached, 1, 0.0
    book.settled = 0
    summarise(sizes, tasks, lanes, lane)
    fire(timeline)
    tasks.reports[book.task].status = TRIGGERED
