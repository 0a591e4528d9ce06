"""Dense output of the method in compiled code; the steps themselves are in `step_code`.

`between` is the method's own. What a step did is also followed as a polynomial of each state, made
once a step and evaluated for each output in it, and refined as `Tableau` says (`Rules.refined`).
"""

from __future__ import annotations

import math

import numpy as np

from pdmodel.arrays import Array, Integers
from pdmodel.engine.codegen.parts import compiled
from pdmodel.engine.lanes.switch_heights import rate_at
from pdmodel.engine.rosenbrock.memory import (
    ATOL,
    BEGINS,
    BENDS,
    DEFECT,
    END,
    ENDS,
    ERROR,
    NOW,
    RTOL,
    STEP,
    Lanes,
    Sizes,
)
from pdmodel.engine.rosenbrock.tableau import METHOD

_STAGES = METHOD.stages
# Three rows, 0 where a method has fewer: a loop over them would cost a tenth of every output.
_DENSE = np.zeros((3, _STAGES))
_DENSE[: len(METHOD.dense)] = METHOD.dense
_OF_ERROR, _OF_DEFECT = METHOD.refinement
_ERROR = _STAGES - 1
# How many times the error the defect may be and count in full. It is 6 to 10 times where one mode
# that falls by less than e^-4 in a step makes up both. Of what falls faster the defect says
# nothing, and is large: so values are never moved by more than what the step may err by.
_MOST = 10.0


@compiled
def weight(stage: int, share: float) -> float:
    """Return what a stage counts a share of a step after its beginning (`Tableau.weights`)."""
    total: float = _DENSE[0, stage] + share * (_DENSE[1, stage] + share * _DENSE[2, stage])
    return total


@compiled
def follow(lanes: Lanes, sizes: Sizes, lane: int) -> None:
    """Write the course of the step that a lane has just made.

    Error and defect count the same in all states, so that what the step conserves its course does.
    """
    count, course, total = sizes.lanes, lanes.vectors, 0.0
    for i in range(sizes.states):
        m = i * count + lane
        first, second, third = 0.0, 0.0, 0.0
        for j in range(_STAGES):
            stage = lanes.vectors[j, m]
            first += _DENSE[0, j] * stage
            second += _DENSE[1, j] * stage
            third += _DENSE[2, j] * stage
        now, end, rate = lanes.vectors[NOW, m], lanes.vectors[END, m], rate_at(sizes, lane, i)
        defect = (end - now) + first - lanes.clock[STEP, lane] * lanes.slopes[rate]
        course[BEGINS, i], course[ENDS, i], course[DEFECT, i] = now, end, defect
        course[BENDS, i], course[BENDS + 1, i], course[BENDS + 2, i] = first, second, third
        scale = lanes.vectors[ATOL, m] + lanes.clock[RTOL, lane] * max(abs(now), abs(end))
        total += (defect / scale) ** 2
    size, most = math.sqrt(total / sizes.states), _MOST * lanes.clock[ERROR, lane]
    _refine(lanes, sizes, lane, 1.0 if size <= most else most / size)


@compiled
def _refine(lanes: Lanes, sizes: Sizes, lane: int, part: float) -> None:
    """Add a part of what error and defect count to the course of a step."""
    course = lanes.vectors
    for i in range(sizes.states):
        error = part * lanes.vectors[_ERROR, i * sizes.lanes + lane]
        defect = part * course[DEFECT, i]
        course[BENDS, i] += _OF_ERROR[0] * error + _OF_DEFECT[0] * defect
        course[BENDS + 1, i] += _OF_ERROR[1] * error + _OF_DEFECT[1] * defect
        course[BENDS + 2, i] += _OF_ERROR[2] * error + _OF_DEFECT[2] * defect
        course[BENDS + 3, i] = _OF_ERROR[3] * error + _OF_DEFECT[3] * defect


@compiled
def along(lanes: Lanes, sizes: Sizes, share: float, state: Array) -> None:
    """Write the state a share after the beginning of the step whose course was written last."""
    course, rest = lanes.vectors, 1.0 - share
    for i in range(sizes.states):
        bend = course[BENDS + 2, i] + share * course[BENDS + 3, i]
        bend = course[BENDS, i] + share * (course[BENDS + 1, i] + share * bend)
        state[i] = course[BEGINS, i] * rest + share * (course[ENDS, i] + rest * bend)


@compiled
def between(lanes: Lanes, sizes: Sizes, lane: int, share: float, state: Array) -> None:
    """Write the state a share of the last step after its beginning, as the method has it."""
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
