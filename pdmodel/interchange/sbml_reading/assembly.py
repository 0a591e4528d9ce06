"""Equations of a file as a model: one mechanism a reaction or rule, each in a slot of its own."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sympy

from pdmodel.interchange.sbml_reading.balances import Balances
from pdmodel.interchange.sbml_reading.event_translation import translate_events
from pdmodel.interchange.sbml_reading.file_contents.elements import SbmlContents, SbmlSpecies
from pdmodel.interchange.sbml_reading.file_contents.library import SbmlError
from pdmodel.interchange.sbml_reading.file_contents.symbol_names import SymbolNames
from pdmodel.interchange.sbml_reading.starts import Starts
from pdmodel.interchange.sbml_reading.steps import step_events
from pdmodel.model import Mechanism, Model, Vocabulary
from pdmodel.model.expressions.functions import safe_power
from pdmodel.model.vocabulary import ASSUMED
from pdmodel.units import convert

_UNBOUNDED = (-math.inf, math.inf)
BOOKKEEPING = "bookkeeping"
"""Slot of what no reaction or rule of the file says, such as concentrations from amounts."""

DOSES = "doses"
"""Slot of what can be given: into each species that is a state."""


@dataclass(frozen=True)
class _Written:
    """Puts the time of the model into expressions of the file."""

    clock: sympy.Symbol
    time: sympy.Expr
    moving: frozenset[sympy.Symbol]
    zero: Callable[[], sympy.Symbol]
    numbers: Mapping[sympy.Symbol, sympy.Expr]

    def __call__(self, expression: Any) -> Any:
        written = expression.xreplace({self.clock: self.time})
        if not written.has(sympy.Pow):
            return written
        written = written.replace(self._is_root, lambda node: safe_power(*node.args))
        return written.replace(self._has_ratio, self._with_sum)

    def _is_root(self, node: sympy.Basic) -> bool:
        """Whether the slope of a power is infinite where its base is 0, as that of a root is."""
        if not isinstance(node, sympy.Pow) or not node.base.free_symbols & self.moving:
            return False
        exponent = node.exp.xreplace(self.numbers)
        return bool(exponent.is_Number and 0 < exponent < 1)

    def _has_ratio(self, node: sympy.Basic) -> bool:
        """Whether the slope of a power would be written as that power by its base, NaN at 0."""
        if not isinstance(node, sympy.Pow) or node.exp.is_Integer or node.base.is_Add:
            return False
        return not node.base.is_Symbol and bool(node.base.free_symbols & self.moving)

    def _with_sum(self, node: sympy.Pow) -> sympy.Expr:
        return sympy.Pow(node.base + self.zero(), node.exp)


def assemble(
    contents: SbmlContents, made: Balances, starts: Starts, names: SymbolNames, *,
    time_unit: str, source: str,
) -> Model:  # fmt: skip
    """Return the model.

    Parameters
    ----------
    contents, made, starts
        What the file says, its equations, and where a run begins.
    names
        Hands out names of symbols.
    time_unit
        The unit of time of the file.
    source
        Name of the file, the source of its numbers.

    Raises
    ------
    SbmlError
        If a number that is needed is missing.
    ModelError
        If an expression cannot be run.
    """
    return _Assembly(contents, made, starts, names, time_unit, source).model()


class _Assembly:
    """Declares the symbols, then the mechanisms."""

    def __init__(
        self, contents: SbmlContents, made: Balances, starts: Starts, names: SymbolNames,
        time_unit: str, source: str,
    ) -> None:  # fmt: skip
        self.contents, self.made, self.starts = contents, made, starts
        self.names, self.source = names, source
        self.vocabulary = Vocabulary(references=contents.references, unit_checks=False)
        self.per_day = self._units_per_day(time_unit)
        self.by_symbol = {
            contents.symbols[name]: quantity for name, quantity in contents.quantities.items()
        }
        if not made.states:
            self._add_clock()
        self._zero: sympy.Symbol | None = None
        time = self.vocabulary.time * self.per_day
        moving = frozenset({self.vocabulary.time, *made.states, *made.defines})
        self.write = _Written(contents.clock, time, moving, self._nought, self._numbers())

    def _numbers(self) -> dict[sympy.Symbol, sympy.Expr]:
        """Return the numbers of the file: powers are written by what their exponents are."""
        kept = {
            self.contents.symbols[name]: quantity.value
            for name, quantity in self.contents.quantities.items()
            if self.made.kinds[name] == "fixed" and name not in self.contents.initial
        }
        local = {p.symbol: p.value for r in self.contents.reactions.values() for p in r.local}
        return {s: sympy.Float(v) for s, v in (kept | local).items() if math.isfinite(v)}

    def _nought(self) -> sympy.Symbol:
        if self._zero is None:
            self._zero = self.vocabulary.constant(
                self.names.take("zero"), unit="1", value=0,
                meaning="0; keeps slopes of powers finite where their base is 0",
            )  # fmt: skip
        return self._zero

    def _units_per_day(self, unit: str) -> sympy.Expr:
        units = convert(1, "day", to=unit)
        if units == 1:
            return sympy.Integer(1)
        return self.vocabulary.constant(
            self.names.take("time_units_per_day"), unit=f"{unit}/day", value=units,
            meaning=f"{unit} in a day: the file counts time in them",
        )  # fmt: skip

    def _add_clock(self) -> None:
        """Give a file in which nothing is integrated something to integrate."""
        state = self.names.symbol("elapsed")
        self.made.states[state] = ""
        self.made.terms[""] = {state: sympy.Integer(1)}
        self.starts.initials[state] = sympy.Integer(0)

    def model(self) -> Model:
        """Return the model."""
        defines = {s: self.write(e) for s, e in (self.made.defines | self.starts.defines).items()}
        terms = {
            name: {state: self.write(rate) * self.per_day for state, rate in moved.items()}
            for name, moved in self.made.terms.items()
        }
        initials = {s: self.write(self.starts.initials[s]) for s in self.made.states}
        rates = (rate for moved in terms.values() for rate in moved.values())
        events = (
            *step_events(self.made, self.write),
            *translate_events(self.contents, self.made, self.write, self.per_day),
        )
        used = {s for e in (*defines.values(), *initials.values(), *rates) for s in e.free_symbols}
        used |= {symbol for event in events for symbol in event.free_symbols}
        self._declare_numbers(used)
        for state, name in self.made.states.items():
            title, unit = self._described(name)
            quantity = self.contents.quantities.get(name)
            self.vocabulary.state(
                state.name, unit=unit, initial=initials[state], meaning=title,
                identifiers=quantity.identifiers if isinstance(quantity, SbmlSpecies) else (),
            )  # fmt: skip
        self._declare_auxiliaries(defines, used)
        for of in self.starts.at_start.values():
            self.vocabulary.at_baseline(of)
        mechanisms = list(self._mechanisms(defines, terms))
        return Model(
            self.contents.name, self.vocabulary, mechanisms, claim=self.contents.says,
            refuted_by=self.contents.refuted_by, events=events,
        )  # fmt: skip

    def _declare_numbers(self, used: set[sympy.Symbol]) -> None:
        held = self.contents.held
        for start in self.starts.parameters:
            source = ASSUMED if start.assumed else self.source
            fixed = self.contents.symbols[start.of] in held
            self._number(start.symbol, start.value, start.unit, start.meaning, source, fixed)
            self._refuse_missing(start.symbol, start.value, start.meaning, used)
        for reaction in self.contents.reactions.values():
            for parameter in reaction.local:
                symbol, title = parameter.symbol, parameter.title
                fixed = symbol in held
                self._number(symbol, parameter.value, parameter.unit, title, self.source, fixed)
                self._refuse_missing(symbol, parameter.value, title, used)

    def _number(
        self, symbol: sympy.Symbol, value: float, unit: str, meaning: str, source: str, fixed: bool
    ) -> None:
        """Declare a number, unless it is none: a parameter, or a constant where it must stay."""
        if not math.isfinite(value):
            return
        if fixed:
            self.vocabulary.constant(
                symbol.name, unit=unit, value=value, meaning=meaning, source=source
            )
        else:
            self.vocabulary.parameter(
                symbol.name, unit=unit, value=value, bounds=_UNBOUNDED, meaning=meaning,
                source=source,
            )  # fmt: skip

    def _refuse_missing(
        self, symbol: sympy.Symbol, value: float, meaning: str, used: set[sympy.Symbol]
    ) -> None:
        if symbol in used and not math.isfinite(value):
            what = "no value" if math.isnan(value) else "an infinite value"
            raise SbmlError(f"{self.source}: {symbol.name} ({meaning}) has {what}, but is needed")

    def _declare_auxiliaries(
        self, defines: Mapping[sympy.Symbol, sympy.Expr], used: set[sympy.Symbol]
    ) -> None:
        """Declare what is defined: rates of reactions, and what rules and formulas hold."""
        reactions = self.contents.reactions
        rates = {self.contents.symbols[name]: reaction for name, reaction in reactions.items()}
        for symbol in defines:
            quantity = self.by_symbol.get(symbol)
            if symbol in rates:
                meaning = f"rate of {rates[symbol].title}"
                self.vocabulary.auxiliary(symbol.name, unit="1", meaning=meaning, neutral=0)
            elif quantity is None:
                self.vocabulary.auxiliary(symbol.name, unit="1", meaning="part of a formula")
            else:
                declare = (
                    self.vocabulary.auxiliary if symbol in used else self.vocabulary.observable
                )
                declare(symbol.name, unit=quantity.unit, meaning=quantity.title)

    def _described(self, name: str) -> tuple[str, str]:
        """Return title and unit of what a state is."""
        if name not in self.contents.quantities:
            return "what the file has no name for", "1"
        quantity = self.contents.quantities[name]
        return quantity.title, quantity.unit

    def _mechanisms(
        self, defines: Mapping[sympy.Symbol, sympy.Expr],
        terms: Mapping[str, Mapping[sympy.Symbol, sympy.Expr]],
    ) -> Iterator[Mechanism]:  # fmt: skip
        symbols, left = self.contents.symbols, dict(defines)
        for name, reaction in self.contents.reactions.items():
            own = {symbols[name]: left.pop(symbols[name])}
            yield self._mechanism(name, reaction.says or reaction.title, own, terms[name])
        for name in self.contents.quantities:
            own = {symbols[name]: left.pop(symbols[name])} if symbols[name] in left else {}
            if name in self.made.amounts:
                left |= own  # a concentration that follows from an amount
            elif own or name in self.contents.rates:
                title = self.contents.quantities[name].title
                yield self._mechanism(name, f"a rule sets {title}", own, terms.get(name, {}))
        if left or "" in terms:
            claim = "concentrations are amounts by volumes; what nothing moves stays"
            yield self._mechanism(BOOKKEEPING, claim, left, terms.get("", {}))
        if doses := self._doses():
            claim = "a dose that is called as a species is given into it"
            own_name = self.names.take(DOSES)
            self.vocabulary.slot(own_name, meaning=claim)
            yield Mechanism(own_name, slot=own_name, claim=claim, doses=doses, source=self.source)

    def _doses(self) -> Mapping[str, sympy.Symbol]:
        """Return where a dose of each species goes, called as the species."""
        return {
            self.contents.symbols[name].name: state
            for state, name in self.made.states.items()
            if isinstance(self.contents.quantities.get(name), SbmlSpecies)
            and self.contents.symbols[name] not in self.contents.held
        }

    def _mechanism(
        self, name: str, claim: str, defines: Mapping[sympy.Symbol, sympy.Expr],
        moved: Mapping[sympy.Symbol, sympy.Expr],
    ) -> Mechanism:  # fmt: skip
        symbol = self.contents.symbols.get(name)
        own = symbol.name if symbol is not None else self.names.take(name)
        self.vocabulary.slot(own, meaning=claim, defines=tuple(defines) if symbol else ())
        return Mechanism(
            own, slot=own, claim=claim, processes={own: moved} if moved else {}, defines=defines,
            source=self.source,
        )  # fmt: skip
