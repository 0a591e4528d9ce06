"""Expressions as callables: parameters hoisted, common subexpressions shared."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import sympy
from sympy.printing.numpy import NumPyPrinter

from pdmodel.errors import InputError

Symbols = Sequence[sympy.Symbol]


class Kernel:
    """A list of expressions as a function of time, state and hoisted coefficients."""

    def __init__(
        self, inputs: Symbols, expressions: Sequence[sympy.Expr], *, timed: bool = False
    ) -> None:
        # Names of the user's might be words of the compiled code; no declared name begins with _.
        time, *states = (sympy.Symbol(f"_y{i}") for i in range(len(inputs)))
        places = dict(zip(inputs, (time, *states), strict=True))
        hoisted, reduced = hoist([e.xreplace(places) for e in expressions], {time, *states})
        slots = list(hoisted.values())
        self._used = in_order(symbol for value in hoisted for symbol in value.free_symbols)
        self._coefficients = scalar_function([self._used], list(hoisted))
        make = _saturating_function if timed else scalar_function
        self.function = make([time, states, slots], reduced)

    def coefficients(self, values: Mapping[str, float]) -> tuple[float, ...]:
        """Evaluate everything that depends on parameters only."""
        names = [symbol.name for symbol in self._used]
        return tuple(computed("a coefficient", self._coefficients, values, names))


def hoist(
    expressions: Sequence[sympy.Expr], inputs: set[sympy.Symbol]
) -> tuple[dict[sympy.Expr, sympy.Symbol], list[sympy.Expr]]:
    """Replace every largest subexpression without inputs by a coefficient.

    Returns
    -------
    dict, list
        Subexpression to coefficient symbol, and the expressions that use them.
    """
    coefficients: dict[sympy.Expr, sympy.Symbol] = {}

    def fixed(expression: sympy.Expr) -> sympy.Expr:
        if expression.is_Number:
            return expression
        name = f"_c{len(coefficients)}"
        return coefficients.setdefault(expression, sympy.Symbol(name))

    def walk(node: sympy.Basic) -> sympy.Basic:
        if isinstance(node, sympy.Expr) and not node.free_symbols & inputs:
            return fixed(node)
        if not node.args:
            return node
        if isinstance(node, sympy.Add | sympy.Mul):
            still = [a for a in node.args if not a.free_symbols & inputs]
            moving = [walk(a) for a in node.args if a.free_symbols & inputs]
            return node.func(*([fixed(node.func(*still))] if still else []), *moving)
        return node.func(*(walk(argument) for argument in node.args))

    return coefficients, [walk(expression) for expression in expressions]


def in_order(symbols: Iterable[sympy.Symbol]) -> list[sympy.Symbol]:
    """Return each symbol once, in order of name."""
    return sorted(set(symbols), key=str)


_NUMPY_LACKS = {"erf": np.vectorize(math.erf, otypes=[float])}


class _ArrayPrinter(NumPyPrinter):  # type: ignore[misc]
    """Conditions and branches for numbers and arrays of any shapes that go together.

    SymPy writes `numpy.select` and `logical_or.reduce`, which refuse numbers beside arrays.
    """

    def _print_Piecewise(self, expr: sympy.Piecewise) -> str:
        text = str(self._print(expr.args[-1].expr))
        for value, condition in reversed(expr.args[:-1]):
            text = self._call("where", self._print(condition), self._print(value), text)
        return text

    def _print_And(self, expr: sympy.And) -> str:
        return self._joined("logical_and", expr)

    def _print_Or(self, expr: sympy.Or) -> str:
        return self._joined("logical_or", expr)

    def _joined(self, name: str, expr: sympy.Basic) -> str:
        first, *others = (self._print(argument) for argument in expr.args)
        for other in others:
            first = self._call(name, first, other)
        return str(first)

    def _call(self, name: str, *arguments: str) -> str:
        return f"{self._module_format(f'numpy.{name}')}({', '.join(arguments)})"


def scalar_function(
    arguments: Sequence[Any], expressions: Sequence[sympy.Expr]
) -> Callable[..., Any]:
    """Compile expressions for Python's numbers; arguments get names that clash with nothing."""
    return _lambdified(arguments, expressions, ["math"])


def _saturating_function(
    arguments: Sequence[Any], expressions: Sequence[sympy.Expr]
) -> Callable[..., Any]:
    """Compile a right-hand side that is infinite or 0 beyond the range of numbers.

    Python's numbers raise there, and a narrow sigmoid of time is out of range for most of a run.
    """
    function = array_function(arguments, expressions)
    return lambda time, state, slots: function(np.float64(time), np.asarray(state), np.array(slots))


def array_function(
    arguments: Sequence[Any], expressions: Sequence[sympy.Expr]
) -> Callable[..., Any]:
    """Compile expressions for arrays; branches that are not taken may hold what they like."""
    printer = _ArrayPrinter({"fully_qualified_modules": False, "inline": True})
    function = _lambdified(arguments, expressions, [_NUMPY_LACKS, "numpy"], printer)

    def quiet(*values: Any) -> Any:
        with np.errstate(all="ignore"):
            return function(*values)

    return quiet


def _lambdified(
    arguments: Sequence[Any], expressions: Sequence[sympy.Expr], modules: list[Any],
    printer: Any = None,
) -> Callable[..., Any]:  # fmt: skip
    """Compile under names by place.

    SymPy's own replacements (`dummify`) are numbered through the process, and the order of a sum
    follows them, so that its last bit would depend on what was compiled before.
    """
    flat = [s for group in arguments for s in (group if isinstance(group, list) else [group])]
    names = {s: sympy.Symbol(f"_a{index:05d}") for index, s in enumerate(flat)}
    renamed = [
        [names[s] for s in group] if isinstance(group, list) else names[group]
        for group in arguments
    ]
    plain = [sympy.sympify(expression).xreplace(names) for expression in expressions]
    function: Callable[..., Any] = sympy.lambdify(
        renamed, plain, modules=modules, printer=printer, cse=True
    )
    return function


def computed(
    what: str, function: Callable[..., Any], values: Mapping[str, float], names: Sequence[str]
) -> list[float]:
    """Evaluate what depends on parameters only; where it has no value they are not allowed."""
    try:
        return [float(value) for value in function([values[name] for name in names])]
    except (ArithmeticError, ValueError, TypeError) as error:
        raise InputError(f"{what} cannot be computed from the parameters: {error}") from error
