"""One patient with triggers: the compiled integrator stops at each, and goes on as it demands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pdmodel.arrays import Array
from pdmodel.dosing import Action, Timetable
from pdmodel.engine.compiled_model.machine import machine_of
from pdmodel.engine.lanes.lane_sizes import LIMITED, is_coarse
from pdmodel.engine.lanes.lanes import advance
from pdmodel.engine.rosenbrock.memory import (
    DONE,
    HIGHEST,
    LEAST_ATOL,
    LIMIT,
    LOWEST,
    NOW,
    REJECTED,
    RUNNING,
    TAKEN,
    TRIGGERED,
    Kernels,
    Lanes,
    Rules,
    Sizes,
    Tasks,
    Timeline,
    make_restart,
    make_tasks,
)
from pdmodel.engine.runs.outcome import Deadline, Failure, Outcome, Tolerances
from pdmodel.engine.runs.request import Request
from pdmodel.engine.schedule.build import actions_of, schedule_actions
from pdmodel.engine.schedule.edges import RunSchedule
from pdmodel.engine.schedule.timeline import make_timeline, n_kinds
from pdmodel.engine.schedule.triggers import Trigger, actions_after, watches
from pdmodel.engine.symbolic.time_parts import Watched
from pdmodel.engine.time_marks.marks import marker_of
from pdmodel.errors import InputError
from pdmodel.model import Model

_STEPS_A_LOOK = 50_000
# A trigger that fires more often than this in one run chatters.
_MOST_FIRINGS = 10_000


class TriggeredRun:
    """A model under a timetable that its own state may change.

    Parameters
    ----------
    model, timetable
        What is run, and what is given unless a trigger changes it.
    request, quantities
        Days to look at, and what to write at each.
    triggers
        Checked already.
    through
        Whether what happens on the last day happens.

    Attributes
    ----------
    schedule
        What happened; after `run` with all that triggers have changed.
    says
        Each firing in words, with its day.
    stopped
        Day at which a trigger ended the run, or None.
    """

    def __init__(
        self,
        model: Model,
        timetable: Timetable,
        request: Request,
        quantities: Sequence[str],
        tolerances: Tolerances,
        triggers: Sequence[Trigger],
        through: bool = False,
    ) -> None:
        self.model, self.request, self.tolerances = model, request, tolerances
        self.triggers, self.quantities = tuple(triggers), tuple(quantities)
        self.days = request.days
        self.actions: list[Action] = actions_of(timetable, self.days, through)
        self.schedule: RunSchedule = schedule_actions(model, self.actions, self.days)
        self.says: list[str] = []
        self.stopped: float | None = None

    def run(self, values: Array, steady: Array | None) -> Outcome:
        """Integrate from day 0 to the horizon, or to where a trigger stops.

        Parameters
        ----------
        values
            Parameters in the order of the model, shape (n_parameters,).
        steady
            States of the steady-state doses, shape (n_steady, n_states).
        """
        machine = machine_of(self.model)
        watched = tuple(trigger.quantity for trigger in self.triggers)
        code = machine.run_code(self.quantities, 1, watched)  # holds what the addresses lead to
        kernels = code.kernels
        sizes = self.sizes = machine.sizes(1, len(self.quantities), len(watched))
        none = np.zeros((1, sizes.states))
        self._steady = none if steady is None else steady
        self._known = dict(zip(machine.parameters, values.tolist(), strict=True))
        self._deadline = Deadline(self.tolerances.max_seconds)
        planned = self.actions, self.schedule
        timeline = self._timeline()._replace(watches=watches(self.triggers))
        tasks = make_tasks(values[np.newaxis, :], timeline, sizes)
        allowed = self.tolerances
        lanes = machine.lanes(sizes, allowed.atol, allowed.share, n_kinds(timeline))
        outcome = self._attempt(kernels, sizes, timeline, tasks, lanes)
        if outcome.failure is not None or not tasks.reports["coarse"][0]:
            return outcome
        # A size was overestimated: all over again, triggers too, with the sizes that were found.
        (self.actions, self.schedule), self.says, self.stopped = planned, [], None
        timeline = self._timeline()._replace(watches=watches(self.triggers))
        tasks = make_tasks(values[np.newaxis, :], timeline, sizes)
        again = machine.lanes(sizes, allowed.atol, allowed.share, n_kinds(timeline))
        limits = LIMITED * allowed.rtol * np.abs(outcome.extremes).max(axis=0)
        again.vectors[LIMIT, : sizes.states] = np.maximum(limits, LEAST_ATOL)
        again.book["again"] = 2
        again.clock[TAKEN], again.clock[REJECTED] = outcome.steps, outcome.rejected
        return self._attempt(kernels, sizes, timeline, tasks, again)

    def _attempt(
        self, kernels: Kernels, sizes: Sizes, timeline: Timeline, tasks: Tasks, lanes: Lanes
    ) -> Outcome:
        rules = Rules(self.tolerances.rtol, self.tolerances.max_steps)
        step = advance.on(kernels, sizes, timeline, tasks, rules, lanes, None)
        self._deadline.begin()  # it is compiled by now, which is no part of the run
        while self.stopped is None:
            if step(_STEPS_A_LOOK):
                if tasks.reports["status"][0] != TRIGGERED:
                    break
                timeline, lanes = self._answer(timeline, tasks, lanes)
                step = advance.on(kernels, sizes, timeline, tasks, rules, lanes, None)
            # After firings too: what they demand takes time, and a storm of them ends here.
            if self._deadline.passed:
                break
        return self._outcome(tasks, lanes)

    def _timeline(self) -> Timeline:
        times, after = self.request.times, self.request.after
        watched = [Watched(trigger.quantity, trigger.threshold) for trigger in self.triggers]
        marker = marker_of(self.model, watched)
        marked = self.schedule if marker is None else marker.schedule(self.schedule, self._known)
        return make_timeline(marked, times, after, self._steady)

    def _answer(self, timeline: Timeline, tasks: Tasks, lanes: Lanes) -> tuple[Timeline, Lanes]:
        """Do what the triggers that fired demand, and let the run go on."""
        time = float(lanes.book["time"][0])
        for number in np.flatnonzero(timeline.watches["fired"]):
            trigger = self.triggers[number]
            self.says.append(f"{trigger.says} at day {time:.6g}")
            if trigger.then == "stop":
                self.stopped = time
            self.actions = actions_after(self.model, self.actions, trigger, time, self.days)
        timeline.watches["fired"] = 0
        if self.stopped is not None:
            self._stop(self.stopped, tasks, lanes)
            return timeline, lanes
        if len(self.says) > _MOST_FIRINGS:
            raise InputError(f"the triggers have fired {len(self.says)} times: {self.says[-1]}")
        self.schedule = schedule_actions(self.model, self.actions, self.days)
        changed = self._timeline()._replace(watches=timeline.watches)
        edge = int(np.searchsorted(changed.edges["time"], time, side="right"))
        following = changed.edges["time"][edge:]
        lanes.book["edge"], lanes.book["kind"] = edge, 0
        lanes.book["end"] = min([*following[:1].tolist(), changed.horizon])
        tasks.reports["status"], tasks.reports["end_edge"] = RUNNING, changed.edges.size
        restart = make_restart(self.sizes, n_kinds(changed))
        return changed, lanes._replace(restart=restart)

    def _stop(self, time: float, tasks: Tasks, lanes: Lanes) -> None:
        """Write how a run ended that a trigger ends; what was planned afterwards never happens."""
        self.actions = [action for action in self.actions if action.time <= time]
        self.schedule = replace(schedule_actions(self.model, self.actions, self.days), horizon=time)
        report, n = tasks.reports, self.sizes.states
        report["accepted"], report["rejected"] = lanes.clock[TAKEN, 0], lanes.clock[REJECTED, 0]
        report["switches"], report["coarse"] = (
            lanes.book["switches"],
            is_coarse(self.sizes, lanes, 0),
        )
        tasks.ends[0, 0] = lanes.vectors[NOW, :n]
        tasks.ends[0, 2:] = lanes.vectors[[LOWEST, HIGHEST], :n]
        report["lowest"] = tasks.ends[0, 2].min()
        report["lowest_state"] = tasks.ends[0, 2].argmin()

    def _outcome(self, tasks: Tasks, lanes: Lanes) -> Outcome:
        report, (end, given, *_) = tasks.reports[0], tasks.ends[0]
        status = int(report["status"])
        failure = None
        if status < 0:
            failure = Failure(float(report["time"]), end, machine_of(self.model).cause(report))
        elif status != DONE and self.stopped is None:
            cause = f"the budget of {self.tolerances.max_seconds:g} s is used up"
            now = lanes.vectors[NOW][: end.size].copy()
            failure = Failure(float(lanes.book["time"][0]), now, cause)
        return Outcome(
            tasks.values, int(report["accepted"]), int(report["rejected"]),
            float(report["lowest"]), int(report["lowest_state"]), given, end, tasks.ends[0, 2:],
            failure, int(report["switches"]),
        )  # fmt: skip
