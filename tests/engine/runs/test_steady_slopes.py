"""Slopes of steady states: closed forms, differences of runs, and what leads to none."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from pdmodel.dosing import Action, SteadyState
from pdmodel.engine import Course, check_gradient, prepare, prepare_subjects
from pdmodel.errors import SimulationError
from pdmodel.model import Model
from tests.engine.timetables import Given
from tests.toys import one_compartment, rate_of_change
from tests.toys.switches import moving

K, KA = 0.7, 5.0
ONE = one_compartment()
FINE: dict[str, Any] = {"rtol": 1e-10, "atol": 1e-12}


def steady(target: str, doses: SteadyState, unit: str = "mg") -> Given:
    """Return a series of doses seen at day 0."""
    return Given(Action(0, "steady", target, unit=unit, steady=doses))


def bolus(amount: float, interval: float, **others: Any) -> SteadyState:
    """Return boluses for ever."""
    return SteadyState(amount, 0.0, interval, 0.0, **others)


def infusion(amount: float, duration: float, interval: float, **others: Any) -> SteadyState:
    """Return infusions for ever."""
    return SteadyState(amount, duration, interval, amount / duration, **others)


def slopes(model: Model, given: Given, by: list[str], **values: float) -> np.ndarray:
    """Return the slopes of all states right after what happens at day 0, (n_states, n_by)."""
    names = [state.name for state in model.states]
    run = prepare(model, given, days=1, times=[0], at_dose="after", quantities=names, **FINE)
    return run.run_sensitivities(values, by)[1][0]


@pytest.mark.parametrize("interval", [0.25, 1.0, 7.0])
def test_boluses_have_a_closed_form(interval: float) -> None:
    """Of `D q/(1 - q)` with q = exp(-k tau): by k `-tau D q/(1 - q)^2`, by the dose itself."""
    found = slopes(ONE, steady("iv", bolus(10, interval)), ["k", "dose:iv", "initial:plasma"])
    q = math.exp(-K * interval)
    wanted = [-interval * 10 * q / (1 - q) ** 2, 10 * q / (1 - q), 0.0]
    np.testing.assert_allclose(found[1], wanted, rtol=1e-7)
    assert not found[0].any()


def test_a_constant_infusion_has_a_closed_form() -> None:
    """Of `R/k`: by k `-R/k^2`, by the dose `R/k`; the gut is not moved."""
    found = slopes(ONE, steady("iv", SteadyState(0.0, 0.0, 0.0, 6.0)), ["k", "dose:iv"])
    wanted = np.array([[0.0, 0.0], [-6 / K**2, 6 / K]])
    np.testing.assert_allclose(found, wanted, rtol=1e-7, atol=1e-12)


def test_a_slow_constant_infusion_has_one_too() -> None:
    """Where a day moves next to nothing a longer interval is taken, and so for its slopes."""
    found = slopes(ONE, steady("iv", SteadyState(0.0, 0.0, 0.0, 6.0)), ["k"], k=1e-5)
    assert found[1, 0] == pytest.approx(-6e10, rel=1e-6)


SERIES = {
    "boluses by mouth": ("oral", bolus(10, 0.4)),
    "a lag before the dose": ("oral", bolus(10, 1.0, wait=0.3)),
    "infusions": ("iv", infusion(10, 0.25, 1.0)),
    "infusions longer than the interval": ("iv", infusion(10, 1.7, 1.0)),
    "added to what is there": ("iv", bolus(10, 1.0, added=True)),
}


@pytest.mark.parametrize("name", SERIES)
def test_kinds_of_doses_agree_with_differences(name: str) -> None:
    """From the series on and through a day after it, by every parameter of the model."""
    table = check_gradient(
        ONE, steady(*SERIES[name]), days=1, by=["ka", "k", "volume"], times=[0.2, 0.9],
        quantities=["gut", "concentration"],
    )  # fmt: skip
    assert table["deviation"].max() < 1e-6
    assert table["largest"].max() > 0.5


def test_what_is_not_linear_agrees_with_differences() -> None:
    """A state with a baseline and saturable loss, and one that follows it by a square."""
    model = moving(
        {
            "x": ("start", lambda y, p, t: p["k"] * (p["start"] - y["x"] / (1 + y["x"]))),
            "z": (0.0, lambda y, p, t: p["k"] * (y["x"] ** 2 - p["loss"] * y["z"])),
        },
        k=2.0, start=0.3, loss=0.8,
    )  # fmt: skip
    given = steady("d", bolus(0.3, 1.0), "1")
    table = check_gradient(model, given, days=2, by=["k", "start", "loss"], times=[0.5, 2])
    assert table["deviation"].max() < 1e-6
    assert table["largest"].max() > 0.5


def test_what_only_adds_up_keeps_the_slopes_of_its_start() -> None:
    """An area under a curve stands at its start, a parameter: its slope there is 1."""
    model = moving(
        {
            "x": (0.0, lambda y, p, t: -p["k"] * y["x"]),
            "area": ("first", lambda y, p, t: p["k"] * y["x"]),
        },
        first=4.0,
    )  # fmt: skip
    found = slopes(model, steady("d", bolus(2, 1.0), "1"), ["k", "first", "initial:area"])
    np.testing.assert_allclose(found[1], [0, 1, 1], atol=1e-12)


def test_subjects_share_nothing_of_their_steady_states() -> None:
    """In one call each subject has the state and the slopes that a run of its own has."""
    made = [
        Course(steady("iv", bolus(amount, 1.0)), np.array([0.5]), np.array([False]))
        for amount in (10.0, 0.0, 30.0)
    ]
    made[1] = made[1]._replace(timetable="no drug")
    subjects = prepare_subjects(ONE, made, quantities=["plasma"], **FINE)
    points = np.array([[5.0, 0.5, 20], [5, 0.7, 20], [5, 0.9, 20]])
    runs = subjects.run_sensitivities(points, ["k", "dose:iv"])
    assert runs.slopes is not None
    for number, course in enumerate(made):
        alone = prepare(ONE, course.timetable, days=0.5, times=[0.5], quantities=["plasma"], **FINE)
        values, by = alone.run_sensitivities(points[number], ["k", "dose:iv"])
        np.testing.assert_array_equal(runs.values[number], values)
        np.testing.assert_array_equal(runs.slopes[number], by)
    assert runs.slopes[0][0, 0, 0] < 0


def test_no_steady_state_is_that_subject_s_failure() -> None:
    """What is not lost grows without end: the message is that of a run."""
    kept = rate_of_change(lambda x, k, t: -k * x)
    course = Course(steady("d", bolus(1, 1.0), "1"), np.array([0.5]), np.array([False]))
    runs = prepare_subjects(kept, [course, course]).run_sensitivities(
        np.array([[1.0], [0.0]]), ["k"]
    )
    assert list(runs.failures) == [1]
    assert isinstance(runs.failures[1], SimulationError)
    assert "no steady state" in str(runs.failures[1])
