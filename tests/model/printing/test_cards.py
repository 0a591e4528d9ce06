"""What notebooks show of models, mechanisms and patients."""

import pytest

from equations.hypotheses import reference
from pdmodel.model import ASSUMED, Mechanism, Model, Patient, Vocabulary
from tests.equations.published import ALL_VOCABULARIES, PATIENTS
from tests.notebook_cards import sound_card


@pytest.mark.parametrize("model", ALL_VOCABULARIES, ids=lambda model: model.name)
def test_every_model_has_a_card(model: Model) -> None:
    """It is sound, and has the slots, the equations and the parameters with their status."""
    html = sound_card(model)
    for word in (model.name, "<summary>Equations", model.mechanisms[0].slot, "status"):
        assert word in html
    assert "More than a notebook shows" not in html


def test_slots_name_their_rivals() -> None:
    """Each slot says which mechanisms could stand there instead, also one that is empty."""
    html = sound_card(reference)
    assert " more</td>" not in html  # of the reference, no slot and no number is left out
    rivals = {rival.name for rival in reference.rivals}
    assert len(rivals) > 20
    assert all(name in html for name in rivals)


@pytest.mark.parametrize("mechanism", reference.mechanisms, ids=lambda one: one.name)
def test_every_mechanism_shows_its_signed_processes(mechanism: Mechanism) -> None:
    """Claim, each process with the state it moves and what it defines."""
    html = sound_card(mechanism)
    for process in mechanism.processes:
        assert process.replace("_", " ") in html
    assert all(f"<td>{symbol}</td>" in html for symbol in (*mechanism.states, *mechanism.defines))


def test_gains_and_losses_have_their_sign() -> None:
    """A loss stands as `-` and its size."""
    q = Vocabulary()
    k = q.parameter("k", unit="1/day", value=1, bounds=(0, 5), meaning="rate", source=ASSUMED)
    x = q.state("x", unit="1", initial=1, meaning="something")
    moves = {"made_here": {x: k}, "lost": {x: -k * x}}
    html = sound_card(Mechanism("<b>own", slot="s", claim="it moves", processes=moves))
    assert "<td>made here</td><td>x</td><td>+</td><td>k</td>" in html
    assert "<td>lost</td><td>x</td><td>-</td><td>k*x</td>" in html
    assert "&lt;b&gt;own" in html


@pytest.mark.parametrize("patient", PATIENTS.values(), ids=lambda one: one.name)
def test_every_patient_has_a_card(patient: Patient) -> None:
    """It is sound, and has each value."""
    html = sound_card(patient)
    assert all(name in html for name in patient.values)
