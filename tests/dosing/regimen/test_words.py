"""Regimens in words: every form of the grammar, and words that are none."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from pdmodel.dosing import (
    Dose,
    DoseRule,
    Regimen,
    cyclic,
    daily,
    every,
    no_drug,
    on_days,
    once,
    pack,
    ramp,
    read_regimen,
    single,
)
from pdmodel.dosing.regimen.examples import EXAMPLES
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
    "nothing": no_drug(),
    "0 mg": no_drug(),
    "placebo every 14 days for 12 weeks": no_drug(),
    "80 mg once": single(80),
    "80 mg once on day 1": single(80),
    "80 mg x once after 36 hours": single(80, "x", start=1.5),
    "x 80 mg once": single(80, "x"),
    "80 mg of x once": single(80, "x"),
    "40 mg every 14 days": every(14, 40),
    "40 mg every 2 weeks": every(14, 40),
    "40 mg every other week": every(14, 40),
    "40 mg fortnightly": every(14, 40),
    "40 mg q2w": every(14, 40),
    "40 mg once every 14 days": every(14, 40),
    "50 mg weekly": every(7, 50),
    "50 mg every week": every(7, 50),
    "50 mg once a week": every(7, 50),
    "10 mg every other day": every(2, 10),
    "10 mg every 1 day": daily(10),
    "5 mg every 12 hours": every(0.5, 5),
    "5 mg q12h": every(0.5, 5),
    "5 mg twice daily": every(0.5, 5),
    "5 mg two times a day": every(0.5, 5),
    "5 mg bid": every(0.5, 5),
    "5 mg thrice daily": every(8 / 24, 5),
    "5 mg three times a day": every(8 / 24, 5),
    "5 mg every 90 minutes": every(1 / 16, 5),
    "8 mg on days 1, 8, 15": sum((once(Dose(t, "", 8)) for t in (0, 7, 14)), no_drug()),
    "8 mg on days 15, 1 and 8": on_days((1, 8, 15), 8),
    "8 mg at weeks 0, 1 and 2": on_days((1, 8, 15), 8),
    "8 mg on day 8": single(8, start=7),
    "8 mg on days 1-3, 8 in 2 doses": on_days((1, 2, 3, 8), 8, times_a_day=2),
    "8 mg on days 1, 8, 15 of 28": Regimen((DoseRule(Dose(0, "", 8), (0.0, 7.0, 14.0), 28.0),)),
    "8 mg on days 1, 8, 15 of each 28-day cycle": on_days((1, 8, 15), 8, cycle=28),
    "8 mg on days 1 to 21 of 28": cyclic(8, on=21, cycle=28),
    "8 mg on day 1 of 21": every(21, 8),
    "4 mg twice daily on days 1-14 of 21": cyclic(8, on=14, cycle=21, times_a_day=2),
    "8 mg daily for 6 weeks": daily(8, stop=42),
    "8 mg daily after 3 weeks": daily(8, start=21),
    "8 mg daily from day 22 on": daily(8, start=21),
    "8 mg daily until day 84": daily(8, stop=84),
    "8 mg daily until week 12": daily(8, stop=84),
    "8 mg daily after 3 weeks until day 84": daily(8, start=21, stop=84),
    "100 mg over 2 hours once": once(Dose(0, "", 100, duration=1 / 12)),
    "100 mg over 30 minutes every 21 days": every(21, 100, duration=1 / 48),
    "100 mg daily over 24 hours": daily(100, duration=1),
    "loading 160 mg then 40 mg every 14 days": single(160) + every(14, 40, start=14),
    "loading 160-80 mg every 14 days then 40 mg x every 14 days": (
        single(160, "x") + single(80, "x", start=14) + every(14, 40, "x", start=28)
    ),
    "loading 160-80 mg then 40 mg every 14 days": (
        single(160) + single(80, start=14) + every(14, 40, start=28)
    ),
    "Loading x 160 mg over 1 hour then 40 mg weekly": (
        single(160, "x", duration=1 / 24) + every(7, 40, "x", start=7)
    ),
    "160 mg x once then 40 mg every 14 days": single(160, "x") + every(14, 40, "x", start=14),
    "3 mg on days 1, 15, 43 then every 8 weeks": on_days((1, 15, 43), 3) + every(56, 3, start=98),
    "5 mg daily for 7 days, then 10 mg daily": daily(5, stop=7) + daily(10, start=7),
    "5 mg daily until day 7 then 9 mg daily for 2 days then nothing": (
        daily(5, stop=7) + daily(9, start=7, stop=9)
    ),
    "5 mg/kg once at 70 kg": single(350),
    "5 mg/kg daily at 25 g": daily(0.125),
    "loading 6 mg/kg then 3 mg/kg every 3 weeks at 70 kg": single(420) + every(21, 210, start=21),
    "10 U daily": daily(10, unit="U"),
    "2 µg/kg twice daily at 50 kg": every(0.5, 100, unit="µg"),
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
    "10 mg": "say when: 'daily', 'once', 'every 14 days' or 'on days 1, 8, 15 of 28'",
    "10 mg dayly": "'dayly' was not understood; did you mean 'daily'?",
    "10 mg x": "say when: 'daily'",
    "10 daily": "'daily' is not a unit; did you mean 'day'",
    "10 mgg daily": "'mgg' is not a unit; did you mean 'mg'",
    "10 % daily": "'%' is not an amount",
    "-10 mg daily": "a dose must be > 0, got -10",
    "10 mg/day": "'mg/day' is not an amount; for an infusion write '100 mg over 2 hours once'",
    "10 mg twice": "'twice' was not understood; say 'twice daily'",
    "10 mg monthly": "'monthly' was not understood; say 'every 28 days'",
    "10 mg twice weekly": "'twice weekly' does not say on which days",
    "10 mg weekly daily": "'daily' does not go with 'weekly'",
    "10 mg q2w every 14 days": "'q2w' and 'every 14 days' say the same; one is enough",
    "10 mg daily with food": "'with food' was not understood",
    "10 mg daily daily": "'daily' was not understood",
    "10 mg daily for 3 days for 4 days": "'for 4 days' was not understood",
    "10 mg daily after -1 days": "days must be positive",
    "10 mg daily for 0 days": "days must be positive",
    "10 mg days 21-1 of 28": "days 21-1 do not follow one another",
    "10 mg days 1-21 of 0": "are not days of a cycle",
    "10 mg on days 1, 30 of 28": "on days 1, 30 of 28 are not days of a cycle",
    "10 mg on days 0, 7": "days are counted from 1: day 1 is the first day of treatment",
    "10 mg on days 1, 999999999": "day 1e+09 is further than can be counted",
    "10 mg on days 1, 8 for 3 weeks": "'for 3 weeks' does not go with 'on days 1, 8'",
    "10 mg once for 3 weeks": "'for 3 weeks' does not go with 'once'",
    "10 mg daily from day 0": "days are counted from 1",
    "10 mg daily after 8 days until day 8": "it would end before it begins, after 8 days",
    "10 mg daily for 8 days until day 8": "leave one out",
    "10 mg every 5 minutes": "doses follow one another after 0.5 hours to 3660 days",
    "10 mg 0 times a day": "gives nothing",
    "10 mg once over 0 hours": "an infusion takes some time",
    "10 mg every 2 weeks in 2 doses": "'in 2 doses' does not go with 'every 2 weeks'",
    "10 mg daily at 70 kg": "'at 70 kg' goes with a dose such as '5 mg/kg'",
    "5 mg/kg daily": "'mg/kg' needs a body weight; write 'at 70 kg' behind it",
    "5 mg/kg daily at 0 kg": "'mg/kg' needs a body weight",
    "5 mg/kg/day once": "is not an amount",
    "loading 160 mg": "say what follows",
    "loading 160-80 mg then 40 mg on days 1, 8 of 28": "'then' must be given 'daily' or 'every",
    "10 mg daily then 20 mg daily": "'10 mg daily' has no end; say e.g. 'for 14 days' before",
    "5 mg daily for 7 days then 10 mg daily after 9 days": "'after 9 days' does not go with 'then'",
    f"10 mg days 1-21 of {'9' * 400}": "a number is too large",
    "10 mg daily in 0 doses": "times a day must be 1 to 48",
    "10 mg daily in 999999999 doses": "times a day must be 1 to 48",
    f"{'9' * 400} mg daily": "dose amount must be > 0, got inf",
    "5-10 mg daily": "several amounts need 'ramp', 'pack' or 'loading' in front",
    "ramp 5-10 mg every 0 days": "days of a step of a ramp must be a number > 0",
    "ramp 5-10 mg for 5 days": "'for 5 days' does not go with 'ramp'",
    "ramp 5-10 mg in 2 doses": "'in 2 doses' does not go with 'ramp'",
    "pack 5-10 mg x days 1-2 of 3": "'days 1-2 of 3' does not go with 'pack'",
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


AMOUNTS = st.sampled_from(["10", "0.5", "0", "1e-3", "33.3"])
UNITS = st.sampled_from(["mg", "µg", "mg/kg"])
TIMES = st.builds(
    lambda count, unit: f"{count} {unit}",
    st.sampled_from(["1", "2", "3", "0.7", "13"]), st.sampled_from(["hours", "days", "weeks"]),
)  # fmt: skip
DAYS = st.lists(st.integers(1, 40), min_size=1, max_size=5).map(lambda d: ", ".join(map(str, d)))
RHYTHMS = st.one_of(
    st.sampled_from(
        ["daily", "weekly", "twice daily", "five times a day", "bid", "daily in 3 doses"]
    ),
    TIMES.map("every {}".format),
    DAYS.map("on days {} of 41".format),
    st.just("twice daily on days 1-14 of 21"),
)  # fmt: skip
ENDLESS = st.builds(
    lambda *parts: " ".join(filter(None, parts)),
    AMOUNTS, UNITS, st.sampled_from(["", "x", "anti_tnf"]), RHYTHMS,
    st.one_of(st.just(""), TIMES.map("over {}".format)),
)  # fmt: skip
SINGLES = st.builds(
    lambda amount, unit, when: f"{amount} {unit} {when}",
    AMOUNTS, UNITS, st.one_of(st.just("once"), DAYS.map("on days {}".format)),
)  # fmt: skip
AFTER = st.one_of(st.just(""), TIMES.map(" after {}".format), st.just(" from day 3"))
END = st.one_of(st.just(""), TIMES.map(" for {}".format), st.just(" until week 40"))
SIMPLE = st.one_of(
    st.builds("{}{}{}".format, ENDLESS, AFTER, END), st.builds("{}{}".format, SINGLES, AFTER)
)
SEQUENCES = st.builds(
    "{} then {} {} every {}".format,
    st.one_of(
        SINGLES, st.builds("{} for {}".format, ENDLESS, TIMES),
        st.builds("loading {}-{} {}".format, AMOUNTS, AMOUNTS, UNITS),
    ),
    AMOUNTS, UNITS, TIMES,
)  # fmt: skip
SENTENCES = st.lists(st.one_of(SIMPLE, SEQUENCES), min_size=1, max_size=3).map(" + ".join)


@given(text=SENTENCES, weight=st.sampled_from([70.0, 0.025, 61.3]))
def test_every_sentence_of_the_grammar_reads_back(text: str, weight: float) -> None:
    """What is written of a regimen is the same regimen, to the last bit; the weight is in it."""
    regimen = read_regimen(text, weight=weight)
    assert read_regimen(str(regimen)) == regimen


WORDS = (
    "10", "25", "0", "-5", "1e9", "5-10-15", "1-21", "28", "3.5", "1e400", "١٢", "mg", "g", "mgg",
    "%", "e", "day", "days", "daily", "every", "of", "for", "after", "in", "doses", "ramp", "pack",
    "none", "+", ";", "lenalidomide", "x1", "then", "loading", "once", "weekly", "on", "until",
    "day", "over", "hours", "at", "kg", "mg/kg", "twice", "q2w",
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
