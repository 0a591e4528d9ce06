"""What happens to a lane at an edge, in compiled code: it begins, doses arrive, outputs, it ends.

The rules of an edge: outputs before it come first, then its actions in their order, then outputs
after it.
"""

from __future__ import annotations

import math

from pdmodel.engine.codegen.parts import call, compiled
from pdmodel.engine.lanes.dense_output import along, between, follow
from pdmodel.engine.lanes.edge_slopes import add_to_state, change_rate, place_steady
from pdmodel.engine.lanes.lane_sensitivities import (
    begin_sensitivities,
    emit_sensitivities,
    have_numbers,
    jump,
    place_coefficients,
    start_sensitivities,
)
from pdmodel.engine.lanes.lane_sizes import (
    forget_sizes,
    is_coarse,
    limit_sizes,
    note_sizes,
    unlimit_sizes,
)
from pdmodel.engine.lanes.lane_switches import settle
from pdmodel.engine.lanes.lane_triggers import fire, holds_now
from pdmodel.engine.lanes.slope_memory import Sensitivities
from pdmodel.engine.lanes.switch_heights import rate_at
from pdmodel.engine.rosenbrock.memory import (
    ACTIVE,
    ADD,
    ADD_STATE,
    DONE,
    END,
    HIGHEST,
    LOWEST,
    MULTIPLY,
    NO_SLOPES,
    NO_START,
    NOW,
    OLD_ERROR,
    RATE,
    RATES,
    REFINED,
    REFUSED,
    REJECTED,
    REPLACE,
    RESET,
    RUNNING,
    SET,
    STATE,
    STEP,
    TAKEN,
    TIME,
    TRIGGERED,
    Kernels,
    Lanes,
    Rules,
    Sizes,
    Tasks,
    Timeline,
)


@compiled
def start_task(
    kernels: Kernels, sizes: Sizes, timeline: Timeline, tasks: Tasks, rules: Rules, lanes: Lanes,
    sens: Sensitivities | None, lane: int,
) -> None:  # fmt: skip
    """Put a task into a lane, at its drug-free start, and apply what happens at day 0."""
    book, count = lanes.book[lane], sizes.lanes
    report = tasks.reports[book.task]
    book.edge, book.output, book.kind, book.arrived = report.first_edge, report.first_output, 0, 0
    book.horizon = report.horizon
    book.time, book.step, book.end, book.begun = 0.0, 1.0, 0.0, 0.0
    book.switches, book.still = 0, 0
    lanes.clock[OLD_ERROR, lane] = 0.0
    if book.again == 0:
        lanes.clock[TAKEN, lane], lanes.clock[REJECTED, lane] = 0.0, 0.0
    for i in range(lanes.restart.shape[0]):
        known = i < tasks.restart.shape[1]
        lanes.restart[i, lane] = tasks.restart[book.task, i] if known else 0.0
    for i in range(sizes.parameters):
        lanes.seen[lane, 1 + sizes.states + i] = tasks.parameters[book.task, i]
    for i in range(sizes.states):
        lanes.vectors[RATES, i * count + lane] = 0.0
        tasks.ends[book.task, 1, i] = 0.0
    forget_sizes(sizes, lanes, lane)
    startable = prepare(kernels, sizes, lanes, lane)
    if not (startable and are_allowed(rules, lanes)):
        report.status = NO_START if are_allowed(rules, lanes) else REFUSED
        end_task(sizes, tasks, lanes, sens, lane)
        return
    for i in range(sizes.states):
        lanes.vectors[NOW, i * count + lane] = lanes.prepared[sizes.constants + i]
    if sens is not None:
        begin_sensitivities(sizes, lanes, sens, lane)
        start_sensitivities(sizes, lanes, sens, lane)
    report.status = RUNNING
    note_sizes(sizes, lanes, lane)
    write_outputs(kernels, sizes, timeline, tasks, lanes, sens, lane, 0.0)
    reach_edge(kernels, sizes, timeline, tasks, lanes, sens, lane)


@compiled
def are_allowed(rules: Rules, lanes: Lanes) -> bool:
    """Return whether the constants that were just prepared are finite, and none is too small."""
    for i in range(rules.least.size):
        if not (math.isfinite(lanes.prepared[i]) and lanes.prepared[i] >= rules.least[i]):
            return False
    return True


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
def reach_edge(
    kernels: Kernels, sizes: Sizes, timeline: Timeline, tasks: Tasks, lanes: Lanes,
    sens: Sensitivities | None, lane: int,
) -> None:  # fmt: skip
    """Apply every edge that is due, then begin the segment up to the next one, or end."""
    book = lanes.book[lane]
    report = tasks.reports[book.task]
    for i in range(sizes.states):
        rate = lanes.vectors[RATES, i * sizes.lanes + lane]
        tasks.ends[book.task, 1, i] += rate * (book.time - book.begun)
    book.begun, book.lost = book.time, 0.0
    while book.edge < report.end_edge and timeline.edges[book.edge].time <= book.time:
        edge = timeline.edges[book.edge]
        book.kind = edge.kind
        if edge.first == edge.end and book.time > 0.0:  # a mark: go on as before
            lanes.restart[edge.kind, lane] = lanes.clock[STEP, lane]
        for action in range(edge.first, edge.end):
            apply(kernels, sizes, timeline, tasks, lanes, sens, lane, action)
        book.edge += 1
    book.arrived = 1
    write_outputs(kernels, sizes, timeline, tasks, lanes, sens, lane, book.time)
    book.arrived = 0
    horizon = min(timeline.horizon, book.horizon)
    if book.time >= horizon:
        tasks.reports[book.task].status = DONE
        end_task(sizes, tasks, lanes, sens, lane)
        return
    book.end = horizon
    if book.edge < report.end_edge:
        book.end = min(horizon, timeline.edges[book.edge].time)
    book.fresh, book.settled = 1, 0
    if timeline.watches.size > 0 and holds_now(kernels, sizes, timeline, lanes, lane):
        fire(timeline)
        report.status = TRIGGERED
    note_sizes(sizes, lanes, lane)


@compiled
def apply(
    kernels: Kernels, sizes: Sizes, timeline: Timeline, tasks: Tasks, lanes: Lanes,
    sens: Sensitivities | None, lane: int, number: int,
) -> None:  # fmt: skip
    """Do one action."""
    action, count, task = timeline.actions[number], sizes.lanes, lanes.book[lane].task
    if sens is not None:
        if action.kind == ADD:
            jump(sizes, sens, lane, action.target, 1.0, action.value)
            leave_for_dose(kernels, sizes, lanes, sens, lane, number)
        elif action.kind == RATE:
            change_rate(sizes.states, sens.blocks[lane], sens.edges, lane, action.target, number)
        elif action.kind == REPLACE:
            jump(sizes, sens, lane, action.target, 0.0, 0.0)
        elif action.kind == MULTIPLY:
            jump(sizes, sens, lane, action.target, action.value, 0.0)
    offset = action.target * count + lane
    if action.kind == ADD:
        lanes.vectors[NOW, offset] += action.value
        tasks.ends[task, 1, action.target] += action.value
        if sens is not None:
            arrive_with_dose(kernels, sizes, lanes, sens, lane, number, action.target)
    elif action.kind == RATE:
        lanes.vectors[RATES, offset] = action.value
    elif action.kind == SET:
        lanes.seen[lane, 1 + sizes.states + action.target] = action.value
        prepare(kernels, sizes, lanes, lane)
        if sens is not None:
            place_coefficients(sizes, lanes, sens, lane)
    elif action.kind == REPLACE:
        lanes.vectors[NOW, offset] = action.value
    elif action.kind == MULTIPLY:
        lanes.vectors[NOW, offset] *= action.value
    else:
        apply_to_all(kernels, sizes, timeline, tasks, lanes, sens, lane, number)


@compiled
def leave_for_dose(
    kernels: Kernels, sizes: Sizes, lanes: Lanes, sens: Sensitivities, lane: int, number: int
) -> None:
    """Keep the rates before a dose whose day follows what is differentiated by."""
    if sens.edges.rows.size == 0 or sens.edges.rows[number] < 0:
        return
    find_rates_at_edge(kernels, sizes, lanes, lane)
    for i in range(sizes.states):
        sens.edges.before[lane, i] = lanes.slopes[rate_at(sizes, lane, i)]


@compiled
def arrive_with_dose(
    kernels: Kernels, sizes: Sizes, lanes: Lanes, sens: Sensitivities, lane: int, number: int,
    state: int,
) -> None:  # fmt: skip
    """Let the slopes jump by the rates before and after such a dose, and by what it gave."""
    if sens.edges.rows.size == 0 or sens.edges.rows[number] < 0:
        return
    row = sens.edges.rows[number]
    add_to_state(sizes.states, sens.blocks[lane], sens.edges.amounts[row], state, 1.0)
    find_rates_at_edge(kernels, sizes, lanes, lane)
    for i in range(sizes.states):
        change = sens.edges.before[lane, i] - lanes.slopes[rate_at(sizes, lane, i)]
        if change != 0.0:
            add_to_state(sizes.states, sens.blocks[lane], sens.edges.moments[row], i, change)


@compiled
def find_rates_at_edge(kernels: Kernels, sizes: Sizes, lanes: Lanes, lane: int) -> None:
    """Compute the derivatives where a lane stands at an edge, in the modes that hold there."""
    lanes.clock[TIME, lane] = lanes.book[lane].time
    if sizes.switches > 0:
        settle(kernels, sizes, lanes, lane)
    call(kernels.slope[0], kernels.slope[1], lanes.vectors.ctypes.data, 0)


@compiled
def apply_to_all(
    kernels: Kernels, sizes: Sizes, timeline: Timeline, tasks: Tasks, lanes: Lanes,
    sens: Sensitivities | None, lane: int, number: int,
) -> None:  # fmt: skip
    """Reset every state, or put a steady state in its place, or add one to it."""
    action = timeline.actions[number]
    row = tasks.reports[lanes.book[lane].task].steady + action.target
    if action.kind == RESET:
        prepare(kernels, sizes, lanes, lane)
        if sens is not None:
            start_sensitivities(sizes, lanes, sens, lane)
    if sens is not None:
        if action.kind == STATE or action.kind == ADD_STATE:
            kept = 0.0 if action.kind == STATE else 1.0
            place_steady(sizes.states, sens.blocks[lane], sens.edges, row, kept)
        if action.kind != ADD_STATE:
            sens.edges.rates[lane] = 0.0
    for i in range(sizes.states):
        offset = i * sizes.lanes + lane
        if action.kind == RESET:
            lanes.vectors[NOW, offset] = lanes.prepared[sizes.constants + i]
            lanes.vectors[RATES, offset] = 0.0
        elif action.kind == STATE:
            lanes.vectors[NOW, offset] = timeline.steady[row, i]
            lanes.vectors[RATES, offset] = 0.0
        else:
            lanes.vectors[NOW, offset] += timeline.steady[row, i]


@compiled
def write_outputs(
    kernels: Kernels, sizes: Sizes, timeline: Timeline, tasks: Tasks, lanes: Lanes,
    sens: Sensitivities | None, lane: int, until: float,
) -> None:  # fmt: skip
    """Write the outputs up to a time; those at an edge, and asked for after it, once arrived."""
    book = lanes.book[lane]
    report, arrived = tasks.reports[book.task], book.arrived != 0
    followed = False
    while book.output < report.end_output:
        output = timeline.outputs[book.output]
        if output.time > until:
            return
        if output.after and output.time == until == book.end and not arrived:
            return
        seen = lanes.seen[lane]
        seen[0] = output.time
        share = 0.0
        at_rest = arrived or until == book.time
        if not at_rest:
            share = min((output.time - book.time) / book.step, 1.0)
        if at_rest or share == 1.0:
            stands = NOW if at_rest else END
            for i in range(sizes.states):
                seen[1 + i] = lanes.vectors[stands, i * sizes.lanes + lane]
        elif lanes.clock[REFINED, lane] > 0.0:
            if not followed:
                follow(lanes, sizes, lane)
                followed = True
            along(lanes, sizes, share, seen[1:])
        else:
            between(lanes, sizes, lane, share, seen[1:])
        row = report.row + book.output - report.first_output
        out = tasks.values[row].ctypes.data
        call(kernels.observe[0], kernels.observe[1], out, seen.ctypes.data)
        if sens is not None:
            emit_sensitivities(sizes, lanes, sens, lane, row, share)
        book.output += 1


@compiled
def end_task(
    sizes: Sizes, tasks: Tasks, lanes: Lanes, sens: Sensitivities | None, lane: int
) -> None:
    """Take a task out of its lane and write how it ended.

    One whose sizes were overestimated is made again, unless triggers decide how it goes on: then
    who answers them makes it again.
    """
    book = lanes.book[lane]
    report = tasks.reports[book.task]
    report.time = book.time
    for i in range(sizes.states):
        tasks.ends[book.task, 0, i] = lanes.vectors[NOW, i * sizes.lanes + lane]
    summarise(sizes, tasks, lanes, lane)
    lanes.clock[ACTIVE, lane] = 0.0
    if report.status == DONE and report.coarse and book.again == 0 and sizes.watches == 0:
        limit_sizes(sizes, lanes, lane)
        book.again, book.fresh = 1, 0
        return
    for i in range(tasks.restart.shape[1]):
        tasks.restart[book.task, i] = lanes.restart[i, lane]
    if sens is not None and report.status == DONE and not have_numbers(sizes, sens, lane):
        report.status = NO_SLOPES
    book.task, book.again = -1, 0
    unlimit_sizes(sizes, lanes, lane)


@compiled
def summarise(sizes: Sizes, tasks: Tasks, lanes: Lanes, lane: int) -> None:
    """Write the extremes of the states, how many steps there were, and whether they were sized."""
    task = lanes.book[lane].task
    report = tasks.reports[task]
    report.coarse = is_coarse(sizes, lanes, lane)
    report.accepted, report.rejected = lanes.clock[TAKEN, lane], lanes.clock[REJECTED, lane]
    report.switches = lanes.book[lane].switches
    report.lowest = math.inf
    for i in range(sizes.states):
        lowest = lanes.vectors[LOWEST, i * sizes.lanes + lane]
        tasks.ends[task, 2, i] = lowest
        tasks.ends[task, 3, i] = lanes.vectors[HIGHEST, i * sizes.lanes + lane]
        if lowest < report.lowest:
            report.lowest, report.lowest_state = lowest, i
