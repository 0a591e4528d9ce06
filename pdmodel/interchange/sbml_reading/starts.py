"""Where a run begins: the start of each quantity as a formula, so that it follows what it uses."""

from __future__ import annotations

from dataclasses import dataclass, field

import sympy

from pdmodel.interchange.sbml_reading.balances import Balances
from pdmodel.interchange.sbml_reading.file_contents.elements import (
    SbmlContents,
    SbmlQuantity,
    SbmlSpecies,
)
from pdmodel.interchange.sbml_reading.file_contents.symbol_names import SymbolNames
from pdmodel.model.symbol_names import BASELINE


@dataclass(frozen=True)
class StartValue:
    """A number that the file gives, as a parameter.

    Parameters
    ----------
    symbol, value, unit, meaning
        Of the parameter.
    of
        The quantity.
    assumed
        Whether the file gives no number.
    """

    symbol: sympy.Symbol
    value: float
    unit: str
    meaning: str
    of: str
    assumed: bool


@dataclass
class Starts:
    """Starting values.

    Parameters
    ----------
    initials
        Expression of each state at the start.
    parameters
        Numbers of the file, of which quantities start or which they keep.
    defines
        Quantities that keep a value that is a formula.
    by_id
        Symbol of the parameter that holds a start as its id is meant in formulas, by id.
    at_start
        Symbols that stand for the start of something that changes, with what they stand for.
    """

    initials: dict[sympy.Symbol, sympy.Expr] = field(default_factory=dict)
    parameters: list[StartValue] = field(default_factory=list)
    defines: dict[sympy.Symbol, sympy.Expr] = field(default_factory=dict)
    by_id: dict[str, sympy.Symbol] = field(default_factory=dict)
    at_start: dict[sympy.Symbol, sympy.Symbol] = field(default_factory=dict)


def find_starts(contents: SbmlContents, made: Balances, names: SymbolNames) -> Starts:
    """Return where a run begins.

    Parameters
    ----------
    contents
        What the file says.
    made
        Its equations.
    names
        Hands out names of symbols.
    """
    return _StartFinder(contents, made, names).found


class _StartFinder:
    """Goes through the quantities once."""

    def __init__(self, contents: SbmlContents, made: Balances, names: SymbolNames) -> None:
        self.contents, self.made, self.names = contents, made, names
        self.moving = made.moving({contents.clock, *made.states})
        self.found = Starts()
        state_of = {name: state for state, name in made.states.items()}
        for step, argument in made.steps.items():
            self.found.initials[step] = sympy.floor(self._at_start(argument))
        for name, quantity in contents.quantities.items():
            if name in state_of:
                self._state(quantity, state_of[name])
            elif made.kinds[name] == "fixed":
                self._kept(quantity)

    def _state(self, quantity: SbmlQuantity, state: sympy.Symbol) -> None:
        as_amount = quantity.id in self.made.amounts
        if quantity.id in self.contents.initial:
            value = self._formula(quantity)
            self.found.initials[state] = value * self._volume(quantity) if as_amount else value
            return
        given_amount = isinstance(quantity, SbmlSpecies) and quantity.given == "amount"
        direct = not isinstance(quantity, SbmlSpecies) or quantity.is_amount == given_amount
        meaning = (
            f"{quantity.title} at the start"
            if direct
            else f"{_given(quantity)} of {quantity.title} at the start"
        )
        symbol = self.names.symbol(f"initial_{quantity.id}")
        self._parameter(quantity, symbol, meaning)
        if direct:
            self.found.by_id[quantity.id] = symbol
        if as_amount:
            self.found.initials[state] = symbol if given_amount else symbol * self._volume(quantity)
        else:
            self.found.initials[state] = self._meant(quantity, symbol)

    def _kept(self, quantity: SbmlQuantity) -> None:
        """Find what a quantity keeps between events."""
        meant = self.contents.symbols[quantity.id]
        amount = self.made.amounts.get(quantity.id)
        if quantity.id in self.contents.initial:
            value = self._formula(quantity)
            symbol = amount or meant
            self.found.defines[symbol] = value * self._volume(quantity) if amount else value
            return
        as_amount = isinstance(quantity, SbmlSpecies) and quantity.given == "amount"
        if amount is not None:
            if as_amount:
                self._parameter(quantity, amount, f"amount of {quantity.title}")
            else:
                symbol = self._start_of(quantity)
                self.found.defines[amount] = symbol * self._volume(quantity)
        elif not quantity.by_volume:
            self._parameter(quantity, meant, quantity.title)
            self.found.by_id[quantity.id] = meant
        else:
            self.found.defines[meant] = self._meant(quantity, self._start_of(quantity))

    def _start_of(self, quantity: SbmlQuantity) -> sympy.Symbol:
        symbol = self.names.symbol(f"initial_{quantity.id}")
        self._parameter(quantity, symbol, f"{_given(quantity)} of {quantity.title}")
        return symbol

    def _parameter(self, quantity: SbmlQuantity, symbol: sympy.Symbol, meaning: str) -> None:
        said = f"{meaning}, of which the file says nothing" if quantity.assumed else meaning
        self.found.parameters.append(
            StartValue(symbol, quantity.value, quantity.unit, said, quantity.id, quantity.assumed)
        )

    def _meant(self, quantity: SbmlQuantity, given: sympy.Expr) -> sympy.Expr:
        """Return the start as the id is meant: an amount or a concentration."""
        if not isinstance(quantity, SbmlSpecies) or not quantity.by_volume:
            return given
        volume = self._volume(quantity)
        return given * volume if quantity.is_amount else given / volume

    def _volume(self, quantity: SbmlQuantity) -> sympy.Expr:
        assert isinstance(quantity, SbmlSpecies)
        return self._at_start(self.contents.symbols[quantity.compartment])

    def _formula(self, quantity: SbmlQuantity) -> sympy.Expr:
        return self._at_start(self.contents.initial[quantity.id])

    def _at_start(self, expression: sympy.Expr) -> sympy.Expr:
        """Return an expression at time 0, of values at the start."""
        held: dict[sympy.Symbol, sympy.Expr] = {self.contents.clock: sympy.Integer(0)}
        for symbol in expression.free_symbols & self.moving - {self.contents.clock}:
            held[symbol] = start = sympy.Symbol(f"{symbol.name}{BASELINE}")
            self.found.at_start[start] = symbol
        return expression.xreplace(held)


def _given(quantity: SbmlQuantity) -> str:
    return quantity.given if isinstance(quantity, SbmlSpecies) else "value"
