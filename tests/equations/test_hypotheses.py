"""The rivals: each is a mechanism for its slot and a model with a claim, and changes only that."""

from __future__ import annotations

import pytest
import sympy

import pdmodel
from equations import hypotheses, patients
from equations.hypotheses import reference
from pdmodel.model import Mechanism, Model

# Hypothesis of the comparison: slot, mechanism and model that stand for it.
RIVALS = {
    "H1": ("il6", "il6_from_tumour", "tumour_il6"),
    "H2": ("il6_role", "il6_as_survival_factor", "il6_survival"),
    "H2b": ("il6_role", "il6_as_marker", "il6_marker"),
    "H3": ("tolerance", "no_tolerance", "no_tolerance"),
    "H4": ("tnf_homeostasis", "no_myeloid_inhibition", "no_homeostasis"),
    "H5": ("tone", "tone_in_tnf_only", "tnf_bystander"),
    "H5b": ("tone", "tone_in_tnf_only", "tnf_bystander_no_tolerance"),
    "H6": ("kill", "no_effector_kill", "antiproliferative_only"),
    "H6b": ("birth", "birth_inhibited_by_drug", "effectors_and_antiproliferative"),
    "H7": ("exhaustion", "no_exhaustion", "no_exhaustion"),
    "H8": ("desensitisation", "no_desensitisation", "no_desensitisation"),
    "null": ("cereblon", "no_drug_effect", "null"),
    # Of the reviewer's list.
    "inducibility": ("tolerance", "inducibility_by_tone", "inducibility"),
    "engagement": ("exhaustion", "exhaustion_by_engagement", "exhaustion_by_engagement"),
    "resistance": ("exhaustion", "resistant_clone", "resistant_clone"),
    "homing": ("tumour", "homing_blocked_by_drug", "homing_blocked"),
    "retention": ("tumour", "retained_in_tissue", "retained_in_tissue"),
    "release": ("tumour", "released_to_blood", "released_to_blood"),
    "motility": ("tumour", "motility_impaired", "motility_impaired"),
    "cd80": ("costimulation", "cd80_over_days", "cd80_over_days"),
    "drive": ("acute_drive", "drive_by_costimulation", "cd80_over_days"),
    "memory": ("desensitisation", "desensitisation_by_signal", "desensitisation_by_signal"),
    "steroids": ("steroid", "steroids_by_potency", "steroids_by_potency"),
    "delay": ("steroid", "steroids_through_delay", "steroids_through_delay"),
    "steep": ("cereblon", "steep_ikaros_loss", "steep_ikaros_loss"),
    "priming": ("kill", "primed_effector_kill", "primed_kill"),
    "ikaros": ("marrow_inhibition", "marrow_inhibition_by_ikaros", "marrow_reserve"),
    "reserve": ("marrow", "marrow_with_reserve", "marrow_reserve"),
    "drained": ("marrow", "marrow_drained", "marrow_drained"),
    "counts": ("blood_counts", "platelets_and_haemoglobin", "blood_counts"),
    "steep_reserve": ("cereblon", "steep_ikaros_loss", "steep_with_reserve"),
    "primed_reserve": ("kill", "primed_effector_kill", "primed_with_reserve"),
    "births": ("tumour", "turnover_by_birth", "turnover_by_birth"),
    "fast": ("exhaustion", "resistant_clone", "selected_and_fast"),
    "saturable": ("marrow_inhibition", "saturable_marrow_inhibition", "saturable_marrow"),
    "arrest": ("marrow", "maturation_arrest", "maturation_arrest"),
}
VALUES: dict[str, dict[str, float]] = {
    "tumour_il6": {"il6_tumour_share": 0.5, "il6_tumour_gain": 8},
    "il6_survival": {"il6_survival": 1},
    "antiproliferative_only": {"birth_Imax": 0.9},
    "effectors_and_antiproliferative": {"birth_Imax": 0.3},
    "primed_with_reserve": {"priming_loss": 0.001},
}
MODELS = {
    name: model
    for name, model in pdmodel.models().items()
    if model.vocabulary is reference.vocabulary
}
MECHANISMS = {m.name: m for m in (*reference.mechanisms, *reference.rivals)}


@pytest.mark.parametrize("hypothesis", RIVALS)
def test_every_rival_is_a_mechanism_and_a_model(hypothesis: str) -> None:
    """In its slot, in a published model, with the values of the comparison."""
    slot, mechanism, name = RIVALS[hypothesis]
    assert MECHANISMS[mechanism].slot == slot
    model = MODELS[name]
    held = {m.slot: m.name for m in model.mechanisms}
    assert held.get(slot, mechanism) == mechanism
    for parameter, value in VALUES.get(name, {}).items():
        assert model.defaults[parameter] == value
        assert reference.defaults.get(parameter, 0.0) != value


def test_rivals_that_combine_two_changes() -> None:
    """H5b has no tolerance either; H6 has no kill but a block of birth; null spares the marrow."""
    held = {name: {m.name for m in model.mechanisms} for name, model in MODELS.items()}
    assert {"tone_in_tnf_only", "no_tolerance"} <= held["tnf_bystander_no_tolerance"]
    assert {"no_effector_kill", "birth_inhibited_by_drug"} <= held["antiproliferative_only"]
    assert {"no_drug_effect", "no_marrow_inhibition"} <= held["null"]


def test_the_context_of_myeloma_is_a_patient() -> None:
    """One value flips the sign; the equations are the same."""
    assert patients.myeloma_like.values == {"tone": 1, "cd80": 0}
    assert patients.responder.values["tone"] == 2 * patients.nonresponder.values["tone"]


@pytest.mark.parametrize("name", MODELS)
def test_every_model_makes_a_claim_that_can_be_refuted(name: str) -> None:
    """In one sentence each, unlike those of any other model."""
    model = MODELS[name]
    assert len(model.claim) > 15
    assert len(model.refuted_by) > 15
    assert [m.claim for m in MODELS.values()].count(model.claim) == 1


@pytest.mark.parametrize("name", MECHANISMS)
def test_every_mechanism_makes_a_claim_that_can_be_refuted(name: str) -> None:
    """All but the definitions of what the clinic measures."""
    mechanism = MECHANISMS[name]
    assert len(mechanism.claim) > 15
    assert len(mechanism.refuted_by) > 15 or name == "clinic"
    assert [m.claim for m in MECHANISMS.values()].count(mechanism.claim) == 1


def touched(*mechanisms: Mechanism) -> tuple[set[sympy.Symbol], set[sympy.Symbol]]:
    """Return what mechanisms define and which states they move."""
    defines = {symbol for m in mechanisms for symbol in m.defines}
    return defines, {state for m in mechanisms for state in m.states}


def changed(one: Model, two: Model, table: str) -> set[sympy.Symbol]:
    """Return the symbols whose expression differs between two models, as their authors wrote it."""
    a, b = dict(getattr(one, table)), dict(getattr(two, table))
    return {symbol for symbol in a.keys() | b.keys() if a.get(symbol) != b.get(symbol)}


@pytest.mark.parametrize("rival", reference.rivals, ids=lambda rival: rival.name)
def test_swap_changes_only_its_slot(rival: Mechanism) -> None:
    """Definitions and equations of all other mechanisms stay as they were."""
    old = [m for m in reference.mechanisms if m.slot == rival.slot]
    model = reference.swap(rival)
    defines, states = touched(*old, rival)
    assert changed(reference, model, "raw_definitions") <= defines
    assert changed(reference, model, "odes") <= states
    assert changed(reference, model, "initials") <= states
    assert model.hash != reference.hash
    others = [m for m in reference.mechanisms if m.slot != rival.slot]
    assert [m for m in model.mechanisms if m.slot != rival.slot] == others
    differ = {
        name
        for name in reference.defaults.keys() & model.defaults.keys()
        if reference.defaults[name] != model.defaults[name]
    }
    assert differ <= {symbol.name for symbol in rival.values}


def test_models_are_one_line_each() -> None:
    """Everything published is made from the reference by verbs, out of the same vocabulary."""
    published = [value for value in vars(hypotheses).values() if isinstance(value, Model)]
    assert {model.name for model in published} == set(MODELS)
    assert all(model.vocabulary is reference.vocabulary for model in published)
