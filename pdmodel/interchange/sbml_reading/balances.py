"""What moves: states, definitions and rates, in the file's unit of time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import sympy

from pdmodel.interchange.sbml_reading.determination import (
    Determined,
    set_by_events,
    with_moving_volume,
)
from pdmodel.interchange.sbml_reading.file_contents.elements import (
    SbmlContents,
    SbmlEvent,
    SbmlSpecies,
    SpeciesShare,
)
from pdmodel.interchange.sbml_reading.file_contents.library import SbmlError
from pdmodel.interchange.sbml_reading.file_contents.operators import rate_of
from pdmodel.interchange.sbml_reading.file_contents.symbol_names import SymbolNames

_DEEPEST, _CIRCLE = 30, "a rate of change (rateOf) needs itself"
Terms = dict[str, dict[sympy.Symbol, sympy.Expr]]


@dataclass
class Balances:
    """The equations of a file.

    Parameters
    ----------
    kinds
        How each quantity is determined, by id.
    amounts
        Symbol of the amount, by id, of species that mean a concentration in a moving volume.
    defines
        Expression of each auxiliary.
    terms
        By reaction or rule: the rate of each state that it moves.
    states
        Id of each state; empty for one that the file does not name.
    steps
        Of what state a whole part is, that of which expression.
    """

    kinds: dict[str, Determined]
    amounts: dict[str, sympy.Symbol] = field(default_factory=dict)
    defines: dict[sympy.Symbol, sympy.Expr] = field(default_factory=dict)
    terms: Terms = field(default_factory=dict)
    states: dict[sympy.Symbol, str] = field(default_factory=dict)
    steps: dict[sympy.Symbol, sympy.Expr] = field(default_factory=dict)

    def rates(self) -> dict[sympy.Symbol, sympy.Expr]:
        """Return the rate of each state."""
        total = {state: [sympy.Integer(0)] for state in self.states}
        for moved in self.terms.values():
            for state, rate in moved.items():
                total[state].append(rate)
        return {state: sympy.Add(*rates) for state, rates in total.items()}

    def moving(self, sources: set[sympy.Symbol]) -> set[sympy.Symbol]:
        """Return some symbols and all that depends on them."""
        moving, grown = set(sources), True
        while grown:
            grown = False
            for symbol, value in self.defines.items():
                if symbol not in moving and value.free_symbols & moving:
                    moving.add(symbol)
                    grown = True
        return moving


def make_balances(
    contents: SbmlContents, kinds: dict[str, Determined], names: SymbolNames
) -> Balances:
    """Return the equations of a file.

    Raises
    ------
    SbmlError
        If a rate is that of something that has none.
    """
    made = Balances(kinds)
    for name in with_moving_volume(contents, kinds):
        if kinds[name] in ("reacted", "fixed"):
            made.amounts[name] = names.symbol(f"amount_of_{name}")
    _define(contents, made)
    _find_states(contents, made)
    _move(contents, made)
    return _without_rate_of(contents, made)


def _define(contents: SbmlContents, made: Balances) -> None:
    symbols = contents.symbols
    made.defines.update(contents.named)
    for name, value in contents.assigned.items():
        made.defines[symbols[name]] = value
    for name, amount in made.amounts.items():
        made.defines[symbols[name]] = amount / symbols[_species(contents, name).compartment]
    for reaction in contents.reactions.values():
        rate = sympy.Integer(0) if reaction.rate is None else reaction.rate
        made.defines[symbols[reaction.id]] = rate


def _find_states(contents: SbmlContents, made: Balances) -> None:
    """Find what is integrated, and what events change or leave behind."""
    by_event = set_by_events(contents)
    following = _following_events(contents, made, by_event)
    for name, kind in made.kinds.items():
        symbol = made.amounts.get(name, contents.symbols[name])
        # What only events change is a parameter that they set, unless its start is a formula; and
        # a start that is a formula must not follow what an event sets later.
        jumps = name in by_event and not _begins_with_number(contents, made, name)
        stays = name in contents.initial and bool(contents.initial[name].free_symbols & following)
        if kind in ("rate", "reacted") or (kind == "fixed" and (jumps or stays)):
            made.states[symbol] = name


def _following_events(
    contents: SbmlContents, made: Balances, by_event: set[str]
) -> set[sympy.Symbol]:
    """Return what events set, and all whose value or start depends on it."""
    symbols = contents.symbols
    linked = [(symbol, value.free_symbols) for symbol, value in made.defines.items()]
    linked += [(symbols[name], value.free_symbols) for name, value in contents.initial.items()]
    linked += [
        (symbols[species.id], {symbols[species.compartment]})
        for species in contents.species()
        if species.compartment
    ]
    following, grown = {symbols[name] for name in by_event if name in symbols}, True
    while grown:
        more = {symbol for symbol, used in linked if used & following} - following
        following |= more
        grown = bool(more)
    return following


def _begins_with_number(contents: SbmlContents, made: Balances, name: str) -> bool:
    """Whether the file gives the number that a symbol begins with, not a formula of one."""
    quantity = contents.quantities[name]
    if name in contents.initial:
        return False
    if not isinstance(quantity, SbmlSpecies) or not quantity.compartment:
        return True
    is_amount = quantity.is_amount or name in made.amounts
    return is_amount == (quantity.given == "amount")


def _move(contents: SbmlContents, made: Balances) -> None:
    for name, rate in contents.rates.items():
        made.terms.setdefault(name, {})[contents.symbols[name]] = rate
    for reaction in contents.reactions.values():
        moved = made.terms.setdefault(reaction.id, {})
        for share in reaction.shares:
            if made.kinds.get(share.species) == "reacted":
                state = made.amounts.get(share.species, contents.symbols[share.species])
                term = _term(contents, made, reaction.id, share)
                moved[state] = moved.get(state, sympy.Integer(0)) + term
    still = set(made.states) - {state for moved in made.terms.values() for state in moved}
    if still:
        made.terms[""] = {state: sympy.Integer(0) for state in sorted(still, key=str)}


def _term(contents: SbmlContents, made: Balances, reaction: str, share: SpeciesShare) -> sympy.Expr:
    """Return what one reaction does to one species, a unit of time."""
    species = _species(contents, share.species)
    term = share.stoichiometry * contents.symbols[reaction]
    if factor := species.conversion or contents.extent_conversion:
        term *= contents.symbols[factor]
    by_volume = not species.is_amount and species.id not in made.amounts
    return term / contents.symbols[species.compartment] if by_volume else term


def _species(contents: SbmlContents, name: str) -> SbmlSpecies:
    quantity = contents.quantities.get(name)
    if not isinstance(quantity, SbmlSpecies):
        raise SbmlError(f"{name!r} is part of a reaction, but no species")
    return quantity


def _without_rate_of(contents: SbmlContents, made: Balances) -> Balances:
    """Write out how fast quantities change, everywhere."""
    written = RatesWritten(made.rates(), made.defines, contents.clock)
    made.defines = {symbol: written(value) for symbol, value in made.defines.items()}
    made.terms = {
        name: {state: written(rate) for state, rate in moved.items()}
        for name, moved in made.terms.items()
    }
    contents.initial = {name: written(value) for name, value in contents.initial.items()}
    contents.events = [event_mapped(event, written) for event in contents.events]
    return made


def event_mapped(event: SbmlEvent, written: Callable[[Any], Any]) -> SbmlEvent:
    """Return an event whose formulas have been rewritten."""
    return replace(
        event, when=written(event.when),
        delay=None if event.delay is None else written(event.delay),
        priority=None if event.priority is None else written(event.priority),
        assign=tuple((name, written(value)) for name, value in event.assign),
    )  # fmt: skip


class RatesWritten:
    """Writes `rate_of` out, as the rates of states and the slopes of what depends on them."""

    def __init__(
        self, rates: Mapping[sympy.Symbol, sympy.Expr],
        defines: Mapping[sympy.Symbol, sympy.Expr], clock: sympy.Symbol,
    ) -> None:  # fmt: skip
        self.rates, self.defines, self.clock = rates, defines, clock

    def __call__(self, expression: sympy.Expr, depth: int = 0) -> sympy.Expr:
        """Return an expression without `rate_of`."""
        if not expression.has(rate_of):
            return expression
        if depth > _DEEPEST:
            raise SbmlError(_CIRCLE)
        written = expression.replace(rate_of, lambda of: self._slope(of, 0))
        return self(written, depth + 1)

    def _slope(self, of: sympy.Expr, depth: int) -> sympy.Expr:
        if depth > _DEEPEST:
            raise SbmlError(_CIRCLE)
        total = sympy.Integer(0)
        for symbol in sorted(of.free_symbols, key=str):
            if symbol == self.clock:
                total += of.diff(symbol)
            elif symbol in self.rates:
                total += of.diff(symbol) * self.rates[symbol]
            elif symbol in self.defines:
                total += of.diff(symbol) * self._slope(self.defines[symbol], depth + 1)
        return total
