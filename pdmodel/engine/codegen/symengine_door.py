"""The only door to SymEngine: translate, differentiate, hoist, share common subexpressions.

SymEngine differentiates in milliseconds what takes SymPy seconds. Its own compiler is not used: it
knows no lanes, and ours (`lane_kernels`) is also a little faster with one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import symengine
import sympy
from symengine.lib.symengine_wrapper import Boolean, Derivative, Subs, floor

from pdmodel.engine.symbolic.switches import picked
from pdmodel.errors import InputError
from pdmodel.model.expressions.functions import larger, whole_part

Expression = Any
"""A SymEngine expression; the library ships no types."""

_RELATIONS = {
    sympy.StrictLessThan: symengine.Lt, sympy.LessThan: symengine.Le,
    sympy.StrictGreaterThan: symengine.Gt, sympy.GreaterThan: symengine.Ge,
    sympy.Equality: symengine.Eq, sympy.Unequality: symengine.Ne,
}  # fmt: skip


def symbol(name: str) -> Expression:
    """Return the SymEngine symbol of a name."""
    return symengine.Symbol(name)


def number(value: float) -> Expression:
    """Return a number as an expression."""
    return symengine.sympify(value)


def translate(expression: sympy.Basic) -> Expression:
    """Return a lowered SymPy expression as a SymEngine one.

    `larger` and `picked` become a Piecewise.

    Raises
    ------
    InputError
        If a function is not one that compiles.
    """
    try:
        return _translate(expression)
    except (TypeError, RuntimeError, AttributeError) as error:
        raise InputError(f"{expression} cannot be compiled: {error}") from error


def _translate(node: sympy.Basic) -> Expression:
    if not node.has(larger, picked, whole_part):
        return symengine.sympify(node)
    if isinstance(node, sympy.Piecewise):
        return symengine.Piecewise(*((_translate(e), _translate(c)) for e, c in node.args))
    arguments = [_translate(argument) for argument in node.args]
    if isinstance(node, larger):
        first, second = arguments
        return symengine.Piecewise((first, first > second), (second, True))
    if isinstance(node, whole_part):
        return floor(*arguments)
    if isinstance(node, picked):
        mode, first, second = arguments
        return symengine.Piecewise((first, mode > symengine.Rational(1, 2)), (second, True))
    if isinstance(node, sympy.core.relational.Relational):
        return _RELATIONS[type(node)](*arguments)
    return getattr(symengine, type(node).__name__)(*arguments)


def slope(expression: Expression, variable: Expression) -> Expression:
    """Differentiate by a symbol."""
    return symengine.diff(expression, variable)


def slope_between_steps(expression: Expression, variable: Expression) -> Expression:
    """Differentiate by a symbol; whole parts have the slope 0."""
    return without_steps(slope(expression, variable))


def without_steps(derivative: Expression) -> Expression:
    """Return a derivative in which whole parts have the slope 0."""
    unknown = {*derivative.atoms(Subs), *derivative.atoms(Derivative)}
    return derivative.xreplace(dict.fromkeys(unknown, number(0))) if unknown else derivative


def names_in(expression: Expression) -> set[str]:
    """Return the names of the symbols of an expression."""
    return {str(s) for s in expression.free_symbols}


class Hoist:
    """Replaces what holds no moving symbol by coefficients, shared by all kernels of a model.

    Parameters
    ----------
    moving
        Names of states and time.
    """

    def __init__(self, moving: Iterable[str]) -> None:
        self.moving = frozenset(moving)
        self.coefficients: dict[Expression, Expression] = {}
        self._known: dict[Expression, tuple[Expression, bool]] = {}

    def __call__(self, expression: Expression) -> Expression:
        """Return the expression in moving symbols and coefficients."""
        reduced, moves = self._walk(expression)
        return reduced if moves else self._coefficient(reduced)

    def _walk(self, node: Expression) -> tuple[Expression, bool]:
        reduced = self._known.get(node)
        if reduced is None:
            reduced = self._known[node] = self._reduced(node)
        return reduced

    def _reduced(self, node: Expression) -> tuple[Expression, bool]:
        if not node.args:
            return node, str(node) in self.moving if node.is_Symbol else False
        walked = [self._walk(argument) for argument in node.args]
        if not any(moves for _, moves in walked):
            return node, False
        return self._rebuilt(node, walked), True

    def _rebuilt(self, node: Expression, walked: list[tuple[Expression, bool]]) -> Expression:
        if isinstance(node, symengine.Add | symengine.Mul):
            kind = type(node)
            still = [argument for argument, moves in walked if not moves]
            held = [self._coefficient(kind(*still))] if still else []
            return kind(*held, *(argument for argument, moves in walked if moves))
        arguments = [a if moves else self._coefficient(a) for a, moves in walked]
        if isinstance(node, symengine.Piecewise):
            same = len(set(arguments[::2])) == 1  # such as the derivative by what is not in it
            if same and str(arguments[-1]) == "True":
                return arguments[0]
            return symengine.Piecewise(*zip(arguments[::2], arguments[1::2], strict=True))
        if isinstance(node, symengine.Pow):
            return arguments[0] ** arguments[1]
        return _with_arguments(node, arguments)

    def _coefficient(self, expression: Expression) -> Expression:
        if isinstance(expression, Boolean):  # a condition cannot be a coefficient, its sides can
            return _with_arguments(expression, [self._coefficient(a) for a in expression.args])
        if expression.is_Number:
            return expression
        name = f"_c{len(self.coefficients)}"
        return self.coefficients.setdefault(expression, symengine.Symbol(name))


def _with_arguments(node: Expression, arguments: Sequence[Expression]) -> Expression:
    changes = {old: new for old, new in zip(node.args, arguments, strict=True) if old != new}
    return node.xreplace(changes) if changes else node


def shared(
    expressions: Sequence[Expression],
) -> tuple[list[tuple[Expression, Expression]], list[Expression]]:
    """Return common subexpressions under symbols, and the expressions that use them."""
    replaced, reduced = symengine.cse(list(expressions))
    return replaced, reduced
