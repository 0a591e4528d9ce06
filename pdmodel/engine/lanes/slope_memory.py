"""The memory of sensitivities beside the integration, for as many runs as there are lanes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pdmodel.arrays import Array, Integers
from pdmodel.engine.codegen.program import WIDE
from pdmodel.engine.compiled_model.sensitivity_code import SensitivityCode
from pdmodel.engine.compiled_model.slope_block_code import BEFORE, FORCING, ROWS
from pdmodel.engine.compiled_model.slope_reach import COLUMNS
from pdmodel.engine.compiled_model.slope_step_code import method_by_stage
from pdmodel.engine.lanes.edge_slopes import EdgeSlopes, no_edge_slopes
from pdmodel.engine.rosenbrock.memory import Address, on_registers

BY_PARAMETER, BY_START, BY_DOSE = 1, 2, 3
"""What a column is by; 0 for a column that only fills up a block."""


class Sensitivities(NamedTuple):
    """Memory and machine code of the sensitivities of the runs that lanes make side by side.

    Where an array has a part of its own for each lane, that is its first dimension.

    Parameters
    ----------
    note, points, force, keep, observe, turn
        Addresses; `turn` writes the slopes of the heights of switches by each column.
    block
        The address of the function of each block, shape (n_blocks,).
    blocks
        F, S, du_i, the new S and what its error is held against, of the columns of each block:
        (n_blocks, `ROWS` n_states, `COLUMNS`), flattened, a row a lane.
    records, scalars
        What `note` writes of a step, a row a lane (`SlopePattern`); and what `points` writes.
    largest_at, fixed_at
        Where in a record the largest sizes of the states and the coefficients begin.
    start_at
        Where in `blocks` the entries of the first S go.
    dose_states, dose_at, dose_force_at
        States whose doses are differentiated by; where their S and their F stand.
    state_places, direct_places
        (quantity, state), and (quantity, where it stands in `values`) of what `observe` writes.
    order
        The column of each name that was asked for, in the order of `values`.
    seen, turned
        What `observe` and `turn` write.
    within, weights
        Room for S where an output is, (n_states, n_columns), and for what stages count there.
    kinds, places
        Of each column: whether by a parameter, a starting value or a dose (0 for none), and which.
    values
        The result, a row for each of `Tasks.values`: (n_rows, n_quantities, n_names).
    edges
        What happens to the slopes at edges.
    """

    note: Address
    points: Address
    force: Address
    block: Integers
    keep: Address
    observe: Address
    turn: Address
    blocks: Array
    records: Array
    scalars: Array
    largest_at: int
    fixed_at: int
    start_at: Integers
    unit_at: Integers
    dose_states: Integers
    dose_at: Integers
    dose_force_at: Integers
    state_places: Integers
    direct_places: Integers
    order: Integers
    seen: Array
    turned: Array
    within: Array
    weights: Array
    kinds: Integers
    places: Integers
    values: Array
    edges: EdgeSlopes


def make_sensitivities(
    code: SensitivityCode, n_rows: int, edges: EdgeSlopes | None = None, lanes: int = 1
) -> Sensitivities:
    """Return memory for runs side by side; their parameters are those of the tasks.

    Parameters
    ----------
    code
        What is differentiated by.
    n_rows
        How many rows of outputs all tasks have.
    edges
        What happens to the slopes at edges, for as many lanes.
    lanes
        How many lanes.
    """
    n, columns = code.n, code.columns
    doses = [(state, column) for column, state in columns.doses.items()]
    starts = [(state, column) for column, state in columns.initials.items()]
    kinds, places = _kinds(code)
    directly = [(row, code.plan.order[column]) for row, column in code.observed_directly]
    return Sensitivities(
        note=(code.note(lanes), 0),
        points=(code.code.address("points"), 0),
        force=(code.code.address("force"), 0),
        block=code.block_addresses(),
        keep=(code.code.address("keep"), 0),
        observe=(code.observe.address, 0),
        turn=(code.turn.address if code.machine.modes else 0, 0),
        blocks=on_registers((lanes, code.blocks * ROWS * n * COLUMNS)),
        records=_records(code, lanes),
        scalars=on_registers((1, code.pattern.n_slopes))[0],
        largest_at=code.pattern.largest,
        fixed_at=code.pattern.fixed,
        start_at=code.flat(code.start_places, BEFORE),
        unit_at=code.flat(starts, BEFORE),
        dose_states=np.array([state for state, _ in doses], dtype=np.int64),
        dose_at=code.flat(doses, BEFORE),
        dose_force_at=code.flat(doses, FORCING),
        state_places=np.array(code.observed_by_state, dtype=np.int64).reshape(-1, 2),
        direct_places=np.array(directly, dtype=np.int64).reshape(-1, 2),
        order=np.argsort(code.plan.order),
        seen=np.zeros(max(code.observe.n_out, 1)),
        within=np.zeros((n, code.blocks * COLUMNS)),
        weights=np.zeros(WIDE),
        turned=np.zeros(len(code.machine.modes) * code.width),
        kinds=kinds,
        places=places,
        values=np.full((n_rows, len(code.quantities), code.width), np.nan),
        edges=no_edge_slopes(code, lanes=lanes) if edges is None else edges,
    )


def _records(code: SensitivityCode, lanes: int) -> Array:
    """Return room for the records of the steps of all lanes, with the numbers of the method."""
    records, numbers = on_registers((lanes, code.n_record)), method_by_stage()
    records[:, code.pattern.method : code.pattern.method + numbers.size] = numbers
    return records


def _kinds(code: SensitivityCode) -> tuple[Integers, Integers]:
    """Return what each column is by, padded to whole blocks, and which parameter or state."""
    kinds, places = (np.zeros(code.blocks * COLUMNS, dtype=np.int64) for _ in range(2))
    names = list(code.machine.parameters)
    for column, name in code.columns.parameters.items():
        kinds[column], places[column] = BY_PARAMETER, names.index(name)
    for column, state in code.columns.initials.items():
        kinds[column], places[column] = BY_START, state
    kinds[list(code.columns.doses)] = BY_DOSE
    return kinds, places


def slopes_at_end(code: SensitivityCode, sens: Sensitivities) -> Array:
    """Return d state / d column where the run of one lane has ended, (n_states, n_columns)."""
    blocks = sens.blocks[0].reshape(code.blocks, ROWS, code.n, COLUMNS)[:, BEFORE]
    return np.concatenate(list(blocks), axis=1)[:, : code.width]
