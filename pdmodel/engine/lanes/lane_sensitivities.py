"""Forward sensitivities beside the integration, in compiled code; see `sensitivity_code`."""

from __future__ import annotations

import math

from pdmodel.engine.codegen.parts import call, compiled
from pdmodel.engine.compiled_model.slope_block_code import (
    AFTER,
    BEFORE,
    INVERSES,
    ROOTLESS,
    ROWS,
    SQUARES,
    STAGE,
    STEEPEST,
)
from pdmodel.engine.compiled_model.slope_reach import COLUMNS
from pdmodel.engine.compiled_model.slope_step_code import NOISE
from pdmodel.engine.lanes.dense_output import weight
from pdmodel.engine.lanes.edge_slopes import force_by_rates
from pdmodel.engine.lanes.slope_memory import (
    BY_DOSE,
    BY_PARAMETER,
    BY_START,
    Sensitivities,
)
from pdmodel.engine.lanes.switch_heights import rate_at
from pdmodel.engine.rosenbrock.control_code import PROPORTIONAL, SAFETY
from pdmodel.engine.rosenbrock.memory import (
    ACCEPTED,
    PROPOSED,
    RATES,
    REJECTED,
    ROUNDING,
    STEP,
    TAKEN,
    Lanes,
    Sizes,
)
from pdmodel.engine.rosenbrock.tableau import METHOD

_STAGES, _NUMBER = METHOD.stages, 8
_ROUNDING, _NOISE = ROUNDING, NOISE
_LEAST, _SAFETY, _PROPORTIONAL = 0.1, SAFETY, PROPORTIONAL


@compiled
def have_numbers(sizes: Sizes, sens: Sensitivities, lane: int) -> bool:
    """Return whether the sensitivities of all states are finite numbers."""
    n, blocks = sizes.states, sens.blocks[lane]
    for first in range(0, blocks.size, ROWS * n * COLUMNS):
        for m in range(BEFORE * n * COLUMNS, (BEFORE + 1) * n * COLUMNS):
            if not math.isfinite(blocks[first + m]):
                return False
    return True


@compiled
def begin_sensitivities(sizes: Sizes, lanes: Lanes, sens: Sensitivities, lane: int) -> None:
    """Make the memory of a lane ready for the task that it has just been given."""
    n, blocks = sizes.states, sens.blocks[lane]
    fresh = lanes.book[lane].again == 0  # a run that is made again knows how steep it gets
    if fresh:
        for i in range(n):
            sens.records[lane, sens.largest_at + i] = 0.0
    for first in range(0, blocks.size, ROWS * n * COLUMNS):
        for m in range(first, first + ROWS * n * COLUMNS):
            if fresh or not STEEPEST * n * COLUMNS <= m - first < (STEEPEST + 1) * n * COLUMNS:
                blocks[m] = 0.0
    sens.edges.rates[lane] = 0.0
    for column in range(sens.kinds.size):
        size, place = 0.0, sens.places[column]
        if sens.kinds[column] == BY_PARAMETER:
            size = abs(lanes.seen[lane, 1 + sizes.states + place])
        elif sens.kinds[column] == BY_START:
            size = abs(lanes.prepared[sizes.constants + place])
        elif sens.kinds[column] == BY_DOSE:
            size = 1.0
        at = (column // COLUMNS) * ROWS * n * COLUMNS + column % COLUMNS
        blocks[at + INVERSES * n * COLUMNS] = 1.0 / size if size > 0.0 else 0.0
        blocks[at + ROOTLESS * n * COLUMNS] = 0.0 if size > 0.0 else _NOISE


@compiled
def start_sensitivities(sizes: Sizes, lanes: Lanes, sens: Sensitivities, lane: int) -> None:
    """Put the derivatives of the starting state in place, which has just been prepared."""
    place_coefficients(sizes, lanes, sens, lane)
    n, blocks = sizes.states, sens.blocks[lane]
    for first in range(0, blocks.size, ROWS * n * COLUMNS):
        for m in range(BEFORE * n * COLUMNS, (BEFORE + 1) * n * COLUMNS):
            blocks[first + m] = 0.0
    last = lanes.prepared.size - sens.start_at.size
    for m in range(sens.start_at.size):
        blocks[sens.start_at[m]] = lanes.prepared[last + m]
    for m in range(sens.unit_at.size):
        blocks[sens.unit_at[m]] += 1.0


@compiled
def place_coefficients(sizes: Sizes, lanes: Lanes, sens: Sensitivities, lane: int) -> None:
    """Hand the coefficients that were just prepared to the points of a lane."""
    first = sizes.constants + sizes.states
    for i in range(lanes.prepared.size - sens.start_at.size - first):
        sens.records[lane, sens.fixed_at + i] = lanes.prepared[first + i]


@compiled
def propagate(sizes: Sizes, lanes: Lanes, sens: Sensitivities, lane: int) -> None:
    """Differentiate the step that was accepted; the new S waits in its own row."""
    n, blocks = sizes.states, sens.blocks[lane]
    record, scalars = sens.records[lane].ctypes.data, sens.scalars.ctypes.data
    call(sens.note[0], sens.note[1], record, lanes.vectors.ctypes.data + _NUMBER * lane)
    call(sens.points[0], sens.points[1], scalars, record)
    call(sens.force[0], sens.force[1], blocks.ctypes.data, scalars)
    _force_by_infusions(sizes, lanes, sens, lane)
    force_by_rates(n, blocks, sens.edges, lane)
    block = _NUMBER * ROWS * n * COLUMNS
    for b in range(blocks.size // (ROWS * n * COLUMNS)):
        call(sens.block[b], record, blocks.ctypes.data + b * block, scalars)


@compiled
def _force_by_infusions(sizes: Sizes, lanes: Lanes, sens: Sensitivities, lane: int) -> None:
    stage = sizes.states * COLUMNS
    for m in range(sens.dose_states.size):
        rate = lanes.vectors[RATES, sens.dose_states[m] * sizes.lanes + lane]
        for s in range(_STAGES):
            sens.blocks[lane, sens.dose_force_at[m] + s * stage] = rate


@compiled
def keeps_slopes(sizes: Sizes, lanes: Lanes, sens: Sensitivities, lane: int) -> bool:
    """Differentiate the step of the integrator; reject it if the sensitivities err too much.

    The last stage of a step is its estimated error, so its derivative is that of the sensitivities.
    Where the states stand still, as at a drug-free start, nothing else says how fast what has been
    moved comes back.
    """
    clock = lanes.clock
    propagate(sizes, lanes, sens, lane)
    error = _error(sizes, lanes, sens, lane)
    good, step = error <= 1.0, clock[STEP, lane]
    factor = _SAFETY * math.exp(-_PROPORTIONAL * math.log(max(error, 1e-10)))
    proposed = step * max(_LEAST, factor) if error < 1e10 else _LEAST * step
    if not good:
        clock[ACCEPTED, lane] = -1.0
        clock[TAKEN, lane] -= 1.0
        clock[REJECTED, lane] += 1.0
        clock[PROPOSED, lane] = proposed
        lanes.book[lane].met = 0
    else:
        clock[PROPOSED, lane] = min(clock[PROPOSED, lane], proposed)
    return good


@compiled
def _error(sizes: Sizes, lanes: Lanes, sens: Sensitivities, lane: int) -> float:
    """Return the error of the worst column: root mean square over the states, scaled."""
    n, worst, blocks = sizes.states, 0.0, sens.blocks[lane]
    for first in range(0, blocks.size, ROWS * n * COLUMNS):
        for q in range(COLUMNS):
            total = blocks[first + SQUARES * n * COLUMNS + q]
            if not total <= worst:
                worst = total
    return math.sqrt(worst / n)


@compiled
def finish_slopes(sens: Sensitivities, lane: int) -> None:
    """Let the new S take its place."""
    call(sens.keep[0], sens.keep[1], sens.blocks[lane].ctypes.data, 0)


@compiled
def jump(
    sizes: Sizes, sens: Sensitivities, lane: int, state: int, factor: float, given: float
) -> None:
    """Scale the sensitivities of a state (0 where it is replaced) and add what a dose gave."""
    n, blocks = sizes.states, sens.blocks[lane]
    for first in range(0, blocks.size, ROWS * n * COLUMNS):
        for q in range(COLUMNS):
            blocks[first + (BEFORE * n + state) * COLUMNS + q] *= factor
    for m in range(sens.dose_states.size):
        if sens.dose_states[m] == state:
            blocks[sens.dose_at[m]] += given


@compiled
def jump_at_switch(sizes: Sizes, lanes: Lanes, sens: Sensitivities, lane: int) -> bool:
    """Let the sensitivities jump where a mode has changed; return False where they cannot.

    A switch is passed at the time tau where its height g(t, y, theta) is 0. With derivatives f-
    before and f+ after it S+ = S- + (f- - f+) dtau/dtheta, and
    dtau/dtheta = -(g_y S- + g_theta) / (g_y f- + g_t).
    """
    n, k, blocks = sizes.states, lanes.book[lane].aim, sens.blocks[lane]
    at, before = k * (3 + n) + 2, lanes.gauged.size - n
    speed, changes = lanes.gauged[at], False
    for i in range(n):
        was, now = lanes.gauged[before + i], lanes.slopes[rate_at(sizes, lane, i)]
        speed += lanes.gauged[at + 1 + i] * was
        changes = changes or abs(now - was) > _ROUNDING * (abs(now) + abs(was))
    if not changes:
        return True
    if speed == 0.0:
        return False
    call(sens.turn[0], sens.turn[1], sens.turned.ctypes.data, lanes.seen[lane].ctypes.data)
    width = sens.values.shape[2]
    for q in range(width):
        first = (q // COLUMNS) * ROWS * n * COLUMNS + BEFORE * n * COLUMNS + q % COLUMNS
        total = sens.turned[k * width + q]
        for i in range(n):
            total += lanes.gauged[at + 1 + i] * blocks[first + i * COLUMNS]
        for i in range(n):
            jump = lanes.gauged[before + i] - lanes.slopes[rate_at(sizes, lane, i)]
            blocks[first + i * COLUMNS] -= jump * total / speed
    return True


@compiled
def emit_sensitivities(
    sizes: Sizes, lanes: Lanes, sens: Sensitivities, lane: int, place: int, share: float
) -> None:
    """Write the sensitivities of all quantities; a share of the last step after its beginning."""
    seen, values = lanes.seen[lane], sens.values[place]
    call(sens.observe[0], sens.observe[1], sens.seen.ctypes.data, seen.ctypes.data)
    _interpolate(sizes.states, sens, lane, share)
    for row in range(values.shape[0]):
        for q in range(values.shape[1]):
            values[row, q] = 0.0
    for m in range(sens.state_places.shape[0]):
        row, state = sens.state_places[m, 0], sens.state_places[m, 1]
        for q in range(values.shape[1]):
            values[row, q] += sens.seen[m] * sens.within[state, sens.order[q]]
    for m in range(sens.direct_places.shape[0]):
        row, q = sens.direct_places[m, 0], sens.direct_places[m, 1]
        values[row, q] += sens.seen[sens.state_places.shape[0] + m]


@compiled
def _interpolate(n: int, sens: Sensitivities, lane: int, share: float) -> None:
    """Write dy/dtheta by the derivative of the dense output to `within`."""
    blocks, within, rest, row = sens.blocks[lane], sens.within, 1.0 - share, n * COLUMNS
    for j in range(_STAGES):
        sens.weights[j] = share * rest * weight(j, share)
    for b in range(blocks.size // (ROWS * row)):
        first = b * ROWS * row
        for i in range(n):
            at, columns = first + i * COLUMNS, within[i, b * COLUMNS : (b + 1) * COLUMNS]
            for q in range(COLUMNS):
                before, after = blocks[at + BEFORE * row + q], blocks[at + AFTER * row + q]
                columns[q] = before if share == 0.0 else before * rest + share * after
            if 0.0 < share < 1.0:
                for j in range(_STAGES):
                    for q in range(COLUMNS):
                        columns[q] += sens.weights[j] * blocks[at + (STAGE + j) * row + q]
