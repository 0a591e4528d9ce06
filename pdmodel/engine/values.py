"""Values of a model's parameters: the defaults, those of a patient, and the constants they give."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from pdmodel.engine.kernels import compile_model
from pdmodel.errors import InputError, unknown
from pdmodel.model import Model, Patient

Values = Patient | Mapping[str, float] | None


def resolve_values(model: Model, patient: Values) -> dict[str, float]:
    """Return the value of every parameter of a model, those of a patient included.

    Raises
    ------
    InputError
        If a name is unknown, or a value is not a finite number within its bounds.
    """
    values = dict(model.defaults)
    given = patient.values if isinstance(patient, Patient) else (patient or {})
    if not isinstance(given, Mapping):
        raise InputError(f"patient must be a Patient or parameter values by name, got {patient!r}")
    known = {q.name: q for q in model.vocabulary if q.kind == "parameter"}
    for name, value in given.items():
        if name not in known:
            raise unknown("parameter", name, known)
        low, high = known[name].bounds or (-math.inf, math.inf)
        if not (isinstance(value, int | float | np.number) and low <= value <= high):
            raise InputError(
                f"parameter {name!r}: {value!r} is outside [{low:g}, {high:g}] {known[name].unit}"
            )
        if name in values:
            values[name] = float(value)
    return values


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
