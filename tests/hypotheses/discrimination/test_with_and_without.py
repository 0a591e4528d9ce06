"""What is given with and without an intervention, and to whom."""

from __future__ import annotations

from dataclasses import replace

import pytest

import pdmodel
from pdmodel.dosing import Events, Record
from pdmodel.errors import InputError, RegimenError, UnknownNameError
from pdmodel.hypotheses import Intervention
from pdmodel.hypotheses.discrimination.with_and_without import CONTROL, Asked, arms_of
from pdmodel.model import Patient

MODEL = pdmodel.load("reference")
PATIENT = Patient("someone", values={"tone": 2.0})
ASKED = Asked(MODEL, [PATIENT], None, control=True)
PACK = Intervention("pack", "", "10 mg daily + pack 24-20 mg methylprednisolone")
ANTIBODY = Intervention(
    "antibody", "", "10 mg lenalidomide daily + 8 mg/kg tnf_antibody once at 70 kg",
    ("tnf_blocked",), {"il6_baseline": 4.0},
)  # fmt: skip
MORE = Intervention("more", "", "25 mg daily")
SWAP_ALONE = Intervention("swap_alone", "", "", ("no_tolerance",))


@pytest.mark.parametrize(
    ("intervention", "regimen", "treated", "control"),
    [
        (PACK, None, "10 mg daily + pack 24-20 mg methylprednisolone", "10 mg daily"),
        (PACK, "5 mg daily", "5 mg daily + pack 24-20 mg methylprednisolone", "5 mg daily"),
        (PACK, "placebo", "pack 24-20 mg methylprednisolone", "no drug"),
        (
            PACK, "5 mg daily + 8 mg methylprednisolone once",
            "10 mg daily + pack 24-20 mg methylprednisolone",
            "5 mg daily + 8 mg methylprednisolone once",
        ),
        (
            ANTIBODY, "5 mg daily",
            "5 mg daily + 8 mg/kg tnf_antibody once at 70 kg", "5 mg daily",
        ),
        (MORE, "10 mg daily", "25 mg daily", "10 mg daily"),
        (SWAP_ALONE, "10 mg daily", "10 mg daily", "10 mg daily"),
    ],
)  # fmt: skip
def test_a_regimen_replaces_its_drug_and_stays_without_the_intervention(
    intervention: Intervention, regimen: str | None, treated: str, control: str
) -> None:
    """Its other drugs are what the intervention adds; one that adds nothing is another regimen."""
    arms, against = arms_of(replace(ASKED, regimen=regimen, interventions=[intervention]))
    assert list(arms) == [intervention.name, CONTROL]
    assert [str(arm.regimen) for arm in arms.values()] == [treated, control]
    assert against == {intervention.name: CONTROL}


def test_the_control_is_the_same_but_for_the_intervention() -> None:
    """Its mechanisms and values are the intervention's alone; other rivals are in both."""
    rival = MODEL.find_mechanism("no_tolerance")
    asked = replace(ASKED, interventions=[ANTIBODY], swaps=[rival])
    arms, _ = arms_of(asked)
    treated, control = arms["antibody"], arms[CONTROL]
    assert control.model == MODEL.swap("no_tolerance")
    assert treated.model == MODEL.swap("no_tolerance").swap("tnf_blocked")
    assert dict(control.patient.values) == {"tone": 2.0}
    assert dict(treated.patient.values) == {"tone": 2.0, "il6_baseline": 4.0}


def test_names_tell_runs_apart_and_nothing_else() -> None:
    """The patient alone, the intervention alone, or both."""
    two = [PATIENT, replace(PATIENT, name="another")]
    plain = replace(ASKED, regimen="10 mg daily", control=False)
    assert list(arms_of(plain)[0]) == ["someone"]
    assert list(arms_of(replace(plain, patients=two))[0]) == ["someone", "another"]
    arms, against = arms_of(replace(ASKED, patients=two, interventions=[PACK]))
    assert list(arms) == [
        "someone, pack", "someone, control", "another, pack", "another, control",
    ]  # fmt: skip
    assert against["another, pack"] == "another, control"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, "say which by --intervention or --swap"),
        ({"control": False}, "say what is given: a regimen"),
        ({"interventions": [SWAP_ALONE]}, "say what is given: a regimen"),
        ({"interventions": [MORE]}, "'25 mg daily' and nothing else; say by --regimen"),
        ({"interventions": [PACK, PACK]}, "intervention 'pack' is named twice"),
        (
            {"interventions": [PACK, ANTIBODY]},
            "without intervention, is it '10 mg daily' or '10 mg lenalidomide daily'",
        ),
        (
            {"patients": [PATIENT, PATIENT], "interventions": [PACK]},
            "two runs would be called 'someone, pack'",
        ),
        ({"regimen": "10 mg dayly", "interventions": [PACK]}, "did you mean 'daily'"),
        (
            {"regimen": Events((Record(0, 1, 5),)), "interventions": [PACK]},
            "needs a regimen in words, not the events of a table",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_asked(changes: dict, message: str) -> None:
    """One clear message, before anything is run."""
    with pytest.raises((InputError, RegimenError), match=message):
        arms_of(replace(ASKED, **changes))


def test_two_rivals_of_one_slot_are_refused() -> None:
    """The second would silently take the place of the first."""
    rivals = [MODEL.find_mechanism(name) for name in ("no_tolerance", "inducibility_by_tone")]
    with pytest.raises(InputError, match="slot 'tolerance' can hold one mechanism"):
        arms_of(replace(ASKED, regimen="10 mg daily", swaps=rivals))
    with pytest.raises(UnknownNameError, match="'x' is not for model 'reference': unknown mech"):
        arms_of(
            replace(ASKED, interventions=[Intervention("x", "", "", ("none",))], regimen="none")
        )
