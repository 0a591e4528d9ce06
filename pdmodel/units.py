"""The only door to pint: units as a scale and powers of dimensions.

Pint takes a noticeable part of a cold start, so the units that models of this field use are
tabulated (a test holds the table against pint) and pint is imported for any other.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

from pdmodel.errors import UnitError, nearest, shortened

_AMOUNT, _COUNT, _LENGTH, _MASS, _TIME = "amount", "cell_count", "length", "mass", "time"


@dataclass(frozen=True)
class Unit:
    """A unit as a multiple of base units (gram, metre, day, mole, cell).

    Parameters
    ----------
    scale
        How many base units one of this unit is.
    powers
        Sorted pairs of dimension and exponent; empty for a plain number.
    """

    scale: float
    powers: tuple[tuple[str, Fraction], ...] = ()

    def __mul__(self, other: Unit) -> Unit:
        """Multiply two units."""
        powers = dict(self.powers)
        for dimension, exponent in other.powers:
            powers[dimension] = powers.get(dimension, Fraction(0)) + exponent
        return _unit(self.scale * other.scale, powers)

    def __pow__(self, exponent: Fraction) -> Unit:
        """Raise a unit to a rational power."""
        powers = {dimension: value * exponent for dimension, value in self.powers}
        return _unit(self.scale ** float(exponent), powers)

    def same_dimension(self, other: Unit) -> bool:
        """Whether both measure the same kind of thing."""
        return self.powers == other.powers

    def matches(self, other: Unit) -> bool:
        """Whether both are the same unit, scale included."""
        return self.same_dimension(other) and math.isclose(self.scale, other.scale, rel_tol=1e-9)

    def __str__(self) -> str:
        """Write the unit in base units, for error messages."""
        parts = [f"{d}^{e}" if e != 1 else d for d, e in self.powers]
        scale = "" if math.isclose(self.scale, 1.0) else f"{self.scale:.6g} "
        return scale + (" ".join(parts) or "1")


def _unit(scale: float, powers: dict[str, Fraction]) -> Unit:
    kept = sorted((d, Fraction(e)) for d, e in powers.items() if e != 0)
    return Unit(scale, tuple(kept))


ONE = Unit(1.0)
_LITRE = {_LENGTH: Fraction(3)}
_PER_LITRE = {_LENGTH: Fraction(-3)}

# Units of the shipped models and other common ones; anything else is asked of pint.
_TABLE: dict[str, Unit] = {
    "1": ONE,
    "day": _unit(1.0, {_TIME: Fraction(1)}),
    "days": _unit(1.0, {_TIME: Fraction(1)}),
    "d": _unit(1.0, {_TIME: Fraction(1)}),
    "hour": _unit(1 / 24, {_TIME: Fraction(1)}),
    "hours": _unit(1 / 24, {_TIME: Fraction(1)}),
    "h": _unit(1 / 24, {_TIME: Fraction(1)}),
    "week": _unit(7.0, {_TIME: Fraction(1)}),
    "weeks": _unit(7.0, {_TIME: Fraction(1)}),
    "minute": _unit(1 / 1440, {_TIME: Fraction(1)}),
    "minutes": _unit(1 / 1440, {_TIME: Fraction(1)}),
    "1/day": _unit(1.0, {_TIME: Fraction(-1)}),
    "1/hour": _unit(24.0, {_TIME: Fraction(-1)}),
    "mg": _unit(1e-3, {_MASS: Fraction(1)}),
    "mg^2": _unit(1e-6, {_MASS: Fraction(2)}),
    "g": _unit(1.0, {_MASS: Fraction(1)}),
    "kg": _unit(1e3, {_MASS: Fraction(1)}),
    "mg/day": _unit(1e-3, {_MASS: Fraction(1), _TIME: Fraction(-1)}),
    "L": _unit(1e-3, _LITRE),
    "L/day": _unit(1e-3, {**_LITRE, _TIME: Fraction(-1)}),
    "ng/mL": _unit(1e-3, {_MASS: Fraction(1), **_PER_LITRE}),
    "pg/mL": _unit(1e-6, {_MASS: Fraction(1), **_PER_LITRE}),
    "L/mg": _unit(1.0, {**_LITRE, _MASS: Fraction(-1)}),
    "mg/L": _unit(1.0, {_MASS: Fraction(1), **_PER_LITRE}),
    "g/L": _unit(1e3, {_MASS: Fraction(1), **_PER_LITRE}),
    "g/mol": _unit(1.0, {_MASS: Fraction(1), _AMOUNT: Fraction(-1)}),
    "nmol/L": _unit(1e-6, {_AMOUNT: Fraction(1), **_PER_LITRE}),
    "L/nmol": _unit(1e6, {_AMOUNT: Fraction(-1), **_LITRE}),
    "nmol/mmol": _unit(1e-6, {}),
    "ng/ug": _unit(1e-3, {}),
    "mL/min": _unit(1.44e-3, {**_LITRE, _TIME: Fraction(-1)}),
    "1e9 cells": _unit(1e9, {_COUNT: Fraction(1)}),
    "1e9 cells/L": _unit(1e12, {_COUNT: Fraction(1), **_PER_LITRE}),
    "cm": _unit(1e-2, {_LENGTH: Fraction(1)}),
    "cm^2": _unit(1e-4, {_LENGTH: Fraction(2)}),
}


@cache
def parse_unit(text: str) -> Unit:
    """Read a unit such as `pg/mL` or `1e9 cells/L`.

    Parameters
    ----------
    text
        Unit in words that pint knows; `1` is a plain number and `cells` counts cells.

    Returns
    -------
    Unit
        Scale and dimensions.

    Raises
    ------
    UnitError
        If the text is not a unit.

    Examples
    --------
    >>> parse_unit("mg/day") == parse_unit("mg") * parse_unit("1/day")
    True
    """
    key = text.strip()
    if key in _TABLE:
        return _TABLE[key]
    if len(key) > _LONGEST or not _SHAPE.fullmatch(key):
        raise _not_a_unit(key)
    return _from_pint(key)


# Pint works out whatever it is given, `10**10**10` too: it is asked only for products of words and
# numbers with small exponents.
_LONGEST = 80
_FACTOR = (
    r"\(?(?:\d+(?:\.\d+)?(?:[eE][-+]?\d{1,3})?|[A-Za-zµμ%][\wµμ]*)"
    r"(?:\s*(?:\^|\*\*)\s*(?:-?\d{1,2}(?:\.\d+)?|\(-?\d{1,2}/\d{1,2}\)))?\)?"
)
_SHAPE = re.compile(rf"{_FACTOR}(?:(?:\s*[*/]\s*|\s+){_FACTOR})*", re.ASCII)


def _not_a_unit(text: str) -> UnitError:
    shown = shortened(text, _LONGEST)
    hint = nearest(shown, _TABLE) or "; write e.g. pg/mL, 1/day, mg"
    return UnitError(f"{shown!r} is not a unit{hint}")


def _from_pint(text: str) -> Unit:
    """Ask pint, in the base units of `Unit`."""
    import tokenize

    import pint

    registry = _registry()
    try:
        quantity = registry.Quantity(text)
        base = quantity.to_base_units()
        shifted = registry.Quantity(0, quantity.units).to_base_units().magnitude != 0
        scale = float(base.magnitude)
        for unit, exponent in base._units.items():
            scale *= _BASE_SCALES.get(str(unit), 1.0) ** float(exponent)
        powers = {
            str(d).strip("[]"): Fraction(e).limit_denominator(100)
            for d, e in quantity.dimensionality.items()
        }
    except (pint.errors.PintError, tokenize.TokenError, *_UNREADABLE) as error:
        raise _not_a_unit(text) from error
    if shifted or not (math.isfinite(scale) and scale > 0):
        raise UnitError(f"{text!r} cannot scale a number: a unit must be a multiple of base units")
    names = {"substance": _AMOUNT}
    return _unit(scale, {names.get(d, d): e for d, e in powers.items()})


# What pint lets through from Python when a text is no expression at all.
_UNREADABLE = (AttributeError, TypeError, ValueError, AssertionError, SyntaxError, ArithmeticError)
_BASE_SCALES = {"kilogram": 1e3, "second": 1 / 86400.0}


@cache
def _registry() -> Any:
    import pint

    registry: Any = pint.UnitRegistry()
    registry.define("cell = [cell_count] = _ = cells")
    return registry


_QUANTITY = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*([^\W\d].*|%)\s*")


def convert(value: float, unit: str, to: str) -> float:
    """Convert a number from one unit to another of the same dimension.

    Raises
    ------
    UnitError
        If the units do not measure the same thing.

    Examples
    --------
    >>> convert(0.01, "g", to="mg")
    10.0
    """
    source, target = parse_unit(unit), parse_unit(to)
    if not source.same_dimension(target):
        raise UnitError(
            f"{unit!r} cannot be given where {to!r} is needed: {source} against {target}"
        )
    return value if source == target else value * source.scale / target.scale


def parse_quantity(text: str) -> tuple[float, str]:
    """Split `10 mg` into number and unit.

    Raises
    ------
    UnitError
        If the text is not a number followed by a unit.
    """
    match = _QUANTITY.fullmatch(text)
    if match is None or not math.isfinite(float(match[1])):
        raise UnitError(f"{text!r} is not a number with a unit (write e.g. '10 mg')")
    unit = match[2].strip()
    parse_unit(unit)
    return float(match[1]), unit
