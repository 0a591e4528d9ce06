"""SymPy expressions as formulas of Antimony, which reads them as SBML's MathML."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import sympy
from sympy.core.function import AppliedUndef
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

from pdmodel.errors import InputError
from pdmodel.interchange.names import Names
from pdmodel.model.expressions.functions import larger, lower
from pdmodel.model.expressions.rewriting import is_rewritten, rewritten
from pdmodel.text import exact

# SymPy's name to Antimony's, where both mean the same.
_SAME = "acos acosh asin asinh atan atanh cos cosh cot coth exp floor sin sinh tan tanh"
_FUNCTIONS = {
    **{name: name for name in _SAME.split()}, "log": "ln", "ceiling": "ceil", "Abs": "abs"
}  # fmt: skip
_ARGUMENTS = ("a", "b", "c", "d")


class Formulas:
    """Writes expressions and collects the functions of ours that they need.

    Parameters
    ----------
    names
        Where identifiers of functions come from.
    identifier
        Name of a symbol in the file.
    """

    def __init__(self, names: Names, identifier: Callable[[sympy.Symbol], str]) -> None:
        self._names, self._identifier = names, identifier
        self._functions: dict[type, str] = {}
        self.definitions: list[str] = []

    def write(self, expression: sympy.Expr) -> str:
        """Return an expression as a formula.

        Raises
        ------
        InputError
            If it holds a function that SBML does not know.

        Examples
        --------
        >>> from pdmodel.model import safe_power
        >>> formulas = Formulas(Names(), str)
        >>> x, n = sympy.symbols("x n")
        >>> formulas.write(1 / (1 + safe_power(x / 2, n)))
        '1/(safe_power(x/2, n) + 1)'
        >>> print(formulas.definitions[-1])
        function safe_power(a, b)
          piecewise(larger(a, 1e-100)^b, a > 1e-100, 0)
        end
        """
        return str(_Printer(self._identifier, self.function).doprint(expression))

    def function(self, kind: type) -> str:
        """Return the name under which a function of ours is defined in the file.

        Its definition is what it is lowered to, so that it cannot mean anything else here.
        """
        if kind not in self._functions:
            arguments = _ARGUMENTS[: int(next(iter(kind.nargs)))]  # type: ignore[attr-defined]
            body = _meaning(kind, sympy.symbols(arguments))
            text = _Printer(lambda symbol: str(symbol.name), self.function).doprint(body)
            name = self._functions[kind] = self._names.take(kind.__name__)
            self.definitions.append(f"function {name}({', '.join(arguments)})\n  {text}\nend")
        return self._functions[kind]


def _meaning(kind: type, arguments: tuple[sympy.Symbol, ...]) -> sympy.Expr:
    if kind is larger:
        a, b = arguments
        return sympy.Piecewise((a, a > b), (b, True))
    return kind(*arguments).lowered()


class _Printer(StrPrinter):  # type: ignore[misc]
    """Formulas of Antimony; whatever it has no word for is refused."""

    def __init__(
        self, identifier: Callable[[sympy.Symbol], str], function: Callable[[type], str]
    ) -> None:
        super().__init__()
        self._identifier, self._function = identifier, function

    def _print_Symbol(self, expr: sympy.Symbol) -> str:
        return self._identifier(expr)

    def _print_Float(self, expr: sympy.Float) -> str:
        return finite_number(float(expr))

    _print_EulerGamma = _print_GoldenRatio = _print_Catalan = _print_Float
    _print_TribonacciConstant = _print_Float

    def _print_Exp1(self, expr: sympy.Expr) -> str:
        return "exponentiale"

    def _print_Pow(self, expr: sympy.Pow, rational: bool = False) -> str:
        base, exponent = expr.base, expr.exp
        if exponent == sympy.Rational(1, 2):
            return f"sqrt({self._print(base)})"
        if exponent.could_extract_minus_sign():
            below = sympy.Pow(base, -exponent, evaluate=False) if exponent != -1 else base
            return f"1/{self.parenthesize(below, PRECEDENCE['Pow'], strict=False)}"
        parts = [self.parenthesize(part, PRECEDENCE["Pow"], strict=False) for part in expr.args]
        return "^".join(parts)

    def _print_Function(self, expr: sympy.Function) -> str:
        arguments = ", ".join(self._print(argument) for argument in expr.args)
        if isinstance(expr, larger) or hasattr(expr, "lowered"):
            return f"{self._function(type(expr))}({arguments})"
        name = type(expr).__name__
        if name not in _FUNCTIONS and is_rewritten(expr):
            return str(self._print(rewritten(expr)))
        if name not in _FUNCTIONS or isinstance(expr, AppliedUndef):
            raise InputError(f"function {name!r} has no counterpart in SBML: {expr}")
        return f"{_FUNCTIONS[name]}({arguments})"

    _print_Abs = _print_exp = _print_log = _print_ceiling = _print_floor = _print_Function
    _print_Heaviside = _print_Function

    def _print_Max(self, expr: sympy.Expr) -> str:
        return str(self._print(lower(expr)))

    _print_Min = _print_Max

    def _print_Piecewise(self, expr: sympy.Piecewise) -> str:
        pieces: list[str] = []
        for value, condition in expr.args:
            if condition == sympy.true:
                return f"piecewise({', '.join([*pieces, self._print(value)])})"
            pieces += [self._print(value), self._print(condition)]
        return f"piecewise({', '.join(pieces)})"

    def _print_Relational(self, expr: sympy.core.relational.Relational) -> str:
        sides = [self.parenthesize(side, PRECEDENCE["Relational"]) for side in expr.args]
        return f" {expr.rel_op} ".join(sides)

    def _print_And(self, expr: sympy.And) -> str:
        return " && ".join(f"({self._print(part)})" for part in expr.args)

    def _print_Or(self, expr: sympy.Or) -> str:
        return " || ".join(f"({self._print(part)})" for part in expr.args)

    def _print_Not(self, expr: sympy.Not) -> str:
        return f"!({self._print(expr.args[0])})"

    def _print_Xor(self, expr: sympy.logic.boolalg.BooleanFunction) -> str:
        """Write what Antimony has no word for in And, Or and Not: its `^` is a power."""
        return str(self._print(rewritten(expr)))

    _print_ITE = _print_Implies = _print_Equivalent = _print_Xor

    def emptyPrinter(self, expr: Any) -> str:
        """Refuse what Antimony has no word for."""
        raise InputError(f"{type(expr).__name__!r} has no counterpart in SBML: {expr}")


def finite_number(value: float) -> str:
    """Write a number with all its digits.

    Raises
    ------
    InputError
        If it is not finite.
    """
    if not math.isfinite(value):
        raise InputError(f"{value} is not a finite number")
    return exact(value)
