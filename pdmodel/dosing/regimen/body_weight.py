"""The body weight of a patient, by which doses such as `5 mg/kg` become amounts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pdmodel.arguments import as_number
from pdmodel.errors import InputError, UnitError
from pdmodel.units import convert, parse_quantity, parse_unit

if TYPE_CHECKING:
    from pdmodel.model import Model, Patient

WEIGHT_NAMES = ("body_weight", "weight", "bodyweight")
"""Parameters that are taken for the body weight of a patient, where their unit is one of mass."""


def read_weight(text: str) -> float:
    """Return a body weight such as `70 kg` in kilograms.

    Parameters
    ----------
    text
        A number and a unit of mass.

    Raises
    ------
    InputError
        If the text is no weight > 0.
    """
    try:
        value, unit = parse_quantity(text)
        weight = convert(value, unit, to="kg")
    except UnitError as error:
        raise InputError(f"body weight {text!r}: {error}; write e.g. '70 kg'") from error
    if not weight > 0:
        raise InputError(f"a body weight must be > 0, got {text!r}")
    return weight


def unit_by_weight(unit: str) -> tuple[str, str] | None:
    """Return the unit of the dose and that of the weight of a unit such as `mg/kg`, else None.

    Parameters
    ----------
    unit
        Of an amount.

    Examples
    --------
    >>> unit_by_weight("mg/kg"), unit_by_weight("mg")
    (('mg', 'kg'), None)

    Raises
    ------
    UnitError
        If it is no unit.
    """
    dose, _, per = unit.rpartition("/")
    if not dose or not parse_unit(per).same_dimension(parse_unit("kg")):
        return None
    return (dose, per) if parse_unit(dose).powers else None


def weight_of(model: Model, patient: Patient | Mapping[str, float] | None = None) -> float | None:
    """Return the body weight that a patient has in a model, in kilograms; None where it has none.

    Parameters
    ----------
    model
        Its vocabulary may declare a parameter `body_weight` or `weight`, with a unit of mass; the
        equations need not use it.
    patient
        A Patient, or values by name of parameter; what is missing is the default.
    """
    given = getattr(patient, "values", None) if not isinstance(patient, Mapping) else patient
    values = {**model.defaults, **(given if isinstance(given, Mapping) else {})}
    for name in WEIGHT_NAMES:
        if name not in model.vocabulary:
            continue
        quantity = model.vocabulary[name]
        weight = as_number(values.get(name, quantity.value))
        if weight and parse_unit(quantity.unit).same_dimension(parse_unit("kg")) and weight > 0:
            return convert(weight, quantity.unit, to="kg")
    return None
