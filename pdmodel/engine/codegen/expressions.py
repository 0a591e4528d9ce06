"""SymEngine expressions written out as machine code for one patient or several in lockstep.

What may stand in an expression is a fixed list (`ALLOWED`). All branches of a `Piecewise` are
computed; the ones not taken are dropped, whatever they hold.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import reduce

from pdmodel.engine.codegen import elementary, symengine_door as symbols
from pdmodel.engine.codegen.function import Function, Value
from pdmodel.engine.codegen.program import LaneCode, Program
from pdmodel.engine.codegen.symengine_door import Expression
from pdmodel.errors import InputError, unknown

_NUMBERS = {
    "Integer", "Zero", "One", "NegativeOne", "Rational", "Half", "RealDouble", "RealMPFR",
    "Infinity", "NegativeInfinity", "NaN", "Pi", "Exp1",
}  # fmt: skip
_RELATIONS = {
    "StrictLessThan": "lt", "LessThan": "le", "Equality": "eq", "Unequality": "ne",
}  # fmt: skip
_INTRINSICS = {"Abs": "fabs", "floor": "floor", "ceiling": "ceil"}
_LARGEST = {"Max": "maximum", "Min": "minimum"}
_LIBRARY = {
    "erf": "erf", "erfc": "erfc", "gamma": "tgamma", "loggamma": "lgamma", "sin": "sin",
    "cos": "cos", "tan": "tan", "asin": "asin", "acos": "acos", "atan": "atan", "sinh": "sinh",
    "cosh": "cosh", "tanh": "tanh", "asinh": "asinh", "acosh": "acosh", "atanh": "atanh",
}  # fmt: skip
ALLOWED = (
    "numbers, pi, E, symbols, +, *, **, exp, log, sqrt, Piecewise with <, <=, ==, != and And, Or, "
    f"Not, sign, {', '.join(sorted({*_INTRINSICS, *_LARGEST, *_LIBRARY}))}"
)
"""What an expression may hold, in words."""


def compile_kernels(
    functions: Mapping[str, tuple[Sequence[Expression], Sequence[Expression]]], lanes: int = 1
) -> LaneCode:
    """Compile functions of arrays, for one patient or many in lockstep.

    Parameters
    ----------
    functions
        Name to inputs and results: symbol `k` of the inputs is row `k` of `in`, expression `k` of
        the results is row `k` of `out`.
    lanes
        Patients in lockstep: 1 or 8.

    Raises
    ------
    InputError
        If an expression holds a function that is not allowed, or a symbol that is no input.
    """
    program = Program(lanes)
    for name, (inputs, expressions) in functions.items():
        emit_kernel(program.function(name), inputs, expressions)
    return program.compile()


def emit_kernel(
    f: Function, inputs: Sequence[Expression], expressions: Sequence[Expression]
) -> None:
    """Write a function of `inputs` (rows of `in`) whose results are rows of `out`."""
    for row, value in enumerate(kernel_values(f, inputs, expressions)):
        f.store(row, value)


def kernel_values(
    f: Function, inputs: Sequence[Expression], expressions: Sequence[Expression]
) -> list[Value]:
    """Write the computation of expressions of `inputs` (rows of `in`); return their values."""
    return _written(_Writer(f, {symbol: row for row, symbol in enumerate(inputs)}), expressions)


def values_at(
    f: Function, computed: Mapping[Expression, Value], expressions: Sequence[Expression]
) -> list[Value]:
    """Write the computation of expressions of symbols whose values are known."""
    return _written(_Writer(f, {}, computed), expressions)


def _written(writer: _Writer, expressions: Sequence[Expression]) -> list[Value]:
    shared, reduced = symbols.shared(expressions)
    for symbol, expression in shared:
        writer.define(symbol, expression)
    return [writer.value(expression) for expression in reduced]


class _Writer:
    """Turns expressions into values of a function; what is known is not computed again."""

    def __init__(
        self, f: Function, rows: Mapping[Expression, int],
        computed: Mapping[Expression, Value] | None = None,
    ) -> None:  # fmt: skip
        self.f, self.rows = f, rows
        self._values: dict[Expression, Value] = dict(computed or {})
        self._definitions: dict[Expression, Expression] = {}
        self._positive: dict[Expression, bool] = {}
        self._rules: dict[str, Callable[[Expression], Value]] = {
            "Add": self._sum, "Mul": self._product, "Pow": self._power, "Symbol": self._input,
            "Dummy": self._input, "Piecewise": self._piecewise, "log": self._log,
            "sign": self._sign, "And": self._junction, "Or": self._junction, "Not": self._not,
            "BooleanTrue": self._truth, "BooleanFalse": self._truth,
            **dict.fromkeys(_NUMBERS, self._number), **dict.fromkeys(_RELATIONS, self._relation),
            **dict.fromkeys(_INTRINSICS, self._intrinsic),
            **dict.fromkeys(_LARGEST, self._largest), **dict.fromkeys(_LIBRARY, self._library),
        }  # fmt: skip

    def define(self, symbol: Expression, expression: Expression) -> None:
        """Let a symbol stand for an expression."""
        self._definitions[symbol] = expression
        self._values[symbol] = self.value(expression)

    def value(self, node: Expression) -> Value:
        """Return the value of an expression, or the condition of a relation."""
        value = self._values.get(node)
        if value is None:
            rule = self._rules.get(type(node).__name__, self._refuse)
            value = self._values[node] = rule(node)
        return value

    def _refuse(self, node: Expression) -> Value:
        what = type(node).__name__
        name = node.get_name() if what == "FunctionSymbol" else what
        raise InputError(f"{name!r} in {node} cannot be compiled (allowed: {ALLOWED})")

    def _number(self, node: Expression) -> Value:
        return self.f.constant(float(node))

    def _input(self, node: Expression) -> Value:
        if node not in self.rows:
            raise unknown("symbol", str(node), map(str, self.rows))
        return self.f.load(self.rows[node])

    def _sum(self, node: Expression) -> Value:
        """Add what is positive first, so that the rest is subtracted rather than negated."""
        f = self.f
        terms = sorted((_without_sign(a) for a in node.args), key=lambda term: term[0])
        values = [(negative, self.value(term)) for negative, term in terms]
        negative, first = values[0]
        total = f.negate(first) if negative else first
        for negative, value in values[1:]:
            total = f.sub(total, value) if negative else f.add(total, value)
        return total

    def _product(self, node: Expression) -> Value:
        """Multiply; factors to negative powers share one division."""
        f = self.f
        negative, rest = _without_sign(node)
        if negative:
            return f.negate(self.value(rest))
        above, below = [], []
        for factor in rest.args if rest.is_Mul else [rest]:
            if factor.is_Pow and _is_negative(factor.args[1]):
                below.append(self.value(factor.args[0] ** -factor.args[1]))
            else:
                above.append(self.value(factor))
        product = reduce(f.mul, above) if above else f.constant(1)
        return f.div(product, reduce(f.mul, below)) if below else product

    def _power(self, node: Expression) -> Value:
        f, (base, exponent) = self.f, node.args
        if type(base).__name__ == "Exp1":
            return elementary.exp(f, self.value(exponent))
        if exponent.is_Number and math.isfinite(_real(exponent)):
            return elementary.constant_power(f, self.value(base), float(exponent))
        if self._is_positive(base):
            logarithm = elementary.log(f, self.value(base))
            return elementary.exp(f, f.mul(self.value(exponent), logarithm))
        return elementary.power(f, self.value(base), self.value(exponent))

    def _is_positive(self, node: Expression) -> bool:
        """Return whether a value is above 0 for sure, so that its power needs no case of sign."""
        positive = self._positive.get(node)
        if positive is None:
            positive = self._positive[node] = self._must_be_positive(node)
        return positive

    def _must_be_positive(self, node: Expression) -> bool:
        node = self._definitions.get(node, node)
        name = type(node).__name__
        if node.is_Number:
            return _real(node) > 0
        if name == "Pow":
            return self._is_positive(node.args[0])
        if name in ("Add", "Mul"):
            return all(self._is_positive(argument) for argument in node.args)
        if name == "Piecewise":
            branches = zip(node.args[::2], node.args[1::2], strict=True)
            return all(self._is_positive(e) or self._is_above(c, e) for e, c in branches)
        return name in ("Pi", "Exp1")

    def _is_above(self, condition: Expression, expression: Expression) -> bool:
        """Return whether a condition says that an expression is above a positive number."""
        condition = _as_condition(condition)
        condition = self._definitions.get(condition, condition)
        if not type(condition).__name__.endswith("LessThan"):
            return False
        low, high = condition.args
        return bool(high == expression) and self._is_positive(low)

    def _log(self, node: Expression) -> Value:
        return elementary.log(self.f, self.value(node.args[0]))

    def _sign(self, node: Expression) -> Value:
        f, x = self.f, self.value(node.args[0])
        below = f.select(f.compare("lt", x, f.constant(0)), f.constant(-1), x)
        return f.select(f.compare("gt", x, f.constant(0)), f.constant(1), below)

    def _piecewise(self, node: Expression) -> Value:
        """Choose from the last branch to the first; NaN where no condition holds."""
        f, result = self.f, self.f.constant(math.nan)
        branches = list(zip(node.args[::2], node.args[1::2], strict=True))
        for expression, condition in reversed(branches):
            always = _is_true(condition)
            value = self.value(expression)
            result = value if always else f.select(self.value(condition), value, result)
        return result

    def _relation(self, node: Expression) -> Value:
        condition = _as_condition(node)
        if condition is not node:
            return self.value(condition)
        left, right = (self.value(argument) for argument in node.args)
        relation = _RELATIONS[type(node).__name__]
        return self.f.compare(relation, left, right, or_nan=relation == "ne")

    def _junction(self, node: Expression) -> Value:
        join = self.f.both if type(node).__name__ == "And" else self.f.either
        return reduce(join, (self.value(argument) for argument in node.args))

    def _not(self, node: Expression) -> Value:
        return self.f.opposite(self.value(node.args[0]))

    def _truth(self, node: Expression) -> Value:
        return self.f.truth(_is_true(node))

    def _intrinsic(self, node: Expression) -> Value:
        return self.f.intrinsic(_INTRINSICS[type(node).__name__], self.value(node.args[0]))

    def _largest(self, node: Expression) -> Value:
        name = _LARGEST[type(node).__name__]
        values = [self.value(argument) for argument in node.args]
        return reduce(lambda a, b: self.f.intrinsic(name, a, b), values)

    def _library(self, node: Expression) -> Value:
        name = _LIBRARY[type(node).__name__]
        return elementary.from_library(self.f, name, *(self.value(a) for a in node.args))


def _is_true(node: Expression) -> bool:
    return type(node).__name__ == "BooleanTrue"


def _as_condition(node: Expression) -> Expression:
    """Return what a condition that `cse` gave a name is without `== True`."""
    sides = node.args if type(node).__name__ == "Equality" else ()
    return next((sides[1 - k] for k, side in enumerate(sides) if _is_true(side)), node)


def _real(number: Expression) -> float:
    """Return a number; NaN for what is none of the real ones."""
    return float(number) if type(number).__name__ in _NUMBERS else math.nan


def _is_negative(node: Expression) -> bool:
    return bool(node.is_Number) and _real(node) < 0


def _without_sign(node: Expression) -> tuple[bool, Expression]:
    """Return whether a term has a negative number as factor, and the term without its sign."""
    leading = node.args[0] if node.is_Mul else node
    return (True, -node) if _is_negative(leading) else (False, node)
