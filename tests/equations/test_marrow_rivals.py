"""Marrow with a reserve, marrow that wears out, platelets and haemoglobin, the blood criteria."""

from __future__ import annotations

import numpy as np
import pytest
import sympy
import xarray as xr

import pdmodel
from equations import patients
from equations.blood_criteria import Counts, any_blood_criterion
from equations.hypotheses import reference
from equations.regimens import CONTINUOUS_10
from pdmodel.engine import simulate
from pdmodel.model import Patient

RIVALS = ("marrow_reserve", "marrow_drained")


def course(name: str, regimen: str, days: int = 168, patient: Patient | None = None) -> xr.Dataset:
    """Return a run day by day."""
    model = pdmodel.load(name)
    return simulate(model, regimen, days=days, patient=patient, times=np.arange(days + 1.0))


@pytest.mark.parametrize("name", RIVALS)
def test_neutrophils_that_mature_are_stored_and_released(name: str) -> None:
    """Each step of the chain gives to the next what it loses; only arrest and age lose cells."""
    model = pdmodel.load(name)
    for step in ("maturation", "maturation_1", "maturation_2", "storage", "release"):
        rates = [process.rate for process in model.processes if process.name == step]
        assert len(rates) == 2, step
        assert sympy.expand(sum(rates)) == 0, step


@pytest.mark.parametrize("name", RIVALS)
def test_the_reserve_puts_neutropenia_off(name: str) -> None:
    """At 25 mg daily ANC passes below 1.3 later than in the reference, if it comes to that."""
    first = {
        model: int(np.argmax(course(model, "25 mg daily", 252)["ANC"].values < 1.3))
        for model in ("reference", name)
    }
    assert 0 < first["reference"] + 4 < first[name]


def test_a_reserve_used_up_is_not_used_up_again() -> None:
    """With a reserve alone the third cycle is like the second; the drained marrow sinks on."""
    cycles = "25 mg days 1-21 of 28"
    depth = {
        name: [course(name, cycles)["ANC"].values[n * 28 : (n + 1) * 28].min() for n in range(6)]
        for name in RIVALS
    }
    assert depth["marrow_reserve"][5] == pytest.approx(depth["marrow_reserve"][1], rel=0.02)
    assert depth["marrow_drained"][5] < 0.8 * depth["marrow_drained"][0]
    daily = course("marrow_drained", CONTINUOUS_10)["ANC"].values
    assert daily[28] > 1.2 * daily[168]


def test_neutrophils_come_back_when_the_drug_is_stopped() -> None:
    """Four weeks after the last dose the reserve is full; the drained pool takes months."""
    back = {name: course(name, f"{CONTINUOUS_10} until day 84", 448)["ANC"].values
            for name in RIVALS}  # fmt: skip
    assert back["marrow_reserve"][112] == pytest.approx(3.0, rel=0.05)
    assert back["marrow_drained"][112] < 0.95 * 3.0
    assert back["marrow_drained"][448] == pytest.approx(3.0, rel=0.05)


def test_blood_counts_fall_with_the_drug_and_rise_with_the_response() -> None:
    """Platelets fall by more on more drug; a responder's come back, a nonresponder's do not."""
    least = [float(course("blood_counts", dose, 28)["platelets"].min())
             for dose in ("5 mg daily", "10 mg daily", "25 mg daily")]  # fmt: skip
    assert least == sorted(least, reverse=True)
    assert least[0] < 130
    won = course("blood_counts", CONTINUOUS_10, 336, patients.responder)
    lost = course("blood_counts", CONTINUOUS_10, 336, patients.nonresponder)
    for count in ("platelets", "haemoglobin"):
        assert float(won[count][336]) > 1.1 * float(lost[count][336])
        assert float(won[count][336]) > float(won[count][42])


def test_blood_counts_change_nothing_else() -> None:
    """They read the tumour and the drug; what was there before stays as it was."""
    plain = simulate(reference, CONTINUOUS_10, days=56, patient=patients.responder)
    with_counts = simulate(
        pdmodel.load("blood_counts"), CONTINUOUS_10, days=56, patient=patients.responder
    )
    for name in ("SPD", "ANC", "il6"):
        np.testing.assert_allclose(with_counts[name][-1], plain[name][-1], rtol=1e-5)


def test_any_one_of_three_counts_suffices() -> None:
    """Each alone, by its level or by half more than before; a missing count counts for nothing."""
    before = Counts(0.6, 60.0, 80.0)
    poor = Counts(0.8, 80.0, 100.0)
    assert not any_blood_criterion(poor, before)
    for better in (
        poor._replace(anc=1.6), poor._replace(platelets=101.0), poor._replace(platelets=91.0),
        poor._replace(haemoglobin=111.0), poor._replace(haemoglobin=121.0),
    ):  # fmt: skip
        assert any_blood_criterion(better, before)
    assert not any_blood_criterion(Counts(np.nan, np.nan, np.nan), before)
    visits = Counts([0.8, 1.0], [80.0, 80.0], [100.0, 100.0])
    assert any_blood_criterion(visits, before).tolist() == [False, True]
