"""Steady states of models that are hard to repeat: areas, rhythms, two levels, slow ones."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy

from pdmodel.dosing import Action, SteadyState
from pdmodel.engine import simulate
from pdmodel.engine.runs.steady_state import idle_states, moves_with_time
from pdmodel.engine.simulation import ENGINES
from pdmodel.errors import SimulationError
from pdmodel.model import Model
from tests.engine.timetables import Given
from tests.toys import one_compartment, rate_of_change
from tests.toys.initial_value_problems import Problem

K = 0.7
each_engine = pytest.mark.parametrize("engine", ENGINES)


def steady(target: str, doses: SteadyState, day: float = 0.0) -> Action:
    """Return the action of a series of doses, in the state's own unit."""
    return Action(day, "steady", target, unit="", steady=doses)


def reached(model: Model, engine: str, *actions: Action, day: float = 0.0) -> list[float]:
    """Return the states right after what happens at a day."""
    run = simulate(
        model, Given(*actions), days=day + 1, times=[day], at_dose="after", engine=engine
    )
    return [float(value) for value in run["state_values"].values[0]]


def bolus(amount: float, interval: float) -> SteadyState:
    """Return boluses for ever."""
    return SteadyState(amount, 0.0, interval, 0.0)


def area() -> Model:
    """Return a drug, the area under it, and the area under that."""
    return Problem("area", lambda t, y: [-y[0], y[0], y[1]], [0, 3, 0]).model


@each_engine
def test_an_area_is_left_out(engine: str) -> None:
    """The drug comes to rest; what only adds it up stays at its start, from where it goes on."""
    doses = steady("y1", bolus(10, 1))
    assert reached(area(), engine, doses) == pytest.approx([10 / (math.e - 1), 3, 0], rel=1e-8)
    run = simulate(area(), Given(doses, Action(0, "add", "y1", 10, "")), days=1, times=[1],
                   engine=engine)  # fmt: skip
    assert float(run["y2"][0]) == pytest.approx(3 + 10, rel=1e-6)


def test_what_only_adds_up_is_found_in_the_equations() -> None:
    """No rate depends on it but those of others that add up; never what gets the doses."""
    assert idle_states(area(), dosed=0).tolist() == [False, True, True]
    assert idle_states(area(), dosed=2).tolist() == [False, False, False]
    assert idle_states(one_compartment(), dosed=0).tolist() == [False, False]
    assert not moves_with_time(area())
    assert moves_with_time(Problem("rhythm", lambda t, y: [t - y[0]], [0]).model)


@each_engine
def test_parameters_are_those_of_the_moment(engine: str) -> None:
    """A rate that has doubled by day 2 counts in the steady state at day 2."""
    changed = Action(2, "set", "k", 2 * K, "")
    doses = Action(2, "steady", "iv", steady=bolus(10, 1))
    found = reached(one_compartment(), engine, Action(0, "set", "k", K, ""), changed, doses, day=2)
    assert found[1] == pytest.approx(10 * math.exp(-2 * K) / -math.expm1(-2 * K), rel=1e-7)


@each_engine
def test_growth_from_little_reaches_its_capacity(engine: str) -> None:
    """A thousandth of the capacity grows for some 40 doses before it comes to rest."""
    model = Problem("grows", lambda t, y: [0.3 * y[0] * (1 - y[0] / 10), -y[1]], [0.01, 0]).model
    found = reached(model, engine, steady("y2", bolus(1, 1)))
    assert found == pytest.approx([10, 1 / (math.e - 1)], rel=1e-6)


@each_engine
def test_growth_that_changes_alike_before_and_after_its_fastest(engine: str) -> None:
    """A change is the same 100 doses later, half on each side of half the capacity."""
    model = Problem("grows", lambda t, y: [0.0435 * y[0] * (1 - y[0] / 17.8), -y[1]], [1.78, 0])
    found = reached(model.model, engine, steady("y2", bolus(1, 0.25)))
    assert found == pytest.approx([17.8, 1 / math.expm1(0.25)], rel=1e-6)


@each_engine
def test_what_follows_a_slow_state_does_not_hide_its_level(engine: str) -> None:
    """Production close to the fastest loss: 2,000 doses are not enough, and steps lead there."""

    def right(t, y):
        follows = 0.4 * y[0] ** 2 / (50 + y[0] ** 2) - 3.4 * y[1]
        return [0.4252 - 0.4498 * y[0] / (0.5394 + y[0]), follows, -8 * y[2]]

    model = Problem("slow", right, [0, 0, 0]).model
    level = 0.5394 * 0.4252 / (0.4498 - 0.4252)
    follower = 0.4 * level**2 / (50 + level**2) / 3.4
    found = reached(model, engine, steady("y3", bolus(1, 0.5)))
    assert found == pytest.approx([level, follower, 1 / math.expm1(4)], rel=1e-6)


@each_engine
@pytest.mark.parametrize("start", [0.2, 2.5])
def test_of_two_levels_the_one_that_doses_lead_to(engine: str, start: float) -> None:
    """What makes itself stays low from a low start and high from a high one."""

    def right(t, y):
        return [0.02 + 2 * y[0] ** 2 / (1 + y[0] ** 2) - 0.8 * y[0] + 0.01 * y[1], -y[1]]

    model = Problem("two_levels", right, [start, 0]).model
    found = reached(model, engine, steady("y2", bolus(1, 1)))
    doses = [Action(n, "add", "y2", 1, "") for n in range(80)]
    long = simulate(model, Given(*doses), days=80, times=[80], rtol=1e-10)
    assert found == pytest.approx(long["state_values"].values[0], rel=1e-6)
    assert (found[0] < 0.5) == (start < 0.5)


@each_engine
def test_a_rhythm_that_fits_the_doses(engine: str) -> None:
    """Daily production, daily doses: the level at the hour of the dose is that after 60 days."""

    def right(t, y):
        return [1 + 0.8 * sympy.sin(2 * sympy.pi * t) - 0.5 * y[0]]

    model = Problem("rhythm", right, [0]).model
    found = reached(model, engine, steady("y1", bolus(2, 1), day=0.25), day=0.25)
    doses = [Action(n + 0.25, "add", "y1", 2, "") for n in range(60)]
    long = simulate(model, Given(*doses), days=60.25, times=[60.25], rtol=1e-10)
    assert found == pytest.approx(long["state_values"].values[0], rel=1e-6)


@each_engine
def test_a_rhythm_that_does_not_fit_the_doses_is_refused(engine: str) -> None:
    """Every interval differs from the next: there is no steady state, and the message says so."""
    model = Problem("odd", lambda t, y: [1 + sympy.sin(2 * sympy.pi * t / 0.7) - y[0]], [0]).model
    with pytest.raises(SimulationError, match="hold the time, and 'y1' differs"):
        reached(model, engine, steady("y1", bolus(2, 1)))


@each_engine
@pytest.mark.parametrize("rate", [1e-5, 1e-3, 1e4])
def test_slow_and_fast_elimination(engine: str, rate: float) -> None:
    """`R/k` of a constant infusion; of boluses one time constant apart the geometric sum."""
    model = rate_of_change(lambda x, k, t: -k * x * rate, initial=0)
    constant = reached(model, engine, steady("d", SteadyState(0, 0, 0, 4)))
    assert constant[0] == pytest.approx(4 / rate, rel=1e-6)
    boluses = reached(model, engine, steady("d", bolus(3, 1 / rate)))
    assert boluses[0] == pytest.approx(3 / math.expm1(1), rel=1e-6)


@each_engine
def test_what_dwindles_ends_at_nothing(engine: str) -> None:
    """A tumour that loses a hundredth a day is gone, not negative, and not waited for."""
    model = Problem("cured", lambda t, y: [-0.01 * y[0] / (1 + y[0]), -y[1]], [50, 0]).model
    found = reached(model, engine, steady("y2", bolus(1, 1)))
    assert 0 <= found[0] < 1e-9
    assert np.isfinite(found).all()


@each_engine
def test_what_was_nothing_and_dwindles_ends_at_nothing(engine: str) -> None:
    """A pool empties through a state that begins at nothing, while a slow one comes to rest."""

    def right(t, y):
        swap = 5e5 * (y[0] - 0.57 * y[1])
        slow = 0.47 - 0.22 * 2.74 * y[2] / (2.74 + y[2])
        return [-swap, swap - 10.78 * y[1], slow - 0.022 * y[2], -y[3]]

    model = Problem("empties", right, [14.3, 0, 0, 3]).model
    found = reached(model, engine, steady("y4", bolus(3.41, 0.25)))
    assert found[:2] == pytest.approx([0, 0], abs=1e-9)
    room = 0.47 - 0.22 * 2.74 - 0.022 * 2.74
    level = (room + math.sqrt(room**2 + 4 * 0.022 * 0.47 * 2.74)) / (2 * 0.022)
    assert found[2:] == pytest.approx([level, 3.41 / math.expm1(0.25)], rel=1e-7)
