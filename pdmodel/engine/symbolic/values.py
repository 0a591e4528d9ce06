"""Values of a model's parameters: the defaults, those of a patient, and the constants they give."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from pdmodel.arguments import as_number, by_name, shown
from pdmodel.engine.symbolic.model_functions import compile_model
from pdmodel.errors import InputError, require_known
from pdmodel.model import Model, Patient, Quantity

Values = Patient | Mapping[str, float] | None


def resolve_values(model: Model, patient: Values) -> dict[str, float]:
    """Return the value of every parameter of a model, those of a patient included.

    Raises
    ------
    InputError
        If a name is unknown, or a value is not a finite number within its bounds.
    """
    values = dict(model.defaults)
    parameters = {q.name: q for q in model.vocabulary if q.kind == "parameter"}
    for name, value in given_values(patient).items():
        require_known("parameter", parameters, name)
        checked = check_value(parameters[name], value)
        if name in values:
            values[name] = checked
    return values


def given_values(patient: Values) -> dict[str, Any]:
    """Return values by name, of whatever holds them.

    Raises
    ------
    InputError
        If it holds none.
    """
    if patient is None:
        return {}
    given: Any = patient.values if isinstance(patient, Patient) else patient
    if not hasattr(given, "items"):
        raise InputError(
            f"patient must be a Patient or parameter values by name, got {shown(patient)}"
        )
    return by_name(given, "parameter")


def check_value(quantity: Quantity, value: Any, of: str = "") -> float:
    """Return the value of a parameter as a float.

    Parameters
    ----------
    quantity
        The parameter, with bounds and unit.
    value
        What was given.
    of
        Whose it is, for the message, e.g. ` of patient 3`.

    Raises
    ------
    InputError
        If it is no number, or outside its bounds.
    """
    number = as_number(value)
    if number is None:
        raise InputError(f"parameter {quantity.name!r}{of}: {shown(value)} is not a number")
    low, high = quantity.bounds or (-math.inf, math.inf)
    if not low <= number <= high or math.isinf(number):
        raise InputError(
            f"parameter {quantity.name!r}{of}: {number:g} is outside [{low:g}, {high:g}] "
            f"{quantity.unit}"
        )
    return number


def checked_constants(model: Model, values: Mapping[str, float]) -> dict[str, float]:
    """Evaluate the derived constants and refuse those below the least that makes sense.

    Raises
    ------
    InputError
        If the parameters contradict each other, e.g. killing above the measured total death.
    """
    constants = compile_model(model).constants(values)
    check_constants(model, constants)
    return constants


def check_constants(model: Model, constants: Mapping[str, float]) -> None:
    """Refuse derived constants that are not finite or below the least that makes sense."""
    for name, value in constants.items():
        minimum = model.vocabulary[name].minimum
        if not math.isfinite(value) or (minimum is not None and value < minimum):
            rule = "finite" if minimum is None else f">= {minimum:g}"
            raise InputError(f"the parameters give {name} = {value:.4g}, must be {rule}")
