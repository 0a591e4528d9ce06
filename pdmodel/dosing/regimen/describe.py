"""What will be given, in words: rules, single doses, totals and how their numbers are written."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pdmodel.dosing.action import moment_within
from pdmodel.dosing.regimen.dose import Dose, DoseRule
from pdmodel.text import rounded

if TYPE_CHECKING:
    from pdmodel.model import Model


class Words(str):
    """A text that a prompt shows as it reads, without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return the text itself."""
        return str(self)


def describe_rule(rule: DoseRule, days: float | None, model: Model | None) -> str:
    """Say what a rule gives: before a day if one is named."""
    first = rule.dose.time + rule.offsets[0]
    end = min(rule.stop, math.inf if days is None else days)
    what = f"{_what(rule.dose, model)} at {day(first)}, then {_rhythm(rule)}"
    if math.isinf(end):
        return f"{what}, without end"
    doses = len(rule.unroll(end))
    if doses == 0:
        return f"{_what(rule.dose, model)} from {day(first)} on: not before {day(end)}"
    return f"{what}: {count(doses, 'dose')} before {day(end)}"


def _rhythm(rule: DoseRule) -> str:
    """Say how the doses of a rule follow one another: `every day`, `every day for 21 days ...`."""
    gaps = [b - a for a, b in zip(rule.offsets, rule.offsets[1:], strict=False)]
    around = rule.cycle - rule.offsets[-1] + rule.offsets[0]
    near = moment_within(rule.cycle)
    even = all(math.isclose(gap, gaps[0], abs_tol=near) for gap in gaps)
    if even and (not gaps or math.isclose(around, gaps[0], abs_tol=near)):
        return f"every {span(around, one='')}"
    if even:
        inside = f"every {span(gaps[0], one='')}, {times(len(gaps))}"
    else:
        later = ", ".join(span(offset - rule.offsets[0]) for offset in rule.offsets[1:])
        inside = f"{later} later"
    return f"{inside}; the same again every {span(rule.cycle)}"


def describe_dose(dose: Dose, model: Model | None) -> str:
    """Say what a single dose is, and when."""
    return f"{_what(dose, model)} at {day(dose.time)}"


def _what(dose: Dose, model: Model | None) -> str:
    what = f"{rounded(dose.amount, 6)} {dose.unit} of {named(dose.drug)}{_into(dose, model)}"
    if not dose.duration:
        return what
    return what + infusion(dose.amount / dose.duration, dose.duration, dose.unit)


def _into(dose: Dose, model: Model | None) -> str:
    if model is None:
        return ""
    doses: Mapping[str, object] = model.doses
    drug = dose.drug or next(iter(doses), "")
    main = f" ({drug})" if drug and not dose.drug else ""
    return main + (f" into {doses[drug]}" if drug in doses else "")


def infusion(rate: float, duration: float, unit: str) -> str:
    """Say how fast an infusion runs, and for how long."""
    hourly = duration < 1
    speed, per = (rate / 24, "an hour") if hourly else (rate, "a day")
    return f" infused over {span(duration)} ({rounded(speed, 6)} {unit} {per})"


def totals(
    prescribed: Mapping[str, float],
    units: Mapping[str, str],
    targets: Sequence[str],
    days: float,
    name: Callable[[str], str],
    words: TimeWords | None = None,
) -> Iterator[str]:
    """Yield a line a drug or compartment: what arrives before a day, in how many doses."""
    for target, amount in prescribed.items():
        doses = count(sum(t == target for t in targets), "dose")
        unit = units[target]
        yield f"{before(days, words)} {rounded(amount, 6)} {unit} of {name(target)} in {doses}"


def before(days: float, words: TimeWords | None = None) -> str:
    """Begin a line about all that arrives before a day."""
    return f"Before {(words or USUAL).at(days)}:"


def named(drug: str) -> str:
    """Name a drug; the main one has no name of its own."""
    return drug or "the main drug"


def day(time: float) -> str:
    """Write a time."""
    return f"day {rounded(time, 6)}"


def span(days: float, one: str = "1 ") -> str:
    """Write a length of time: hours below a day."""
    if days < 1:
        return f"{rounded(days * 24, 6)} h"
    return f"{one}day" if days == 1 else f"{rounded(days, 6)} days"


@dataclass(frozen=True)
class TimeWords:
    """Writes times in one unit: that of the table they come from.

    Parameters
    ----------
    unit
        Its name, `hour`; without one times are days, and lengths below a day hours.
    days
        Days in one of it.

    Examples
    --------
    >>> hours = TimeWords("hour", 1 / 24)
    >>> hours.at(0.25), hours.span(0.5), hours.infusion(1200.0, 1 / 12, "mg")
    ('hour 6', '12 hours', ' infused over 2 hours (50 mg an hour)')
    >>> TimeWords().at(0.25), TimeWords().span(0.5)
    ('day 0.25', '12 h')
    """

    unit: str = ""
    days: float = 1.0

    def at(self, time: float) -> str:
        """Write a time, given as a day."""
        return f"{self.unit} {rounded(time / self.days, 6)}" if self.unit else day(time)

    def span(self, days: float, one: str = "1 ") -> str:
        """Write a length of time, given in days."""
        if not self.unit:
            return span(days, one)
        number = rounded(days / self.days, 6)
        return f"{one}{self.unit}" if number == "1" else f"{number} {self.unit}s"

    def infusion(self, rate: float, duration: float, unit: str) -> str:
        """Say how fast an infusion runs, given a day, and for how long."""
        if not self.unit:
            return infusion(rate, duration, unit)
        return f" infused over {self.span(duration)} ({self.rate(rate, unit)})"

    def rate(self, rate: float, unit: str) -> str:
        """Say how fast something runs, given a day."""
        article = "an" if self.unit == "hour" else "a"
        return f"{rounded(rate * self.days, 6)} {unit} {article} {self.unit or 'day'}"


USUAL = TimeWords()
"""Times are days, and lengths below a day hours."""
_UNITS = {"minute": 1 / 1440, "hour": 1 / 24, "day": 1.0, "week": 7.0}


def time_words(days: float) -> TimeWords:
    """Return words in the unit that is so many days long; usual ones where it has no plain name."""
    for unit, length in _UNITS.items():
        if math.isclose(days, length):
            return TimeWords(unit, length)
    return USUAL


def times(n: int) -> str:
    """Write `1 more time`, `2 more times`."""
    return count(n, "more time")


def count(n: int, noun: str) -> str:
    """Write `1 dose`, `2 doses`."""
    return f"{n} {noun}" + ("" if n == 1 else "s")
