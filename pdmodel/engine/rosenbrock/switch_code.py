"""Switches in machine code: whether a step has passed one, and what is needed where it has.

After each step the height `high - low` of every switch is computed from the dense output at the
ends of the step and at three points within, and where a parabola through three of them has its
vertex. A lane in which one leaves the limits of its mode is inspected. Where it passed, and what
follows, is found by `lane_switches`, from the heights that are kept here.

One lane computes the points of a step side by side, several lanes one after another; a lane has the
same bits in both.
"""

from __future__ import annotations

from collections.abc import Sequence

from pdmodel.engine.codegen.expressions import values_at
from pdmodel.engine.codegen.function import Function, Value
from pdmodel.engine.codegen.program import WIDE
from pdmodel.engine.codegen.symengine_door import Expression, names_in, slope_between_steps, symbol
from pdmodel.engine.rosenbrock.block_code import MemoryBlock
from pdmodel.engine.rosenbrock.memory import END, NOW, PASSED, STEP, TIME
from pdmodel.engine.rosenbrock.tableau import METHOD

POINTS = 4
"""Equal parts of a step, at whose ends heights are evaluated."""
MARGIN = 0.05
"""How far beyond the vertex of a parabola a height may go, as a share of its second difference."""
_SHARES = tuple(point / POINTS for point in range(POINTS + 1))


def gauge_expressions(
    surfaces: Sequence[tuple[Expression, Expression]], time: str, states: Sequence[str]
) -> list[Expression]:
    """Return of each surface `high`, `low`, and the slopes of `high - low` by time and states."""
    gauged = []
    for high, low in surfaces:
        height = high - low
        gauged += [
            high,
            low,
            *(slope_between_steps(height, symbol(name)) for name in (time, *states)),
        ]
    return gauged


def emit_switches(
    block: MemoryBlock,
    states: Sequence[str],
    inputs: Sequence[Expression],
    heights: Sequence[Expression],
) -> None:
    """Write the part `passing`, which says whether a step has passed a switch.

    Parameters
    ----------
    block
        Where to write.
    states
        Names, in order.
    inputs, heights
        Time, states, coefficients and modes; `high - low` of each switch in these.
    """
    f = block.program.part("passing", block.wide)
    course = _Course(f, block, states, inputs, heights)
    if block.lanes == 1:
        filled = (*_SHARES, *[1.0] * (WIDE - len(_SHARES)))
        heights_at = course.at(filled)
        for k, height in enumerate(heights_at):
            f.store_some(block.layout.heights + k * WIDE, WIDE, height)
        share = f.constants(filled)
        within = f.both(
            f.compare("gt", share, f.constant(0.0)), f.compare("lt", share, f.constant(1.0))
        )
        outside = course.outside(heights_at)
        before = [f.rotated(height, WIDE - 1) for height in heights_at]
        after = [f.rotated(height, 1) for height in heights_at]
        dips = course.turns_outside(before, heights_at, after)
        passed = f.either(outside, f.both(within, dips))
    else:
        rows = [course.at((share,)) for share in _SHARES]
        for point, heights_at in enumerate(rows):
            for k, height in enumerate(heights_at):
                at = block.layout.heights + (k * WIDE + point) * block.lanes
                f.store_some(at, block.lanes, height)
        passed = f.truth(False)
        for heights_at in rows:
            passed = f.either(passed, course.outside(heights_at))
        for before, heights_at, after in zip(rows, rows[1:], rows[2:], strict=False):
            passed = f.either(passed, course.turns_outside(before, heights_at, after))
    flag = f.select(passed, f.constant(1.0), f.constant(0.0))
    for by in (4, 2, 1) if block.lanes == 1 else ():
        flag = f.intrinsic("maximum", flag, f.rotated(flag, by))
    block.put_clock(f, PASSED, flag)


class _Course:
    """The heights of all switches over a step."""

    def __init__(
        self,
        f: Function,
        block: MemoryBlock,
        states: Sequence[str],
        inputs: Sequence[Expression],
        heights: Sequence[Expression],
    ) -> None:
        self.f, self.block, self.heights = f, block, heights
        used = {name for height in heights for name in names_in(height)}
        self.time = inputs[0]
        self.states = {i: symbol(name) for i, name in enumerate(states) if name in used}
        self.fixed = {
            each: self._read(block.layout.stage, row)
            for row, each in enumerate(inputs)
            if row > len(states) and str(each) in used
        }
        self.limits = [
            [self._read(block.layout.modes, (1 + side) * len(heights) + k) for side in (0, 1)]
            for k in range(len(heights))
        ]

    def _read(self, start: int, row: int) -> Value:
        """Read a number of each lane; that of a lone one in all points."""
        lanes = self.block.lanes
        if lanes == 1:
            return self.f.load_shared(start + row, "out")
        return self.f.load_some(start + row * lanes, lanes)

    def at(self, shares: Sequence[float]) -> list[Value]:
        """Return the heights after a share of the step, or of a lone lane after several."""
        f, clock = self.f, self.block.layout.clock
        share, rest = f.constants(shares), f.constants([1.0 - each for each in shares])
        weights = [
            f.constants(weights) for weights in zip(*map(METHOD.weights, shares), strict=True)
        ]
        time = f.muladd(share, self._read(clock, STEP), self._read(clock, TIME))
        values = {**self.fixed, self.time: time}
        for i, name in self.states.items():
            values[name] = self._state(i, share, rest, weights)
        return values_at(f, values, self.heights)

    def _state(self, i: int, share: Value, rest: Value, weights: list[Value]) -> Value:
        """Return the dense output of one state, as `rosenbrock.between` has it."""
        f, width = self.f, self.block.layout.width

        def row(number: int) -> Value:
            return self._read(number * width, i)

        halves = [f.mul(weights[j], row(j)) for j in (0, 1)]
        for j in range(2, METHOD.stages):
            halves[j % 2] = f.muladd(weights[j], row(j), halves[j % 2])
        bend = f.plain_sum(*halves)
        after = f.mul(share, f.muladd(rest, bend, row(END)))
        return f.muladd(rest, row(NOW), after)

    def outside(self, heights: list[Value]) -> Value:
        """Return where a height is outside the limits of its mode."""
        f, result = self.f, self.f.truth(False)
        for height, (lower, upper) in zip(heights, self.limits, strict=True):
            result = f.either(result, f.compare("lt", height, lower))
            result = f.either(result, f.compare("gt", height, upper))
        return result

    def turns_outside(
        self, before: list[Value], heights: list[Value], after: list[Value]
    ) -> Value:  # fmt: skip
        """Return where a height may have turned outside its limits between three points."""
        f, result = self.f, self.f.truth(False)
        zero = f.constant(0.0)
        for a, b, c, (lower, upper) in zip(before, heights, after, self.limits, strict=True):
            first = f.mul(f.constant(0.5), f.plain_sum(c, f.negate(a)))
            second = f.plain_sum(f.plain_sum(a, f.negate(b)), f.plain_sum(c, f.negate(b)))
            size = f.intrinsic("fabs", second)
            turns = f.compare("le", f.intrinsic("fabs", first), size)
            # The vertex lies first**2 / (2 size) beyond b; written without a division.
            beyond, twice = f.mul(first, first), f.plain_sum(size, size)
            margin = f.mul(f.constant(MARGIN), size)
            below = f.plain_sum(f.plain_sum(b, f.negate(lower)), f.negate(margin))
            above = f.plain_sum(f.plain_sum(upper, f.negate(b)), f.negate(margin))
            low = f.compare("lt", f.mul(below, twice), beyond)
            high = f.compare("lt", f.mul(above, twice), beyond)
            low = f.both(low, f.compare("gt", second, zero))
            high = f.both(high, f.compare("lt", second, zero))
            result = f.either(result, f.both(turns, f.either(low, high)))
        return result


__all__ = ["MARGIN", "POINTS", "emit_switches", "gauge_expressions"]
