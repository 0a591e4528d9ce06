"""What a schedule gives, put together for a file: rules that repeat, and single moments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import sympy

from pdmodel.engine.rosenbrock.memory import ADD, MULTIPLY, RATE, REPLACE, RESET, SET
from pdmodel.engine.schedule.edges import Change, Edge, RunSchedule
from pdmodel.errors import InputError
from pdmodel.interchange.pulse_train import Train, split_trains
from pdmodel.model import Model


class Giving(NamedTuple):
    """The same given again and again.

    Parameters
    ----------
    state
        Where it goes.
    amount
        In the unit of the state, or that a unit of time where an infusion is set.
    infusion
        Symbol of the rate of infusion that is set; None where it is given at once.
    train
        When.
    """

    state: sympy.Symbol
    amount: float
    infusion: sympy.Symbol | None
    train: Train


class DosePlan:
    """A schedule for a file that knows events only.

    Parameters
    ----------
    model, schedule
        What is given to what.

    Attributes
    ----------
    infusions
        Symbol of the rate of infusion by the symbol of its state.
    changed
        Symbols of the parameters that the schedule changes.

    Raises
    ------
    InputError
        If the schedule holds steady states, which no event can reach.
    """

    def __init__(self, model: Model, schedule: RunSchedule) -> None:
        if schedule.steady:
            raise InputError(
                "doses at steady state (SS) cannot be written as events; write the doses that "
                "lead there"
            )
        self.model, self.edges = model, schedule.edges
        steps = [step for edge in self.edges for step in edge.steps]
        infused = sorted({step.target for step in steps if step.kind == RATE})
        self.infusions = {
            model.states[target]: _symbol(f"infusion_into_{model.states[target].name}", model)
            for target in infused
        }
        self._parameters = [quantity.symbol for quantity in model.parameters]
        self.changed = {self._parameters[step.target] for step in steps if step.kind == SET}

    def givings(self) -> Iterator[Giving]:
        """Yield doses and infusions, which commute: a rule that repeats is one, however often."""
        groups: dict[tuple[int, int, float], list[float]] = {}
        for edge in self.edges:
            for step in edge.steps if _is_plain(edge) else ():
                groups.setdefault((step.kind, step.target, step.value), []).append(edge.time)
        for (kind, target, value), times in groups.items():
            state = self.model.states[target]
            infusion = None if kind == ADD else self.infusions[state]
            for train in split_trains(times):
                yield Giving(state, value, infusion, train)

    def moments(self) -> Iterator[tuple[float, dict[sympy.Symbol, sympy.Expr]]]:
        """Yield everything else, a moment each: its time, and what quantities become then."""
        for edge in self.edges:
            if _is_plain(edge):
                continue
            changes: dict[sympy.Symbol, sympy.Expr] = {}
            for step in edge.steps:
                for symbol, expression in self._change(step).items():
                    known = {s: changes[s] for s in expression.free_symbols if s in changes}
                    changes[symbol] = expression.xreplace(known)
            yield edge.time, changes

    def _change(self, step: Change) -> dict[sympy.Symbol, sympy.Expr]:
        value = sympy.Float(step.value, 17)
        if step.kind == SET:
            return {self._parameters[step.target]: value}
        if step.kind == RESET:
            return {**self.model.initials, **dict.fromkeys(self.infusions.values(), sympy.S.Zero)}
        state = self.model.states[step.target]
        changes: dict[int, Callable[[], dict[sympy.Symbol, sympy.Expr]]] = {
            ADD: lambda: {state: state + value},
            MULTIPLY: lambda: {state: state * value},
            REPLACE: lambda: {state: value},
            RATE: lambda: {self.infusions[state]: value},
        }
        return changes[step.kind]()


def _symbol(wanted: str, model: Model) -> sympy.Symbol:
    """Return a symbol that the model does not have."""
    while wanted in model.vocabulary:
        wanted += "_"
    return sympy.Symbol(wanted)


def _is_plain(edge: Edge) -> bool:
    return all(step.kind in (ADD, RATE) for step in edge.steps)
