"""Names of users in a fit: parameters, groups and bounds as they come."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pdmodel.errors import InputError
from pdmodel.inference import FitProblem, Target
from pdmodel.inference.fit.minimise import minimise
from pdmodel.inference.problem.parameters import Setting
from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary


def decay(name: str = "k", bounds=(0.01, 10.0), value=1.0, scale=1.0, extra=None) -> Model:
    """dx/dt = -(scale k + others) x."""
    q = Vocabulary()
    words: dict = {"unit": "1/day", "meaning": "", "source": ASSUMED}
    k = q.parameter(name, value=value, bounds=bounds, vary=True, **words)
    others = [
        q.parameter(other, value=v, bounds=limits, **words)
        for other, (v, limits) in (extra or {}).items()
    ]
    x = q.state("x", unit="1", initial=1, meaning="")
    q.slot("loss", meaning="", states=(x,))
    rate = -(scale * k + sum(others)) * x
    return Model("decay", q, [Mechanism("loss", "loss", "", processes={"loss": {x: rate}})])


def level(value: float, group: str = "arm", name: str = "t") -> Target:
    """x on day 1."""
    return Target(name, group, "x", "level", day=1.0, value=value, sigma=0.1)


def fit(model: Model, targets, groups=None, differ=()):
    """Run one start."""
    problem = FitProblem(
        model, targets, "no drug", days=5, differ=differ, groups=groups or {"arm": {}}
    )
    return problem.run(starts=1, seed=1)


@pytest.mark.parametrize(
    ("model", "found"),
    [
        (decay("log_k"), 2.0),
        (decay(extra={"log_k": (0.1, (0, 1)), "k__arm": (0.1, (0, 1))}), 1.8),
        (decay(extra={"f": (0.3, (0.3, 0.3))}), 1.7),
        (decay(extra={"f": (5e-15, (1e-15, 1e-14))}), 2.0),
    ],
)
def test_names_and_bounds_of_a_model_do_not_meet_those_of_the_fit(
    model: Model, found: float
) -> None:
    """`log_` is no prefix of ours, and what is held may have any bounds: x(1) = exp(-2)."""
    result = fit(model, [level(math.exp(-2))])
    free = result.parameters[result.parameters["vary"]]
    assert free["value"].tolist() == pytest.approx([found], rel=1e-4)


@pytest.mark.parametrize("bounds", [(1e-15, 1e-13), (0.0, 1e-13), (-1e-13, 1e-13)])
def test_tiny_bounds_are_fitted_on_their_own_scale(bounds) -> None:
    """A parameter of 2e-14 is found as one of 2 is, with its standard error."""
    result = fit(decay(bounds=bounds, value=5e-15, scale=1e14), [level(math.exp(-2))])
    row = result.parameters.iloc[0]
    assert row["value"] == pytest.approx(2e-14, rel=1e-4)
    # d x / d k = -1e14 exp(-2) at x = exp(-2), and sigma is 0.1 of the logarithm
    assert row["stderr"] == pytest.approx(0.1e-14, rel=1e-2)


def test_a_free_parameter_with_equal_bounds_is_refused() -> None:
    """It could only be held, and the message says so."""
    with pytest.raises(InputError, match=r"'k' is free, but its bounds \[1, 1\].*hold it"):
        fit(decay(bounds=(1.0, 1.0)), [level(0.1)])


@pytest.mark.parametrize("pair", [("10 mg", "25 mg"), ("R+", "R-"), ("1L", "2L"), ("å", "ä")])
def test_groups_may_be_called_anything(pair) -> None:
    """Groups whose names are no identifiers fit as low and high do."""
    first, second = pair

    def found(low: str, high: str):
        ratio = Target("r", f"{low}/{high}", "x", "ratio", day=1.0, value=0.5, sigma=0.1)
        targets = [ratio, level(math.exp(-2), high)]
        return fit(decay(), targets, {low: {}, high: {}}, differ=["k"])

    named, plain = found(first, second), found("low", "high")
    assert named.parameters["group"].tolist() == [None, first]
    assert named.parameters["value"].tolist() == plain.parameters["value"].tolist()
    assert list(named.values) == list(named.params)


def test_bounds_that_lmfit_could_not_hold_are_kept() -> None:
    """`bound` narrows a parameter to a range below lmfit's own resolution."""
    problem = FitProblem(
        decay(value=5e-15, bounds=(1e-15, 1e-12), scale=1e14), [level(0.1)], "no drug", days=1,
        differ=(), groups={"arm": {}},
    )  # fmt: skip
    problem.bound("k", 1e-15, 1e-14)
    (setting,) = problem.settings
    assert (setting.min, setting.max) == (1e-15, 1e-14)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"min": 2.0}, r"bounds \[2, 1\] are reversed"),
        ({"value": math.nan}, "is not made of numbers"),
        ({"value": "1"}, "is not made of numbers"),
        ({"min": 1.0}, "leave it one value"),
    ],
)
def test_settings_are_checked_where_they_are_made(changes, words: str) -> None:
    """The same for whoever makes them."""
    given = {"value": 1.0, "min": 0.0, "max": 1.0} | changes
    with pytest.raises(InputError, match=words):
        Setting("k", "k", None, vary=True, **given)


def test_a_scaled_parameter_ends_where_a_plain_one_does() -> None:
    """Multiplying value and bounds by a power of 2 changes no digit of the answer."""

    def ends(unit: float) -> float:
        setting = Setting("k", "k", None, 0.3 * unit, 0.0, unit, vary=True)
        found = minimise(lambda values: np.array([values["k"] / unit - 0.7]), [setting], 50)
        return found.values["k"] / unit

    assert ends(1.0) == ends(2.0**-60) == ends(2.0**40) == pytest.approx(0.7, rel=1e-4)
