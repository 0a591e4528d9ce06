"""Dense output of Rodas5P in compiled code; the steps themselves are in `step_code`."""

from __future__ import annotations

from pdmodel.arrays import Array, Integers
from pdmodel.engine.codegen.numba_door import compiled
from pdmodel.engine.rosenbrock.memory import END, NOW, Lanes, Sizes
from pdmodel.engine.rosenbrock.tableau import STAGES, H

_H = H


@compiled
def between(lanes: Lanes, sizes: Sizes, lane: int, share: float, state: Array) -> None:
    """Write the state a share of the last step after its beginning: dense output of order 4."""
    count, rest = sizes.lanes, 1.0 - share
    for i in range(sizes.states):
        m = i * count + lane
        bend = 0.0
        for j in range(STAGES):
            bend += (_H[0, j] + share * (_H[1, j] + share * _H[2, j])) * lanes.vectors[j, m]
        end = lanes.vectors[END, m]
        state[i] = lanes.vectors[NOW, m] * rest + share * (end + rest * bend)


@compiled
def some_between(
    lanes: Lanes, sizes: Sizes, lane: int, share: float, which: Integers, state: Array
) -> None:
    """As `between`, for some states only; the others stay as they are written."""
    count, rest = sizes.lanes, 1.0 - share
    for i in which:
        m = i * count + lane
        bend = 0.0
        for j in range(STAGES):
            bend += (_H[0, j] + share * (_H[1, j] + share * _H[2, j])) * lanes.vectors[j, m]
        end = lanes.vectors[END, m]
        state[i] = lanes.vectors[NOW, m] * rest + share * (end + rest * bend)
