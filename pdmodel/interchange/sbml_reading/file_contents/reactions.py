"""Reactions and events of an SBML document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sympy

from pdmodel.interchange.sbml_reading.file_contents.elements import (
    LocalParameter,
    SbmlContents,
    SbmlEvent,
    SbmlReaction,
    SpeciesShare,
)
from pdmodel.interchange.sbml_reading.file_contents.formulas import FormulaReader
from pdmodel.interchange.sbml_reading.file_contents.library import each
from pdmodel.interchange.sbml_reading.file_contents.notes import plain_text, title
from pdmodel.interchange.sbml_reading.file_contents.operators import number
from pdmodel.interchange.sbml_reading.file_contents.symbol_names import SymbolNames
from pdmodel.interchange.sbml_reading.file_contents.units_in_words import unit_in_words


def read_reaction(
    reaction: Any, contents: SbmlContents, reader: FormulaReader, names: SymbolNames, model: Any
) -> SbmlReaction:
    """Return one reaction; parameters are libSBML's, and what the file has said so far."""
    name, late = reaction.getId(), reaction.getLevel() > 2
    law = reaction.getKineticLaw() if reaction.isSetKineticLaw() else None
    local: list[LocalParameter] = []
    rate = None
    if law is not None and law.isSetMath():
        bound = {}
        own = law.getListOfLocalParameters() if late else law.getListOfParameters()
        for parameter in each(own):
            symbol = names.symbol(f"{name}_{parameter.getId()}")
            bound[parameter.getId()] = symbol
            unit = unit_in_words(parameter.getUnits(), model)
            called = f"{title(parameter)} of {name}"
            local.append(LocalParameter(symbol, called, parameter.getValue(), unit))
        rate = reader.number(law.getMath(), f"the rate of reaction {name!r}", bound)
    shares = tuple(_shares(reaction, contents, reader)) if rate is not None else ()
    says = plain_text(reaction) or title(reaction)
    return SbmlReaction(name, title(reaction), says, rate, shares, tuple(local))


def _shares(reaction: Any, contents: SbmlContents, reader: FormulaReader) -> Iterator[SpeciesShare]:
    for sign, listed in ((-1, reaction.getListOfReactants()), (1, reaction.getListOfProducts())):
        for element in each(listed):
            amount = _stoichiometry(element, contents, reader)
            yield SpeciesShare(element.getSpecies(), sign * amount)


def _stoichiometry(reference: Any, contents: SbmlContents, reader: FormulaReader) -> sympy.Expr:
    name = reference.getId() if reference.isSetId() else ""
    if reference.getLevel() < 3:
        if reference.isSetStoichiometryMath() and reference.getStoichiometryMath().isSetMath():
            where = f"the stoichiometry of {reference.getSpecies()!r}"
            return reader.number(reference.getStoichiometryMath().getMath(), where)
        if not name or name not in contents.assigned:
            return number(reference.getStoichiometry()) / reference.getDenominator()
    return contents.symbols[name] if name else number(reference.getStoichiometry())


def read_event(event: Any, place: int, reader: FormulaReader) -> SbmlEvent:
    """Return one event of libSBML; `place` names one that has no id."""
    name = event.getId() or f"event_{place + 1}"
    trigger, late = event.getTrigger(), event.getLevel() > 2
    where = f"event {name!r}"

    def formula(element: Any) -> sympy.Expr | None:
        given = element is not None and element.isSetMath()
        return reader.number(element.getMath(), where) if given else None

    before = (event.getLevel(), event.getVersion()) < (2, 4)
    at_trigger = before or event.getUseValuesFromTriggerTime()
    return SbmlEvent(
        name, reader.condition(trigger.getMath(), where),
        initially=bool(trigger.getInitialValue()) if late else True,
        persistent=bool(trigger.getPersistent()) if late else True,
        delay=formula(event.getDelay()) if event.isSetDelay() else None,
        priority=formula(event.getPriority()) if event.isSetPriority() else None,
        values_at="trigger" if at_trigger else "execution",
        assign=tuple(
            (assignment.getVariable(), reader.number(assignment.getMath(), where))
            for assignment in each(event.getListOfEventAssignments())
            if assignment.isSetMath()
        ),
    )  # fmt: skip
