"""Doses as edges: what enters which state when, and what runs in between.

Doses are never terms in time of the right-hand side, which an adaptive solver could step over.
An observation at the time of a dose is taken before it unless the caller asks for the value after.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from pdmodel.dosing import Regimen
from pdmodel.engine.kernels import Array
from pdmodel.errors import RegimenError, UnitError, unknown
from pdmodel.model import Model
from pdmodel.units import convert

_DECIMALS = 9


def snap(days: Any) -> Any:
    """Round times to 1e-9 day (0.1 ms), an array or a number.

    `0.1 + 0.2` and `0.3` are the same moment: no integrator can step over the gap between them, and
    an observation at one is an observation at the other.
    """
    return np.round(days, _DECIMALS)


@dataclass(frozen=True)
class Edge:
    """A time at which something is given or an infusion changes.

    Parameters
    ----------
    time
        Day of the edge.
    bolus, rates
        Amount added to each state, and infusion into each state a day from here to the next edge,
        shape (n_states,).
    """

    time: float
    bolus: Array
    rates: Array


@dataclass(frozen=True)
class Schedule:
    """The edges of one run.

    Parameters
    ----------
    edges
        Sorted by time; the first is at day 0, even if nothing is given then.
    prescribed
        Amount of each drug in the unit of the state it goes into, over the run.
    """

    edges: tuple[Edge, ...]
    prescribed: Mapping[str, float]


def make_schedule(model: Model, regimen: Regimen, days: float) -> Schedule:
    """Turn a regimen into edges for one model.

    Parameters
    ----------
    model
        Knows into which state a drug goes, and in which unit.
    regimen
        What is given.
    days
        End of the run; nothing is given at it or after it.

    Raises
    ------
    RegimenError
        If the model does not know a drug, or the unit does not fit its state.
    """
    states = [state.name for state in model.states]
    boluses: dict[float, Array] = {0.0: np.zeros(len(states))}
    infusions: list[tuple[float, float, int, float]] = []
    given: dict[str, list[float]] = {}
    for dose in regimen.unroll(days):
        drug, column, amount = _resolve(model, states, dose.drug, dose.amount, dose.unit)
        begin, end = float(snap(dose.time)), float(snap(dose.time + dose.duration))
        if begin >= days:
            continue
        if end > begin:
            rate = amount / (end - begin)
            infusions.append((begin, end, column, rate))
            amount = rate * (min(end, days) - begin)
        else:
            boluses.setdefault(begin, np.zeros(len(states)))[column] += amount
        given.setdefault(drug, []).append(amount)
    edges = _edges(boluses, infusions, len(states), days)
    return Schedule(edges, {drug: math.fsum(amounts) for drug, amounts in given.items()})


def _edges(
    boluses: Mapping[float, Array],
    infusions: list[tuple[float, float, int, float]],
    n_states: int,
    days: float,
) -> tuple[Edge, ...]:
    begins, ends, columns, rates = np.array(infusions).reshape(-1, 4).T
    nothing = np.zeros(n_states)
    edges = []
    for time in sorted({*boluses, *begins.tolist(), *ends.tolist()}):
        if time < days:
            running = (begins <= time) & (time < ends)
            total = np.zeros(n_states)
            np.add.at(total, columns[running].astype(int), rates[running])
            edges.append(Edge(time, boluses.get(time, nothing), total))
    return tuple(edges)


def _resolve(
    model: Model, states: list[str], drug: str, amount: float, unit: str
) -> tuple[str, int, float]:
    if not model.doses:
        raise RegimenError(f"model {model.name!r} takes no drug")
    name = drug or next(iter(model.doses))
    if name not in model.doses:
        raise RegimenError(str(unknown(f"drug of model {model.name!r}:", name, model.doses)))
    state = model.doses[name]
    try:
        converted = convert(amount, unit, to=model.vocabulary[state].unit)
    except UnitError as error:
        raise RegimenError(f"dose of {name}: {error}") from error
    return name, states.index(state.name), converted
