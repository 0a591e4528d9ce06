"""The edges of a run: when something changes, and what."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from pdmodel.arrays import Array
from pdmodel.dosing import SteadyState
from pdmodel.dosing.action import DECIMALS, snap as moment
from pdmodel.engine.rosenbrock.memory import ADD, RATE, RESET, STATE
from pdmodel.model import Model


def snap(days: Array) -> Array:
    """Round times as `pdmodel.dosing.action.snap` does those of doses."""
    snapped = np.round(days, DECIMALS)
    other = np.flatnonzero((days != 0) & ~((days >= 0.1) & (days < 1e5)))
    snapped[other] = [moment(day) for day in days[other].tolist()]
    return snapped


@dataclass(frozen=True)
class Change:
    """One change at an edge.

    Parameters
    ----------
    kind
        `ADD`, `RATE` (the value is the new rate of infusion a day), `SET` (a parameter), `RESET`,
        `STATE`, `ADD_STATE`, `REPLACE` or `MULTIPLY`.
    target
        Index of the state or parameter; of `STATE` and `ADD_STATE`: of the steady state.
    value
        In the unit of the state.
    slopes
        Parameters, by index, that it follows, each with two numbers: of `ADD` d time and d value;
        of `RATE` by how much the slope of the state jumps, and d rate from here on.
    """

    kind: int
    target: int = 0
    value: float = 0.0
    slopes: tuple[tuple[int, float, float], ...] = ()


@dataclass(frozen=True)
class Edge:
    """A time at which something changes, and the changes in order."""

    time: float
    steps: tuple[Change, ...]


class Occurrence(NamedTuple):
    """An event of the model that was executed.

    Parameters
    ----------
    time, name
        When, and which.
    changes
        What it put in place.
    late
        Whether it came just after that moment, for its condition does not hold at equality: a row
        at the moment shows it only if it was asked for after what happens there.
    """

    time: float
    name: str
    changes: tuple[Change, ...]
    late: bool = False


@dataclass(frozen=True)
class SteadyDose:
    """Doses that have gone on for ever: into which state, and the factor from their unit to its.

    `values` are the parameters, by index, that have changed before or at their time; `follows`
    those that numbers of the doses follow.
    """

    state: int
    factor: float
    doses: SteadyState
    time: float
    values: tuple[tuple[int, float], ...] = ()
    follows: tuple[int, ...] = ()

    def values_there(self, values: Array) -> Array:
        """Return the parameters, shape (n_parameters,), as they are at the time of the doses."""
        changed = values.copy()
        for parameter, value in self.values:
            changed[parameter] = value
        return changed


@dataclass(frozen=True)
class RunSchedule:
    """The edges of one run.

    Parameters
    ----------
    edges
        Sorted by time, all within [0, days).
    steady
        Doses whose steady states are to be found before the run, in the order of their index.
    horizon
        End of the run, days.
    first_values
        Parameters (by index) that have another value from day 0 on: the start depends on it.
    """

    edges: tuple[Edge, ...]
    steady: tuple[SteadyDose, ...]
    horizon: float
    first_values: tuple[tuple[int, float], ...] = ()

    @cached_property
    def follows(self) -> bool:
        """Whether a moment or an amount follows a parameter."""
        return any(step.slopes for edge in self.edges for step in edge.steps)

    @cached_property
    def arriving(self) -> dict[int, float]:
        """What arrives by boluses and infusions, by index of the state."""
        parts: dict[int, list[float]] = {}
        running: dict[int, tuple[float, float]] = {}

        def settle(state: int, time: float) -> None:
            rate, since = running.pop(state, (0.0, time))
            if rate:
                parts.setdefault(state, []).append(rate * (time - since))

        for edge in self.edges:
            for step in edge.steps:
                if step.kind == ADD:
                    parts.setdefault(step.target, []).append(step.value)
                elif step.kind == RATE:
                    settle(step.target, edge.time)
                    running[step.target] = step.value, edge.time
                elif step.kind in (RESET, STATE):
                    for state in list(running):
                        settle(state, edge.time)
        for state in list(running):
            settle(state, self.horizon)
        return {state: math.fsum(part) for state, part in parts.items()}

    def delivered(self, n_states: int) -> Array:
        """Return what arrives in each state by boluses and infusions, shape (n_states,)."""
        result = np.zeros(n_states)
        for state, amount in self.arriving.items():
            result[state] = amount
        return result

    def with_occurrences(self, occurrences: Sequence[Occurrence]) -> RunSchedule:
        """Return the schedule with what events of the model have done, after doses of the time."""
        if not occurrences:
            return self
        moments = {edge.time: edge.steps for edge in self.edges}
        for occurrence in occurrences:
            there = moments.get(occurrence.time, ())
            moments[occurrence.time] = (*there, *occurrence.changes)
        edges = tuple(Edge(time, steps) for time, steps in sorted(moments.items()))
        return replace(self, edges=edges)

    def values_at_start(self, values: Array) -> Array:
        """Return parameters, the last axis, with those that have another value from day 0 on."""
        if not self.first_values:
            return values
        changed = values.copy()
        for parameter, value in self.first_values:
            changed[..., parameter] = value
        return changed

    def delivered_by_name(self, model: Model) -> dict[str, float]:
        """Return what arrives by drug, or by state where the model knows no drug for it."""
        drugs = {state.name: drug for drug, state in reversed(list(model.doses.items()))}
        names = [drugs.get(state.name, state.name) for state in model.states]
        return {names[state]: amount for state, amount in sorted(self.arriving.items())}
