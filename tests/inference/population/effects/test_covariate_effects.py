"""Covariates move typical values as their effects say."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pdmodel.errors import InputError, UnknownNameError
from pdmodel.inference import Allometric, Categorical, Exponential, Power, RandomEffect
from pdmodel.inference.population.effects.covariate_effects import CovariateEffect
from tests.toys.populations import intravenous, problem

EFFECTS = {
    "power": (Power("CL", "WGT", 70.0, 0.6), lambda x: (x / 70) ** 0.6),
    "allometric": (Allometric("CL", "WGT"), lambda x: (x / 70) ** 0.75),
    "exponential": (Exponential("CL", "WGT", 70.0, 0.02), lambda x: math.exp(0.02 * (x - 70))),
    "below": (Categorical("CL", "WGT", below=60, change=0.5), lambda x: 1.5 if x < 60 else 1.0),
    "above": (Categorical("CL", "WGT", above=60, change=-0.5), lambda x: 0.5 if x > 60 else 1.0),
    "equal": (Categorical("CL", "WGT", equal=60, change=0.5), lambda x: 1.5 if x == 60 else 1.0),
}


@pytest.mark.parametrize("scale", ["log", "plain"])
@pytest.mark.parametrize("kind", EFFECTS)
def test_typical_values_are_multiplied(kind: str, scale: str) -> None:
    """On the log and the plain scale the typical value is that of the formula."""
    effect, factor = EFFECTS[kind]
    toy = problem(intravenous(8), effects=[RandomEffect("CL", scale)], covariates=[effect])
    own = toy.individuals
    values = own.values(own.means(own.starts)[0], np.zeros((8, 1)))[:, 0]
    np.testing.assert_allclose(values, [2.5 * factor(50.0 + 5 * n) for n in range(8)], rtol=1e-12)
    held = kind == "allometric"
    assert [e.name for e in own.coefficients] == ([] if held else [effect.name])


def test_on_the_logit_scale_odds_are_multiplied() -> None:
    """The parameter stays within its bounds, whatever the covariate."""
    toy = problem(
        intravenous(8), effects=[RandomEffect("CL", "logit")], bounds={"CL": (0.0, 5.0)},
        covariates=[Power("CL", "WGT", 70.0, 30.0)],
    )  # fmt: skip
    own = toy.individuals
    values = own.values(own.means(own.starts)[0], np.zeros((8, 1)))[:, 0]
    assert ((values > 0) & (values < 5)).all()
    odds = values / (5 - values)
    np.testing.assert_allclose(odds, [((50 + 5 * n) / 70) ** 30.0 for n in range(8)], rtol=1e-9)


def test_coefficients_are_read_as_they_are_written() -> None:
    """A coefficient that is sought on another scale comes back, with the right slope."""
    for effect, _ in EFFECTS.values():
        inner = effect.inner(effect.first)
        value, slope = effect.outer(inner)
        assert value == pytest.approx(effect.first)
        assert slope == pytest.approx((effect.outer(inner + 1e-6)[0] - value) / 1e-6, rel=1e-5)
        assert effect.beginning(0.25).first == 0.25
        assert effect.parameter in effect.describe()


def test_effects_that_are_none_are_refused() -> None:
    """No condition, two of them, a change that leaves nothing, a reference of 0, no kind."""
    with pytest.raises(InputError, match="needs one of below=, above= and equal=, got 0"):
        Categorical("V", "AGE")
    with pytest.raises(InputError, match="got 2"):
        Categorical("V", "AGE", below=1, above=2)
    with pytest.raises(InputError, match="the change of AGE_on_V"):
        Categorical("V", "AGE", below=1, change=-1)
    with pytest.raises(InputError, match="the reference of AGE_on_V"):
        Power("V", "AGE", 0.0)
    with pytest.raises(InputError, match="one of its kinds"):
        CovariateEffect("V", "AGE")


def test_covariates_that_are_not_there_are_refused() -> None:
    """An unknown column has its nearest match; a value that has no power names the effect."""
    with pytest.raises(UnknownNameError, match="'WGHT'; did you mean 'WGT'"):
        problem(intravenous(3), covariates=[Power("CL", "WGHT")])
    table = intravenous(3)
    table["WGT"] = 0.0
    with pytest.raises(InputError, match="WGT must be above 0, got 0"):
        problem(table, covariates=[Power("CL", "WGT")])
