"""The model of a PEtab problem, made ready for what its tables change."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from pdmodel.errors import InputError
from pdmodel.interchange.sbml_writing.library import sbml_library


def assigned_at_start(text: str) -> set[str]:
    """Return the ids that initial assignments of a document give a start."""
    model = sbml_library().readSBMLFromString(text).getModel()
    count = 0 if model is None else model.getNumInitialAssignments()
    return {model.getInitialAssignment(number).getSymbol() for number in range(count)}


def make_settable(
    text: str, values: Mapping[str, float], set_first: Iterable[str], targets: Iterable[str]
) -> str:
    """Return a document in which tables can set what they name.

    Parameters
    ----------
    text
        A document of SBML.
    values
        Numbers of parameters that the tables give, by id: they stand instead of what is there.
    set_first
        Ids that lose their initial assignment: the tables set them at the start.
    targets
        Ids that conditions set at any time; they need a number.

    Raises
    ------
    InputError
        If a target follows from a rule, so that nothing can set it.
    """
    library = sbml_library()
    document = library.readSBMLFromString(text)
    model = document.getModel()
    if model is None:
        raise InputError("the model of the PEtab problem is no SBML")
    freed = {*set_first, *values}
    for name in sorted({*targets, *freed}):
        element = model.getElementBySId(name)
        if element is None:
            continue
        if model.getAssignmentRuleByVariable(name) is not None:
            raise InputError(f"condition target {name!r} follows from a rule of the model")
        assignment = model.getInitialAssignmentBySymbol(name)
        if assignment is not None and name in freed:
            assignment.removeFromParentAndDelete()
        if assignment is None or name in freed:
            _give_number(element, values.get(name))
    return str(library.writeSBMLToString(document))


def _give_number(element: Any, value: float | None) -> None:
    """Give an element a number where it has none, or another one."""
    kind = element.getElementName()
    if kind == "species":
        unknown = not (element.isSetInitialAmount() or element.isSetInitialConcentration())
        if value is not None or unknown:
            set_value = (
                element.setInitialAmount if element.getHasOnlySubstanceUnits()
                else element.setInitialConcentration
            )  # fmt: skip
            set_value(0.0 if value is None else value)
    elif kind == "compartment":
        if value is not None or not element.isSetSize():
            element.setSize(1.0 if value is None else value)
    elif kind == "parameter" and (value is not None or not _has_value(element)):
        element.setValue(0.0 if value is None else value)


def _has_value(element: Any) -> bool:
    return bool(element.isSetValue() and math.isfinite(element.getValue()))
