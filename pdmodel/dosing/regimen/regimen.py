"""Rules and single doses together, unrolled to plain records; `+` joins regimens.

Time is in days since the first day of treatment; day 1 of a trial protocol is time 0. A rule
without an end goes on for as long as the simulation asks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

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
from pdmodel.dosing.regimen.strip import strip_svg
from pdmodel.errors import RegimenError, shortened
from pdmodel.markup import card, folded, paragraph

if TYPE_CHECKING:
    from pdmodel.model import Model

_MOST_SINGLE_DOSES = 40


@dataclass(frozen=True, repr=False)
class Regimen:
    """Rules and single doses together.

    Parameters
    ----------
    rules
        What is repeated.
    doses
        What is given once.
    text
        The words that it was made of; without them it finds words itself.

    Examples
    --------
    >>> regimen = once(Dose(0, "", 10)) + once(Dose(1.5, "steroid", 24))
    >>> len(regimen.unroll(7)), regimen.prescribed(7)
    (2, {'': 10.0, 'steroid': 24.0})
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

    def __repr__(self) -> str:
        """Write the words on one line."""
        return f"<Regimen {shortened(str(self))}>"

    def _repr_html_(self) -> str:
        """Return what a notebook shows: its words, and a strip of its first doses."""
        lines = self.describe().split("\n")
        said = "".join(map(paragraph, lines))
        strip = strip_svg(self.unroll, self._shown())
        return card(f"Regimen {self}", "", strip, said if len(lines) < 5 else folded("Doses", said))

    def _shown(self) -> float:
        """Return the day up to which a strip is drawn: the end, or two cycles of what has none."""
        ends = [
            rule.dose.time + max(2 * rule.cycle, 14.0) if math.isinf(rule.stop) else rule.stop
            for rule in self.rules
        ]
        return max([28.0, *ends, *(dose.time + dose.duration for dose in self.doses)])

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

    def late(self, days: float) -> list[str]:
        """Return, in words, what gives its first dose after a day: nothing in a run until then.

        Parameters
        ----------
        days
            Day on which a run ends.
        """
        rules = [
            describe_rule(rule, None, None)
            for rule in self.rules
            if rule.dose.time + min(rule.offsets) > days
        ]
        return rules + [describe_dose(dose, None) for dose in self.doses if dose.time > days]

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


def once(dose: Dose) -> Regimen:
    """Give a single dose.

    Parameters
    ----------
    dose
        When, what and how much.
    """
    return Regimen(doses=(dose,))


def no_drug() -> Regimen:
    """Give nothing."""
    return Regimen()
