"""Whole parts of what changes: `floor` of a state is a state of its own that events move.

A run must know when a rate jumps. Where the argument depends on the time alone the engine sees that
by itself; where it depends on states, an event counts up or down when it passes a whole number.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sympy

from pdmodel.interchange.sbml_reading.balances import Balances, event_mapped
from pdmodel.interchange.sbml_reading.file_contents.elements import SbmlContents
from pdmodel.interchange.sbml_reading.file_contents.symbol_names import SymbolNames
from pdmodel.model import Event

# An event is located to rounding: what lacks this much of a whole number has reached it.
_REACHED = sympy.Float("1e-9")


def separate_steps(contents: SbmlContents, made: Balances, names: SymbolNames) -> None:
    """Give every whole part of what depends on states a state; changes `contents` and `made`."""
    separated = _Steps(made, names)
    made.defines = {symbol: separated(value) for symbol, value in made.defines.items()}
    made.terms = {
        name: {state: separated(rate) for state, rate in moved.items()}
        for name, moved in made.terms.items()
    }
    contents.events = [event_mapped(event, separated) for event in contents.events]
    for step, argument in separated.arguments.items():
        made.steps[step] = argument
        made.states[step] = ""
        made.terms.setdefault("", {})[step] = sympy.Integer(0)


class _Steps:
    """Replaces whole parts by symbols, each once."""

    def __init__(self, made: Balances, names: SymbolNames) -> None:
        self.names = names
        self.moving = made.moving({*made.states})
        self.arguments: dict[sympy.Symbol, sympy.Expr] = {}
        self._by_argument: dict[sympy.Expr, sympy.Symbol] = {}

    def __call__(self, expression: Any) -> Any:
        if not expression.has(sympy.floor, sympy.ceiling):
            return expression
        return expression.replace(self._is_step, self._replaced)

    def _is_step(self, node: sympy.Basic) -> bool:
        whole = isinstance(node, sympy.floor | sympy.ceiling)
        return whole and bool(node.free_symbols & self.moving)

    def _replaced(self, node: sympy.Expr) -> sympy.Expr:
        argument = node.args[0]
        if isinstance(node, sympy.ceiling):
            return -self._step(-argument)
        return self._step(argument)

    def _step(self, argument: sympy.Expr) -> sympy.Symbol:
        if argument not in self._by_argument:
            symbol = self.names.symbol("whole_part")
            self._by_argument[argument] = symbol
            self.arguments[symbol] = argument
        return self._by_argument[argument]


def step_events(made: Balances, write: Any) -> Iterator[Event]:
    """Yield the events that move whole parts; `write` puts the time of the model in."""
    for step, argument in made.steps.items():
        value = write(argument)
        up = sympy.floor(value + _REACHED)
        down = sympy.ceiling(value - _REACHED) - 1
        # Both are strict, so that neither sets off the other where the argument is a whole number.
        yield Event(f"{step}_up", sympy.Gt(value, step + 1), {step: up})
        yield Event(f"{step}_down", sympy.Lt(value, step), {step: down})
