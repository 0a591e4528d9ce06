"""SymPy expressions as MathML, through libSBML's trees; every number says its unit."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import sympy
from sympy.core.function import AppliedUndef
from sympy.core.relational import Relational

from pdmodel.errors import InputError
from pdmodel.interchange.sbml_writing.unit_definitions import UnitDefinitions
from pdmodel.model.expressions.dimensions import DimensionFault, unit_of
from pdmodel.model.expressions.functions import (
    CLIP,
    at_least,
    at_most,
    larger,
    lower,
    positive_part,
    safe_power,
    whole_part,
)
from pdmodel.model.expressions.rewriting import is_rewritten, rewritten
from pdmodel.units import ONE, Unit

_FUNCTIONS = {
    "exp": "EXP", "log": "LN", "floor": "FLOOR", "whole_part": "FLOOR", "ceiling": "CEILING",
    "Abs": "ABS", "sin": "SIN", "cos": "COS", "tan": "TAN", "asin": "ARCSIN", "acos": "ARCCOS",
    "atan": "ARCTAN", "sinh": "SINH", "cosh": "COSH", "tanh": "TANH", "asinh": "ARCSINH",
    "acosh": "ARCCOSH", "atanh": "ARCTANH", "sec": "SEC", "csc": "CSC", "cot": "COT",
}  # fmt: skip
_CHOICES = {
    sympy.Max: "MAX", sympy.Min: "MIN", at_least: "MAX", at_most: "MIN", larger: "MAX",
    positive_part: "MAX",
}  # fmt: skip
_RELATIONS = {">": "GT", ">=": "GEQ", "<": "LT", "<=": "LEQ", "==": "EQ", "!=": "NEQ"}
_LOGIC = {sympy.And: "AND", sympy.Or: "OR", sympy.Not: "NOT", sympy.Xor: "XOR"}


class Mathematics:
    """Writes expressions as trees of libSBML.

    Parameters
    ----------
    library
        libSBML.
    units
        Where units of numbers get their identifiers.
    unit
        Unit of a symbol.
    identifier
        Name of a symbol in the file; `time` is the time.
    power
        Name of the function `safe_power` in the file.
    time
        The symbol of the time.
    """

    def __init__(
        self, library: Any, units: UnitDefinitions, unit: Callable[[sympy.Symbol], Unit],
        identifier: Callable[[sympy.Symbol], str], power: Callable[[], str], time: sympy.Symbol,
    ) -> None:  # fmt: skip
        self._library, self._units, self._unit = library, units, unit
        self._identifier, self._power, self._time = identifier, power, time

    def write(self, expression: sympy.Basic, wanted: Unit | None = None) -> Any:
        """Return the tree of an expression.

        Parameters
        ----------
        expression
            Of symbols that the file has.
        wanted
            The unit that is expected of it: numbers in it that stand for a quantity get it.

        Raises
        ------
        InputError
            If it holds a function that SBML does not know, or a number that is not finite.
        """
        expression = sympy.sympify(expression)
        if expression.is_Number or isinstance(expression, sympy.NumberSymbol):
            return self._number(expression, wanted or ONE)
        if isinstance(expression, sympy.Symbol):
            return self._symbol(expression)
        for kinds, method in _METHODS:
            if isinstance(expression, kinds):
                return getattr(self, method)(expression, wanted)
        return self._function(expression, wanted)

    # Nodes ---------------------------------------------------------------------------------------

    def _node(self, kind: str, *children: Any) -> Any:
        node = self._library.ASTNode(getattr(self._library, f"AST_{kind}"))
        for child in children:
            node.addChild(child)
        return node

    def _symbol(self, symbol: sympy.Symbol) -> Any:
        node = self._node("NAME_TIME" if symbol == self._time else "NAME")
        node.setName("time" if symbol == self._time else self._identifier(symbol))
        return node

    def _number(self, value: sympy.Expr, unit: Unit) -> Any:
        if value in (sympy.pi, sympy.E):
            return self._node("CONSTANT_PI" if value == sympy.pi else "CONSTANT_E")
        if not (value.is_finite and math.isfinite(float(value))):
            raise InputError(f"{value} is not a finite number")
        if value.is_Integer and abs(int(value)) < 2**31:
            node = self._node("INTEGER")
            node.setValue(int(value))
        elif value.is_Rational and not value.is_Integer and max(abs(value.p), value.q) < 2**31:
            node = self._node("RATIONAL")
            node.setValue(int(value.p), int(value.q))
        else:
            node = self._node("REAL")
            node.setValue(float(value))
        node.setUnits(self._units.identifier_of(unit))
        return node

    def _sum(self, expression: sympy.Add, wanted: Unit | None) -> Any:
        unit = self._common(expression.args, wanted)
        total: Any = None
        for term in sorted(expression.args, key=lambda term: bool(term.could_extract_minus_sign())):
            minus = term.could_extract_minus_sign()
            node = self.write(-term if minus else term, unit)
            if total is None:
                total = self._node("MINUS", node) if minus else node
            else:
                total = self._node("MINUS" if minus else "PLUS", total, node)
        return total

    def _product(self, expression: sympy.Mul, wanted: Unit | None) -> Any:
        number, factors = expression.as_coeff_mul()
        if number.could_extract_minus_sign():
            return self._node("MINUS", self._product_of(-number, factors, wanted))
        return self._product_of(number, factors, wanted)

    def _product_of(
        self, number: sympy.Expr, factors: Sequence[sympy.Expr], wanted: Unit | None
    ) -> Any:
        """Write a fraction; what its numbers lack of the wanted unit the number brings."""
        scale = ONE
        own = self.unit(sympy.Mul(*factors))
        if wanted is not None and own is not None:
            scale = wanted * own ** Fraction(-1)
        below = [factor for factor in factors if _is_inverse(factor)]
        above = [self.write(factor) for factor in factors if not _is_inverse(factor)]
        under = [self.write(sympy.Pow(factor.base, -factor.exp)) for factor in below]
        top, bottom = (number.p, number.q) if number.is_Rational else (number, 1)
        if top != 1 or not above or not scale.matches(ONE):
            above.insert(0, self._number(sympy.sympify(top), scale))
        if bottom != 1:
            under.insert(0, self._number(sympy.sympify(bottom), ONE))
        node = above[0] if len(above) == 1 else self._node("TIMES", *above)
        if not under:
            return node
        divisor = under[0] if len(under) == 1 else self._node("TIMES", *under)
        return self._node("DIVIDE", node, divisor)

    def _power_node(self, expression: sympy.Pow, wanted: Unit | None) -> Any:
        base, exponent = expression.args
        if _is_inverse(expression):
            return self._product_of(sympy.Integer(1), [expression], None)
        if exponent == sympy.Rational(1, 2):
            return self._node("FUNCTION_ROOT", self._number(sympy.Integer(2), ONE),
                              self.write(base))  # fmt: skip
        return self._node("FUNCTION_POWER", self.write(base), self.write(exponent, ONE))

    def _choice(self, expression: sympy.Expr, wanted: Unit | None) -> Any:
        arguments = [*expression.args]
        if isinstance(expression, positive_part):
            arguments.append(sympy.Integer(0))
        unit = self._common(arguments, wanted)
        nodes = [self.write(argument, unit) for argument in arguments]
        return self._node(f"FUNCTION_{_CHOICES[type(expression)]}", *nodes)

    def _cases(self, expression: sympy.Piecewise, wanted: Unit | None) -> Any:
        unit = self._common([value for value, _ in expression.args], wanted)
        parts: list[Any] = []
        for value, condition in expression.args:
            parts.append(self.write(value, unit))
            if condition == sympy.true:
                break
            parts.append(self.write(condition))
        return self._node("FUNCTION_PIECEWISE", *parts)

    def _relation(self, expression: Relational, wanted: Unit | None) -> Any:
        unit = self._common(expression.args, None)
        sides = [self.write(side, unit) for side in expression.args]
        return self._node(f"RELATIONAL_{_RELATIONS[expression.rel_op]}", *sides)

    def _logic(self, expression: sympy.Basic, wanted: Unit | None) -> Any:
        parts = [self.write(part) for part in expression.args]
        return self._node(f"LOGICAL_{_LOGIC[type(expression)]}", *parts)

    def _truth(self, expression: sympy.Basic, wanted: Unit | None) -> Any:
        return self._node("CONSTANT_TRUE" if expression == sympy.true else "CONSTANT_FALSE")

    def _safe_power(self, expression: safe_power, wanted: Unit | None) -> Any:
        base, exponent = expression.args
        plain = self.unit(base)
        if plain is None or not plain.matches(ONE):
            return self.write(expression.lowered(), wanted)
        node = self._node("FUNCTION", self.write(base, ONE), self.write(exponent, ONE))
        node.setName(self._power())
        return node

    def _function(self, expression: sympy.Expr, wanted: Unit | None) -> Any:
        name = type(expression).__name__
        if name in _FUNCTIONS and not isinstance(expression, AppliedUndef):
            unit = wanted if isinstance(expression, sympy.Abs | sympy.floor | whole_part) else ONE
            node = self.write(expression.args[0], unit)
            return self._node(f"FUNCTION_{_FUNCTIONS[name]}", node)
        plain = rewritten(expression) if is_rewritten(expression) else lower(expression)
        if plain == expression:
            raise InputError(f"function {name!r} has no counterpart in SBML: {expression}")
        return self.write(plain, wanted)

    # Units ---------------------------------------------------------------------------------------

    def unit(self, expression: sympy.Expr) -> Unit | None:
        """Return the unit of an expression; None where it has none that is known."""
        try:
            return unit_of(expression, self._unit)
        except DimensionFault:
            return None

    def _common(self, terms: Sequence[sympy.Expr], wanted: Unit | None) -> Unit | None:
        """Return the unit that terms share: that of the first one that is no plain number."""
        for term in terms:
            if term.free_symbols and (unit := self.unit(term)) is not None:
                return unit
        return wanted


_METHODS: tuple[tuple[Any, str], ...] = (
    (sympy.Add, "_sum"), (sympy.Mul, "_product"), (sympy.Pow, "_power_node"),
    (tuple(_CHOICES), "_choice"), (sympy.Piecewise, "_cases"), (safe_power, "_safe_power"),
    (Relational, "_relation"), (tuple(_LOGIC), "_logic"),
    (sympy.logic.boolalg.BooleanAtom, "_truth"),
)  # fmt: skip


def _is_inverse(factor: sympy.Expr) -> bool:
    return bool(factor.is_Pow and factor.exp.could_extract_minus_sign())


def power_of_positive(library: Any) -> Any:
    """Return `safe_power` as a function of SBML: a power of what is positive, and 0 else."""
    base, exponent = (library.ASTNode(library.AST_NAME) for _ in range(2))
    base.setName("x"), exponent.setName("n")
    least = repr(float(CLIP))
    body = library.parseL3Formula(
        f"piecewise(max(x, {least} dimensionless)^n, x > {least} dimensionless, 0 dimensionless)"
    )
    node = library.ASTNode(library.AST_LAMBDA)
    for child in (base, exponent, body):
        node.addChild(child)
    return node
