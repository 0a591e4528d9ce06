"""A model under a regimen as SBML Level 3 Version 2, through libSBML."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sympy

from pdmodel.dosing import Timetable
from pdmodel.errors import InputError
from pdmodel.interchange.dose_plan import DosePlan
from pdmodel.interchange.sbml_writing.annotation import SBO, write_notes
from pdmodel.interchange.sbml_writing.changes import write_doses, write_events
from pdmodel.interchange.sbml_writing.library import faults_of, sbml_library
from pdmodel.interchange.sbml_writing.movement import write_movement
from pdmodel.interchange.sbml_writing.places import Places
from pdmodel.interchange.sbml_writing.sheet import SbmlSheet
from pdmodel.interchange.written_case import WrittenCase
from pdmodel.model import Model, Patient, Quantity


def to_sbml(
    model: Model,
    regimen: str | Timetable = "no drug",
    *,
    days: float,
    patient: Patient | Mapping[str, float] | None = None,
) -> str:
    """Write a model under a regimen as SBML.

    Parameters
    ----------
    model, regimen, days, patient
        As in `to_antimony`.

    Returns
    -------
    str
        An XML document; libSBML's full check of consistency, units included, has no complaint.

    Raises
    ------
    InputError
        If a value or name is not allowed, something has no counterpart in SBML, or libSBML is not
        installed.
    RegimenError
        If the regimen cannot be given to this model.
    """
    return sbml_text(model, regimen, days=days, patient=patient)


def sbml_text(
    model: Model,
    regimen: str | Timetable = "no drug",
    *,
    days: float,
    patient: Patient | Mapping[str, float] | None = None,
    plan: DosePlan | None = None,
    further: Callable[[SbmlSheet], None] | None = None,
) -> str:
    """Return what `to_sbml` does, with doses of another plan and further parts.

    Parameters
    ----------
    model, regimen, days, patient
        As in `to_sbml`.
    plan
        Instead of what the regimen gives.
    further
        Writes more into the document.

    Raises
    ------
    InputError
        As `to_sbml`.
    """
    library = sbml_library()
    case = WrittenCase.of(model, regimen, days, patient)
    document = _document(SbmlSheet(model, case, library, plan), further)
    if faults := faults_of(document, library, units=model.vocabulary.unit_checks):
        raise InputError(f"the SBML of model {model.name!r} is not consistent: {faults[0]}")
    return str(library.writeSBMLToString(document))


def _document(sheet: SbmlSheet, further: Callable[[SbmlSheet], None] | None) -> Any:
    """Return the document of libSBML."""
    model = sheet.model
    _head(sheet)
    places = Places(model, sheet.names)
    places.write(sheet)
    for quantity in model.parameters:
        _parameter(sheet, quantity)
    for state in model.states:
        places.write_state(sheet, state)
    for symbol, expression in model.definitions.items():
        _definition(sheet, symbol, expression)
    write_movement(sheet, places)
    write_doses(sheet)
    write_events(sheet)
    if further is not None:
        further(sheet)
    sheet.units.write(sheet.sbml, sheet.library)
    return sheet.document


def _head(sheet: SbmlSheet) -> None:
    sbml, model = sheet.sbml, sheet.model
    sbml.setId(sheet.names.take(model.name))
    sbml.setName(model.name)
    sbml.setSBOTerm(SBO["model"])
    sbml.setTimeUnits(sheet.units.identifier(model.vocabulary.time_unit))
    lines = [model.claim, model.refuted_by and f"refuted by: {model.refuted_by}"]
    renamed = ", ".join(f"{old} -> {new}" for old, new in sheet.names.renamed.items())
    lines += [*sheet.case.head, f"time in {model.vocabulary.time_unit}"]
    lines += [f"equations {model.hash}", renamed and f"names that had to change: {renamed}"]
    write_notes(sbml, lines)


def _parameter(sheet: SbmlSheet, quantity: Quantity) -> None:
    symbol = quantity.symbol
    changing = symbol in sheet.plan.changed or symbol in sheet.assigned
    element = sheet.parameter(
        symbol, sheet.case.values[quantity.name], sheet.unit(symbol), text=quantity.unit,
        constant=not changing,
    )  # fmt: skip
    sheet.describe(element, quantity)


def _definition(sheet: SbmlSheet, symbol: sympy.Symbol, expression: sympy.Expr) -> None:
    """Write an auxiliary: what stands still as an initial assignment, the rest as a rule."""
    quantity = sheet.model.vocabulary[symbol]
    still = symbol not in sheet.model.moving and not _is_changed(sheet, symbol)
    element = sheet.parameter(symbol, None, sheet.unit(symbol), text=quantity.unit, constant=still)
    sheet.describe(element, quantity)
    if still:
        sheet.start(symbol, expression)
    else:
        rule = sheet.sbml.createAssignmentRule()
        rule.setVariable(sheet.identifier(symbol))
        rule.setMath(sheet.mathematics.write(expression, sheet.unit(symbol)))


def _is_changed(sheet: SbmlSheet, symbol: sympy.Symbol) -> bool:
    """Whether a constant follows from a parameter that doses or events change."""
    changed = sheet.plan.changed | sheet.assigned
    expression = sheet.model.definitions[symbol]
    below = [s for s in expression.free_symbols if s in sheet.model.definitions]
    return bool(expression.free_symbols & changed) or any(_is_changed(sheet, s) for s in below)
