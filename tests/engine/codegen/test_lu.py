"""Sparse LU of g I - J: against dense algebra, and a warning where the order of pivots is bad."""

from __future__ import annotations

import numpy as np
import pytest

from pdmodel.engine.codegen.lu import (
    Elimination,
    SparseLU,
    compile_lu,
    plan_elimination,
    scaled_solution,
)
from pdmodel.engine.codegen.program import Program
from tests.engine.calling import call

LANES = (1, 8)
Pattern = list[tuple[int, int]]


def random_pattern(random: np.random.Generator, n: int) -> Pattern:
    """Return places in random order, some of the diagonal missing."""
    dense = random.random((n, n)) < random.uniform(0.1, 0.5)
    places = [(int(i), int(j)) for i, j in np.argwhere(dense)]
    random.shuffle(places)
    return places


def matrices(made: Elimination, g: np.ndarray, entries: np.ndarray) -> np.ndarray:
    """Return `g I - J` of every lane, shape (lanes, n, n)."""
    w = np.eye(made.n) * g[:, None, None]
    for (row, column), entry in zip(made.pattern, entries, strict=True):
        w[:, row, column] -= entry
    return w


def factored(lu: SparseLU, g: np.ndarray, entries: np.ndarray) -> np.ndarray:
    """Return factors and growth, shape (n_factors + 1, lanes)."""
    out = np.full((lu.plan.n_factors + 1, lu.lanes), np.nan)
    return call(lu.factor, out, np.concatenate([g[None], entries]))


def growth_of(g: float, entries: list[float], pattern: Pattern, lanes: int) -> np.ndarray:
    """Return what is reported of one matrix in all lanes."""
    n = 1 + max(max(place) for place in pattern)
    lu = compile_lu(n, pattern, lanes)
    values = np.tile(np.array(entries, float)[:, None], lanes)
    return factored(lu, np.full(lanes, float(g)), values)[-1]


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("seed", range(6))
def test_solves_what_dense_algebra_solves(seed: int, lanes: int) -> None:
    """Random patterns and values, g large enough that no pivoting is needed."""
    random = np.random.default_rng(seed)
    n = (1, 2, 5, 9, 14, 20)[seed]
    lu = compile_lu(n, random_pattern(random, n), lanes)
    entries = random.normal(size=(len(lu.plan.pattern), lanes))
    g, b = random.uniform(1, 2, lanes) * 2 * n, random.normal(size=(n, lanes))
    factors = factored(lu, g, entries)
    x = call(lu.solve, b.copy(), factors)
    exact = np.linalg.solve(matrices(lu.plan, g, entries), b.T[..., None])[..., 0].T
    np.testing.assert_allclose(x, exact, rtol=1e-10, atol=1e-13)
    assert (factors[-1] < 10).all()


@pytest.mark.parametrize("seed", range(4))
def test_compiled_code_is_the_plan_in_numpy(seed: int) -> None:
    """Factors, growth and solution equal those of the reference, lane by lane."""
    random = np.random.default_rng(100 + seed)
    lu = compile_lu(11, random_pattern(random, 11), 8)
    g, entries = random.uniform(5, 9, 8), random.normal(size=(len(lu.plan.pattern), 8))
    b = random.normal(size=(11, 8))
    factors, expected = factored(lu, g, entries), lu.plan.factorise(g, entries)
    np.testing.assert_allclose(factors, expected, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(
        call(lu.solve, b.copy(), factors), lu.plan.solution(expected, b), rtol=1e-10, atol=1e-12
    )


@pytest.mark.parametrize("seed", range(4))
def test_scaled_upper_factors_give_the_same_solution(seed: int) -> None:
    """Each upper factor is multiplied by the reciprocal of the pivot of its row."""
    random = np.random.default_rng(200 + seed)
    plan = plan_elimination(11, random_pattern(random, 11))
    factors = plan.factorise(random.uniform(5, 9, 8), random.normal(size=(len(plan.pattern), 8)))
    b, scaled = random.normal(size=(11, 8)), factors.copy()
    assert plan.upper
    for row, column in plan.upper:
        scaled[plan.index[row, column]] *= factors[plan.index[row, row]]
    program = Program(8)
    f = program.function("solve")
    x = scaled_solution(f, plan, {k: f.load_out(k) for k in range(11)}, f.load)
    for k in range(11):
        f.store(k, x[k])
    code = program.compile()
    found = call(code.address("solve"), b.copy(), scaled)
    np.testing.assert_allclose(found, plan.solution(factors, b), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("lanes", LANES)
def test_eight_right_hand_sides_share_scalar_factors(lanes: int) -> None:
    """`solve_wide` solves for each column of b with the factors of one lane."""
    random = np.random.default_rng(7)
    lu = compile_lu(10, random_pattern(random, 10), lanes)
    entries = random.normal(size=(len(lu.plan.pattern), lanes))
    g, b = np.full(lanes, 15.0), random.normal(size=(10, 8))
    factors = factored(lu, g, entries)[:, lanes - 1]
    w = matrices(lu.plan, g, entries)[lanes - 1]
    x = call(lu.solve_wide, b.copy(), factors)
    np.testing.assert_allclose(x, np.linalg.solve(w, b), rtol=1e-10, atol=1e-13)


def test_a_lane_knows_nothing_of_the_others() -> None:
    """A lane with a singular matrix full of NaN leaves the bits of the others as they were."""
    random = np.random.default_rng(8)
    lu = compile_lu(9, random_pattern(random, 9), 8)
    entries, g = random.normal(size=(len(lu.plan.pattern), 8)), random.uniform(5, 9, 8)
    b = random.normal(size=(9, 8))
    before = factored(lu, g, entries)
    x = call(lu.solve, b.copy(), before)
    broken, g = entries.copy(), g.copy()
    broken[:, 3], g[3] = np.nan, 0
    after = factored(lu, g, broken)
    rest = [0, 1, 2, 4, 5, 6, 7]
    assert after[:, rest].tobytes() == before[:, rest].tobytes()
    assert call(lu.solve, b.copy(), after)[:, rest].tobytes() == x[:, rest].tobytes()
    assert np.isnan(after[-1, 3])


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("g", [0.0, 1e-12, 1e-9])
def test_growth_tells_that_pivoting_was_needed(g: float, lanes: int) -> None:
    """A matrix with next to nothing on its diagonal is harmless with pivoting, and not without."""
    growth = growth_of(g, [1, 1], [(0, 1), (1, 0)], lanes)
    assert (~np.isfinite(growth) | (growth > 1e8)).all()


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("distance", [1e-3, -1e-6, 1e-9])
def test_growth_is_what_a_pivot_loses(distance: float, lanes: int) -> None:
    """The last pivot is the difference of `g = 1 + distance` and a product near 1."""
    g = 1 + distance
    growth = growth_of(g, [0.5, 0.5 * g, 1.0], [(0, 0), (1, 0), (0, 1)], lanes)
    product = 0.5 * g / (g - 0.5)
    np.testing.assert_allclose(growth, (g + product) / abs(g - product), rtol=1e-6)


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("g", [30.0, 0.3, 1e-3])
def test_growth_does_not_depend_on_units(g: float, lanes: int) -> None:
    """States measured in units from 1e-9 to 1e9, and time in another one, leave it as it was."""
    random = np.random.default_rng(11)
    lu = compile_lu(9, random_pattern(random, 9), lanes)
    entries = random.normal(size=(len(lu.plan.pattern), lanes))
    units, time = 10 ** random.uniform(-9, 9, 9), 86400.0
    scale = np.array([units[i] / units[j] for i, j in lu.plan.pattern])[:, None] / time
    before = factored(lu, np.full(lanes, g), entries)[-1]
    after = factored(lu, np.full(lanes, g / time), entries * scale)[-1]
    np.testing.assert_allclose(after, before, rtol=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_growth_bounds_the_error(seed: int) -> None:
    """Of solutions of random systems, far from dominant; the dense condition is the yardstick."""
    random = np.random.default_rng(200 + seed)
    lu = compile_lu(8, random_pattern(random, 8), 8)
    entries = random.normal(size=(len(lu.plan.pattern), 8))
    g, b = 10 ** random.uniform(-8, 0, 8), random.normal(size=(8, 8))
    factors = factored(lu, g, entries)
    x, w = call(lu.solve, b.copy(), factors), matrices(lu.plan, g, entries)
    for lane in range(8):
        exact = np.linalg.solve(w[lane], b[:, lane])
        error = np.linalg.norm(x[:, lane] - exact) / np.linalg.norm(exact)
        assert error <= 1e-14 * np.linalg.cond(w[lane]) * factors[-1, lane]


BROKEN = {
    "pivot 0 in a triangle": (0.0, [0.0], [(0, 1)]),
    "pivot 0 by cancellation": (1.0, [1.0, 2.0], [(0, 0), (1, 1)]),
    "NaN on the diagonal": (1.0, [np.nan, 1.0], [(0, 0), (1, 1)]),
    "NaN beside it": (1.0, [np.nan, 1.0], [(0, 1), (1, 0)]),
    "g infinite": (np.inf, [1.0, 1.0], [(0, 1), (1, 0)]),
    "g NaN": (np.nan, [1.0, 1.0], [(0, 1), (1, 0)]),
    "an infinite pivot": (1.0, [-np.inf, 1.0], [(0, 0), (1, 0)]),
}


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("case", BROKEN)
def test_growth_of_a_matrix_that_cannot_be_factored_is_not_finite(case: str, lanes: int) -> None:
    """Also where the bad pivot is the last one or has nothing below it."""
    assert not np.isfinite(growth_of(*BROKEN[case], lanes)).any()


def test_small_steps_need_no_pivoting() -> None:
    """Dominant columns leave pivots of the size of their terms, in whatever order."""
    random = np.random.default_rng(9)
    for _ in range(20):
        n = int(random.integers(2, 15))
        made = plan_elimination(n, random_pattern(random, n))
        entries = random.normal(size=(len(made.pattern), 1)) * 10 ** random.uniform(-3, 3)
        columns = abs(matrices(made, np.zeros(1), entries)[0]).sum(axis=0)
        assert made.factorise(np.array([2.01 * columns.max()]), entries)[-1] <= 4


@pytest.mark.parametrize("n", [3, 12])
def test_order_avoids_fill(n: int) -> None:
    """A star and a chain, however numbered, fill nothing; a full matrix has no place to fill."""
    places = np.random.default_rng(n).permutation(n)
    star = [(int(places[0]), int(k)) for k in places[1:]]
    chain = [(int(i), int(j)) for i, j in zip(places[1:], places[:-1], strict=True)]
    for pattern in (star, chain):
        made = plan_elimination(n, pattern + [(j, i) for i, j in pattern])
        assert made.fill_in == 0
        assert made.n_factors == n + 2 * len(pattern)
        assert sorted(made.order) == list(range(n))
    assert plan_elimination(n, [(i, j) for i in range(n) for j in range(n)]).fill_in == 0


def test_fill_is_counted() -> None:
    """A ring of five fills two pairs of places."""
    ring = [(k, (k + 1) % 5) for k in range(5)]
    assert plan_elimination(5, ring + [(j, i) for i, j in ring]).fill_in == 4
