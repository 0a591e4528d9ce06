"""A model under a regimen, with the values of a patient, worked out for a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import sympy

from pdmodel.arguments import number
from pdmodel.dosing import Timetable, read_regimen, weight_of
from pdmodel.engine.schedule.build import make_schedule
from pdmodel.engine.schedule.edges import RunSchedule
from pdmodel.engine.symbolic.values import checked_constants, resolve_values
from pdmodel.model import Model, Patient
from pdmodel.model.model import require_model


class WrittenCase(NamedTuple):
    """A model under a regimen, worked out for a file.

    Parameters
    ----------
    values
        Of parameters, constants and the constants that follow from them.
    schedule
        What is given when.
    head
        Regimen and patient in words, a line each.
    """

    values: dict[str, float]
    schedule: RunSchedule
    head: list[str]

    @classmethod
    def of(
        cls, model: Model, regimen: str | Timetable, days: float,
        patient: Patient | Mapping[str, float] | None,
    ) -> WrittenCase:  # fmt: skip
        """Work a case out; parameters are those of `to_antimony`."""
        require_model(model, "a file of SBML or Antimony")
        days = number(days, "days", above=0)
        plan = read_regimen(regimen, model=model, weight=weight_of(model, patient))
        schedule = make_schedule(model, plan, days)
        values = resolve_values(model, patient) | first_values(model, schedule)
        values |= checked_constants(model, values)
        who = patient.name if isinstance(patient, Patient) else ""
        unit = model.vocabulary.time_unit
        head = [f"regimen: {plan}; doses before {unit} {days:g}", f"values: {who or 'as below'}"]
        return cls(values, schedule, head)


def written_symbols(model: Model) -> list[sympy.Symbol]:
    """Return the symbols that a file names, in the order in which they take their names."""
    return [*(q.symbol for q in model.parameters), *model.definitions, *model.states]


def first_values(model: Model, schedule: RunSchedule) -> dict[str, float]:
    """Return the parameters that a schedule sets before a run begins, by name."""
    names = [quantity.name for quantity in model.parameters]
    return {names[position]: value for position, value in schedule.first_values}
