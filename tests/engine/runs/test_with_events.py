"""Events of a model: when they are executed, in which order, and what a run shows of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sympy
from scipy.integrate import solve_ivp
from sympy import And

import pdmodel
from pdmodel import Event, Mechanism, Model, Vocabulary
from pdmodel.dosing import Dose, Regimen
from pdmodel.engine import (
    Course,
    Trigger,
    flux_table,
    prepare,
    prepare_subjects,
    simulate,
    simulate_cohort,
)
from pdmodel.engine.runs.outcome import Outcome
from pdmodel.errors import InputError, SimulationError


class Pool:
    """A state `x` that is lost at the rate `loss`, two that only events change, and parameters."""

    def __init__(self) -> None:
        self.q = Vocabulary(time="day")
        self.loss = self.number("loss", 1.0, "1/day")
        self.start, self.low = self.number("start", 10.0), self.number("low", 2.0)
        self.day, self.due = self.number("day", 1.0, "day"), self.number("due", 1.0, "day")
        self.x = self.q.state("x", unit="1", initial=self.start, meaning="")
        self.a = self.q.state("a", unit="1", initial=0.0, meaning="")
        self.b = self.q.state("b", unit="1", initial=0.0, meaning="")
        self.double = self.q.auxiliary("double", unit="1", meaning="")
        self.slot = self.q.slot("pool", meaning="")

    def number(self, name: str, value: float, unit: str = "1") -> sympy.Symbol:
        """Declare a parameter."""
        return self.q.parameter(
            name, unit=unit, value=value, bounds=(-100, 100), meaning="", source="ASSUMED"
        )

    def model(self, *events: Event) -> Model:
        """Return the model with some events."""
        zero = sympy.Integer(0)
        processes = {"loss": {self.x: -self.loss * self.x}, "rest": {self.a: zero, self.b: zero}}
        mechanism = Mechanism(
            "pool", slot=self.slot, claim="", processes=processes,
            defines={self.double: 2 * self.low}, doses={"drug": self.x},
        )  # fmt: skip
        return Model("pool", self.q, [mechanism], events=events)


@pytest.fixture
def pool() -> Pool:
    """Return a pool of its own for each test."""
    return Pool()


def boluses(amount: float, *days: float) -> Regimen:
    """Return doses into `x` on some days."""
    return Regimen(doses=tuple(Dose(day, "drug", amount, "1") for day in days))


def outcome(model: Model, days: float = 10.0, times: object = None) -> Outcome:
    """Run a model as exactly as runs are that are made once."""
    prepared = prepare(model, days=days, times=times, rtol=1e-7)  # type: ignore[arg-type]
    return prepared.outcome(prepared.array(None))


def test_a_state_is_refilled_whenever_it_is_low(pool: Pool) -> None:
    """Between events the decay is exact, and each comes where the threshold is passed."""
    model = pool.model(Event("refill", pool.x < pool.low, {pool.x: 5 * pool.low}))
    times = np.linspace(0, 10, 101)
    result = outcome(model, times=times)
    period = np.log(5)
    exact = 10 * np.exp(-(times % period))
    np.testing.assert_allclose(result.values[:, 0], exact, rtol=3e-6)
    days = [event.time for event in result.events]
    np.testing.assert_allclose(days, period * np.arange(1, 7), rtol=1e-7)


def test_doses_by_events_are_those_of_a_regimen(pool: Pool) -> None:
    """An event every day that adds to a state gives what boluses give, at the very same days."""
    give = Event(
        "give", pool.q.time >= pool.due, {pool.x: pool.x + 3, pool.due: pool.due + pool.day}
    )
    times = np.linspace(0, 6, 61)
    events = simulate(pool.model(give), days=6, times=times)
    doses = simulate(
        pool.model(), boluses(3, 1, 2, 3, 4, 5, 6), days=6, times=times, at_dose="after",
    )  # fmt: skip
    np.testing.assert_allclose(events["x"], doses["x"], rtol=1e-6)


def test_a_ball_bounces_where_it_should() -> None:
    """Twelve bounces come within a ten-millionth of where mechanics has them."""
    q = Vocabulary()

    def number(name: str, value: float, unit: str) -> sympy.Symbol:
        return q.parameter(name, unit=unit, value=value, bounds=(0, 99), meaning="", source="A")

    gravity, kept, above = (
        number("g", 9.81, "m/day**2"),
        number("e", 0.9, "1"),
        number("h0", 5, "m"),
    )
    height = q.state("height", unit="m", initial=above, meaning="")
    speed = q.state("speed", unit="m/day", initial=0, meaning="")
    fall = Mechanism(
        "fall", slot=q.slot("all", meaning=""), claim="",
        processes={"fall": {height: speed, speed: -gravity}},
    )  # fmt: skip
    bounce = Event("bounce", And(height <= 0, speed < 0), {height: 0, speed: -kept * speed})
    result = outcome(Model("ball", q, [fall], events=[bounce]), days=15)
    first = np.sqrt(2 * 5 / 9.81)
    gaps = 2 * first * 0.9 ** np.arange(1, 12)
    exact = np.cumsum([first, *gaps])
    days = [event.time for event in result.events][:12]
    np.testing.assert_allclose(days, exact, rtol=1e-7)


def test_values_of_the_trigger_and_of_the_execution(pool: Pool) -> None:
    """After a delay an event puts in place what held when it was set off, or what holds now."""
    after = pool.q.time >= pool.due
    model = pool.model(
        Event("then", after, {pool.a: pool.x}, delay=2 * pool.day),
        Event("now", after, {pool.b: pool.x}, delay=2 * pool.day, values_at="execution"),
    )
    run = simulate(model, days=4, times=[2.99, 3.0, 4.0])
    np.testing.assert_allclose(run["a"], [0, 10 * np.exp(-1), 10 * np.exp(-1)], rtol=1e-6)
    np.testing.assert_allclose(run["b"], [0, 10 * np.exp(-3), 10 * np.exp(-3)], rtol=1e-6)


@pytest.mark.parametrize(
    ("add", "double", "expected"), [(1, 2, 5.0), (2, 1, 8.0), (None, 1, 5.0), (None, None, 8.0)]
)
def test_the_highest_priority_comes_first(
    pool: Pool, add: int | None, double: int | None, expected: float
) -> None:
    """Of two events at one moment that of higher priority is first; without any, as declared."""
    after, at = pool.q.time >= pool.due, "execution"
    model = pool.model(
        Event("add", after, {pool.a: pool.a + 3}, priority=add, values_at=at),
        Event("double", after, {pool.a: 2 * pool.a}, priority=double, values_at=at),
        Event("begin", pool.x > 0, {pool.a: 1}, initially=False),
    )
    assert simulate(model, days=2, times=[0, 2])["a"].values.tolist() == [1.0, expected]


def test_equal_priorities_are_drawn_and_the_same_in_every_run(pool: Pool) -> None:
    """Of two events that call each other off either comes about as often; runs are repeated."""
    due, again = pool.q.time >= pool.due, {pool.due: pool.due + pool.day / 100}
    words = {"priority": pool.low, "persistent": False}
    model = pool.model(
        Event("one", due, {pool.a: pool.a + 1, **again}, **words),
        Event("other", due, {pool.b: pool.b + 1, **again}, **words),
    )
    result = outcome(model, days=3)
    assert len(result.events) == 201
    assert 70 < result.values[-1][1] < 130
    assert [event.name for event in outcome(model, days=3).events] == [
        event.name for event in result.events
    ]


def test_rounding_sets_nothing_off_and_ends(pool: Pool) -> None:
    """What stands exactly on a border, or within rounding of it, is neither passed nor endless."""
    third = sympy.Rational(1, 3) * pool.low
    model = pool.model(
        Event("put there", pool.x <= third + pool.low / 10, {pool.x: third + pool.low / 10}),
        Event("above", pool.x > third + pool.low / 10, {pool.a: pool.a + 1}),
        Event("small", pool.x * pool.low < 4 * pool.low - sympy.Float(1e-9), {pool.b: pool.b + 1}),
    )
    result = outcome(model, days=9)
    assert result.failure is None
    names = [event.name for event in result.events]
    assert names.count("small") == 1
    assert names.count("above") == 0


def test_one_event_sets_off_the_next_at_the_same_moment(pool: Pool) -> None:
    """A chain of events is executed within one moment, and a row there shows its end."""
    model = pool.model(
        Event("third", pool.b >= 1, {pool.x: 7}),
        Event("second", pool.a >= 1, {pool.b: 1}),
        Event("first", pool.q.time >= pool.due, {pool.a: 1}),
    )
    result = outcome(model, days=2, times=[1.0])
    assert [(event.name, event.time) for event in result.events] == [
        ("first", 1.0), ("second", 1.0), ("third", 1.0),
    ]  # fmt: skip
    assert result.values[0].tolist() == [7.0, 1.0, 1.0]


def test_what_is_not_persistent_is_called_off(pool: Pool) -> None:
    """Where the condition is false again before the delay is over only a persistent event comes."""
    short = And(pool.q.time >= pool.due, pool.q.time <= 1.5 * pool.due)
    model = pool.model(
        Event("kept", short, {pool.a: 1}, delay=pool.day),
        Event("lost", short, {pool.b: 1}, delay=pool.day, persistent=False),
    )
    run = simulate(model, days=3, times=[3.0])
    assert (float(run["a"][0]), float(run["b"][0])) == (1.0, 0.0)


def test_what_is_true_at_the_beginning(pool: Pool) -> None:
    """A condition true at day 0 sets an event off only if it counts as false before the run."""
    model = pool.model(
        Event("from the start", pool.x > pool.low, {pool.a: 1}, initially=False),
        Event("not yet", pool.x > pool.low, {pool.b: 1}),
    )
    run = simulate(model, days=1, times=[0, 1])
    assert run["a"].values.tolist() == [1.0, 1.0]
    assert run["b"].values.tolist() == [0.0, 0.0]


def test_a_row_at_the_moment_of_an_event(pool: Pool) -> None:
    """Of `>=` it shows what follows; `>` holds only after it, and `at_dose="after"` shows that."""
    model = pool.model(
        Event("at", pool.q.time >= pool.due, {pool.a: 1}),
        Event("after", pool.q.time > pool.due, {pool.b: 1}),
    )
    before = simulate(model, days=2, times=[1.0, 2.0])
    after = simulate(model, days=2, times=[1.0, 2.0], at_dose="after")
    assert before["a"].values.tolist() == after["a"].values.tolist() == [1.0, 1.0]
    assert before["b"].values.tolist() == [0.0, 1.0]
    assert after["b"].values.tolist() == [1.0, 1.0]


def test_constants_follow_a_parameter_that_an_event_sets(pool: Pool) -> None:
    """Rates and derived constants use the new value; the result keeps the course of it."""
    model = pool.model(
        Event("faster", pool.q.time >= pool.due, {pool.loss: 3 * pool.loss, pool.low: 4})
    )
    run = simulate(model, days=3, quantities=["x", "double"])
    late = run["time"].values >= 1.0 + 1e-9
    exact = 10 * np.exp(-1 - 3 * (run["time"].values[late] - 1))
    np.testing.assert_allclose(run["x"].values[late], exact, rtol=1e-6)
    assert set(run["double"].values[late]) == {8.0}
    assert run["changing_values"].sel(changing="loss").values[[0, -1]].tolist() == [1.0, 3.0]
    flux = flux_table(run, "x")["loss"].to_numpy()
    np.testing.assert_allclose(flux[late], -3 * exact, rtol=1e-6)


def test_events_see_doses(pool: Pool) -> None:
    """A dose that lifts a state over a threshold sets an event off at the moment it is given."""
    over = pool.number("over", 12.0)
    model = pool.model(Event("seen", pool.x > over, {pool.a: pool.a + 1}))
    run = simulate(model, boluses(5, 1, 3), days=5, times=[0.9, 1.0, 1.1, 3.5])
    assert run["a"].values.tolist() == [0.0, 0.0, 0.0, 0.0]
    more = simulate(model, boluses(20, 1, 3), days=5, times=[0.9, 1.0, 1.1, 3.5])
    assert more["a"].values.tolist() == [0.0, 0.0, 1.0, 2.0]
    assert "seen at day 1; seen at day 3" in more.attrs["events"]


def test_events_see_what_records_set(pool: Pool) -> None:
    """A parameter that an event record changes decides conditions, and stays as it was set."""
    rows = [(1, 0.0, 0, 1.0, 2.0), (1, 2.0, 2, 5.0, 3.0), (1, 6.0, 0, 5.0, 3.0)]
    table = pd.DataFrame(rows, columns=["ID", "TIME", "EVID", "due", "low"])
    read = pdmodel.read_events(table, covariates="forward", parameters={"due": "due", "low": "low"})
    records = read.subject("1").events
    model = pool.model(
        Event("by record", pool.low >= sympy.Float(2.5), {pool.a: 1, pool.loss: 2 * pool.loss}),
        Event("by line", pool.q.time >= pool.due, {pool.b: pool.b + 1}),
    )
    run = simulate(model, records, days=6, quantities=["a", "b", "double"], times=[1, 3, 5.5])
    assert run["a"].values.tolist() == [0.0, 1.0, 1.0]
    assert run["b"].values.tolist() == [1.0, 1.0, 2.0]
    assert run["double"].values.tolist() == [4.0, 6.0, 6.0]


def test_extremes_see_both_sides_of_an_event(pool: Pool) -> None:
    """The lowest value is that just before a refill, on its day."""
    model = pool.model(Event("refill", pool.x < pool.low, {pool.x: 5 * pool.low}))
    run = simulate(model, days=3, times=[0, 3.0], extremes=True)
    np.testing.assert_allclose(run["x"].attrs["lowest"], 2.0, rtol=1e-6)
    np.testing.assert_allclose(run["x"].attrs["lowest_day"], np.log(5), rtol=1e-6)


def test_default_rows_show_both_sides_of_an_event(pool: Pool) -> None:
    """Two rows an instant apart hold the values before and after."""
    model = pool.model(Event("refill", pool.x < pool.low, {pool.x: 5 * pool.low}))
    run = simulate(model, days=2)
    row = int(np.argmin(np.diff(run["time"].values)))
    np.testing.assert_allclose(run["x"].values[row : row + 2], [2.0, 10.0], rtol=1e-6)


def test_what_cannot_go_on_says_why(pool: Pool) -> None:
    """Events without end, a negative delay and a value that is no number end the run with words."""
    flip = Event("flip", pool.a < 1, {pool.a: 1}, initially=False)
    flop = Event("flop", pool.a >= 1, {pool.a: 0})
    with pytest.raises(SimulationError, match="set each other off without end"):
        outcome(pool.model(flip, flop))
    early = Event("early", pool.q.time >= pool.due, {pool.a: 1}, delay=-pool.day)
    with pytest.raises(SimulationError, match="event 'early': its delay is -1"):
        outcome(pool.model(early))
    wrong = Event("wrong", pool.q.time >= pool.due, {pool.a: 1 / pool.b})
    with pytest.raises(SimulationError, match="event 'wrong' gives a the value inf"):
        outcome(pool.model(wrong))


def test_who_cannot_follow_events_refuses_them(pool: Pool) -> None:
    """Triggers, and SciPy where conditions switch rates, name the events they cannot follow."""
    model = pool.model(Event("refill", pool.x < pool.low, {pool.x: 5 * pool.low}))
    (mechanism,) = model.mechanisms
    switched = sympy.Piecewise((pool.loss * pool.x, pool.x > 3), (pool.loss, True))
    other = replace(mechanism, processes={**mechanism.processes, "more": {pool.x: -switched}})
    both = Model("switched", pool.q, [other], events=model.events)
    with pytest.raises(InputError, match=r"has events \(refill\), which the engine 'scipy'"):
        simulate(both, days=2, engine="scipy")
    with pytest.raises(InputError, match="a run with triggers cannot follow"):
        simulate(model, days=2, triggers=[Trigger("x", below=1)])


def test_patients_of_a_cohort_have_events_of_their_own(pool: Pool) -> None:
    """Each is what a run of its own gives, for any number of threads; one that fails is named."""
    model = pool.model(
        Event("refill", pool.x < pool.low, {pool.x: 5 * pool.low}),
        Event("never", pool.loss > 5 / pool.day, {pool.a: 1 / pool.b}, initially=False),
    )
    losses = [0.3, 1.0, 9.0, 2.0]
    runs = [
        simulate_cohort(
            model, boluses(3, 2), {"loss": losses}, days=5, times=[1, 2.5, 5], threads=n
        )
        for n in (1, 2)
    ]
    assert runs[0].identical(runs[1])
    for patient, loss in enumerate(losses):
        if loss < 5:
            own = prepare(model, boluses(3, 2), days=5, times=[1, 2.5, 5]).run({"loss": loss})
            assert runs[0]["x"].values[patient].tolist() == own[:, 0].tolist()
    assert "event 'never' gives a the value inf" in str(runs[0]["reason"].values[2])
    assert np.isnan(runs[0]["x"].values[2]).all()


def test_subjects_have_events_between_their_own_rows(pool: Pool) -> None:
    """Subjects with schedules of their own are what single runs are; who fails stops no other."""
    model = pool.model(
        Event("refill", pool.x < pool.low, {pool.x: 5 * pool.low}),
        Event("never", pool.loss > 5 / pool.day, {pool.a: 1 / pool.b}, initially=False),
    )
    times = np.array([0.5, 3.0, 4.0])
    courses = [Course(boluses(3, day), times, np.zeros(3, dtype=bool)) for day in (1.0, 2.0)]
    subjects = prepare_subjects(model, courses, quantities=["x"])
    points = np.stack([subjects.array({"loss": loss}) for loss in (0.7, 9.0)])
    result = subjects.run(points)
    own = prepare(model, boluses(3, 1.0), days=4, times=[0.5, 3.0, 4.0], quantities=["x"])
    assert result.values[0].tolist() == own.run({"loss": 0.7}).tolist()
    assert "event 'never'" in str(result.failures[1])


@pytest.mark.parametrize("method", ["LSODA", "Radau", "DOP853"])
def test_engines_agree_on_events(pool: Pool, method: str) -> None:
    """SciPy's engine executes the same events on the same days, and shows the same rows."""
    low = pool.x < pool.low
    model = pool.model(
        Event("refill", low, {pool.x: pool.start, pool.loss: 0.8 * pool.loss}, priority=1),
        Event("late", low, {pool.a: pool.a + pool.x}, delay=pool.day / 3, values_at="execution"),
        Event("by the clock", pool.q.time > pool.due, {pool.b: pool.x, pool.due: 2 * pool.due}),
    )
    given: dict[str, Any] = {"days": 6, "quantities": ["x", "a", "b", "double"], "rtol": 1e-9}
    ours = simulate(model, boluses(3, 1, 2.2), **given)
    theirs = simulate(model, boluses(3, 1, 2.2), engine="scipy", method=method, **given)
    assert ours.attrs["events"] == theirs.attrs["events"]
    assert ours.attrs["events"].count(" at day ") >= 6
    np.testing.assert_allclose(theirs["time"], ours["time"], rtol=1e-8)
    for name in (*given["quantities"], "changing_values"):
        np.testing.assert_allclose(theirs[name], ours[name], rtol=1e-6, atol=1e-8)


def test_events_are_where_an_independent_integrator_has_them() -> None:
    """Harvests of a prey, each of which slows its growth: SciPy's roots, with its own restarts."""
    q = Vocabulary()

    def number(name: str, value: float, unit: str = "1/day") -> sympy.Symbol:
        return q.parameter(name, unit=unit, value=value, bounds=(0, 99), meaning="", source="A")

    growth, loss, most = number("growth", 1.1), number("loss", 0.4), number("most", 4, "1")
    prey = q.state("prey", unit="1", initial=most / 2, meaning="")
    hunters = q.state("hunters", unit="1", initial=most / 4, meaning="")
    eaten = loss * prey * hunters
    mechanism = Mechanism(
        "hunt", slot=q.slot("all", meaning=""), claim="",
        processes={
            "growth": {prey: growth * prey}, "hunt": {prey: -eaten, hunters: eaten / 4},
            "death": {hunters: -loss * hunters},
        },
    )  # fmt: skip
    harvest = Event("harvest", prey > most, {prey: prey / 3, growth: 0.9 * growth})
    result = outcome(Model("hunt", q, [mechanism], events=[harvest]), days=20)
    state, rate, time, days = np.array([2.0, 1.0]), 1.1, 0.0, []
    while time < 20:

        def rates(_: float, y: np.ndarray, a: float = rate) -> list[float]:
            return [a * y[0] - 0.4 * y[0] * y[1], 0.1 * y[0] * y[1] - 0.4 * y[1]]

        def above(_: float, y: np.ndarray) -> float:
            return float(y[0] - 4.0)

        above.terminal, above.direction = True, 1.0  # type: ignore[attr-defined]
        solved = solve_ivp(rates, (time, 20), state, "DOP853", events=above, rtol=1e-11, atol=1e-12)
        time, state = float(solved.t[-1]), solved.y[:, -1]
        if solved.status == 1:
            days.append(time)
            state, rate = np.array([state[0] / 3, state[1]]), 0.9 * rate
    assert len(days) >= 3
    np.testing.assert_allclose([event.time for event in result.events], days, rtol=1e-6)
    np.testing.assert_allclose(result.end, state, rtol=2e-6)
