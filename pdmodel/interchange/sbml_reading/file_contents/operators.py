"""What the operators of MathML in SBML mean in SymPy."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import sympy
from sympy.logic.boolalg import Boolean

from pdmodel.interchange.sbml_reading.file_contents.library import libsbml

AVOGADRO = sympy.Float("6.02214179e23")
"""As Level 3 of SBML has it."""

_ONE = sympy.Integer(1)
_MOST_BITS = 2048


class rate_of(sympy.Function):  # type: ignore[misc]
    """How fast a quantity changes, in the file's time; written out once all rates are known."""

    nargs = 1


def number(value: float) -> sympy.Expr:
    """Return a number of a file; a whole one as an integer, so that powers of it stay powers."""
    if math.isnan(value):
        return sympy.nan
    if math.isinf(value):
        return sympy.oo if value > 0 else -sympy.oo
    whole = value == int(value) and abs(value) < 2**53
    return sympy.Integer(int(value)) if whole else sympy.Float(value)


def is_condition(value: Any) -> bool:
    """Return whether a value is true or false rather than a number."""
    return isinstance(value, Boolean) and not isinstance(value, sympy.Symbol)


def as_number(value: Any) -> sympy.Expr:
    """Return 1 for what is true and 0 for what is not; numbers as they are."""
    if not is_condition(value):
        return value
    if value in (sympy.true, sympy.false):
        return sympy.Integer(int(bool(value)))
    return sympy.Piecewise((_ONE, value), (sympy.Integer(0), True), evaluate=False)


def as_condition(value: Any) -> Any:
    """Return a condition: a number is true where it is not 0."""
    if is_condition(value):
        return value
    if value.is_Piecewise and len(value.args) == 2 and value.args[1].cond == sympy.true:
        values = [branch.expr for branch in value.args]
        if values == [1, 0]:
            return value.args[0].cond
        if values == [0, 1]:
            return sympy.Not(value.args[0].cond)
    return unequal(value, sympy.Integer(0))


def equal(a: sympy.Expr, b: sympy.Expr) -> Any:
    """Return that two are equal, as a range that holds one point."""
    return _decided(sympy.Eq, a, b, lambda: sympy.And(sympy.Ge(a, b), sympy.Le(a, b)))


def unequal(a: sympy.Expr, b: sympy.Expr) -> Any:
    """Return that two differ."""
    return _decided(sympy.Ne, a, b, lambda: sympy.Or(sympy.Gt(a, b), sympy.Lt(a, b)))


def _decided(kind: Any, a: sympy.Expr, b: sympy.Expr, written: Callable[[], Any]) -> Any:
    plain = kind(a, b)
    return plain if plain in (sympy.true, sympy.false) else written()


def exclusive(conditions: list[Any]) -> Any:
    """Return that an odd number of conditions hold."""
    held: Any = sympy.false
    for part in conditions:
        held = sympy.Or(sympy.And(held, sympy.Not(part)), sympy.And(sympy.Not(held), part))
    return held


def same_truth(a: Any, b: Any) -> Any:
    """Return that two conditions hold or fail together."""
    return sympy.Or(sympy.And(a, b), sympy.And(sympy.Not(a), sympy.Not(b)))


def quotient(a: sympy.Expr, b: sympy.Expr) -> sympy.Expr:
    """Return the whole part of a ratio, towards zero as MathML has it."""
    ratio = a / b
    if ratio.is_number:
        return sympy.ceiling(ratio) if ratio < 0 else sympy.floor(ratio)
    below = sympy.Lt(ratio, 0)
    return sympy.Piecewise(
        (sympy.ceiling(ratio), below), (sympy.floor(ratio), True), evaluate=False
    )


def power(base: sympy.Expr, exponent: sympy.Expr) -> sympy.Expr:
    """Return a power; one of numbers that would have thousands of digits is a float."""
    if base.is_Rational and exponent.is_Rational:
        bits = max(abs(int(base.p)), int(base.q)).bit_length()
        if bits * abs(exponent) > _MOST_BITS:
            return _as_float(lambda: float(base) ** float(exponent))
    return sympy.Pow(base, exponent)


def factorial(x: sympy.Expr) -> sympy.Expr:
    """Return a factorial; that of a number beyond what a float can hold is infinite."""
    if x.is_number:
        return _as_float(lambda: math.gamma(float(x) + 1))
    return sympy.gamma(x + 1)


def _as_float(value: Callable[[], float]) -> sympy.Expr:
    try:
        return number(value())
    except OverflowError:
        return sympy.oo
    except (ValueError, ZeroDivisionError, TypeError):
        return sympy.nan


def _inverse(function: Callable[[sympy.Expr], sympy.Expr]) -> Callable[[sympy.Expr], sympy.Expr]:
    return lambda x: 1 / function(x)


def _of_inverse(function: Callable[[sympy.Expr], sympy.Expr]) -> Callable[[sympy.Expr], sympy.Expr]:
    return lambda x: function(1 / x)


ONE_ARGUMENT: Mapping[int, Callable[[sympy.Expr], sympy.Expr]] = {
    libsbml.AST_FUNCTION_ABS: sympy.Abs,
    libsbml.AST_FUNCTION_EXP: sympy.exp,
    libsbml.AST_FUNCTION_LN: sympy.log,
    libsbml.AST_FUNCTION_SIN: sympy.sin,
    libsbml.AST_FUNCTION_COS: sympy.cos,
    libsbml.AST_FUNCTION_TAN: sympy.tan,
    libsbml.AST_FUNCTION_SEC: _inverse(sympy.cos),
    libsbml.AST_FUNCTION_CSC: _inverse(sympy.sin),
    libsbml.AST_FUNCTION_COT: _inverse(sympy.tan),
    libsbml.AST_FUNCTION_SINH: sympy.sinh,
    libsbml.AST_FUNCTION_COSH: sympy.cosh,
    libsbml.AST_FUNCTION_TANH: sympy.tanh,
    libsbml.AST_FUNCTION_SECH: _inverse(sympy.cosh),
    libsbml.AST_FUNCTION_CSCH: _inverse(sympy.sinh),
    libsbml.AST_FUNCTION_COTH: _inverse(sympy.tanh),
    libsbml.AST_FUNCTION_ARCSIN: sympy.asin,
    libsbml.AST_FUNCTION_ARCCOS: sympy.acos,
    libsbml.AST_FUNCTION_ARCTAN: sympy.atan,
    libsbml.AST_FUNCTION_ARCSEC: _of_inverse(sympy.acos),
    libsbml.AST_FUNCTION_ARCCSC: _of_inverse(sympy.asin),
    libsbml.AST_FUNCTION_ARCCOT: _of_inverse(sympy.atan),
    libsbml.AST_FUNCTION_ARCSINH: sympy.asinh,
    libsbml.AST_FUNCTION_ARCCOSH: sympy.acosh,
    libsbml.AST_FUNCTION_ARCTANH: sympy.atanh,
    libsbml.AST_FUNCTION_ARCSECH: _of_inverse(sympy.acosh),
    libsbml.AST_FUNCTION_ARCCSCH: _of_inverse(sympy.asinh),
    libsbml.AST_FUNCTION_ARCCOTH: _of_inverse(sympy.atanh),
    libsbml.AST_FUNCTION_FLOOR: sympy.floor,
    libsbml.AST_FUNCTION_CEILING: sympy.ceiling,
    libsbml.AST_FUNCTION_FACTORIAL: factorial,
    libsbml.AST_FUNCTION_RATE_OF: rate_of,
}
RELATIONS: Mapping[int, Callable[[sympy.Expr, sympy.Expr], Any]] = {
    libsbml.AST_RELATIONAL_EQ: equal,
    libsbml.AST_RELATIONAL_NEQ: unequal,
    libsbml.AST_RELATIONAL_GT: sympy.Gt,
    libsbml.AST_RELATIONAL_LT: sympy.Lt,
    libsbml.AST_RELATIONAL_GEQ: sympy.Ge,
    libsbml.AST_RELATIONAL_LEQ: sympy.Le,
}
NUMBERS: Mapping[int, Any] = {
    libsbml.AST_NAME_AVOGADRO: AVOGADRO,
    libsbml.AST_CONSTANT_E: sympy.E,
    libsbml.AST_CONSTANT_PI: sympy.pi,
    libsbml.AST_CONSTANT_TRUE: sympy.true,
    libsbml.AST_CONSTANT_FALSE: sympy.false,
}
