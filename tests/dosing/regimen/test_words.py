"""Regimens in words: every form of the grammar, and words that are none."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from pdmodel.dosing import Regimen, cyclic, daily, no_drug, pack, ramp, read_regimen
from pdmodel.dosing.regimen.words import EXAMPLES
from pdmodel.errors import RegimenError

FORMS = {
    "10 mg daily": daily(10),
    "10mg daily": daily(10),
    " 10   mg   daily ": daily(10),
    "10 mg every day": daily(10),
    "10 mg once daily": daily(10),
    "2.5 mg daily": daily(2.5),
    "1e-3 mg daily": daily(0.001),
    "0.01 g daily": daily(0.01, unit="g"),
    "25 mg days 1-21 of 28": cyclic(25, on=21, cycle=28),
    "25 mg days 1-21 of 28 days": cyclic(25, on=21, cycle=28),
    "5 mg days 8-14 of 28": cyclic(5, first=8, on=14, cycle=28),
    "10 mg days 1-1 of 2": cyclic(10, on=1, cycle=2),
    "5 mg lenalidomide daily for 56 days": daily(5, "lenalidomide", stop=56),
    "5 mg daily lenalidomide": daily(5, "lenalidomide"),
    "10 mg daily after 28 days": daily(10, start=28),
    "10 mg daily after 28 days for 28 days": daily(10, start=28, stop=56),
    "10 mg daily for 1 day": daily(10, stop=1),
    "12 mg daily in 4 doses": daily(12, times_a_day=4),
    "12 mg daily in 4 doses a day": daily(12, times_a_day=4),
    "ramp 5-10-15 mg every 28 days": ramp((5, 10, 15)),
    "ramp 5-10 mg": ramp((5, 10)),
    "ramp 5-10 mg x every 7 days after 3 days": ramp((5, 10), "x", every=7, start=3),
    "pack 24-20-16 mg mp after 1.5 days": pack((24, 20, 16), "mp", start=1.5),
    "pack 24-20 mg mp in 4 doses": pack((24, 20), "mp", times_a_day=4),
    "10 mg daily + pack 8-4 mg mp": daily(10) + pack((8, 4), "mp"),
    "10 mg daily; 5 mg x daily": daily(10) + daily(5, "x"),
    "none": no_drug(),
    "placebo": no_drug(),
    "0 mg daily": daily(0),
    "ramp 0-5-10 mg every 7 days": ramp((0, 5, 10), every=7),
    "pack 8-0-4 mg mp": pack((8, 0, 4), "mp"),
    "No Drug": no_drug(),
}


@pytest.mark.parametrize("text", FORMS)
def test_forms_of_the_grammar(text: str) -> None:
    """The words give the doses of the function of the same name."""
    assert read_regimen(text).unroll(100) == FORMS[text].unroll(100)


@pytest.mark.parametrize("text", [*EXAMPLES, *FORMS])
def test_text_of_what_was_read_reads_the_same(text: str) -> None:
    """Reading, writing and reading again changes nothing."""
    once = read_regimen(text)
    twice = read_regimen(str(once))
    assert twice.unroll(100) == once.unroll(100)
    assert str(twice) == str(once)


def test_a_regimen_passes_through() -> None:
    """Functions take words and regimens alike."""
    regimen = daily(10)
    assert read_regimen(regimen) is regimen


BAD = {
    "": "it must begin with an amount and a unit",
    "mg": "it must begin with an amount and a unit",
    "daily 10 mg": "it must begin with an amount and a unit",
    "10 mg": "say 'daily' or 'days A-B of C'",
    "10 daily": "'daily' is not a unit; did you mean 'day'",
    "10 mgg daily": "'mgg' is not a unit; did you mean 'mg'",
    "10 % daily": "'%' is not an amount",
    "-10 mg daily": "a dose must be > 0, got -10",
    "10 mg twice daily": "'twice' was not understood; say 'in 2 doses'",
    "10 mg weekly daily": "'weekly' was not understood",
    "10 mg weekly": "say 'daily'",
    "10 mg daily with food": "'with food' was not understood",
    "10 mg daily daily": "'daily' was not understood",
    "10 mg daily for 3 days for 4 days": "'for 4 days' was not understood",
    "10 mg daily after -1 days": "days must be positive",
    "10 mg daily for 0 days": "days must be positive",
    "10 mg days 21-1 of 28": "days 21-1 of 28 are not days of a cycle",
    "10 mg days 1-21 of 0": "are not days of a cycle",
    f"10 mg days 1-21 of {'9' * 400}": "a number is too large",
    "10 mg daily in 0 doses": "times a day must be 1 to 48",
    "10 mg daily in 999999999 doses": "times a day must be 1 to 48",
    f"{'9' * 400} mg daily": "dose amount must be > 0, got inf",
    "5-10 mg daily": "several amounts need 'ramp' or 'pack' in front",
    "5 mg every 2 days": "write 'days 1-1 of N'",
    "ramp 5-10 mg every 0 days": "days of a step of a ramp must be a number > 0",
    "ramp 5-10 mg for 5 days": "'for' does not go with 'ramp'",
    "ramp 5-10 mg in 2 doses": "'parts' does not go with 'ramp'",
    "pack 5-10 mg x days 1-2 of 3": "'cycle' does not go with 'pack'",
    "ramp 5--10 mg": "it must begin with an amount and a unit",
    "10 mg daily +": "was not understood",
    "10 mg daily + ": "it must begin with an amount and a unit",
}


@pytest.mark.parametrize("text", BAD, ids=lambda text: text[:40])
def test_clear_errors(text: str) -> None:
    """Each message quotes the part and says what is wrong with it."""
    with pytest.raises(RegimenError) as caught:
        read_regimen(text)
    assert BAD[text] in str(caught.value)


WORDS = (
    "10", "25", "0", "-5", "1e9", "5-10-15", "1-21", "28", "3.5", "1e400", "١٢", "mg", "g", "mgg",
    "%", "e", "day", "days", "daily", "every", "of", "for", "after", "in", "doses", "ramp", "pack",
    "none", "+", ";", "lenalidomide", "x1",
)  # fmt: skip
words = st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join)


@given(st.text(max_size=40) | words)
def test_any_text_is_a_regimen_or_a_regimen_error(text: str) -> None:
    """No foreign exception; what is read can be unrolled and read again."""
    try:
        regimen = read_regimen(text)
    except RegimenError:
        return
    assert isinstance(regimen, Regimen)
    assert read_regimen(str(regimen)).unroll(50) == regimen.unroll(50)


def test_case_matters_in_units_only() -> None:
    """`Daily` is daily; `Mg` would be tonnes."""
    assert read_regimen("10 mg Daily").unroll(2) == read_regimen("10 mg daily").unroll(2)
    with pytest.raises(RegimenError, match="a billion times 'mg'"):
        read_regimen("10 Mg daily")
