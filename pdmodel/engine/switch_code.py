"""Switches in machine code: whether a step has passed one, and what is needed where it has.

After each step the height `high - low` of every switch is computed at its end and, from the dense
output, at three points within; a lane in which one has left the limits of its mode is looked at.
Where it passed, and what follows, is found by `switching`.
"""

from __future__ import annotations

from collections.abc import Sequence

from pdmodel.engine.block_code import Block
from pdmodel.engine.lane_kernels import emit_kernel
from pdmodel.engine.memory import END, NOW, PASSED, REACHED, STEP, TIME
from pdmodel.engine.operations import Function, Value
from pdmodel.engine.rodas5p import STAGES, H
from pdmodel.engine.symbols import Expression, names_in, slope_between_steps, symbol

POINTS = 4
"""A step is looked at after each of so many equal parts."""


def gauge_expressions(
    surfaces: Sequence[tuple[Expression, Expression]], time: str, states: Sequence[str]
) -> list[Expression]:
    """Return of each surface `high`, `low`, and the slopes of `high - low` by time and states."""
    found = []
    for high, low in surfaces:
        height = high - low
        slopes = (slope_between_steps(height, symbol(name)) for name in (time, *states))
        found += [high, low, *slopes]
    return found


def emit_switches(
    block: Block, states: Sequence[str], inputs: Sequence[Expression], heights: Sequence[Expression]
) -> None:
    """Write the parts that `run_switches` calls.

    Parameters
    ----------
    block
        Where to write.
    states
        Names, in order.
    inputs, heights
        Time, states, coefficients and modes; `high - low` of each switch in these.
    """
    emit_kernel(block.program.part("heights", arrays=("out", "in")), inputs, heights)
    names = {name for height in heights for name in names_in(height)}
    used = [place for place, name in enumerate(states) if name in names]
    for point in range(1, POINTS + 1):
        _emit_point(block, point, used)
    _emit_comparison(block.lane_part("compare first"), block, None)
    _emit_comparison(block.lane_part("compare"), block, PASSED)


def run_switches(f: Function, block: Block) -> None:
    """Write the calls that find out whether a step has passed a switch."""
    at = block.layout
    heights = at.modes + 3 * block.sizes.switches * block.lanes
    for point in range(1, POINTS + 1):
        f.run(f"point {point}", f.place(0))
        f.run("heights", f.place(heights), f.place(at.stage))
        f.run("compare first" if point == 1 else "compare", f.place(0))


def _emit_point(block: Block, point: int, used: Sequence[int]) -> None:
    """Write where the states that switches use are after some parts of the step, and when."""
    f, at, lanes = block.lane_part(f"point {point}"), block.layout, block.lanes
    share = point / POINTS
    states = [(i, _state_within(f, block, i, share)) for i in used]
    if point == POINTS:
        time = block.clock(f, REACHED)
    else:
        time = f.muladd(f.constant(share), block.clock(f, STEP), block.clock(f, TIME))
    f.store_some(at.stage, lanes, time)
    for i, value in states:
        f.store_some(block.states_at + i * lanes, lanes, value)


def _state_within(f: Function, block: Block, state: int, share: float) -> Value:
    """Return the dense output of one state, as `rosenbrock.between` has it."""

    def row(number: int) -> Value:
        return f.load_some(number * block.layout.width + state * block.lanes, block.lanes)

    if share == 1.0:
        return row(END)
    rest, bend = 1.0 - share, f.constant(0.0)
    for j in range(STAGES):
        weight = float(H[0, j] + share * (H[1, j] + share * H[2, j]))
        bend = f.muladd(f.constant(weight), row(j), bend)
    after = f.mul(f.constant(share), f.muladd(f.constant(rest), bend, row(END)))
    return f.muladd(f.constant(rest), row(NOW), after)


def _emit_comparison(f: Function, block: Block, before: int | None) -> None:
    """Write whether a height is outside the limits of its mode, now or `before`."""
    lanes, count = block.lanes, block.sizes.switches

    def row(number: int) -> Value:
        return f.load_some(block.layout.modes + number * lanes, lanes)

    outside = f.truth(False)
    for k in range(count):
        height = row(3 * count + k)
        outside = f.either(outside, f.compare("lt", height, row(count + k)))
        outside = f.either(outside, f.compare("gt", height, row(2 * count + k)))
    known = f.constant(0.0) if before is None else block.clock(f, before)
    block.put_clock(f, PASSED, f.select(outside, f.constant(1.0), known))


__all__ = ["POINTS", "emit_switches", "gauge_expressions", "run_switches"]
