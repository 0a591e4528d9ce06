"""Prescriptions made in Python: daily, in cycles, every two weeks, on some days, once.

Each writes itself in words from which `read_regimen` makes the same prescription again.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from pdmodel.arguments import as_number, number, shown, whole_number
from pdmodel.dosing.regimen.dose import Dose, DoseRule
from pdmodel.dosing.regimen.phrases import days_text, given, infused_over, often, span, time_span
from pdmodel.dosing.regimen.regimen import Regimen
from pdmodel.errors import RegimenError
from pdmodel.text import exact

# More than any trial uses; a slip of the keyboard must not fill the memory.
MOST_TIMES_A_DAY = 48
LONGEST_CYCLE = 3660


def daily(
    amount: float,
    drug: str = "",
    *,
    unit: str = "mg",
    start: float = 0.0,
    stop: float = math.inf,
    times_a_day: int = 1,
    duration: float = 0.0,
) -> Regimen:
    """Give a dose every day, or a part of it several times a day.

    Parameters
    ----------
    amount
        Amount a day; divided evenly over `times_a_day`. Nothing is given of 0.
    drug
        What is given; that of the model if no name is said.
    unit
        Of the amount.
    start, stop
        First day, and the day at which it ends (not given any more).
    times_a_day
        Into how many doses the amount of a day is divided.
    duration
        Days over which each dose is infused; 0 for a bolus or a tablet.
    """
    return cyclic(
        amount, drug, on=1, cycle=1, unit=unit, start=start, stop=stop, times_a_day=times_a_day,
        duration=duration,
    )  # fmt: skip


def cyclic(
    amount: float,
    drug: str = "",
    *,
    on: int,
    cycle: int,
    first: int = 1,
    unit: str = "mg",
    start: float = 0.0,
    stop: float = math.inf,
    times_a_day: int = 1,
    duration: float = 0.0,
) -> Regimen:
    """Give a daily dose on days `first` to `on` of every `cycle` days (days count from 1).

    Parameters
    ----------
    amount, drug
        Amount a day, and of what.
    on, cycle, first
        Last day with a dose, length of the cycle, and first day with a dose.
    unit, start, stop, times_a_day, duration
        As for `daily`; `start` is the first day of the first cycle.

    Examples
    --------
    >>> [dose.time for dose in cyclic(25, on=2, cycle=4).unroll(8)]
    [0.0, 1.0, 4.0, 5.0]
    """
    start, stop, duration = _when(start, stop, duration)
    times_a_day = _times(times_a_day)
    on, cycle, first = (
        whole_number(value, f"{what} of a cycle", error=RegimenError)
        for value, what in ((on, "the last day"), (cycle, "the length"), (first, "the first day"))
    )
    amount = _amount(amount, unit)
    if not 1 <= first <= on <= cycle <= LONGEST_CYCLE:
        raise RegimenError(
            f"days {first}-{on} of {cycle} are not days of a cycle (at most {LONGEST_CYCLE} days)"
        )
    parts = range(times_a_day)
    offsets = tuple(day - 1 + n / times_a_day for day in range(first, on + 1) for n in parts)
    when = "daily" if on == cycle == 1 else f"days {first}-{on} of {cycle}"
    how = f"{when}{often(times_a_day)}{infused_over(duration)}"
    text = f"{given((amount,), unit, drug)} {how}{span(start, stop)}"
    if amount == 0:
        return Regimen(text=text)
    dose = Dose(start, drug, amount / times_a_day, unit, duration)
    return Regimen((DoseRule(dose, offsets, float(cycle), stop),), text=text)


def every(
    days: float,
    amount: float,
    drug: str = "",
    *,
    unit: str = "mg",
    start: float = 0.0,
    stop: float = math.inf,
    duration: float = 0.0,
) -> Regimen:
    """Give the same dose again and again, so many days apart.

    Parameters
    ----------
    days
        From dose to dose: 0.5 is every 12 hours, 14 every two weeks.
    amount
        Of each dose.
    drug, unit, start, stop, duration
        As for `daily`.

    Examples
    --------
    >>> [dose.time for dose in every(14, 40).unroll(30)], str(every(0.5, 40))
    ([0.0, 14.0, 28.0], '40 mg every 12 hours')
    """
    days = number(days, "days from dose to dose", above=0, error=RegimenError)
    if days == 1:
        return daily(amount, drug, unit=unit, start=start, stop=stop, duration=duration)
    if not 1 / MOST_TIMES_A_DAY <= days <= LONGEST_CYCLE:
        raise RegimenError(
            f"a dose every {time_span(days)}: doses follow one another after "
            f"{time_span(1 / MOST_TIMES_A_DAY)} to {LONGEST_CYCLE} days"
        )
    start, stop, duration = _when(start, stop, duration)
    amount = _amount(amount, unit)
    how = f"every {time_span(days)}{infused_over(duration)}"
    text = f"{given((amount,), unit, drug)} {how}{span(start, stop)}"
    if amount == 0:
        return Regimen(text=text)
    rule = DoseRule(Dose(start, drug, amount, unit, duration), (0.0,), days, stop)
    return Regimen((rule,), text=text)


def on_days(
    days: Sequence[int],
    amount: float,
    drug: str = "",
    *,
    cycle: int | None = None,
    unit: str = "mg",
    start: float = 0.0,
    stop: float = math.inf,
    times_a_day: int = 1,
    duration: float = 0.0,
) -> Regimen:
    """Give a daily dose on some days: once each, or again in every cycle.

    Parameters
    ----------
    days
        Days of the clinic, which count from 1: day 1 is time 0.
    amount
        Amount a day; divided evenly over `times_a_day`.
    drug
        What is given; that of the model if no name is said.
    cycle
        Length of a cycle, days, after which all begins again; None to give each dose once.
    unit, start, stop, times_a_day, duration
        As for `daily`; `start` shifts day 1. Without a cycle there is no `stop`.

    Examples
    --------
    >>> [dose.time for dose in on_days((1, 8, 15), 40).unroll(90)]
    [0.0, 7.0, 14.0]
    """
    wanted = _days(days)
    if cycle is not None and len(wanted) == wanted[-1] - wanted[0] + 1:
        return cyclic(
            amount, drug, first=wanted[0], on=wanted[-1], cycle=cycle, unit=unit, start=start,
            stop=stop, times_a_day=times_a_day, duration=duration,
        )  # fmt: skip
    start, stop, duration = _when(start, stop, duration)
    times_a_day = _times(times_a_day)
    amount, parts = _amount(amount, unit), range(times_a_day)
    offsets = tuple(day - 1 + n / times_a_day for day in wanted for n in parts)
    when = days_text(wanted)
    if cycle is not None:
        cycle = whole_number(cycle, "the length of a cycle", error=RegimenError)
        when += f" of {cycle}"
        if not wanted[-1] <= cycle <= LONGEST_CYCLE:
            raise RegimenError(f"{when} are not days of a cycle (at most {LONGEST_CYCLE} days)")
    elif math.isfinite(stop):
        raise RegimenError(f"doses {when} end by themselves: no end can be set")
    how = f"{when}{often(times_a_day)}{infused_over(duration)}"
    text = f"{given((amount,), unit, drug)} {how}{span(start, stop)}"
    if amount == 0:
        return Regimen(text=text)
    dose = Dose(start, drug, amount / times_a_day, unit, duration)
    if cycle is not None:
        return Regimen((DoseRule(dose, offsets, float(cycle), stop),), text=text)
    return Regimen(doses=tuple(replace(dose, time=start + each) for each in offsets), text=text)


def ramp(
    amounts: Sequence[float],
    drug: str = "",
    *,
    every: float = 28,
    unit: str = "mg",
    start: float = 0.0,
) -> Regimen:
    """Give each daily amount for `every` days, then the next; the last one goes on.

    Parameters
    ----------
    amounts
        Amounts a day, in turn.
    drug
        As for `daily`.
    every
        Days after which the next amount begins.
    unit, start
        As for `daily`.

    Examples
    --------
    >>> ramp((5, 10), every=2).prescribed(5)
    {'': 40.0}
    """
    amounts = _amounts(amounts, "a ramp", unit)
    every = number(every, "days of a step of a ramp", above=0, error=RegimenError)
    start = number(start, "the first day", least=0, error=RegimenError)
    edges = [start + n * every for n in range(len(amounts))] + [math.inf]
    steps = [
        rule
        for amount, begin, end in zip(amounts, edges, edges[1:], strict=False)
        for rule in daily(amount, drug, unit=unit, start=begin, stop=end).rules
    ]
    text = f"ramp {given(amounts, unit, drug)} every {exact(every)} days{span(start)}"
    return Regimen(tuple(steps), text=text)


def pack(
    amounts: Sequence[float],
    drug: str,
    *,
    unit: str = "mg",
    start: float = 0.0,
    times_a_day: int = 1,
) -> Regimen:
    """Give one amount a day, each once, as in a steroid pack.

    Parameters
    ----------
    amounts
        Of one day after the other.
    drug, unit, start, times_a_day
        As for `daily`.

    Examples
    --------
    >>> pack((24, 20), "methylprednisolone", times_a_day=2).doses[1].time
    0.5
    """
    amounts = _amounts(amounts, "a pack", unit)
    times_a_day = _times(times_a_day)
    start = number(start, "the first day", least=0, error=RegimenError)
    doses = tuple(
        Dose(start + day + part / times_a_day, drug, amount / times_a_day, unit)
        for day, amount in enumerate(amounts)
        if amount > 0
        for part in range(times_a_day)
    )
    text = f"pack {given(amounts, unit, drug)}{often(times_a_day)}{span(start)}"
    return Regimen(doses=doses, text=text)


def single(
    amount: float,
    drug: str = "",
    *,
    unit: str = "mg",
    start: float = 0.0,
    duration: float = 0.0,
) -> Regimen:
    """Give one dose, in words that can be read again: `80 mg once`.

    Parameters
    ----------
    amount
        Nothing is given of 0.
    drug, unit
        As for `daily`.
    start
        Day on which it is given, >= 0.
    duration
        Days over which it is infused; 0 for a bolus or a tablet.
    """
    start, _, duration = _when(start, math.inf, duration)
    amount = _amount(amount, unit)
    text = f"{given((amount,), unit, drug)} once{infused_over(duration)}{span(start)}"
    doses = (Dose(start, drug, amount, unit, duration),) if amount else ()
    return Regimen(doses=doses, text=text)


def _amounts(amounts: Iterable[float], what: str, unit: str) -> list[float]:
    try:
        listed = list(amounts)
    except TypeError:
        raise RegimenError(f"{what} needs a list of amounts, got {shown(amounts)}") from None
    if not listed:
        raise RegimenError(f"{what} needs at least one amount")
    return [_amount(amount, unit) for amount in listed]


def _amount(value: float, unit: str) -> float:
    """Return an amount, which may be 0: a placebo, or the first step of a ramp."""
    amount = as_number(value)
    if amount is None or not 0 <= amount < math.inf:
        got = shown(value) if amount is None else f"{amount:g}"
        raise RegimenError(f"dose amount must be > 0, got {got} {unit}")
    return amount


def _times(times_a_day: int) -> int:
    times = whole_number(times_a_day, "times a day", error=RegimenError)
    if not 1 <= times <= MOST_TIMES_A_DAY:
        raise RegimenError(f"times a day must be 1 to {MOST_TIMES_A_DAY}, got {times}")
    return times


def _when(start: float, stop: float, duration: float) -> tuple[float, float, float]:
    """Return first day, day of the end and length of an infusion, in days, as numbers."""
    return (
        number(start, "the first day", least=0, error=RegimenError),
        number(stop, "the day of the end", finite=False, error=RegimenError),
        number(duration, "the days of an infusion", least=0, error=RegimenError),
    )


def _days(days: Iterable[int]) -> list[int]:
    try:
        listed = list(days)
    except TypeError:
        raise RegimenError(f"days must be a list of whole numbers, got {shown(days)}") from None
    if not listed:
        raise RegimenError("at least one day is needed on which something is given")
    limits: dict[str, Any] = {"least": 1, "most": LONGEST_CYCLE, "error": RegimenError}
    return sorted({whole_number(day, "a day on which a dose is given", **limits) for day in listed})
