"""Exact sensitivities jump where a switch is passed: closed forms, differences of tight runs."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sympy import Abs, Max, Min, Piecewise

from pdmodel.dosing import Dose, Timetable, daily, once
from pdmodel.engine import check_gradient, prepare, simulate_sensitivities
from pdmodel.errors import SimulationError
from pdmodel.model import Model
from tests.engine.lanes.test_switches import barrier, linear_system, named, random_values
from tests.toys.switches import TIGHT, moving, one


def slopes_of(
    model: Model, by: list[str], times: list[float], regimen: str | Timetable = "no drug",
    **asked: Any,
) -> np.ndarray:  # fmt: skip
    """Return dx/dtheta, shape (n_times, n_columns)."""
    asked = {"days": max(times), "times": times, "quantities": ["x"], **TIGHT, **asked}
    found: np.ndarray = simulate_sensitivities(model, regimen, by=by, **asked)["x"].values
    return found


@pytest.mark.parametrize(
    "factor",
    [
        lambda above: Piecewise((1, above), (3, True)),
        lambda above: Abs(1 - Piecewise((0, above), (4, True), evaluate=False)),
    ],
    ids=["jumps", "jumps over a corner"],
)
def test_a_rate_that_triples_below_a_threshold(factor: Callable[[Any], Any]) -> None:
    """x = exp(-k t) down to a, then exp(-3 k t)/a**2: by a, by k, and by the start."""
    model = one(lambda x, p, t: -p["k"] * x * factor(x > p["a"]), a=0.5)
    found = slopes_of(model, ["a", "k", "initial:x"], [0.5, 1.0, 2.0])
    early, late = math.exp(-0.5), np.exp(-3.0 * np.array([1.0, 2.0])) / 0.25
    np.testing.assert_allclose(found[0], [0, -0.5 * early, early], rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(found[1:, 0], -2 * late / 0.5, rtol=1e-8)
    np.testing.assert_allclose(found[1:, 1], -3 * np.array([1.0, 2.0]) * late, rtol=1e-8)
    # The start x0 is passed on as x0**3 exp(-3 k t)/a**2.
    np.testing.assert_allclose(found[1:, 2], 3 * late, rtol=1e-8)


@pytest.mark.parametrize("width", [0.3, 3e-4, 3e-6])
def test_a_barrier(width: float) -> None:
    """Behind a barrier x = b - w - k (t - t1), with (1 - b)/k + w/(k s) = t1."""
    found = slopes_of(barrier(width), ["b", "w", "s", "k"], [1800.0])
    by_width = -1 + 1 / 0.001
    by_rate = -1800.0
    by_slowness = -width / 0.001**2
    np.testing.assert_allclose(found[0], [0, by_width, by_slowness, by_rate], rtol=1e-7, atol=1e-7)


def test_a_chain_of_switches_keeps_its_slopes() -> None:
    """`v' = -sign(x)` from rest at A: x = x_1(t sqrt(1/A)) A, differentiated after ten switches."""
    model = moving(
        {
            "x": ("start", lambda y, p, t: p["k"] * y["v"]),
            "v": (0.0, lambda y, p, t: -p["k"] * Piecewise((1, y["x"] > 0), (-1, True))),
        },
        start=0.5,
    )
    found = slopes_of(model, ["start", "initial:x"], [0.4, 20.3])

    def x(a: float, t: float) -> float:
        turn, left = divmod(t + math.sqrt(2 * a), 2 * math.sqrt(2 * a))
        return (-1) ** int(turn) * (math.sqrt(2 * a) * left - left**2 / 2)

    step = 1e-6
    expected = [(x(0.5 + step, t) - x(0.5 - step, t)) / (2 * step) for t in (0.4, 20.3)]
    np.testing.assert_allclose(found[:, 0], expected, rtol=1e-6)
    np.testing.assert_allclose(found[:, 1], expected, rtol=1e-6)


def test_a_corner_needs_no_jump() -> None:
    """`x' = -k min(x, cap)` from x0: behind the corner x = cap exp(-k t + x0/cap - 1)."""
    model = one(lambda x, p, t: -p["k"] * Min(x, p["cap"]), 3.0, cap=1.0)
    found = slopes_of(model, ["cap", "k", "initial:x"], [5.0])
    value = math.exp(-3.0)
    by_cap = value * (1 - 3.0)
    np.testing.assert_allclose(found[0], [by_cap, -5 * value, value], rtol=1e-8)


def test_doses_and_infusions_before_a_switch() -> None:
    """By a factor on what is given, at once or over time; the switch comes sooner or later."""
    model = one(lambda x, p, t: -p["k"] * Piecewise((1, x > p["a"]), (0.25, True)), 0.0, a=1.0)
    # 3 at once: down to 1 at day 2, then slower: x = 1 - (t - 2)/4.
    at_once = slopes_of(model, ["dose:d", "a"], [1.0, 4.0], once(Dose(0, "d", 3, "1")))
    np.testing.assert_allclose(at_once, [[3.0, 0.0], [0.75, 0.75]], atol=1e-8)
    # 8 over 4 days: x' = 2 - 1/4 up to 1 at 4/7, then 2 - 1.
    infused = slopes_of(model, ["dose:d"], [0.4, 3.0], once(Dose(0, "d", 8, "1", 4)))
    by_size = 2 * 3.0 - 0.75 * 2 / 1.75**2
    np.testing.assert_allclose(infused[:, 0], [0.8, by_size], atol=1e-8)


def test_elimination_of_order_zero_forgets_what_was_given() -> None:
    """Once nothing is left nothing depends on the dose or the rate any more."""
    model = one(lambda x, p, t: -p["k"] * Piecewise((1, x > 0), (0, True)), 0.0)
    found = slopes_of(model, ["dose:d", "k"], [0.5, 0.9, 1.5], daily(0.7, "d", unit="1"))
    np.testing.assert_allclose(found, [[0.7, -0.5], [0.0, 0.0], [0.7, -0.5]], atol=1e-9)


def test_random_systems_agree_with_differences() -> None:
    """Three states, two switches: by start, threshold, direction and branch, to 1e-5."""
    by = ["start0", "level0", "level1", "normal02", "part0011", "shift102", "base12", "k"]
    run = prepare(linear_system(), days=2, times=[0.7, 1.3, 2.0], rtol=1e-11, atol=1e-13)
    met = 0
    for seed in range(16):
        values = run.array(named(random_values(seed)))
        step = 1e-5
        try:
            outcome = run.outcome(values)
            moved = [values.copy() for _ in range(2 * len(by))]
            for place, name in enumerate(by):
                column = run.machine.parameters.index(name)
                moved[2 * place][column] += step
                moved[2 * place + 1][column] -= step
            others = [run.outcome(each) for each in moved]
        except SimulationError:  # it slides
            continue
        if any(other.switches != outcome.switches for other in others):
            continue  # a switch comes or goes within the difference
        exact = run.run_sensitivities(values, by)[1]
        pairs = zip(others[::2], others[1::2], strict=True)
        numeric = np.stack([(a.values - b.values) / (2 * step) for a, b in pairs], axis=2)
        size = np.abs(exact).max(axis=(0, 1))
        assert (np.abs(exact - numeric).max(axis=(0, 1)) <= 1e-5 * size + 1e-6).all(), seed
        met += outcome.switches
    assert met > 15


def test_check_gradient_agrees() -> None:
    """The check that users run, through three doses and as many switches back and forth."""
    model = one(lambda x, p, t: -p["k"] * x * Piecewise((1, x > p["a"]), (3, True)), a=0.7)
    regimen = daily(0.8, "d", unit="1")
    table = check_gradient(model, regimen, days=3, by=["a", "k"], times=[0.6, 1.4, 2.2, 3.0])
    assert table["deviation"].max() < 1e-6
    assert table["largest"].min() > 0.1


@pytest.mark.parametrize("depth", [0.0, 1e-15, 1e-12, 1e-8, 1e-4])
def test_a_corner_may_be_touched(depth: float) -> None:
    """`a + max((s - 1)^2 - depth, 0)` over a clock s: slopes t by a, 2 sqrt(depth) - t by depth."""
    model = moving(
        {
            "x": (0.0, lambda y, p, t: p["k"] * (p["a"] + Max((y["s"] - 1) ** 2 - p["depth"], 0))),
            "s": (0.0, lambda y, p, t: p["k"]),
        },
        a=0.3, depth=depth,
    )  # fmt: skip
    found = slopes_of(model, ["a", "depth"], [2.0])
    np.testing.assert_allclose(found[0], [2.0, 2 * math.sqrt(depth) - 2.0], atol=1e-5)
