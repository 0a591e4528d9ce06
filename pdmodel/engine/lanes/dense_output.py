"""Dense output of the method in compiled code; the steps themselves are in `step_code`."""

from __future__ import annotations

import numpy as np

from pdmodel.arrays import Array, Integers
from pdmodel.engine.codegen.parts import compiled
from pdmodel.engine.rosenbrock.memory import END, NOW, Lanes, Sizes
from pdmodel.engine.rosenbrock.tableau import METHOD

_STAGES = METHOD.stages
# Three rows, 0 where a method has fewer: a loop over them would cost a tenth of every output.
_DENSE = np.zeros((3, _STAGES))
_DENSE[: len(METHOD.dense)] = METHOD.dense


@compiled
def weight(stage: int, share: float) -> float:
    """Return what a stage counts a share of a step after its beginning (`Tableau.weights`)."""
    total: float = _DENSE[0, stage] + share * (_DENSE[1, stage] + share * _DENSE[2, stage])
    return total


@compiled
def between(lanes: Lanes, sizes: Sizes, lane: int, share: float, state: Array) -> None:
    """Write the state a share of the last step after its beginning, by the dense output."""
    count, rest = sizes.lanes, 1.0 - share
    for i in range(sizes.states):
        m = i * count + lane
        bend = 0.0
        for j in range(_STAGES):
            bend += weight(j, share) * lanes.vectors[j, m]
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
        for j in range(_STAGES):
            bend += weight(j, share) * lanes.vectors[j, m]
        end = lanes.vectors[END, m]
        state[i] = lanes.vectors[NOW, m] * rest + share * (end + rest * bend)
