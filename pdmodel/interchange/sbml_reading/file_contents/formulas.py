"""Formulas of SBML as SymPy expressions, walked node by node and never through text."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from typing import Any

import sympy

from pdmodel.errors import unknown
from pdmodel.interchange.sbml_reading.file_contents.library import SbmlError, SbmlRefusal, libsbml
from pdmodel.interchange.sbml_reading.file_contents.operators import (
    NUMBERS,
    ONE_ARGUMENT,
    RELATIONS,
    as_condition,
    as_number,
    exclusive,
    is_condition,
    number,
    power,
    quotient,
    same_truth,
)

Bound = Mapping[str, Any]
_COMPLEX = (sympy.re, sympy.im, sympy.arg, sympy.conjugate)


class FormulaReader:
    """Reads the formulas of one file.

    Parameters
    ----------
    symbols
        What the ids of the file stand for.
    functions
        The function definitions of the file, as libSBML holds them, by id.
    clock
        The time, in the file's unit.
    named
        Called with what must not be folded into its neighbours, such as a piecewise in a
        comparison; returns a symbol that is defined as it.
    """

    def __init__(
        self, symbols: Mapping[str, sympy.Symbol], functions: Mapping[str, Any],
        clock: sympy.Symbol, named: Callable[[sympy.Expr], sympy.Symbol],
    ) -> None:  # fmt: skip
        self.symbols, self.functions, self.clock, self.named = symbols, functions, clock, named

    def number(self, node: Any, where: str, bound: Bound | None = None) -> sympy.Expr:
        """Return a formula as a number.

        Parameters
        ----------
        node
            A node of libSBML.
        where
            Of which element it is, for messages.
        bound
            What local names stand for.

        Raises
        ------
        SbmlError
            If it holds an unknown name or is nested too deep.
        SbmlRefusal
            If it holds a delay or a random draw.
        """
        return as_number(self._outermost(node, where, bound))

    def condition(self, node: Any, where: str) -> Any:
        """Return a formula as a condition; parameters and errors are those of `number`."""
        return as_condition(self._outermost(node, where, None))

    def _outermost(self, node: Any, where: str, bound: Bound | None) -> Any:
        self.where = where
        try:
            return self._value(node, bound or {})
        except RecursionError:
            raise SbmlError(f"the formula of {where} is nested too deep") from None

    def _value(self, node: Any, bound: Bound) -> Any:
        kind = node.getType()
        if kind in (
            libsbml.AST_INTEGER,
            libsbml.AST_REAL,
            libsbml.AST_REAL_E,
            libsbml.AST_RATIONAL,
        ):
            return _written(node, kind)
        if kind == libsbml.AST_NAME:
            return self._name(node.getName(), bound)
        if kind == libsbml.AST_NAME_TIME:
            return self.clock
        if kind in NUMBERS:
            return NUMBERS[kind]
        if kind == libsbml.AST_FUNCTION:
            return self._call(node, bound)
        if kind == libsbml.AST_FUNCTION_PIECEWISE:
            return self._piecewise(node, bound)
        if kind in RELATIONS:
            return self._relation(kind, [self._value(child, bound) for child in _children(node)])
        if kind in _LOGICAL:
            self._check_count(node, kind)
            return _LOGICAL[kind](
                [as_condition(self._value(child, bound)) for child in _children(node)]
            )
        self._check_count(node, kind)
        arguments = [as_number(self._value(child, bound)) for child in _children(node)]
        if kind in ONE_ARGUMENT:
            return self._real(ONE_ARGUMENT[kind], *arguments)
        if kind in _SEVERAL:
            return _SEVERAL[kind](arguments)
        raise self._refusal(node, kind)

    def _check_count(self, node: Any, kind: int) -> None:
        """Refuse an operator that is given too few arguments or too many."""
        least, most = (1, 1) if kind in ONE_ARGUMENT else _COUNTS.get(kind, (0, math.inf))
        given = node.getNumChildren()
        if not least <= given <= most:
            allowed = f"{least} or {most}" if least < most < math.inf else f"{least}"
            allowed = f"at least {least}" if most == math.inf else allowed
            name = node.getName() or node.getOperatorName() or "an operator"
            raise SbmlError(f"{self.where} gives {name} {given} arguments; it takes {allowed}")

    def _refusal(self, node: Any, kind: int) -> Exception:
        if kind == libsbml.AST_FUNCTION_DELAY:
            return SbmlRefusal(
                "delay",
                f"{self.where} holds a delay, which is not run: write a chain of transit species",
            )
        name = node.getName() or "an empty formula"
        if kind in _AT_RANDOM:
            return SbmlRefusal("package distrib", f"{self.where} draws at random ({name})")
        return SbmlError(f"{self.where} holds {name}, which has no meaning here")

    def _name(self, name: str, bound: Bound) -> Any:
        if name in bound:
            return bound[name]
        if name not in self.symbols:
            raise SbmlError(str(unknown(f"name in {self.where}:", name, self.symbols)))
        return self.symbols[name]

    def _call(self, node: Any, bound: Bound) -> Any:
        name = node.getName()
        if name not in self.functions:
            raise SbmlError(str(unknown(f"function in {self.where}:", name, self.functions)))
        meaning = self.functions[name]
        places = meaning.getNumChildren() - 1
        if places < 0 or places != node.getNumChildren():
            raise SbmlError(f"{self.where}: function {name!r} takes {max(places, 0)} arguments")
        given = [self._value(child, bound) for child in _children(node)]
        inner = {meaning.getChild(i).getName(): value for i, value in enumerate(given)}
        return self._value(meaning.getChild(places), inner)

    def _relation(self, kind: int, sides: list[Any]) -> Any:
        equality = kind in (libsbml.AST_RELATIONAL_EQ, libsbml.AST_RELATIONAL_NEQ)
        pairs = list(itertools.pairwise(sides))
        if equality and any(is_condition(side) for side in sides):
            same = [same_truth(as_condition(a), as_condition(b)) for a, b in pairs]
            wanted = kind == libsbml.AST_RELATIONAL_EQ
            return sympy.And(*(part if wanted else sympy.Not(part) for part in same))
        numbers = [self._side(as_number(side)) for side in sides]
        compared = (self._compared(kind, a, b) for a, b in itertools.pairwise(numbers))
        return sympy.And(*compared)

    def _real(
        self, function: Callable[[sympy.Expr], sympy.Expr], argument: sympy.Expr
    ) -> sympy.Expr:
        """Return a function of real numbers: SymPy writes `abs(x**n)` in parts of complex ones."""
        value = function(argument)
        return function(self.named(argument)) if value.has(*_COMPLEX) else value

    def _side(self, side: sympy.Expr) -> sympy.Expr:
        """Give a piecewise a name of its own: SymPy would fold it into the condition."""
        return self.named(side) if side.has(sympy.Piecewise) else side

    def _compared(self, kind: int, a: sympy.Expr, b: sympy.Expr) -> Any:
        if a.has(sympy.nan) or b.has(sympy.nan):
            return sympy.true if kind == libsbml.AST_RELATIONAL_NEQ else sympy.false
        return RELATIONS[kind](a, b)

    def _piecewise(self, node: Any, bound: Bound) -> Any:
        parts = [self._value(child, bound) for child in _children(node)]
        branches = [
            (value, as_condition(condition))
            for value, condition in zip(parts[0::2], parts[1::2], strict=False)
        ]
        if len(parts) % 2:
            branches.append((parts[-1], sympy.true))
        if branches and all(is_condition(value) for value, _ in branches):
            return _logical_branches(branches)
        return piecewise([(as_number(value), condition) for value, condition in branches])


def piecewise(branches: list[tuple[sympy.Expr, Any]]) -> sympy.Expr:
    """Return branches as they stand, without those that can never be taken."""
    kept: list[tuple[sympy.Expr, Any]] = []
    for value, condition in branches:
        if condition == sympy.false:
            continue
        kept.append((value, condition))
        if condition == sympy.true:
            break
    if not kept:
        return sympy.nan
    if sympy.Or(*(condition for _, condition in kept)) == sympy.true:
        kept[-1] = kept[-1][0], sympy.true  # where no other holds, this one does
    return kept[0][0] if kept[0][1] == sympy.true else sympy.Piecewise(*kept, evaluate=False)


def _logical_branches(branches: list[tuple[Any, Any]]) -> Any:
    held: Any = sympy.false
    before: Any = sympy.true
    for value, condition in branches:
        held = sympy.Or(held, sympy.And(before, condition, value))
        before = sympy.And(before, sympy.Not(condition))
    return held


def _children(node: Any) -> list[Any]:
    return [node.getChild(i) for i in range(node.getNumChildren())]


def _written(node: Any, kind: int) -> sympy.Expr:
    if kind == libsbml.AST_INTEGER:
        return sympy.Integer(node.getInteger())
    if kind == libsbml.AST_RATIONAL:
        return sympy.Rational(node.getNumerator(), node.getDenominator())
    return number(node.getReal())


def _minus(arguments: list[sympy.Expr]) -> sympy.Expr:
    return -arguments[0] if len(arguments) == 1 else arguments[0] - arguments[1]


def _root(arguments: list[sympy.Expr]) -> sympy.Expr:
    *degree, radicand = arguments
    return sympy.Pow(radicand, 1 / degree[0]) if degree else sympy.sqrt(radicand)


def _logarithm(arguments: list[sympy.Expr]) -> sympy.Expr:
    *base, argument = arguments
    return sympy.log(argument) / sympy.log(base[0] if base else 10)


_SEVERAL: Mapping[int, Callable[[list[sympy.Expr]], sympy.Expr]] = {
    libsbml.AST_PLUS: lambda some: sympy.Add(*some),
    libsbml.AST_TIMES: lambda some: sympy.Mul(*some),
    libsbml.AST_MINUS: _minus,
    libsbml.AST_DIVIDE: lambda some: some[0] / some[1],
    libsbml.AST_POWER: lambda some: power(*some),
    libsbml.AST_FUNCTION_POWER: lambda some: power(*some),
    libsbml.AST_FUNCTION_ROOT: _root,
    libsbml.AST_FUNCTION_LOG: _logarithm,
    libsbml.AST_FUNCTION_MAX: lambda some: sympy.Max(*some),
    libsbml.AST_FUNCTION_MIN: lambda some: sympy.Min(*some),
    libsbml.AST_FUNCTION_QUOTIENT: lambda some: quotient(*some),
    libsbml.AST_FUNCTION_REM: lambda some: some[0] - some[1] * quotient(*some),
}
_COUNTS: Mapping[int, tuple[int, float]] = {
    libsbml.AST_MINUS: (1, 2),
    libsbml.AST_DIVIDE: (2, 2),
    libsbml.AST_POWER: (2, 2),
    libsbml.AST_FUNCTION_POWER: (2, 2),
    libsbml.AST_FUNCTION_ROOT: (1, 2),
    libsbml.AST_FUNCTION_LOG: (1, 2),
    libsbml.AST_FUNCTION_MAX: (1, math.inf),
    libsbml.AST_FUNCTION_MIN: (1, math.inf),
    libsbml.AST_FUNCTION_QUOTIENT: (2, 2),
    libsbml.AST_FUNCTION_REM: (2, 2),
    libsbml.AST_LOGICAL_NOT: (1, 1),
    libsbml.AST_LOGICAL_IMPLIES: (2, 2),
}
"""How many arguments an operator takes, where it does not take any number."""
_AT_RANDOM = range(libsbml.AST_DISTRIB_FUNCTION_NORMAL, libsbml.AST_DISTRIB_FUNCTION_RAYLEIGH + 1)
"""What the package of random draws adds."""
_LOGICAL: Mapping[int, Callable[[list[Any]], Any]] = {
    libsbml.AST_LOGICAL_AND: lambda some: sympy.And(*some),
    libsbml.AST_LOGICAL_OR: lambda some: sympy.Or(*some),
    libsbml.AST_LOGICAL_NOT: lambda some: sympy.Not(*some),
    libsbml.AST_LOGICAL_XOR: exclusive,
    libsbml.AST_LOGICAL_IMPLIES: lambda some: sympy.Or(sympy.Not(some[0]), some[1]),
}
