"""The number that brings a trial to its reported rate, whether it raises the rate or lowers it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fits.comparisons import response
from pdmodel.errors import InputError, UnknownNameError
from pdmodel.hypotheses import ComparisonSettings
from pdmodel.hypotheses.examination.folder import settings_of
from pdmodel.hypotheses.examination.recalibrate import check_direction, recalibrate
from tests.own_lab.own import comparison, supply, tried


@pytest.mark.parametrize("before", [2.0, 20.0, 150.0])
def test_a_number_that_lowers_the_rate_is_found(before: float) -> None:
    """Half of the effect at more drug: fewer are better. 12 of 30 are met from either side."""
    half = comparison.scales[0]
    trial = tried.with_(population=half.put(tried.population, before), patterns="toy_patterns.csv")
    found = recalibrate(
        trial, supply, comparison.scales, "better_rate", 32, 1, 1, comparison.lowers
    )
    outcomes = trial.with_(population=found.population).outcomes_of(supply, 32, 1, 1)
    assert found.moved == "median_half"
    assert outcomes["better"].mean() == pytest.approx(12 / 30, abs=0.5 / 32 + 0.5 / 30)
    assert found.value == pytest.approx(20, rel=0.4)
    wrong = recalibrate(trial, supply, comparison.scales, "better_rate", 32, 1, 1)
    assert wrong.value != found.value or before == 20.0


@pytest.mark.parametrize("before", [2.0, 20.0, 150.0])
def test_a_direction_that_was_forgotten_is_told(before: float) -> None:
    """Wherever the number stands; one that is declared is taken."""
    trial = tried.with_(population=comparison.scales[0].put(tried.population, before))
    declared = replace(comparison, trial=trial)
    forgotten = replace(declared, lowers=())
    for one in (declared, forgotten):
        one._at_place_of(comparison)
    hypothesis = declared.choose(["supply"])[0]
    check_direction(declared, hypothesis)
    said = r"comparison 'toys': rate 'better_rate' falls where 'half' rises \(.*name it in `lowers`"
    with pytest.raises(InputError, match=said):
        check_direction(forgotten, hypothesis)


def test_a_direction_that_is_the_other_way_is_told() -> None:
    """The first number of the comparison of lenalidomide raises its rate."""
    hypothesis = response.choose(["reference"])[0]
    turned = replace(response, lowers=("kill_max",))
    check_direction(response, hypothesis)
    with pytest.raises(InputError, match=r"rises where 'kill_max' rises .*take it out of `lowers`"):
        check_direction(turned, hypothesis)
    null = response.choose(["null"])[0]
    check_direction(turned, null)


def test_which_way_a_number_moves_the_rate_is_part_of_the_question() -> None:
    """Where it is declared: folders of before, which could not declare it, stay what they are."""
    hypothesis, plan = response.choose(["reference"])[0], ComparisonSettings()
    assert "lowers" not in settings_of(response, hypothesis, plan)
    turned = replace(response, lowers=("kill_max",))
    assert settings_of(turned, hypothesis, plan)["lowers"] == ["kill_max"]
    with pytest.raises(UnknownNameError, match="'kill_maks'; did you mean 'kill_max'"):
        replace(response, lowers=("kill_maks",))
