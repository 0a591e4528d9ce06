"""Diagnostics of a population: exact where the model is linear, standard normal where right."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import sqrtm

from pdmodel.inference import LogNormalError, RandomEffect, fit_population
from pdmodel.inference.population.results.diagnostics import Estimated, rows_table
from tests.inference.population.likelihood.test_exact_cases import DAYS, linear, lines
from tests.toys.populations import intravenous, problem


def test_a_linear_model() -> None:
    """Effects are the best linear predictors, CWRES the decorrelated residuals of the values."""
    toy = linear()
    target = toy.objective()
    fit = Estimated.at(toy, target, target.starts, target.no_etas)
    omega, a = np.diag([1.0, 0.16]), np.column_stack([np.ones(DAYS.size), DAYS])
    spread = a @ omega @ a.T + 0.25 * np.eye(DAYS.size)
    rows = rows_table(fit)
    for number, own in lines().groupby("ID"):
        away = own["DV"].to_numpy() - (5 + DAYS)
        best = omega @ a.T @ np.linalg.solve(spread, away)
        np.testing.assert_allclose(fit.patients.etas[number - 1], best, atol=1e-6)
        mine = rows[rows["subject"] == str(number)]
        expected = np.linalg.solve(np.real(sqrtm(spread)), away)
        np.testing.assert_allclose(mine["cwres"], expected, atol=1e-5)
        np.testing.assert_allclose(mine["predicted"], 5 + DAYS + a @ best, atol=1e-6)
        np.testing.assert_allclose(mine["typical"], 5 + DAYS, atol=1e-9)
        residuals = (own["DV"].to_numpy() - mine["predicted"]) / 0.5
        np.testing.assert_allclose(mine["residual"], residuals, atol=1e-9)
    left = omega - omega @ a.T @ np.linalg.solve(spread, a @ omega)
    np.testing.assert_allclose(fit.eta_sds, np.tile(np.sqrt(np.diag(left)), (5, 1)), rtol=1e-5)


@pytest.fixture(scope="module")
def result():
    """Return a fit of 30 patients, some values below a limit, one patient without any."""
    table = intravenous(31, limit=2.6, seed=5)
    table = table[(table["ID"] != 7) | (table["EVID"] == 1)]
    return fit_population(problem(table, LogNormalError(sd=0.2)), nodes=0, check_simulations=60)


def test_errors_of_prediction_are_standard_normal(result) -> None:
    """NPDE and CWRES of the right model have mean 0 and standard deviation 1; none if censored."""
    rows = result.measurements
    seen = rows["censored"] == ""
    assert seen.sum() > 90
    assert (~seen).sum() > 20
    for name in ("npde", "cwres"):
        assert rows.loc[~seen, name].isna().all()
        # values beyond the limit are missing, so that those seen are a little high
        assert abs(rows.loc[seen, name].mean()) < 0.3
        assert rows.loc[seen, name].std() == pytest.approx(1.0, abs=0.2)
    assert rows["residual"].isna().equals(~seen)


def test_the_effects_of_one_patient_have_no_shrinkage() -> None:
    """They have no spread; that of nothing over a held deviation would be 100 %."""
    one = intravenous(2, seed=5)
    held = [RandomEffect("CL", fixed=True)]
    alone = problem(one[one["ID"] == 1], LogNormalError(sd=0.2), effects=held)
    alone_result = fit_population(alone, nodes=0, simulations=0)
    (shrinkage,) = alone_result.shrinkage.loc[
        alone_result.shrinkage["kind"] == "random", "shrinkage"
    ]
    assert np.isnan(shrinkage)
    assert not any("shrunk" in finding for finding in alone_result.findings)


def test_rows_are_those_of_the_data(result) -> None:
    """Each measured row is there once, in order, with the doses beside them."""
    measured = result.problem.measurements.rows
    assert result.measurements["row"].tolist() == measured["row"].tolist()
    assert result.measurements.index.equals(measured.index)
    assert set(result.doses["subject"]) == set(measured["subject"])


def test_shrinkage_is_that_of_the_effects(result) -> None:
    """1 less the spread of estimated effects over that of the population, patients seen only."""
    table = result.shrinkage.set_index("of")["shrinkage"]
    etas = result.effects.query("parameter == 'CL' and subject != '7'")["eta"]
    assert len(etas) == 30
    assert table["CL"] == pytest.approx(1 - etas.std() / result.values["sd__CL"])
    assert table["cp"] == pytest.approx(1 - result.measurements["residual"].std())


def test_courses_pass_through_the_predictions(result) -> None:
    """Of each patient and as typical; NaN after the last measurement, and without any."""
    rows = result.measurements[result.measurements["day"] > 0]
    for prediction, column in (("individual", "predicted"), ("typical", "typical")):
        course = result.courses["cp"].sel(prediction=prediction)
        values = [
            float(course.sel(subject=r.subject).sel(time=r.day, method="nearest"))
            for r in rows.itertuples()
        ]
        np.testing.assert_allclose(values, rows[column], rtol=1e-4)
    assert result.courses["cp"].sel(subject="7").isnull().all()
    assert result.courses["cp"].attrs["units"] == "mg/L"


def test_the_visual_check_holds_the_right_model(result) -> None:
    """Percentiles of the data lie in most bands, shares below the limit agree; NaN where hidden."""
    check = result.checked
    assert len(check) == 15  # five days, three percentiles
    seen = check.dropna(subset="observed")
    inside = (seen["observed"] > seen["simulated_low"]) & (
        seen["observed"] < seen["simulated_high"]
    )
    assert len(seen) >= 9
    assert inside.mean() > 0.7
    hidden = check[check["observed"].isna()]
    assert (hidden["censored_observed"] > 0).all()
    apart = check["censored_observed"] - check["censored_simulated"]
    assert apart.abs().max() < 0.2
    assert check["censored_observed"].max() > 0.5
