"""Rules, computed by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from pdmodel.dosing import read_regimen
from pdmodel.errors import InputError
from pdmodel.trial import Course, Cycle, Escalate, Hold, Protocol, Reduce, Stop
from pdmodel.trial.protocol.rules import Book

HOLD = Hold("ANC", below=0.5, resume=1.0)
ESCALATE = Escalate(step=5, every=28, most=25, quantity="ANC", at_least=1.5)


def book(*levels: float) -> Book:
    """Return the book of some patients at given doses."""
    return Book.begin(np.array(levels, dtype=float))


def test_hold_and_resume_one_step_lower() -> None:
    """Below 0.5 held; 0.7 is not enough; at 1.0 again, 5 mg lower, never below 5 mg."""
    mine, rule = book(10, 25, 5), HOLD
    rule.apply(mine, {"ANC": np.array([0.49, 0.5, 0.1])}, 7)
    assert mine.held.tolist() == [True, False, True]
    rule.apply(mine, {"ANC": np.array([0.7, 0.5, 1.0])}, 14)
    assert mine.held.tolist() == [True, False, False]
    rule.apply(mine, {"ANC": np.array([1.0, 0.2, 2.0])}, 21)
    assert mine.held.tolist() == [False, True, False]
    assert mine.level.tolist() == [5, 25, 5]
    assert mine.ever_held.tolist() == [True, True, True]


def test_escalation() -> None:
    """Every 28 days, only with enough neutrophils, never after a hold, never above the most."""
    mine, rule = book(10, 10, 10, 23, 25), ESCALATE
    mine.ever_held[2] = True
    count = {"ANC": np.array([1.5, 1.4, 9, 9, 9])}
    rule.apply(mine, count, 0)
    rule.apply(mine, count, 21)
    assert mine.level.tolist() == [10, 10, 10, 23, 25]
    rule.apply(mine, count, 28)
    assert mine.level.tolist() == [15, 10, 10, 25, 25]
    mine.held[0] = True
    rule.apply(mine, count, 56)
    assert mine.level.tolist() == [15, 10, 10, 25, 25]


def test_a_high_dose_is_not_cut_by_escalation() -> None:
    """Who is above the most stays there."""
    mine = book(30)
    ESCALATE.apply(mine, {"ANC": np.array([9.0])}, 28)
    assert mine.level.tolist() == [30]


def test_course_once() -> None:
    """It begins at the first visit that asks for it."""
    rule = Course(read_regimen("pack 24-20 mg methylprednisolone"), 2, "swelling", 0.4)
    mine = book(10, 10)
    rule.apply(mine, {"swelling": np.array([0.1, 0.4])}, 7)
    rule.apply(mine, {"swelling": np.array([0.5, 0.9])}, 14)
    assert mine.courses[rule.key].tolist() == [14, 7]


def test_stop_counts_from_the_lowest() -> None:
    """Half more than the nadir of the visits; growth before day 56 is flare."""
    mine, rule = book(10, 10), Stop("SPD", fold=1.5, after=56)
    for day, values in ((0, [40, 40]), (28, [70, 20]), (56, [59, 29]), (84, [50, 30])):
        seen = {"SPD": np.array(values, dtype=float)}
        mine.note(seen)
        rule.apply(mine, seen, day)
    assert mine.stopped.tolist() == [np.inf, 84]
    assert mine.treated.tolist() == [True, False]


def test_reduce_on_the_first_day() -> None:
    """Half the dose in renal impairment, once."""
    mine, rule = book(10, 10), Reduce("creatinine_clearance", below=60)
    for day in (0, 7):
        rule.apply(mine, {"creatinine_clearance": np.array([59.0, 60.0])}, day)
    assert mine.level.tolist() == [5, 10]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Hold("ANC", below=1, resume=0.5), "resume"),
        (lambda: replace(ESCALATE, step=0), "must be > 0"),
        (lambda: Reduce("age", below=60, share=2), "share"),
        (lambda: Hold(), r"hold: say quantity and below and resume, e.g. Hold\('platelets', below"),
        (lambda: Escalate(step=5, every=28), "escalate: say most and quantity and at_least, e.g."),
        (lambda: Reduce("age"), "reduce: say below, e.g. Reduce"),
        (lambda: Stop("size", fold=2), "stop: say after, e.g. Stop"),
    ],
)
def test_rules_that_cannot_be(make, message: str) -> None:
    """One clear error."""
    with pytest.raises(InputError, match=message):
        make()


def test_a_hold_never_raises_the_dose() -> None:
    """Who had less than the least goes on with what was given."""
    mine, rule = book(2.5, 5.0, 7.5, 25.0), replace(HOLD, reduce=5.0, least=5.0)
    rule.apply(mine, {"ANC": np.full(4, 0.2)}, 7.0)
    rule.apply(mine, {"ANC": np.full(4, 2.0)}, 14.0)
    assert mine.level.tolist() == [2.5, 5.0, 5.0, 20.0]


@pytest.mark.parametrize(
    ("every", "visits", "steps"),
    [
        (28, tuple(range(7, 85, 7)), [28, 56, 84]),
        (28, (21, 42, 63, 84), [42, 84]),
        (28, (14, 27, 29, 57, 60), [29, 57]),
        (10, tuple(range(7, 43, 7)), [14, 28, 42]),
    ],
)
def test_escalation_follows_the_first_visit_after_its_days(every, visits, steps) -> None:
    """Never sooner than it says, and the protocol tells on which days."""
    rule = replace(ESCALATE, step=1, every=every, most=99)
    mine, raised = book(5.0), []
    for day in (0, *visits):
        before = mine.level[0]
        rule.apply(mine, {"ANC": np.array([9.0])}, float(day))
        if mine.level[0] > before:
            raised.append(day)
    assert raised == steps == rule.steps(visits)
    told = Protocol("p", "", 5, rules=(rule,), days=visits[-1], visits=visits).describe()
    plain = all(day % every == 0 for day in steps)
    assert ("by the visits on day" in told) is not plain
    if not plain:
        assert f"by the visits on day {steps[0]}, {steps[1]}" in told


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: replace(HOLD, reduce=-5), "hold: reduce must be a number >= 0, got -5"),
        (lambda: replace(HOLD, below="0.5"), "hold: below must be a number, got '0.5'"),  # type: ignore
        (lambda: replace(ESCALATE, every=math.nan), "step and every must be > 0"),
        (lambda: Protocol("p", "", "5"), "start must be a dose >= 0, got '5'"),  # type: ignore
        (lambda: Protocol("p", "", 5), "protocol 'p': say how long it lasts, e.g. days=84"),
        (lambda: Protocol("p", "", 5, days=28, visits=14), r"e.g. range\(14, 29, 14\), got 14"),  # type: ignore
        (lambda: Protocol("p", "", 5, Cycle(1, 14), days=28), "unit is a text, got Cycle"),  # type: ignore
        (lambda: Protocol("p", "", 5, cycle=14, days=28), r"cycle is a Cycle, .* got 14"),  # type: ignore
        (lambda: Protocol("p", "", 5, rules=("hold",), days=28), "'hold' is no rule"),  # type: ignore
        (lambda: Protocol("p", "", 5, rules=HOLD, days=28), "rules are a list, got Hold"),  # type: ignore
        (lambda: Protocol("p", "", 5, days=28).with_(days=10**9), "days must be a whole number <="),
        (lambda: Protocol("p", "", 5, days=28.0), "days must be a whole number from 1 to 36600"),  # type: ignore
        (lambda: Protocol("p", "", 5, days=10**9), "days must be a whole number <= 36600"),
        (lambda: Protocol("p", "", 5, days=7, visits=("7",)), "day '7' comes after day 0"),  # type: ignore
        (lambda: Protocol("p", "", 5, days=7, assay={"ANC": "1"}), "assay error of ANC must be"),  # type: ignore
        (lambda: Cycle(1.5, 2), "on of a cycle must be a whole number, got 1.5"),  # type: ignore
    ],
)
def test_rules_and_protocols_are_checked_where_they_are_made(make, words: str) -> None:
    """Whatever their numbers are, the message names them."""
    with pytest.raises(InputError, match=words):
        make()


def test_visits_of_another_length_are_as_far_apart_as_before() -> None:
    """Fortnightly ones stay so, and extra visits at the beginning stay."""
    weekly = Protocol("p", "", 5, days=336)
    assert weekly.with_(days=84).visits == tuple(range(7, 85, 7))
    assert Protocol("p", "", 5, days=10).with_(days=21).visits == (7, 14, 21)
    fortnightly = Protocol("p", "", 5, days=84, visits=range(14, 85, 14))
    assert fortnightly.with_(days=168).visits == tuple(range(14, 169, 14))
    assert fortnightly.with_(days=30).visits == (14, 28, 30)
    early = weekly.with_(visits=(1, 2, *weekly.visits))
    assert early.with_(days=21).visits == (1, 2, 7, 14, 21)
    assert early.with_(days=350).visits == (*early.visits, 343, 350)
