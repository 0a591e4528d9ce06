"""Event records unroll to the actions that NONMEM's rules ask for: by hand, kind by kind."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest

from pdmodel.dosing import Action, Events, Record, SteadyState, read_events
from pdmodel.errors import RegimenError

A, B = "1", "2"


def add(time: float, amount: float, place: str = A) -> Action:
    """Return a bolus."""
    return Action(time, "add", place, amount)


def rate(time: float, change: float, place: str = A) -> Action:
    """Return a change of an infusion."""
    return Action(time, "rate", place, change)


def steady(time: float, doses: SteadyState, place: str = A) -> Action:
    """Return a steady state."""
    return Action(time, "steady", place, unit="mg", steady=doses)


def reset(time: float) -> Action:
    """Return a reset."""
    return Action(time, "reset", unit="")


def dose(time: float = 0, amount: float = 100, compartment: str = A, **more: Any) -> Record:
    """Return a dose record."""
    return Record(time, amount=amount, compartment=compartment, **more)


CASES = {
    "bolus with additional": ([dose(interval=1, additional=2)], [add(n, 100) for n in range(3)]),
    "bolus with lag and F": (
        [dose(interval=1, additional=1, lag=0.25, bioavailability=0.5)],
        [add(0.25, 50), add(1.25, 50)],
    ),
    "infusion with additional": (
        [dose(rate=200, interval=1, additional=1)],
        [rate(0, 200), rate(0.5, -200), rate(1, 200), rate(1.5, -200)],
    ),
    "F shortens an infusion of given rate": (
        [dose(rate=200, bioavailability=0.5)],
        [rate(0, 200), rate(0.25, -200)],
    ),
    "F slows an infusion of given duration": (
        [dose(duration=0.5, bioavailability=0.5)],
        [rate(0, 100), rate(0.5, -100)],
    ),
    "infusion with lag and F": (
        [dose(rate=200, lag=0.125, bioavailability=2)],
        [rate(0.125, 200), rate(1.125, -200)],
    ),
    "infusions that overlap": (
        [dose(duration=2, interval=1, additional=1)],
        [rate(0, 50), rate(1, 50), rate(2, -50), rate(3, -50)],
    ),
    "bolus, then an infusion elsewhere": (
        [dose(0, 100, B, lag=0.125), dose(0.5, 50, A, rate=100)],
        [add(0.125, 100, B), rate(0.5, 100), rate(1, -100)],
    ),
    "steady state of boluses": (
        [dose(steady=1, interval=1, additional=1)],
        [steady(0, SteadyState(100, 0, 1, 0)), add(0, 100), add(1, 100)],
    ),
    "steady state of boluses with lag": (
        [dose(steady=1, interval=1, lag=0.25, bioavailability=0.5)],
        [steady(0, SteadyState(50, 0, 1, 0, wait=0.25)), add(0.25, 50)],
    ),
    "steady state with a lag longer than the interval": (
        [dose(1, steady=1, interval=1, lag=2.25)],
        [
            steady(1, SteadyState(100, 0, 1, 0, wait=0.25)),
            add(1.25, 100), add(2.25, 100), add(3.25, 100),
        ],
    ),
    "steady state with a lag of one interval": (
        [dose(steady=1, interval=1, lag=1)],
        [steady(0, SteadyState(100, 0, 1, 0)), add(0, 100), add(1, 100)],
    ),
    "steady state of infusions with F": (
        [dose(rate=200, steady=1, interval=1, bioavailability=0.5)],
        [steady(0, SteadyState(50, 0.25, 1, 200)), rate(0, 200), rate(0.25, -200)],
    ),
    "steady state of infusions with lag": (
        [dose(rate=200, steady=1, interval=1, lag=0.75)],
        [
            steady(0, SteadyState(100, 0.5, 1, 200, wait=0.75)),
            rate(0, 200), rate(0.25, -200), rate(0.75, 200), rate(1.25, -200),
        ],
    ),
    "steady state, interval shorter than the infusion": (
        [dose(duration=2.5, steady=1, interval=1)],
        [
            steady(0, SteadyState(100, 2.5, 1, 40)),
            *[rate(0, 40)] * 3, rate(0.5, -40), rate(1.5, -40), rate(2.5, -40),
        ],
    ),
    "steady state, interval as long as the infusion": (
        [dose(duration=1, steady=1, interval=1)],
        [steady(0, SteadyState(100, 1, 1, 100)), rate(0, 100), rate(1, -100)],
    ),
    "constant infusion": (
        [dose(1, 0, rate=24, steady=1)],
        [steady(1, SteadyState(0, 0, 0, 24))],
    ),
    "steady states one on the other": (
        [dose(steady=1, interval=1, additional=1), dose(0.5, 50, steady=2, interval=1)],
        [
            steady(0, SteadyState(100, 0, 1, 0)), add(0, 100),
            steady(0.5, SteadyState(50, 0, 1, 0, added=True)), add(0.5, 50), add(1, 100),
        ],
    ),
    "a steady state cancels what is to come": (
        [dose(duration=2, interval=1, additional=5, lag=0.5), dose(2, steady=1, interval=1)],
        [
            rate(0.5, 50), rate(1.5, 50),
            steady(2, SteadyState(100, 0, 1, 0)), add(2, 100),
        ],
    ),
    "reset": (
        [dose(duration=1, interval=1, additional=3), Record(1.5, 3), dose(2)],
        [rate(0, 100), rate(1, -100), rate(1, 100), reset(1.5), add(2, 100)],
    ),
    "reset and dose; its additional doses reset nothing": (
        [dose(interval=1, additional=9), dose(1.5, 50, evid=4, interval=1, additional=1)],
        [add(0, 100), add(1, 100), reset(1.5), add(1.5, 50), add(2.5, 50)],
    ),
    "reset and dose with steady state and lag": (
        [dose(evid=4, steady=1, interval=1, lag=0.25)],
        [reset(0), steady(0, SteadyState(100, 0, 1, 0, wait=0.25)), add(0.25, 100)],
    ),
    "a late dose does not survive a reset": ([dose(lag=1), Record(0.5, 3)], [reset(0.5)]),
    "replace and multiply": (
        [Record(1, 5, 7, B), Record(2, 6, 0.5, A)],
        [Action(1, "replace", B, 7), Action(2, "multiply", A, 0.5, "")],
    ),
    "nothing arrives": ([dose(bioavailability=0), Record(1, 0), Record(2, 2)], []),
    "covariates": (
        [
            dose(1, parameters={"weight": 70}), dose(2, parameters={"weight": 70}),
            Record(3, 2, parameters={"weight": 65}),
        ],
        [
            Action(0, "set", "weight", 70, ""), add(1, 100), add(2, 100),
            Action(3, "set", "weight", 65, ""),
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_actions_by_hand(name: str) -> None:
    """Each kind of record, up to day 10."""
    records, expected = CASES[name]
    assert Events(tuple(records)).actions(10) == expected


def test_rates_deliver_whole_amounts() -> None:
    """An infusion whose end is rounded to a moment still brings its amount."""
    (begin, end) = Events((dose(duration=1 / 3),)).actions(1)
    assert end.time == round(1 / 3, 9)
    assert begin.amount * (end.time - begin.time) == pytest.approx(100, rel=1e-15)
    assert begin.amount == pytest.approx(300, rel=1e-8)


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        # An infusion's end and an additional dose come before the records of their time.
        (
            [dose(duration=1, interval=1, additional=1), dose(1, 5, B)],
            [rate(0, 100), rate(1, -100), rate(1, 100), add(1, 5, B), rate(2, -100)],
        ),
        # Records of one time keep their order.
        ([dose(1, 5), Record(1, 3), dose(1, 7)], [add(1, 5), reset(1), add(1, 7)]),
        ([dose(1, 5), dose(1, 7), Record(1, 3)], [add(1, 5), add(1, 7), reset(1)]),
        # What an earlier record would bring at the moment of a reset is cancelled.
        ([dose(interval=1, additional=1), Record(1, 3)], [add(0, 100), reset(1)]),
        (
            [dose(0.1, interval=0.1, additional=3), Record(0.3, 3)],
            [add(0.1, 100), add(0.2, 100), reset(0.3)],
        ),
        # An infusion that begins where it is stopped brings nothing.
        ([dose(1, duration=1), Record(1, 3)], [reset(1)]),
        # An infusion that ends at the reset has ended.
        ([dose(duration=1), Record(1, 3)], [rate(0, 100), rate(1, -100), reset(1)]),
    ],
)  # fmt: skip
def test_equal_times(records: list[Record], expected: list[Action]) -> None:
    """What is left over from earlier records, then the records as they stand."""
    assert Events(tuple(records)).actions(10) == expected


SEEN = Record(1, 0)


@pytest.mark.parametrize(
    ("records", "position", "after"),
    [
        ([dose(1), SEEN], 1, True),
        ([SEEN, dose(1)], 0, False),
        ([dose(0, interval=1, additional=1), SEEN], 1, True),
        ([dose(0, lag=1), SEEN], 1, True),
        ([dose(0), SEEN], 1, True),
        ([dose(0.5, duration=0.5), SEEN], 1, True),
        ([SEEN, Record(1, 3)], 0, False),
        ([Record(0.7 + 0.2 + 0.1, 0), dose(1)], 0, False),
    ],
)
def test_record_order_says_which_side_of_a_dose(
    records: list[Record], position: int, after: bool
) -> None:
    """A trough is written before its dose; additional and late doses come first."""
    assert Events(tuple(records)).sees_dose(position) is after


def test_an_observation_between_two_doses_is_refused() -> None:
    """There are only two sides of a time."""
    events = Events((dose(1), SEEN, dose(1, compartment=B)))
    with pytest.raises(RegimenError, match="day 1 stands between two events"):
        events.sees_dose(1)


def test_what_is_left_out_of_a_short_run() -> None:
    """Nothing at or after the last day; infusions count as far as they ran."""
    events = Events((dose(rate=100, interval=2, additional=5, compartment=B), dose(3, 7)))
    assert events.actions(2) == [rate(0, 100, B), rate(1, -100, B)]
    assert events.prescribed(2.5) == {B: 150}
    assert events.prescribed(3) == {B: 200}
    assert events.prescribed(3.5) == {B: 200, A: 7}
    assert events.prescribed(0) == {}


def test_prescribed_stops_at_a_reset() -> None:
    """What a reset cancels or cuts is not prescribed any more."""
    events = Events((dose(duration=1, interval=1, additional=9), Record(1.25, 3), dose(2, 5, B)))
    assert events.prescribed(99) == {A: 125, B: 5}


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Record(-1), "TIME must be a number >= 0, got -1"),
        (lambda: Record(math.nan), "TIME must be a number >= 0, got nan"),
        (lambda: dose(amount=math.inf), "AMT must be a number >= 0, got inf"),
        (lambda: dose(lag=-1), "a lag time must be"),
        (lambda: dose(bioavailability=-1), "a bioavailability must be"),
        (lambda: Record(0, 7), "EVID must be 0 to 6, got 7"),
        (lambda: dose(amount=0), "AMT must be > 0 for a dose"),
        (lambda: dose(amount=0, rate=5), "AMT must be > 0 for a dose"),
        (lambda: dose(rate=5, duration=5), "RATE and DUR are both given"),
        (lambda: dose(steady=3, interval=1), "SS must be 0, 1 or 2, got 3"),
        (lambda: dose(steady=1), "II must be > 0 with SS"),
        (lambda: dose(additional=3), "II must be > 0 with ADDL"),
        (lambda: dose(additional=10**9, interval=1), "ADDL must be 0 to 1000000, got 1000000000"),
        (lambda: dose(1, additional=3, interval=1e-9), "II must be at least 1e-06 day in doses"),
        (lambda: dose(0, additional=10**6, interval=1e-16), "II must be at least 1e-15 day"),
        (lambda: dose(amount=0, rate=5, steady=1, interval=1), "takes no II or ADDL"),
        (lambda: dose(amount=0, rate=5, steady=1, lag=1), "takes no lag time"),
        (lambda: Record(0, 0, amount=5), "AMT must be 0 with EVID 0, got 5"),
        (lambda: Record(0, 3, interval=5), "II must be 0 with EVID 3, got 5"),
        (lambda: Record(0, 5, amount=5, rate=1), "RATE must be 0 with EVID 5"),
        (lambda: Events((dose(2), dose(1))), "sorted by time: day 1 after day 2"),
        (lambda: Events((dose(),)).actions(math.inf), "listed up to a day, got inf"),
        (
            lambda: Events((dose(interval=1e-5, additional=10**6),)).actions(100),
            "gives more than 200000 doses before day 100",
        ),
        (
            lambda: Events((dose(interval=1e-5, duration=100, steady=1),)).prescribed(1),
            "gives more than 200000 doses",
        ),
    ],
)
def test_what_cannot_be_done(make, words: str) -> None:
    """One clear message; nothing endless is begun."""
    with pytest.raises(RegimenError, match=words):
        make()


@pytest.mark.parametrize(
    ("unit", "scale", "infused", "words"),
    [
        ("hour", 24, "over 2 hours (50 mg an hour)", ["hour 0", "12 hours", "hour 72"]),
        ("day", 1, "over 0.0833333 days (1200 mg a day)", ["day 0", "0.5 days", "day 3"]),
    ],
)
def test_a_table_speaks_in_its_own_unit_of_time(
    unit: str, scale: int, infused: str, words: list[str]
) -> None:
    """Times, lengths, rates and totals are all in the unit that the file is in."""
    frame = pd.DataFrame(
        {"ID": [1], "TIME": [0], "AMT": [100], "II": [scale / 2], "ADDL": [1], "DUR": [scale / 12]}
    )
    table = read_events(frame, time=unit)
    for told in (table.describe(3), table["1"].describe(3)):
        assert all(text in told for text in (infused, *words))
        assert {"hour": "day", "day": "hour"}[unit] not in told
