"""A population problem refuses what cannot be one, in words that name it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pdmodel.errors import InputError
from pdmodel.inference import PopulationProblem, RandomEffect, fit_map, fit_population
from tests.toys.populations import IV, intravenous, problem

BOTH = [RandomEffect("CL"), RandomEffect("V")]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"effects": 5}, "random effects are a list, got 5"),
        ({"free": "CL"}, "free must be a list of names, got 'CL'"),
        ({"free": ["ke"]}, "unknown free parameter of model 'one_compartment': 'ke'"),
        ({"held": ["ka"]}, "unknown held typical value: 'ka'"),
        ({"bounds": {"CL": 5}}, r"bounds of 'CL' must be \(low, high\), got 5"),
        ({"bounds": {"CL": (3, 1)}}, r"bounds of 'CL' must be \(low, high\), got \(3, 1\)"),
        ({"covariates": ["WT"]}, r"such as Power\('CL', 'WGT'\), got 'WT'"),
        ({"covariance": 5}, "a covariance is 'diagonal', 'full' or lists of parameters, got 5"),
        ({"correlations": {("CL", "CL"): 0.5}}, "a correlation is of two effects, got 'CL' twice"),
        (
            {"effects": BOTH, "covariance": "full", "correlations": {("CL", "V"): "high"}},
            "the correlation of 'CL' and 'V' must be a number, got 'high'",
        ),
    ],
)
def test_what_is_no_population_is_refused(changes: dict[str, Any], says: str) -> None:
    """A correlation of an effect with itself would have halved its variance in silence."""
    with pytest.raises(InputError, match=says):
        problem(intravenous(2), **{"effects": [RandomEffect("CL")], **changes})


def test_a_model_is_no_name() -> None:
    """As in a simulation."""
    given: Any = IV.name
    with pytest.raises(InputError, match="a population needs a Model, got 'one_compartment'"):
        PopulationProblem(given, problem(intravenous(2)).measurements, BOTH)


@pytest.mark.parametrize(("word", "value"), [("nodes", -1), ("nodes", "seven"), ("seed", "one")])
def test_numbers_of_a_fit_are_whole(word: str, value: Any) -> None:
    """They are refused before the search, not by a library after it."""
    numbers: dict[str, Any] = {word: value}
    with pytest.raises(InputError, match=f"{word} must be a whole number"):
        fit_population(problem(intravenous(3)), **numbers)


@pytest.mark.parametrize("fit", [fit_population, fit_map])
def test_a_population_is_fitted_to_its_problem(fit: Callable[[Any], object]) -> None:
    """The measurements alone, or a problem of one individual, are none."""
    with pytest.raises(InputError, match="is fitted to a PopulationProblem, got 'Measurements'"):
        fit(problem(intravenous(2)).measurements)
