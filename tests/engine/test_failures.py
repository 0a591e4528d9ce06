"""A run that cannot be finished is an error with time, state, parameters and cause, no numbers."""

from __future__ import annotations

import math
import pickle
from typing import Any

import numpy as np
import pytest
import sympy

from pdmodel.dosing import Action, Dose, daily, once
from pdmodel.engine import compile_model, prepare, simulate
from pdmodel.errors import SimulationError
from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary
from tests.engine.timetables import Given
from tests.toys import initial_value_problems as problems, one_compartment, rate_of_change
from tests.toys.initial_value_problems import Problem

POLE = rate_of_change(lambda x, k, t: k * x**2, name="pole")
LOGARITHM = rate_of_change(lambda x, k, t: k * (sympy.log(x) - 1), initial=0.5, name="logarithm")
BOUNCING = rate_of_change(lambda x, k, t: k * sympy.Piecewise((-1, x > 0.5), (1, True)))
OSCILLATING = rate_of_change(lambda x, k, t: k * sympy.cos(5000 * k * t), name="oscillating")
COLLAPSED = "the step size collapsed"
NO_NUMBER = "a derivative or a state is not a finite number"


def failure(model: Model, **asked: Any) -> SimulationError:
    """Return the error of a run by the compiled engine."""
    with pytest.raises(SimulationError, match=f"integration of '{model.name}' failed at") as caught:
        simulate(model, **{"days": 5, "engine": "compiled", **asked})
    return caught.value


@pytest.mark.parametrize("start", [0.5, 1.0, 4.0])
def test_a_pole_is_found(start: float) -> None:
    """`dx/dt = k x^2` has no value after day 1/(k x0): the step collapses there, and x is large."""
    model = rate_of_change(lambda x, k, t: k * x**2, initial=start, name="pole")
    error = failure(model, patient={"k": 0.8})
    assert error.state["time"] == pytest.approx(1 / (0.8 * start), rel=1e-6)
    assert error.state["states"]["x"] > 1e6
    assert error.state["parameters"] == {"k": 0.8}
    assert (error.state["method"], error.state["rtol"]) == ("Rodas5P", 1e-7)
    assert error.state["cause"] == COLLAPSED
    assert str(error).endswith(f"(Rodas5P): {COLLAPSED}")
    assert error.exit_code == 1


def test_time_goes_on_in_every_step() -> None:
    """At a pole the step is given up where it no longer moves the time, not where x overflows."""
    error = failure(POLE)
    assert error.state["states"]["x"] < 1e17


def test_a_pole_after_a_dose() -> None:
    """The time counts from day 0, and the state holds what was given."""
    error = failure(POLE, regimen=once(Dose(0.5, "d", 2, unit="1")))
    assert error.state["time"] == pytest.approx(0.5 + 1 / 4, rel=1e-6)


def test_a_derivative_that_is_no_number_at_the_start() -> None:
    """The logarithm of a negative number: no step is made."""
    model = rate_of_change(lambda x, k, t: k * sympy.log(x), initial=-0.5, name="negative")
    error = failure(model)
    assert (error.state["time"], error.state["states"]) == (0, {"x": -0.5})
    assert error.state["cause"] == NO_NUMBER


def test_a_derivative_that_becomes_no_number() -> None:
    """`dx/dt = log x - 1` reaches 0 after `e E1(1 - log x0)` days and cannot go on."""
    error = failure(LOGARITHM)
    reached = math.e * float(sympy.expint(1, 1 + math.log(2)))
    assert error.state["time"] == pytest.approx(reached, abs=1e-6)
    assert 0 <= error.state["states"]["x"] < 1e-6
    assert error.state["cause"] == NO_NUMBER


def test_overflow_is_no_number() -> None:
    """`exp(50 t)` is beyond all doubles from day 14.2 on, and no infinity is returned."""
    model = rate_of_change(lambda x, k, t: 50 * k * x, name="overflow")
    error = failure(model, days=100)
    assert error.state["time"] == pytest.approx(math.log(1.797e308) / 50, rel=0.02)
    assert np.isfinite(error.state["states"]["x"])
    assert error.state["cause"] == NO_NUMBER


def test_a_dose_that_overflows_is_no_number() -> None:
    """What an edge makes infinite is seen at the edge."""
    decay = rate_of_change(lambda x, k, t: -k * x, 1e300, "full")
    error = failure(decay, regimen=Given(Action(0.1, "multiply", "x", 1e10, "")))
    assert (error.state["time"], error.state["cause"]) == (0.1, NO_NUMBER)


def test_a_starting_state_that_is_no_number() -> None:
    """It is the parameters' fault, and nothing is integrated."""
    q = Vocabulary()
    k = q.parameter("k", unit="1", value=0, bounds=(0, 9), meaning="", source=ASSUMED)
    day = q.parameter("day", unit="1/day", value=1, bounds=(0, 9), meaning="", source=ASSUMED)
    x = q.state("x", unit="1", initial=1 / k, meaning="")
    q.slot("s", meaning="", states=(x,))
    model = Model("startless", q, [Mechanism("m", "s", "", processes={"p": {x: -day * x}})])
    assert simulate(model, days=1, patient={"k": 2})["x"].values[0] == 0.5
    error = failure(model)
    assert error.state["cause"] == "the parameters give no finite starting state"
    assert error.state["parameters"] == {"k": 0, "day": 1}


def test_a_budget_of_steps() -> None:
    """A fast oscillation takes many steps; they are counted, rejected ones too."""
    for most in (1, 10, 5000):
        error = failure(OSCILLATING, max_steps=most)
        assert error.state["cause"] == "the budget of steps is used up"
        assert 0 <= error.state["time"] < 5
    assert error.state["time"] > 0
    assert error.state["states"]["x"] == pytest.approx(1, abs=1e-3)


def test_a_run_that_slides_says_so() -> None:
    """Where the rates on both sides of a threshold lead back to it no run goes on."""
    error = failure(BOUNCING)
    assert "slides along the border of x > 0.5" in error.state["cause"]
    assert "smooth" in error.state["cause"]
    assert error.state["time"] == pytest.approx(0.5, abs=1e-9)
    assert error.state["states"]["x"] == pytest.approx(0.5, abs=1e-6)


def test_a_budget_of_steps_that_is_just_enough() -> None:
    """As many as the run takes are enough, one less is not."""
    run = simulate(one_compartment(), "10 mg daily", days=3)
    steps = run.attrs["steps"] + run.attrs["rejected"]
    again = simulate(one_compartment(), "10 mg daily", days=3, max_steps=steps + 1)
    assert again.attrs["steps"] == run.attrs["steps"]
    failure(one_compartment(), regimen="10 mg daily", days=3, max_steps=steps - 1)


def test_a_budget_of_seconds() -> None:
    """Oscillations for two centuries, stiff by their frequency; the run ends in the middle."""
    fast = Problem("fast", lambda t, y: [6000 * y[1], -6000 * y[0]], [1, 0]).model
    simulate(fast, days=1)  # loading what is compiled takes seconds of its own
    error = failure(fast, days=70_000, max_seconds=0.5)
    assert error.state["cause"] == "the budget of 0.5 s is used up"
    assert 0 < error.state["time"] < 70_000
    angle = 6000 * error.state["time"]
    assert error.state["states"]["y1"] == pytest.approx(math.cos(angle), abs=0.05)


def test_a_first_pass_that_would_have_been_made_again_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is fed at 6000 a day is sized far too large at first: its states are no good numbers."""
    fast = Problem("fast", lambda t, y: [6000 * y[1], -6000 * y[0]], [1, 0]).model
    monkeypatch.setattr("pdmodel.engine.runs.one_patient._STEPS_A_LOOK", 100)
    error = failure(fast, days=70_000, max_seconds=1e-9)
    assert "in a first pass with rough tolerances" in error.state["cause"]


def test_time_and_state_of_a_failure_belong_together() -> None:
    """What a budget of steps cut short goes on from there to where the whole run ends."""
    problem, days = problems.oregonator(), 360.0
    whole = simulate(problem.model, days=days, times=[days], rtol=1e-9, atol=1e-10)
    error = failure(problem.model, days=days, rtol=1e-9, atol=1e-10, max_steps=1500)
    left = days - error.state["time"]
    assert 0 < left < days
    rest = Problem("rest", problem.right, list(error.state["states"].values()))
    ended = simulate(rest.model, days=left, times=[left], rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(ended["state_values"], whole["state_values"], rtol=1e-6)


@pytest.mark.parametrize("model", [POLE, LOGARITHM], ids=lambda model: model.name)
def test_a_failure_can_be_replayed(model: Model) -> None:
    """From its state and parameters it fails again at once, by a step or a number."""
    first = failure(model)
    rate = next(iter(model.odes.values()))
    start = first.state["states"]["x"]
    again = failure(rate_of_change(lambda x, k, t: rate, initial=start, name=model.name),
                    patient=first.state["parameters"])  # fmt: skip
    assert {first.state["cause"], again.state["cause"]} <= {COLLAPSED, NO_NUMBER}
    assert again.state["time"] < 1e-6
    kernels = compile_model(model).bind(first.state["parameters"])
    assert abs(kernels.rate(first.state["time"], np.array([start]))[0]) > 10


def test_a_failure_survives_another_process() -> None:
    """Text, state and type are kept by pickling."""
    error = failure(POLE)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is SimulationError
    assert (str(again), again.state) == (str(error), error.state)


def test_a_failed_run_leaves_nothing_behind() -> None:
    """Neither numbers nor a broken engine: the same prepared model runs right after it."""
    prepared = prepare(POLE, days=2)
    with pytest.raises(SimulationError, match=r"failed at day 0\.5"):
        prepared.run({"k": 2})
    values = prepared.run({"k": 0.25})
    np.testing.assert_allclose(values[:, 0], 1 / (1 - 0.25 * prepared.times), rtol=1e-5)


def test_negative_concentrations_are_reported() -> None:
    """A rate of loss that does not know when the drug is used up; how far it went is in the run."""
    constant_loss = rate_of_change(lambda x, k, t: -k, initial=2.0)
    run = simulate(constant_loss, daily(1, "d", unit="1", start=4, stop=5), days=5)
    assert run.attrs["most_negative"] == pytest.approx(-2)
    assert run.attrs["most_negative_state"] == "x"


def test_the_lowest_value_counts_within_steps_that_are_not_asked_for() -> None:
    """Only the end is asked for; the state was negative before."""
    dips = rate_of_change(lambda x, k, t: 2 * k**2 * t - 2 * k, initial=0.5)
    run = simulate(dips, days=3, times=[3])
    assert float(run["x"][0]) == pytest.approx(3.5)
    assert -0.5001 < run.attrs["most_negative"] < -0.3
