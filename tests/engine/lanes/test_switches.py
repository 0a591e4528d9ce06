"""Switches in states are located, by both engines and in every lane, or the run says why not.

Right answers are closed forms, or SciPy at 1e-12 with events found by the test (`switched`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy
from sympy import Max, Min, Piecewise

import pdmodel
from pdmodel.dosing import Dose, daily, once
from pdmodel.engine import Trigger, prepare, simulate, simulate_cohort
from pdmodel.engine.runs import many_patients
from pdmodel.engine.simulation import METHODS
from pdmodel.engine.symbolic.switches import find_switches
from pdmodel.errors import SimulationError
from pdmodel.model import Model, hill
from pdmodel.model.expressions.functions import at_most, positive_part, safe_power
from tests.toys.switches import TIGHT, Slides, by_events, moving, one

ENGINES = ("compiled", "scipy")
both = pytest.mark.parametrize("engine", ENGINES)


def x_at(model: Model, *times: float, regimen: Any = "no drug", **asked: Any) -> list[float]:
    """Return x at times, at tight tolerances."""
    asked = {"days": max(times), "times": list(times), **TIGHT, **asked}
    return list(simulate(model, regimen, **asked)["x"].values.tolist())


def barrier(width: float) -> Model:
    """Return x that falls at rate k, a thousand times slower between b - width and b."""

    def rate(x: Any, p: Any, t: Any) -> Any:
        inside = (x < p["b"]) & (x > p["b"] - p["w"])
        return -p["k"] * Piecewise((p["s"], inside), (1, True))

    return one(rate, k=0.5, s=0.001, b=0.5, w=width)


@both
@pytest.mark.parametrize("width", [0.3, 0.03, 3e-4, 3e-6])
def test_a_barrier_is_met_however_narrow(width: float, engine: str) -> None:
    """The step that would pass over it ends at it; behind it x falls as before."""
    inside = min(9.0, width / 0.0005)
    expected = 0.5 - 0.0005 * inside - 0.5 * (9.0 - inside)
    assert x_at(barrier(width), 10, engine=engine)[0] == pytest.approx(expected, abs=1e-9)


@both
def test_the_switches_are_counted(engine: str) -> None:
    """In the attributes: both sides of a barrier, and none in a run that stays before it."""
    assert simulate(barrier(3e-4), days=10, engine=engine).attrs["switches"] == 2
    assert simulate(barrier(3e-4), days=0.5, engine=engine).attrs["switches"] == 0


@both
def test_a_chain_of_switches_at_known_times(engine: str) -> None:
    """`v' = -sign(x)`, `x' = v` from rest at A: parabolas that meet at sqrt(2A) (1 + 2 j)."""
    model = moving(
        {
            "x": (0.5, lambda y, p, t: p["k"] * y["v"]),
            "v": (0.0, lambda y, p, t: -p["k"] * Piecewise((1, y["x"] > 0), (-1, True))),
        }
    )
    times = np.array([0.5, 1.0, 1.7, 8.3, 39.5, 40.5])
    run = simulate(model, days=40.5, times=times, engine=engine, **TIGHT)
    turn, left = np.divmod(times + 1.0, 2.0)  # half a period is 2, from one zero to the next
    sign = np.where(turn % 2 == 0, 1.0, -1.0)
    np.testing.assert_allclose(run["x"].values, sign * (left - left**2 / 2), atol=1e-8)
    np.testing.assert_allclose(run["v"].values, sign * (1 - left), atol=1e-8)
    assert run.attrs["switches"] == 20


@both
@pytest.mark.parametrize("written", [Min, at_most])
def test_a_cap_ends_where_it_is_reached(engine: str, written: Any) -> None:
    """`x' = -k min(x, cap)`: a line down to the cap, then an exponential."""
    model = one(lambda x, p, t: -p["k"] * written(x, p["cap"]), 3.0, cap=1.0)
    found = x_at(model, 1.5, 2, 5, engine=engine)
    assert found == pytest.approx([1.5, 1.0, math.exp(-3)], abs=1e-9)


@both
def test_an_absolute_value_has_a_corner(engine: str) -> None:
    """`z' = -|z| - 1` for z = x - a, by |x - a| and by a maximum."""
    begin, turn = 2.0, math.log(3.0)
    expected = [3 * math.exp(-0.7) - 1, 1 - math.exp(2.0 - turn)]
    for size in (sympy.Abs, lambda z: Max(z, -z), lambda z: positive_part(z) + positive_part(-z)):
        model = one(lambda x, p, t, f=size: -p["k"] * (f(x - p["a"]) + 1), 5.0 + begin, a=5.0)
        found = [x - 5.0 for x in x_at(model, 0.7, 2.0, engine=engine)]
        assert found == pytest.approx(expected, abs=1e-8)


@both
def test_conditions_within_conditions(engine: str) -> None:
    """`Abs(x - c) < w` and its opposite, `Or`, `Not`: one window, written in four ways."""
    windows: list[Callable[[Any], Any]] = [
        lambda x: Piecewise((0.1, sympy.Abs(x - 1) < 0.002), (1, True)),
        lambda x: Piecewise((1, sympy.Abs(x - 1) >= 0.002), (0.1, True)),
        lambda x: Piecewise((1, (x >= 1.002) | (x <= 0.998)), (0.1, True)),
        lambda x: Piecewise((0.1, sympy.Not((x >= 1.002) | (x <= 0.998))), (1, True)),
    ]
    for window in windows:
        model = one(lambda x, p, t, f=window: -p["k"] * f(x), 3.0)
        assert x_at(model, 3, engine=engine)[0] == pytest.approx(0.036, abs=1e-9)


@both
def test_elimination_of_order_zero_ends_at_nothing(engine: str) -> None:
    """x falls to 0 and stays there until the next dose: one switch a dose."""
    model = one(lambda x, p, t: -p["k"] * Piecewise((1, x > 0), (0, True)), 0.0)
    asked: dict[str, Any] = {"days": 6, "times": [0.5, 1, 1.9, 2.5, 5.9], "engine": engine}
    run = simulate(model, daily(0.7, "d", unit="1"), **asked, **TIGHT)
    expected = [0.2, 0.0, 0.0, 0.2, 0.0]
    np.testing.assert_allclose(run["x"].values, expected, atol=1e-10)
    assert 6 <= run.attrs["switches"] <= 12
    power = one(lambda x, p, t: -p["k"] * safe_power(x, 0), 0.0)
    again = simulate(power, daily(0.7, "d", unit="1"), **asked, **TIGHT)
    np.testing.assert_allclose(again["x"].values, expected, atol=1e-10)


@both
def test_what_rests_on_a_threshold_does_not_switch(engine: str) -> None:
    """x is 0 for ever and x > 0 never holds; x >= 0 always does."""
    never = one(lambda x, p, t: p["k"] * Piecewise((1, x > 0), (0, True)), 0.0)
    always = one(lambda x, p, t: p["k"] * Piecewise((0, x >= 0), (1, True)), 0.0)
    for model in (never, always):
        run = simulate(model, days=5, engine=engine)
        assert (run["x"].values == 0).all()
        assert run.attrs["switches"] == 0


@both
def test_a_start_on_a_threshold_follows_the_flow(engine: str) -> None:
    """What holds on the border itself says where the run goes."""
    down = one(lambda x, p, t: p["k"] * Piecewise((-1, x <= 1), (2, True)))
    up = one(lambda x, p, t: p["k"] * Piecewise((-1, x < 1), (2, True)))
    assert x_at(down, 1, engine=engine)[0] == pytest.approx(0.0, abs=1e-9)
    assert x_at(up, 1, engine=engine)[0] == pytest.approx(3.0, abs=1e-9)


@both
def test_a_dose_over_a_threshold_changes_the_branch(engine: str) -> None:
    """At the dose, not at a root; also where the dose ends exactly on the threshold."""
    model = one(lambda x, p, t: -p["k"] * Piecewise((x, x > p["a"]), (0, True)), 0.0, a=1.0)
    top = math.exp(-0.5)
    found = x_at(model, 0.5, 5, regimen=once(Dose(0, "d", 3, "1")), at_dose="after", engine=engine)
    assert found == pytest.approx([3 * top, 1.0], abs=1e-9)
    found = x_at(model, 0.5, 5, regimen=once(Dose(0, "d", 1, "1")), at_dose="after", engine=engine)
    assert found == pytest.approx([1.0, 1.0], abs=1e-12)


@both
def test_a_run_that_slides_fails_with_the_way_out(engine: str) -> None:
    """Both sides lead back to x = b: no number, the day, the border, and what to write."""
    model = one(lambda x, p, t: p["k"] * Piecewise((-1, x > p["b"]), (2, True)), b=0.25)
    with pytest.raises(SimulationError, match=r"along the border of .*: .*smooth") as caught:
        simulate(model, days=5, engine=engine)
    assert caught.value.state["time"] == pytest.approx(0.75 if engine == "compiled" else 0.0)


@both
def test_rest_at_a_corner_is_no_sliding(engine: str) -> None:
    """x' = (a - x)+ - 2 (x - a)+ comes to rest at its own corner, from above and from below."""
    for start in (3.0, 0.0):
        model = one(
            lambda x, p, t: p["k"] * (Max(p["a"] - x, 0) - 2 * Max(x - p["a"], 0)), start, a=1.0
        )
        run = simulate(model, days=300, engine=engine)
        assert run["x"].values[-1] == pytest.approx(1.0, rel=1e-6)
        assert run.attrs["switches"] <= 3


def test_a_branch_that_ends_at_the_border() -> None:
    """sqrt(x) has no value beyond x = 0: the steps shrink towards it, then the other branch holds.

    With s = sqrt(x) the way down from 1 takes 2 (1 - log 2) days.
    """
    model = one(lambda x, p, t: -p["k"] * Piecewise((1 + sympy.sqrt(x), x > 0), (1, True)))
    there = 2 * (1 - math.log(2))
    assert x_at(model, 2)[0] == pytest.approx(there - 2, abs=1e-8)


@both
def test_an_infusion_over_a_threshold(engine: str) -> None:
    """x' = r - k x [x > a]: a line up to a, then an exponential towards r/k."""
    model = one(lambda x, p, t: -p["k"] * Piecewise((x, x > p["a"]), (0, True)), 0.0, a=1.0)
    infusion = once(Dose(0, "d", 20, "1", 10))
    found = x_at(model, 0.25, 3.5, regimen=infusion, engine=engine)
    assert found == pytest.approx([0.5, 2 - math.exp(-3)], abs=1e-8)


def test_powers_and_saturation_of_what_decays_do_not_switch() -> None:
    """hill and safe_power guard what is never below zero: nothing is met on the way."""
    model = one(
        lambda x, p, t: -50 * p["k"] * (hill(x, 0.1, p["n"]) + safe_power(x, p["n"])), n=1.5
    )
    run = simulate(model, daily(1, "d", unit="1"), days=30)
    assert run.attrs["switches"] == 0


def test_a_trigger_and_a_switch_share_a_run() -> None:
    """x falls at 1, below 0.5 at 0.1; at 0.45 one is given: day 1, and again a day later."""
    model = one(lambda x, p, t: -p["k"] * Piecewise((1, x > 0.5), (0.1, True)))
    trigger = Trigger("x", below=0.45, then=once(Dose(0, "d", 1, "1")), times=math.inf)
    run = simulate(model, days=2.8, times=[0.75, 1.25, 2.7], triggers=[trigger], **TIGHT)
    # Down to 0.5 at 0.5, to 0.45 at 1.0; 1.45 there, 0.5 at 1.95, 0.45 at 2.45, then 1.45 again.
    np.testing.assert_allclose(run["x"].values, [0.475, 1.2, 1.2], atol=1e-8)
    assert run.attrs["switches"] == 2


@pytest.mark.parametrize("lanes", [4, 8])
def test_every_lane_has_its_own_thresholds(lanes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many thresholds among neighbours that differ: the bits of each patient alone."""
    monkeypatch.setattr(many_patients, "LANES", lanes)
    model = one(lambda x, p, t: -p["k"] * Piecewise((1, x > p["a"]), (3, True)) * x, 2.0, a=1.0)
    patients = np.linspace(0.05, 2.5, 21)
    table = {"a": patients, "k": np.linspace(0.3, 1.7, 21)}
    cohort = simulate_cohort(
        model, "no drug", days=4, parameters=table, quantities=["x"], threads=2
    )
    run = prepare(model, days=4, quantities=["x"])
    for number in range(patients.size):
        alone = run.run({name: values[number] for name, values in table.items()})[:, 0]
        assert alone.tobytes() == cohort["x"].values[number].tobytes()
        k, a = table["k"][number], patients[number]
        passed = max(0.0, math.log(2 / a) / k)
        times = np.arange(5.0)
        expected = 2 * np.exp(-k * (times + 2 * np.maximum(times - passed, 0)))
        np.testing.assert_allclose(alone, expected, rtol=1e-4)


SHAPES = {"base": (3, 3), "part": (2, 2, 3, 3), "shift": (2, 2, 3), "normal": (2, 3),
          "level": (2,), "start": (3,)}  # fmt: skip


def random_values(seed: int) -> dict[str, np.ndarray]:
    """Return arrays for a linear system of three states with two switches.

    `part` and `shift` are by condition, and by whether it holds (0) or not (1).
    """
    random = np.random.default_rng(seed)
    values = {name: random.normal(size=shape) for name, shape in SHAPES.items()}
    values["base"] = 3 * (values["base"] - values["base"].T) - np.eye(3)
    return values | {"shift": 0.3 * values["shift"], "level": 0.5 * values["level"]}


def named(values: dict[str, np.ndarray]) -> dict[str, float]:
    """Return the numbers of arrays as parameters by name."""
    return {
        name + "".join(map(str, place)): float(value)
        for name, array in values.items()
        for place, value in np.ndenumerate(array)
    }


def linear_system() -> Model:
    """Return the system of `random_values`; every number is a parameter."""

    def row(i: int) -> Any:
        def rate(y: Any, p: Any, t: Any) -> Any:
            y = list(y.values())
            total = sum(p[f"base{i}{j}"] * y[j] for j in range(3))
            for k in range(2):
                high = sum(p[f"normal{k}{j}"] * y[j] for j in range(3))
                yes, no = (
                    sum(p[f"part{k}{b}{i}{j}"] * y[j] for j in range(3)) + p[f"shift{k}{b}{i}"]
                    for b in range(2)
                )
                total += Piecewise((yes, high > p[f"level{k}"]), (no, True))
            return p["k"] * total

        return rate

    return moving({f"y{i}": (f"start{i}", row(i)) for i in range(3)}, **named(random_values(0)))


def test_random_systems_agree_with_located_events() -> None:
    """Fifty systems of three states and two switches: within 100 rtol, or both say it slides."""
    times, met, slid = np.linspace(0.25, 3, 12), 0, 0
    run = prepare(linear_system(), days=3, times=times, rtol=1e-9, atol=1e-11)
    for seed in range(50):
        v = random_values(seed)

        def rate(y: np.ndarray, holds: tuple[bool, ...], v: Any = v) -> np.ndarray:
            sides = enumerate(int(not hold) for hold in holds)
            return v["base"] @ y + sum(v["part"][s] @ y + v["shift"][s] for s in sides)

        def heights(y: np.ndarray, v: Any = v) -> np.ndarray:
            return v["normal"] @ y - v["level"]

        try:
            expected, changes = by_events(rate, heights, v["start"], times)
        except Slides:
            slid += 1
            with pytest.raises(SimulationError, match="slides"):
                run.run(named(v))
            continue
        outcome = run.outcome(run.array(named(v)))
        assert np.abs(outcome.values - expected).max() <= 1e-7 * np.abs(expected).max(), seed
        assert outcome.switches == changes, seed
        met += changes
    assert met > 100
    assert 0 < slid < 25


@both
@pytest.mark.parametrize("excess", [1e-2, 1e-4, 1e-6])
def test_a_peak_just_above_a_threshold_is_met(excess: float, engine: str) -> None:
    """x = sin t, and n counts the time above 1 - excess: 2 arccos(1 - excess) a turn, twice."""
    model = moving(
        {
            "x": (0.0, lambda y, p, t: p["k"] * y["v"]),
            "v": (1.0, lambda y, p, t: -p["k"] * y["x"]),
            "n": (0.0, lambda y, p, t: p["k"] * Piecewise((1, y["x"] > p["a"]), (0, True))),
        },
        a=1 - excess,
    )
    run = simulate(model, days=12.5, times=[3, 12.5], engine=engine, **TIGHT)
    above = 2 * math.acos(1 - excess)
    np.testing.assert_allclose(run["n"].values, [above, 2 * above], rtol=1e-3)
    assert run.attrs["switches"] == 4


def test_a_switch_in_eight_lanes_has_the_bits_of_one() -> None:
    """Peaks that cross by little and by much, where a parabola decides what is looked at."""
    model = moving(
        {
            "x": (0.0, lambda y, p, t: p["k"] * y["v"]),
            "v": (1.0, lambda y, p, t: -p["k"] * y["x"] + 0.01 * p["k"] * y["n"]),
            "n": (0.0, lambda y, p, t: p["k"] * Piecewise((1, y["x"] > p["a"]), (-1, True))),
        },
        a=0.5,
    )
    table = {"a": 1 - np.geomspace(1e-6, 0.3, 24), "k": np.linspace(0.5, 3, 24)}
    cohort = simulate_cohort(model, "no drug", table, days=9, quantities=["x", "n"], threads=1)
    run = prepare(model, days=9, quantities=["x", "n"])
    for number in range(24):
        alone = run.run({name: values[number] for name, values in table.items()})
        for column, name in enumerate(("x", "n")):
            assert alone[:, column].tobytes() == cohort[name].values[number].tobytes()


@pytest.mark.parametrize("tone", [1.001, 1.01, 1.02])
def test_a_run_that_rests_on_a_border_leaves_it_for_good(tone: float) -> None:
    """The reference begins on a corner; leaving the band around it slowly takes no more steps."""
    run = prepare(pdmodel.load("reference"), "10 mg daily", days=1, rtol=1e-11, max_steps=5_000)
    assert run.outcome(run.array({"tone": tone})).switches <= 2


def test_only_what_jumps_is_no_corner() -> None:
    """A side of `Max` that also decides a branch is a switch; one that does not is a corner."""
    capped = one(lambda x, p, t: -p["k"] * Min(x, p["a"]), a=1.0)
    branched = one(lambda x, p, t: -p["k"] * Piecewise((1, x > p["a"]), (2, True)), a=1.0)
    both = one(
        lambda x, p, t: -p["k"] * Min(x, p["a"]) * Piecewise((1, x > p["a"]), (2, True)), a=1.0
    )
    for model, corners in ((capped, [True]), (branched, [False]), (both, [False])):
        assert [switch.corner for switch in find_switches(model).members] == corners


def test_a_cap_that_is_met_every_day_costs_one_step() -> None:
    """At most three steps are repeated at two corners, and the error stays."""
    rate: dict[str, Any] = {"x": (0.0, lambda y, p, t: -p["k"] * y["x"])}
    rate["e"] = (1.0, lambda y, p, t: p["k"] * (Min(y["x"], p["cap"]) - y["e"]))
    model = moving(rate, cap=0.5)
    run = simulate(model, daily(0.6, "d", unit="1"), days=60, times=[59.3], rtol=1e-6)
    exact = simulate(model, daily(0.6, "d", unit="1"), days=60, times=[59.3], rtol=1e-12)
    assert run.attrs["switches"] >= 59
    assert run.attrs["rejected"] <= 1.5 * run.attrs["switches"]
    np.testing.assert_allclose(run["e"], exact["e"], rtol=2e-6)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_meets_the_switches_of_every_day(method: str) -> None:
    """A state that falls through a surface after each dose: as many switches, one solution.

    In the segments after the first, whose days some of SciPy's integrators count from 0.
    """

    def falls(x: sympy.Expr, p: Any, t: sympy.Expr) -> sympy.Expr:
        return -p["k"] * x * Piecewise((1, x > p["a"]), (0.3, True))

    model = one(falls, start=0.0, a=0.7)
    asked: dict[str, Any] = {"days": 5, "times": np.arange(0.5, 5)}
    exact = simulate(model, daily(1, "d", unit="1"), **asked, rtol=1e-12)
    run = simulate(model, daily(1, "d", unit="1"), **asked, engine="scipy", method=method)
    assert run.attrs["switches"] == exact.attrs["switches"] > 3
    np.testing.assert_allclose(run["x"], exact["x"], rtol=1e-5)


def chattering() -> Model:
    """Return a model whose rate of `b` jumps where `a`, which follows `b` at once, passes a level.

    Above it both fall and below it both rise, so that the run comes to the border and stays.
    """
    return moving(
        {
            "b": (0.5, lambda y, p, t: p["k"] * Piecewise((-1, y["a"] > p["c"]), (2, True))),
            "a": (0.5, lambda y, p, t: p["fast"] * p["k"] * (y["b"] - y["a"])),
        },
        c=1.0, fast=1e4,
    )  # fmt: skip


@pytest.mark.parametrize("rtol", [1e-5, 1e-7, 1e-10])
def test_a_run_that_chatters_across_a_border_slides(rtol: float) -> None:
    """Passes that follow each other faster than the tolerance tells apart have no slopes."""
    with pytest.raises(SimulationError, match=r"slides along the border of a > c") as caught:
        simulate(chattering(), days=5, rtol=rtol)
    assert 0.24 < caught.value.state["time"] < 0.6


def test_scipy_refuses_chatter_as_well() -> None:
    """Its integrators would pass the border thousands of times."""
    with pytest.raises(SimulationError, match=r"slides along the border of a > c"):
        simulate(chattering(), days=5, method="LSODA")


def test_a_small_swing_across_a_border_is_no_chatter() -> None:
    """A rhythm of a thousandth of the level passes it 2,000 times on its way through 1,000 days."""
    turn = sympy.pi
    model = moving(
        {
            "x": (1.0, lambda y, p, t: p["k"] * 2e-3 * turn * sympy.cos(2 * turn * p["k"] * t)),
            "y": (0.0, lambda y, p, t: p["k"] * Piecewise((1, y["x"] > p["c"]), (0, True))),
        },
        c=1.0,
    )  # fmt: skip
    run = simulate(model, days=1000.25, times=[1000.25], rtol=1e-9)
    assert run.attrs["switches"] >= 1999
    assert run["y"].values[-1] == pytest.approx(500.25, rel=1e-5)
