"""Machine code of a block: the slopes of a step by as many columns as a register has numbers.

`block` makes of J, G and F the du_i and the new S of its columns, and says how much these err:

    error = sqrt(mean_i (du_i / (SLACK (rtol (steepest_i + tops) + noise_i / size) + least))^2)

where du is that of the last stage, `steepest` the largest that a sensitivity has been and `size`
that of what is differentiated by; where it has none, `tops` is `NOISE` of the steepest state.

The linear systems of all stages differ in their numbers only, so the code that sets them out and
solves them stands there once, and the stages call it in turn. Written out for each of them it was
four times as long, more than a processor has at hand, and what took the time was to fetch it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pdmodel.engine.codegen.function import Function, Value
from pdmodel.engine.codegen.lu import scaled_solution
from pdmodel.engine.codegen.program import WIDE, Program
from pdmodel.engine.compiled_model.slope_reach import COLUMNS
from pdmodel.engine.compiled_model.slope_step_code import (
    INVERSE,
    TOLERANCE,
    SlopePattern,
    larger,
)
from pdmodel.engine.rosenbrock.memory import LEAST_ATOL
from pdmodel.engine.rosenbrock.tableau import METHOD

# Rows of a block: F of each stage, S, the du_i, S at the end of the step, the largest that each has
# been; where a stage is, and what its linear system has on the right but for products with J and G:
# each n_states long. Then three of which only the first few numbers are used, one a column: 1 over
# the size of what each is by (0 where it has none), `NOISE` where it has none (or 0), and the sum
# of the squares of the scaled errors.
FORCING, BEFORE = 0, METHOD.stages
STAGE, AFTER = METHOD.stages + 1, 2 * METHOD.stages + 1
STEEPEST, POINT, RIGHT, INVERSES, ROOTLESS, SQUARES = range(AFTER + 1, AFTER + 7)
ROWS = SQUARES + 1
SLACK = 3.0
"""A step may err by so many tolerances in the sensitivities, of the largest that each has been."""
_ARRAYS = ("out", "in", "record")


class BlockCode:
    """Writes what computes a block.

    Parameters
    ----------
    program, name
        Where to write, and what the function is called that is called from outside: with `out` = a
        block, `in` = J, G and F of each stage, and the record of the step.
    pattern
        For what.
    rows
        The states whose slopes a column of the block can move, with all that depend on them: the
        rows of other states hold 0, and are neither read nor written.
    forced
        The states that F may have entries of; the rows of others are not read.
    """

    def __init__(
        self, program: Program, name: str, pattern: SlopePattern, rows: Sequence[int],
        forced: Collection[int],
    ) -> None:  # fmt: skip
        self.program, self.name, self.pattern = program, name, pattern
        self.rows, self.forced, self.n = rows, forced, pattern.n

    def write(self) -> None:
        """Write the function and its parts."""
        for s in range(METHOD.stages):
            self._write_placing(s)
        self._write_solution()
        self._write_end()
        f = self.program.function(self.name, COLUMNS, _ARRAYS)
        block, record = f.place(0), f.place(0, "record")
        for s in range(METHOD.stages):
            f.run(f"{self.name} place {s}", block, record)
            change, point = self._row(f, STAGE + s), self._row(f, POINT if s else BEFORE)
            f.run(f"{self.name} solve", change, block, point, f.place(s, "in"), record)
        f.run(f"{self.name} end", block, record)

    def _row(self, f: Function, row: int) -> Value:
        return f.place(row * self.n * COLUMNS)

    def _part(self, name: str, *arrays: str) -> Function:
        return self.program.part(f"{self.name} {name}", COLUMNS, arrays)

    def _write_placing(self, s: int) -> None:
        """Write S + sum_j A_sj du_j, and F_s + sum_j C_sj du_j / h."""
        f, n = self._part(f"place {s}", "out", "record"), self.n
        for i in self.rows:
            changes = [f.load_out((STAGE + j) * n + i) for j in range(s)]
            if s > 0:
                f.store(POINT * n + i, self._placed(f, i, changes))
            forcing = f.load_out((FORCING + s) * n + i) if i in self.forced else f.constant(0)
            f.store(RIGHT * n + i, _with_changes(f, s, forcing, changes))

    def _placed(self, f: Function, i: int, changes: Sequence[Value]) -> Value:
        """Return where the stage after these is; the last ones begin where the one before ended."""
        s = len(changes)
        if s >= METHOD.first_copy:
            return f.plain_sum(f.load_out(POINT * self.n + i), changes[-1])
        point = f.load_out(BEFORE * self.n + i)
        for j, change in enumerate(changes):
            point = f.muladd(f.constant(METHOD.a[s, j]), change, point)
        return point

    def _write_solution(self) -> None:
        """Write `point` = where a stage is, `in` = J and G from this stage on -> `out` = its du.

        Products with S come first: they need not wait for the stage before.
        """
        f = self._part("solve", "out", "block", "point", "in", "record")
        pattern, rows = self.pattern, self.rows
        before = {i: f.load(BEFORE * self.n + i, "block") for i in rows}
        point = {i: f.load(i, "point") for i in rows}
        right: dict[int, Value] = {}
        places = [*pattern.bend_at, *pattern.jacobian_at]
        first = len(pattern.jacobian_at)
        for k, (row, column) in enumerate(places):
            if column not in before:
                continue
            bends = k < len(pattern.bend_at)
            entry = first + k if bends else k - len(pattern.bend_at)
            factor, slopes = f.load_shared(WIDE * entry, "in"), before if bends else point
            right[row] = (
                f.muladd(factor, slopes[column], right[row])
                if row in right
                else f.mul(factor, slopes[column])
            )
        for i in rows:
            rest = f.load(RIGHT * self.n + i, "block")
            right[i] = f.add(rest, right[i]) if i in right else rest
        linear = pattern.linear.restricted({*rows})
        changes = scaled_solution(
            f, linear, right, lambda row: f.load_shared(pattern.factors + row, "record")
        )
        for i in rows:
            f.store(i, changes[i])

    def _write_end(self) -> None:
        """Write the new S, the largest that each has been, and how much they err."""
        f, n, rows = self._part("end", "out", "record"), self.n, self.rows
        errors = {i: f.load_out((STAGE + METHOD.stages - 1) * n + i) for i in rows}
        after = {i: f.plain_sum(f.load_out(POINT * n + i), errors[i]) for i in rows}
        steepest = {
            i: larger(f, f.load_out(STEEPEST * n + i), f.intrinsic("fabs", after[i])) for i in rows
        }
        squares = self._squares(f, steepest, errors)
        for i in rows:
            f.store(AFTER * n + i, after[i])
            f.store(STEEPEST * n + i, steepest[i])
        f.store(SQUARES * n, squares)

    def _squares(
        self, f: Function, steepest: dict[int, Value], errors: dict[int, Value]
    ) -> Value:  # fmt: skip
        """Return the sum over the states of the squares of the scaled errors, by column."""
        n, total, top = self.n, f.constant(0), f.constant(0)
        for size in steepest.values():
            top = larger(f, top, size)
        top = f.mul(top, f.load_out(ROOTLESS * n))
        inverse, rtol = f.load_out(INVERSES * n), f.load_shared(TOLERANCE, "record")
        slack, least = f.constant(SLACK), f.constant(LEAST_ATOL)
        for i, size in steepest.items():
            noise = f.mul(f.load_shared(self.pattern.noise + i, "record"), inverse)
            scale = f.muladd(rtol, f.plain_sum(size, top), noise)
            # Where neither changes nor has a size, 0 stands over the least number.
            share = f.div(errors[i], f.muladd(slack, scale, least))
            total = f.muladd(share, share, total)
        return total


def _with_changes(f: Function, s: int, forcing: Value, changes: Sequence[Value]) -> Value:
    """Return F_s + sum_j C_sj du_j / h of one state."""
    if s == 0:
        return forcing
    total = f.mul(f.constant(METHOD.c[s, 0]), changes[0])
    for j in range(1, s):
        total = f.muladd(f.constant(METHOD.c[s, j]), changes[j], total)
    return f.muladd(total, f.load_shared(INVERSE, "record"), forcing)


def emit_keeping(f: Function, n: int, blocks: int) -> None:
    """Write that the new S of all blocks in `out`, of n states, takes the place of the old."""
    for block in range(blocks):
        for i in range(block * ROWS * n, block * ROWS * n + n):
            f.store(BEFORE * n + i, f.load_out(AFTER * n + i))


__all__ = [
    "AFTER", "BEFORE", "FORCING", "INVERSES", "ROOTLESS", "ROWS", "SLACK", "SQUARES", "STAGE",
    "STEEPEST", "BlockCode", "emit_keeping",
]  # fmt: skip
