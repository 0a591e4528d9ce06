"""A model with a closed form that carries out actions: depot and plasma, both of first order.

It knows nothing of records: what it shows is what the actions say, by the engine's contract.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from scipy.linalg import expm

from pdmodel.dosing import Action, SteadyState

KA, K = 1.5 * 24, 1.1 / 20 * 24
MATRIX = np.array([[-KA, 0.0], [KA, -K]])
PLACES = {"": 0, "1": 0, "depot": 0, "2": 1, "plasma": 1}


def flow(state: np.ndarray, rates: np.ndarray, days: float) -> np.ndarray:
    """Return the state after some days of constant infusion."""
    wide = np.zeros((3, 3))
    wide[:2, :2], wide[:2, 2] = MATRIX, rates
    return (expm(wide * days) @ np.append(state, 1.0))[:2]


def steady(doses: SteadyState, place: int) -> np.ndarray:
    """Return the fixed point of one interval of doses, by linear algebra."""
    unit = np.eye(2)[place]
    if doses.constant:
        return np.linalg.solve(MATRIX, -doses.rate * unit)

    def through(state: np.ndarray) -> np.ndarray:
        for piece in doses.pieces():
            state = flow(state + piece.bolus * unit, piece.rate * unit, piece.length)
        return state

    shift = through(np.zeros(2))
    slope = np.column_stack([through(column) - shift for column in np.eye(2)])
    return np.linalg.solve(np.eye(2) - slope, shift)


def carry_out(
    actions: Sequence[Action], times: Iterable[float], after: bool | Iterable[bool] = True
) -> np.ndarray:
    """Return the states at some days, shape (n_times, 2).

    Parameters
    ----------
    actions
        Sorted by time.
    times, after
        Sorted days, and whether each looks before or after what happens then.
    """
    times = list(times)
    afters = [after] * len(times) if isinstance(after, bool) else list(after)
    state, rates, now, waiting = np.zeros(2), np.zeros(2), 0.0, list(actions)
    found = []
    for time, late in zip(times, afters, strict=True):
        seen = round(time, 9)
        while waiting and (waiting[0].time < seen or (late and waiting[0].time == seen)):
            action = waiting.pop(0)
            state, now = flow(state, rates, action.time - now), action.time
            state, rates = change(action, state, rates)
        state, now = flow(state, rates, seen - now), seen
        found.append(state)
    return np.array(found)


def change(action: Action, state: np.ndarray, rates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Apply one action to states and infusions."""
    if action.kind == "reset":
        return np.zeros(2), np.zeros(2)
    place = PLACES[action.target]
    unit = np.eye(2)[place]
    if action.kind == "steady":
        assert action.steady is not None
        reached = steady(action.steady, place)
        return (state + reached, rates) if action.steady.added else (reached, np.zeros(2))
    if action.kind == "rate":
        return state, rates + action.amount * unit
    if action.kind == "add":
        return state + action.amount * unit, rates
    kept = state * (1 - unit)
    if action.kind == "multiply":
        return kept + action.amount * state * unit, rates
    assert action.kind == "replace"
    return kept + action.amount * unit, rates
