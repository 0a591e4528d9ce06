"""Sparse LU of `W = g I - J`, planned once for a pattern and written out as straight-line code.

The pivots are taken from the diagonal, in the order of least fill (Markowitz, Management Science
3:255, 1957). An implicit step of size `h` solves with `g = 1/(h gamma)`. For small steps `g`
dominates every row and column, and for a diagonally dominant matrix no pivot is small, in whatever
order. For large steps nothing is guaranteed, so a measure of it is returned with the factors:

    growth = max_k (|g| + |J_kk| + sum_i |l_ki u_ik|) / min(|w_kk|, |u_kk|)

Rounding changes the factored matrix by at most `growth` units in the last place of its diagonal
(Higham, Accuracy and Stability of Numerical Algorithms, theorem 9.3), whether a pivot vanishes by
cancellation or a small one lets others grow. Units of the states do not matter: with `D W D^-1` in
the place of `W`, D diagonal, no term changes. Where it is large (1e8, say) or not finite, the
caller takes a smaller step, which makes `W` dominant again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from pdmodel.arrays import Array
from pdmodel.engine.codegen.function import Function, Value
from pdmodel.engine.codegen.program import WIDE, LaneCode, Program

Place = tuple[int, int]


@dataclass(frozen=True)
class Elimination:
    """The order of pivots for a pattern, and where each factor is kept.

    Parameters
    ----------
    n
        Size of the matrix.
    pattern
        Row and column of every entry of `J`, in the order in which they are handed over.
    order
        The pivots, first to last.
    places
        Row and column of every factor: multipliers, upper factors, and on the diagonal the
        reciprocals of the pivots.
    """

    n: int
    pattern: tuple[Place, ...]
    order: tuple[int, ...]
    places: tuple[Place, ...]
    _after: dict[int, tuple[list[int], list[int]]] = field(repr=False, compare=False)

    @property
    def fill_in(self) -> int:
        """Factors that stand where `W` has no entry."""
        return len(self.places) - len({*self.pattern, *((k, k) for k in range(self.n))})

    @property
    def n_factors(self) -> int:
        """Number of factors; `growth` stands in the row after them."""
        return len(self.places)

    @property
    def index(self) -> dict[Place, int]:
        """The row in which a factor is kept."""
        return {position: k for k, position in enumerate(self.places)}

    def below(self, pivot: int) -> list[int]:
        """Rows from which the row of a pivot is subtracted."""
        return self._after[pivot][0]

    def right(self, pivot: int) -> list[int]:
        """Columns of later pivots in the row of a pivot."""
        return self._after[pivot][1]

    @property
    def upper(self) -> set[Place]:
        """Where upper factors stand, other than on the diagonal."""
        return {(k, j) for k in self.order for j in self.right(k)}

    def restricted(self, rows: Collection[int]) -> Elimination:
        """Return the same for right-hand sides that are 0 but in some rows, and stay so.

        Parameters
        ----------
        rows
            With each column of the pattern that is among them, all rows of its entries are.
        """
        after = {}
        for k in rows:
            below, right = ([i for i in side if i in rows] for side in self._after[k])
            after[k] = below, right
        order = tuple(k for k in self.order if k in rows)
        return Elimination(self.n, self.pattern, order, self.places, after)

    def factorise(self, g: Array, entries: Array) -> Array:
        """Do in NumPy what the compiled `factor` does: the reference for tests.

        Parameters
        ----------
        g, entries
            Shapes (...) and (n_entries, ...).

        Returns
        -------
        numpy.ndarray
            Factors and growth, shape (n_factors + 1, ...).
        """
        w = {position: np.zeros_like(g) for position in self.places}
        for k in range(self.n):
            w[k, k] = w[k, k] + g
        sizes = [abs(g) for _ in range(self.n)]
        for (i, j), entry in zip(self.pattern, entries, strict=True):
            w[i, j] = w[i, j] - entry
            if i == j:
                sizes[i] = sizes[i] + abs(entry)
        diagonal = [abs(w[k, k]) for k in range(self.n)]
        growth = np.zeros_like(g)
        for k in self.order:
            pivot, w[k, k] = w[k, k], 1 / w[k, k]
            least = np.minimum(diagonal[k], abs(pivot))
            growth = np.maximum(growth, sizes[k] / least + 0 * (pivot * w[k, k]))
            for i in self.below(k):
                w[i, k] = w[i, k] * w[k, k]
                for j in self.right(k):
                    product = w[i, k] * w[k, j]
                    w[i, j] = w[i, j] - product
                    if i == j:
                        sizes[i] = sizes[i] + abs(product)
        return np.array([*(w[position] for position in self.places), growth])

    def solution(self, factors: Array, b: Array) -> Array:
        """Return `x` of `W x = b` from factors, shape (n, ...)."""
        x, index = list(b), self.index
        for k in self.order:
            for i in self.below(k):
                x[i] = x[i] - factors[index[i, k]] * x[k]
        for k in reversed(self.order):
            for j in self.right(k):
                x[k] = x[k] - factors[index[k, j]] * x[j]
            x[k] = x[k] * factors[index[k, k]]
        return np.array(x)


def plan_elimination(n: int, pattern: Sequence[Place]) -> Elimination:
    """Choose the order of pivots that fills least, one at a time.

    Parameters
    ----------
    n
        Size of the matrix.
    pattern
        Row and column of every entry of `J` that may differ from 0, each once.
    """
    rows = {k: {k} for k in range(n)}
    columns = {k: {k} for k in range(n)}
    for i, j in pattern:
        rows[i].add(j)
        columns[j].add(i)
    places, order, after = {(i, j) for i in rows for j in rows[i]}, [], {}
    left = set(range(n))
    while left:
        pivot = min(left, key=lambda k: ((len(rows[k]) - 1) * (len(columns[k]) - 1), k))
        left.remove(pivot)
        order.append(pivot)
        below, right = columns.pop(pivot) - {pivot}, rows.pop(pivot) - {pivot}
        after[pivot] = sorted(below), sorted(right)
        for i in below:
            rows[i] = (rows[i] | right) - {pivot}
        for j in right:
            columns[j] = (columns[j] | below) - {pivot}
        places |= {(i, j) for i in below for j in right}
    return Elimination(n, tuple(pattern), tuple(order), tuple(sorted(places)), after)


def emit_factor(f: Function, plan: Elimination) -> None:
    """Write `in = [g, entries of J] -> out = [factors, growth]`."""
    w, sizes = _matrix(f, plan)
    diagonal = [w[k, k] for k in range(plan.n)]
    sound, largest = f.constant(0), f.integer(0)
    for k in plan.order:
        pivot, w[k, k] = w[k, k], f.div(f.constant(1), w[k, k])
        sound = f.muladd(pivot, w[k, k], sound)  # NaN if a pivot is 0, infinite or NaN
        growth = f.bits(_growth(f, sizes[k], diagonal[k], pivot, w[k, k]))
        largest = f.larger_integer(largest, growth)
        for i in plan.below(k):
            w[i, k] = f.mul(w[i, k], w[k, k]) if (i, k) in w else f.constant(0)
            for j in plan.right(k):
                product = f.mul(w[i, k], w[k, j])
                w[i, j] = f.sub(w[i, j], product) if (i, j) in w else f.negate(product)
                if i == j:
                    sizes[i] = f.add(sizes[i], f.intrinsic("fabs", product))
    for row, position in enumerate(plan.places):
        f.store(row, w[position])
    # As integers, bits of doubles above 0 are ordered as the doubles are, with NaN on top.
    f.store(plan.n_factors, f.muladd(sound, f.constant(0), f.from_bits(largest)))


def _growth(f: Function, size: Value, entry: Value, pivot: Value, inverse: Value) -> Value:
    """Return by how much the terms of a pivot exceed it, or the entry that it was."""
    if entry == pivot:
        return f.mul(size, f.intrinsic("fabs", inverse))
    entry, pivot = f.intrinsic("fabs", entry), f.intrinsic("fabs", pivot)
    return f.div(size, f.select(f.compare("lt", entry, pivot), entry, pivot))


def _matrix(f: Function, plan: Elimination) -> tuple[dict[Place, Value], list[Value]]:
    """Return what of `g I - J` is not 0, and the sizes of what meets on its diagonal."""
    g = f.load(0)
    w = {(k, k): g for k in range(plan.n)}
    sizes = [f.intrinsic("fabs", g)] * plan.n
    for row, (i, j) in enumerate(plan.pattern, start=1):
        entry = f.load(row)
        w[i, j] = f.sub(g, entry) if i == j else f.negate(entry)
        if i == j:
            sizes[i] = f.add(sizes[i], f.intrinsic("fabs", entry))
    return w, sizes


def emit_solve(f: Function, plan: Elimination, *, shared: bool = False) -> None:
    """Write `out = b -> out = x` with `W x = b` and `in` = factors.

    Parameters
    ----------
    f, plan
        Where to write, and what.
    shared
        The factors are those of one lane, and the lanes of `b` are many right-hand sides.
    """
    factor = f.load_shared if shared else f.load
    x = solution(f, plan, {k: f.load_out(k) for k in range(plan.n)}, factor)
    for k in range(plan.n):
        f.store(k, x[k])


def solution(
    f: Function, plan: Elimination, b: Mapping[int, Value], factor: Callable[[int], Value]
) -> dict[int, Value]:
    """Write the solution of `W x = b` by row; `factor` reads the factor that is kept in a row."""
    x, index = _forward(f, plan, b, factor), plan.index
    for k in reversed(plan.order):
        for j in plan.right(k):
            x[k] = f.sub(x[k], f.mul(factor(index[k, j]), x[j]))
        x[k] = f.mul(x[k], factor(index[k, k]))
    return x


def scaled_solution(
    f: Function, plan: Elimination, b: Mapping[int, Value], factor: Callable[[int], Value]
) -> dict[int, Value]:
    """Write the same with upper factors that are multiplied by the reciprocal of their row's pivot.

    So a row waits for one operation after the row before it, not for two; and it takes those rows
    first that are there first.
    """
    x, index = _forward(f, plan, b, factor), plan.index
    backward = plan.order[::-1]
    for k in backward:
        x[k] = f.mul(x[k], factor(index[k, k]))
        for j in sorted(plan.right(k), key=backward.index):
            x[k] = f.sub(x[k], f.mul(factor(index[k, j]), x[j]))
    return x


def _forward(
    f: Function, plan: Elimination, b: Mapping[int, Value], factor: Callable[[int], Value]
) -> dict[int, Value]:
    x, index = dict(b), plan.index
    for k in plan.order:
        for i in plan.below(k):
            x[i] = f.sub(x[i], f.mul(factor(index[i, k]), x[k]))
    return x


def emit_lu(program: Program, plan: Elimination) -> None:
    """Add `factor`, `solve` and `solve_wide` to a program.

    `solve_wide` takes factors of one lane and `b` of shape (n, 8): eight right-hand sides.
    """
    emit_factor(program.function("factor"), plan)
    emit_solve(program.function("solve"), plan)
    emit_solve(program.function("solve_wide", WIDE), plan, shared=True)


@dataclass(frozen=True)
class SparseLU:
    """A plan with its machine code.

    Parameters
    ----------
    plan
        Order of pivots, and where factors are kept.
    lanes
        Lanes of `factor` and `solve`.
    code
        Holds `factor`, `solve` and `solve_wide`.
    """

    plan: Elimination
    lanes: int
    code: LaneCode

    @property
    def factor(self) -> int:
        """Address: `in` = g and the entries of `J`, `out` = factors, then growth."""
        return self.code.address("factor")

    @property
    def solve(self) -> int:
        """Address: `in` = factors, `out` = b, overwritten by x."""
        return self.code.address("solve")

    @property
    def solve_wide(self) -> int:
        """Address: `in` = factors of one lane, `out` = b (n, 8), overwritten by x."""
        return self.code.address("solve_wide")


def compile_lu(n: int, pattern: Sequence[Place], lanes: int = 1) -> SparseLU:
    """Plan and compile for a pattern on its own; `emit_lu` adds it to a larger program."""
    made = plan_elimination(n, pattern)
    program = Program(lanes)
    emit_lu(program, made)
    return SparseLU(made, lanes, program.compile())


__all__ = ["Elimination", "SparseLU", "compile_lu", "emit_lu", "plan_elimination"]
