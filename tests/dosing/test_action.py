"""Steady states say what runs through one interval; actions add up to what they bring in."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from pdmodel.dosing import Action, Piece, SteadyState
from pdmodel.dosing.action import KINDS, delivered, snap

lengths = st.floats(0.01, 30)


@given(
    amount=st.floats(0.01, 1e4), interval=lengths, wait=st.floats(0, 0.99),
    duration=st.one_of(st.just(0.0), lengths),
)  # fmt: skip
def test_one_interval_brings_one_dose(
    amount: float, interval: float, wait: float, duration: float
) -> None:
    """Whatever the lag and the overlap of infusions, the pieces fill the interval with a dose."""
    rate = amount / duration if duration else 0.0
    doses = SteadyState(amount, duration, interval, rate, wait=wait * interval)
    pieces = doses.pieces()
    assert math.fsum(piece.length for piece in pieces) == pytest.approx(interval)
    assert pieces[0].start == 0
    for before, after in pairwise(pieces):
        assert after.start == pytest.approx(before.start + before.length)
    brought = math.fsum(piece.bolus + piece.rate * piece.length for piece in pieces)
    assert brought == pytest.approx(amount, rel=1e-6)


def test_pieces_by_hand() -> None:
    """Bolus, lagged bolus, infusions shorter, as long as and longer than the interval."""
    assert SteadyState(5, 0, 2, 0).pieces() == (Piece(0, 2, 5, 0),)
    assert SteadyState(5, 0, 2, 0, wait=0.5).pieces() == (
        Piece(0, 0.5, 0, 0), Piece(0.5, 1.5, 5, 0),
    )  # fmt: skip
    assert SteadyState(6, 1.5, 2, 4).pieces() == (Piece(0, 1.5, 0, 4), Piece(1.5, 0.5, 0, 0))
    assert SteadyState(6, 1.5, 2, 4, wait=1).pieces() == (
        Piece(0, 0.5, 0, 4), Piece(0.5, 0.5, 0, 0), Piece(1, 1, 0, 4),
    )  # fmt: skip
    assert SteadyState(8, 2, 2, 4).pieces() == (Piece(0, 2, 0, 4),)
    assert SteadyState(8, 2 + 1e-15, 2, 4).pieces() == (Piece(0, 2, 0, 4),)
    assert SteadyState(20, 5, 2, 4).pieces() == (Piece(0, 1, 0, 12), Piece(1, 1, 0, 8))


@pytest.mark.parametrize("day", [2.0**-30, 2.0**-10, 2.0**10])
def test_pieces_of_a_short_interval_are_those_of_a_long_one(day: float) -> None:
    """A part of an interval is not lost because it is short: an interval may be a second long."""
    long = SteadyState(6, 0.003, 2, 2000, wait=1e-4).pieces()
    short = SteadyState(6, 0.003 * day, 2 * day, 2000 / day, wait=1e-4 * day).pieces()
    assert len(short) == len(long) == 3
    for one, other in zip(short, long, strict=True):
        assert (one.start, one.length) == (other.start * day, other.length * day)
        assert (one.bolus, one.rate) == (other.bolus, other.rate / day)


def test_a_constant_infusion_has_no_interval() -> None:
    """Only its rate counts."""
    doses = SteadyState(0, 0, 0, 100)
    assert doses.constant
    assert doses.pieces() == ()
    assert not SteadyState(5, 0, 1, 0).constant


def test_delivered_by_hand() -> None:
    """Resets and SS=1 end infusions, SS=2 does not; what runs at the end counts so far."""
    steady = SteadyState(0, 0, 0, 1)
    actions = [
        Action(0, "add", "a", 5), Action(0, "rate", "a", 2), Action(1, "rate", "b", 3, "g"),
        Action(2, "reset"), Action(3, "rate", "a", 4), Action(4, "rate", "a", -4),
        Action(5, "rate", "a", 1), Action(6, "steady", "a", steady=steady),
        Action(6, "rate", "a", 1),
        Action(7, "steady", "a", steady=SteadyState(0, 0, 0, 1, added=True)),
        Action(7, "multiply", "a", 9, ""),
    ]  # fmt: skip
    assert delivered(actions, 10) == {("a", "mg"): 5 + 4 + 4 + 1 + 4, ("b", "g"): 3}
    assert {action.kind for action in actions} <= set(KINDS)


def test_times_that_differ_by_rounding_are_one_moment() -> None:
    """0.1 + 0.2 is 0.3; -0.0 is 0."""
    assert snap(0.1 + 0.2) == snap(0.3)
    assert math.copysign(1, snap(-1e-12)) == 1
