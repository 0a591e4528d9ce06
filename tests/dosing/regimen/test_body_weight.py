"""Doses by body weight: 5 mg/kg is an amount once it is known how heavy the patient is."""

from __future__ import annotations

from dataclasses import replace

import pytest

import pdmodel
from pdmodel import Mechanism, Model, Vocabulary
from pdmodel.dosing import read_regimen, read_weight, weight_of
from pdmodel.errors import InputError, RegimenError


def model_of(unit: str = "kg", name: str = "body_weight") -> Model:
    """Return a drug that leaves plasma, in patients who weigh 80 of a unit by default."""
    words = Vocabulary()

    plasma = words.state("plasma", unit="mg", initial=0, meaning="drug in plasma")
    leaving = words.parameter(
        "leaving", unit="1/day", value=0.1, bounds=(0, 1), meaning="how fast it leaves",
        source="ASSUMED",
    )  # fmt: skip
    words.parameter(
        name, unit=unit, value=80, bounds=(0, 1000), meaning="weight of a patient", source="ASSUMED"
    )
    words.slot("exposure", meaning="how the drug comes and goes", states=(plasma,))
    first_order = Mechanism(
        "first_order", slot="exposure", claim="it leaves at a constant rate",
        processes={"leaving": {plasma: -leaving * plasma}}, doses={"antibody": plasma},
    )  # fmt: skip
    return Model("antibody", words, [first_order])


def test_the_weight_of_a_patient_is_taken() -> None:
    """The default of the model, the value of a patient, or that in the words, which comes first."""
    model = model_of()
    for patient, words, amount in (
        (None, "5 mg/kg once", 400),
        ({"body_weight": 60}, "5 mg/kg once", 300),
        ({"body_weight": 60}, "5 mg/kg once at 70 kg", 350),
    ):
        run = pdmodel.simulate(model, words, days=1, patient=patient)
        assert run.attrs["delivered_antibody"] == pytest.approx(amount)
        assert read_regimen(run.attrs["regimen"]).prescribed(1) == {"": pytest.approx(amount)}


def test_each_patient_of_a_cohort_has_their_own() -> None:
    """One regimen for all is 300 mg in one and 400 mg in the other."""
    model = model_of()
    weights = {"body_weight": [60.0, 80.0]}
    cohort = pdmodel.simulate_cohort(model, "5 mg/kg once", weights, days=1, times=[1e-6])
    assert cohort["plasma"].values[:, 0] == pytest.approx([300, 400], rel=1e-5)


def test_what_is_taken_for_a_weight() -> None:
    """A parameter of that name with a unit of mass, in whatever unit; nothing else."""
    assert weight_of(model_of()) == 80
    assert weight_of(model_of("g")) == pytest.approx(0.08)
    assert weight_of(model_of("mg/L")) is None
    assert weight_of(model_of(name="girth")) is None
    assert weight_of(model_of(), replace(pdmodel.load_patient("responder"), values={})) == 80


def test_without_a_weight_there_is_one_clear_message() -> None:
    """It says the two places where the weight can stand."""
    with pytest.raises(RegimenError, match="write 'at 70 kg' behind it, or give one with --weight"):
        pdmodel.simulate(model_of(name="girth"), "5 mg/kg once", days=1)


@pytest.mark.parametrize(
    ("text", "message"),
    [("70", "write e.g. '70 kg'"), ("70 L", "cannot be given where 'kg'"), ("0 kg", "must be > 0")],
)
def test_words_that_are_no_weight(text: str, message: str) -> None:
    """What is wrong, and what would be right."""
    with pytest.raises(InputError, match=message):
        read_weight(text)
    assert read_weight("70 kg") == 70
    assert read_weight("25 g") == pytest.approx(0.025)
