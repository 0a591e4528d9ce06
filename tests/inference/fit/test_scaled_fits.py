"""Targets know no scale: a fit in mol/L finds what one in pmol/L finds, at any length of a day."""

from __future__ import annotations

import math
from typing import Any

import pytest

from pdmodel.errors import FitError, InputError
from pdmodel.inference import FitProblem
from pdmodel.inference.targets.target import Target
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


KINDS_OF_A_COURSE: dict[str, dict[str, float]] = {
    "best": {"value": 1.6},
    "onset": {"threshold": 1.5, "value": 0.6},
    "duration": {"threshold": 1.5, "value": 2.1},
    "peak": {"value": 1.9},
    "nadir": {"value": 0.6},
}


def wave(tau: float, size: float = 1.0) -> Model:
    """Return a state that a stimulus, itself decaying, raises before it falls below its start."""
    q = Vocabulary()
    k = q.parameter("k", unit="1/day", value=1.5 / tau, bounds=(0.5 / tau, 4 / tau), meaning="k",
                    source=ASSUMED, vary=True)  # fmt: skip
    b = q.parameter("b", unit="1/day", value=1 / tau, meaning="b",
                    bounds=(0.1 / tau, 10 / tau), source=ASSUMED)  # fmt: skip
    y = q.state("y", unit="1", initial=3.0, meaning="stimulus")
    x = q.state("x", unit="1", initial=size, meaning="x")
    q.slot("c", meaning="c", states=(x, y))
    processes = {"fall": {y: -b * y}, "rise": {x: k * y * size}, "loss": {x: -1.7 * b * x}}
    return Model("wave", q, [Mechanism("c", slot="c", claim="c", processes=processes)])


@pytest.mark.parametrize("tau", [1e-4, 1e-2, 1e4])
@pytest.mark.parametrize("kind", KINDS_OF_A_COURSE)
def test_kinds_look_as_closely_at_any_length_of_a_day(kind: str, tau: float) -> None:
    """What is fitted to a course of weeks is what is fitted to one of seconds, or of centuries."""
    said = KINDS_OF_A_COURSE[kind]

    def fitted(tau: float) -> float:
        times = {"threshold": 1.0, "value": tau} if kind in ("onset", "duration") else {}
        scaled: dict[str, Any] = {name: one * times.get(name, 1.0) for name, one in said.items()}
        target = Target("t", "arm", "x", kind, day=5 * tau, sigma=0.05, source="s", **scaled)
        return found(wave(tau), target, 5 * tau, visit_interval=tau) * tau

    assert fitted(tau) == pytest.approx(fitted(1.0), rel=1e-4)


@pytest.mark.parametrize("kind", ["peak", "nadir", "onset"])
def test_a_short_window_is_looked_at_closely(kind: str) -> None:
    """A run of ten seconds, with visits every 28 days, is not judged by its two ends."""
    tau = 1e-4
    said: dict[str, Any] = {"threshold": 1.5} if kind == "onset" else {}
    target = Target("t", "arm", "x", kind, day=5 * tau, value=tau, sigma=1, source="s", **said)
    arms: dict[str, Any] = {"arm": {}}
    problem = FitProblem(wave(tau), [target], "no drug", days=5 * tau, differ=(), groups=arms)
    assert problem.groups["arm"].days == 5 * tau
    assert problem.groups["arm"].times.size > 100


@pytest.mark.parametrize("size", [1e-12, 1.0, 1e12])
def test_a_linear_edge_is_as_soft_as_its_range(size: float) -> None:
    """A tenth of the range, or of its only bound: a range in other units says the same."""
    both = Target("t", "arm", "x", "level", day=1, low=size, high=3 * size, scale="linear")
    assert both.softness == pytest.approx(0.2 * size)
    assert both.residual(4 * size) == pytest.approx(
        Target("t", "arm", "x", "level", day=1, low=1, high=3, scale="linear").residual(4)
    )
    one = Target("t", "arm", "x", "level", day=1, high=-2 * size, scale="linear")
    assert one.softness == pytest.approx(0.2 * size)
