"""Expressions as JavaScript: numbers, places in arrays and functions of `Math`, and nothing else.

No name of a model reaches the code: a symbol is written as its place in an array.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sympy
from sympy.printing.jscode import JavascriptCodePrinter

from pdmodel.errors import InputError
from pdmodel.model.expressions.functions import larger, whole_part

_FUNCTIONS = (
    sympy.exp, sympy.log, sympy.sin, sympy.cos, sympy.tan, sympy.asin, sympy.acos, sympy.atan,
    sympy.atan2, sympy.sinh, sympy.cosh, sympy.tanh, sympy.asinh, sympy.acosh, sympy.atanh, larger,
)  # fmt: skip


class _Printer(JavascriptCodePrinter):  # type: ignore[misc]
    """Prints lowered expressions; symbols by where they are."""

    def __init__(self, places: Mapping[sympy.Symbol, str]) -> None:
        super().__init__({"contract": False})
        self._places = places

    def _print_Symbol(self, expr: sympy.Symbol) -> str:
        return self._places.get(expr, expr.name)

    def _print_larger(self, expr: sympy.Expr) -> str:
        return f"Math.max({', '.join(self._print(argument) for argument in expr.args)})"

    def _print_Piecewise(self, expr: sympy.Piecewise) -> str:
        code = "NaN"
        for value, condition in reversed(expr.args):
            if condition == sympy.true:
                code = self._print(value)
            else:
                code = f"({self._print(condition)} ? {self._print(value)} : {code})"
        return f"({code})"

    def _print_Relational(self, expr: sympy.Basic) -> str:
        return f"({self._print(expr.lhs)} {expr.rel_op} {self._print(expr.rhs)})"

    def _print_BooleanTrue(self, expr: sympy.Basic) -> str:
        return "true"

    def _print_BooleanFalse(self, expr: sympy.Basic) -> str:
        return "false"


def statements(
    array: str, expressions: Sequence[sympy.Expr], places: Mapping[sympy.Symbol, str]
) -> str:
    """Return the lines that set the members of an array, with what they share computed once.

    Parameters
    ----------
    array
        Its name in the code.
    expressions
        Lowered; what the members become.
    places
        What each symbol is written as.

    Raises
    ------
    InputError
        If an expression has a function that JavaScript does not know.

    Examples
    --------
    >>> x = sympy.Symbol("x")
    >>> print(statements("f", [2 * x, sympy.exp(-x)], {x: "y[0]"}))
    f[0] = 2*y[0];
    f[1] = Math.exp(-y[0]);
    """
    for expression in expressions:
        refuse_functions(expression)
    names = sympy.numbered_symbols("v", exclude=places)
    shared, members = sympy.cse(list(expressions), symbols=names, order="none")
    printer = _Printer(places)
    lines = [f"const {symbol} = {printer.doprint(value)};" for symbol, value in shared]
    lines += [f"{array}[{n}] = {printer.doprint(value)};" for n, value in enumerate(members)]
    return "\n".join(lines)


def in_turn(
    array: str,
    first: int,
    expressions: Sequence[sympy.Expr],
    places: Mapping[sympy.Symbol, str],
) -> str:
    """Return the lines that set members of an array one after another, each from those before.

    Raises
    ------
    InputError
        As `statements`.
    """
    printer = _Printer(places)
    for expression in expressions:
        refuse_functions(expression)
    return "\n".join(
        f"{array}[{first + n}] = {printer.doprint(expression)};"
        for n, expression in enumerate(expressions)
    )


def refuse_functions(expression: sympy.Expr) -> None:
    """Refuse a function that JavaScript does not know.

    Raises
    ------
    InputError
        If there is one.
    """
    for node in expression.atoms(sympy.Function):
        if not isinstance(node, (*_FUNCTIONS, sympy.Piecewise)):
            if isinstance(node, whole_part):
                raise InputError(
                    "this model cannot be one file: it jumps at whole numbers (floor), which a "
                    "step in the file could pass over"
                )
            allowed = ", ".join(sorted({f.__name__ for f in _FUNCTIONS} - {larger.__name__}))
            raise InputError(
                f"this model cannot be one file: the function {node.func.__name__} has no "
                f"counterpart in JavaScript (those that have: {allowed}, Piecewise, Min and Max)"
            )
