"""A model that can begin anywhere: every state starts at a parameter of its own.

An experiment of PEtab goes through periods, each of which begins where the last one ended, with
changes. What the model works out once at its start (constants, initial assignments) is worked out
here, so that it stays as it was when a later period begins.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Set

import sympy

from pdmodel.interchange.petab.sloped import Sloped, SlopedFormula
from pdmodel.model import ASSUMED, Event, Mechanism, Model, Vocabulary

_OPEN = (-math.inf, math.inf)
_SLOT = "everything"
_PERIOD = "period"


class RestartModel:
    """A model and its twin that begins anywhere.

    Parameters
    ----------
    model
        As it was read.

    Attributes
    ----------
    twin
        The same rates; each state has a parameter for its start, each constant is a parameter.
    starts
        Name of the parameter that holds the start of a state of the twin, by state.
    frozen
        Constants that follow from parameters, by name: the parameter of the twin that holds them.
    assigned
        Parameters that events set; states of the twin, so that a later period finds them changed.
    clock
        Parameter of the twin that holds the time at which it begins; empty where nothing asks.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self._taken = {quantity.name for quantity in model.vocabulary}
        set_by_events = {symbol for event in model.events for symbol in event.assign}
        self.assigned = sorted(map(str, set_by_events - set(model.states)))
        moving = _moving(model, set_by_events)
        still = [symbol for symbol in model.definitions if symbol not in moving]
        self.frozen = {str(symbol): self._take("constant") for symbol in still}
        states = [*map(str, model.states), *self.assigned]
        self.starts = {state: self._take("start") for state in states}
        self.clock = self._take("begin") if model.timed or model.events else ""
        self.moving = [str(symbol) for symbol in model.definitions if symbol in moving]
        self._formulas = {  # constants, each after those it uses, then states
            **{str(s): SlopedFormula(model.definitions[s]) for s in still},
            **{str(s): SlopedFormula(e) for s, e in model.initials.items()},
            **{name: SlopedFormula(sympy.Symbol(name)) for name in self.assigned},
        }
        self._twins: dict[tuple[bool, ...], Model] = {}

    def _take(self, kind: str) -> str:
        """Return a name that nothing else has."""
        count = 1
        while f"{kind}_{count}" in self._taken:
            count += 1
        self._taken.add(f"{kind}_{count}")
        return f"{kind}_{count}"

    @property
    def twin(self) -> Model:
        """The twin at the beginning of an experiment."""
        return self.twin_of(tuple(event.initially for event in self.model.events))

    def twin_of(self, initially: tuple[bool, ...]) -> Model:
        """Return the twin whose events were in these states before: true, or false."""
        if initially not in self._twins:
            self._twins[initially] = self._twin(initially)
        return self._twins[initially]

    @property
    def conditions(self) -> list[SlopedFormula]:
        """What sets off each event, 1 where it is true."""
        return [SlopedFormula(sympy.Piecewise((1, e.when), (0, True))) for e in self.model.events]

    def _twin(self, initially: tuple[bool, ...]) -> Model:
        model, vocabulary = self.model, Vocabulary(unit_checks=False)
        put = self._substitutions()
        plain = {quantity.name: model.defaults[quantity.name] for quantity in model.parameters}
        added = [*self.frozen.values(), *self.starts.values(), *filter(None, [self.clock])]
        for name, value in (plain | dict.fromkeys(added, 0.0)).items():
            if name not in self.assigned:
                vocabulary.parameter(
                    name, unit="1", value=value, bounds=_OPEN, meaning="", source=ASSUMED
                )
        for state, start in self.starts.items():
            vocabulary.state(state, unit="1", initial=sympy.Symbol(start), meaning="")
        defines = {}
        for name in self.moving:
            vocabulary.auxiliary(name, unit="1", meaning="")
            defines[sympy.Symbol(name)] = model.definitions[sympy.Symbol(name)].xreplace(put)
        rates = {state: rate.xreplace(put) for state, rate in model.odes.items()}
        rates |= {sympy.Symbol(name): sympy.S.Zero for name in self.assigned}
        vocabulary.slot(_SLOT, meaning="")
        whole = Mechanism(_SLOT, _SLOT, "as it was read", processes={_PERIOD: rates},
                          defines=defines)  # fmt: skip
        events = [
            _event_with(event, put, before)
            for event, before in zip(model.events, initially, strict=True)
        ]
        return Model(model.name, vocabulary, [whole], events=tuple(events))

    def _substitutions(self) -> dict[sympy.Symbol, sympy.Expr]:
        """Return what stands for constants and for the time in the twin."""
        put: dict[sympy.Symbol, sympy.Expr] = {
            sympy.Symbol(name): sympy.Symbol(held) for name, held in self.frozen.items()
        }
        if self.clock:
            time = self.model.vocabulary.time
            put[time] = time + sympy.Symbol(self.clock)
        return put

    def begin(self, known: Mapping[str, Sloped], n_free: int) -> dict[str, Sloped]:
        """Return constants and starting values that parameters give, by name of the model.

        Parameters
        ----------
        known
            Parameters, by name.
        n_free
            Number of free parameters.
        """
        values = dict(known)
        values["time"] = Sloped.still(0.0, n_free)
        for name, formula in self._formulas.items():
            values[name] = formula.at(values, n_free)
        return {name: values[name] for name in self._formulas}


def _moving(model: Model, assigned: Set[sympy.Symbol]) -> set[sympy.Symbol]:
    """Return states, time and auxiliaries that change, those that follow events among them."""
    moving = {*model.moving, *assigned}
    for symbol, expression in model.definitions.items():
        if expression.free_symbols & moving:
            moving.add(symbol)
    return moving


def _event_with(event: Event, put: Mapping[sympy.Symbol, sympy.Expr], initially: bool) -> Event:
    """Return an event of the twin."""
    priority = None if event.priority is None else event.priority.xreplace(put)
    return Event(
        event.name, event.when.xreplace(put),
        {symbol: value.xreplace(put) for symbol, value in event.assign.items()},
        delay=event.delay.xreplace(put), priority=priority, persistent=event.persistent,
        initially=initially, values_at=event.values_at,
    )  # fmt: skip
