"""Doses as edges: what enters which state when, and what runs in between.

Doses are never terms in time of the right-hand side, which an adaptive solver could step over.
At equal times infusions end first, then begin, then boluses are given; an observation at the time
of a dose is taken before it unless the caller asks for the value after.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pdmodel.dosing import Regimen
from pdmodel.engine.kernels import Array
from pdmodel.errors import RegimenError, UnitError, unknown
from pdmodel.model import Model
from pdmodel.units import convert


@dataclass(frozen=True)
class Edge:
    """A time at which something is given or an infusion changes.

    Parameters
    ----------
    time
        Day of the edge.
    bolus, rate_change
        Amount added to each state, and change of the infusion into each state, shape (n_states,).
    """

    time: float
    bolus: Array
    rate_change: Array


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

    Raises
    ------
    RegimenError
        If the model does not know a drug, or the unit does not fit its state.
    """
    states = [state.name for state in model.states]
    boluses: dict[float, Array] = {0.0: np.zeros(len(states))}
    changes: dict[float, Array] = {}
    given: dict[str, list[float]] = {}
    for dose in regimen.unroll(days):
        drug, column, amount = _resolve(model, states, dose.drug, dose.amount, dose.unit)
        if dose.duration > 0:
            rate = amount / dose.duration
            end = dose.time + dose.duration
            changes.setdefault(dose.time, np.zeros(len(states)))[column] += rate
            changes.setdefault(end, np.zeros(len(states)))[column] -= rate
            amount = rate * (min(end, days) - dose.time)
        else:
            boluses.setdefault(dose.time, np.zeros(len(states)))[column] += amount
        given.setdefault(drug, []).append(amount)
    nothing = np.zeros(len(states))
    edges = tuple(
        Edge(time, boluses.get(time, nothing), changes.get(time, nothing))
        for time in sorted({*boluses, *changes})
        if time < days or time == 0.0
    )
    return Schedule(edges, {drug: math.fsum(amounts) for drug, amounts in given.items()})


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
