"""Steady states of repeated doses: the fixed point that dosing from the drug-free start leads to.

One interval takes a state y to Phi(y). It is repeated from the drug-free start, as doses are; from
time to time Newton's method is tried from where that has led, and taken where the way ahead is as
straight as its step supposes. Where the model is linear the first step is exact. Its fixed point
counts where all slopes of the interval shrink what is off it, and where what is still missing is
small beside the size of each state.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import sympy

from pdmodel.arrays import Array, Flags, Integers
from pdmodel.engine.rosenbrock.memory import ADD, RATE, STATE
from pdmodel.engine.runs.outcome import Deadline, Outcome, Tolerances
from pdmodel.engine.schedule.edges import Change, Edge, RunSchedule, SteadyDose
from pdmodel.engine.symbolic.event_conditions import refuse_events
from pdmodel.engine.symbolic.model_functions import compile_model
from pdmodel.errors import SimulationError
from pdmodel.model import Model

Runner = Callable[[Array], Outcome]
"""Runs a schedule from a state, shape (n_states,)."""

_TIGHT = 1e-10
# What may be missing of the fixed point, and at most of the answer, both relative.
_CLOSE, _FAR = 1e-8, 1e-5
_NEWTON_STEPS = 20
# A state that dwindles for ever is known to this part of its largest value on the way.
_NEARLY_NOTHING = 1e-6
# What grows to a capacity by a thousandth a dose needs some 4,000 of them from a hundredth of it.
_REPETITIONS = 8000
_TRIES = (0, 3, 8, 20, 50, 100, 200, 400, 800, 1600, 2400, 3200, 4800, 6400, _REPETITIONS)
# Doses lead nowhere where a change stays the same over so many of them, or has grown so much.
_PATIENCE, _SAME_CHANGE, _OVERGROWN = 100, 1e-3, 1e9
# Phi of a constant input has the same fixed point for any length; a slow model takes a longer one.
_LENGTHS = (1.0, 1e2, 1e4, 1e6)
_SLOW = 0.99


class IntervalFails(SimulationError):
    """An interval that its integrator does not get through; another may."""


class SteadyPatient(NamedTuple):
    """A patient at the parameters that hold where a series of doses is seen.

    Parameters
    ----------
    start
        Drug-free start, shape (n_states,).
    interval
        Returns what runs the schedule of one interval from a state.
    """

    start: Array
    interval: Callable[[RunSchedule], Runner]


def tightened(tolerances: Tolerances) -> Tolerances:
    """Return tolerances at which slopes of an interval can be had from differences."""
    return tolerances.finer(min(tolerances.rtol, _TIGHT))


class Steady(NamedTuple):
    """A state that doses lead to.

    Parameters
    ----------
    state
        It, shape (n_states,).
    handed_over
        What a run takes of it: for doses that are added (SS=2), how far it lies above the drug-free
        start.
    interval
        The schedule of one interval, which leads from it back to it.
    """

    state: Array
    handed_over: Array
    interval: RunSchedule


def find_steady(
    model: Model,
    schedule: RunSchedule,
    patient: Callable[[SteadyDose], SteadyPatient],
    deadline: Deadline,
) -> list[Steady]:
    """Return the state that each series of doses leads to.

    States that only add up (see `idle_states`) stay at their start.

    Parameters
    ----------
    model, schedule
        The schedule holds the doses.
    patient
        Returns the patient at the parameters that hold where a series is seen.
    deadline
        Budget of all series together. It begins with the end of the first interval at the latest:
        before that there may be something to compile.

    Raises
    ------
    SimulationError
        If a series leads to no steady state, and names the state that keeps changing most; or if
        none was found within the budget.
    """
    refuse_events(model, "a search for the steady state of doses")
    states = []
    for dose in schedule.steady:
        dosed = patient(dose)
        search = _Search(model, dose, dosed, deadline)
        state = search.run()
        above = state - dosed.start if dose.doses.added else state
        states.append(Steady(state, above, search.interval))
    return states


class _Image(NamedTuple):
    """Where an interval leads, and how large each state is on the way."""

    end: Array
    size: Array


class _Search:
    """The search for one steady state."""

    def __init__(
        self, model: Model, dose: SteadyDose, patient: SteadyPatient, deadline: Deadline
    ) -> None:
        self.model, self.dose, self.patient, self.deadline = model, dose, patient, deadline
        self.start = patient.start
        self.timed = moves_with_time(model)
        self.resting = idle_states(model, dose.state)
        self.smallest = np.finfo(float).tiny + _NEARLY_NOTHING * np.abs(self.start)
        self.first = self.least = self.smallest
        self.phi = self._phi(_LENGTHS[0])

    def _phi(self, length: float, later: float = 0.0) -> Runner:
        since = (self.dose.time if self.timed else 0.0) + later
        self.interval = _one_interval(self.dose, length, since)
        return self.patient.interval(self.interval)

    def run(self) -> Array:
        """Repeat the interval, and try Newton's method from time to time."""
        self._choose_length()
        state, changes = self.start, []
        for count in range(_REPETITIONS + 1):
            image = self.image(state)
            if count in _TRIES:
                root = self.newton(state, image, straight=10.0 if count < 20 else 2.0)
                if root is not None:
                    return self._checked(root)
            self.smallest = np.maximum(self.smallest, _NEARLY_NOTHING * image.size)
            change = image.end - state
            changes.append(change)
            if self._leads_nowhere(changes, image):
                break
            state = image.end
        raise self._still_changing(state, change, image, len(changes))

    def _choose_length(self) -> None:
        """Look at a constant infusion over so long a time that a slow model moves in it."""
        if self.timed or not self.dose.doses.constant:
            return
        for length in _LENGTHS:
            self.phi = self._phi(length)
            slopes = self.slopes(self.start, self.image(self.start))
            if not _SLOW < _radius(slopes) < 1:
                return

    def image(self, state: Array) -> _Image:
        """Return where the interval leads from a state; the states at rest stay at their start."""
        self._keep_to_the_budget(state)
        outcome = self.phi(state)
        self.deadline.begin()
        if outcome.failure is not None:
            self._keep_to_the_budget(state)
            cause = f"an interval cannot be integrated: {outcome.failure.cause}"
            raise self._failure(cause, state, IntervalFails)
        end = np.where(self.resting, self.start, outcome.end)
        if not np.isfinite(end).all():
            raise self._failure("an interval leads to what is no number", state)
        # The run begins at the drug-free start, before the state is handed over: that is no size.
        between = np.abs(outcome.extremes).max(axis=0)
        between = np.where(between > np.abs(self.start), between, 0.0)
        size = np.maximum(np.maximum(np.abs(state), np.abs(end)), between)
        size[self.dose.state] = max(size[self.dose.state], self._dose_size())
        return _Image(end, np.maximum(size, self.smallest))

    def _keep_to_the_budget(self, state: Array) -> None:
        if not self.deadline.passed:
            return
        seconds = self.deadline.seconds
        cause = f"the budget of {seconds:g} s is used up"
        raise SimulationError(
            f"the steady state of the doses at day {self.dose.time:g} was not found in "
            f"{seconds:g} s: allow more (max_seconds), or another `method`",
            self._replay(cause, state),
        )

    def _dose_size(self) -> float:
        doses = self.dose.doses
        return abs(doses.amount * self.dose.factor)

    # Newton's method --------------------------------------------------------------------------

    def newton(self, state: Array, image: _Image, straight: float) -> Array | None:
        """Return the fixed point that lies straight ahead, or None.

        Each step must shrink the step that would follow by a factor (Deuflhard 2011, Newton Methods
        for Nonlinear Problems, section 3.3), else the way there bends, and where it leads only the
        doses themselves can tell.
        """
        try:
            return self._newton(state, image, straight)
        except SimulationError:
            if self.deadline.passed:
                raise
            return None  # too far a step; repeating says what is wrong

    def _newton(self, state: Array, image: _Image, straight: float) -> Array | None:
        moving = self._moving(state, image)
        slopes = self.slopes(state, image)
        for _ in range(_NEWTON_STEPS):
            if not _radius(slopes) < 1:
                return None
            step = np.zeros_like(state)
            matrix = np.eye(moving.size) - slopes
            step[moving] = np.linalg.solve(matrix, (image.end - state)[moving])
            # What dwindles never passes 0; the next step is taken from close by.
            crossed = (state + step < 0) & (state >= 0) & (image.end >= 0)
            missing = float((np.abs(step) / image.size).max(initial=0.0))
            if missing <= _CLOSE:
                self._require_known(matrix, moving, image, state)
                return np.where(crossed, 0.0, state + step)
            moved = np.where(crossed, _NEARLY_NOTHING * image.end, state + step)
            after = self.image(moved)
            size = np.maximum(image.size, after.size)
            # What a second step with the same slopes would be: a fast state that follows a slow one
            # is off for one interval, which says nothing of how far the fixed point is.
            further = np.zeros_like(state)
            further[moving] = np.linalg.solve(matrix, (after.end - moved)[moving])
            off = float((np.abs(further) / size).max())
            before = float((np.abs(step) / size).max())
            if not off * straight <= before and off > _CLOSE:
                return None
            state, image = moved, after
            bends = off > 1e-3 * before or crossed.any()
            if bends or self._moving(state, image).size != moving.size:
                moving = self._moving(state, image)
                slopes = self.slopes(state, image)
        return None

    def slopes(self, state: Array, image: _Image) -> Array:
        """Return d Phi / d y of the states that move, column by column, by differences."""
        moving = self._moving(state, image)
        columns = []
        for index in moving:
            moved = state.copy()
            moved[index] += 1e-5 * image.size[index]
            change = (self.image(moved).end - image.end) / (moved[index] - state[index])
            columns.append(change[moving])
        return np.array(columns).reshape(moving.size, moving.size).T

    def _moving(self, state: Array, image: _Image) -> Integers:
        """Return the states that an interval moves; what is nothing and stays so is none."""
        return np.flatnonzero(~self.resting & ((state != 0) | (image.end != 0)))

    def _require_known(self, matrix: Array, moving: Integers, image: _Image, state: Array) -> None:
        """Refuse a fixed point that the errors of one interval blur."""
        size = image.size[moving]
        blur = np.abs(np.linalg.inv(matrix)) @ (_TIGHT * size) / size
        if blur.max(initial=0.0) > _FAR:
            name = self.model.states[moving[int(np.argmax(blur))]].name
            raise self._failure(
                f"{name!r} comes to rest so slowly that its level cannot be told to "
                f"{_FAR:g}", state,
            )  # fmt: skip

    # What is no steady state ------------------------------------------------------------------

    def _checked(self, state: Array) -> Array:
        """Return the state, if the intervals that follow lead back to it as well."""
        if self.timed:
            length = self.dose.doses.interval or _LENGTHS[0]
            self.phi = self._phi(_LENGTHS[0], later=length)
            image = self.image(state)
            apart = np.abs(image.end - state) / image.size
            if apart.max(initial=0.0) > 1e-6:
                name = self.model.states[int(np.argmax(apart))].name
                raise self._failure(
                    f"the rates hold the time, and {name!r} differs from one interval of "
                    f"{length:g} day to the next",
                    state,
                )
        return np.where(self.resting, self.start, state)

    def _leads_nowhere(self, changes: list[Array], image: _Image) -> bool:
        self.first = np.where(self.first > self.least, self.first, image.size)
        if (image.size > _OVERGROWN * np.maximum(self.first, np.abs(self.start))).any():
            return True
        if len(changes) <= 2 * _PATIENCE:
            return False
        # What grows to a capacity changes as fast as long after as long before it is half there.
        at = int(np.argmax(np.abs(changes[-1]) / image.size))
        lately = np.array(changes[-_PATIENCE:])[:, at]
        return bool(np.ptp(lately) <= _SAME_CHANGE * abs(lately[-1]))

    def _still_changing(
        self, state: Array, change: Array, image: _Image, count: int
    ) -> SimulationError:
        share = np.abs(change) / image.size
        name = self.model.states[int(np.argmax(share))].name
        return self._failure(
            f"{name!r} still changes by {share.max():.2g} a dose after {count} doses", state
        )

    def _failure(
        self, cause: str, state: Array, kind: type[SimulationError] = SimulationError
    ) -> SimulationError:
        words = f"the doses at day {self.dose.time:g} lead to no steady state: {cause}"
        return kind(words, self._replay(cause, state))

    def _replay(self, cause: str, state: Array) -> dict[str, Any]:
        names = [state.name for state in self.model.states]
        return {
            "time": self.dose.time,
            "states": dict(zip(names, state.tolist(), strict=True)),
            "doses": repr(self.dose.doses),
            "cause": cause,
        }


def _radius(slopes: Array) -> float:
    """Return by how much an interval stretches what is off its fixed point, in the long run."""
    if not np.isfinite(slopes).all():
        return np.inf
    return float(np.abs(np.linalg.eigvals(slopes)).max(initial=0.0))


def _one_interval(dose: SteadyDose, length: float, since: float) -> RunSchedule:
    """Return the schedule of one interval, begun at a day and at a state that is handed over."""
    doses = dose.doses
    if doses.constant:
        rate = Change(RATE, dose.state, doses.rate * dose.factor)
        return RunSchedule((Edge(since, (Change(STATE), rate)),), (), since + length)
    edges = []
    for index, piece in enumerate(doses.pieces()):
        steps = [Change(RATE, dose.state, piece.rate * dose.factor)]
        if piece.bolus:
            steps.append(Change(ADD, dose.state, piece.bolus * dose.factor))
        first = [Change(STATE)] if index == 0 else []
        edges.append(Edge(since + piece.start, (*first, *steps)))
    return RunSchedule(tuple(edges), (), since + doses.interval)


def idle_states(model: Model, dosed: int) -> Flags:
    """Return which states only add up what others do, such as an area under a curve.

    No rate depends on them, not their own either, save those of other states that only add up. They
    come to no rest, and nothing else notices: a steady state leaves them at their start. A state
    that gets the doses is never one of them.

    Parameters
    ----------
    model
        Its equations.
    dosed
        Index of the state that gets the doses.
    """
    uses = [_states_in(rate, model) for rate in compile_model(model).derivatives]
    idle = np.zeros(len(uses), dtype=bool)
    while True:
        needed = {s for rate, used in enumerate(uses) if not idle[rate] for s in used}
        own = {rate for rate, used in enumerate(uses) if rate in used}
        free = [
            index
            for index in range(len(uses))
            if not idle[index] and index not in needed | own and index != dosed
        ]
        if not free:
            return idle
        idle[free] = True


def moves_with_time(model: Model) -> bool:
    """Return whether a rate holds the time itself."""
    time = model.vocabulary.time
    return any(time in rate.free_symbols for rate in compile_model(model).derivatives)


def _states_in(rate: sympy.Expr, model: Model) -> set[int]:
    return {index for index, state in enumerate(model.states) if state in rate.free_symbols}
