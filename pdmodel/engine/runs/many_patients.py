"""Many patients through the compiled integrator: several side by side in a thread, any threads.

Each lane integrates on its own, so a patient's numbers do not depend on the neighbours, on the
chunk, or on the number of threads.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from pdmodel.arguments import whole_number
from pdmodel.arrays import Array, Integers
from pdmodel.engine.codegen.program import register_width
from pdmodel.engine.compiled_model.machine import Machine
from pdmodel.engine.lanes.lanes import advance
from pdmodel.engine.rosenbrock.memory import DONE, NO_RESTART, Rules, Tasks, Timeline, make_tasks
from pdmodel.engine.runs.outcome import Deadline, Tolerances
from pdmodel.engine.schedule.edges import RunSchedule
from pdmodel.engine.schedule.timeline import (
    Kinds,
    join_timelines,
    make_timeline,
    n_kinds,
    with_edges,
)
from pdmodel.engine.time_marks.marks import marker_of
from pdmodel.errors import PdmodelError

LANES = register_width()
"""Patients side by side in a thread: those whose numbers fill a register. Twice as many, in two
registers, took a tenth longer each on a busy machine and as long on a quiet one: what a step works
on is then too large for the first cache."""
# Patients a piece of work: long enough to fill the lanes, short enough to share out evenly.
CHUNK = 128
_STEPS_A_LOOK = 20_000

SteadyFinder = Callable[[RunSchedule, Array], Array]
"""Returns the steady states of a schedule at parameters (n_parameters,): (n_steady, n_states)."""


@dataclass(frozen=True)
class Chunk:
    """Results of some patients in a row.

    Parameters
    ----------
    first
        Number of the first patient.
    values
        Shape (n_patients, n_times, n_quantities); NaN for a patient that failed.
    reasons
        Why a patient failed, empty for the others.
    reports
        Records `memory.REPORT`.
    ends
        States at the end, shape (n_patients, n_states); NaN for a patient that failed.
    """

    first: int
    values: Array
    reasons: list[str]
    reports: Any
    ends: Array


class LaidOut(NamedTuple):
    """A schedule, its timeline, and what arrives in each state by it: shape (n_states,)."""

    schedule: RunSchedule
    timeline: Timeline
    expected: Array


class CohortRun:
    """A model under one schedule or several, ready to run for any number of patients.

    Parameters
    ----------
    machine
        The machine code of the model.
    schedules
        The distinct schedules; none where `follow` gives them.
    times, after
        Outputs, shapes (n_outputs,).
    quantities
        What to write at each output.
    """

    def __init__(
        self,
        machine: Machine,
        schedules: Sequence[RunSchedule],
        times: Array,
        after: Integers,
        quantities: Sequence[str],
        tolerances: Tolerances,
        find_steady: SteadyFinder,
    ) -> None:
        self.machine, self.tolerances, self.find_steady = machine, tolerances, find_steady
        self.marker = marker_of(machine.model)
        self.code = machine.run_code(quantities, LANES)  # holds what the addresses lead to
        self.kernels = self.code.kernels
        self.sizes = machine.sizes(LANES, len(quantities))
        self.kinds: Kinds | None = None
        if schedules:
            self.follow([self.laid_out(schedule, times, after) for schedule in schedules])

    def laid_out(self, schedule: RunSchedule, times: Array, after: Integers) -> LaidOut:
        """Return a schedule with what the compiled loop reads of it."""
        size = len(self.machine.states)
        timeline = make_timeline(schedule, times, after, np.zeros((1, size)), self.kinds)
        return LaidOut(schedule, timeline, schedule.delivered(size))

    def follow(self, courses: Sequence[LaidOut]) -> None:
        """Take the schedules that patients are under; all have the same outputs."""
        self.schedules = [course.schedule for course in courses]
        self.timeline, self.edges = join_timelines([course.timeline for course in courses])
        self.expected = np.array([course.expected for course in courses])

    def chunks(
        self, parameters: Array, which: Integers, threads: int, done: Callable[[int], None]
    ) -> Generator[Chunk, None, None]:
        """Run all patients; yield their results in order.

        Parameters
        ----------
        parameters
            Shape (n_patients, n_parameters).
        which
            Schedule of each patient, shape (n_patients,).
        threads
            How many.
        done
            Called with the number of patients that have ended, now and then.
        """
        deadline = Deadline(self.tolerances.max_seconds)
        size = _piece(parameters.shape[0], threads)
        firsts = range(0, parameters.shape[0], size)
        stop = threading.Event()

        def work(first: int) -> Chunk:
            part = slice(first, first + size)
            return self._chunk(first, parameters[part], which[part], deadline, stop)

        with ThreadPoolExecutor(threads) as pool:
            # A few pieces ahead of the reader, so that results do not pile up in memory.
            waiting = [pool.submit(work, first) for first in firsts[: 4 * threads]]
            following = iter(firsts[4 * threads :])
            try:
                while waiting:
                    chunk = waiting.pop(0).result()
                    for first in following:
                        waiting.append(pool.submit(work, first))
                        break
                    done(chunk.first + len(chunk.reasons))
                    yield chunk
            finally:
                stop.set()
                for future in waiting:
                    future.cancel()

    def whole(self, parameters: Array, which: Integers) -> Chunk:
        """Run all patients in this thread, as `chunks` does; in one piece."""
        deadline = Deadline(self.tolerances.max_seconds)
        return self._chunk(0, parameters, which, deadline, threading.Event())

    def _chunk(
        self,
        first: int,
        parameters: Array,
        which: Integers,
        deadline: Deadline,
        stop: threading.Event,
    ) -> Chunk:
        parameters = self._at_start(parameters, which)
        reasons = self._faults(first, parameters)
        timeline, steady_of, refused = self._steady(first, parameters, which, reasons)
        for number, reason in refused.items():
            reasons[number] = reason
        timeline, edges = self._marked(timeline, parameters, which, reasons)
        sound = np.flatnonzero([not reason for reason in reasons])
        restart = self._restart(first + sound)
        tasks = make_tasks(parameters[sound], timeline, self.sizes, restart)
        tasks.reports["first_edge"], tasks.reports["end_edge"] = edges[sound].T
        tasks.reports["steady"] = steady_of[sound]
        late = self._advance(timeline, tasks, deadline, stop)
        self._keep_restart(first + sound, tasks.restart)
        failed = self._failed(tasks, which[sound], late)
        for row, reason in failed.items():
            reasons[sound[row]] = reason
        rows = list(failed)
        written = tasks.values.reshape(sound.size, timeline.outputs.size, self.sizes.quantities)
        written[rows], tasks.ends[rows, 0] = np.nan, np.nan
        if sound.size == len(reasons):
            return Chunk(first, written, reasons, tasks.reports, tasks.ends[:, 0])
        values = np.full((parameters.shape[0], *written.shape[1:]), np.nan)
        ends = np.full((parameters.shape[0], tasks.ends.shape[2]), np.nan)
        reports = np.zeros(parameters.shape[0], dtype=tasks.reports.dtype)
        values[sound], ends[sound], reports[sound] = written, tasks.ends[:, 0], tasks.reports
        return Chunk(first, values, reasons, reports, ends)

    def _marked(
        self, timeline: Timeline, parameters: Array, which: Integers, reasons: list[str]
    ) -> tuple[Timeline, Integers]:
        """Return the timeline with the marks of all patients, and the edges of each."""
        if self.marker is None:
            return timeline, self.edges[which]
        places = [self.machine.parameters.index(name) for name in self.marker.names]
        numbers: dict[object, int] = {}
        timelines: list[Timeline] = []
        mine = np.zeros(parameters.shape[0], dtype=np.int64)
        for number, schedule in enumerate(which):
            values = parameters[number]
            key = int(schedule), values[places].tobytes()
            if reasons[number]:
                continue
            if key not in numbers:
                named = dict(zip(self.machine.parameters, values.tolist(), strict=True))
                try:
                    marked = self.marker.schedule(self.schedules[schedule], named)
                except PdmodelError as error:
                    reasons[number] = str(error)
                    continue
                numbers[key] = len(timelines)
                timelines.append(with_edges(timeline, marked))
            mine[number] = numbers[key]
        if not timelines:
            return timeline, self.edges[which]
        joined, edges = join_timelines(timelines)
        return joined, edges[mine]

    def _at_start(self, parameters: Array, which: Integers) -> Array:
        """Return the parameters as the schedules have them from day 0 on."""
        if not any(schedule.first_values for schedule in self.schedules):
            return parameters
        result = parameters.copy()
        for number, schedule in enumerate(self.schedules):
            mine = which == number
            result[mine] = schedule.values_at_start(parameters[mine])
        return result

    def _advance(
        self, timeline: Timeline, tasks: Tasks, deadline: Deadline, stop: threading.Event
    ) -> bool:
        """Integrate; return whether the time was not enough."""
        allowed = self.tolerances
        rules = Rules(allowed.rtol, allowed.max_steps, refined=allowed.refined)
        lanes = self.machine.lanes(self.sizes, allowed.atol, allowed.share, self._n_kinds(timeline))
        step = advance.on(self.kernels, self.sizes, timeline, tasks, rules, lanes, None)
        deadline.begin()  # it is compiled by now, which is no part of the run
        while not step(_STEPS_A_LOOK):
            if stop.is_set() or deadline.passed:
                return True
        return False

    def _n_kinds(self, timeline: Timeline) -> int:
        return n_kinds(timeline) if self.kinds is None else 1 + len(self.kinds)

    def _restart(self, patients: Integers) -> Array:
        """Return what is known of the first steps of some patients (`Tasks`): here nothing."""
        return NO_RESTART

    def _keep_restart(self, patients: Integers, restart: Array) -> None:
        """Take what is known of them after the run."""

    def _failed(self, tasks: Tasks, which: Integers, late: bool) -> dict[int, str]:
        """Return why tasks failed, by their number; they have the schedules of `which`."""
        ended = tasks.reports["status"] == DONE
        given, expected = tasks.ends[:, 1], self.expected[which]
        whole = (np.abs(given - expected) <= 1e-9 * np.abs(expected)).all(axis=1)
        reasons: dict[int, str] = {}
        for row in np.flatnonzero(~(ended & whole)):
            report = tasks.reports[row]
            if ended[row]:
                reasons[int(row)] = "delivered and prescribed amounts differ"
            elif late and report["status"] >= 0:
                budget = self.tolerances.max_seconds
                reasons[int(row)] = f"the budget of {budget:g} s is used up"
            else:
                reasons[int(row)] = f"day {report['time']:g}: {self.machine.cause(report)}"
        return reasons

    def _faults(self, first: int, parameters: Array) -> list[str]:
        """Return for each patient, from a first one on, why the parameters contradict each other.

        Those of who can be run have nothing there.
        """
        machine = self.machine
        prepared = machine.prepared(parameters)[:, : len(machine.constants)]
        names = list(machine.constants)
        limits = [machine.model.vocabulary[name].minimum for name in names]
        least = np.array([np.nan if limit is None else limit for limit in limits])
        bad = np.where(np.isnan(least), ~np.isfinite(prepared), ~(prepared >= least))
        reasons = [""] * parameters.shape[0]
        for number, column in np.argwhere(bad):  # the last of several constants is told
            limit, value = limits[column], prepared[number, column]
            rule = "finite" if limit is None else f">= {limit:g}"
            fault = f"the parameters give {names[column]} = {value:.4g}"
            reasons[number] = f"{fault}, must be {rule}"
        return reasons

    def _steady(
        self, first: int, parameters: Array, which: Integers, reasons: list[str]
    ) -> tuple[Timeline, Integers, dict[int, str]]:
        """Find the steady states of each patient; return the timeline with them, and which."""
        places = np.zeros(parameters.shape[0], dtype=np.int64)
        if not any(schedule.steady for schedule in self.schedules):
            return self.timeline, places, {}
        rows: list[Array] = []
        refused: dict[int, str] = {}
        for number, schedule in enumerate(self.schedules[i] for i in which):
            places[number] = len(rows)
            if schedule.steady and not reasons[number]:
                try:
                    rows.extend(self.find_steady(schedule, parameters[number]))
                except PdmodelError as error:
                    refused[number] = str(error)
        steady = np.array(rows) if rows else self.timeline.steady
        return self.timeline._replace(steady=steady), places, refused


def _piece(patients: int, threads: int) -> int:
    """Return how many patients a piece of work has; fewer where threads would have nothing."""
    return min(CHUNK, -(-patients // (threads * LANES)) * LANES)


def check_threads(threads: int | None) -> int:
    """Return how many threads to use: all processors by default."""
    if threads is None:
        return max(1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1)
    return whole_number(threads, "threads", least=1)
