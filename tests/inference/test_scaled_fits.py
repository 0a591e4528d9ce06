"""Targets know no scale: a fit in mol/L finds what one in pmol/L finds, at any length of a day."""

from __future__ import annotations

import math
from typing import Any

import pytest

from pdmodel.errors import FitError, InputError
from pdmodel.inference import FitProblem
from pdmodel.inference.targets import Target
from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary


def decay(initial: float, rate: float = 1.0) -> Model:
    """Return `x' = -k x` from a start; k is to be found."""
    q = Vocabulary()
    k = q.parameter("k", unit="1/day", value=rate, bounds=(rate / 100, rate * 10), meaning="k",
                    source=ASSUMED, vary=True)  # fmt: skip
    x = q.state("x", unit="1", initial=initial, meaning="x")
    q.slot("c", meaning="c", states=(x,))
    return Model("decay", q, [Mechanism("c", slot="c", claim="c", processes={"c": {x: -k * x}})])


def found(model: Model, target: Target, days: float = 5.0, **more: Any) -> float:
    """Return the value of k that a fit finds."""
    problem = FitProblem(
        model, [target], "no drug", days=days, differ=(), groups={"arm": {}}, **more
    )
    result = problem.run(starts=1, seed=1).parameters
    return float(result[result["name"] == "k"].value.iloc[0])


def level(scale: float, **said: float) -> Target:
    """Return a target at day 1."""
    scaled: dict[str, Any] = {
        name: value * (1 if name == "sigma" else scale) for name, value in said.items()
    }
    return Target("t", "arm", "x", "level", day=1.0, source="s", **scaled)


@pytest.mark.parametrize("scale", [1e-15, 1e-12, 1.0, 1e15])
def test_a_fit_moves_at_any_scale(scale: float) -> None:
    """To a measured value, and into a window."""
    exact = level(scale, value=math.exp(-2), sigma=0.05)
    assert found(decay(scale), exact) == pytest.approx(2, rel=1e-5)
    window = level(scale, low=0.1, high=0.2)
    assert found(decay(scale), window) == pytest.approx(
        found(decay(1.0), level(1.0, low=0.1, high=0.2)), rel=1e-5
    )


def test_visits_follow_their_interval() -> None:
    """The lowest visit of three, where a visit is every 28 days and where it is every 0.028."""

    def best(tau: float) -> float:
        target = Target("t", "arm", "x", "best", day=90 * tau, value=0.05, sigma=0.1, source="s")
        return found(decay(3.0, 0.02 / tau), target, 90 * tau, visit_interval=28 * tau) * tau

    assert best(1.0) == pytest.approx(-math.log(0.05) / 84, rel=1e-4)
    assert best(1e-3) == pytest.approx(best(1.0), rel=1e-5)
    with pytest.raises(InputError, match="visit_interval must be a number > 0, got 0"):
        FitProblem(decay(1.0), [level(1.0, low=1)], "no drug", days=5, differ=(),
                   groups={"arm": {}}, visit_interval=0)  # fmt: skip


def test_a_fold_change_from_nothing_names_the_target() -> None:
    """There is nothing to divide by."""
    target = Target("rise", "arm", "x", "fold_change", day=1.0, low=1, high=2, source="s")
    with pytest.raises(FitError, match=r"target 'rise': fold_change of 'x': its start is 0"):
        found(decay(0.0), target)
