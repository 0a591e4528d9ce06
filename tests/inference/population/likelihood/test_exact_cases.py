"""Where the likelihood is known exactly, each method gives it: a linear model, and one effect."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.stats import multivariate_normal, norm

from pdmodel.inference import AdditiveError, LogNormalError, PopulationProblem, RandomEffect
from pdmodel.inference.courses.reading import read_measurements
from pdmodel.inference.population.likelihood.quadrature import quadrature
from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary
from tests.toys.populations import intravenous, problem


def line() -> Model:
    """Return a level that rises steadily: `x = level + slope t`, linear in both parameters."""
    q = Vocabulary()
    level, slope = (
        q.parameter(name, unit=unit, value=value, bounds=(-50, 50), meaning=name, source=ASSUMED)
        for name, unit, value in (("level", "1", 5.0), ("slope", "1/day", 1.0))
    )
    x = q.state("x", unit="1", initial=level, meaning="what is measured")
    q.slot("change", meaning="what moves x", states=(x,))
    change = Mechanism("change", slot="change", claim="it rises", processes={"rise": {x: slope}})
    return Model("line", q, [change])


DAYS = np.array([0.5, 1.0, 2.0, 4.0])


def lines(seed: int = 3) -> pd.DataFrame:
    """Return five subjects of the line with effects on both parameters."""
    rng, rows = np.random.default_rng(seed), []
    for number in range(5):
        level, slope = 5 + rng.standard_normal(), 1 + 0.4 * rng.standard_normal()
        values = level + slope * DAYS + 0.5 * rng.standard_normal(DAYS.size)
        rows += [(number + 1, day, value) for day, value in zip(DAYS, values, strict=True)]
    return pd.DataFrame(rows, columns=["ID", "TIME", "DV"])


def linear(**changes) -> PopulationProblem:
    """Return the population of the line."""
    measured = read_measurements(lines(), "x", AdditiveError(sd=0.5), line())
    effects = [RandomEffect("level", "plain", sd=1.0), RandomEffect("slope", "plain", sd=0.4)]
    return PopulationProblem(line(), measured, effects, **changes)


@pytest.mark.parametrize("method", ["focei", "laplace", "quadrature"])
def test_a_linear_model(method: str) -> None:
    """Values of a subject are normal together, with the covariance A Omega A' + sigma**2."""
    target = linear(covariance="full", correlations={("level", "slope"): -0.5}).objective(
        "focei" if method == "quadrature" else method
    )
    omega = np.array([[1.0, -0.2], [-0.2, 0.16]])
    a = np.column_stack([np.ones(DAYS.size), DAYS])
    spread = a @ omega @ a.T + 0.25 * np.eye(DAYS.size)
    groups = lines().groupby("ID")["DV"].apply(list)
    expected = -2 * sum(multivariate_normal.logpdf(own, 5 + DAYS, spread) for own in groups)
    expected -= 20 * math.log(2 * math.pi)
    if method == "quadrature":
        value = quadrature(target, target.starts, target.no_etas, 3)
    else:
        value = target(target.starts, target.no_etas).objective
    assert value == pytest.approx(expected, abs=1e-5)


def test_one_effect_is_integrated() -> None:
    """With many nodes the quadrature is the integral itself, values below a limit included."""
    table = intravenous(3, limit=3.0)
    toy = problem(table, LogNormalError(sd=0.2), [RandomEffect("CL", sd=0.4)])
    target = toy.objective()

    def density(eta: float, rows: pd.DataFrame) -> float:
        """Return the joint density of a subject's rows and effect."""
        days = rows["TIME"].to_numpy(float)
        f = np.log(100 / 18.0) - 2.5 * math.exp(eta) / 18.0 * days
        y = np.log(rows["DV"].to_numpy(float))
        below = rows["CENS"].to_numpy(bool)
        logs = np.where(below, norm.logcdf(y, f, 0.2), norm.logpdf(y, f, 0.2) - y)
        return float(np.exp(logs.sum()) * norm.pdf(eta, 0, 0.4))

    measured = table[table["EVID"] == 0]
    expected = -(measured["CENS"] == 0).sum() * math.log(2 * math.pi)
    for _, own in measured.groupby("ID"):
        integral = quad(density, -3, 3, args=(own,), epsabs=0, epsrel=1e-10, limit=200)[0]
        expected -= 2 * math.log(integral)
    assert (measured["CENS"] == 1).sum() > 3
    value = quadrature(target, target.starts, target.no_etas, 25)
    assert value == pytest.approx(expected, abs=1e-4)
