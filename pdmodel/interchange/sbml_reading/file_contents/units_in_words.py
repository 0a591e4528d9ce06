"""Units of SBML in the words of pdmodel; what it has no word for is a plain number."""

from __future__ import annotations

import math
from typing import Any

from pdmodel.errors import UnitError
from pdmodel.interchange.sbml_reading.file_contents.library import each, libsbml
from pdmodel.units import parse_unit

_WORDS = {
    "ampere": "A", "candela": "cd", "coulomb": "C", "gram": "g", "hertz": "Hz", "joule": "J",
    "katal": "kat", "kelvin": "K", "kilogram": "kg", "litre": "L", "liter": "L", "metre": "m",
    "meter": "m", "mole": "mol", "newton": "N", "pascal": "Pa", "second": "s", "volt": "V",
    "watt": "W",
}  # fmt: skip
_PREFIXES = {-18: "a", -15: "f", -12: "p", -9: "n", -6: "u", -3: "m", 0: "", 3: "k"}
_TIMES = {60.0: "minute", 3600.0: "hour", 86400.0: "day", 604800.0: "week"}
_PLAIN = ("dimensionless", "item", "avogadro", "radian", "steradian")


def unit_in_words(name: str, model: Any) -> str:
    """Return a unit of a file, such as `nmol/L`.

    Parameters
    ----------
    name
        The id of a unit definition, or the name of a unit of SBML.
    model
        The model of libSBML that has the definitions.

    Returns
    -------
    str
        `1` for a plain number, and for what has no words.
    """
    definition = model.getUnitDefinition(name) if name else None
    if definition is None:
        return _WORDS.get(name, "1")
    kinds = list(each(definition.getListOfUnits()))
    try:
        above = [_factor(kind, 1) for kind in kinds if kind.getExponentAsDouble() > 0]
        below = [_factor(kind, -1) for kind in kinds if kind.getExponentAsDouble() < 0]
    except OverflowError:  # a scale that no number has
        return "1"
    words = "/".join([" * ".join(kind for kind in above if kind != "1") or "1", *below])
    words = words.removesuffix("/1").replace("/1/", "/")
    return words if _is_unit(words) else "1"


def ratio_in_words(above: str, below: str) -> str:
    """Return one unit by another."""
    if below == "1":
        return above
    words = f"{above}/{below}" if "/" not in below and "*" not in below else "1"
    return words if _is_unit(words) else "1"


def time_in_words(model: Any) -> str:
    """Return the unit of time that a file declares, or nothing."""
    name = model.getTimeUnits() if model.getLevel() > 2 else "time"
    if not name or (model.getLevel() < 3 and model.getUnitDefinition(name) is None):
        return ""
    words = unit_in_words(name, model)
    return words if parse_unit(words).same_dimension(parse_unit("day")) else ""


def _factor(unit: Any, sign: int) -> str:
    kind = libsbml.UnitKind_toString(unit.getKind())
    exponent = sign * unit.getExponentAsDouble()
    size = unit.getMultiplier() * 10.0 ** unit.getScale()
    if kind in _PLAIN and size == 1.0:
        return "1"
    prefixed = _prefixed(kind, size)
    if kind == "second" and size in _TIMES:
        word = _TIMES[size]
    elif prefixed:
        word = prefixed
    else:
        word = f"{size**exponent:.9g}" + (
            f" * {_power(_WORDS[kind], exponent)}" if kind in _WORDS else ""
        )
        return word if sign > 0 else word.replace(" * ", "/")
    return _power(word, exponent)


def _prefixed(kind: str, size: float) -> str:
    """Return a unit with the prefix of a power of ten; nothing where there is no word for it."""
    if kind == "kilogram":
        kind, size = "gram", 1e3 * size
    powers = (n for n in _PREFIXES if math.isclose(size, 10.0**n, rel_tol=1e-12))
    power = next(powers, None)
    return "" if power is None or kind not in _WORDS else _PREFIXES[power] + _WORDS[kind]


def _power(word: str, exponent: float) -> str:
    return word if exponent == 1 else f"{word}^{exponent:g}"


def _is_unit(words: str) -> bool:
    try:
        parse_unit(words)
    except UnitError:
        return False
    return True
