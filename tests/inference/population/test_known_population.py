"""Patients under a known population."""

from __future__ import annotations

import pytest

from pdmodel.errors import InputError, UnknownNameError
from pdmodel.inference import (
    Categorical,
    CombinedError,
    Power,
    RandomEffect,
    fit_map,
    fit_population,
)
from pdmodel.inference.population.known_population import at_values
from tests.toys.populations import intravenous, problem

EFFECTS = [RandomEffect("CL"), RandomEffect("V")]


def test_patients_of_a_fit_come_back() -> None:
    """Under the values of the fit they are its empirical Bayes estimates."""
    toy = problem(intravenous(6, weights=True), CombinedError(0.1, 0.2), covariance="full",
                  covariates=[Power("CL", "WGT", 70.0, 0.3)])  # fmt: skip
    result = fit_population(toy, simulations=0, nodes=0)
    known = fit_map(toy, result.values)
    columns = ["eta", "eta_sd", "value", "low", "high"]
    for name in columns:
        assert known.effects[name].to_numpy() == pytest.approx(
            result.effects[name].to_numpy(), rel=1e-3, abs=1e-4
        )
    assert known.individuals.loc["3", "V"] == pytest.approx(result.individuals.loc["3", "V"])
    assert known.objective.sum() < result.objective
    assert "Patients under a known population" in known.report()


def test_one_patient_is_enough() -> None:
    """With values of their own a patient moves away from the typical one, without any not."""
    table = intravenous(1, seed=8)
    values = {"CL": 2.0, "V": 20.0, "sd__CL": 0.3, "sd__V": 0.2, "log_sd__cp": 0.15}
    known = fit_map(problem(table, effects=EFFECTS), values)
    own = known.effects.set_index("parameter")
    assert abs(own.eta["CL"]) > 0.05
    assert own.eta_sd["CL"] < 0.15
    sure = fit_map(problem(table, effects=EFFECTS), values | {"log_sd__cp": 100.0})
    assert sure.effects["eta"].abs().max() < 1e-3
    assert sure.individuals.loc["1"].tolist() == pytest.approx([2.0, 20.0], rel=1e-3)


def test_a_problem_begins_at_given_values() -> None:
    """Typical values, coefficients, spreads, correlations and errors, each where it belongs."""
    toy = problem(
        intravenous(4), CombinedError(), covariance="full",
        covariates=[Categorical("V", "WGT", above=60)],
    )  # fmt: skip
    values = {
        "CL": 3.0, "V": 15.0, "WGT_on_V": 0.25, "sd__CL": 0.5, "sd__V": 0.1,
        "correlation__V__CL": -0.4, "additive_sd__cp": 0.3, "proportional_sd__cp": 0.07,
    }  # fmt: skip
    table = fit_population(at_values(toy, values), max_steps=0, simulations=0, nodes=0).estimates
    found = dict(zip(table["name"], table["value"], strict=True))
    found["correlation__V__CL"] = found.pop("correlation__CL__V")
    assert found == pytest.approx(values)


def test_numbers_that_belong_to_nothing_are_refused() -> None:
    """An unknown name has its nearest match; nothing that differs is no population."""
    toy = problem(intravenous(2), effects=EFFECTS)
    with pytest.raises(UnknownNameError, match="'sd__Cl'; did you mean 'sd__CL'"):
        fit_map(toy, {"sd__Cl": 0.3})
    with pytest.raises(InputError, match="the value of 'CL'"):
        fit_map(toy, {"CL": "two"})  # type: ignore[dict-item]
    with pytest.raises(InputError, match="nothing differs between patients"):
        fit_map(problem(intravenous(2), effects=[], free=["CL"]))
