"""One patient of a model with events: compiled between them, from one to the next.

The integrator stops where a comparison changes, where a straight line of time or a delay says that
something is due, and at the end. What is due is done here (`event_queue`), in the memory of the
lane; then it goes on.
"""

from __future__ import annotations

import math
import time as clock
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from pdmodel.arrays import Array, Integers
from pdmodel.engine.compiled_model.event_code import EventCode, event_code_of
from pdmodel.engine.compiled_model.event_slope_code import EventSlopeCode
from pdmodel.engine.compiled_model.machine import Machine
from pdmodel.engine.lanes.lane_sizes import LIMITED
from pdmodel.engine.lanes.lanes import advance
from pdmodel.engine.rosenbrock.memory import (
    ATOL,
    CAUSES,
    DONE,
    HIGHEST,
    LEAST_ATOL,
    LIMIT,
    LOWEST,
    NO_SLOPES,
    NOW,
    RATES,
    REJECTED,
    REPLACE,
    RUNNING,
    SET,
    SHARE,
    STEP,
    TAKEN,
    TIME,
    TRIGGERED,
    WATCH,
    Lanes,
    Rules,
    Tasks,
    Timeline,
    make_tasks,
)
from pdmodel.engine.runs.event_queue import EventQueue
from pdmodel.engine.runs.outcome import Failure, Outcome, Tolerances
from pdmodel.engine.runs.slopes_through_events import EventFailure, EventSlopes
from pdmodel.engine.schedule.edges import Change, Occurrence, RunSchedule
from pdmodel.engine.schedule.timeline import make_timeline, n_kinds, with_edges
from pdmodel.engine.time_marks.marks import marker_of

_STEPS_A_LOOK = 50_000
_EVER = 2**31
# Which argument of `advance` the timeline is.
_TIMELINE = 2


class EventRun:
    """A model with events under a schedule, ready to run for any parameters.

    Parameters
    ----------
    machine, schedule, times, after, quantities, tolerances
        As of `CompiledRun`.
    """

    def __init__(
        self,
        machine: Machine,
        schedule: RunSchedule,
        times: Array,
        after: Integers,
        quantities: Sequence[str],
        tolerances: Tolerances,
    ) -> None:
        self.machine, self.schedule, self.tolerances = machine, schedule, tolerances
        self.times, self.after = times, after
        self.events: EventCode = event_code_of(machine)
        self.code = machine.run_code(quantities)  # holds what the addresses lead to
        facts = self.events.facts
        self.kernels = self.code.kernels._replace(watch=(facts.address, 0))
        # A run with watches is not made again by itself: that would be without its events.
        self.sizes = machine.sizes(1, len(quantities), facts.n_out)
        self.rules = Rules(tolerances.rtol, tolerances.max_steps)
        self.marker = marker_of(machine.model)
        none = np.zeros((max(len(schedule.steady), 1), len(machine.states)))
        self.timeline = make_timeline(schedule, times, after, none)
        self.jumps = {edge.time for edge in schedule.edges if edge.steps}
        # What the regimen sets may decide conditions that nothing else moves.
        self.settings = np.array(
            [e.time for e in schedule.edges if any(step.kind == SET for step in e.steps)]
        )

    def next_setting(self, time: float) -> float:
        """Return when the regimen sets a parameter next, after a time; or infinity."""
        later = self.settings[self.settings > time]
        return float(later[0]) if later.size else math.inf

    def run(self, values: Array, steady: Array | None = None) -> Outcome:
        """Integrate from day 0 to the horizon; as `CompiledRun.run`.

        Where the size of a state was overestimated, once more with the sizes that were found.
        """
        timeline = self.timeline if steady is None else self.timeline._replace(steady=steady)
        return self._run(values, timeline, None)[0]

    def run_sensitivities(self, values: Array, code: EventSlopeCode) -> tuple[Outcome, Array]:
        """Integrate with exact forward sensitivities, through the events.

        Parameters
        ----------
        values
            As in `run`.
        code
            What to differentiate by; observes the quantities of this run.

        Returns
        -------
        Outcome, ndarray
            The outcome, and d quantity / d name, shape (n_outputs, n_quantities, n_names).
        """
        outcome, slopes = self._run(values, self.timeline, code)
        if slopes is None:
            raise TypeError("a run with slopes gave none")
        if outcome.failure is None and not np.isfinite(slopes.states).all():
            failure = Failure(self.schedule.horizon, outcome.end, CAUSES[NO_SLOPES])
            outcome = outcome._replace(failure=failure)
        return outcome, slopes.result

    def _run(
        self, values: Array, timeline: Timeline, code: EventSlopeCode | None
    ) -> tuple[Outcome, EventSlopes | None]:
        deadline = math.inf
        outcome: Outcome | None = None
        while True:
            slopes = None if code is None else EventSlopes(code, self.times.size)
            passage = _Passage(self, values, timeline, outcome, slopes)
            passage.compile()
            deadline = min(deadline, clock.monotonic() + self.tolerances.max_seconds)
            again, outcome = outcome is not None, passage.to_the_end(deadline)
            if again or outcome.failure is not None or not passage.tasks.reports["coarse"][0]:
                return outcome, slopes


class _Stop(NamedTuple):
    """Where integration has stopped, and whether states have just jumped there."""

    time: float
    jumped: bool


class _Passage:
    """Where one run stands, from its beginning to its end.

    Parameters
    ----------
    run, values, timeline
        What is run, at which parameters, shape (n_parameters,), with which edges and outputs.
    earlier
        The outcome of the first run, if this one is the second: it knows the sizes of states.
    slopes
        What follows slopes, if they are asked for.
    """

    def __init__(
        self, run: EventRun, values: Array, timeline: Timeline, earlier: Outcome | None,
        slopes: EventSlopes | None,
    ) -> None:  # fmt: skip
        self.run, self.machine, self.sizes = run, run.machine, run.sizes
        self.base, self.slopes = timeline, slopes
        self.kernels = run.kernels
        self.n_kinds = n_kinds(timeline) + len(run.schedule.edges)
        self.timeline = self._marked(0.0, values)
        tasks = make_tasks(values[np.newaxis, :], self.timeline, run.sizes)
        self.tasks: Tasks = tasks
        self.lanes = self._make_lanes(earlier)
        self.limits = self.lanes.vectors[LIMIT].copy()
        self.again = int(self.lanes.book["again"][0])
        if slopes is not None:
            prepare = slopes.code.code.prepare
            self.kernels = run.kernels._replace(prepare=(prepare.address, 0))
            self.lanes = self.lanes._replace(prepared=np.zeros(prepare.n_out))
        self.queue = EventQueue(self.machine.model, run.events, self._assign, slopes)
        self.occurrences: list[Occurrence] = []
        self.time, self.late = 0.0, False

    def _make_lanes(self, earlier: Outcome | None) -> Lanes:
        allowed, n = self.run.tolerances, self.sizes.states
        kinds = self.n_kinds + 1 + len(self.machine.model.events)
        lanes = self.machine.lanes(self.sizes, allowed.atol, allowed.share, kinds)
        if earlier is not None:
            limits = LIMITED * allowed.rtol * np.abs(earlier.extremes).max(axis=0)
            lanes.vectors[LIMIT, :n] = np.maximum(limits, LEAST_ATOL)
            lanes.book["again"] = 2
            lanes.clock[TAKEN], lanes.clock[REJECTED] = earlier.steps, earlier.rejected
        return lanes

    def compile(self) -> None:
        """Have the integrator compiled, which is no part of the run, and ready to go on."""
        sens = None if self.slopes is None else self.slopes.sens
        self._step = advance.on(
            self.kernels, self.sizes, self.timeline, self.tasks, self.run.rules, self.lanes, sens
        )

    def to_the_end(self, deadline: float) -> Outcome:
        """Go from event to event."""
        horizon = self.run.schedule.horizon
        try:
            alive = self._begin(deadline)
            while alive and self.time < horizon:
                due = self.queue.next_time(self.time), self.run.next_setting(self.time)
                until = min(*due, horizon)
                alive = until <= self.time or self._integrate(until, deadline)
                if alive and clock.monotonic() > deadline:
                    alive = False
                elif alive:
                    self._arrive()
            failure = None if alive else self._failure(deadline)
            if self.slopes is not None:
                self.slopes.end(self.run.times.size)
        except EventFailure as error:
            failure = Failure(self.time, self._states().copy(), str(error))
        return self._outcome(failure)

    # Integration -----------------------------------------------------------------------------

    def _begin(self, deadline: float) -> bool:
        """Do what happens at day 0: first doses, then events."""
        self.timeline = self._until(0.0)
        if not self._advance(deadline):
            return False
        now = self._states().copy()
        constants = self.sizes.constants
        self._states()[:] = self.lanes.prepared[constants : constants + now.size]
        self.queue.begin(self._facts())
        self._states()[:] = now
        self.lanes.book["kind"] = 0
        self._arrive()
        return True

    def _until(self, horizon: float) -> Timeline:
        """Return the timeline up to a stop, with what is watched on the way."""
        if not self.run.events.watched.size or horizon == 0.0:
            return self.timeline._replace(horizon=horizon)
        watches = np.zeros(self.run.events.n_comparisons, dtype=WATCH)
        watches["threshold"], watches["sign"] = self.queue.thresholds()
        watched = self.run.events.watched
        watches["left"][watched], watches["armed"][watched] = _EVER, 1
        return self.timeline._replace(horizon=horizon, watches=watches)

    def _integrate(self, until: float, deadline: float) -> bool:
        """Go on up to a time, or to where a comparison changes; return whether that was reached."""
        self.timeline = self._until(until)
        book, edges = self.lanes.book, self.timeline.edges
        edge = int(np.searchsorted(edges["time"], self.time, side="right"))
        following = edges["time"][edge:]
        book["task"], book["fresh"], book["settled"], book["again"] = 0, 1, 0, self.again
        book["edge"], book["time"] = edge, self.time
        book["end"] = min([*following[:1].tolist(), until])
        self.lanes.vectors[LIMIT] = self.limits
        report = self.tasks.reports
        report["status"], report["end_edge"] = RUNNING, edges.size
        return self._advance(deadline)

    def _advance(self, deadline: float) -> bool:
        run, lanes, status = self.run, self.lanes, RUNNING
        self._step.replace(_TIMELINE, self.timeline)
        while status not in (DONE, TRIGGERED):
            done = self._step(_STEPS_A_LOOK)
            status = int(self.tasks.reports["status"][0])
            if status < 0 or (not done and clock.monotonic() > deadline):
                return False
        self.time = float(lanes.book["time"][0])
        if self.slopes is not None and status == TRIGGERED:
            step = float(lanes.book["step"][0])
            self.slopes.stop_within((self.time - float(lanes.clock[TIME, 0])) / step)
        if self.time not in run.jumps:
            # Where nothing is executed here the next step may be as long as this one was.
            lanes.restart[self.n_kinds] = (
                lanes.book["step"] if status == TRIGGERED else lanes.clock[STEP]
            )
            lanes.book["kind"] = self.n_kinds
        return True

    def _marked(self, since: float, parameters: Array) -> Timeline:
        """Return the timeline with marks, from a day on, as the parameters are there."""
        marker = self.run.marker
        if marker is None:
            return self.base
        values = dict(zip(self.machine.parameters, parameters.tolist(), strict=True))
        schedule = self.run.schedule
        ahead = tuple(edge for edge in schedule.edges if edge.time > since or since == 0.0)
        marked = marker.schedule(replace(schedule, edges=ahead), values, since)
        timeline = with_edges(self.base, marked)
        timeline.edges["kind"] = np.minimum(timeline.edges["kind"], self.n_kinds - 1)
        return timeline

    # Events ----------------------------------------------------------------------------------

    def _arrive(self) -> None:
        """Do what is due where the run stands; rows of this very moment show what it has done."""
        jumped = self.time in self.run.jumps
        if self.slopes is not None:
            self.slopes.take_rows(int(self.lanes.book["output"][0]))
            self.slopes.arrive(self._seen(), self.lanes.vectors[RATES][: self.sizes.states])
        executed, late = self.queue.arrive(self.time, self._facts(), jumped=jumped)
        if executed:
            self._write_rows(late=jumped)
        if late:
            self.late = True
            if self.queue.follow(self.time, late):
                self._write_rows(late=True)
                executed = True
            self.late = False
        if executed and self.slopes is not None:
            self.slopes.leave()

    def _states(self) -> Array:
        states: Array = self.lanes.vectors[NOW][: self.sizes.states]
        return states

    def _seen(self) -> Array:
        """Return time, states, parameters and constants as they are now."""
        seen: Array = self.lanes.seen[0]
        seen[0] = self.time
        seen[1 : 1 + self.sizes.states] = self._states()
        return seen

    def _facts(self) -> Array:
        return self.run.events.facts.evaluate(self._seen())

    def _assign(self, number: int, values: Array) -> Array:
        """Put the values of an event in place; return the facts that follow."""
        event = self.machine.model.events[number]
        targets = self.run.events.assignments[number].targets
        n, seen = self.sizes.states, self.lanes.seen[0]
        changes: list[Change] = []
        for (kind, target), value in zip(targets, values.tolist(), strict=True):
            if not np.isfinite(value):
                name = list(event.assign)[len(changes)]
                raise EventFailure(f"event {event.name!r} gives {name} the value {value:g}")
            changes.append(Change(kind, target, value))
            if kind == REPLACE:
                self._states()[target] = value
            else:
                seen[1 + n + target] = value
        self.lanes.book["kind"] = self.n_kinds + 1 + number
        self.occurrences.append(Occurrence(self.time, event.name, tuple(changes), self.late))
        self._note_sizes()
        if any(kind == SET for kind, _ in targets):
            self._prepare()
        return self._facts()

    def _prepare(self) -> None:
        """Let constants and coefficients follow the parameters, and marks with them."""
        n, sizes = self.sizes.states, self.sizes
        values = self.lanes.seen[0, 1 + n : 1 + n + sizes.parameters].copy()
        prepare = self.machine.prepared if self.slopes is None else self.slopes.prepare
        prepared = prepare(values)
        self.lanes.prepared[:] = prepared
        first = 1 + n + sizes.parameters
        self.lanes.seen[0, first : first + sizes.constants] = prepared[: sizes.constants]
        coefficients = prepared[sizes.constants + n :][: sizes.coefficients]
        self.lanes.stage[1 + n : 1 + n + sizes.coefficients] = coefficients
        if self.run.marker is not None:
            self.timeline = self._marked(self.time, values)
            self.lanes.restart[: self.n_kinds] = 0.0

    def _note_sizes(self) -> None:
        """Let the tolerances of states follow what was put in place."""
        v, n = self.lanes.vectors, self.sizes.states
        now = self._states()
        v[LOWEST, :n] = np.minimum(v[LOWEST, :n], now)
        v[HIGHEST, :n] = np.maximum(v[HIGHEST, :n], now)
        v[ATOL, :n] = np.maximum(v[ATOL, :n], v[SHARE, :n] * np.abs(now))

    def _write_rows(self, *, late: bool) -> None:
        """Write the rows of this moment anew; what came late only into those after the moment."""
        rows = self.run.times == self.time
        if late:
            rows &= self.run.after == 1
        if rows.any():
            self.tasks.values[rows] = self.run.code.observe.evaluate(self._seen())
            if self.slopes is not None:
                self.slopes.write_rows(rows)

    # The end ---------------------------------------------------------------------------------

    def _failure(self, deadline: float) -> Failure:
        report = self.tasks.reports[0]
        if report["status"] < 0:
            cause = self.machine.cause(report)
            return Failure(float(report["time"]), self.tasks.ends[0, 0], cause)
        cause = f"the budget of {self.run.tolerances.max_seconds:g} s is used up"
        return Failure(float(self.lanes.book["time"][0]), self._states().copy(), cause)

    def _outcome(self, failure: Failure | None) -> Outcome:
        report, (_, given, *extremes) = self.tasks.reports[0], self.tasks.ends[0]
        n = self.sizes.states
        lowest = np.minimum(extremes[0], self.lanes.vectors[LOWEST, :n])
        highest = np.maximum(extremes[1], self.lanes.vectors[HIGHEST, :n])
        state = int(np.argmin(lowest))
        return Outcome(
            self.tasks.values, int(report["accepted"]), int(report["rejected"]),
            float(lowest[state]), state, given, self._states().copy(),
            np.stack([lowest, highest]), failure, int(report["switches"]),
            tuple(self.occurrences),
        )  # fmt: skip
