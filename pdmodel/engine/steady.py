"""Steady states of repeated doses: the fixed point of one dosing interval.

One interval takes a state y to Phi(y). Newton's method finds y = Phi(y); the slopes of Phi come
from one integration a state. Where the model is linear so is Phi, and the first step is exact. A
fixed point from which doses lead away (a tumour of nothing) is none: then the interval is repeated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from pdmodel.engine.edges import Edge, Schedule, SteadyDose, Step
from pdmodel.engine.memory import ADD, RATE, STATE, Array
from pdmodel.engine.outcome import Outcome, Tolerances
from pdmodel.errors import SimulationError
from pdmodel.model import Model

Runner = Callable[[Array], Outcome]
"""Runs a schedule from a state, shape (n_states,)."""

_TIGHT = 1e-10
_CLOSE = 1e-8
_NEWTON_STEPS = 20
_REPETITIONS = 2000
_PATIENCE = 100
# Phi of a constant input has the same fixed point for any length.
_CONSTANT_LENGTH = 1.0


def tightened(tolerances: Tolerances) -> Tolerances:
    """Return tolerances at which slopes of an interval can be had from differences."""
    return replace(
        tolerances, rtol=min(tolerances.rtol, _TIGHT), atol=np.minimum(tolerances.atol, 1e-12)
    )


def steady_states(
    model: Model, schedule: Schedule, start: Array, interval: Callable[[Schedule], Runner]
) -> Array:
    """Return the state that each series of doses leads to, shape (n_steady, n_states).

    For doses that are added (SS=2) it is how far that state lies above the drug-free start.

    Parameters
    ----------
    model, schedule
        The schedule holds the doses.
    start
        Drug-free start, shape (n_states,).
    interval
        Returns what runs the schedule of one interval from a state.

    Raises
    ------
    SimulationError
        If a series leads to no steady state; names the state that keeps changing most.
    """
    found = []
    for dose in schedule.steady:
        state = _Interval(model, dose, interval(_one_interval(dose))).fixed_point(start)
        found.append(state - start if dose.doses.added else state)
    return np.array(found)


class _Interval:
    """One dosing interval of a model at fixed parameters."""

    def __init__(self, model: Model, dose: SteadyDose, run: Runner) -> None:
        self.model, self.dose, self.run = model, dose, run

    def after(self, state: Array) -> Array:
        """Return Phi(state)."""
        outcome = self.run(state)
        if outcome.failure is not None:
            raise self._failure(f"an interval cannot be integrated: {outcome.failure.cause}", state)
        return outcome.end

    def fixed_point(self, start: Array) -> Array:
        """Solve y = Phi(y), by Newton's method, else by repeating the interval.

        A fixed point that the doses would lead away from, such as no tumour at all, is no steady
        state: all slopes of the interval must shrink what is off it.
        """
        state = start
        for _ in range(_NEWTON_STEPS):
            outcome = self.run(state)
            if outcome.failure is not None:  # too far a step; repeating says what is wrong
                break
            image = outcome.end
            slopes = self._slopes(state, image)
            if not np.isfinite(slopes).all():
                break
            if _same(image, state):
                if np.abs(np.linalg.eigvals(slopes)).max(initial=0.0) < 1:
                    return image
                break
            matrix = np.eye(state.size) - slopes
            if np.linalg.cond(matrix) > 1e12:
                break
            state = state + np.linalg.solve(matrix, image - state)
        return self._repeated(start)

    def _slopes(self, state: Array, image: Array) -> Array:
        """Return d Phi / d y, column by column; exact where Phi is linear."""
        columns = []
        for place, value in enumerate(state):
            size = 1e-5 * max(abs(value), 1e-3 * float(np.abs(image).max()), 1e-9)
            moved = state.copy()
            moved[place] += size
            columns.append((self.after(moved) - image) / (moved[place] - value))
        return np.array(columns).T

    def _repeated(self, state: Array) -> Array:
        before, sizes = state, []
        for _ in range(_REPETITIONS):
            before, state = state, self.after(state)
            if _same(state, before):
                return state
            sizes.append(float((np.abs(state - before) / _scale(state)).max()))
            if len(sizes) > 2 * _PATIENCE and sizes[-1] >= 0.999 * sizes[-_PATIENCE]:
                break  # doses lead nowhere
        change = np.abs(state - before) / _scale(state)
        name = self.model.states[int(np.argmax(change))].name
        raise self._failure(
            f"{name!r} still changes by {change.max():.2g} a dose after {len(sizes)} doses",
            state,
        )

    def _failure(self, cause: str, state: Array) -> SimulationError:
        names = [state.name for state in self.model.states]
        replay = {
            "time": self.dose.time,
            "states": dict(zip(names, state.tolist(), strict=True)),
            "doses": repr(self.dose.doses),
            "cause": cause,
        }
        return SimulationError(
            f"the doses at day {self.dose.time:g} lead to no steady state: {cause}", replay
        )


def _same(image: Array, state: Array) -> bool:
    return bool((np.abs(image - state) <= _CLOSE * _scale(image)).all())


def _scale(state: Array) -> Array:
    """Return the size of each state; what is next to nothing beside the others has some too."""
    scale: Array = np.abs(state) + 1e-9 * np.abs(state).max(initial=0.0) + 1e-15
    return scale


def _one_interval(dose: SteadyDose) -> Schedule:
    """Return the schedule of one interval, begun at a state that is handed over."""
    doses = dose.doses
    if doses.constant:
        rate = Step(RATE, dose.state, doses.rate * dose.factor)
        return Schedule((Edge(0.0, (Step(STATE), rate)),), (), _CONSTANT_LENGTH)
    edges = []
    for place, piece in enumerate(doses.pieces()):
        steps = [Step(RATE, dose.state, piece.rate * dose.factor)]
        if piece.bolus:
            steps.append(Step(ADD, dose.state, piece.bolus * dose.factor))
        first = [Step(STATE)] if place == 0 else []
        edges.append(Edge(piece.start, (*first, *steps)))
    return Schedule(tuple(edges), (), doses.interval)
