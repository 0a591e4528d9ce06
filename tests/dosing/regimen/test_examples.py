"""Messages about a regimen show regimens that the model at hand would take."""

from __future__ import annotations

import pytest

import pdmodel
from pdmodel.dosing import read_regimen
from pdmodel.dosing.regimen.examples import EXAMPLES, examples_of
from pdmodel.errors import RegimenError
from tests.dosing.regimen.test_body_weight import model_of


def test_examples_are_of_the_drugs_of_the_model() -> None:
    """All can be given to it; each of its drugs is among them, in a unit that fits."""
    model = pdmodel.load("reference")
    shown = examples_of(model)
    for words in shown:
        pdmodel.simulate(model, words, days=1, quantities=["il6"])
    assert all(any(drug in words for words in shown) for drug in model.doses)
    assert examples_of(None) == EXAMPLES


def test_a_message_of_a_simulation_is_about_its_model() -> None:
    """A modeller of antibodies reads of the antibody."""
    with pytest.raises(RegimenError, match="examples: '10 mg antibody daily'; '80 mg antibody on"):
        pdmodel.simulate(model_of(), "10 mg sometimes", days=1)
    with pytest.raises(RegimenError, match="examples: '10 mg daily'"):
        read_regimen("10 mg sometimes")
