"""What is given, when: doses as plain records; rules unroll to them; `+` joins regimens.

Time is in days since the first day of treatment; day 1 of a trial protocol is time 0. A rule
without an end goes on for as long as the simulation asks.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pdmodel.arguments import as_number, number, shown, whole_number
from pdmodel.dosing.action import Action
from pdmodel.dosing.delivery import Delivery, arrived, in_order
from pdmodel.dosing.regimen.describe import (
    Words,
    before,
    count,
    describe_dose,
    describe_rule,
    named,
    totals,
)
from pdmodel.dosing.regimen.dose import Dose, DoseRule
from pdmodel.errors import RegimenError
from pdmodel.text import exact

if TYPE_CHECKING:
    from pdmodel.model import Model

# More than any trial uses; a slip of the keyboard must not fill the memory.
MOST_TIMES_A_DAY = 48
LONGEST_CYCLE = 3660
_MOST_SINGLE_DOSES = 40


@dataclass(frozen=True)
class Regimen:
    """Rules and single doses together.

    Parameters
    ----------
    rules
        What is repeated.
    doses
        What is given once.

    Examples
    --------
    >>> regimen = daily(10) + pack((24, 20, 16), "methylprednisolone", start=1.5)
    >>> len(regimen.unroll(7)), regimen.prescribed(7)
    (10, {'': 70.0, 'methylprednisolone': 60.0})
    """

    rules: tuple[DoseRule, ...] = ()
    doses: tuple[Dose, ...] = ()
    text: str = ""

    def __add__(self, other: Regimen) -> Regimen:
        """Give both."""
        text = " + ".join(part for part in (str(self), str(other)) if part != "no drug")
        return Regimen(self.rules + other.rules, self.doses + other.doses, text)

    def __str__(self) -> str:
        """Write the regimen in the words it can be read from."""
        return self.text or ("no drug" if not self.rules and not self.doses else "own doses")

    def unroll(self, days: float) -> list[Dose]:
        """Return every dose given before `days`, sorted by time, then drug.

        Raises
        ------
        RegimenError
            If `days` is not a number of days; a rule may have no end of its own.
        """
        if not math.isfinite(days):
            raise RegimenError(f"doses are listed up to a day, got {days}")
        repeated = [dose for rule in self.rules for dose in rule.unroll(days)]
        single = [dose for dose in self.doses if dose.time < days]
        return sorted(repeated + single)

    def actions(self, days: float) -> list[Action]:
        """Return what happens before a day: boluses, and infusions as they begin and end."""
        return in_order(self._deliveries(days), days)

    def prescribed(self, days: float) -> dict[str, float]:
        """Return the total amount of each drug that arrives before a day.

        Parameters
        ----------
        days
            An infusion that is still running then counts as far as it has run.

        Returns
        -------
        dict
            Amount by drug, in the unit of its first dose.
        """
        return arrived(self._deliveries(days), days)

    def describe(self, days: float | None = None, model: Model | None = None) -> Words:
        """Say in words what will be given.

        Parameters
        ----------
        days
            Day up to which doses are counted and totals given.
        model
            Says into which state each drug goes.
        """
        lines = [describe_rule(rule, days, model) for rule in self.rules]
        single = [dose for dose in sorted(self.doses) if days is None or dose.time < days]
        lines += [describe_dose(dose, model) for dose in single[:_MOST_SINGLE_DOSES]]
        if len(single) > _MOST_SINGLE_DOSES:
            lines.append(f"and {count(len(single) - _MOST_SINGLE_DOSES, 'more single dose')}")
        if not lines:
            return Words(
                "Nothing is given." if days is None else f"{before(days)} nothing is given."
            )
        if days is not None:
            doses = self.unroll(days)
            units = {dose.drug: dose.unit for dose in reversed(doses)}
            lines += totals(self.prescribed(days), units, [d.drug for d in doses], days, named)
        return Words("\n".join(lines))

    def _deliveries(self, days: float) -> list[Delivery]:
        return [
            Delivery(dose.time, dose.drug, dose.amount, dose.unit, dose.duration)
            for dose in self.unroll(days)
        ]


def daily(
    amount: float,
    drug: str = "",
    *,
    unit: str = "mg",
    start: float = 0.0,
    stop: float = math.inf,
    times_a_day: int = 1,
) -> Regimen:
    """Give a dose every day, or a part of it several times a day.

    Parameters
    ----------
    amount
        Amount a day; divided evenly over `times_a_day`. Nothing is given of 0.
    start, stop
        First day, and the day at which it ends (not given any more).
    """
    return cyclic(
        amount, drug, on=1, cycle=1, unit=unit, start=start, stop=stop, times_a_day=times_a_day
    )


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
) -> Regimen:
    """Give a daily dose on days `first` to `on` of every `cycle` days (days count from 1).

    Examples
    --------
    >>> [dose.time for dose in cyclic(25, on=2, cycle=4).unroll(8)]
    [0.0, 1.0, 4.0, 5.0]
    """
    times_a_day = _times(times_a_day)
    start = number(start, "the first day", least=0, error=RegimenError)
    stop = number(stop, "the day of the end", finite=False, error=RegimenError)
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
    text = f"{_given((amount,), unit, drug)} {when}{_often(times_a_day)}{_span(start, stop)}"
    if amount == 0:
        return Regimen(text=text)
    dose = Dose(start, drug, amount / times_a_day, unit)
    return Regimen((DoseRule(dose, offsets, float(cycle), stop),), text=text)


def ramp(
    amounts: Sequence[float],
    drug: str = "",
    *,
    every: float = 28,
    unit: str = "mg",
    start: float = 0.0,
) -> Regimen:
    """Give each daily amount for `every` days, then the next; the last one goes on.

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
    text = f"ramp {_given(amounts, unit, drug)} every {exact(every)} days{_span(start)}"
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
    text = f"pack {_given(amounts, unit, drug)}{_often(times_a_day)}{_span(start)}"
    return Regimen(doses=doses, text=text)


def once(dose: Dose) -> Regimen:
    """Give a single dose."""
    return Regimen(doses=(dose,))


def no_drug() -> Regimen:
    """Give nothing."""
    return Regimen()


def _amounts(amounts: Iterable[float], what: str, unit: str) -> list[float]:
    try:
        given = list(amounts)
    except TypeError:
        raise RegimenError(f"{what} needs a list of amounts, got {shown(amounts)}") from None
    if not given:
        raise RegimenError(f"{what} needs at least one amount")
    return [_amount(amount, unit) for amount in given]


def _amount(value: float, unit: str) -> float:
    """Return an amount, which may be 0: a placebo, or the first step of a ramp."""
    amount = as_number(value)
    if amount is None or not 0 <= amount < math.inf:
        given = shown(value) if amount is None else f"{amount:g}"
        raise RegimenError(f"dose amount must be > 0, got {given} {unit}")
    return amount


def _times(times_a_day: int) -> int:
    times = whole_number(times_a_day, "times a day", error=RegimenError)
    if not 1 <= times <= MOST_TIMES_A_DAY:
        raise RegimenError(f"times a day must be 1 to {MOST_TIMES_A_DAY}, got {times}")
    return times


def _given(amounts: Iterable[float], unit: str, drug: str) -> str:
    return f"{'-'.join(exact(a) for a in amounts)} {unit}" + (f" {drug}" if drug else "")


def _often(times_a_day: int) -> str:
    return f" in {times_a_day} doses" if times_a_day > 1 else ""


def _span(start: float, stop: float = math.inf) -> str:
    after = f" after {exact(start)} days" if start else ""
    return after + (f" for {exact(stop - start)} days" if math.isfinite(stop) else "")
