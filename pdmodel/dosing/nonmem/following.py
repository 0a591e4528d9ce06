"""Numbers of records that follow parameters of the model: lag, bioavailability, duration, rate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from pdmodel.dosing.nonmem.record import Record
from pdmodel.errors import RegimenError, UnitError, require_known
from pdmodel.units import convert

if TYPE_CHECKING:
    from pdmodel.model import Model

_LAG, _BIOAVAILABILITY, _DURATION, _RATE = "lag", "bioavailability", "duration", "rate"
# What would change the kind of the dose, or its time, where it is nothing.
_POSITIVE = (_DURATION, _RATE)


def followed(records: Iterable[Record]) -> tuple[str, ...]:
    """Return the parameters that the numbers of records follow, each once."""
    names = (name for record in records for name in record.follows.values())
    return tuple(dict.fromkeys(names))


def require_numbers(records: Iterable[Record]) -> None:
    """Refuse records whose numbers have not been put in place.

    Raises
    ------
    RegimenError
        Names the first of them.
    """
    for record in records:
        if record.follows and not record.factors:
            kind, name = next(iter(record.follows.items()))
            raise RegimenError(
                f"the {kind} of the dose at day {record.time:g} follows the parameter {name!r}: "
                "what is given when is known at values of it only, as in simulate, prepare, "
                "prepare_subjects and simulate_cohort"
            )


def with_numbers(
    records: tuple[Record, ...], values: Mapping[str, float], model: Model, unit: str
) -> tuple[Record, ...]:
    """Return records with the numbers that they follow at values of the parameters.

    Parameters
    ----------
    records
        Of one subject.
    values
        Parameters by name, in the units of the model.
    model
        Knows the units.
    unit
        Of amounts.

    Raises
    ------
    RegimenError
        If a parameter is none of the model, has a unit that does not fit, is set by a covariate
        as well, or has a value that no dose can have.
    """
    names = followed(records)
    parameters = [parameter.name for parameter in model.parameters]
    for name in names:
        require_known(f"parameter of model {model.name!r} that a dose follows:", parameters, name)
        if any(name in record.parameters for record in records):
            raise RegimenError(
                f"parameter {name!r} is followed by doses and set by a covariate: let one of "
                "them decide"
            )
    units = {name: model.vocabulary[name].unit for name in names}
    return tuple(_with_numbers(r, values, units, unit) if r.follows else r for r in records)


def _with_numbers(
    record: Record, values: Mapping[str, float], units: Mapping[str, str], unit: str
) -> Record:
    factors = {
        kind: _factor(kind, name, units[name], unit) for kind, name in record.follows.items()
    }
    numbers = {kind: factors[kind] * values[record.follows[kind]] for kind in factors}
    for kind, number in numbers.items():
        if not (number > 0 or (number == 0 and kind not in _POSITIVE)):
            least = "> 0" if kind in _POSITIVE else ">= 0"
            raise RegimenError(
                f"the {kind} of the dose at day {record.time:g} follows "
                f"{record.follows[kind]!r} = {values[record.follows[kind]]:g} "
                f"{units[record.follows[kind]]}, and must be {least}"
            )
    changes: dict[str, float] = numbers
    return replace(record, **changes, factors=factors)  # type: ignore[arg-type]


@lru_cache(maxsize=256)
def _factor(kind: str, name: str, unit: str, amount: str) -> float:
    """Return what one of the parameter's unit is in that of the record."""
    wanted = {_LAG: "day", _DURATION: "day", _BIOAVAILABILITY: "1", _RATE: f"{amount}/day"}[kind]
    try:
        return convert(1.0, unit, to=wanted)
    except UnitError as error:
        raise RegimenError(f"the {kind} of a dose follows {name!r}: {error}") from error


def slopes_of_dose(record: Record) -> tuple[tuple[str, float, float, float], ...]:
    """Return by which day, amount and duration of one dose change with each parameter.

    Returns
    -------
    tuple
        Parameter, d begin, d amount, d duration; in days and the unit of the amount, over the unit
        of the parameter.
    """
    by_name: dict[str, list[float]] = {}
    for kind, factor in record.factors.items():
        amount = record.amount if kind == _BIOAVAILABILITY else 0.0
        duration = {
            _LAG: 0.0,
            _BIOAVAILABILITY: record.amount / record.rate if record.rate else 0.0,
            _DURATION: 1.0,
            _RATE: -record.delivered / record.rate**2 if record.rate else 0.0,
        }[kind]
        change = (1.0 if kind == _LAG else 0.0, amount, duration)
        sums = by_name.setdefault(record.follows[kind], [0.0, 0.0, 0.0])
        for index, part in enumerate(change):
            sums[index] += factor * part
    return tuple((name, *sums) for name, sums in by_name.items())  # type: ignore[misc]
