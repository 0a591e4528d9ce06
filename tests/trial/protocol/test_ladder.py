"""Ladders of doses, computed by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pdmodel.errors import InputError
from pdmodel.trial import Hold, Ladder, Protocol
from pdmodel.trial.protocol.rules import Book

UP = Ladder([(56, 10), (84, 15), (112, 20)], quantity="ANC", at_least=1.5)


def book(*levels: float) -> Book:
    """Return the book of some patients at given doses."""
    return Book.begin(np.array(levels, dtype=float))


def looked(rule: Ladder, mine: Book, day: float, *counts: float) -> list[float]:
    """Return the doses after a visit."""
    rule.apply(mine, {"ANC": np.array(counts)}, day)
    return mine.level.tolist()


def test_rungs_are_climbed_one_by_one_where_counts_allow() -> None:
    """Not before its day, once a rung; who was kept from one is a rung behind from then on."""
    mine = book(5, 5, 5)
    mine.ever_held[2] = True
    assert looked(UP, mine, 49, 9, 9, 9) == [5, 5, 5]
    assert looked(UP, mine, 56, 9, 1.4, 9) == [10, 5, 5]
    assert looked(UP, mine, 63, 9, 9, 9) == [10, 5, 5]
    assert looked(UP, mine, 84, 9, 9, 9) == [15, 10, 5]
    assert looked(UP, mine, 140, 9, 9, 9) == [20, 15, 5]


def test_steps_may_be_of_any_size_and_go_down_for_all() -> None:
    """Without a condition all climb but who was held; down go all, and nobody is raised by it."""
    mine, rule = book(2.5, 2.5, 2.5), Ladder([(3, 7.5), (10, 40), (20, 5)])
    mine.ever_held[1] = True
    mine.level[2] = 1.0
    mine.stopped[2] = 2.0
    assert looked(rule, mine, 5) == [7.5, 2.5, 1.0]
    assert looked(rule, mine, 12) == [40, 2.5, 1.0]
    assert looked(rule, mine, 21) == [5, 2.5, 1.0]


def test_a_protocol_says_its_ladder_and_on_which_visits_it_acts() -> None:
    """Where visits do not meet its days the visits are named; a run follows both."""
    protocol = Protocol("p", "t", 5, rules=(UP,), days=140)
    words = "10 mg from day 56, 15 mg from day 84, 20 mg from day 112 on; more where ANC is at"
    assert f"- {words} least 1.5 and it was never held" in protocol.describe()
    assert "by the visits" not in protocol.describe()
    sparse = replace(protocol, visits=(30, 60, 90, 120, 140))
    assert protocol.describe() != sparse.describe()
    assert sparse.describe().endswith("never held; by the visits on day 60, 90, 120")
    # A rung after the end of a short trial is none of it.
    assert "by the visits" not in replace(protocol, days=70, visits=()).describe()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Ladder([]), "it has no rung, e.g."),
        (
            lambda: Ladder(5),  # type: ignore[arg-type]
            "give pairs of a day and a dose",
        ),
        (
            lambda: Ladder([(56,)]),  # type: ignore[list-item]
            r"\(56,\) is no day and dose",
        ),
        (lambda: Ladder([(0, 5)]), "the day of a rung must be a number > 0, got 0"),
        (lambda: Ladder([(56, 5), (56, 9)]), "the day of a rung must be a number > 56, got 56"),
        (lambda: Ladder([(56, -5)]), "the dose from day 56 must be a number >= 0"),
        (lambda: Ladder([(56, 5)], quantity="ANC"), "say both quantity and at_least"),
    ],
)
def test_ladders_that_cannot_be(make, words: str) -> None:
    """Refused where they are made, with an example."""
    with pytest.raises(InputError, match=words):
        make()


def test_a_hold_above_a_ladder_keeps_its_word() -> None:
    """A patient who was held is given less, and no rung raises the dose again."""
    hold, mine = Hold("ANC", below=0.5, resume=1.0), book(5, 5)
    for day, counts in ((56, (9, 9)), (63, (0.4, 9)), (70, (1.2, 9)), (84, (9, 9))):
        for rule in (hold, UP):
            rule.apply(mine, {"ANC": np.array(counts)}, day)
    assert mine.level.tolist() == [5, 15]
