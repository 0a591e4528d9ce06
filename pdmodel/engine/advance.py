"""Integrate tasks from edge to edge in compiled code, several side by side.

Each lane has its own time, step and edges, and takes the next task when it has finished one. So
a lane's numbers never depend on its neighbours. The rules of an edge: what is asked for before
comes first, then the actions in their order, then what is asked for after.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from pdmodel.engine.address import call
from pdmodel.engine.compiling import compiled, entry, inlined
from pdmodel.engine.control_code import LARGEST_GROWTH, SMALLEST_STEP
from pdmodel.engine.memory import (
    ACCEPTED,
    ACTIVE,
    ADD,
    ATOL,
    BUDGET,
    COLLAPSED,
    DONE,
    ERROR,
    FAILED,
    FIRST,
    FRESH,
    LOOK,
    LOWEST,
    MULTIPLY,
    NEXT,
    NO_START,
    NOT_FINITE,
    NOW,
    OLD_ERROR,
    OUT_OF_STEPS,
    PROPOSED,
    RATE,
    RATES,
    REACHED,
    REJECTED,
    REPLACE,
    RESET,
    RTOL,
    RUNNING,
    SET,
    SINGULAR,
    STATE,
    STEP,
    STOP,
    TAKEN,
    TIME,
    TRIES,
    TRIGGERED,
    Kernels,
    Lanes,
    Plan,
    Rules,
    Sizes,
    Tasks,
)
from pdmodel.engine.rosenbrock import between
from pdmodel.engine.sensitivities import (
    Sensitivities,
    emit_sensitivities,
    finish_step,
    jump,
    place_coefficients,
    propagate,
    start_sensitivities,
)
from pdmodel.engine.watching import crossing, fire, holds_at, holds_now


@inlined
def run(
    kernels: Kernels, sizes: Sizes, plan: Plan, tasks: Tasks, rules: Rules, lanes: Lanes,
    sens: Sensitivities | None, tries: int,
) -> bool:  # fmt: skip
    """Make at most `tries` steps in every lane; return whether all tasks have ended.

    `sens` is None, or the memory of sensitivities; with it there is one lane.
    """
    for lane in range(sizes.lanes):
        lanes.clock[TRIES, lane], lanes.clock[RTOL, lane] = tries, rules.rtol
        lanes.clock[BUDGET, lane] = rules.max_steps
    while lanes.clock[TRIES, 0] > 0.0:
        active = False
        for lane in range(sizes.lanes):
            book = lanes.book[lane]
            while book.task < 0 and lanes.queue[0] < tasks.reports.size:
                book.task = lanes.queue[0]
                lanes.queue[0] += 1
                begin(kernels, sizes, plan, tasks, lanes, sens, lane)
            active = active or book.task >= 0
        if not active or (plan.watches.size > 0 and tasks.reports[0].status == TRIGGERED):
            return True
        for lane in range(sizes.lanes):
            if lanes.book[lane].fresh != 0 and lanes.book[lane].task >= 0:
                set_out(kernels, sizes, plan, rules, lanes, lane)
            if sens is not None or plan.watches.size > 0:
                lanes.clock[NEXT, lane] = -math.inf
        call(kernels.advance[0], kernels.advance[1], lanes.vectors.ctypes.data, 0)
        for lane in range(sizes.lanes):
            if lanes.clock[LOOK, lane] > 0.0 and lanes.book[lane].task >= 0:
                look_at(kernels, sizes, plan, tasks, lanes, sens, lane)
        call(kernels.accept[0], kernels.accept[1], lanes.vectors.ctypes.data, 0)
        for lane in range(sizes.lanes):
            if lanes.clock[LOOK, lane] > 0.0 and lanes.book[lane].task >= 0:
                move_on(kernels, sizes, plan, tasks, rules, lanes, sens, lane)
    return False


def _make_advance(mark: int) -> Callable[..., bool]:
    def advance(
        kernels: Kernels, sizes: Sizes, plan: Plan, tasks: Tasks, rules: Rules, lanes: Lanes,
        sens: Sensitivities | None, tries: int,
    ) -> bool:  # fmt: skip
        return mark != 0 and run(kernels, sizes, plan, tasks, rules, lanes, sens, tries)

    return advance


advance = entry(_make_advance)
"""`run`, kept on disk."""


@inlined
def begin(
    kernels: Kernels, sizes: Sizes, plan: Plan, tasks: Tasks, lanes: Lanes,
    sens: Sensitivities | None, lane: int,
) -> None:  # fmt: skip
    """Put a task into a lane, at its drug-free start, and apply what happens at day 0."""
    book, count = lanes.book[lane], sizes.lanes
    report = tasks.reports[book.task]
    book.edge, book.output, book.kind, book.arrived = report.first_edge, 0, 0, 0
    book.time, book.step, book.end, book.begun = 0.0, 1.0, 0.0, 0.0
    for row in (OLD_ERROR, TAKEN, REJECTED):
        lanes.clock[row, lane] = 0.0
    for i in range(lanes.restart.shape[0]):
        lanes.restart[i, lane] = 0.0
    for i in range(sizes.parameters):
        lanes.seen[lane, 1 + sizes.states + i] = tasks.parameters[book.task, i]
    for i in range(sizes.states):
        lanes.vectors[RATES, i * count + lane] = 0.0
        lanes.vectors[LOWEST, i * count + lane] = math.inf
    if not prepare(kernels, sizes, lanes, lane):
        tasks.reports[book.task].status = NO_START
        end(sizes, tasks, lanes, lane)
        return
    for i in range(sizes.states):
        lanes.vectors[NOW, i * count + lane] = lanes.prepared[sizes.constants + i]
    if sens is not None:
        start_sensitivities(sizes, lanes, sens)
    report.status = RUNNING
    note_lowest(sizes, lanes, lane)
    emit(kernels, sizes, plan, tasks, lanes, sens, lane, 0.0)
    arrive(kernels, sizes, plan, tasks, lanes, sens, lane)


@compiled
def prepare(kernels: Kernels, sizes: Sizes, lanes: Lanes, lane: int) -> bool:
    """Evaluate constants, starting state and coefficients; return whether all are finite."""
    n, count = sizes.states, sizes.lanes
    parameters = lanes.seen[lane, 1 + n :].ctypes.data
    call(kernels.prepare[0], kernels.prepare[1], lanes.prepared.ctypes.data, parameters)
    finite = True
    for i in range(lanes.prepared.size):
        finite = finite and math.isfinite(lanes.prepared[i])
    for i in range(sizes.coefficients):
        lanes.stage[(1 + n + i) * count + lane] = lanes.prepared[sizes.constants + n + i]
    for i in range(sizes.constants):
        lanes.seen[lane, 1 + n + sizes.parameters + i] = lanes.prepared[i]
    return finite


@compiled
def arrive(
    kernels: Kernels, sizes: Sizes, plan: Plan, tasks: Tasks, lanes: Lanes,
    sens: Sensitivities | None, lane: int,
) -> None:  # fmt: skip
    """Apply every edge that is due, then begin the segment up to the next one, or end."""
    book = lanes.book[lane]
    report = tasks.reports[book.task]
    for i in range(sizes.states):
        rate = lanes.vectors[RATES, i * sizes.lanes + lane]
        tasks.ends[book.task, 1, i] += rate * (book.time - book.begun)
    book.begun = book.time
    while book.edge < report.end_edge and plan.edges[book.edge].time <= book.time:
        edge = plan.edges[book.edge]
        book.kind = edge.kind
        for action in range(edge.first, edge.end):
            apply(kernels, sizes, plan, tasks, lanes, sens, lane, action)
        book.edge += 1
    book.arrived = 1
    emit(kernels, sizes, plan, tasks, lanes, sens, lane, book.time)
    book.arrived = 0
    if book.time >= plan.horizon:
        tasks.reports[book.task].status = DONE
        end(sizes, tasks, lanes, lane)
        return
    book.end = plan.horizon
    if book.edge < report.end_edge:
        book.end = min(plan.horizon, plan.edges[book.edge].time)
    book.fresh = 1
    if plan.watches.size > 0 and holds_now(kernels, sizes, plan, lanes, lane):
        fire(plan)
        report.status = TRIGGERED
    note_lowest(sizes, lanes, lane)


@compiled
def apply(
    kernels: Kernels, sizes: Sizes, plan: Plan, tasks: Tasks, lanes: Lanes,
    sens: Sensitivities | None, lane: int, number: int,
) -> None:  # fmt: skip
    """Do one action."""
    action, count, task = plan.actions[number], sizes.lanes, lanes.book[lane].task
    if sens is not None:
        if action.kind == ADD:
            jump(sizes, sens, action.target, 1.0, action.value)
        elif action.kind == REPLACE:
            jump(sizes, sens, action.target, 0.0, 0.0)
        elif action.kind == MULTIPLY:
            jump(sizes, sens, action.target, action.value, 0.0)
    place = action.target * count + lane
    if action.kind == ADD:
        lanes.vectors[NOW, place] += action.value
        tasks.ends[task, 1, action.target] += action.value
    elif action.kind == RATE:
        lanes.vectors[RATES, place] = action.value
    elif action.kind == SET:
        lanes.seen[lane, 1 + sizes.states + action.target] = action.value
        prepare(kernels, sizes, lanes, lane)
        if sens is not None:
            place_coefficients(sizes, lanes, sens)
    elif action.kind == REPLACE:
        lanes.vectors[NOW, place] = action.value
    elif action.kind == MULTIPLY:
        lanes.vectors[NOW, place] *= action.value
    else:
        apply_to_all(kernels, sizes, plan, tasks, lanes, sens, lane, number)


@inlined
def apply_to_all(
    kernels: Kernels, sizes: Sizes, plan: Plan, tasks: Tasks, lanes: Lanes,
    sens: Sensitivities | None, lane: int, number: int,
) -> None:  # fmt: skip
    """Reset every state, or put a steady state in its place, or add one to it."""
    action = plan.actions[number]
    row = tasks.reports[lanes.book[lane].task].steady + action.target
    if action.kind == RESET:
        prepare(kernels, sizes, lanes, lane)
        if sens is not None:
            start_sensitivities(sizes, lanes, sens)
    for i in range(sizes.states):
        place = i * sizes.lanes + lane
        if action.kind == RESET:
            lanes.vectors[NOW, place] = lanes.prepared[sizes.constants + i]
            lanes.vectors[RATES, place] = 0.0
        elif action.kind == STATE:
            lanes.vectors[NOW, place] = plan.steady[row, i]
            lanes.vectors[RATES, place] = 0.0
        else:
            lanes.vectors[NOW, place] += plan.steady[row, i]


@inlined
def set_out(
    kernels: Kernels, sizes: Sizes, plan: Plan, rules: Rules, lanes: Lanes, lane: int
) -> None:
    """Begin a segment, with the first step that succeeded after the last edge of its kind."""
    book, clock = lanes.book[lane], lanes.clock
    book.fresh = 0
    clock[TIME, lane], clock[STOP, lane] = book.time, book.end
    clock[NEXT, lane] = next_due(plan, lanes, lane)
    clock[FAILED, lane], clock[FRESH, lane], clock[ACTIVE, lane] = 0.0, 1.0, 1.0
    clock[ACCEPTED, lane], clock[OLD_ERROR, lane] = 0.0, 0.0
    clock[STEP, lane] = lanes.restart[book.kind, lane]
    if clock[STEP, lane] == 0.0:
        call(kernels.slope[0], kernels.slope[1], lanes.vectors.ctypes.data, 0)
        clock[STEP, lane] = first_step(sizes, rules, lanes, lane)


@compiled
def next_due(plan: Plan, lanes: Lanes, lane: int) -> float:
    """Return when to look at a lane again: at the end of its segment or before, at an output."""
    book = lanes.book[lane]
    due: float = book.end
    if book.output < plan.outputs.size:
        due = min(due, plan.outputs[book.output].time)
    return due


@inlined
def first_step(sizes: Sizes, rules: Rules, lanes: Lanes, lane: int) -> float:
    """Guess a step from the size of the state and of its derivative."""
    size, slope, count = 0.0, 0.0, sizes.lanes
    first = count * (1 + sizes.entries)
    for i in range(sizes.states):
        m = i * count + lane
        scale = lanes.vectors[ATOL, m] + rules.rtol * abs(lanes.vectors[NOW, m])
        size += (lanes.vectors[NOW, m] / scale) ** 2
        slope += (lanes.slopes[first + m] / scale) ** 2
    if size < 1e-10 or not slope > 1e-10:
        return 1e-6
    return 0.01 * math.sqrt(size / slope)


@inlined
def look_at(
    kernels: Kernels, sizes: Sizes, plan: Plan, tasks: Tasks, lanes: Lanes,
    sens: Sensitivities | None, lane: int,
) -> None:  # fmt: skip
    """Do what is due before the step of a lane is accepted, or end where it cannot go on."""
    book, clock = lanes.book[lane], lanes.clock
    book.time, book.step = clock[TIME, lane], clock[STEP, lane]
    if clock[ACCEPTED, lane] > 0.0:
        accept(kernels, sizes, plan, tasks, lanes, sens, lane)
    elif is_stuck(lanes, lane):
        tasks.reports[book.task].status = failure(sizes, lanes, lane)
        end(sizes, tasks, lanes, lane)


@compiled
def is_stuck(lanes: Lanes, lane: int) -> bool:
    """Return whether the next step would be too short to move the time."""
    least = SMALLEST_STEP * max(lanes.book[lane].time, 1e-3)
    return not lanes.clock[PROPOSED, lane] > least


@inlined
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


@inlined
def accept(
    kernels: Kernels, sizes: Sizes, plan: Plan, tasks: Tasks, lanes: Lanes,
    sens: Sensitivities | None, lane: int,
) -> None:  # fmt: skip
    """Write what is asked for within the step of a lane.

    The stages u_i are the rows 0 to 7 of `lanes.vectors`, NOW is still the state before the step
    and END that after it; `lanes.factors` are those of the step.
    """
    reached = lanes.clock[REACHED, lane]
    if sens is not None:
        propagate(sizes, lanes, sens)
    if plan.watches.size > 0:
        share = crossing(kernels, sizes, plan, lanes, lane)
        if share < 1.0 or (share == 1.0 and reached < lanes.book[lane].end):
            stop_within(kernels, sizes, plan, tasks, lanes, sens, lane, share)
            return
    emit(kernels, sizes, plan, tasks, lanes, sens, lane, reached)


@inlined
def move_on(
    kernels: Kernels, sizes: Sizes, plan: Plan, tasks: Tasks, rules: Rules, lanes: Lanes,
    sens: Sensitivities | None, lane: int,
) -> None:  # fmt: skip
    """Arrive where a segment ends; end where the budget does."""
    book, clock = lanes.book[lane], lanes.clock
    if book.fresh == 0 and clock[TIME, lane] > book.time:
        if sens is not None:
            finish_step(sizes, sens)
        book.time = clock[TIME, lane]
        if book.time == book.end:
            lanes.restart[book.kind, lane] = clock[FIRST, lane]
            arrive(kernels, sizes, plan, tasks, lanes, sens, lane)
        elif is_stuck(lanes, lane):
            tasks.reports[book.task].status = failure(sizes, lanes, lane)
            end(sizes, tasks, lanes, lane)
        else:
            clock[NEXT, lane] = next_due(plan, lanes, lane)
    if book.task >= 0 and clock[TAKEN, lane] + clock[REJECTED, lane] >= rules.max_steps:
        tasks.reports[book.task].status = OUT_OF_STEPS
        end(sizes, tasks, lanes, lane)


@inlined
def stop_within(
    kernels: Kernels, sizes: Sizes, plan: Plan, tasks: Tasks, lanes: Lanes,
    sens: Sensitivities | None, lane: int, share: float,
) -> None:  # fmt: skip
    """End the step where a condition fires, and the call of `advance` with it."""
    book = lanes.book[lane]
    reached = book.time + share * book.step
    emit(kernels, sizes, plan, tasks, lanes, sens, lane, reached)
    holds_at(kernels, sizes, plan, lanes, lane, share)
    for i in range(sizes.states):
        lanes.vectors[NOW, i * sizes.lanes + lane] = lanes.seen[lane, 1 + i]
    book.time, book.fresh, lanes.clock[ACCEPTED, lane] = reached, 1, 0.0
    summarise(sizes, tasks, lanes, lane)
    fire(plan)
    tasks.reports[book.task].status = TRIGGERED


@compiled
def emit(
    kernels: Kernels, sizes: Sizes, plan: Plan, tasks: Tasks, lanes: Lanes,
    sens: Sensitivities | None, lane: int, until: float,
) -> None:  # fmt: skip
    """Write the outputs up to a time; those at an edge, and asked for after it, once arrived."""
    book = lanes.book[lane]
    arrived = book.arrived != 0
    while book.output < plan.outputs.size:
        output = plan.outputs[book.output]
        if output.time > until:
            return
        if output.after and output.time == until == book.end and not arrived:
            return
        seen = lanes.seen[lane]
        seen[0] = output.time
        share = 0.0
        if arrived or until == book.time:
            for i in range(sizes.states):
                seen[1 + i] = lanes.vectors[NOW, i * sizes.lanes + lane]
        else:
            share = min((output.time - book.time) / book.step, 1.0)
            between(lanes, sizes, lane, share, seen[1:])
        out = tasks.values[book.task, book.output].ctypes.data
        call(kernels.observe[0], kernels.observe[1], out, seen.ctypes.data)
        if sens is not None:
            emit_sensitivities(sizes, lanes, sens, book.output, share)
        book.output += 1


@compiled
def note_lowest(sizes: Sizes, lanes: Lanes, lane: int) -> None:
    """Remember the lowest value of each state."""
    for m in range(lane, sizes.states * sizes.lanes, sizes.lanes):
        lanes.vectors[LOWEST, m] = min(lanes.vectors[LOWEST, m], lanes.vectors[NOW, m])


@compiled
def end(sizes: Sizes, tasks: Tasks, lanes: Lanes, lane: int) -> None:
    """Take a task out of its lane and write how it ended."""
    book = lanes.book[lane]
    report = tasks.reports[book.task]
    report.time = book.time
    for i in range(sizes.states):
        tasks.ends[book.task, 0, i] = lanes.vectors[NOW, i * sizes.lanes + lane]
    summarise(sizes, tasks, lanes, lane)
    book.task, lanes.clock[ACTIVE, lane] = -1, 0.0


@compiled
def summarise(sizes: Sizes, tasks: Tasks, lanes: Lanes, lane: int) -> None:
    """Write the lowest value of any state, and how many steps there were."""
    report = tasks.reports[lanes.book[lane].task]
    report.accepted, report.rejected = lanes.clock[TAKEN, lane], lanes.clock[REJECTED, lane]
    report.lowest = math.inf
    for i in range(sizes.states):
        lowest = lanes.vectors[LOWEST, i * sizes.lanes + lane]
        if lowest < report.lowest:
            report.lowest, report.lowest_state = lowest, i
