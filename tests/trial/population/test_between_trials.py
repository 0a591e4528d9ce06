"""How trials differ: medians move by what is declared, and nothing else does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pdmodel.errors import InputError, UnknownNameError
from pdmodel.storage import describe
from pdmodel.trial import BetweenTrials, LogNormal, Population
from tests.toys import one_compartment

MODEL = one_compartment()
SAME = Population("p", "", {"k": LogNormal(0.5), "ka": LogNormal(0.3, 4.0)})
APART = replace(SAME, between=(BetweenTrials("k", 0.2), BetweenTrials("volume", 0.1)))


def test_medians_and_values_move_as_far_as_declared() -> None:
    """Evenly on either side, by name; the spread within a trial stays."""
    others = APART.in_other_trials(MODEL, 64, 1)
    moved = np.log([[(o.spreads["k"].median or 0) / 0.7, o.values["volume"] / 20] for o in others])
    assert moved.mean(axis=0).tolist() == pytest.approx([0, 0], abs=1e-9)
    assert moved.std(axis=0).tolist() == pytest.approx([0.2, 0.1], rel=0.03)
    assert abs(np.corrcoef(moved.T)[0, 1]) < 0.3
    assert {o.spreads["k"].sd for o in others} == {0.5}
    assert {o.spreads["ka"] for o in others} == {LogNormal(0.3, 4.0)}
    again = APART.in_other_trials(MODEL, 64, 1)
    assert again == others != APART.in_other_trials(MODEL, 64, 2)


def test_without_a_declaration_other_trials_are_alike() -> None:
    """And a population of before is the same question as it was."""
    assert SAME.in_other_trials(MODEL, 3) == [SAME] * 3
    assert "between" not in describe(SAME)
    assert "k between trials" in APART.assumed


def test_what_cannot_differ_is_refused() -> None:
    """No spread, twice the same, a parameter that nobody knows."""
    with pytest.raises(InputError, match="spread of 'k' must be a number > 0, got 0"):
        BetweenTrials("k", 0)
    with pytest.raises(InputError, match="'k' differs twice between trials"):
        replace(SAME, between=(BetweenTrials("k", 0.2), BetweenTrials("k", 0.1)))
    with pytest.raises(InputError, match=r"0\.2 is no BetweenTrials"):
        replace(SAME, between=(0.2,))  # type: ignore[arg-type]
    unknown = replace(SAME, between=(BetweenTrials("volum", 0.1),))
    with pytest.raises(UnknownNameError, match="did you mean 'volume'"):
        unknown.in_other_trials(MODEL, 1)
