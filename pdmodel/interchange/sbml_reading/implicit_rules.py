"""Algebraic rules without a solution in symbols: their derivative by time says how fast it moves.

What such rules determine is integrated (index reduction). It begins where the rules hold, so that
nothing may be changed on which that beginning depends: those numbers become constants, and neither
events nor doses may set what the rules hold.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

import sympy

from pdmodel.errors import InputError
from pdmodel.interchange.sbml_reading.determination import Determined, set_by_events
from pdmodel.interchange.sbml_reading.file_contents.elements import SbmlContents, SbmlSpecies
from pdmodel.interchange.sbml_reading.file_contents.library import SbmlRefusal
from pdmodel.interchange.sbml_reading.file_contents.operators import rate_of
from pdmodel.model.algebra import algebra_rates, match_unknowns

_FEATURE = "algebraic rule"
_JUMPS = (sympy.Derivative, sympy.Subs, sympy.DiracDelta, sympy.Heaviside, sympy.floor,
          sympy.ceiling)  # fmt: skip


def differentiate_rules(
    contents: SbmlContents, kinds: dict[str, Determined],
    equations: Mapping[str, sympy.Expr], free: list[str],
) -> None:  # fmt: skip
    """Give what algebraic rules determine a rate and a start; changes `contents` and `kinds`.

    Parameters
    ----------
    contents, kinds
        What the file says, and how its quantities are determined.
    equations
        What is 0, by the name of the rule.
    free
        Ids of what the rules may determine, the preferred ones first.

    Raises
    ------
    SbmlRefusal
        If no rate or no start follows, or an event sets what the rules hold.
    """
    symbols = contents.symbols
    unknowns = [symbols[name] for name in free]
    chosen = match_unknowns(equations, unknowns)
    ids = {symbols[name]: name for name in free}
    own = set(chosen.values())
    others = {s for e in equations.values() for s in e.free_symbols} - own - {contents.clock}
    try:
        rates = algebra_rates(equations, unknowns, {s: rate_of(s) for s in others}, contents.clock)
    except InputError as error:
        raise SbmlRefusal(_FEATURE, str(error)) from error
    if any(rate.has(*_JUMPS) for rate in rates.values()):
        raise SbmlRefusal(_FEATURE, f"{', '.join(equations)}: what it holds jumps; no rate follows")
    held = _held(contents, [*others, *own])
    _refuse_events(contents, held, equations)
    for symbol, start in _starts(contents, equations, own).items():
        _follow(contents, kinds, ids[symbol], rates[symbol], start)
    contents.held = held


def _follow(
    contents: SbmlContents, kinds: dict[str, Determined], name: str, rate: sympy.Expr, start: float
) -> None:
    """Let a quantity begin at a number and move at a rate."""
    contents.rates[name], kinds[name] = rate, "rate"
    contents.initial.pop(name, None)
    quantity = contents.quantities[name]
    if isinstance(quantity, SbmlSpecies):
        given = "amount" if quantity.is_amount else "concentration"
        contents.quantities[name] = replace(quantity, value=start, given=given, assumed=False)
    else:
        contents.quantities[name] = replace(quantity, value=start)


def _held(contents: SbmlContents, some: Iterable[sympy.Symbol]) -> frozenset[sympy.Symbol]:
    """Return what the value of some symbols at the start depends on, themselves among it."""
    held, waiting = set[sympy.Symbol](), [*some]
    while waiting:
        symbol = waiting.pop()
        if symbol not in held:
            held.add(symbol)
            waiting += _meaning(contents, symbol).free_symbols
    return frozenset(held)


def _meaning(contents: SbmlContents, symbol: sympy.Symbol) -> sympy.Expr:
    """Return what a symbol is at the start, by other symbols or as a number."""
    if symbol == contents.clock:
        return sympy.Integer(0)
    if symbol in contents.named:
        return contents.named[symbol]
    local = {p.symbol: p.value for r in contents.reactions.values() for p in r.local}
    if symbol in local:
        return sympy.Float(local[symbol])
    name = next(name for name, own in contents.symbols.items() if own == symbol)
    for formulas in (contents.assigned, contents.initial):
        if name in formulas:
            return formulas[name]
    if name in contents.reactions:
        rate = contents.reactions[name].rate
        return sympy.Integer(0) if rate is None else rate
    return _given(contents, name)


def _given(contents: SbmlContents, name: str) -> sympy.Expr:
    """Return the number of the file, as the id is meant in formulas."""
    quantity = contents.quantities[name]
    value = sympy.nan if math.isnan(quantity.value) else sympy.Float(quantity.value)
    if isinstance(quantity, SbmlSpecies) and quantity.by_volume:
        volume = contents.symbols[quantity.compartment]
        return value * volume if quantity.is_amount else value / volume
    return value


def _refuse_events(
    contents: SbmlContents, held: frozenset[sympy.Symbol], equations: Mapping[str, sympy.Expr]
) -> None:
    by_event = sorted(n for n in set_by_events(contents) if contents.symbols.get(n) in held)
    if by_event:
        raise SbmlRefusal(
            _FEATURE,
            f"{', '.join(equations)}: no solution in symbols, and an event sets {by_event[0]!r}: "
            "what follows the rule by its rate cannot jump with it",
        )


def _starts(
    contents: SbmlContents, equations: Mapping[str, sympy.Expr], own: set[sympy.Symbol]
) -> dict[sympy.Symbol, float]:
    """Return where the rules hold at the start, found from the values of the file."""
    said, wanted = ", ".join(equations), sorted(own, key=str)
    near = [_at_start(contents, symbol, set()) for symbol in wanted]
    without = [symbol for symbol, value in zip(wanted, near, strict=True) if value is sympy.nan]
    if without:
        raise SbmlRefusal(
            _FEATURE, f"{said}: {without[0]} needs a value, near which a solution is sought"
        )
    residuals = [_at_start(contents, expression, own) for expression in equations.values()]
    try:
        roots = sympy.nsolve(residuals, wanted, [float(value) for value in near])
    except (ValueError, ZeroDivisionError, TypeError) as error:
        raise SbmlRefusal(
            _FEATURE, f"{said}: no solution was found near the values of the file"
        ) from error
    return {symbol: float(value) for symbol, value in zip(wanted, [*roots], strict=True)}


def _at_start(contents: SbmlContents, expression: sympy.Expr, own: set[sympy.Symbol]) -> sympy.Expr:
    """Return an expression of numbers and of `own` symbols only."""
    for _ in range(len(contents.symbols) + len(contents.named) + 1):
        further = expression.free_symbols - own
        if not further:
            return expression
        expression = expression.xreplace({s: _meaning(contents, s) for s in further})
    raise SbmlRefusal(_FEATURE, "what an algebraic rule holds depends on itself at the start")
