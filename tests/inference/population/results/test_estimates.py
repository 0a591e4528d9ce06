"""Estimates are read on their own scales, with standard errors carried over."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pdmodel.inference import Categorical, LogNormalError, RandomEffect, fit_population
from tests.toys.populations import intravenous, problem


@pytest.fixture(scope="module")
def result():
    """Return a fit with a block, a category, a parameter on the logit scale and a held one."""
    toy = problem(
        intravenous(16), LogNormalError(), [RandomEffect("CL"), RandomEffect("V", "logit", sd=0.4)],
        covariance="full", bounds={"V": (5.0, 60.0)},
        covariates=[Categorical("CL", "WGT", above=65, change=0.1)],
    )  # fmt: skip
    return fit_population(toy, simulations=0, nodes=0)


def test_standard_errors_are_carried_over(result) -> None:
    """Each is that of simulated numbers on the scales on which they are sought."""
    covariance = result.uncertainty.curvature
    own, x, table = result.problem, result.fit.x, result.estimates.set_index("name")
    sd = np.sqrt(np.diag(covariance))
    assert table.stderr["CL"] == pytest.approx(table.value["CL"] * sd[0])
    share = (table.value["V"] - 5) / 55
    assert table.stderr["V"] == pytest.approx(55 * share * (1 - share) * sd[1])
    assert table.stderr["WGT_on_CL"] == pytest.approx((1 + table.value["WGT_on_CL"]) * sd[2])
    assert table.stderr["log_sd__cp"] == pytest.approx(table.value["log_sd__cp"] * sd[-1])
    entries = slice(3, 6)
    draws = np.random.default_rng(1).multivariate_normal(
        x[entries], 1e-6 * covariance[entries, entries], 4000
    )
    matrices = np.array([own.random_covariance.matrix(draw) for draw in draws])
    sds = np.sqrt(np.diagonal(matrices, axis1=1, axis2=2))
    correlations = matrices[:, 0, 1] / sds.prod(axis=1)
    for name, drawn in (
        ("sd__CL", sds[:, 0]), ("sd__V", sds[:, 1]), ("correlation__CL__V", correlations),
    ):  # fmt: skip
        assert table.stderr[name] == pytest.approx(1e3 * drawn.std(), rel=0.05)


def test_intervals_hold_their_estimates(result) -> None:
    """The 90 % interval is formed where the estimate is closest to normal, and stays in range."""
    table = result.estimates.set_index("name")
    assert (table["low"] < table["value"]).all()
    assert (table["value"] < table["high"]).all()
    np.testing.assert_allclose(table["rse"] * table["value"].abs(), table["stderr"])
    assert 5 < table.low["V"] < table.high["V"] < 60
    assert -1 < table.low["correlation__CL__V"] < table.high["correlation__CL__V"] < 1
    assert table.high["CL"] / table.value["CL"] == pytest.approx(
        table.value["CL"] / table.low["CL"]
    )
    assert list(table["kind"]) == ["typical"] * 2 + ["covariate"] + ["random"] * 3 + ["error"]
    assert table["unit"].to_dict()["CL"] == "L/day"


def test_the_sandwich_is_near_where_the_model_is_right(result) -> None:
    """Both covariances are of the same size, and the sandwich is not the curvature again."""
    table = result.estimates.set_index("name")
    ratio = table["stderr_sandwich"] / table["stderr"]
    assert ((ratio > 0.4) & (ratio < 2.5)).all()
    assert not np.allclose(ratio, 1.0, atol=1e-3)


def test_what_is_held_has_no_standard_error() -> None:
    """A held error, spread or typical value is in the table, and says so."""
    effects = [RandomEffect("CL"), RandomEffect("V", sd=0.2, fixed=True)]
    held = problem(intravenous(6), LogNormalError(sd=0.15, fixed=True), effects, held=["V"])
    table = fit_population(held, simulations=0, nodes=0).estimates.set_index("name")
    assert table.value[["V", "sd__V", "log_sd__cp"]].tolist() == pytest.approx([18, 0.2, 0.15])
    assert table.estimated.to_dict() == {
        "CL": True, "V": False, "sd__CL": True, "sd__V": False, "log_sd__cp": False,
    }  # fmt: skip
    assert math.isnan(table.stderr["V"])
