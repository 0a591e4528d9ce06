"""What event records give, in words: a line a record that does something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pdmodel.dosing.action import snap
from pdmodel.dosing.nonmem.record import MULTIPLY, REPLACE, RESET, RESET_AND_DOSE, Record
from pdmodel.dosing.regimen.describe import Words, day, infusion, span, times, totals
from pdmodel.text import rounded

if TYPE_CHECKING:
    from pdmodel.dosing.nonmem.timetable import Events
    from pdmodel.model import Model


def describe_events(events: Events, days: float | None, model: Model | None) -> Words:
    """Say what records give; lag, F and its effect on infusions are spelled out."""
    shown = [r for r in events.records if days is None or r.time < days]
    speaker = _Speaker(events.unit, model)
    lines = [line for line in map(speaker.line, shown) if line]
    if not lines:
        return Words("Nothing is given.")
    if days is not None:
        deliveries = [delivery for delivery in events.doses(days) if delivery.begin < days]
        targets = [delivery.target for delivery in deliveries]
        units = dict.fromkeys(targets, events.unit)
        lines += totals(events.prescribed(days), units, targets, days, speaker.drug)
    return Words("\n".join(lines))


class _Speaker:
    """Knows the unit and how compartments are called."""

    def __init__(self, unit: str, model: Model | None) -> None:
        self.unit, self.model = unit, model

    def line(self, record: Record) -> str:
        """Describe one record; nothing if it changes no state."""
        at, place = day(record.time), self.place(record.compartment)
        if record.evid == RESET:
            return f"At {at} everything starts anew; what has not arrived is cancelled"
        if record.evid == REPLACE:
            return f"At {at} {place} is set to {rounded(record.amount, 6)} {self.unit}"
        if record.evid == MULTIPLY:
            return f"At {at} {place} is multiplied by {rounded(record.amount, 6)}"
        if not record.gives:
            return ""
        start = f"At {at} everything starts anew; then " if record.evid == RESET_AND_DOSE else ""
        return start + (self._constant(record) if record.constant else self._dose(record))

    def _constant(self, record: Record) -> str:
        rate = f"{rounded(record.rate, 6)} {self.unit} a day into {self.place(record.compartment)}"
        return f"infused without end until {day(record.time)}: {rate}{_steady(record)}"

    def _dose(self, record: Record) -> str:
        what = f"{rounded(record.amount, 6)} {self.unit} into {self.place(record.compartment)}"
        if snap(record.time + record.infused_over) > snap(record.time):
            what += infusion(record.infused_at, record.infused_over, self.unit)
        what += f" at {day(record.time)}"
        if record.additional:
            what += f", then every {span(record.interval, one='')}, {times(record.additional)}"
        return what + _steady(record) + self._lag(record) + self._factor(record)

    def _lag(self, record: Record) -> str:
        return f"; arrives {span(record.lag)} late" if record.lag else ""

    def _factor(self, record: Record) -> str:
        """Say what F does: to the amount, and to duration or rate of an infusion."""
        if record.bioavailability == 1:
            return ""
        arriving = f"{rounded(record.delivered, 6)} {self.unit}"
        text = f"; F = {rounded(record.bioavailability, 6)}: {arriving} of it arrive"
        if record.rate:
            text += f", the rate stays and the infusion lasts {span(record.infused_over)}"
            text += f", not {span(record.amount / record.rate)}"
        elif record.duration:
            text += f", the duration stays and the infusion runs at {rounded(record.infused_at, 6)}"
            text += f", not {rounded(record.amount / record.duration, 6)} {self.unit} a day"
        return text

    def place(self, compartment: str) -> str:
        """Name a compartment, with the state's name where a model is known."""
        name = f"compartment {compartment}" if compartment.isdecimal() else compartment
        if self.model is None:
            return name or "the main compartment"
        doses = {drug: state.name for drug, state in self.model.doses.items()}
        if not compartment:
            return next(iter(doses.values()), "the main compartment")
        states = [state.name for state in self.model.states]
        if compartment.isdecimal() and 1 <= int(compartment) <= len(states):
            return f"{states[int(compartment) - 1]} ({name})"
        return f"{doses[compartment]} ({name})" if compartment in doses else name

    def drug(self, compartment: str) -> str:
        """Name what a total is of."""
        return f"drug into {self.place(compartment)}"


def _steady(record: Record) -> str:
    if not record.steady:
        return ""
    text = ", after the same for so long that it has come to a steady state"
    return text + (", on top of what is there" if record.steady == 2 else "")
