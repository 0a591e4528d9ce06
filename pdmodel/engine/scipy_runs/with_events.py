"""One patient of a model with events by SciPy's integrators: from event to event, step by step.

What events demand is decided as in compiled runs (`event_queue`); where they come is found on the
dense output of SciPy's own steps.
"""

from __future__ import annotations

import math
from contextlib import closing
from dataclasses import replace

import numpy as np

from pdmodel.arrays import Array
from pdmodel.engine.compiled_model.event_code import EventCode, event_code_of
from pdmodel.engine.compiled_model.machine import machine_of
from pdmodel.engine.rosenbrock.memory import REPLACE
from pdmodel.engine.runs.event_queue import EventQueue
from pdmodel.engine.runs.outcome import Failure
from pdmodel.engine.runs.slopes_through_events import EventFailure
from pdmodel.engine.schedule.edges import Change, Edge, Occurrence
from pdmodel.engine.scipy_runs.integrators import IntegrationFailure, Interpolant
from pdmodel.engine.scipy_runs.switched_functions import switched_kernels
from pdmodel.engine.scipy_runs.walk import EdgeWalk
from pdmodel.engine.symbolic.event_conditions import refuse_events

_PARTS, _HALVINGS = 8, 60


class EventWalk(EdgeWalk):
    """Where one run of a model with events stands."""

    def to_the_end(self) -> Failure | None:
        """EdgeWalk from edge to edge and from event to event."""
        model = self.plan.kernels.model
        if switched_kernels(model).modes:
            refuse_events(model, "the engine 'scipy', where conditions switch rates,")
        machine = machine_of(model)
        self.names = [*machine.parameters, *machine.constants]
        self.code: EventCode = event_code_of(machine)
        self.queue = EventQueue(model, self.code, self._assign)
        self.time, self.late = 0.0, False
        self.ahead = list(self.plan.edges(self.known))
        try:
            self._walk()
        except (IntegrationFailure, EventFailure) as failure:
            return Failure(self.time, self.state, str(failure))
        return None

    def _walk(self) -> None:
        horizon = self.plan.schedule.horizon
        self.sizes.note(self.state)
        self._emit(0.0, after=False)
        self.queue.begin(self._facts())
        self._reach()
        while self.time < horizon:
            edge = self.ahead[0].time if self.ahead else math.inf
            until = min(edge, self.queue.next_time(self.time), horizon)
            if until > self.time:
                self._integrate(until)
            self._reach()

    def _reach(self) -> None:
        """Do what happens where the run stands: doses, then events; then rows after them."""
        jumped = False
        while self.ahead and self.ahead[0].time <= self.time:
            steps = self.ahead.pop(0).steps
            jumped = jumped or bool(steps)
            for step in steps:
                self._apply(step)
        executed, late = self.queue.arrive(self.time, self._facts(), jumped=jumped)
        if executed:
            self._write_rows(late=jumped)
        if late:
            self.late = True
            if self.queue.follow(self.time, late):
                self._write_rows(late=True)
            self.late = False
        self.sizes.note(self.state)
        self._emit(self.time, after=True)

    # Integration -----------------------------------------------------------------------------

    def _integrate(self, until: float) -> None:
        """Go on to a time, or to where a comparison changes."""
        left = self.plan.schedule.horizon - self.time
        self.integrator.atol = self.sizes.allowed(
            self.bound, self.time, self.state, self.rates, left
        )
        rates = self.rates if self.rates.any() else None
        begin, start = self.time, self.state
        steps = self.integrator.steps(self.bound, start, rates, begin, until)
        with closing(steps):
            for first, last, dense in steps:
                change = self._first_change(first, last, dense)
                self._step_to(last if change is None else change, dense)
                if change is not None:
                    break
        self.given += self.rates * (self.time - begin)

    def _step_to(self, time: float, dense: Interpolant) -> None:
        """Write the rows up to a time, and stand there."""
        times = self.plan.times
        while self.output < times.size and times[self.output] < time:
            self.values[self.output] = dense(times[self.output])
            self.output += 1
        self.time, self.state = time, np.array(dense(time), dtype=float)
        self.sizes.note(self.state)
        self._emit(time, after=False)

    def _first_change(self, first: float, last: float, dense: Interpolant) -> float | None:
        """Return when a watched comparison changes first within a step, or None."""
        if not self.code.watched.size:
            return None
        before = first
        for part in range(1, _PARTS + 1):
            after = last if part == _PARTS else first + (last - first) * part / _PARTS
            if self._fires(after, dense):
                for _ in range(_HALVINGS):
                    middle = 0.5 * (before + after)
                    if not before < middle < after:
                        break
                    before, after = (
                        (before, middle) if self._fires(middle, dense) else (middle, after)
                    )
                return after
            before = after
        return None

    def _fires(self, time: float, dense: Interpolant) -> bool:
        thresholds, signs = self.queue.thresholds()
        heights = self._facts(time, dense(time))[: self.code.n_comparisons]
        watched = self.code.watched
        return bool((signs * (heights - thresholds) > 0)[watched].any())

    # Events ----------------------------------------------------------------------------------

    def _facts(self, time: float | None = None, state: Array | None = None) -> Array:
        time, state = self.time if time is None else time, self.state if state is None else state
        values = [self.known[name] for name in self.names]
        return self.code.facts.evaluate(np.array([time, *state, *values]))

    def _assign(self, number: int, values: Array) -> Array:
        """Put the values of an event in place; return the facts that follow."""
        event = self.plan.kernels.model.events[number]
        changes = []
        self.state = self.state.copy()
        targets = self.code.assignments[number].targets
        for symbol, (kind, target), value in zip(
            event.assign, targets, values.tolist(), strict=True
        ):
            if not math.isfinite(value):
                raise EventFailure(f"event {event.name!r} gives {symbol} the value {value:g}")
            changes.append(Change(kind, target, value))
            self._apply(changes[-1])
        self.occurrences.append(Occurrence(self.time, event.name, tuple(changes), self.late))
        if any(kind != REPLACE for kind, _ in targets) and self.plan.marker is not None:
            self._mark_anew()
        return self._facts()

    def _mark_anew(self) -> None:
        """Let marks follow the parameters that have changed."""
        schedule, marker = self.plan.schedule, self.plan.marker
        edges: tuple[Edge, ...] = tuple(e for e in schedule.edges if e.time > self.time)
        if marker is not None:
            rest = replace(schedule, edges=edges)
            self.ahead = list(marker.schedule(rest, self.known, self.time).edges)

    def _write_rows(self, *, late: bool) -> None:
        """Write the rows of this moment anew; what came late only into those after the moment."""
        rows = self.plan.times == self.time
        if late:
            rows &= self.plan.after == 1
        self.values[rows] = self.state
