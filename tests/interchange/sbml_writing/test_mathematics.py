"""MathML says what the expression says, and every number in it has a unit."""

from __future__ import annotations

import math
from typing import Any

import pytest
import sympy

from pdmodel.errors import InputError
from pdmodel.interchange.sbml_writing.mathematics import Mathematics
from pdmodel.interchange.sbml_writing.unit_definitions import UnitDefinitions
from pdmodel.model import at_least, at_most, positive_part, safe_power
from pdmodel.units import ONE, Unit, parse_unit

libsbml = pytest.importorskip("libsbml", reason="needs the package python-libsbml")

X, Y, TIME, DOSE = sympy.symbols("x y time dose")
UNITS = {DOSE: parse_unit("mg"), TIME: parse_unit("day")}


def written(expression: Any, wanted: Unit | None = ONE) -> str:
    """Return an expression as libSBML reads back what we wrote."""
    units = UnitDefinitions()
    for unit in ("mg", "day"):
        units.identifier(unit)
    mathematics = Mathematics(
        libsbml, units, lambda s: UNITS.get(s, ONE), str, lambda: "safe_power", TIME
    )
    return str(libsbml.formulaToL3String(mathematics.write(expression, wanted)))


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (X - Y / 3, "x - y / 3"),
        (-2 * X / (Y + 1), "-(2 * x / (1 + y))"),
        (X**-2, "1 / x^2"),
        (sympy.sqrt(X), "sqrt(x)"),
        (sympy.log(X) + sympy.pi, "pi + ln(x)"),
        (sympy.Max(X, Y, 2), "max(2, x, y)"),
        (positive_part(X - Y), "max(x - y, 0)"),
        (at_least(X, Y) * at_most(X, 1), "max(x, y) * min(x, 1)"),
        (safe_power(X / Y, 2), "safe_power(x / y, 2)"),
        (sympy.Piecewise((X, X > 0), (0, True)), "piecewise(x, x > 0, 0)"),
        (sympy.And(X > 1, sympy.Not(sympy.Eq(Y, 2))), "(x > 1) && (y != 2)"),
        (sympy.Or(X > 1, Y < 3), "(x > 1) || (y < 3)"),
        (sympy.exp(-X), "exp(-x)"),
        (sympy.Rational(2, 3) * X, "2 * x / 3"),
    ],
)
def test_what_is_written(expression: Any, text: str) -> None:
    """As a person would write it."""
    assert written(expression).replace(" dimensionless", "") == text


def test_numbers_beside_quantities_have_their_unit() -> None:
    """A dose of 10 beside an amount in mg is 10 mg; a factor brings what is missing."""
    assert written(DOSE + 10, UNITS[DOSE]) == "10 mg + dose"
    assert written(sympy.Max(DOSE - 2, 0), UNITS[DOSE]) == "max(0 mg, dose - 2 mg)"
    assert written(7 * X, UNITS[TIME]) == "7 day * x"


def test_every_digit_is_kept() -> None:
    """A float is the same float when it is read back."""
    for value in (0.1 + 0.2, 1e-300, 12345678901.5, math.pi):
        node = Mathematics(
            libsbml, UnitDefinitions(), lambda s: ONE, str, lambda: "", TIME
        ).write(sympy.Float(value, 17))  # fmt: skip
        text = libsbml.writeMathMLToString(node)
        assert libsbml.readMathMLFromString(text).getValue() == pytest.approx(value, rel=2e-16)


def test_what_sbml_lacks_is_refused() -> None:
    """By name."""
    with pytest.raises(InputError, match="'erf' has no counterpart in SBML"):
        written(sympy.erf(X))
    with pytest.raises(InputError, match="not a finite number"):
        written(sympy.oo + X)
