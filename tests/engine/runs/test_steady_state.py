"""Steady states of repeated doses: closed forms, brute force, and models that have none."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from pdmodel.dosing import Action, SteadyState
from pdmodel.engine import simulate
from pdmodel.engine.simulation import ENGINES
from pdmodel.errors import SimulationError
from pdmodel.model import Model
from tests.engine.timetables import Given
from tests.toys import one_compartment, rate_of_change
from tests.toys.initial_value_problems import Problem

K, KA = 0.7, 5.0
ONE = one_compartment()
FINE: dict[str, Any] = {"rtol": 1e-10, "atol": 1e-12}

pytestmark = pytest.mark.parametrize("engine", ENGINES)


def at_once(model: Model, engine: str, *actions: Action) -> dict[str, float]:
    """Return the states right after what happens at day 0."""
    run = simulate(model, Given(*actions), days=1, times=[0], at_dose="after", engine=engine)
    return dict(zip(run["state"].values.tolist(), run["state_values"].values[0], strict=True))


def steady(target: str, doses: SteadyState, unit: str = "mg") -> Action:
    """Return the action of a series of doses at day 0."""
    return Action(0, "steady", target, unit=unit, steady=doses)


def bolus(amount: float, interval: float, **others) -> SteadyState:
    """Return boluses for ever."""
    return SteadyState(amount, 0.0, interval, 0.0, **others)


def infusion(amount: float, duration: float, interval: float, **others) -> SteadyState:
    """Return infusions for ever."""
    return SteadyState(amount, duration, interval, amount / duration, **others)


def decays(since: float, interval: float) -> float:
    """Return the sum of exp(-K t) over t = since, since + interval, ..."""
    return math.exp(-K * since) / -math.expm1(-K * interval)


@pytest.mark.parametrize("interval", [0.25, 1.0, 7.0])
def test_boluses(engine: str, interval: float) -> None:
    """Just before the next one: `D exp(-k tau)/(1 - exp(-k tau))`."""
    found = at_once(ONE, engine, steady("iv", bolus(10, interval)))
    assert found["plasma"] == pytest.approx(10 * decays(interval, interval), rel=1e-7)
    assert found["gut"] == pytest.approx(0, abs=1e-12)


def test_tablets(engine: str) -> None:
    """A geometric sum of Bateman functions."""
    found = at_once(ONE, engine, steady("oral", bolus(10, 1)))
    fast = math.exp(-KA) / -math.expm1(-KA)
    assert found["gut"] == pytest.approx(10 * fast, rel=1e-7)
    expected = 10 * KA / (KA - K) * (decays(1, 1) - fast)
    assert found["plasma"] == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("duration", [0.1, 1.0, 1.7, 3.0, 4.25])
def test_infusions(engine: str, duration: float) -> None:
    """Shorter than the interval, as long, and longer, so that up to five run at a time.

    An infusion that began a time s ago has left `R/k (exp(-k (s - d)) - exp(-k s))`, or
    `R/k (1 - exp(-k s))` while it runs.
    """
    found = at_once(ONE, engine, steady("iv", infusion(8, duration, 1)))
    since = np.arange(1.0, 80)
    left = np.exp(-K * np.clip(since - duration, 0, None)) - np.exp(-K * since)
    expected = 8 / duration / K * left.sum()
    assert found["plasma"] == pytest.approx(expected, rel=1e-7)


def test_a_constant_infusion(engine: str) -> None:
    """`R/k`, and the depot before it `R/ka`."""
    found = at_once(ONE, engine, steady("iv", SteadyState(0, 0, 0, 4)))
    assert found["plasma"] == pytest.approx(4 / K, rel=1e-7)
    found = at_once(ONE, engine, steady("oral", SteadyState(0, 0, 0, 4)))
    assert found == pytest.approx({"gut": 4 / KA, "plasma": 4 / K}, rel=1e-7)


def test_a_dose_that_waits(engine: str) -> None:
    """A lag of 0.3 of 1 day: the last bolus is 0.7 days old; of an infusion, a part runs."""
    found = at_once(ONE, engine, steady("iv", bolus(10, 1, wait=0.3)))
    assert found["plasma"] == pytest.approx(10 * decays(0.7, 1), rel=1e-7)
    found = at_once(ONE, engine, steady("iv", infusion(10, 0.9, 1, wait=0.3)))
    since = np.arange(0.7, 80)
    left = np.exp(-K * np.clip(since - 0.9, 0, None)) - np.exp(-K * since)
    assert found["plasma"] == pytest.approx(10 / 0.9 / K * left.sum(), rel=1e-7)


def test_units_are_those_of_the_dose(engine: str) -> None:
    """0.01 g is 10 mg."""
    found = at_once(ONE, engine, steady("iv", bolus(0.01, 1), unit="g"))
    assert found["plasma"] == pytest.approx(10 * decays(1, 1), rel=1e-7)


def test_what_replaces_and_what_is_added(engine: str) -> None:
    """SS=1 forgets what was there and ends infusions, SS=2 leaves both and adds."""
    before = (Action(0, "add", "oral", 7), Action(0, "rate", "iv", 3))
    series = 10 * decays(1, 1)
    replaced = Given(*before, steady("iv", bolus(10, 1)))
    added = Given(*before, steady("iv", bolus(10, 1, added=True)), Action(0.5, "rate", "iv", -3))
    asked: dict[str, Any] = {
        "days": 0.5,
        "times": [0, 0.5],
        "at_dose": "after",
        "engine": engine,
        **FINE,
    }
    run = simulate(ONE, replaced, **asked)
    assert run["gut"].values == pytest.approx([0, 0], abs=1e-9)
    fall = math.exp(-K / 2)
    assert run["plasma"].values == pytest.approx([series, series * fall], rel=1e-7)
    assert run.attrs["delivered_iv"] == 0
    run = simulate(ONE, added, **asked)
    assert run["gut"].values == pytest.approx([7, 7 * math.exp(-KA / 2)], rel=1e-7)
    absorbed = 7 * KA / (KA - K) * (fall - math.exp(-KA / 2))
    infused = 3 / K * (1 - fall)
    assert run["plasma"].values == pytest.approx(
        [series, series * fall + absorbed + infused], rel=1e-7
    )
    assert run.attrs["delivered_iv"] == pytest.approx(1.5)


def test_two_series_at_a_time(engine: str) -> None:
    """SS=1 and SS=2 in turn: in a linear model they add up."""
    found = at_once(
        ONE, engine, steady("iv", bolus(10, 1)), steady("iv", infusion(6, 0.5, 2, added=True))
    )
    assert found["plasma"] == pytest.approx(
        10 * decays(1, 1) + 12 / K * (decays(1.5, 2) - decays(2, 2)), rel=1e-7
    )


def test_a_steady_state_in_the_middle(engine: str) -> None:
    """At day 2, after which the doses go on: nothing changes from interval to interval."""
    doses = [Action(2 + n, "add", "iv", 10) for n in range(4)]
    regimen = Given(
        Action(0, "add", "iv", 99), Action(2, "steady", "iv", steady=bolus(10, 1)), *doses
    )
    run = simulate(ONE, regimen, days=6, times=[2.5, 3.5, 4.5, 5.5], engine=engine, **FINE)
    np.testing.assert_allclose(run["plasma"], 10 * decays(0.5, 1), rtol=1e-7)


def test_added_to_a_start_that_is_not_zero(engine: str) -> None:
    """SS=2 adds how far the doses lie above the drug-free start, not the start once more."""
    turnover = rate_of_change(lambda x, k, t: k * (3 - x), initial=3)
    found = at_once(turnover, engine, steady("d", bolus(1, 1, added=True), unit="1"))
    assert found["x"] == pytest.approx(3 + math.exp(-1) / (1 - math.exp(-1)), rel=1e-7)


def saturable() -> Problem:
    """Return elimination of at most 12 a day, half of it at 5."""
    return Problem("saturable", lambda t, y: [-12 * y[0] / (5 + y[0])], [0])


@pytest.mark.parametrize(
    ("doses", "given"),
    [
        (bolus(7, 1), lambda n: [Action(n, "add", "y1", 7, "")]),
        (infusion(8, 0.5, 1), lambda n: [
            Action(n, "rate", "y1", 16, ""), Action(n + 0.5, "rate", "y1", -16, ""),
        ]),
    ],
    ids=["bolus", "infusion"],
)  # fmt: skip
def test_a_nonlinear_model_against_repetition(
    engine: str, doses: SteadyState, given: Callable[[int], Sequence[Action]]
) -> None:
    """Saturable elimination, most of it in use: the same as after 150 doses."""
    model = saturable().model
    found = at_once(model, engine, steady("y1", doses, unit=""))
    actions = [action for n in range(150) for action in given(n)]
    brute = simulate(model, Given(*actions), days=150, times=[149, 150], **FINE)["y1"].values
    assert brute[1] == pytest.approx(brute[0], rel=1e-8)
    assert found["y1"] == pytest.approx(brute[1], rel=1e-6)
    assert brute[1] > 2


def test_a_nonlinear_constant_infusion(engine: str) -> None:
    """Where as much leaves as comes in: `12 x/(5 + x) = R`."""
    found = at_once(saturable().model, engine, steady("y1", SteadyState(0, 0, 0, 9), unit=""))
    assert found["y1"] == pytest.approx(9 * 5 / (12 - 9), rel=1e-6)


def test_more_than_can_be_eliminated(engine: str) -> None:
    """13 a day into at most 12 has no steady state."""
    with pytest.raises(SimulationError, match=r"lead to no steady state: .*'?y1'?") as caught:
        at_once(saturable().model, engine, steady("y1", bolus(13, 1), unit=""))
    assert caught.value.state["time"] == 0
    assert "SteadyState(amount=13" in caught.value.state["doses"]


def test_nothing_is_eliminated(engine: str) -> None:
    """The amount grows by a dose each time."""
    kept = rate_of_change(lambda x, k, t: 0 * k * x)
    with pytest.raises(SimulationError, match="'x' still changes by"):
        at_once(kept, engine, steady("d", bolus(1, 1), unit="1"))


def tumour(growth: float, capacity: float = math.inf) -> Model:
    """Return a drug that decays, and a tumour that grows whatever it does."""

    def right(t, y):
        room = 1 - y[1] / capacity if math.isfinite(capacity) else 1
        return [-y[0], growth * y[1] * room - 0.1 * y[0] * y[1]]

    return Problem("tumour", right, [0, 1]).model


def test_a_growing_tumour_has_no_steady_state(engine: str) -> None:
    """A tumour of nothing would stand still, but no number of doses leads there."""
    with pytest.raises(SimulationError, match="lead to no steady state: 'y2' still changes by"):
        at_once(tumour(0.2), engine, steady("into_y1", bolus(1, 1), unit="1"))


def test_a_dose_into_what_grows_has_no_steady_state(engine: str) -> None:
    """The fixed point of the interval is negative; doses lead away from it."""
    grows = rate_of_change(lambda x, k, t: k * x / 10)
    with pytest.raises(SimulationError, match="lead to no steady state: 'x' still changes by"):
        at_once(grows, engine, steady("d", bolus(1, 1), unit="1"))


def test_of_two_fixed_points_the_stable_one_is_found(engine: str) -> None:
    """Without tumour, or with that which the doses leave: `10 (1 - 0.1/0.5)` on average."""
    model = tumour(0.5, capacity=10)
    found = at_once(model, engine, steady("into_y1", bolus(1, 1), unit="1"))
    actions = [Action(n, "add", "into_y1", 1, "1") for n in range(120)]
    brute = simulate(model, Given(*actions), days=120, times=[120], **FINE)
    assert found["y2"] == pytest.approx(float(brute["y2"][0]), rel=1e-6)
    assert found["y2"] == pytest.approx(8, rel=0.05)


def test_a_tumour_that_is_cured(engine: str) -> None:
    """Where killing exceeds growth nothing is left: that is a steady state."""
    found = at_once(tumour(0.05), engine, steady("into_y1", bolus(1, 1), unit="1"))
    assert found["y2"] == pytest.approx(0, abs=1e-9)
    assert found["y1"] == pytest.approx(1 / math.expm1(1), rel=1e-6)
