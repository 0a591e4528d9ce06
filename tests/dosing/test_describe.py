"""What will be given, in words a clinician can check: every number in them is the right one."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from pdmodel.dosing import Dose, DoseRule, Events, Record, Regimen, once, read_regimen

HOUR = 1 / 24


@pytest.mark.parametrize(
    ("words", "days", "expected"),
    [
        (
            "25 mg daily", 168,
            "25 mg of the main drug at day 0, then every day: 168 doses before day 168\n"
            "Before day 168: 4200 mg of the main drug in 168 doses",
        ),
        (
            "25 mg lenalidomide days 1-21 of 28", None,
            "25 mg of lenalidomide at day 0, then every day, 20 more times; the same again every "
            "28 days, without end",
        ),
        ("12 mg daily in 2 doses", None,
         "6 mg of the main drug at day 0, then every 12 h, without end"),
        (
            "pack 24-20 mg mp after 1.5 days", 2,
            "24 mg of mp at day 1.5\nBefore day 2: 24 mg of mp in 1 dose",
        ),
        ("5 mg x daily after 9 days", 4, "5 mg of x from day 9 on: not before day 4"),
        ("no drug", None, "Nothing is given."),
        ("no drug", 4, "Before day 4: nothing is given."),
    ],
)  # fmt: skip
def test_regimens_in_words(words: str, days: float | None, expected: str) -> None:
    """One line a rule or dose, then totals."""
    text = read_regimen(words).describe(days)
    assert text == expected
    assert repr(text) == expected


def test_an_infusion_in_words() -> None:
    """Duration and rate; what has run of it by the end."""
    text = once(Dose(2, "x", 10, duration=2)).describe(3)
    assert text == (
        "10 mg of x infused over 2 days (5 mg a day) at day 2\nBefore day 3: 5 mg of x in 1 dose"
    )
    short = once(Dose(0, "x", 10, duration=2 * HOUR)).describe()
    assert short == "10 mg of x infused over 2 h (5 mg an hour) at day 0"


def test_an_uneven_rule_in_words() -> None:
    """Doses at day 0, 1 and 4 of a week."""
    rule = DoseRule(Dose(0, "x", 10), offsets=(0.0, 1.0, 4.0), cycle=7)
    assert Regimen((rule,)).describe() == (
        "10 mg of x at day 0, then 1 day, 4 days later; the same again every 7 days, without end"
    )


def test_many_single_doses_are_counted() -> None:
    """A long list is cut, and says so."""
    regimen = Regimen(doses=tuple(Dose(n, "x", 1) for n in range(50)))
    lines = regimen.describe().splitlines()
    assert len(lines) == 41
    assert lines[-1] == "and 10 more single doses"


@given(amount=st.floats(0.1, 1e4), days=st.integers(1, 99), cycle=st.integers(2, 30))
def test_totals_are_those_prescribed(amount: float, days: int, cycle: int) -> None:
    """The last line is what `prescribed` and `unroll` say."""
    regimen = read_regimen(f"{amount!r} mg days 1-1 of {cycle}")
    doses, total = len(regimen.unroll(days)), regimen.prescribed(days)[""]
    noun = "dose" if doses == 1 else "doses"
    last = regimen.describe(days).splitlines()[-1]
    assert last == f"Before day {days}: {total:.6g} mg of the main drug in {doses} {noun}"


def test_records_in_words() -> None:
    """Lag, F with what it changes, steady state, resets, replacements, totals."""
    events = Events(
        (
            Record(0, 1, 100, "2", rate=240, interval=1, additional=3, lag=0.25, steady=1,
                   bioavailability=0.5),
            Record(2, 3),
            Record(3, 4, 50, "gut", duration=2, bioavailability=0.5),
            Record(6, 1, 0, "2", rate=24, steady=2),
            Record(7, 5, 9, "gut"),
            Record(8, 6, 0.5, "gut"),
            Record(9, 0),
        )
    )  # fmt: skip
    assert events.describe(10).splitlines() == [
        "100 mg into compartment 2 infused over 5 h (10 mg an hour) at day 0, then every day, "
        "3 more times, after the same for so long that it has come to a steady state; arrives 6 h "
        "late; F = 0.5: 50 mg of it arrive, the rate stays and the infusion lasts 5 h, not 10 h",
        "At day 2 everything starts anew; what has not arrived is cancelled",
        "At day 3 everything starts anew; then 50 mg into gut infused over 2 days (12.5 mg a day) "
        "at day 3; F = 0.5: 25 mg of it arrive, the duration stays and the infusion runs at 12.5, "
        "not 25 mg a day",
        "infused without end until day 6: 24 mg a day into compartment 2, after the same for so "
        "long that it has come to a steady state, on top of what is there",
        "At day 7 gut is set to 9 mg",
        "At day 8 gut is multiplied by 0.5",
        "Before day 10: 100 mg of drug into compartment 2 in 2 doses",
        "Before day 10: 25 mg of drug into gut in 1 dose",
    ]
    assert Events((Record(0, 0),)).describe() == "Nothing is given."
    assert Events((Record(0, 1, 7, lag=2),)).describe(1) == (
        "7 mg into the main compartment at day 0; arrives 2 days late"
    )
