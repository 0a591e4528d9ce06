"""What a step with sensitivities calls, in machine code: all stages at once, then eight columns.

`points` evaluates J, G and F of a step at all its stages, a lane each (see `sensitivity_code`);
`force` puts F into the blocks; `block` makes of these the du_i and the new S of eight columns, and
says how much these err:

    error = sqrt(mean_i (du_i / (SLACK (rtol (steepest_i + tops) + noise_i / size) + least))^2)

where du is that of the last stage, `steepest` the largest that a sensitivity has been and `size`
that of what is differentiated by; where it has none, `tops` is `NOISE` of the steepest state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pdmodel.arrays import Array, Integers
from pdmodel.engine.codegen.expressions import values_at
from pdmodel.engine.codegen.function import Function, Value
from pdmodel.engine.codegen.lu import Elimination, solution
from pdmodel.engine.codegen.program import WIDE
from pdmodel.engine.codegen.symengine_door import Expression, symbol
from pdmodel.engine.rosenbrock.memory import LEAST_ATOL
from pdmodel.engine.rosenbrock.tableau import METHOD

Place = tuple[int, int]

# Rows of a block: F of each stage, S, the du_i, S at the end of the step, the largest that each has
# been: each n_states long. Then three of which only the first eight numbers are used: 1 over the
# size of what each column is by (0 where it has none), `NOISE` where it has none (or 0), and the
# sum of the squares of the scaled errors.
FORCING, BEFORE = 0, METHOD.stages
STAGE, AFTER = METHOD.stages + 1, 2 * METHOD.stages + 1
STEEPEST, INVERSES, ROOTLESS, SQUARES = range(AFTER + 1, AFTER + 5)
ROWS = SQUARES + 1
SLACK = 3.0
"""A step may err by so many tolerances in the sensitivities, of the largest that each has been."""
NOISE = 1e-3
"""What is smaller than this part of a state over the parameter is not held to its own size."""


@dataclass(frozen=True)
class SlopePattern:
    """Which slopes a step of a model has.

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
    def factors(self) -> int:
        """Where the factors begin in what `block` reads, behind J, G and F."""
        return self.forces + WIDE * self.n_forced

    @property
    def inverse(self) -> int:
        """Where 1/h stands there, behind the factors and their growth; then rtol and noise."""
        return self.factors + self.linear.n_factors + 1


def fixed_place(n: int) -> int:
    """Return where coefficients and modes begin in what `points` reads, for n states.

    A register holds time and length of the step; one a state its stages; then come the states
    before the step.
    """
    return WIDE + (WIDE + 1) * n


def emit_points(
    f: Function, pattern: SlopePattern, fixed: Sequence[Expression], slopes: Sequence[Expression]
) -> None:
    """Write `in` = a step, coefficients, modes (`fixed_place`) -> `out` = J, G, F, a lane a stage.

    Parameters
    ----------
    f, pattern
        Where to write, and for what.
    fixed
        Coefficients and modes, in order.
    slopes
        What is evaluated.
    """
    begin, step, first = f.load_shared(0), f.load_shared(1), fixed_place(pattern.n)
    values = {each: f.load_shared(first + k) for k, each in enumerate(fixed)}
    values[symbol(pattern.time)] = f.muladd(_by_stage(f, METHOD.nodes), step, begin)
    values[symbol("_t0")] = begin
    values[symbol("_factor")] = f.mul(_by_stage(f, METHOD.time_factors), step)
    for i, name in enumerate(pattern.states):
        now = f.load_shared(first - pattern.n + i)
        values[symbol(f"_n{i}")], values[symbol(f"_u{i}")] = now, f.load(1 + i)
        for j in range(METHOD.stages - 1):
            share = _by_stage(f, METHOD.a[:, j])
            values[symbol(name)] = now = f.muladd(share, f.load_shared(WIDE * (1 + i) + j), now)
    for row, value in enumerate(values_at(f, values, slopes)):
        f.store(row, value)


def _by_stage(f: Function, numbers: Array) -> Value:
    """Return a number of the method for each stage, 0 in lanes that have none."""
    return f.constants([*numbers.tolist(), *[0.0] * (WIDE - METHOD.stages)])


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
            f.store(place + s * pattern.n * WIDE, value)


def emit_keeping(f: Function, n: int) -> None:
    """Write that the new S of a block in `out`, of n states, takes the place of the old."""
    for i in range(n):
        f.store(BEFORE * n + i, f.load_out(AFTER * n + i))


def emit_block(f: Function, pattern: SlopePattern, rows: Sequence[int]) -> None:
    """Write `out` = a block, `in` = J, G and F of each stage, factors, 1/h, rtol and noise.

    Parameters
    ----------
    f, pattern
        Where to write, and for what.
    rows
        The states whose slopes a column of the block can move, with all that depend on them: the
        rows of other states hold 0, and are neither read nor written.
    """
    n, own = pattern.n, set(rows)
    linear = pattern.linear.restricted(own)
    before = {i: f.load_out(BEFORE * n + i) for i in rows}
    steepest = {i: f.load_out(STEEPEST * n + i) for i in rows}
    first_bend = len(pattern.jacobian_at)
    slopes = [(m, at) for m, at in enumerate(pattern.jacobian_at) if at[1] in own]
    bends = [(first_bend + m, at) for m, at in enumerate(pattern.bend_at) if at[1] in own]
    inverse = f.load_shared(pattern.inverse)
    changes: list[dict[int, Value]] = []
    point = before
    for s in range(METHOD.stages):
        point = _placed(f, s, before, point, changes)
        right = {i: f.load_out((FORCING + s) * n + i) for i in rows}
        right = {i: _with_stages(f, s, right[i], i, changes, inverse) for i in rows}
        for entries, states in ((slopes, point), (bends, before)):
            for m, (row, column) in entries:
                entry = f.load_shared(WIDE * m + s)
                right[row] = f.muladd(entry, states[column], right[row])
        changes.append(solution(f, linear, right, lambda row: f.load_shared(pattern.factors + row)))
    after = {i: f.add(point[i], changes[-1][i]) for i in rows}
    steepest = {i: _larger(f, steepest[i], f.intrinsic("fabs", after[i])) for i in rows}
    squares = _squares(f, pattern, steepest, changes[-1])
    for s, change in enumerate(changes):
        for i in rows:
            f.store((STAGE + s) * n + i, change[i])
    for i in rows:
        f.store(AFTER * n + i, after[i])
        f.store(STEEPEST * n + i, steepest[i])
    f.store(SQUARES * n, squares)


def _placed(
    f: Function, s: int, before: dict[int, Value], last: dict[int, Value],
    changes: list[dict[int, Value]],
) -> dict[int, Value]:  # fmt: skip
    """Return S + sum_j A_sj du_j; the last stages begin where the one before ended."""
    if s >= METHOD.first_copy:
        return {i: f.add(x, changes[s - 1][i]) for i, x in last.items()}
    result = dict(before)
    for j in range(s):
        a = f.constant(METHOD.a[s, j])
        result = {i: f.muladd(a, changes[j][i], x) for i, x in result.items()}
    return result


def _with_stages(
    f: Function, s: int, row: Value, i: int, changes: list[dict[int, Value]], inverse: Value
) -> Value:
    """Return F_s + sum_j C_sj du_j / h of one state."""
    if s == 0:
        return row
    total = f.mul(f.constant(METHOD.c[s, 0]), changes[0][i])
    for j in range(1, s):
        total = f.muladd(f.constant(METHOD.c[s, j]), changes[j][i], total)
    return f.muladd(total, inverse, row)


def _larger(f: Function, old: Value, new: Value) -> Value:
    """Return the larger; the old one where the new one is no number."""
    return f.select(f.compare("gt", new, old), new, old)


def _squares(
    f: Function, pattern: SlopePattern, steepest: dict[int, Value], errors: dict[int, Value]
) -> Value:
    """Return the sum over the states of the squares of the scaled errors, by column."""
    n, first = pattern.n, pattern.inverse + 1
    top = f.constant(0)
    for size in steepest.values():
        top = _larger(f, top, size)
    top = f.mul(top, f.load_out(ROOTLESS * n))
    inverse, rtol, total = f.load_out(INVERSES * n), f.load_shared(first), f.constant(0)
    slack, least = f.constant(SLACK), f.constant(LEAST_ATOL)
    for i, size in steepest.items():
        noise = f.mul(f.load_shared(first + 1 + i), inverse)
        scale = f.muladd(rtol, f.plain_sum(size, top), noise)
        # Where neither changes nor has a size, 0 stands over the least number.
        share = f.div(errors[i], f.muladd(slack, scale, least))
        total = f.muladd(share, share, total)
    return total


__all__ = [
    "AFTER", "BEFORE", "FORCING", "INVERSES", "NOISE", "ROOTLESS", "ROWS", "SQUARES", "STAGE",
    "STEEPEST", "Place", "SlopePattern", "emit_block", "emit_forcing",
    "emit_keeping", "emit_points", "fixed_place",
]  # fmt: skip
