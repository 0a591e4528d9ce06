"""Regimens: what is prescribed is what unrolls, in order, before the end."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, strategies as st

from pdmodel.dosing import (
    Action,
    Dose,
    DoseRule,
    Regimen,
    cyclic,
    daily,
    no_drug,
    once,
    pack,
    ramp,
    read_regimen,
)
from pdmodel.dosing.action import delivered
from pdmodel.errors import RegimenError

amounts = st.floats(0.01, 1e4)
starts = st.one_of(st.integers(0, 40), st.floats(0, 40))
drugs = st.sampled_from(["", "a", "b"])
times_a_day = st.integers(1, 6)


@st.composite
def cycles(draw: st.DrawFn) -> Regimen:
    """Draw a daily or cyclic regimen, with or without an end."""
    cycle = draw(st.integers(1, 30))
    on = draw(st.integers(1, cycle))
    first = draw(st.integers(1, on))
    start = draw(starts)
    stop = draw(st.one_of(st.just(math.inf), st.floats(0.5, 60).map(lambda span: start + span)))
    return cyclic(
        draw(amounts), draw(drugs), first=first, on=on, cycle=cycle, start=start, stop=stop,
        times_a_day=draw(times_a_day),
    )  # fmt: skip


ramps = st.builds(
    ramp, st.lists(amounts, min_size=1, max_size=4), drugs, every=st.integers(1, 30), start=starts
)
packs = st.builds(
    pack, st.lists(amounts, min_size=1, max_size=6), drugs, start=starts, times_a_day=times_a_day
)
singles = st.builds(
    lambda time, drug, amount, duration: once(Dose(time, drug, amount, duration=duration)),
    starts, drugs, amounts, st.floats(0, 5),
)  # fmt: skip
worded = st.one_of(cycles(), ramps, packs)
regimens = st.lists(st.one_of(worded, singles), max_size=3).map(lambda r: sum(r, no_drug()))
horizons = st.floats(0, 100)


def enumerated(rule: DoseRule, days: float) -> list[Dose]:
    """List the doses of a rule one by one, without arithmetic on their number."""
    doses, cycle = [], 0
    while rule.dose.time + cycle * rule.cycle < min(days, rule.stop):
        times = [rule.dose.time + cycle * rule.cycle + offset for offset in rule.offsets]
        doses += [
            Dose(time, rule.dose.drug, rule.dose.amount, rule.dose.unit, rule.dose.duration)
            for time in times
            if time < min(days, rule.stop)
        ]
        cycle += 1
    return doses


@given(regimen=regimens, days=horizons)
def test_every_dose_is_given_once(regimen: Regimen, days: float) -> None:
    """Unrolling is the sorted list of all doses before the end, none at it or after it."""
    doses = regimen.unroll(days)
    by_hand = [dose for rule in regimen.rules for dose in enumerated(rule, days)]
    assert doses == sorted(by_hand + [dose for dose in regimen.doses if dose.time < days])
    assert all(0 <= dose.time < days for dose in doses)
    assert [dose.time for dose in doses] == sorted(dose.time for dose in doses)


@given(regimen=regimens, days=horizons)
def test_prescribed_is_the_sum_of_the_doses(regimen: Regimen, days: float) -> None:
    """Drug by drug; an infusion that still runs counts by the part that has run."""
    total: dict[str, float] = {}
    for dose in regimen.unroll(days):
        run = min(1, (days - dose.time) / dose.duration) if dose.duration > 1e-3 else 1
        total[dose.drug] = total.get(dose.drug, 0) + dose.amount * run
    found = regimen.prescribed(days)
    edges = [days - dose.time - share for dose in regimen.unroll(days) for share in (0, 1e-3)]
    if all(abs(edge) > 1e-3 for edge in edges):  # a dose at the end itself may be cut by rounding
        assert found == pytest.approx(total, rel=1e-5)


@given(regimen=regimens, days=horizons)
def test_actions_deliver_what_is_prescribed(regimen: Regimen, days: float) -> None:
    """Adding up boluses, and rates over time, gives the prescribed amounts; all in order."""
    actions = regimen.actions(days)
    brought = delivered(actions, days)
    assert {drug: sum(a for (d, _), a in brought.items() if d == drug) for drug, _ in brought} == (
        pytest.approx(regimen.prescribed(days), rel=1e-9)
    )
    times = [action.time for action in actions]
    assert times == sorted(times)
    assert {action.kind for action in actions} <= {"add", "rate"}


def test_actions_by_hand() -> None:
    """A tablet is added, an infusion begins and ends; what ends comes before what begins."""
    regimen = daily(5, "a") + once(Dose(0.5, "b", 6, "g", duration=0.5)) + once(
        Dose(1, "b", 6, "g", duration=2)
    )  # fmt: skip
    assert regimen.actions(2) == [
        Action(0, "add", "a", 5), Action(0.5, "rate", "b", 12, "g"),
        Action(1, "rate", "b", -12, "g"), Action(1, "add", "a", 5), Action(1, "rate", "b", 3, "g"),
    ]  # fmt: skip
    assert regimen.prescribed(2) == {"a": 10, "b": 9}


def test_units_of_one_drug_add_up() -> None:
    """Grams and milligrams of a drug are one total, in the unit of its first dose."""
    mixed = once(Dose(0, "x", 500)) + once(Dose(1, "x", 1, "g"))
    assert mixed.prescribed(2) == {"x": 1500}
    with pytest.raises(RegimenError, match="doses of x: 'L' cannot be given where 'mg'"):
        (mixed + once(Dose(1, "x", 1, "L"))).prescribed(2)


@given(one=regimens, two=regimens, days=horizons)
def test_plus_gives_both(one: Regimen, two: Regimen, days: float) -> None:
    """The doses of a sum are the doses of its parts, in whatever order they are added."""
    assert (one + two).unroll(days) == sorted(one.unroll(days) + two.unroll(days))
    assert (one + two).unroll(days) == (two + one).unroll(days)
    assert (one + no_drug()).unroll(days) == one.unroll(days)


@given(regimen=regimens, days=horizons, more=horizons)
def test_a_longer_run_only_adds(regimen: Regimen, days: float, more: float) -> None:
    """What was given before a day does not depend on how long one looks."""
    longer = regimen.unroll(days + more)
    assert [dose for dose in longer if dose.time < days] == regimen.unroll(days)


@given(parts=st.lists(worded, min_size=1, max_size=3), days=horizons)
def test_words_give_the_same_doses(parts: list[Regimen], days: float) -> None:
    """A regimen reads back from its own text: times to rounding, amounts exactly."""
    regimen = sum(parts, no_drug())
    again = read_regimen(str(regimen)).unroll(days)
    doses = regimen.unroll(days)
    # A stop is written as a length; rounding may move a dose across it, or across the end.
    edges = [days, *(rule.stop for rule in regimen.rules)]
    if any(abs(dose.time - edge) < 1e-9 for dose in doses + again for edge in edges):
        return
    assert [(dose.drug, dose.unit) for dose in again] == [(dose.drug, dose.unit) for dose in doses]
    assert [dose.amount for dose in again] == [dose.amount for dose in doses]
    times = [dose.time for dose in doses]
    assert [dose.time for dose in again] == pytest.approx(times, rel=1e-14)


def test_known_regimens() -> None:
    """The trials' regimens, counted by hand."""
    assert daily(10).prescribed(336) == {"": 3360}
    assert cyclic(25, on=21, cycle=28).prescribed(56) == {"": 25 * 42}
    assert cyclic(5, first=8, on=14, cycle=28).unroll(28)[0].time == 7
    assert [d.time for d in cyclic(5, first=3, on=4, cycle=7, start=2).unroll(14)] == [4, 5, 11, 12]
    assert ramp((5, 10, 15), every=28).prescribed(100) == {"": 28 * 15 + 44 * 15}
    steroid = pack((24, 20, 16, 12, 8, 4), "mp", start=1.5)
    assert steroid.prescribed(10) == {"mp": 84}
    assert [dose.time for dose in steroid.unroll(4)] == [1.5, 2.5, 3.5]
    assert daily(10, start=2, stop=5).unroll(9) == [Dose(t, "", 10) for t in (2.0, 3.0, 4.0)]
    assert daily(12, times_a_day=4).unroll(0.6) == [Dose(t, "", 3) for t in (0, 0.25, 0.5)]
    assert no_drug().prescribed(9) == {}


def test_text_of_a_regimen() -> None:
    """Words for what has words; nothing is lost to rounding."""
    assert str(daily(10)) == "10 mg daily"
    assert str(daily(1 / 3, "x")) == "0.3333333333333333 mg x daily"
    assert str(no_drug() + daily(10) + no_drug()) == "10 mg daily"
    assert str(no_drug()) == "no drug"
    assert str(once(Dose(0, "", 5))) == "own doses"
    assert str(cyclic(25, on=21, cycle=28, stop=84)) == "25 mg days 1-21 of 28 for 84 days"
    assert str(daily(10) + pack((8, 4), "mp", start=1.5, times_a_day=2)) == (
        "10 mg daily + pack 8-4 mg mp in 2 doses after 1.5 days"
    )


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Dose(-1, "", 5), "dose time must be a number of days >= 0, got -1"),
        (lambda: Dose(math.nan, "", 5), "dose time must be"),
        (lambda: Dose(0, "", 0), "dose amount must be > 0, got 0 mg; 'no drug' gives nothing"),
        (lambda: Dose(0, "", "5"), "dose amount must be > 0, got '5' mg"),  # type: ignore[arg-type]
        (lambda: Dose("0", "", 5), "dose time must be a number of days >= 0, got '0'"),  # type: ignore[arg-type]
        (lambda: daily("5"), "dose amount must be > 0, got '5' mg"),  # type: ignore[arg-type]
        (lambda: cyclic(5, on=1.5, cycle=2), "the last day of a cycle must be a whole number"),  # type: ignore[arg-type]
        (lambda: ramp(5), "a ramp needs a list of amounts, got 5"),  # type: ignore[arg-type]
        (lambda: daily(5).unroll(1e300), "more than 1000000 doses are given before day 1e.300"),
        (lambda: Dose(0, "", math.inf), "dose amount must be > 0"),
        (lambda: Dose(0, "", 5, duration=-1), "dose duration must be"),
        (lambda: DoseRule(Dose(0, "", 5), cycle=0), "a cycle must last more than 0 days"),
        (lambda: DoseRule(Dose(0, "", 5), offsets=(1.0,)), "must lie within the cycle of 1 days"),
        (lambda: DoseRule(Dose(0, "", 5), offsets=()), "must lie within the cycle"),
        (lambda: DoseRule(Dose(3, "", 5), stop=3), "must stop after it starts: day 3 to 3"),
        (lambda: cyclic(5, on=29, cycle=28), "days 1-29 of 28 are not days of a cycle"),
        (lambda: cyclic(5, first=0, on=1, cycle=28), "days 0-1 of 28"),
        (lambda: cyclic(5, on=1, cycle=10**9), "at most 3660 days"),
        (lambda: daily(5, times_a_day=0), "times a day must be 1 to 48, got 0"),
        (lambda: pack((5,), "x", times_a_day=10**9), "times a day must be 1 to 48"),
        (lambda: pack((), "x"), "a pack needs at least one amount"),
        (lambda: ramp(()), "a ramp needs at least one amount"),
        (lambda: ramp((5, 10), every=0), "days of a step of a ramp must be a number > 0"),
        (lambda: ramp((5, -10)), "dose amount must be > 0, got -10 mg"),
        (lambda: daily(5).unroll(math.inf), "doses are listed up to a day, got inf"),
        (lambda: daily(5).prescribed(math.nan), "doses are listed up to a day, got nan"),
    ],
)
def test_what_cannot_be_given(make, words: str) -> None:
    """One clear message; nothing endless is begun."""
    with pytest.raises(RegimenError, match=words):
        make()


def test_nothing_is_given_of_an_amount_of_zero() -> None:
    """A placebo arm and the first step of a titration; the words stay, to be read again."""
    titrated = ramp((0, 5, 10), every=28)
    assert daily(0).unroll(28) == pack((0,), "x").unroll(28) == []
    assert titrated.prescribed(84) == {"": 28 * 15}
    assert [dose.time for dose in titrated.unroll(30)] == [28.0, 29.0]
    assert str(titrated) == "ramp 0-5-10 mg every 28 days"
    assert (daily(0) + daily(5, "x")).prescribed(2) == {"x": 10}
