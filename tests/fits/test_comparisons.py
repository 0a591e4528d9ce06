"""The comparisons of lenalidomide: the newer rivals are judged apart from those of before."""

from __future__ import annotations

import math

import pytest

import pdmodel
from fits.comparisons import mechanisms, response
from fits.differences import tone_and_birth_rate


@pytest.mark.parametrize("name", mechanisms.hypotheses)
def test_each_newer_rival_can_be_judged(name: str) -> None:
    """Its model is published, and has the number by which the response rate is met."""
    model = pdmodel.load(name.partition("@")[0])
    assert all(scale.parameter in model.defaults for scale in mechanisms.scales)


def test_the_first_comparison_is_what_it_was() -> None:
    """Deviates of its patients follow its differences, which the newer ones are not among."""
    assert "tone_and_birth_rate" not in response.own_differences()
    assert list(mechanisms.own_differences()) == ["tone", "tone_and_birth_rate"]
    assert response.hypotheses[0] == mechanisms.hypotheses[0] == "reference"


def test_birth_rates_differ_between_patients_as_reported() -> None:
    """From 0.07 to 1.31 % a day, in 97 patients, are five standard deviations of the logarithm."""
    spread = tone_and_birth_rate.spreads["clone_birth"]
    assert spread == pytest.approx(math.log(1.31 / 0.07) / 5, abs=0.01)
