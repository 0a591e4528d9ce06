"""Sensitivities where doses arrive, in compiled code: what a time or an amount follows shifts them.

A dose that arrives at tau(theta) takes a state from y- to y+ = y- + A(theta), and its rates from
f- to f+. Then S+ = S- + (f- - f+) dtau/dtheta + dA/dtheta. Where an infusion begins, changes or
ends only the rate of its state differs, by a number that is known; while it runs, the slope of its
rate adds to that of the state. A steady state comes with slopes of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pdmodel.arrays import Array, Integers
from pdmodel.engine.codegen.parts import compiled
from pdmodel.engine.compiled_model.sensitivity_code import SensitivityCode
from pdmodel.engine.compiled_model.slope_block_code import BEFORE, FORCING, ROWS
from pdmodel.engine.compiled_model.slope_reach import COLUMNS
from pdmodel.engine.rosenbrock.memory import RATE
from pdmodel.engine.rosenbrock.tableau import METHOD
from pdmodel.engine.schedule.edges import RunSchedule

_STAGES = METHOD.stages


class EdgeSlopes(NamedTuple):
    """What the slopes of a run jump by, and what adds to them.

    Parameters
    ----------
    steady
        Slopes of the states that steady-state doses lead to: (n_steady, n_states, n_columns).
    rows
        Which row of the next two is that of each action, -1 for none; empty where there is none.
    moments
        Day of the action by each column; of a change of an infusion, what the state's slope jumps
        by: (n_rows, n_columns).
    amounts
        What is given by each column; of an infusion, its rate from there on: (n_rows, n_columns).
    before
        Room for the rates before a dose, shape (n_lanes, n_states).
    rates
        Slopes of the rates of infusions that run now, shape (n_lanes, n_states, n_columns).
    rate_states, rate_columns, rate_at, added
        States and columns of those that may run; where in `blocks` their forcing of the first stage
        stands, and 1 if something else writes there at every step, or 0.
    """

    steady: Array
    rows: Integers
    moments: Array
    amounts: Array
    before: Array
    rates: Array
    rate_states: Integers
    rate_columns: Integers
    rate_at: Integers
    added: Integers


def no_edge_slopes(
    code: SensitivityCode, steady: Array | None = None, lanes: int = 1
) -> EdgeSlopes:
    """Return that no time and no amount follows what is differentiated by."""
    none, nothing = np.zeros(0, dtype=np.int64), np.zeros((0, code.width))
    steady = np.zeros((0, code.n, code.width)) if steady is None else steady
    before, rates = np.zeros((lanes, code.n)), np.zeros((lanes, code.n, code.width))
    return EdgeSlopes(steady, none, nothing, nothing, before, rates, none, none, none, none)


def slopes_at_edges(
    schedules: Sequence[RunSchedule], code: SensitivityCode, steady: Array | None = None
) -> EdgeSlopes:
    """Return what the slopes do at the edges of schedules, whose actions stand one after another.

    Parameters
    ----------
    schedules
        Of one run or of several subjects.
    code
        What is differentiated by.
    steady
        Slopes of steady states, as in `EdgeSlopes`.
    """
    slopes = no_edge_slopes(code, steady)
    parameters = list(code.machine.parameters)
    columns = {parameters.index(name): c for c, name in code.columns.parameters.items()}
    steps = [step for schedule in schedules for edge in schedule.edges for step in edge.steps]
    moving = [
        (number, [part for part in step.slopes if part[0] in columns])
        for number, step in enumerate(steps)
        if step.slopes
    ]
    moving = [(number, parts) for number, parts in moving if parts]
    if not moving:
        return slopes
    rows = np.full(len(steps), -1, dtype=np.int64)
    moments, amounts = (np.zeros((len(moving), code.width)) for _ in range(2))
    running: set[tuple[int, int]] = set()
    for row, (number, parts) in enumerate(moving):
        rows[number] = row
        for target, moment, amount in parts:
            moments[row, columns[target]], amounts[row, columns[target]] = moment, amount
            if steps[number].kind == RATE:
                running.add((steps[number].target, columns[target]))
    slopes = slopes._replace(rows=rows, moments=moments, amounts=amounts)
    return _with_rates(slopes, code, sorted(running))


def _with_rates(
    slopes: EdgeSlopes, code: SensitivityCode, places: Sequence[tuple[int, int]]
) -> EdgeSlopes:
    """Return slopes with infusions into states whose rates follow columns: (state, column)."""
    written = {*code.force_places}
    return slopes._replace(
        rate_states=np.array([state for state, _ in places], dtype=np.int64),
        rate_columns=np.array([column for _, column in places], dtype=np.int64),
        rate_at=code.flat(places, FORCING),
        added=np.array([target in written for target in places], dtype=np.int64),
    )


def own_rates(slopes: EdgeSlopes, lanes: int) -> EdgeSlopes:
    """Return the same for a thread of its own: what its lanes write is not shared."""
    before, rates = (np.zeros((lanes, *room.shape[1:])) for room in (slopes.before, slopes.rates))
    return slopes._replace(before=before, rates=rates)


@compiled
def place_steady(n: int, blocks: Array, slopes: EdgeSlopes, row: int, kept: float) -> None:
    """Put the slopes of a steady state in place of those there (kept 0), or add them (1)."""
    for column in range(slopes.steady.shape[2]):
        first = (column // COLUMNS) * ROWS * n * COLUMNS + BEFORE * n * COLUMNS + column % COLUMNS
        for i in range(n):
            at = first + i * COLUMNS
            blocks[at] = kept * blocks[at] + slopes.steady[row, i, column]


@compiled
def add_to_state(n: int, blocks: Array, by_column: Array, state: int, factor: float) -> None:
    """Add slopes by column, times a factor, to those of a state."""
    for column in range(by_column.size):
        first = (column // COLUMNS) * ROWS * n * COLUMNS + BEFORE * n * COLUMNS + column % COLUMNS
        blocks[first + state * COLUMNS] += factor * by_column[column]


@compiled
def change_rate(
    n: int, blocks: Array, slopes: EdgeSlopes, lane: int, state: int, action: int
) -> None:
    """Let the slopes of a state jump where its infusion changes, and note that of its rate."""
    if slopes.rows.size == 0:
        return
    row = slopes.rows[action]
    for column in range(slopes.rates.shape[2]):
        slopes.rates[lane, state, column] = slopes.amounts[row, column] if row >= 0 else 0.0
    if row >= 0:
        add_to_state(n, blocks, slopes.moments[row], state, 1.0)


@compiled
def force_by_rates(n: int, blocks: Array, slopes: EdgeSlopes, lane: int) -> None:
    """Add the slopes of running infusions to the forcing of all stages."""
    stage = n * COLUMNS
    for m in range(slopes.rate_states.size):
        value = slopes.rates[lane, slopes.rate_states[m], slopes.rate_columns[m]]
        for s in range(_STAGES):
            at = slopes.rate_at[m] + s * stage
            blocks[at] = blocks[at] + value if slopes.added[m] != 0 else value
