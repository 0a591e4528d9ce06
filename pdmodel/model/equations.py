"""What mechanisms amount to when they are put together: definitions, processes, derivatives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple

import sympy

from pdmodel.model.baseline import Definitions, moving_symbols, resolve_baselines, sort_definitions
from pdmodel.model.event import Event
from pdmodel.model.expressions.symbols import symbols_of
from pdmodel.model.mechanism import Mechanism
from pdmodel.model.vocabulary import Quantity, Vocabulary


class Process(NamedTuple):
    """One named term of one state's derivative.

    Parameters
    ----------
    name
        Of the process, which may move several states.
    state
        Whose derivative it is a term of.
    rate
        Signed: a gain is positive.
    mechanism
        The name of the mechanism that it belongs to.
    """

    name: str
    state: sympy.Symbol
    rate: sympy.Expr
    mechanism: str


class Equations:
    """The equations of a `Model`, each worked out when it is first asked for.

    They may have faults: `checks` reads them before anybody else does.
    """

    name: str
    vocabulary: Vocabulary
    mechanisms: Sequence[Mechanism]
    values: Mapping[str, float]
    events: Sequence[Event]

    @cached_property
    def states(self) -> tuple[sympy.Symbol, ...]:
        """States in the order of the vocabulary."""
        governed = {state for mechanism in self.mechanisms for state in mechanism.states}
        declared = [q.symbol for q in self.vocabulary if q.symbol in governed]
        return (*declared, *sorted(governed - set(declared), key=str))

    @cached_property
    def raw_definitions(self) -> dict[sympy.Symbol, sympy.Expr]:
        """Auxiliaries as the mechanisms wrote them, neutral where no mechanism defines one."""
        slots = self.vocabulary.slots.values()
        neutral = {
            symbol: sympy.sympify(self.vocabulary[symbol].neutral)
            for slot in slots
            for symbol in slot.defines
            if self.vocabulary[symbol].neutral is not None
        }
        return neutral | {s: e for m in self.mechanisms for s, e in m.defines.items()}

    @cached_property
    def definitions(self) -> Definitions:
        """Auxiliaries, observables and baseline constants, each after those it uses."""
        initials = {state: self.vocabulary[state].initial for state in self.states}
        rates = [process.rate for process in self.processes]
        expressions = (*self.raw_definitions.values(), *rates, *initials.values())
        used = {symbol for expression in expressions for symbol in symbols_of(expression)}
        used |= self.in_events
        baselines = resolve_baselines(self.vocabulary, self.raw_definitions, initials, used)
        return MappingProxyType(sort_definitions({**self.raw_definitions, **baselines}))

    @cached_property
    def moving(self) -> frozenset[sympy.Symbol]:
        """States, time and every auxiliary that changes during a run."""
        return frozenset(moving_symbols(self.definitions, set(self.states), self.vocabulary.time))

    @cached_property
    def timed(self) -> bool:
        """Whether a rate or an auxiliary holds the time itself."""
        time = self.vocabulary.time
        rates = (process.rate for process in self.processes)
        return any(time in e.free_symbols for e in (*rates, *self.definitions.values()))

    @cached_property
    def in_events(self) -> frozenset[sympy.Symbol]:
        """Every symbol that an event reads or sets."""
        return frozenset(symbol for event in self.events for symbol in event.free_symbols)

    @cached_property
    def initials(self) -> Definitions:
        """Drug-free starting value of each state, as an expression."""
        return MappingProxyType({state: self.vocabulary[state].initial for state in self.states})

    @cached_property
    def processes(self) -> tuple[Process, ...]:
        """Every named term; a name that occurs twice for one state is prefixed by its mechanism."""
        raw = [
            Process(process, state, rate, mechanism.name)
            for mechanism in self.mechanisms
            for process, rates in mechanism.processes.items()
            for state, rate in rates.items()
        ]
        keys = [(process.name, process.state) for process in raw]
        return tuple(
            p._replace(name=f"{p.mechanism}.{p.name}") if keys.count((p.name, p.state)) > 1 else p
            for p in raw
        )

    @cached_property
    def odes(self) -> Definitions:
        """Derivative of each state: the sum of its processes."""
        return MappingProxyType(
            {s: sympy.Add(*(p.rate for p in self.processes if p.state == s)) for s in self.states}
        )

    @cached_property
    def doses(self) -> Mapping[str, sympy.Symbol]:
        """State each drug is given into, in order of the states; the first is the main drug."""
        given = [(d, s) for m in self.mechanisms for d, s in m.doses.items()]
        return MappingProxyType(dict(sorted(given, key=lambda pair: self.states.index(pair[1]))))

    @cached_property
    def observables(self) -> tuple[Quantity, ...]:
        """What the clinic sees."""
        return tuple(
            self.vocabulary[s] for s in self.definitions if self.vocabulary[s].kind == "observable"
        )

    @cached_property
    def parameters(self) -> tuple[Quantity, ...]:
        """Parameters and constants of equations, doses and events, in the vocabulary's order."""
        expressions = [*self.definitions.values(), *self.odes.values(), *self.initials.values()]
        used = {symbol for expression in expressions for symbol in symbols_of(expression)}
        used |= {symbol for m in self.mechanisms for symbol in m.dose_parameters} | self.in_events
        kinds = ("parameter", "constant")
        return tuple(q for q in self.vocabulary if q.kind in kinds and q.symbol in used)
