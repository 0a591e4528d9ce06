"""The gradient of the objective is that of its differences, whatever the population."""

from __future__ import annotations

import numpy as np
import pytest

from pdmodel.inference import (
    AdditiveError,
    Categorical,
    CombinedError,
    Exponential,
    LogNormalError,
    Power,
    RandomEffect,
)
from tests.toys.populations import intravenous, problem

POPULATIONS = {
    "log-normal": lambda: problem(intravenous(6)),
    "combined": lambda: problem(intravenous(6), CombinedError(0.1, 0.2)),
    "censored": lambda: problem(intravenous(6, limit=3.2), LogNormalError(sd=0.2)),
    "censored, combined": lambda: problem(intravenous(6, limit=3.2), CombinedError(0.1, 0.2)),
    "a block": lambda: problem(
        intravenous(6), covariance="full", correlations={("CL", "V"): 0.3}
    ),
    "scales": lambda: problem(
        intravenous(6), AdditiveError(sd=0.3),
        [RandomEffect("CL", "plain", sd=0.5), RandomEffect("V", "logit", sd=0.4)],
        bounds={"V": (2.0, 60.0)},
    ),
    "free": lambda: problem(intravenous(6), effects=[RandomEffect("CL")], free=["V"]),
    "held": lambda: problem(
        intravenous(6), LogNormalError(sd=0.2, fixed=True),
        [RandomEffect("CL"), RandomEffect("V", sd=0.2, fixed=True)], held=["V"],
    ),
    "covariates": lambda: problem(
        intravenous(6, weights=True), effects=[RandomEffect("CL", "plain", sd=0.5), "V"],
        covariates=[Power("CL", "WGT", 70.0, 0.5), Exponential("V", "WGT", 70.0, 0.01)],
    ),
    "groups": lambda: problem(
        intravenous(6, weights=True),
        covariates=[
            Power("CL", "WGT", 70.0, 0.5), Categorical("V", "WGT", above=60.0, change=0.2)
        ],
    ),
    "pooled": lambda: problem(intravenous(6), effects=[], free=["CL", "V"]),
}  # fmt: skip


@pytest.mark.parametrize("method", ["focei", "laplace"])
@pytest.mark.parametrize("name", POPULATIONS)
def test_it_is_that_of_differences(name: str, method: str) -> None:
    """Each part agrees with central differences of the objective, effects sought anew each time."""
    objective = POPULATIONS[name]().objective(method)
    x = objective.starts + 0.03 * np.cos(np.arange(objective.starts.size))
    here = objective(x, objective.no_etas, gradient=True)
    scale = np.abs(here.gradient).max()
    for place in range(x.size):
        step = np.zeros(x.size)
        step[place] = 1e-3
        up, down = (objective(x + side * step, here.etas).objective for side in (1, -1))
        assert here.gradient[place] == pytest.approx((up - down) / 2e-3, rel=2e-3, abs=2e-4 * scale)


def test_effects_move_as_it_says() -> None:
    """The first-order change of the effects is what a new search finds."""
    objective = POPULATIONS["censored, combined"]().objective()
    x = objective.starts
    here = objective(x, objective.no_etas, gradient=True)
    change = 1e-3 * np.sin(1.0 + np.arange(x.size))
    there = objective(x + change, here.etas)
    np.testing.assert_allclose(here.eta_slopes @ change, there.etas - here.etas, atol=2e-6)


def test_gradients_of_patients_add_up() -> None:
    """Patients without a value have no share in the objective, its gradient, or the count."""
    table = intravenous(5)
    table.loc[table["ID"] == 3, "EVID"] = 1  # doses only
    table.loc[table["ID"] == 3, ["AMT", "DV"]] = [1.0, "."]
    objective = problem(table).objective()
    here = objective(objective.starts, objective.no_etas, gradient=True)
    assert here.by_subject[2] == 0.0
    assert here.gradients is not None
    assert not here.gradients[2].any()
    without = problem(table[table["ID"] != 3]).objective()
    alone = without(without.starts, without.no_etas, gradient=True)
    assert here.objective == pytest.approx(alone.objective, rel=1e-9)
    np.testing.assert_allclose(here.gradient, alone.gradient, rtol=1e-5, atol=1e-6)
