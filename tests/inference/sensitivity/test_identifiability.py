"""What the targets say near a point: rank, null space, combinations in words, correlations."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from pdmodel.dosing import Dose, Regimen
from pdmodel.errors import InputError
from pdmodel.inference import FitProblem, Prior, Target
from pdmodel.inference.problem.parameters import Setting
from pdmodel.inference.sensitivity.identifiability import (
    analyse_slopes,
    find_identifiability,
    simple_basis,
    write_combination,
)
from pdmodel.inference.sensitivity.sensitivity import point_values
from tests.inference.conftest import short_targets
from tests.toys import one_compartment, product_decay


def looked_at(problem):
    """Return the identifiability at the declared values."""
    return find_identifiability(problem, point_values(problem, None))


def decay(*targets, free=("k1", "k2")):
    """Return a problem of `dx/dt = -k1 k2 x`."""
    return FitProblem(
        product_decay(), targets, "no drug", days=3, differ=[], free=free, groups={"one": {}}
    )


def concentrations(days=(1, 3)):
    """Return a problem of 10 mg into plasma: `10/volume exp(-k t)`, measured within 10 %."""
    targets = [
        Target(f"day{day}", "one", "concentration", "level", day=day, value=0.1, sigma=0.1)
        for day in days
    ]
    problem = FitProblem(
        one_compartment(), targets, Regimen(doses=(Dose(0.0, "iv", 10.0),)), days=3, differ=[],
        free=["k", "volume"], groups={"one": {}}, rtol=1e-10, atol=1e-13,
    )  # fmt: skip
    problem.bound("k", 0.1, 5.0)  # from 0 on it would not be fitted by its logarithm
    return problem


def settings(*lows):
    """Return settings named a, b, c ... with lower bounds."""
    return [
        Setting(name, name, None, 1.0, low, 9.0, vary=True)
        for name, low in zip("abcdef", lows, strict=False)
    ]


def test_a_product_is_all_that_is_known_of_its_factors():
    """Two days, one combination: rank 1, the product identified and the quotient written out."""
    rows = [Target(f"x{day}", "one", "x", "level", day=day, low=0.3, high=0.9) for day in (1, 2)]
    found = looked_at(decay(*rows))
    assert found.rank == 1
    assert list(found.combinations["written"]) == ["k1^0.71 * k2^0.71", "k1^0.71 * k2^-0.71"]
    assert list(found.combinations["verdict"]) == ["narrow", "no effect"]
    np.testing.assert_allclose(np.abs(found.null_space), [[0.5**0.5, 0.5**0.5]], atol=1e-5)
    assert found.parameters["stderr"].isna().all()
    assert set(found.parameters["verdict"]) == {"not curved"}
    assert found.correlation.isna().all().all()


def test_closed_form_slopes_give_closed_form_errors():
    """`log c = log(10/V) - k t`: full rank, and the errors of a straight line."""
    found = looked_at(concentrations())
    slopes = np.array([[-0.7, -1.0], [-2.1, -1.0]]) / 0.1  # by log k and log V, on days 1 and 3
    np.testing.assert_allclose(found.slopes.to_numpy(), slopes, rtol=1e-5)
    assert found.rank == 2
    assert found.null_space.shape == (0, 2)
    covariance = np.linalg.inv(slopes.T @ slopes)
    errors = np.sqrt(np.diag(covariance))
    np.testing.assert_allclose(found.parameters["stderr"], errors, rtol=1e-4)
    expected = covariance[0, 1] / np.prod(errors)
    assert found.correlation.loc["k", "volume"] == pytest.approx(expected, rel=1e-4)
    assert found.correlation.loc["k", "k"] == pytest.approx(1)


def test_a_target_that_is_met_still_speaks():
    """In the middle of a wide window the residual is flat; what the target looks at is not."""
    row = Target("x1", "one", "x", "level", day=1, low=0.01, high=20, softness=0.05)
    problem = decay(row, free=("k1",))
    values = point_values(problem, None)
    assert abs(problem.residual_slopes(values)).max() < 1e-3
    assert looked_at(problem).slopes.to_numpy().item() == pytest.approx(-0.5 / 0.05, rel=1e-4)


@pytest.mark.parametrize("low", [0.01, 0.7])
def test_differences_stand_in_for_exact_slopes(low):
    """Also with the parameter at its bound, over which a step goes."""
    exact, differences = concentrations(), concentrations()
    differences.jacobian = "differences"
    for problem in (exact, differences):
        problem.bound("k", low, 5.0)
    np.testing.assert_allclose(looked_at(differences).slopes, looked_at(exact).slopes, rtol=1e-4)


def test_priors_are_rows():
    """A prior knows its own parameter and makes a product's factors known."""
    row = Target("x1", "one", "x", "level", day=1, low=0.3, high=0.9)
    problem = FitProblem(
        product_decay(), [row], "no drug", days=3, differ=[], free=["k1"], groups={"one": {}},
        priors=[Prior("k2", 0.5, 0.1)],
    )  # fmt: skip
    found = looked_at(problem)
    assert list(found.slopes.index) == ["x1", "prior k2"]
    assert found.slopes.loc["prior k2", "k1"] == 0
    assert found.rank == 2


def test_the_shipped_groups_are_looked_at():
    """A parameter of a group has a column of its own."""
    found = looked_at(
        FitProblem(
            "reference",
            short_targets(),
            days=7,
            free=["il6_induction"],
            regimen="10 mg daily",
            differ=["tone"],
        )
    )
    assert set(found.names) == {"il6_induction", "tone__responder"}
    assert found.rank == 2
    assert abs(found.slopes.loc["il6_nr", "tone__responder"]) < 1e-9


def test_without_any_slope_nothing_is_known():
    """Rank 0, and every parameter a direction of its own."""
    slopes = pd.DataFrame(np.zeros((2, 3)), columns=list("abc"))
    found = analyse_slopes(slopes, settings(1, 1, 1), dict.fromkeys("abc", 1.0), ["1"] * 3)
    assert found.rank == 0
    assert list(found.combinations["written"]) == ["a", "b", "c"]
    assert found.correlation.isna().all().all()


def test_more_parameters_than_targets():
    """One target that knows `a` only leaves the others without effect, each by itself."""
    slopes = pd.DataFrame([[2.0, 0.0, 0.0]], columns=list("abc"))
    found = analyse_slopes(slopes, settings(1, 1, 1), dict.fromkeys("abc", 1.0), ["1"] * 3)
    assert list(found.combinations["written"]) == ["a", "b", "c"]
    assert list(found.combinations["verdict"]) == ["narrow", "no effect", "no effect"]
    assert found.parameters["stderr"].tolist() == pytest.approx(
        [0.5, math.nan, math.nan], nan_ok=True
    )
    assert found.correlation.loc["a", "a"] == 1


def test_a_null_space_is_written_simply():
    """However a decomposition mixed it: a row a pair, and the same space."""
    plain = np.array([[1, -1, 0, 0], [0, 0, 1, -1]]) / 2**0.5
    angle = 0.7
    mixed = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]) @ plain
    found = simple_basis(mixed)
    assert np.linalg.matrix_rank(np.vstack([found, plain]), tol=1e-9) == 2
    assert (np.abs(found) > 1e-9).sum(axis=1).tolist() == [2, 2]


def test_combinations_are_written_out():
    """The largest first, small ones left out; what has no logarithm under an exponential."""
    known = settings(0.1, 0.1, -1.0, 0.1)
    assert write_combination([0.3, -0.9, 0.25, 0.19], known) == "b^-0.90 * a^0.30 * exp(0.25 c)"
    assert write_combination([1, 0, 0, 0], known) == "a"


def test_nothing_free_is_refused():
    """There is nothing to look at."""
    problem = concentrations()
    problem.params["k"].vary = problem.params["volume"].vary = False
    with pytest.raises(InputError, match="no parameter varies"):
        looked_at(problem)
