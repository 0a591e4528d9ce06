"""The unit of an expression, and where its terms do not go together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

import sympy

from pdmodel.errors import shortened
from pdmodel.model.expressions.functions import at_least, at_most, positive_part, safe_power
from pdmodel.model.expressions.rewriting import REWRITTEN
from pdmodel.units import ONE, Unit

_SAME_UNIT = (sympy.Max, sympy.Min, at_least, at_most)
_ANY_UNIT = (sympy.sign, sympy.Heaviside)
_PLAIN = (
    sympy.exp, sympy.log, sympy.sin, sympy.cos, sympy.tan, sympy.asin, sympy.acos, sympy.atan,
    sympy.sinh, sympy.cosh, sympy.tanh, sympy.asinh, sympy.acosh, sympy.atanh, sympy.erf,
    sympy.floor, positive_part,
)  # fmt: skip
ALLOWED_NODES = (
    sympy.Symbol, sympy.Number, sympy.NumberSymbol, sympy.Add, sympy.Mul, sympy.Pow,
    sympy.Piecewise, sympy.Abs, safe_power, *_SAME_UNIT, *_PLAIN, *REWRITTEN,
)  # fmt: skip


class DimensionFault(Exception):
    """Terms that cannot be added, or a function of something that is not a plain number."""


def unit_faults(
    where: str, expression: sympy.Expr, wanted: Unit, unit: Callable[[sympy.Symbol], Unit]
) -> Iterator[str]:
    """Yield what is wrong with the unit of an expression: a line, or nothing.

    Parameters
    ----------
    where
        What it is of, with which the line begins.
    expression, wanted
        What has a unit, and which one it must have.
    unit
        Returns that of a symbol.
    """
    try:
        own = unit_of(expression, unit)
    except DimensionFault as fault:
        yield f"{where}: {fault}"
        return
    if own is None or own.matches(wanted):
        return
    if own.same_dimension(wanted):
        factor = own.scale / wanted.scale
        yield f"{where}: right dimension, wrong scale by {factor:.4g} (hours for days, ng for mg?)"
    else:
        yield f"{where}: is in {own}, needs {wanted}"


def unit_of(expression: sympy.Expr, unit: Callable[[sympy.Symbol], Unit]) -> Unit | None:
    """Return the unit of an expression; None for zero, which fits any unit.

    Scales count: a dose in mg beside one in ng is a fault, and so is an hour beside a day.

    Raises
    ------
    DimensionFault
        If terms do not go together.
    """
    if expression.is_zero:
        return None
    if isinstance(expression, sympy.Symbol):
        return unit(expression)
    if expression.is_Number or isinstance(expression, sympy.NumberSymbol):
        return ONE
    if isinstance(expression, sympy.Mul):
        return _product(expression, unit)
    if isinstance(expression, sympy.Pow | safe_power):
        return _power(expression, unit)
    if isinstance(expression, sympy.Add | _Same):
        return _same(expression.args, unit, expression)
    if isinstance(expression, sympy.Piecewise):
        return _piecewise(expression, unit)
    if isinstance(expression, sympy.Abs):
        return unit_of(expression.args[0], unit)
    if isinstance(expression, _ANY_UNIT):
        unit_of(expression.args[0], unit)
        return ONE
    for argument in expression.args:
        _require_plain(argument, unit, expression)
    return ONE


_Same = sympy.Max | sympy.Min | sympy.Mod | at_least | at_most


def _product(expression: sympy.Expr, unit: Callable[[sympy.Symbol], Unit]) -> Unit | None:
    result = ONE
    for factor in expression.args:
        own = unit_of(factor, unit)
        if own is None:
            return None
        result = result * own
    return result


def _power(expression: sympy.Expr, unit: Callable[[sympy.Symbol], Unit]) -> Unit:
    base, exponent = expression.args
    if exponent.is_Rational:
        return (unit_of(base, unit) or ONE) ** Fraction(int(exponent.p), int(exponent.q))
    _require_plain(exponent, unit, expression)
    _require_plain(base, unit, expression)
    return ONE


def _same(
    terms: tuple[sympy.Expr, ...], unit: Callable[[sympy.Symbol], Unit], whole: sympy.Expr
) -> Unit | None:
    result: Unit | None = None
    for term in terms:
        own = unit_of(term, unit)
        if result is None:
            result = own
        elif own is not None and not own.matches(result):
            short = shortened(str(whole), 90)
            raise DimensionFault(f"({term}) is in {own} beside {result} in ({short})")
    return result


def _piecewise(expression: sympy.Piecewise, unit: Callable[[sympy.Symbol], Unit]) -> Unit | None:
    for _, condition in expression.args:
        for relation in condition.atoms(sympy.core.relational.Relational):
            _same(relation.args, unit, relation)
    return _same(tuple(value for value, _ in expression.args), unit, expression)


def _require_plain(
    argument: sympy.Expr, unit: Callable[[sympy.Symbol], Unit], whole: sympy.Expr
) -> None:
    own = unit_of(argument, unit)
    if own is not None and not own.matches(ONE):
        short = shortened(str(whole), 90)
        raise DimensionFault(f"({argument}) is in {own} but must be a number in ({short})")
