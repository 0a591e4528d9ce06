"""A ladder of doses: which dose from which day on, as protocols of dose escalation write it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pdmodel.arguments import number, shown
from pdmodel.arrays import Array
from pdmodel.errors import InputError
from pdmodel.trial.protocol.rules import UNSAID, Book


@dataclass(frozen=True)
class Ladder:
    """Give the dose of each rung from its day on, up or down, by any steps on any days.

    A rung that is higher is climbed where the quantity allows it and the drug was never withheld;
    who is kept from one climbs one rung at the next. A rung that is lower is taken by all. A rung
    between two visits acts at the later one.

    Parameters
    ----------
    rungs
        Pairs of a day, increasing and > 0, and the dose from then on, in the unit of the protocol.
    quantity, at_least
        A higher dose is given where the quantity is at least this; to all if neither is given.

    Examples
    --------
    >>> print(Ladder([(56, 10), (84, 15)], quantity="ANC", at_least=1.5).describe("mg"))
    10 mg from day 56, 15 mg from day 84 on; more where ANC is at least 1.5 and it was never held
    """

    rungs: Sequence[tuple[float, float]]
    quantity: str = ""
    at_least: float = UNSAID

    def __post_init__(self) -> None:
        """Refuse days that do not increase, doses below 0, and half a condition."""
        object.__setattr__(self, "rungs", _rungs_of(self.rungs))
        if bool(self.quantity) != (self.at_least != UNSAID):
            raise InputError(
                "ladder: say both quantity and at_least, e.g. quantity='platelets', at_least=100, "
                "or none of them"
            )
        if self.quantity:
            object.__setattr__(self, "at_least", number(self.at_least, "ladder: at_least"))

    def apply(self, book: Book, seen: dict[str, Array], day: float) -> None:
        """Move the doses of a day on which a rung begins."""
        reached = [dose for begin, dose in self.rungs if begin <= day]
        if len(reached) <= book.looked.get(repr(self), 0):
            return
        book.looked[repr(self)] = len(reached)
        fit = book.treated & ~book.ever_held
        if self.quantity:
            fit &= seen[self.quantity] >= self.at_least
            book.level[fit] = _one_up(book.level[fit], reached)
        else:
            book.level[fit] = reached[-1]
        # A dose that comes down does so for all, those who were held or reduced among them.
        book.level[:] = np.minimum(book.level, reached[-1])

    def steps(self, visits: Sequence[int]) -> list[int]:
        """Return the visits at which a rung begins to act."""
        days = [next((v for v in visits if v >= begin), None) for begin, _ in self.rungs]
        return list(dict.fromkeys(day for day in days if day is not None))

    @property
    def on_time(self) -> list[float]:
        """The days on which rungs are meant to begin."""
        return [begin for begin, _ in self.rungs]

    def describe(self, unit: str) -> str:
        """Return the rule in words."""
        rungs = ", ".join(f"{dose:g} {unit} from day {day:g}" for day, dose in self.rungs)
        if not self.quantity:
            return f"{rungs} on"
        return (
            f"{rungs} on; more where {self.quantity} is at least {self.at_least:g} and it was "
            "never held"
        )


def _rungs_of(given: object) -> tuple[tuple[float, float], ...]:
    """Return pairs of a day and a dose, or refuse them."""
    example = "rungs=[(56, 10), (84, 15)]"
    try:
        pairs = [tuple(pair) for pair in given]  # type: ignore[attr-defined]
    except TypeError:
        raise InputError(f"ladder: give pairs of a day and a dose, e.g. {example}") from None
    rungs: list[tuple[float, float]] = []
    for pair in pairs:
        if len(pair) != 2:
            raise InputError(f"ladder: {shown(pair)} is no day and dose, e.g. {example}")
        day = number(pair[0], "ladder: the day of a rung", above=rungs[-1][0] if rungs else 0)
        rungs.append((day, number(pair[1], f"ladder: the dose from day {day:g}", least=0)))
    if not rungs:
        raise InputError(f"ladder: it has no rung, e.g. {example}")
    return tuple(rungs)


def _one_up(level: Array, reached: Sequence[float]) -> Array:
    """Return the next dose that has been reached above each; the dose as it is if there is none."""
    doses = np.array(sorted({dose for dose in reached if dose <= reached[-1]}))
    position = np.searchsorted(doses, level * (1 + 1e-9), side="right")
    return np.where(position < doses.size, doses[np.minimum(position, doses.size - 1)], level)
