"""Published objectives and estimates of NONMEM and nlmixr2 are reached, on their data."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from pdmodel.inference import fit_population
from pdmodel.inference.population.likelihood.quadrature import quadrature
from tests.toys.populations import HOURS, phenobarbital, theophylline, wang

NEAR = 2e-3


@pytest.mark.parametrize(
    ("error", "objective"), [("additive", -2.059), ("proportional", 39.458), ("combined", 39.735)]
)
def test_wang_2007(external: Path, error: str, objective: float) -> None:
    """The objective at fixed parameters is NONMEM's and nlmixr2's (FOCEI)."""
    target = wang(external, error).objective()
    assert target(target.starts, target.no_etas).objective == pytest.approx(objective, abs=NEAR)


@pytest.mark.parametrize(("error", "likelihood"), [("additive", -1.990), ("proportional", 39.355)])
def test_wang_2007_by_quadrature(external: Path, error: str, likelihood: float) -> None:
    """The likelihood at fixed parameters is that of adaptive quadrature by others."""
    target = wang(external, error).objective()
    value = quadrature(target, target.starts, target.no_etas)
    assert value == pytest.approx(likelihood, abs=NEAR)


def test_theophylline(external: Path) -> None:
    """Objective, typical values, variances and error are those of nlmixr2 (FOCEI)."""
    result = fit_population(theophylline(external), simulations=0)
    assert result.converged
    assert result.objective == pytest.approx(116.804, abs=NEAR)
    values = result.values
    logs = [math.log(values["ka"] / HOURS), math.log(values["CL"] / HOURS), math.log(values["V"])]
    assert logs == pytest.approx([0.464, 1.01, 3.46], rel=0.01)
    assert values["additive_sd__cp"] == pytest.approx(0.693, rel=0.01)
    variances = [result.omega.loc[name, name] for name in ("ka", "CL", "V")]
    assert variances == pytest.approx([0.400, 0.069, 0.019], rel=0.01, abs=5e-4)


def test_phenobarbital(external: Path) -> None:
    """Objective and estimates are NONMEM's (FOCEI): weight, and Apgar score below 5."""
    result = fit_population(phenobarbital(external), simulations=0)
    assert result.converged
    assert result.objective == pytest.approx(586.2761, abs=NEAR)
    values = result.values
    typical = [values["CL"] / HOURS, values["V"], values["APGR_on_V"]]
    assert typical == pytest.approx([0.00469555, 0.984258, 0.158920], rel=0.01)
    # printed by NONMEM: standard errors by the sandwich, variances, sigma squared
    assert result.omega.loc["CL", "CL"] == pytest.approx(0.0293508, rel=0.01)
    assert result.omega.loc["V", "V"] == pytest.approx(0.027906, rel=0.01)
    assert values["proportional_sd__cp"] ** 2 == pytest.approx(0.013241, rel=0.01)
