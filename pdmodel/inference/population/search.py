"""The search for the numbers of a population, on the exact gradient of the objective.

Quasi-Newton steps within bounds. The first curvature is made of the patients' own gradients, whose
products add up to it where the model is right. The objective is integrated and has noise, so that
neither a small step nor a small change ends the search: it ends where the curvature says that less
than `ENOUGH` is left to gain, and the caller then asks the exact curvature whether that is true.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from pdmodel.arrays import Array, Flags
from pdmodel.errors import FitError, PdmodelError
from pdmodel.inference.population.corners import (
    Wall,
    crossed_between,
    joined,
    step_within,
    walls_between,
)
from pdmodel.inference.population.likelihood.inner import FailedPatients
from pdmodel.inference.population.likelihood.objective import Objective, Value

ENOUGH = 1e-5
"""Decrease of the objective, as the curvature predicts it, that is not worth another step."""
NOISE = 1e-6
"""What the objective may seem to rise by, over its size, without having risen."""
# The longest step of a logarithm (a factor of 7), and how often it is shortened.
_LONGEST = 2.0
_SHORTENINGS = 15
_SUFFICIENT = 1e-4
_FLOOR = 1e-6
# A decrease by a step that corners held, below which the search has ended on them; and a decrease
# of -2 log of a patient's density that makes other effects more likely.
_CREEP, _BETTER = 1e-3, 1e-6


@dataclass(frozen=True)
class SearchState:
    """Where a search is: enough to go on with, to the last bit.

    Parameters
    ----------
    steps
        Made so far.
    x, objective, gradient
        The point, shape (n_sought,), and what is there.
    curvature
        Second derivatives as far as they are known, shape (n_sought, n_sought).
    etas
        Most likely effects there, shape (n_subjects, n_effects).
    gain
        Decrease that the curvature still predicts.
    status
        `going`, `converged`, `stalled`: no step lowers the objective, or `failed`: patients cannot
        be predicted wherever it would be lower.
    failures
        Why, by number of the patient.
    held
        Numbers of the patients on whose corners the search ended, where that is.
    decrease
        Of the objective by the last step.
    """

    steps: int
    x: Array
    objective: float
    gradient: Array
    curvature: Array
    etas: Array
    gain: float
    status: str = "going"
    failures: dict[int, PdmodelError] | None = None
    held: tuple[int, ...] = ()
    decrease: float = math.inf


class SearchPlace(NamedTuple):
    """A state with its value in full, and its bounds."""

    state: SearchState
    value: Value


class _Tried(NamedTuple):
    """A value that was tried, and whether it is good enough to go there."""

    value: Value
    accepted: bool


class PopulationSearch:
    """A search from one place.

    Parameters
    ----------
    objective
        What is minimised.
    low, high
        Bounds, shape (n_sought,).
    commit
        Called with each new state; what it is given can be taken up again.
    """

    def __init__(
        self, objective: Objective, low: Array, high: Array, commit: Callable[[SearchState], None]
    ) -> None:
        self.objective, self.low, self.high, self.commit = objective, low, high, commit

    def begin(self, x: Array) -> SearchPlace:
        """Return the first place.

        Raises
        ------
        FailedPatients
            If patients cannot be predicted there.
        """
        first = self.objective.first(x)
        value = self.objective.with_gradient(x, first)
        state = SearchState(
            0, x, value.objective, value.gradient, products(value), value.etas, np.inf
        )  # fmt: skip
        return self._judged(SearchPlace(state, value))

    def resume(self, state: SearchState) -> SearchPlace:
        """Return a state that was kept, with its value: that is computed again, bit for bit."""
        value = self.objective.gradient_at(state.x, state.etas)
        place = self._judged(SearchPlace(replace(state, gradient=value.gradient), value))
        return place._replace(state=replace(place.state, status=state.status))

    def with_curvature(self, place: SearchPlace, curvature: Array) -> SearchPlace:
        """Go on with another curvature, such as the exact one."""
        return self._judged(place._replace(state=replace(place.state, curvature=curvature)))

    def run(self, place: SearchPlace, most: int) -> SearchPlace:
        """Step until nothing is left to gain, or so many steps have been made."""
        while place.state.status == "going" and place.state.steps < most:
            place = self._step(place)
            self.commit(place.state)
        return place

    def free(self, x: Array, gradient: Array) -> Flags:
        """Return what may move: all but those that a bound holds back."""
        near = 1e-9 * np.maximum(1.0, np.abs(x))
        at_low = (x <= self.low + near) & (gradient > 0)
        at_high = (x >= self.high - near) & (gradient < 0)
        return ~(at_low | at_high)

    def _direction(self, state: SearchState, walls: Sequence[Wall] = ()) -> tuple[Array, float]:
        """Return the step that the curvature proposes, and the decrease that it predicts."""
        free = self.free(state.x, state.gradient)
        step, gain = np.zeros_like(state.x), 0.0
        if free.any():
            part = positive(state.curvature[np.ix_(free, free)])
            step[free] = step_within(part, state.gradient[free], walls, free)
            gain = -float(step @ state.gradient + 0.5 * step[free] @ part @ step[free])
        return step, gain

    def renewed(self, place: SearchPlace) -> SearchPlace:
        """Return a place with patients sought from several beginnings; itself if they stay."""
        if not self.objective.patients.moving_doses:
            return place
        value = self.objective.first(place.state.x, place.state.etas)
        if not (value.here.joint < place.value.here.joint - _BETTER).any():
            return place
        value = self.objective.with_gradient(place.state.x, value)
        state = replace(
            place.state, objective=value.objective, gradient=value.gradient, etas=value.etas
        )
        return self._judged(SearchPlace(state, value))

    def _judged(self, place: SearchPlace, walls: Sequence[Wall] = ()) -> SearchPlace:
        """Return a place with what is left to gain; steps that walls held may end by a creep."""
        state = place.state
        gain = self._direction(state)[1]
        crept = bool(walls) and state.decrease < _CREEP
        held = tuple(wall.subject for wall in walls) if crept else ()
        status = "converged" if gain < ENOUGH or crept else "going"
        return place._replace(state=replace(state, gain=gain, status=status, held=held))

    def _step(self, place: SearchPlace) -> SearchPlace:
        """Return the next place: what the curvature proposes, shortened or held before corners."""
        state, walls = place.state, list[Wall]()
        step, gain = self._direction(state)
        length, failures, blamed = _first_length(step), dict[int, PdmodelError](), False
        for _ in range(_SHORTENINGS):
            x = np.clip(state.x + length * step, self.low, self.high)
            try:
                tried, failures = self._tried(place, x), {}
            except FailedPatients as failed:
                tried, failures = None, failed.failures
            if tried is not None and tried.accepted:
                return self._judged(self._moved(place, x, tried.value), walls)
            more = []
            if tried is not None:
                more = walls_between(self.objective, state.x, place.value, x, tried.value)
            blamed = bool(more)
            if not more:
                length *= 0.25 if failures else 0.4
                continue
            again = {wall.subject for wall in walls} >= {wall.subject for wall in more}
            walls = joined(walls, more)
            step, gain = self._direction(state, walls)
            length = min(_first_length(step), 0.5 * length if again else 1.0)
            if gain < ENOUGH:
                break
        if walls and blamed:
            return _ended(place, "converged", gain, walls)
        return _ended(place, "failed" if failures else "stalled", state.gain, (), failures)

    def _tried(self, place: SearchPlace, x: Array) -> _Tried:
        """Return the value at a point, accepted if it is better, or flatter and no worse."""
        state = place.state
        change = x - state.x
        start = state.etas
        if place.value.eta_slopes is not None:
            start = start + place.value.eta_slopes @ change
        slope = float(state.gradient @ change)
        value = self.objective(x, start, near=place.value.curvature)
        rise = value.objective - state.objective
        noise = NOISE * (1.0 + abs(state.objective))
        if not np.isfinite(value.objective) or (rise > _SUFFICIENT * slope and rise > noise):
            return _Tried(value, False)
        there = self.objective.with_gradient(x, value)
        steep = rise > _SUFFICIENT * slope and float(there.gradient @ change) > abs(slope)
        return _Tried(there, not steep)

    def _change_of_gradient(self, place: SearchPlace, change: Array, value: Value) -> Array:
        """Return what the gradient changes by; that of patients across a corner as predicted."""
        across = crossed_between(self.objective, place.value, value)
        if not across.any():
            return value.gradient - place.state.gradient
        changes = (value.own_gradients - place.value.own_gradients)[~across].sum(axis=0)
        share = float(across.mean())
        total: Array = changes + share * (place.state.curvature @ change)
        return total

    def _moved(self, place: SearchPlace, x: Array, value: Value) -> SearchPlace:
        state = place.state
        change = x - state.x
        by_change = self._change_of_gradient(place, change, value)
        curvature = updated(state.curvature, change, by_change)
        moved = SearchState(
            state.steps + 1, x, value.objective, value.gradient, curvature, value.etas, np.inf,
            decrease=state.objective - value.objective,
        )  # fmt: skip
        return SearchPlace(moved, value)


def _ended(
    place: SearchPlace,
    status: str,
    gain: float,
    walls: Sequence[Wall],
    failures: dict[int, PdmodelError] | None = None,
) -> SearchPlace:
    held = tuple(wall.subject for wall in walls)
    state = replace(place.state, status=status, gain=gain, held=held, failures=failures)
    return place._replace(state=state)


def _first_length(step: Array) -> float:
    longest = np.abs(step).max()
    return min(1.0, _LONGEST / longest) if longest > 0 else 1.0


def products(value: Value) -> Array:
    """Return the curvature that the patients' gradients tell of, shape (n_sought, n_sought)."""
    own = value.own_gradients
    return positive(0.5 * own.T @ own, floor=1e-2)


def positive(matrix: Array, floor: float = _FLOOR) -> Array:
    """Return a matrix without directions that are flat or bend down, beside its own diagonal."""
    if not matrix.size:
        return matrix
    if not np.isfinite(matrix).all():
        raise FitError(
            "the search has come to where the objective has no finite curvature: look for values "
            "that the error model cannot explain (0 under a proportional error), or give other "
            "starts and bounds"
        )
    scale = np.sqrt(np.maximum(np.abs(np.diag(matrix)), 1e-8))
    values, vectors = np.linalg.eigh(matrix / scale[:, np.newaxis] / scale)
    lifted = (vectors * np.maximum(np.abs(values), floor)) @ vectors.T
    positive_: Array = lifted * scale[:, np.newaxis] * scale
    return positive_


def updated(matrix: Array, change: Array, by_change: Array) -> Array:
    """Return the curvature after a step (BFGS, damped by Powell so that it stays positive)."""
    along = matrix @ change
    size = float(change @ along)
    if not size > 0:
        return matrix
    product = float(change @ by_change)
    if product < 0.2 * size:
        share = 0.8 * size / (size - product)
        by_change = share * by_change + (1 - share) * along
        product = float(change @ by_change)
    new: Array = matrix - np.outer(along, along) / size + np.outer(by_change, by_change) / product
    return new
