"""The drug-free starting state, solved in symbols.

Initial values are expressions, and production constants follow from them: a mechanism may use
`vocabulary.at_baseline(kill_rate)` for the value another mechanism's quantity has before treatment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from operator import attrgetter

import sympy

from pdmodel.errors import InputError
from pdmodel.model.expressions.symbols import symbols_of
from pdmodel.model.vocabulary import Vocabulary

Definitions = Mapping[sympy.Symbol, sympy.Expr]
_BY_NAME = attrgetter("name")


def find_cycle(definitions: Definitions) -> tuple[str, ...]:
    """Return the names along a cycle of auxiliaries, or nothing."""
    try:
        TopologicalSorter(_dependencies(definitions)).prepare()
    except CycleError as error:
        return tuple(str(symbol) for symbol in error.args[1])
    return ()


def sort_definitions(definitions: Definitions) -> dict[sympy.Symbol, sympy.Expr]:
    """Order auxiliaries so that each stands after those it uses; ties in order of name."""
    depends = _dependencies(definitions)
    ordered: dict[sympy.Symbol, sympy.Expr] = {}
    sorter = TopologicalSorter(depends)
    sorter.prepare()
    while sorter.is_active():
        for symbol in sorted(sorter.get_ready(), key=_BY_NAME):
            if symbol in definitions:
                ordered[symbol] = definitions[symbol]
            sorter.done(symbol)
    return ordered


def _dependencies(definitions: Definitions) -> dict[sympy.Symbol, set[sympy.Symbol]]:
    return {
        symbol: {used for used in symbols_of(expression) if used in definitions}
        for symbol, expression in definitions.items()
    }


def moving_symbols(
    definitions: Definitions, states: set[sympy.Symbol], time: sympy.Symbol
) -> set[sympy.Symbol]:
    """Return states, time and every auxiliary that depends on one of them."""
    moving = {*states, time}
    for symbol, expression in sort_definitions(definitions).items():
        if symbols_of(expression) & moving:
            moving.add(symbol)
    return moving


def resolve_baselines(
    vocabulary: Vocabulary,
    definitions: Definitions,
    initials: Definitions,
    used: Iterable[sympy.Symbol],
) -> dict[sympy.Symbol, sympy.Expr]:
    """Define every `*_at_baseline` symbol that is used, as an expression of constants.

    Parameters
    ----------
    vocabulary
        Knows which symbol each placeholder stands for.
    definitions, initials
        Auxiliaries, and the starting values of the states.
    used
        Symbols of the model's equations.

    Returns
    -------
    dict
        Placeholder to expression; it holds parameters and constant auxiliaries only.

    Raises
    ------
    InputError
        If a baseline is defined by itself.
    """
    resolver = _Resolver(vocabulary, definitions, initials)
    for symbol in sorted(used, key=_BY_NAME):
        if vocabulary[symbol].kind == "baseline":
            resolver.at_start(symbol)
    cycle = find_cycle({**definitions, **resolver.resolved})
    if cycle:
        raise InputError(f"{cycle[0]} is defined by itself: {' -> '.join(cycle)}")
    return resolver.resolved


class _Resolver:
    """Walks from each placeholder to the start, once a symbol."""

    def __init__(
        self, vocabulary: Vocabulary, definitions: Definitions, initials: Definitions
    ) -> None:
        self.vocabulary, self.definitions, self.initials = vocabulary, definitions, initials
        self.moving = moving_symbols(definitions, set(initials), vocabulary.time)
        self.resolved: dict[sympy.Symbol, sympy.Expr] = {}
        self.open: list[sympy.Symbol] = []

    def at_start(self, symbol: sympy.Symbol) -> sympy.Expr:
        """Return the value of a symbol at the drug-free start."""
        if symbol in self.initials:
            return self.expression(self.initials[symbol])
        if symbol == self.vocabulary.time:
            return sympy.Integer(0)
        if self.vocabulary[symbol].kind == "baseline":
            return self.placeholder(symbol)
        return self.expression(self.definitions[symbol]) if symbol in self.moving else symbol

    def placeholder(self, symbol: sympy.Symbol) -> sympy.Symbol:
        """Resolve what a placeholder stands for, once, and go on using its name."""
        if symbol in self.open:
            circle = " -> ".join(str(step) for step in (*self.open, symbol))
            raise InputError(f"{symbol} is defined by itself: {circle}")
        target = self.vocabulary[symbol].initial
        if symbol not in self.resolved and target is not None:
            self.open.append(symbol)
            self.resolved[symbol] = self.at_start(target)
            self.open.pop()
        return symbol

    def expression(self, expression: sympy.Expr) -> sympy.Expr:
        """Put the start of each symbol in its place."""
        return expression.xreplace({s: self.at_start(s) for s in expression.free_symbols})
