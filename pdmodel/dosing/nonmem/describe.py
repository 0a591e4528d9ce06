"""What event records give, in words: a line a record that does something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pdmodel.dosing.action import snap
from pdmodel.dosing.nonmem.record import MULTIPLY, REPLACE, RESET, RESET_AND_DOSE, Record
from pdmodel.dosing.regimen.describe import day, infusion, span, times
from pdmodel.text import rounded

if TYPE_CHECKING:
    from pdmodel.model import Model


class RecordWords:
    """Writes records in one unit, with compartments called as in a model."""

    def __init__(self, unit: str, model: Model | None) -> None:
        self.unit, self.model = unit, model

    def line(self, record: Record) -> str:
        """Describe one record; nothing if it changes no state."""
        at, compartment = day(record.time), self.name(record.compartment)
        if record.evid == RESET:
            return f"At {at} everything starts anew; what has not arrived is cancelled"
        if record.evid == REPLACE:
            return f"At {at} {compartment} is set to {rounded(record.amount, 6)} {self.unit}"
        if record.evid == MULTIPLY:
            return f"At {at} {compartment} is multiplied by {rounded(record.amount, 6)}"
        if not record.gives:
            return ""
        start = f"At {at} everything starts anew; then " if record.evid == RESET_AND_DOSE else ""
        return start + (self._constant(record) if record.constant else self._dose(record))

    def _constant(self, record: Record) -> str:
        rate = f"{rounded(record.rate, 6)} {self.unit} a day into {self.name(record.compartment)}"
        return f"infused without end until {day(record.time)}: {rate}{_steady(record)}"

    def _dose(self, record: Record) -> str:
        what = f"{rounded(record.amount, 6)} {self.unit} into {self.name(record.compartment)}"
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

    def name(self, compartment: str) -> str:
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
        return f"drug into {self.name(compartment)}"


def _steady(record: Record) -> str:
    if not record.steady:
        return ""
    text = ", after the same for so long that it has come to a steady state"
    return text + (", on top of what is there" if record.steady == 2 else "")
