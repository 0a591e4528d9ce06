"""Which events are set off and executed at one moment, and in which order.

Conditions are looked at, what has become true is put into a queue, and of what is due there the
first is executed; then all is looked at again, until nothing is due.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from pdmodel.arrays import Array, Flags
from pdmodel.dosing.action import snap
from pdmodel.engine.compiled_model.event_code import Assignments, EventCode
from pdmodel.engine.runs.slopes_through_events import EventFailure, EventSlopes, WaitingSlopes
from pdmodel.model import Model

MOST_EXECUTIONS = 1_000_000
"""Executions that one run may have; a run with more chatters."""
MOST_AT_ONCE = 10_000
"""Executions that one moment may have."""
# A comparison that is true is false again only below this share of its sides, or of the largest
# that they have been: what rests on the border does not set off anything.
_ROUNDING, _OF_LARGEST = 64 * 2.0**-52, 2.0**-52
_SEED = 1
_LEAST = 2.0**-1074
"""The least number: what is 0 lies above minus this."""

Assign = Callable[[int, Array], Array]
"""Puts the values of an event in place, and returns the facts that follow."""


class _Pending(NamedTuple):
    """An event that waits: when it is due, which, its values if they are known, and slopes."""

    time: float
    event: int
    values: Array | None
    slopes: WaitingSlopes | None


class EventQueue:
    """Where the events of one run stand.

    Parameters
    ----------
    model, code
        The events, and their code.
    assign
        Called for each execution.
    slopes
        What follows the events, too, if slopes are asked for.

    Attributes
    ----------
    truths
        Of each comparison whether it holds, shape (n_comparisons,).
    executed
        How many executions there were.
    """

    def __init__(
        self, model: Model, code: EventCode, assign: Assign, slopes: EventSlopes | None = None
    ) -> None:
        self.model, self.code, self.assign, self.slopes = model, code, assign, slopes
        self.names = [event.name for event in model.events]
        self.truths: Flags = np.zeros(code.n_comparisons, dtype=bool)
        self.largest = np.zeros(code.n_comparisons)
        self.facts = np.zeros(0)
        self.before: list[bool] = []
        self.waiting: list[_Pending] = []
        self.executed = self.last = 0
        self.draw = random.Random(_SEED)

    def begin(self, facts: Array) -> None:
        """Look at all conditions before anything has happened."""
        self.facts = facts
        self.truths = self._literal()
        events = self.model.events
        self.before = [
            condition.holds(self.truths) if event.initially else False
            for condition, event in zip(self.code.conditions, events, strict=True)
        ]

    # When ------------------------------------------------------------------------------------

    def next_time(self, time: float) -> float:
        """Return when something is known to happen next: not before a time, or infinity."""
        due = min((pending.time for pending in self.waiting), default=math.inf)
        return min(due, float(self._line_changes(time).min(initial=math.inf)))

    def _line_changes(self, time: float) -> Array:
        """Return when each comparison of time alone changes next, shape (n_comparisons,)."""
        changes = np.full(self.truths.size, math.inf)
        for index in self.code.lines:
            slope, start = self._line(int(index))
            if slope != 0 and math.isfinite(slope) and (slope > 0) != self.truths[index]:
                changes[index] = max(snap(-start / slope), time)
        return changes

    def _line(self, index: int) -> tuple[float, float]:
        first = 3 * self.truths.size + 2 * index
        return float(self.facts[first]), float(self.facts[first + 1])

    def thresholds(self) -> tuple[Array, Array]:
        """Return threshold and sign of heights: where `sign * (height - threshold) > 0` fires."""
        rises = np.where(self.code.strict, 0.0, -_LEAST)
        falls = np.where(self.truths, -self._border(), rises)
        return falls, np.where(self.truths, -1.0, 1.0)

    # What ------------------------------------------------------------------------------------

    def arrive(self, time: float, facts: Array, *, jumped: bool) -> tuple[bool, list[int]]:
        """Do what is due at a moment.

        Parameters
        ----------
        facts
            What holds at that moment.
        jumped
            Whether states have just jumped there, as they do where a dose arrives.

        Returns
        -------
        bool, list of int
            Whether something was executed, and the comparisons that change just after the moment:
            those that are not yet true where both sides are equal, or no longer.
        """
        held, lines, self.facts = self.truths, self._lines(), facts
        with np.errstate(invalid="ignore"):
            self.largest = np.fmax(self.largest, np.abs(self._sides()).max(axis=0, initial=0.0))
        # A line that the regimen has moved is read anew; when it changes next was foreseen wrongly.
        moved = (self._lines() != lines).any(axis=1)
        changed = np.where(moved, self._literal(), self._now(time)) != held
        late = changed & (self.code.strict != held) if not jumped else np.zeros_like(changed)
        self.truths = np.where(changed & ~late, ~held, held)
        if self.slopes is not None:
            both = np.flatnonzero(changed & ~late), np.flatnonzero(late)
            self.slopes.change(*both, jumped=jumped)
        return self.settle(time), [int(index) for index in np.flatnonzero(late)]

    def follow(self, time: float, late: list[int]) -> bool:
        """Do what comes just after a moment; comparisons read anew in between stay."""
        now = self._now(time)
        for index in late:
            self.truths[index] = now[index]
        if self.slopes is not None:
            self.slopes.change_late()
        return self.settle(time)

    def settle(self, time: float) -> bool:
        """Set off and execute until nothing is due; return whether anything was executed."""
        executed = False
        for _ in range(MOST_AT_ONCE):
            self._set_off(time)
            pending = self._next_due(time)
            if pending is None:
                return executed
            self._execute(pending)
            executed = True
        last = self.names[self.last]
        raise EventFailure(f"events set each other off without end, {last!r} the last of them")

    def _set_off(self, time: float) -> None:
        for number, event in enumerate(self.model.events):
            holds = self.code.conditions[number].holds(self.truths)
            if holds and not self.before[number]:
                at_trigger = event.values_at == "trigger"
                values = self._values(self.code.assignments[number]) if at_trigger else None
                due, slopes = self._due(number, time), None
                if self.slopes is not None:
                    slopes = self.slopes.set_off(number, with_values=at_trigger)
                self.waiting.append(_Pending(due, number, values, slopes))
            elif not holds and not event.persistent:
                self.waiting = [other for other in self.waiting if other.event != number]
            self.before[number] = holds

    def _due(self, number: int, time: float) -> float:
        delay = float(self.facts[self.code.assignments[number].delay])
        if not delay >= 0:
            raise EventFailure(f"event {self.names[number]!r}: its delay is {delay:g}")
        # Only what happens at written times is to happen together with other such things.
        written = math.isfinite(delay) and time == snap(time)
        return snap(time + delay) if written else time + delay

    def _next_due(self, time: float) -> _Pending | None:
        due = [pending for pending in self.waiting if pending.time <= time]
        if not due:
            return None
        priorities = [self._priority(pending.event) for pending in due]
        highest = max(priorities)
        first = [p for p, priority in zip(due, priorities, strict=True) if priority == highest]
        chosen = self.draw.choice(first) if highest > -math.inf else first[0]
        self.waiting.remove(chosen)
        return chosen

    def _priority(self, number: int) -> float:
        index = self.code.assignments[number].priority
        priority = float(self.facts[index]) if index >= 0 else -math.inf
        return -math.inf if math.isnan(priority) else priority

    def _execute(self, pending: _Pending) -> None:
        self.executed, self.last = self.executed + 1, pending.event
        if self.executed > MOST_EXECUTIONS:
            raise EventFailure(f"events were executed {self.executed} times")
        assignments = self.code.assignments[pending.event]
        values = self._values(assignments) if pending.values is None else pending.values
        sides, lines = self._sides(), self._lines()
        if self.slopes is not None and pending.slopes is not None:
            self.slopes.execute(pending.event, pending.slopes, assignments.targets)
        self.facts = self.assign(pending.event, values)
        # What an assignment has moved is read anew; the rest stays as it was found to be.
        moved = (self._sides() != sides).any(axis=0) | (self._lines() != lines).any(axis=1)
        self.truths = np.where(moved, self._literal(), self.truths)

    # Facts -----------------------------------------------------------------------------------

    def _values(self, assignments: Assignments) -> Array:
        first = assignments.first
        return self.facts[first : first + len(assignments.targets)].copy()

    def _sides(self) -> Array:
        """Return high and low side of each comparison, shape (2, n_comparisons)."""
        n = self.truths.size
        return self.facts[n : 3 * n].reshape(-1, 2).T

    def _lines(self) -> Array:
        n = self.truths.size
        return self.facts[3 * n : 5 * n].reshape(-1, 2)

    def _literal(self) -> Flags:
        height = self.facts[: self.truths.size]
        literal: Flags = np.where(self.code.strict, height > 0, height >= 0)
        return literal

    def _border(self) -> Array:
        """Return how far below 0 a height must be before its comparison is false again."""
        sides = np.abs(self._sides()).max(axis=0, initial=0.0)
        border = np.maximum(_ROUNDING * sides, _OF_LARGEST * self.largest)
        return np.where(np.isfinite(border), border, 0.0)

    def _now(self, time: float) -> Flags:
        """Return each comparison at a moment: of time alone as foreseen, others with a border."""
        height = self.facts[: self.truths.size]
        truths = np.where(self.truths, height >= -self._border(), self._literal())
        lines = self.code.lines
        changes = self._line_changes(time)[lines] <= time
        truths[lines] = np.where(changes, ~self.truths[lines], self.truths[lines])
        return truths
