"""Rodas5P's coefficients: order by rooted trees, L-stability, dense output, error estimate.

Theory: Hairer and Wanner, Solving Ordinary Differential Equations II, section IV.7. The matrices
of the method as it is usually written follow from those of the form without products of the
Jacobian: Gamma = (1/gamma - C)^-1, alpha = A Gamma, b = m Gamma.
"""

from __future__ import annotations

from functools import cache
from itertools import combinations_with_replacement

import numpy as np
import pytest

from pdmodel.engine.rosenbrock.tableau import METHOD

GAMMA, A, C, H = METHOD.gamma, METHOD.a, METHOD.c, METHOD.dense
NODES, TIME_FACTORS, STAGES = METHOD.nodes, METHOD.time_factors, METHOD.stages

Tree = tuple
"""A rooted tree: the trees that hang on its root, sorted."""

_GAMMAS = np.linalg.inv(np.eye(STAGES) / GAMMA - C)
_ALPHA = A @ _GAMMAS
_BETA = _ALPHA + _GAMMAS
_LAST = np.eye(STAGES)[-1]
WEIGHTS = (A[-1] + _LAST) @ _GAMMAS
EMBEDDED = A[-1] @ _GAMMAS


@cache
def trees(order: int) -> tuple[Tree, ...]:
    """Return all rooted trees with so many nodes."""
    found = {
        tuple(sorted(branches))
        for sizes in _partitions(order - 1, order - 1)
        for branches in _forests(sizes)
    }
    return tuple(sorted(found))


def _partitions(total: int, largest: int) -> list[tuple[int, ...]]:
    if total == 0:
        return [()]
    return [
        (first, *rest)
        for first in range(min(total, largest), 0, -1)
        for rest in _partitions(total - first, first)
    ]


def _forests(sizes: tuple[int, ...]) -> list[tuple[Tree, ...]]:
    if not sizes:
        return [()]
    count = sizes.count(sizes[0])
    first = combinations_with_replacement(trees(sizes[0]), count)
    rest = _forests(sizes[count:])
    return [(*own, *others) for own in first for others in rest]


def size(tree: Tree) -> int:
    """Return how many nodes a tree has."""
    return 1 + sum(size(branch) for branch in tree)


def density(tree: Tree) -> int:
    """Return the product of the sizes of all its subtrees."""
    return size(tree) * int(np.prod([density(branch) for branch in tree], dtype=int))


def stages(tree: Tree) -> np.ndarray:
    """Return the elementary weight of a tree at each stage; a single branch goes through J too."""
    matrix = _BETA if len(tree) == 1 else _ALPHA
    return np.prod([matrix @ stages(branch) for branch in tree] or [np.ones(STAGES)], axis=0)


def misses(weights: np.ndarray, order: int, share: float = 1.0) -> list[float]:
    """Return by how much each condition of an order is missed at a share of the step."""
    return [
        float(weights @ stages(tree)) - share ** size(tree) / density(tree) for tree in trees(order)
    ]


def at(share: float) -> np.ndarray:
    """Return the weights of the dense output."""
    polynomial = H[0] + share * H[1] + share**2 * H[2]
    return (share * (A[-1] + _LAST) + share * (1 - share) * polynomial) @ _GAMMAS


def growth(z: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return R(z), by which a step multiplies the solution of `y' = (z/h) y`."""
    one, ones = np.eye(STAGES), np.ones(STAGES)
    return np.array([1 + w * weights @ np.linalg.solve(one - w * _BETA, ones) for w in z])


def test_there_are_as_many_trees_as_there_should_be() -> None:
    """1, 1, 2, 4, 9, 20; the tall tree of order 4 has density 24, the bush 4."""
    assert [len(trees(order)) for order in range(1, 7)] == [1, 1, 2, 4, 9, 20]
    assert sorted(density(tree) for tree in trees(4)) == [4, 8, 12, 24]


def test_nodes_and_time_factors_follow() -> None:
    """Row sums of alpha and of Gamma, as they must be where the equations hold the time."""
    np.testing.assert_allclose(NODES, _ALPHA.sum(axis=1), atol=1e-13)
    np.testing.assert_allclose(TIME_FACTORS, _GAMMAS.sum(axis=1), atol=1e-12)
    assert pytest.approx(np.diag(_GAMMAS), rel=1e-14) == GAMMA


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
def test_the_method_has_order_5(order: int) -> None:
    """All 17 conditions."""
    np.testing.assert_allclose(misses(WEIGHTS, order), 0, atol=1e-12)


def test_the_method_has_no_order_6() -> None:
    """The conditions can be missed."""
    assert np.abs(misses(WEIGHTS, 6)).max() > 1e-4


def test_the_error_estimate_is_that_of_order_4() -> None:
    """The solution without the last stage has order 4, and not 5."""
    for order in (1, 2, 3, 4):
        np.testing.assert_allclose(misses(EMBEDDED, order), 0, atol=1e-12)
    assert np.abs(misses(EMBEDDED, 5)).max() > 1e-4


@pytest.mark.parametrize("share", [0.0, 0.1, 0.37, 0.5, 0.82, 1.0])
def test_dense_output_has_order_4(share: float) -> None:
    """Anywhere in the step; at its ends it meets the solution."""
    for order in (1, 2, 3, 4):
        np.testing.assert_allclose(misses(at(share), order, share), 0, atol=1e-12)
    np.testing.assert_allclose(at(0.0), 0, atol=1e-15)
    np.testing.assert_allclose(at(1.0), WEIGHTS, atol=1e-15)


def missed(share: float, trees_of: list[Tree]) -> np.ndarray:
    """Return by how much conditions are missed by dense output, error and defect, a column each.

    The defect counts the derivative at the beginning, which is that of one node alone.
    """
    slope = (A[-1] + _LAST + H[0]) @ _GAMMAS
    rows = []
    for tree in trees_of:
        at_stages = stages(tree)
        plain = at(share) @ at_stages - share ** size(tree) / density(tree)
        rows.append([plain, (_LAST @ _GAMMAS) @ at_stages, slope @ at_stages - (tree == ())])
    return np.array(rows)


def chain(order: int) -> Tree:
    """Return the tree without branches: what counts where equations are linear."""
    return () if order == 1 else (chain(order - 1),)


def test_error_and_defect_are_of_order_5() -> None:
    """So that what they are multiplied by takes nothing from order 4."""
    for order in (1, 2, 3, 4):
        np.testing.assert_allclose(missed(0.3, list(trees(order)))[:, 1:], 0, atol=1e-11)


@pytest.mark.parametrize("share", [0.05, 0.3, 0.5, 0.77, 0.95])
def test_refinement_follows_from_four_conditions_of_order_5(share: float) -> None:
    """Of a chain, of any tree on a stem, and of a stem that forks into a leaf and a branch of two.

    Two conditions determine what error and defect count; two more are then met by themselves.
    """
    forks = ((), ((),))
    on_stems = [(forks,), chain(5), (((), (), ()),), ((((), ()),),)]
    table = missed(share, on_stems)
    counts = np.linalg.solve(table[:2, 1:], -table[:2, 0])
    powers = share * (1 - share) * share ** np.arange(METHOD.refinement.shape[1])
    np.testing.assert_allclose(METHOD.refinement @ powers, counts, atol=1e-11)
    np.testing.assert_allclose(table @ np.append(1, counts), 0, atol=1e-12)


def test_refined_output_begins_with_the_derivative() -> None:
    """The multiple of the defect has the slope -1 there, that of the error 0."""
    assert METHOD.refinement[:, 0].tolist() == [0, -1]


def test_both_solutions_are_stiffly_accurate() -> None:
    """Their weights are the last rows of beta, and the last two stages stand at the step's end."""
    np.testing.assert_allclose(_BETA[-1], WEIGHTS, atol=1e-12)
    np.testing.assert_allclose(_BETA[-2], EMBEDDED, atol=1e-12)
    assert NODES[-3:].tolist() == [1, 1, 1]
    assert TIME_FACTORS[-3:].tolist() == [0, 0, 0]


@pytest.mark.parametrize("weights", [WEIGHTS, EMBEDDED], ids=["method", "embedded"])
def test_the_method_is_l_stable(weights: np.ndarray) -> None:
    """|R| <= 1 on the imaginary axis, one pole, right of it, and nothing is left at infinity.

    By the maximum principle |R| <= 1 in the whole left half plane.
    """
    heights = np.concatenate([[0.0], np.logspace(-3, 8, 2000)])
    sizes = np.abs(growth(1j * heights, weights))
    assert sizes.max() <= 1 + 1e-12
    assert GAMMA > 0
    np.testing.assert_allclose(np.diag(_BETA), GAMMA, rtol=1e-12)
    np.testing.assert_allclose(np.triu(_BETA, 1), 0, atol=1e-14)
    assert 1 - weights @ np.linalg.solve(_BETA, np.ones(STAGES)) == pytest.approx(0, abs=1e-11)
    assert np.abs(growth(np.array([-1e9]), weights)).max() < 1e-7
    inside = -np.logspace(-2, 6, 200)[:, np.newaxis] * np.exp(1j * np.linspace(-1.5, 1.5, 9))
    assert np.abs(growth(inside.ravel(), weights)).max() < 1


def test_growth_is_close_to_the_exponential() -> None:
    """Halving a small z divides `R(z) - exp(z)` by 2^5 for order 4, by 2^6 or more for order 5."""
    z = np.array([-0.25, -0.125])
    far, near = np.abs(growth(z, EMBEDDED) - np.exp(z))
    assert far / near == pytest.approx(32, rel=0.03)
    far, near = np.abs(growth(z, WEIGHTS) - np.exp(z))
    assert far / near > 64
