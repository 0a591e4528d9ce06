"""Stretches: what visits cut in pieces is what runs through."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy

from equations.hypotheses import reference
from pdmodel import simulate
from pdmodel.arrays import Array, Integers
from pdmodel.dosing import Dose, Regimen
from pdmodel.engine import simulate_between_visits
from pdmodel.engine.between_visits import VisitRun, depots_of
from pdmodel.engine.runs.many_patients import Chunk, CohortRun
from pdmodel.errors import InputError
from pdmodel.model import Model
from tests.toys import one_compartment, rate_of_change

TIGHT: dict[str, Any] = {"rtol": 1e-9, "atol": 1e-11}


def test_weeks_in_a_row_are_one_run() -> None:
    """Three weeks of the reference model, daily doses, each begun where the last ended."""
    names = ["il6", "SPD", "ANC"]
    whole = simulate(reference, "10 mg daily", days=21, times=range(22), **TIGHT)
    states = [state.name for state in reference.states]
    at = np.array([[float(whole[name][0]) for name in states]])
    values = np.array([list(reference.defaults.values())])
    for week in range(3):
        part = simulate_between_visits(
            reference, ["10 mg daily"], [0], values, at, days=7, times=np.arange(1, 8),
            quantities=names, **TIGHT,
        )  # fmt: skip
        for column, name in enumerate(names):
            expected = whole[name].values[7 * week + 1 : 7 * week + 8]
            np.testing.assert_allclose(part.values[0, :, column], expected, rtol=1e-6)
        at = part.states
    np.testing.assert_allclose(at[0, states.index("il6")], whole["il6"].values[-1], rtol=1e-6)


def test_each_patient_has_a_state_and_a_regimen() -> None:
    """300 patients in several chunks: x(t) = x0 exp(-k t), and what is given besides."""
    model = rate_of_change(lambda x, k, t: -k * x)
    begin, rate = np.linspace(1, 9, 300), np.linspace(0.1, 2, 300)
    which = np.arange(300) % 2
    found = simulate_between_visits(
        model, ["no drug", Regimen(doses=(Dose(1.0, "", 3.0, "1"),))], which, rate[:, None],
        begin[:, None], days=2, times=[1, 2], quantities=["x"], threads=2, **TIGHT,
    )  # fmt: skip
    np.testing.assert_allclose(found.values[:, 0, 0], begin * np.exp(-rate), rtol=1e-7)
    expected = begin * np.exp(-2 * rate) + 3 * which * np.exp(-rate)
    np.testing.assert_allclose(found.states[:, 0], expected, rtol=1e-7)
    assert found.reasons == [""] * 300


def test_a_patient_that_fails_harms_no_other() -> None:
    """A state that is not a number is marked."""
    found = simulate_between_visits(
        one_compartment(), ["no drug"], [0, 0], np.array([[5, 0.7, 20.0]] * 2),
        [[np.nan, 1], [0.0, 1.0]], days=1, times=[1], quantities=["plasma"],
    )  # fmt: skip
    assert "finite" in found.reasons[0]
    assert found.reasons[1] == ""
    assert np.isnan(found.values[0]).all()
    assert found.values[1, 0, 0] == pytest.approx(np.exp(-0.7), rel=1e-5)


def test_what_cannot_be_continued() -> None:
    """A model that holds the time, and an output at the begin."""
    arguments: dict[str, Any] = {"days": 1, "quantities": ["x"]}
    clock = rate_of_change(lambda x, k, t: -k * x * sympy.exp(-k * t))
    with pytest.raises(InputError, match="depends on time"):
        simulate_between_visits(clock, ["no drug"], [0], [[1.0]], [[1.0]], times=[1], **arguments)
    still = rate_of_change(lambda x, k, t: -k * x)
    with pytest.raises(InputError, match="times must be > 0"):
        simulate_between_visits(
            still, ["no drug"], [0], [[1.0]], [[1.0]], times=[0, 1], **arguments
        )


def _steps_of(run: VisitRun, regimens: list[str], states: Array, monkeypatch: Any) -> list[int]:
    """Return the steps of the first patient in seven days, each an interval."""
    steps, whole = [], CohortRun.whole

    def watched(self: CohortRun, parameters: Array, which: Integers) -> Chunk:
        chunk = whole(self, parameters, which)
        steps.append(int(chunk.reports["accepted"][0]))
        return chunk

    monkeypatch.setattr(CohortRun, "whole", watched)
    for _ in range(7):
        found = run.interval(regimens, [0], states, days=1, times=[1], threads=1)
        states = found.states
    return steps


def test_an_interval_begins_with_the_steps_of_the_one_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first step after a dose is found once, not anew at every visit."""
    model = one_compartment()
    run = VisitRun(model, [[5, 0.7, 20.0]], ["plasma"], rtol=1e-4)
    steps = _steps_of(run, ["10 mg daily"], np.zeros((1, 2)), monkeypatch)
    assert max(steps[2:]) <= steps[0] - 4


def test_patients_beside_others_have_the_same_bits() -> None:
    """What is known of first steps is each patient's own, whatever regimens the others have."""
    model, regimens = one_compartment(), ["10 mg daily", "no drug", "25 mg every 2 days"]
    values = np.array([[5, 0.7, 20.0], [6, 0.5, 20.0], [4, 0.9, 20.0]])
    courses = [[0, 2, 1], [1, 0, 0], [2, 2, 1]]  # the regimens of three visits of each patient
    together = _courses(model, regimens, values, courses)
    for patient, course in enumerate(courses):
        alone = _courses(model, regimens, values[patient : patient + 1], [course])
        np.testing.assert_array_equal(alone[0], together[patient])


def _courses(model: Model, regimens: list[str], values: Array, courses: list[list[int]]) -> Array:
    """Return the states of patients after each of their visits."""
    run, states, seen = (
        VisitRun(model, values, ["plasma"], rtol=1e-4),
        np.zeros((len(values), 2)),
        [],
    )
    for which in np.transpose(courses):
        found = run.interval(regimens, which, states, days=4, times=[1, 4], threads=1)
        states = found.states
        seen.append(states)
    return np.stack(seen, axis=1)


def test_a_depot_is_what_nothing_but_absorption_reads() -> None:
    """The gut is one; plasma, which a concentration is computed from, is none."""
    assert depots_of(reference) == {"drug_gut"}
    assert depots_of(one_compartment()) == {"gut"}
    assert depots_of(rate_of_change(lambda x, k, t: -k * x)) == {"x"}


def test_a_depot_that_is_looked_at_is_as_exact_as_any_state() -> None:
    """What is left of a dose is coarser only where nobody asks for it."""
    model, begin = one_compartment(), np.array([[0.0, 0.0]])
    for names, largest in ((["gut", "plasma"], 3e-4), (["plasma"], 3e-3)):
        found = simulate_between_visits(
            model, ["10 mg daily"], [0], [[5, 0.7, 20.0]], begin, days=1, times=[1],
            quantities=names, rtol=1e-4,
        )  # fmt: skip
        gut = [state.name for state in model.states].index("gut")
        assert found.states[0, gut] == pytest.approx(10 * np.exp(-5), rel=largest)
