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
    """

    symbol: sympy.Symbol
    value: float
    unit: str
    meaning: str
    of: str


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
        for name, one in contents.quantities.items():
            if name in state_of:
                self._state(one, state_of[name])
            elif made.kinds[name] == "fixed":
                self._kept(one)

    def _state(self, one: SbmlQuantity, state: sympy.Symbol) -> None:
        as_amount = one.id in self.made.amounts
        if one.id in self.contents.initial:
            value = self._formula(one)
            self.found.initials[state] = value * self._volume(one) if as_amount else value
            return
        given_amount = isinstance(one, SbmlSpecies) and one.given == "amount"
        direct = not isinstance(one, SbmlSpecies) or one.is_amount == given_amount
        meaning = (
            f"{one.title} at the start" if direct else f"{_given(one)} of {one.title} at the start"
        )
        symbol = self.names.symbol(f"initial_{one.id}")
        self.found.parameters.append(StartValue(symbol, one.value, one.unit, meaning, one.id))
        if direct:
            self.found.by_id[one.id] = symbol
        if as_amount:
            self.found.initials[state] = symbol if given_amount else symbol * self._volume(one)
        else:
            self.found.initials[state] = self._meant(one, symbol)

    def _kept(self, one: SbmlQuantity) -> None:
        """Find what a quantity keeps between events."""
        meant = self.contents.symbols[one.id]
        amount = self.made.amounts.get(one.id)
        if one.id in self.contents.initial:
            value = self._formula(one)
            symbol = amount or meant
            self.found.defines[symbol] = value * self._volume(one) if amount else value
            return
        as_amount = isinstance(one, SbmlSpecies) and one.given == "amount"
        if amount is not None:
            if as_amount:
                self._parameter(one, amount, f"amount of {one.title}")
            else:
                symbol = self._start_of(one)
                self.found.defines[amount] = symbol * self._volume(one)
        elif not isinstance(one, SbmlSpecies) or one.is_amount == as_amount or not one.compartment:
            self._parameter(one, meant, one.title)
            self.found.by_id[one.id] = meant
        else:
            self.found.defines[meant] = self._meant(one, self._start_of(one))

    def _start_of(self, one: SbmlQuantity) -> sympy.Symbol:
        symbol = self.names.symbol(f"initial_{one.id}")
        self._parameter(one, symbol, f"{_given(one)} of {one.title}")
        return symbol

    def _parameter(self, one: SbmlQuantity, symbol: sympy.Symbol, meaning: str) -> None:
        self.found.parameters.append(StartValue(symbol, one.value, one.unit, meaning, one.id))

    def _meant(self, one: SbmlQuantity, given: sympy.Expr) -> sympy.Expr:
        """Return the start as the id is meant: an amount or a concentration."""
        if not isinstance(one, SbmlSpecies) or not one.compartment:
            return given
        if one.is_amount == (one.given == "amount"):
            return given
        return given * self._volume(one) if one.is_amount else given / self._volume(one)

    def _volume(self, one: SbmlQuantity) -> sympy.Expr:
        assert isinstance(one, SbmlSpecies)
        return self._at_start(self.contents.symbols[one.compartment])

    def _formula(self, one: SbmlQuantity) -> sympy.Expr:
        return self._at_start(self.contents.initial[one.id])

    def _at_start(self, expression: sympy.Expr) -> sympy.Expr:
        """Return an expression at time 0, of values at the start."""
        held: dict[sympy.Symbol, sympy.Expr] = {self.contents.clock: sympy.Integer(0)}
        for symbol in expression.free_symbols & self.moving - {self.contents.clock}:
            held[symbol] = start = sympy.Symbol(f"{symbol.name}{BASELINE}")
            self.found.at_start[start] = symbol
        return expression.xreplace(held)


def _given(one: SbmlQuantity) -> str:
    return one.given if isinstance(one, SbmlSpecies) else "value"
