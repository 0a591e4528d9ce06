"""What no expression of a model may hold, and what to write instead."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Any

import sympy
from sympy.core.function import AppliedUndef
from sympy.core.relational import Relational
from sympy.functions.elementary.piecewise import ExprCondPair
from sympy.logic.boolalg import ITE, Boolean, BooleanAtom

from pdmodel.arguments import shown
from pdmodel.errors import InputError, shortened
from pdmodel.model.expressions.dimensions import ALLOWED_NODES
from pdmodel.model.expressions.rewriting import WHOLE

Symbols = Collection[sympy.Symbol]
_RELATIONS = (sympy.Gt, sympy.Ge, sympy.Lt, sympy.Le)
_JUNCTIONS = (sympy.And, sympy.Or, sympy.Not, ITE, sympy.Xor, sympy.Implies, sympy.Equivalent)
_DELAYS = ("delay", "delayed", "lag", "lagged", "shift", "past")
_INSTEAD = {
    sympy.Integral: "give the integral a state of its own, whose rate is the integrand",
    sympy.Derivative: "write the rate itself, or an auxiliary that holds it",
    sympy.Subs: "write the expression with the value in its place",
    sympy.Sum: "write the terms out, as sympy.Add(*terms)",
    sympy.Product: "write the factors out, as sympy.Mul(*factors)",
    sympy.MatrixBase: "write one expression a state",
    sympy.MatrixExpr: "write one expression a state",
    sympy.DiracDelta: "what comes at one moment is a dose; give it in the regimen",
    sympy.re: "all quantities are real; leave it out",
    sympy.im: "all quantities are real; leave it out",
}


def written(value: Any, where: str) -> sympy.Expr:
    """Return what a user wrote as an expression.

    Parameters
    ----------
    value
        A SymPy expression or a number.
    where
        Of which process or auxiliary it is, for the message.

    Raises
    ------
    InputError
        If it is something else: text (which is never evaluated), a condition, an array, nothing.
    """
    try:
        expression = sympy.sympify(value, strict=True)
    except sympy.SympifyError as error:
        raise InputError(
            f"{where}: {shortened(shown(value), 60)} is not an expression of symbols and numbers "
            "(text is never evaluated)"
        ) from error
    if isinstance(expression, Boolean) and not isinstance(expression, sympy.Symbol):
        raise InputError(
            f"{where}: {shortened(shown(value), 60)} is true or false, not a number; "
            "write sympy.Piecewise((1, condition), (0, True))"
        )
    if not isinstance(expression, sympy.Expr) or getattr(expression, "is_Matrix", False):
        raise InputError(
            f"{where}: {shortened(shown(value), 60)} is not one expression; write one expression a "
            "state"
        )
    return expression


def strange_symbols(expression: sympy.Basic, allowed: Collection[sympy.Symbol]) -> Iterator[str]:
    """Yield one line for every symbol that has the name of a declared one, but is another."""
    names = {symbol.name: symbol for symbol in allowed}
    for symbol in sorted(expression.free_symbols, key=str):
        name = getattr(symbol, "name", str(symbol))
        declared = names.get(name)
        if declared is None or symbol == declared:
            continue
        if isinstance(symbol, sympy.Dummy):
            kind = "is a Dummy of the same name"
        else:
            assumed = [
                word if value else f"not {word}" for word, value in _assumptions(symbol).items()
            ]
            kind = f"carries assumptions ({', '.join(assumed) or 'other ones'})"
        yield f"{name} is declared, but this symbol {kind}: use the one the vocabulary gave"


def _assumptions(symbol: sympy.Symbol) -> dict[str, bool]:
    """Return what was assumed when a symbol was written, without what follows from it."""
    assumed: dict[str, bool] = dict(getattr(symbol, "_assumptions_orig", symbol.assumptions0))
    if len(assumed) > 1:
        assumed.pop("commutative", None)
    return assumed


def expression_faults(
    expression: sympy.Expr, functions: Collection[str], by_state: Symbols, moving: Symbols
) -> Iterator[str]:
    """Yield one line for every node that cannot stand in an expression.

    Parameters
    ----------
    expression
        Of a rate, an auxiliary or a starting value.
    functions
        Names of states and auxiliaries, which a delay would be of.
    by_state, moving
        Symbols that change with the states, and those that change with states or time.
    """
    if not _sound_anywhere(expression):
        yield from _faults(expression, functions, set(by_state), set(moving))


@lru_cache(maxsize=8192)
def _sound_anywhere(expression: sympy.Expr) -> bool:
    """Return whether an expression has no fault even where all of its symbols move.

    Models of one vocabulary share expressions, and most of them are.
    """
    symbols = set(expression.free_symbols)
    return next(_faults(expression, (), symbols, symbols), None) is None


def _faults(
    expression: sympy.Expr, functions: Collection[str], by_state: set[sympy.Symbol],
    moving: set[sympy.Symbol],
) -> Iterator[str]:  # fmt: skip
    reported: set[str] = set()
    waiting: list[sympy.Basic] = [expression]
    while waiting:
        node = waiting.pop()
        fault = _fault(node, functions, by_state, moving)
        if fault is None:
            waiting.extend(reversed(node.args))
        elif fault not in reported:
            reported.add(fault)
            yield fault


def _fault(
    node: sympy.Basic, functions: Collection[str], by_state: set[sympy.Symbol],
    moving: set[sympy.Symbol],
) -> str | None:  # fmt: skip
    """Return why a node cannot stand where it does, or None."""
    if isinstance(node, Relational):
        return _relation_fault(node, moving)
    if not isinstance(node, sympy.Expr):
        return _condition_fault(node)
    if isinstance(node, sympy.Piecewise):
        return _piecewise_fault(node)
    if node.is_number and not node.args:
        return _number_fault(node)
    if isinstance(node, AppliedUndef):
        return _unknown_function(node, functions)
    if isinstance(node, WHOLE) and node.free_symbols & by_state:
        return (
            f"{type(node).__name__} jumps whenever a state moves ({_short(node)}) past a whole "
            "number: write the steps that you mean as a Piecewise"
        )
    return None if isinstance(node, ALLOWED_NODES) else _not_compiled(node)


def _not_compiled(node: sympy.Basic) -> str:
    instead = next((text for kind, text in _INSTEAD.items() if isinstance(node, kind)), "")
    hint = instead or "write it in exp, log, powers, trigonometric and hyperbolic functions, erf"
    return f"{type(node).__name__} cannot be compiled: {hint}"


def _piecewise_fault(node: sympy.Piecewise) -> str | None:
    last = node.args[-1]
    if last.cond == sympy.true and last.expr is not sympy.nan:
        return None
    return (
        "Piecewise without a last (…, True) branch: say what holds where none of its conditions "
        f"does ({_short(node)})"
    )


def _relation_fault(node: Relational, moving: set[sympy.Symbol]) -> str | None:
    if isinstance(node, _RELATIONS):
        return None
    if isinstance(node, sympy.Eq | sympy.Ne):
        if not node.free_symbols & moving:
            return None
        return (
            f"{_short(node)} is decided at single moments only: write a range, such as "
            "sympy.And(x > a, x < b)"
        )
    return f"{type(node).__name__} cannot be a condition: write it with <, <=, > and >="


def _condition_fault(node: sympy.Basic) -> str | None:
    """Judge what is no expression: branches, junctions of conditions, anything else."""
    if isinstance(node, BooleanAtom):
        return None
    if isinstance(node, (ExprCondPair, *_JUNCTIONS)):
        parts = node.args[1:] if isinstance(node, ExprCondPair) else node.args
        for part in parts:
            if isinstance(part, sympy.Symbol):
                return f"{part} is a number, not a condition: write {part} > 0, say"
        return None
    instead = next((text for kind, text in _INSTEAD.items() if isinstance(node, kind)), "")
    hint = instead or "write conditions with <, <=, >, >=, And, Or and Not"
    return f"{type(node).__name__} cannot be compiled: {hint}"


def _number_fault(node: sympy.Expr) -> str | None:
    if node is sympy.I:
        return "I cannot be compiled: all quantities are real"
    if node in (sympy.nan, sympy.oo, -sympy.oo, sympy.zoo):
        return f"{node} is not a finite number"
    try:
        held = float(node)
    except OverflowError:
        held = math.inf
    if math.isinf(held) or (held == 0 and not node.is_zero):
        return f"the number {_short(node)} is beyond the range of floating point; scale the units"
    return None


def _unknown_function(node: AppliedUndef, functions: Collection[str]) -> str:
    name = type(node).__name__
    if name in functions or name.lower() in _DELAYS:
        return (
            f"({_short(node)}) is a delay, which cannot be run: write a chain of transit states "
            "between cause and effect"
        )
    return f"{name} cannot be compiled: it is a function without a definition; write it out"


def _short(node: sympy.Basic) -> str:
    return shortened(str(node), 70)
