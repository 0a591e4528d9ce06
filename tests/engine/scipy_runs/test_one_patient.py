"""Steady states by SciPy: as few intervals as compiled code needs, and an answer by each method."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy

from pdmodel.dosing import Action, SteadyState
from pdmodel.engine import simulate
from pdmodel.engine.runs.steady_state import Steady, _Search
from pdmodel.engine.scipy_runs.integrators import Integrator
from pdmodel.engine.scipy_runs.one_patient import ScipySteadyDoses
from pdmodel.engine.scipy_runs.sizes import StateSizes
from pdmodel.errors import SimulationError
from tests.differential.models import Drawn
from tests.engine.timetables import Given

A, B, C, FAST, SLOW = sympy.symbols("a b c p0 p1")
CHAIN = Drawn(
    "rises_and_is_gone", [A, B, C], {"p0": 60.0, "p1": 0.4}, [sympy.Integer(0)] * 3,
    {"moves": {A: -FAST * A, B: FAST * A - 50 * B, C: 50 * B - SLOW * C}, "seen": {C: 0 * C}},
    drugs={"drug_a": A},
).model  # fmt: skip
EVERY_DAY = SteadyState(10.0, 0.0, 1.0, 0.0)
DOSED = Given(Action(0, "steady", "drug_a", unit="1", steady=EVERY_DAY))
ASKED: dict[str, Any] = {"days": 1, "times": [0, 1], "at_dose": "after"}
METHODS = ["LSODA", "Radau", "BDF", "DOP853"]


def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that grows with each interval of a search."""
    intervals: list[int] = []
    image = _Search.image

    def noted(search: _Search, state: np.ndarray) -> Any:
        intervals.append(1)
        return image(search, state)

    monkeypatch.setattr(_Search, "image", noted)
    return intervals


@pytest.mark.parametrize("method", METHODS)
def test_a_search_needs_as_many_intervals_as_that_of_compiled_code(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A drug that is gone within a day: what an interval leaves of it is no size of it.

    Where such a state was measured by the 1e-20 that are left, no search ended before its budget.
    """
    intervals = counted(monkeypatch)
    expected = simulate(CHAIN, DOSED, **ASKED)["state_values"].values
    compiled = len(intervals)
    found = simulate(CHAIN, DOSED, method=method, **ASKED)["state_values"].values
    assert len(intervals) - compiled <= compiled + 3
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_what_rises_and_is_gone_within_a_segment_has_a_size(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tenth of the dose at least is seen in the second state, which ends a segment at nothing."""
    largest = []
    note = StateSizes.note_segment

    def noted(sizes: StateSizes, states: np.ndarray) -> None:
        note(sizes, states)
        largest.append(sizes.largest)

    monkeypatch.setattr(StateSizes, "note_segment", noted)
    simulate(CHAIN, Given(Action(0, "add", "drug_a", 10.0, unit="1")), method=method, **ASKED)
    assert largest[-1][1] > 1.0


def test_a_method_that_does_not_come_back_searches_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fixed point that is wrong by a thousandth is not believed, whoever found it."""
    find, asked = ScipySteadyDoses._find, []

    def wrong(doses: ScipySteadyDoses, method: str) -> list[Steady]:
        asked.append(method)
        factor = 1.001 if method == "LSODA" else 1.0
        return [
            steady._replace(state=factor * steady.state, handed_over=factor * steady.handed_over)
            for steady in find(doses, method)
        ]

    monkeypatch.setattr(ScipySteadyDoses, "_find", wrong)
    found = simulate(CHAIN, DOSED, method="BDF", **ASKED)["state_values"].values
    assert asked == ["LSODA", "BDF"]
    expected = simulate(CHAIN, DOSED, **ASKED)["state_values"].values
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("method", ["LSODA", "Radau"])
def test_a_search_that_uses_up_its_budget_says_so(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One clock for all intervals; the words name the budget, and say nothing of the doses."""
    budgets = []
    started = Integrator.__post_init__

    def noted(integrator: Integrator) -> None:
        started(integrator)
        budgets.append(integrator._deadline)

    monkeypatch.setattr(Integrator, "__post_init__", noted)
    with pytest.raises(SimulationError, match=r"was not found in 0\.001 s: allow more") as failed:
        simulate(CHAIN, DOSED, method=method, max_seconds=1e-3, **ASKED)
    assert failed.value.state["cause"] == "the budget of 0.001 s is used up"
    assert len(set(budgets)) == 1
