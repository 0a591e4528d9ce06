"""Records against closed forms and against the same doses written one by one, in a linear model."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

from pdmodel.dosing import Action, Events, Record
from pdmodel.dosing.action import delivered, snap
from tests.dosing.linear_model import KA, K, carry_out

DAYS = np.linspace(0, 4, 33)


def run(*records: Record) -> np.ndarray:
    """Return the states under some records over four days."""
    return carry_out(Events(records).actions(5), DAYS)


def plasma_bolus(amount: float, days: np.ndarray) -> np.ndarray:
    """Return the plasma after a bolus into it; nothing before."""
    return np.where(days >= 0, amount * np.exp(-K * np.maximum(days, 0)), 0.0)


def bateman(amount: float, days: np.ndarray) -> np.ndarray:
    """Return the plasma after a bolus into the depot."""
    late = np.maximum(days, 0)
    return amount * KA / (KA - K) * (np.exp(-K * late) - np.exp(-KA * late))


def infused(amount: float, length: float, days: np.ndarray) -> np.ndarray:
    """Return the plasma during and after an infusion into it."""
    on, off = np.clip(days, 0, length), np.maximum(days - length, 0)
    return amount / length / K * (1 - np.exp(-K * on)) * np.exp(-K * off)


def test_additional_doses() -> None:
    """The sum of Bateman functions."""
    states = run(Record(0, amount=100, compartment="1", interval=1, additional=2))
    np.testing.assert_allclose(
        states[:, 1], sum(bateman(100, DAYS - n) for n in range(3)), rtol=1e-9, atol=1e-12
    )


def test_lag_and_bioavailability() -> None:
    """A part of the bolus, later; at the moment it arrives it is there."""
    states = run(Record(0, amount=100, compartment="2", lag=0.5, bioavailability=0.4))
    np.testing.assert_allclose(states[:, 1], plasma_bolus(40, DAYS - 0.5), rtol=1e-9)


@pytest.mark.parametrize(
    ("given_by", "length"), [({"rate": 200.0}, 0.25), ({"duration": 0.5}, 0.5)]
)
def test_what_is_in_the_data_stays_fixed(given_by: dict[str, Any], length: float) -> None:
    """F = 0.5 halves the duration where RATE is given, and the rate where DUR is."""
    record = Record(0, amount=100, compartment="2", bioavailability=0.5, **given_by)
    states = run(record)
    np.testing.assert_allclose(states[:, 1], infused(50, length, DAYS), rtol=1e-9, atol=1e-12)


def test_steady_state_of_boluses_with_lag() -> None:
    """The geometric series, seen `lag` before a dose."""
    record = Record(0, amount=100, compartment="2", steady=1, interval=0.5, lag=0.125)
    trough = 100 / (math.exp(K * 0.5) - 1)
    expected = plasma_bolus(trough * math.exp(K * 0.125), DAYS) + plasma_bolus(100, DAYS - 0.125)
    np.testing.assert_allclose(run(record)[:, 1], expected, rtol=1e-9)


def test_steady_state_of_infusions_longer_than_the_interval() -> None:
    """The sum over all infusions since long ago; those that run at the record run on."""
    record = Record(0, amount=100, compartment="2", steady=1, interval=0.5, duration=1.25)
    past = np.arange(-60, 1) * 0.5
    expected = sum(infused(100, 1.25, DAYS - start) for start in past)
    np.testing.assert_allclose(run(record)[:, 1], expected, rtol=1e-9)


def test_constant_infusion_ends_at_its_record() -> None:
    """Rate over clearance, then exponential decay."""
    states = run(Record(0, amount=0, rate=24, compartment="2", steady=1))
    np.testing.assert_allclose(states[:, 1], plasma_bolus(24 / K, DAYS), rtol=1e-9)


def test_a_steady_state_on_top_of_another() -> None:
    """SS=2 adds, SS=1 replaces."""
    one: dict[str, Any] = {"amount": 100, "compartment": "2", "interval": 0.5, "additional": 20}
    trough = 100 / (math.exp(K * 0.5) - 1)
    both = carry_out(
        Events((Record(0, steady=1, **one), Record(0, steady=2, **one))).actions(1), [0]
    )
    again = carry_out(
        Events((Record(0, steady=1, **one), Record(0, steady=1, **one))).actions(1), [0]
    )
    assert both[0, 1] == pytest.approx(2 * (trough + 100))
    assert again[0, 1] == pytest.approx(trough + 100)


def test_reset_and_dose() -> None:
    """Only what comes after the reset is there."""
    first = Record(0, amount=100, compartment="2", duration=3, interval=0.5, additional=9)
    again = Record(1, evid=4, amount=50, compartment="2")
    states = run(first, again)
    late = DAYS >= 1
    np.testing.assert_allclose(states[late, 1], plasma_bolus(50, DAYS - 1)[late], rtol=1e-9)
    before = infused(100, 3, DAYS) + infused(100, 3, DAYS - 0.5)
    np.testing.assert_allclose(states[~late, 1], before[~late], rtol=1e-9, atol=1e-12)


def test_replace_and_multiply() -> None:
    """EVID 5 sets an amount, EVID 6 scales it."""
    states = run(Record(1, evid=5, amount=80, compartment="2"), Record(2, 6, 0.5, "2"))
    expected = plasma_bolus(80, DAYS - 1) * np.where(DAYS >= 2, 0.5, 1)
    np.testing.assert_allclose(states[:, 1], expected, rtol=1e-9)


@given(
    interval=st.floats(0.1, 2), lag=st.floats(0, 5), place=st.sampled_from(["1", "2"]),
    length=st.one_of(st.just(0.0), st.floats(0.05, 5)), start=st.floats(0, 2),
)  # fmt: skip
def test_steady_state_is_what_many_doses_lead_to(
    interval: float, lag: float, length: float, place: str, start: float
) -> None:
    """SS=1 is the end of a long row of the same doses, with any lag and any overlap."""
    dose: dict[str, Any] = {
        "amount": 100,
        "compartment": place,
        "duration": length,
        "lag": lag,
        "interval": interval,
    }
    short = Events((Record(start, steady=1, additional=2, **dose),))
    earlier = math.ceil(30 / interval)
    long = Events((Record(0, additional=earlier + 2, **dose),))
    shift = earlier * interval - start
    looked = np.sort(start + np.array([0.013, 0.31, 1.07, 2.9, 6.1]))
    # A look within rounding of a jump sees either side of it.
    jumps = [action.time for action in short.actions(99)]
    if min(abs(jump - look) for jump in jumps for look in looked) < 1e-6:
        return
    one = carry_out(short.actions(99), looked)
    two = carry_out(long.actions(199), looked + shift)
    np.testing.assert_allclose(one, two, rtol=1e-5, atol=1e-5)


amounts = st.floats(0.01, 1e4)
lengths = st.one_of(st.just(0.0), st.floats(0.001, 6))


@st.composite
def records(draw: st.DrawFn) -> Record:
    """Draw a record of any kind."""
    time = draw(st.one_of(st.integers(0, 20).map(float), st.floats(0, 20)))
    place = draw(st.sampled_from(["", "1", "gut"]))
    evid = draw(st.sampled_from([0, 1, 1, 1, 1, 2, 3, 4, 5, 6]))
    if evid in (0, 2, 3):
        return Record(time, evid)
    if evid in (5, 6):
        return Record(time, evid, draw(amounts), place)
    steady = draw(st.sampled_from([0, 0, 1, 2]))
    if steady and draw(st.integers(0, 4)) == 0:
        return Record(time, evid, 0.0, place, rate=draw(amounts), steady=steady)
    infusion = draw(st.sampled_from(["rate", "duration"]))
    amount = draw(amounts)
    speed = amount / draw(st.floats(0.01, 6)) if infusion == "rate" else 0.0
    return Record(
        time, evid, amount, place, steady=steady, additional=draw(st.integers(0, 12)),
        rate=speed, duration=0.0 if speed else draw(lengths), interval=draw(st.floats(0.1, 9)),
        lag=draw(lengths), bioavailability=draw(st.floats(0, 2)),
    )  # fmt: skip


subjects = st.lists(records(), max_size=7).map(
    lambda found: Events(tuple(sorted(found, key=lambda record: record.time)))
)


@given(events=subjects, days=st.floats(0, 60))
def test_what_is_prescribed_is_delivered(events: Events, days: float) -> None:
    """Summing up the actions gives the prescribed amounts, whatever cuts or cancels them."""
    brought = delivered(events.actions(days), days)
    prescribed = {place: amount for place, amount in events.prescribed(days).items() if amount}
    assert {place for (place, _), amount in brought.items() if amount} == set(prescribed)
    for (place, unit), amount in brought.items():
        assert unit == "mg"
        assert amount == pytest.approx(prescribed.get(place, 0), rel=1e-9, abs=1e-9)


@given(record=records().filter(lambda r: r.gives and not r.steady), days=st.floats(0, 60))
def test_prescribed_by_enumeration(record: Record, days: float) -> None:
    """Each dose counts by the part of its duration that lies before the end."""
    total = 0.0
    for n in range(record.additional + 1):
        since = days - (record.time + record.lag + n * record.interval)
        length = record.infused_over
        share = min(since / length, 1) if length > 1e-6 else 1
        total += record.amount * record.bioavailability * share if since > 0 else 0
    found = Events((record,)).prescribed(days).get(record.compartment, 0)
    edge = (days - record.time - record.lag) / record.interval
    if abs(edge - round(edge)) > 1e-7:  # a dose at the end itself may fall on either side
        assert found == pytest.approx(total, rel=1e-5, abs=1e-5 * record.delivered)


@given(events=subjects, days=st.floats(0, 60))
def test_actions_are_in_order_and_in_time(events: Events, days: float) -> None:
    """Sorted, none before the first record or from the end on; a longer list only adds."""
    actions = events.actions(days)
    times = [action.time for action in actions]
    assert times == sorted(times)
    assert all(time == snap(time) and time < snap(days) for time in times)
    if events.records and times:
        assert times[0] >= snap(events.records[0].time)
    longer = events.actions(days + 7)
    assert [action for action in longer if action.time < snap(days)] == actions


@given(events=subjects)
def test_no_infusion_ends_that_does_not_run(events: Events) -> None:
    """Every end has its beginning, in the same place, with no reset in between."""
    running: dict[str, list[float]] = {}
    for action in events.actions(99):
        if _clears(action):
            running.clear()
        elif action.kind == "rate" and action.amount > 0:
            running.setdefault(action.target, []).append(action.amount)
        elif action.kind == "rate":
            assert -action.amount in running[action.target]
            running[action.target].remove(-action.amount)
    assert not any(running.values())


def _clears(action: Action) -> bool:
    return action.kind == "reset" or bool(action.steady and not action.steady.added)
