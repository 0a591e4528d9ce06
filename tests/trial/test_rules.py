"""Rules, computed by hand."""

from __future__ import annotations

import numpy as np
import pytest

from pdmodel.dosing import read_regimen
from pdmodel.errors import InputError
from pdmodel.trial import Course, Escalate, Hold, Reduce, Stop
from pdmodel.trial.rules import Book


def book(*levels: float) -> Book:
    """Return the book of some patients at given doses."""
    return Book.begin(np.array(levels, dtype=float))


def test_hold_and_resume_one_step_lower() -> None:
    """Below 0.5 held; 0.7 is not enough; at 1.0 again, 5 mg lower, never below 5 mg."""
    mine, rule = book(10, 25, 5), Hold()
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
    mine, rule = book(10, 10, 10, 23, 25), Escalate()
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
    Escalate().apply(mine, {"ANC": np.array([9.0])}, 28)
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
    mine, rule = book(10, 10), Stop()
    for day, values in ((0, [40, 40]), (28, [70, 20]), (56, [59, 29]), (84, [50, 30])):
        seen = {"SPD": np.array(values, dtype=float)}
        mine.note(seen)
        rule.apply(mine, seen, day)
    assert mine.stopped.tolist() == [np.inf, 84]
    assert mine.treated.tolist() == [True, False]


def test_reduce_on_the_first_day() -> None:
    """Half the dose in renal impairment, once."""
    mine, rule = book(10, 10), Reduce()
    for day in (0, 7):
        rule.apply(mine, {"creatinine_clearance": np.array([59.0, 60.0])}, day)
    assert mine.level.tolist() == [5, 10]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Hold(below=1, resume=0.5), "resume"),
        (lambda: Escalate(step=0), "must be > 0"),
        (lambda: Reduce(share=2), "share"),
    ],
)
def test_rules_that_cannot_be(make, message: str) -> None:
    """One clear error."""
    with pytest.raises(InputError, match=message):
        make()
