"""Forward sensitivities beside the integration, in compiled code; see `sensitivity_code`."""

from __future__ import annotations

import math

from pdmodel.arrays import Array
from pdmodel.engine.codegen.address import call
from pdmodel.engine.codegen.numba_door import compiled, inlined
from pdmodel.engine.codegen.program import WIDE
from pdmodel.engine.compiled_model.sensitivity_code import (
    AFTER,
    BEFORE,
    ROWS,
    STAGE,
)
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
    ATOL,
    LEAST_ATOL,
    NOW,
    PROPOSED,
    RATES,
    REJECTED,
    ROUNDING,
    RTOL,
    STEP,
    TAKEN,
    Lanes,
    Sizes,
)
from pdmodel.engine.rosenbrock.tableau import METHOD

_STAGES, _A = METHOD.stages, METHOD.a
_NODES, _TIME_FACTORS = METHOD.nodes, METHOD.time_factors
_WIDE, _NUMBER = WIDE, 8
_ROUNDING = ROUNDING
# A step may err by so many tolerances in the sensitivities, of the largest that each has been.
_SLACK = 3.0
# What is smaller than this part of a state over the parameter is not held to its own size.
_NOISE = 1e-3
_LEAST, _SAFETY, _PROPORTIONAL = 0.1, SAFETY, PROPORTIONAL


@inlined
def have_numbers(sizes: Sizes, sens: Sensitivities, lane: int) -> bool:
    """Return whether the sensitivities of all states are finite numbers."""
    n, blocks = sizes.states, sens.blocks[lane]
    for first in range(0, blocks.size, ROWS * n * _WIDE):
        for m in range(BEFORE * n * _WIDE, (BEFORE + 1) * n * _WIDE):
            if not math.isfinite(blocks[first + m]):
                return False
    return True


@compiled
def begin_sensitivities(sizes: Sizes, lanes: Lanes, sens: Sensitivities, lane: int) -> None:
    """Make the memory of a lane ready for the task that it has just been given."""
    if lanes.book[lane].again == 0:  # a run that is made again knows how steep it gets
        sens.steepest[lane] = 0.0
        sens.largest[lane] = 0.0
    sens.blocks[lane] = 0.0
    sens.edges.rates[lane] = 0.0
    for column in range(sens.kinds.size):
        size, place = 0.0, sens.places[column]
        if sens.kinds[column] == BY_PARAMETER:
            size = abs(lanes.seen[lane, 1 + sizes.states + place])
        elif sens.kinds[column] == BY_START:
            size = abs(lanes.prepared[sizes.constants + place])
        elif sens.kinds[column] == BY_DOSE:
            size = 1.0
        sens.inverses[lane, column] = 1.0 / size if size > 0.0 else 0.0
        sens.rootless[lane, column] = 0.0 if size > 0.0 else 1.0


@compiled
def start_sensitivities(sizes: Sizes, lanes: Lanes, sens: Sensitivities, lane: int) -> None:
    """Put the derivatives of the starting state in place, which has just been prepared."""
    place_coefficients(sizes, lanes, sens, lane)
    n, blocks = sizes.states, sens.blocks[lane]
    for first in range(0, blocks.size, ROWS * n * _WIDE):
        for m in range(BEFORE * n * _WIDE, (BEFORE + 1) * n * _WIDE):
            blocks[first + m] = 0.0
    last = lanes.prepared.size - sens.start_at.size
    for m in range(sens.start_at.size):
        blocks[sens.start_at[m]] = lanes.prepared[last + m]
    for m in range(sens.unit_at.size):
        blocks[sens.unit_at[m]] += 1.0


@compiled
def place_coefficients(sizes: Sizes, lanes: Lanes, sens: Sensitivities, lane: int) -> None:
    """Hand the coefficients that were just prepared to all eight points of a lane."""
    first = sizes.constants + sizes.states
    last = lanes.prepared.size - sens.start_at.size
    for i in range(last - first):
        for s in range(_WIDE):
            sens.at_points[lane, (1 + sizes.states + i) * _WIDE + s] = lanes.prepared[first + i]


@inlined
def propagate(sizes: Sizes, lanes: Lanes, sens: Sensitivities, lane: int) -> None:
    """Differentiate the step that was accepted; the new S waits in its own row."""
    n, blocks = sizes.states, sens.blocks[lane]
    step = lanes.book[lane].step
    _fill_points(sizes, lanes, sens, lane, step)
    call(
        sens.points[0], sens.points[1], sens.scalars.ctypes.data + _NUMBER,
        sens.at_points[lane].ctypes.data,
    )  # fmt: skip
    sens.scalars[0] = 1.0 / step
    n_factors = lanes.factors.size // sizes.lanes
    factors = sens.scalars.size - n_factors
    for m in range(n_factors):
        sens.scalars[factors + m] = lanes.factors[m * sizes.lanes + lane]
    first = factors - sens.force_at.size * _WIDE
    stage = n * _WIDE
    for m in range(sens.force_at.size):
        at, value = sens.force_at[m], first + m * _WIDE
        for s in range(_STAGES):
            blocks[at + s * stage] = sens.scalars[value + s]
    _force_by_infusions(sizes, lanes, sens, lane)
    force_by_rates(n, blocks, sens.edges, lane)
    block = _NUMBER * ROWS * n * _WIDE
    for b in range(blocks.size // (ROWS * n * _WIDE)):
        out = blocks.ctypes.data + b * block
        call(sens.block[0], sens.block[1], out, sens.scalars.ctypes.data)


@inlined
def _fill_points(sizes: Sizes, lanes: Lanes, sens: Sensitivities, lane: int, step: float) -> None:
    """Write time, state and stage of each of the eight points, one beside the other."""
    n, count, u, points = sizes.states, sizes.lanes, lanes.vectors, sens.at_points[lane]
    moving = points.size // _WIDE - (2 * n + 2)
    modes = moving - sizes.switches
    for k in range(sizes.switches):
        for s in range(_STAGES):
            mode = lanes.stage[(1 + n + sizes.coefficients + k) * count + lane]
            points[(modes + k) * _WIDE + s] = mode
    for s in range(_STAGES):
        points[s] = lanes.book[lane].time + _NODES[s] * step
        points[moving * _WIDE + s] = lanes.book[lane].time
        points[(moving + 1 + 2 * n) * _WIDE + s] = _TIME_FACTORS[s] * step
    for i in range(n):
        m = i * count + lane
        now = u[NOW, m]
        for s in range(_STAGES):
            total = now
            for j in range(s):
                total += _A[s, j] * u[j, m]
            points[(1 + i) * _WIDE + s] = total
            points[(moving + 1 + i) * _WIDE + s] = now
            points[(moving + 1 + n + i) * _WIDE + s] = u[s, m]


@inlined
def _force_by_infusions(sizes: Sizes, lanes: Lanes, sens: Sensitivities, lane: int) -> None:
    stage = sizes.states * _WIDE
    for m in range(sens.dose_states.size):
        rate = lanes.vectors[RATES, sens.dose_states[m] * sizes.lanes + lane]
        for s in range(_STAGES):
            sens.blocks[lane, sens.dose_force_at[m] + s * stage] = rate


@inlined
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


@inlined
def _error(sizes: Sizes, lanes: Lanes, sens: Sensitivities, lane: int) -> float:
    """Return the error of the worst column: root mean square over the states, scaled."""
    n, worst = sizes.states, 0.0
    for i in range(n):
        now = abs(lanes.vectors[NOW, i * sizes.lanes + lane])
        sens.largest[lane, i] = max(sens.largest[lane, i], now)
    for b in range(sens.kinds.size // _WIDE):
        _note_steepest(n, sens, lane, b)
        _add_squares(sizes, lanes, sens, lane, b)
        for q in range(_WIDE):
            total = sens.squares[q]
            if not total <= worst:
                worst = total
    return math.sqrt(worst / n)


@inlined
def _note_steepest(n: int, sens: Sensitivities, lane: int, b: int) -> None:
    """Note the largest size of each sensitivity of eight columns, and of each column."""
    blocks, steepest = sens.blocks[lane], sens.steepest[lane]
    for q in range(_WIDE):
        sens.tops[q] = 0.0
    first, kept = (b * ROWS + AFTER) * n * _WIDE, b * n * _WIDE
    for i in range(n):
        for q in range(_WIDE):
            at = kept + i * _WIDE + q
            size = max(steepest[at], abs(blocks[first + i * _WIDE + q]))
            steepest[at] = size
            sens.tops[q] = max(sens.tops[q], size)
    for q in range(_WIDE):
        sens.tops[q] *= _NOISE * sens.rootless[lane, b * _WIDE + q]


@inlined
def _add_squares(sizes: Sizes, lanes: Lanes, sens: Sensitivities, lane: int, b: int) -> None:
    """Add up the squares of the scaled errors of eight columns."""
    n, rtol, blocks = sizes.states, lanes.clock[RTOL, lane], sens.blocks[lane]
    for q in range(_WIDE):
        sens.squares[q] = 0.0
    first, kept = (b * ROWS + STAGE + _STAGES - 1) * n * _WIDE, b * n * _WIDE
    for i in range(n):
        atol = lanes.vectors[ATOL, i * sizes.lanes + lane]
        noise = atol + _NOISE * rtol * sens.largest[lane, i]
        for q in range(_WIDE):
            change = blocks[first + i * _WIDE + q]
            steep = sens.steepest[lane, kept + i * _WIDE + q] + sens.tops[q]
            scale = rtol * steep + noise * sens.inverses[lane, b * _WIDE + q]
            # Where neither changes nor has a size, 0 stands over the least number.
            share = change / (_SLACK * scale + LEAST_ATOL)
            sens.squares[q] += share * share


@inlined
def finish_slopes(sizes: Sizes, sens: Sensitivities, lane: int) -> None:
    """Let the new S take its place."""
    n, blocks = sizes.states, sens.blocks[lane]
    for first in range(0, blocks.size, ROWS * n * _WIDE):
        for m in range(n * _WIDE):
            blocks[first + BEFORE * n * _WIDE + m] = blocks[first + AFTER * n * _WIDE + m]


@compiled
def jump(
    sizes: Sizes, sens: Sensitivities, lane: int, state: int, factor: float, given: float
) -> None:
    """Scale the sensitivities of a state (0 where it is replaced) and add what a dose gave."""
    n, blocks = sizes.states, sens.blocks[lane]
    for first in range(0, blocks.size, ROWS * n * _WIDE):
        for q in range(_WIDE):
            blocks[first + (BEFORE * n + state) * _WIDE + q] *= factor
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
        first = (q // _WIDE) * ROWS * n * _WIDE + BEFORE * n * _WIDE + q % _WIDE
        total = sens.turned[k * width + q]
        for i in range(n):
            total += lanes.gauged[at + 1 + i] * blocks[first + i * _WIDE]
        for i in range(n):
            jump = lanes.gauged[before + i] - lanes.slopes[rate_at(sizes, lane, i)]
            blocks[first + i * _WIDE] -= jump * total / speed
    return True


@compiled
def emit_sensitivities(
    sizes: Sizes, lanes: Lanes, sens: Sensitivities, lane: int, place: int, share: float
) -> None:
    """Write the sensitivities of all quantities; a share of the last step after its beginning."""
    n, seen, blocks = sizes.states, lanes.seen[lane], sens.blocks[lane]
    call(sens.observe[0], sens.observe[1], sens.seen.ctypes.data, seen.ctypes.data)
    block = ROWS * n * _WIDE
    values = sens.values[place]
    for row in range(values.shape[0]):
        for q in range(values.shape[1]):
            values[row, q] = 0.0
    for m in range(sens.state_places.shape[0]):
        row, state = sens.state_places[m, 0], sens.state_places[m, 1]
        for q in range(values.shape[1]):
            at = (q // _WIDE) * block + state * _WIDE + q % _WIDE
            values[row, q] += sens.seen[m] * _between(blocks, at, n * _WIDE, share)
    for m in range(sens.direct_places.shape[0]):
        row, q = sens.direct_places[m, 0], sens.direct_places[m, 1]
        values[row, q] += sens.seen[sens.state_places.shape[0] + m]


@compiled
def _between(blocks: Array, at: int, row: int, share: float) -> float:
    """Return dy/dtheta by the derivative of the dense output."""
    before: float = blocks[at + BEFORE * row]
    if share == 0.0:
        return before
    rest, bend = 1.0 - share, 0.0
    for j in range(_STAGES):
        bend += weight(j, share) * blocks[at + (STAGE + j) * row]
    after: float = blocks[at + AFTER * row]
    return before * rest + share * (after + rest * bend)
