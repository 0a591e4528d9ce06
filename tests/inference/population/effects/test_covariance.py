"""The covariance of effects: blocks, what is held, and slopes."""

from __future__ import annotations

import numpy as np
import pytest

from pdmodel.errors import InputError
from pdmodel.inference import RandomEffect
from pdmodel.inference.population.effects.covariance import Covariance

EFFECTS = [RandomEffect("a", sd=0.5), RandomEffect("b", sd=0.2), RandomEffect("c", sd=0.3)]


@pytest.mark.parametrize("blocks", ["diagonal", "full", [("c", "a")]])
def test_it_begins_as_given_and_moves_as_it_says(blocks) -> None:
    """Standard deviations and correlations are those given; slopes those of differences."""
    pairs = {} if blocks == "diagonal" else {("a", "c"): -0.4}
    covariance = Covariance(EFFECTS, blocks, pairs)
    matrix = covariance.matrix(covariance.starts)
    np.testing.assert_allclose(np.sqrt(np.diag(matrix)), [0.5, 0.2, 0.3])
    assert matrix[0, 2] == pytest.approx(-0.4 * 0.15 if pairs else 0.0)
    np.testing.assert_allclose(covariance.from_matrix(matrix), covariance.starts, atol=1e-12)
    here = covariance.starts + 0.1 * np.cos(np.arange(covariance.starts.size))
    slopes = covariance.slopes(here)
    for k in range(here.size):
        step = np.zeros(here.size)
        step[k] = 1e-6
        change = (covariance.matrix(here + step) - covariance.matrix(here - step)) / 2e-6
        np.testing.assert_allclose(slopes[k], change, atol=1e-8)
    assert (np.linalg.eigvalsh(covariance.matrix(here)) > 0).all()


def test_what_is_held_is_not_sought() -> None:
    """A held variance, or a held block, has no entries, and stays what it is."""
    held = [
        RandomEffect("a", sd=0.5, fixed=True),
        RandomEffect("b", sd=0.2, fixed=True),
        EFFECTS[2],
    ]
    covariance = Covariance(held, [("a", "b")], {("a", "b"): 0.5})
    assert [entry.name for entry in covariance.entries] == ["sd__c"]
    matrix = covariance.matrix(np.array([0.0]))
    expected = np.array([[0.25, 0.05, 0.0], [0.05, 0.04, 0.0], [0.0, 0.0, 1.0]])
    np.testing.assert_allclose(matrix, expected, atol=1e-15)


@pytest.mark.parametrize(
    ("blocks", "pairs", "words"),
    [
        ("whole", {}, "unknown covariance 'whole'"),
        (["a"], {}, "lists parameters, got 'a' alone"),
        ([("a", "d")], {}, "unknown random effect in a block of the covariance: 'd'"),
        ([("a", "b"), ("b", "c")], {}, "'b' stands in two blocks"),
        ("diagonal", {("a", "b"): 0.1}, "'a' and 'b' are correlated, but share no block"),
        ("full", {("a", "b"): 0.9, ("b", "c"): 0.9, ("a", "c"): -0.9}, "contradict each other"),
    ],
)
def test_blocks_that_are_none_are_refused(blocks, pairs, words: str) -> None:
    """The message names the effect, or says what contradicts."""
    with pytest.raises(InputError, match=words):
        Covariance(EFFECTS, blocks, pairs)


def test_a_block_is_held_as_a_whole() -> None:
    """Half of a block cannot be held."""
    effects = [RandomEffect("a", fixed=True), RandomEffect("b")]
    with pytest.raises(InputError, match="the block a, b is held or estimated as a whole"):
        Covariance(effects, "full")
