"""Doses of many subjects in one document: events whose numbers each condition sets.

What a subject is given is a few trains of doses. The n-th train into a state is the same event for
all subjects; amount, first time, interval, cycle and count are parameters of the document.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

import sympy

from pdmodel.engine.schedule.edges import RunSchedule
from pdmodel.errors import InputError
from pdmodel.interchange.dose_plan import DosePlan, Giving
from pdmodel.interchange.sbml_writing.changes import write_event
from pdmodel.interchange.sbml_writing.sheet import SbmlSheet
from pdmodel.model import Model
from pdmodel.units import ONE, Unit

_NOTHING = {"amount": 0.0, "first": 0.0, "interval": 1.0, "inner": 1.0, "cycle": 0.0, "count": 0.0}
_TIMES = ("first", "interval", "cycle")


class DoseSlot(NamedTuple):
    """The place of a train of doses: the same event for all subjects."""

    name: str
    state: sympy.Symbol
    infusion: bool


class SharedPlan(DosePlan):
    """What a document must be able to give: slots instead of doses.

    Parameters
    ----------
    model
        The model.
    plans
        What each subject is given, by name.

    Raises
    ------
    InputError
        If a subject is given what no slot can: resets, replaced amounts, covariates that change.
    """

    def __init__(self, model: Model, plans: Mapping[str, DosePlan]) -> None:
        super().__init__(model, RunSchedule((), (), 0.0))
        self.of_subject: dict[str, dict[DoseSlot, Giving]] = {}
        for subject, plan in plans.items():
            if next(plan.moments(), None) is not None or plan.changed:
                raise InputError(
                    f"subject {subject}: resets, replaced amounts and covariates that change "
                    "cannot be written for PEtab"
                )
            self.infusions |= plan.infusions
            self.of_subject[subject] = dict(_slots([*plan.givings()]))
        every = (slot for slots in self.of_subject.values() for slot in slots)
        self.slots = sorted(dict.fromkeys(every), key=lambda slot: slot.name)

    def values(self, subject: str, later: float = 0.0) -> dict[str, float]:
        """Return the numbers of all slots for a subject.

        Parameters
        ----------
        subject
            Its name.
        later
            By how much all of its doses are put off.
        """
        given = self.of_subject[subject]
        return {
            f"{slot.name}_{word}": value
            for slot in self.slots
            for word, value in _numbers(given.get(slot), later).items()
        }

    def write(self, sheet: SbmlSheet) -> None:
        """Write the event of each slot."""
        for slot in self.slots:
            _write_slot(sheet, slot)


def _slots(givings: Sequence[Giving]) -> Iterator[tuple[DoseSlot, Giving]]:
    counts: dict[tuple[sympy.Symbol, bool], int] = {}
    for giving in givings:
        key = giving.state, giving.infusion is not None
        counts[key] = counts.get(key, 0) + 1
        word = "infusion" if key[1] else "dose"
        yield DoseSlot(f"{word}_into_{giving.state}_{counts[key]}", *key), giving


def _numbers(giving: Giving | None, later: float) -> dict[str, float]:
    """Return the numbers of a slot; `next` among them, which an initial assignment could give.

    But programs that read the document once and then set parameters may work it out too late.
    """
    if giving is None:
        return {**_NOTHING, "next": 0.0}
    train, first = giving.train, giving.train.first + later
    return {
        "amount": giving.amount, "first": first, "interval": train.interval,
        "inner": float(train.inner or train.count), "cycle": train.cycle,
        "count": float(train.count), "next": first,
    }  # fmt: skip


def _write_slot(sheet: SbmlSheet, slot: DoseSlot) -> None:
    time, vocabulary = sheet.model.vocabulary.time, sheet.model.vocabulary
    per_time = sheet.unit(time) ** Fraction(-1) if slot.infusion else ONE
    of_amount = sheet.unit(slot.state) * per_time
    text = f"{vocabulary[slot.state].unit}/{vocabulary.time_unit}" if slot.infusion else ""
    own = {}
    for word, value in _NOTHING.items():
        unit = of_amount if word == "amount" else sheet.unit(time) if word in _TIMES else ONE
        own[word] = _parameter(sheet, f"{slot.name}_{word}", value, unit, text * (word == "amount"))
    given = _parameter(sheet, f"{slot.name}_given", 0.0, ONE, moves=True)
    following = _parameter(sheet, f"{slot.name}_next", 0.0, sheet.unit(time), moves=True)
    coming = given + 1
    turn = sympy.floor(coming / own["inner"])
    next_time = (
        own["first"] + own["cycle"] * turn + own["interval"] * (coming - own["inner"] * turn)
    )
    target = sheet.plan.infusions[slot.state] if slot.infusion else slot.state
    amount = own["amount"] if slot.infusion else slot.state + own["amount"]
    when = sympy.And(sympy.Ge(time, following), sympy.Lt(given, own["count"]))
    changes = {target: amount, given: coming, following: next_time}
    write_event(sheet, slot.name, when, changes)


def _parameter(
    sheet: SbmlSheet, name: str, value: float, unit: Unit, text: str = "", *, moves: bool = False
) -> sympy.Symbol:
    symbol = sympy.Symbol(name)
    if sheet.names.take(name) != name:
        raise InputError(
            f"{name!r} is a name that doses need in the file; rename that of the model"
        )
    sheet.own(symbol, name, unit)
    sheet.parameter(symbol, value, unit, text=text, constant=not moves)
    return symbol
