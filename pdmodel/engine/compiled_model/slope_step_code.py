"""What is read from a step with slopes, in machine code: its record, and all its stages at once.

`note` writes down what a step has done, for nothing else is to know where a run keeps it; `points`
evaluates J, G and F of the step at all its stages, a lane each (see `sensitivity_code`); `force`
puts F into the blocks, whose columns follow then (`slope_block_code`).

Where a register holds half of the stages, `points` calls the code for as many twice: that of all
stages is twice as long, more than a processor has at hand, and has no room for its numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pdmodel.arrays import Array, Integers
from pdmodel.engine.codegen.expressions import values_at
from pdmodel.engine.codegen.function import Function, Value
from pdmodel.engine.codegen.lu import Elimination
from pdmodel.engine.codegen.program import WIDE, Program, register_width
from pdmodel.engine.codegen.symengine_door import Expression, symbol
from pdmodel.engine.compiled_model.slope_reach import COLUMNS
from pdmodel.engine.rosenbrock.memory import ATOL, NOW, RTOL, STEP, TIME, MemoryLayout
from pdmodel.engine.rosenbrock.tableau import METHOD

Place = tuple[int, int]

NOISE = 1e-3
"""What is smaller than this part of a state over the parameter is not held to its own size."""
# The first numbers of a record: time and length of a step, 1 over the length, the tolerance.
_BEGIN, _LENGTH, INVERSE, TOLERANCE = range(4)
# Rows of numbers of the method: nodes, factors of the time slope, what each stage before counts.
_NODES, _FACTORS, _SHARES = range(3)
_METHOD_ROWS = _SHARES + METHOD.stages - 1


@dataclass(frozen=True)
class SlopePattern:
    """Which slopes a step of a model has, and where all that is known of it stands in its record.

    A record begins with a register of time, length and tolerance, and one of its stages for each
    state. Then come the numbers of the method by stage, the states before the step, the factors,
    the noise of each state, the largest that each has been, and what does not change from step to
    step: coefficients and modes.

    Parameters
    ----------
    time, states
        Names.
    jacobian_at, bend_at
        State and state of each entry of J, and of G.
    n_forced
        How many entries F has, of all columns.
    linear
        The plan of the linear systems.
    """

    time: str
    states: tuple[str, ...]
    jacobian_at: tuple[Place, ...]
    bend_at: tuple[Place, ...]
    n_forced: int
    linear: Elimination

    @property
    def n(self) -> int:
        """How many states."""
        return len(self.states)

    @property
    def forces(self) -> int:
        """Where F begins in what `points` writes; J and G stand before it."""
        return WIDE * (len(self.jacobian_at) + len(self.bend_at))

    @property
    def n_slopes(self) -> int:
        """How many numbers `points` writes."""
        return self.forces + WIDE * self.n_forced

    @property
    def method(self) -> int:
        """Where the numbers of the method begin in a record (`method_by_stage`)."""
        return WIDE + WIDE * self.n

    @property
    def now(self) -> int:
        """Where the states before the step begin in its record."""
        return self.method + WIDE * _METHOD_ROWS

    @property
    def factors(self) -> int:
        """Where the factors begin; upper ones are multiplied as `scaled_solution` reads them."""
        return self.now + self.n

    @property
    def noise(self) -> int:
        """Where what a state may err by begins: `atol` and `NOISE` of the largest it has been."""
        return self.factors + self.linear.n_factors

    @property
    def largest(self) -> int:
        """Where the largest that each state has been begins."""
        return self.noise + self.n

    @property
    def fixed(self) -> int:
        """Where coefficients begin, with modes behind them."""
        return self.largest + self.n


def emit_note(
    f: Function, pattern: SlopePattern, layout: MemoryLayout, lanes: int, n_coefficients: int
) -> None:
    """Write `in` = the memory of a run from a lane on -> `out` = the record of its step.

    Parameters
    ----------
    f, pattern
        Where to write, for one lane, and for what.
    layout, lanes
        Of the memory.
    n_coefficients
        How many coefficients stand before the modes.
    """
    n, width = pattern.n, layout.width
    step, rtol = f.load(layout.clock + STEP * lanes), f.load(layout.clock + RTOL * lanes)
    f.store(_BEGIN, f.load(layout.clock + TIME * lanes))
    f.store(_LENGTH, step)
    f.store(INVERSE, f.div(f.constant(1), step))
    f.store(TOLERANCE, rtol)
    for i in range(n):
        for s in range(METHOD.stages):
            f.store(WIDE * (1 + i) + s, f.load(s * width + i * lanes))
    share = f.mul(f.constant(NOISE), rtol)
    for i in range(n):
        now = f.load(NOW * width + i * lanes)
        largest = larger(f, f.load_out(pattern.largest + i), f.intrinsic("fabs", now))
        f.store(pattern.now + i, now)
        f.store(pattern.largest + i, largest)
        f.store(pattern.noise + i, f.muladd(share, largest, f.load(ATOL * width + i * lanes)))
    _note_factors(f, pattern, layout, lanes)
    for k in range((layout.heights - layout.modes) // (3 * lanes)):
        f.store(pattern.fixed + n_coefficients + k, f.load(layout.modes + k * lanes))


def _note_factors(f: Function, pattern: SlopePattern, layout: MemoryLayout, lanes: int) -> None:
    linear = pattern.linear
    index, upper = linear.index, linear.upper
    for m, (row, column) in enumerate(linear.places):
        factor = f.load(layout.factors + m * lanes)
        if (row, column) in upper:
            factor = f.mul(factor, f.load(layout.factors + index[row, row] * lanes))
        f.store(pattern.factors + m, factor)


def larger(f: Function, old: Value, new: Value) -> Value:
    """Return the larger; the old one where the new one is no number."""
    return f.select(f.compare("gt", new, old), new, old)


def method_by_stage() -> Array:
    """Return the numbers of the method that `points` reads, 0 for stages that it has not.

    Returns
    -------
    ndarray, shape (n_rows * WIDE,)
    """
    numbers = np.zeros((_METHOD_ROWS, WIDE))
    stages = METHOD.stages
    numbers[_NODES, :stages], numbers[_FACTORS, :stages] = METHOD.nodes, METHOD.time_factors
    numbers[_SHARES:, :stages] = METHOD.a[:, : stages - 1].T
    return numbers.ravel()


def emit_points(
    program: Program, pattern: SlopePattern, fixed: Sequence[Expression],
    slopes: Sequence[Expression],
) -> None:  # fmt: skip
    """Write `points`: `in` = the record of a step -> `out` = J, G, F, a lane a stage.

    Parameters
    ----------
    program, pattern
        Where to write, and for what.
    fixed
        Coefficients and modes, in order.
    slopes
        What is evaluated.
    """
    few = register_width()
    part = program.part("points of some stages", few, ("out", "in", "stages", "method"))
    _emit_some_points(part, pattern, fixed, slopes)
    f = program.function("points", 1)
    for first in range(0, WIDE, few):
        stages, method = f.place(WIDE + first, "in"), f.place(pattern.method + first, "in")
        f.run("points of some stages", f.place(first), f.place(0, "in"), stages, method)


def _emit_some_points(
    f: Function, pattern: SlopePattern, fixed: Sequence[Expression], slopes: Sequence[Expression]
) -> None:
    """Write what `points` does for as many stages as `f` has lanes.

    Its arrays `stages` and `method` are parts of the record, and like `out` they begin with the
    first of these stages.
    """
    rows = WIDE // f.lanes  # from one number of these stages to the next
    begin, step = f.load_shared(_BEGIN), f.load_shared(_LENGTH)
    values = {each: f.load_shared(pattern.fixed + k) for k, each in enumerate(fixed)}
    values[symbol(pattern.time)] = f.muladd(f.load(_NODES * rows, "method"), step, begin)
    values[symbol("_t0")] = begin
    values[symbol("_factor")] = f.mul(f.load(_FACTORS * rows, "method"), step)
    shares = [f.load((_SHARES + j) * rows, "method") for j in range(METHOD.stages - 1)]
    for i, name in enumerate(pattern.states):
        now = f.load_shared(pattern.now + i)
        values[symbol(f"_n{i}")], values[symbol(f"_u{i}")] = now, f.load(i * rows, "stages")
        for j, share in enumerate(shares):
            values[symbol(name)] = now = f.muladd(share, f.load_shared(WIDE * (1 + i) + j), now)
    for row, value in enumerate(values_at(f, values, slopes)):
        f.store(row * rows, value)


def emit_forcing(f: Function, pattern: SlopePattern, places: Integers) -> None:
    """Write `in` = what `points` wrote -> `out` = F of each stage in all blocks, one after another.

    Parameters
    ----------
    f, pattern
        Where to write, for one lane, and for what.
    places
        Where in the blocks each entry of the first stage goes, shape (n_forced,).
    """
    for m, place in enumerate(places.tolist()):
        for s in range(METHOD.stages):
            value = f.load(pattern.forces + m * WIDE + s)
            f.store(place + s * pattern.n * COLUMNS, value)


__all__ = [
    "INVERSE", "NOISE", "TOLERANCE", "Place", "SlopePattern", "emit_forcing", "emit_note",
    "emit_points", "larger", "method_by_stage",
]  # fmt: skip
