"""Units of a model as unit definitions of SBML: each once, in words that people know."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Any, NamedTuple

from pdmodel.errors import InputError
from pdmodel.interchange.names import Names
from pdmodel.units import ONE, Unit, parse_unit


class Factor(NamedTuple):
    """One factor of a unit, `(multiplier * kind) ** exponent`."""

    kind: str
    exponent: Fraction
    multiplier: float


_PREFIXES = {"f": 1e-15, "p": 1e-12, "n": 1e-9, "u": 1e-6, "m": 1e-3, "c": 1e-2, "d": 1e-1, "": 1.0,
             "k": 1e3, "M": 1e6, "G": 1e9}  # fmt: skip
_KINDS = {"g": "gram", "L": "litre", "l": "litre", "mol": "mole", "m": "metre", "s": "second"}
_WORDS = {
    "day": ("second", 86400.0), "days": ("second", 86400.0), "d": ("second", 86400.0),
    "hour": ("second", 3600.0), "hours": ("second", 3600.0), "h": ("second", 3600.0),
    "minute": ("second", 60.0), "minutes": ("second", 60.0), "min": ("second", 60.0),
    "week": ("second", 604800.0), "weeks": ("second", 604800.0),
    "cell": ("item", 1.0), "cells": ("item", 1.0),
    "M": ("mole", 1.0), "1": ("dimensionless", 1.0),
}  # fmt: skip
# What `Unit` counts in: its base units as SBML knows them.
_BASE = {
    "mass": ("gram", 1.0), "length": ("metre", 1.0), "time": ("second", 86400.0),
    "amount": ("mole", 1.0), "cell_count": ("item", 1.0), "temperature": ("kelvin", 1.0),
    "current": ("ampere", 1.0), "luminosity": ("candela", 1.0),
}  # fmt: skip
_SUBSTANCES = frozenset({"mass", "amount", "cell_count"})
_VOLUME = (("length", Fraction(3)),)


def substance_of(unit: Unit) -> Unit | None:
    """Return the unit if SBML lets a species be counted in it."""
    plain = not unit.powers or (
        len(unit.powers) == 1 and unit.powers[0][0] in _SUBSTANCES and unit.powers[0][1] == 1
    )
    return unit if plain else None


def volume_of(text: str, unit: Unit) -> str | None:
    """Return the volume that a concentration is a share of, e.g. `mL` of `pg/mL`."""
    powers = dict(unit.powers)
    if powers.pop("length", None) != -3 or len(powers) > 1:
        return None
    below = text.rpartition("/")[2].strip()
    written = "/" in text and parse_unit(below).powers == _VOLUME
    volume = below if written else "L"
    return volume if substance_of(unit * parse_unit(volume)) else None


class UnitDefinitions:
    """Gives units their identifiers and writes those that were asked for.

    Parameters
    ----------
    names
        Where the identifiers of units come from; SBML keeps them apart from all others.

    Examples
    --------
    >>> units = UnitDefinitions()
    >>> units.identifier("pg/mL"), units.identifier("1/day"), units.identifier("1")
    ('pg_per_mL', 'per_day', 'dimensionless')
    """

    def __init__(self, names: Names | None = None) -> None:
        self._names = names or Names(_KIND_NAMES)
        self._known: list[tuple[Unit, str, list[Factor]]] = []

    def identifier(self, text: str) -> str:
        """Return the identifier of a unit in words."""
        return self.identifier_of(parse_unit(text), text)

    def identifier_of(self, unit: Unit, text: str = "") -> str:
        """Return the identifier of a unit, in the words it was first met with."""
        if unit.matches(ONE):
            return "dimensionless"
        for known, identifier, _ in self._known:
            if known.matches(unit):
                return identifier
        factors = _factors(text, unit) if text else None
        name = self._names.take(_identifier(text) if factors else "unit")
        self._known.append((unit, name, factors or _plain_factors(unit)))
        return name

    def write(self, model: Any, library: Any) -> None:
        """Write the definitions into a model of libSBML, which is the library."""
        for _, identifier, factors in self._known:
            definition = model.createUnitDefinition()
            definition.setId(identifier)
            for factor in factors:
                unit = definition.createUnit()
                unit.setKind(library.UnitKind_forName(factor.kind))
                unit.setExponent(float(factor.exponent))
                unit.setScale(0)
                unit.setMultiplier(factor.multiplier)


_KIND_WORDS = (
    "ampere avogadro becquerel candela coulomb dimensionless farad gram gray henry hertz item "
    "joule katal kelvin kilogram litre lumen lux metre mole newton ohm pascal radian second "
    "siemens sievert steradian tesla volt watt weber substance volume area length time"
)
_KIND_NAMES = frozenset(_KIND_WORDS.split())


def _identifier(text: str) -> str:
    text = text.strip().replace("^", "").replace("**", "").replace("%", "percent")
    above, *below = [re.sub(r"\W+", "_", part.strip()) for part in text.split("/")]
    return "_per_".join([above, *below]) if above != "1" else f"per_{'_per_'.join(below)}"


def _plain_factors(unit: Unit) -> list[Factor]:
    """Return base units, and their scale beside them."""
    factors = []
    if not math.isclose(unit.scale, 1.0, rel_tol=1e-12) or not unit.powers:
        factors.append(Factor("dimensionless", Fraction(1), unit.scale))
    for dimension, exponent in unit.powers:
        if dimension not in _BASE:
            raise InputError(f"unit {unit} has no counterpart in SBML")
        kind, multiplier = _BASE[dimension]
        factors.append(Factor(kind, exponent, multiplier))
    return factors


_TOKEN = re.compile(r"(\d+(?:\.\d+)?(?:[eE]-?\d+)?|[A-Za-z]+)(?:(?:\^|\*\*)(-?\d+))?")


def _factors(text: str, unit: Unit) -> list[Factor] | None:
    """Return the factors as they are written, or None where they are not plain words."""
    factors: list[Factor] = []
    number = 1.0
    for position, part in enumerate(text.split("/")):
        for token in part.replace("*", " ").replace("  ", "**").split():
            match = _TOKEN.fullmatch(token)
            if match is None:
                return None
            power = Fraction(int(match[2] or 1)) * (-1 if position else 1)
            if match[1][0].isdigit():
                number *= float(match[1]) ** float(power)
            elif (kind := _kind(match[1])) is not None:
                factors.append(Factor(kind[0], power, kind[1]))
            else:
                return None
    if number != 1:
        factors.insert(0, Factor("dimensionless", Fraction(1), number))
    return factors if factors and _product(factors).matches(unit) else None


def _kind(word: str) -> tuple[str, float] | None:
    if word in _WORDS and word != "M":
        return _WORDS[word]
    for length in (1, 2, 3):
        prefix, base = word[:-length], word[-length:]
        if base in _KINDS and prefix in _PREFIXES:
            return _KINDS[base], _PREFIXES[prefix]
    return None


def _product(factors: list[Factor]) -> Unit:
    """Return what factors amount to, to check them by."""
    bases = {
        "gram": parse_unit("g"), "litre": parse_unit("L"), "mole": parse_unit("mol"),
        "metre": parse_unit("m"), "item": parse_unit("cells"), "dimensionless": ONE,
        "second": Unit(1 / 86400.0, (("time", Fraction(1)),)),
    }  # fmt: skip
    result = ONE
    for factor in factors:
        base = bases[factor.kind]
        result = result * Unit(base.scale * factor.multiplier, base.powers) ** factor.exponent
    return result
