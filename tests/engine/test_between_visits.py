"""Stretches: what visits cut in pieces is what runs through."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy

from equations.hypotheses import reference
from pdmodel import simulate
from pdmodel.dosing import Dose, Regimen
from pdmodel.engine import simulate_between_visits
from pdmodel.errors import InputError
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
