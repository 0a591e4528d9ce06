"""Many subjects through the compiled integrator, each under a schedule and at times of its own.

A call prepares nothing that a call before it has prepared: schedules and rows stand in arrays of
all subjects, and what a thread works in is kept. The numbers of a subject depend on nobody else,
and not on the number of threads.
"""

from __future__ import annotations

import math
import threading
import time as clock
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from pdmodel.arrays import Array, Flags, Integers
from pdmodel.engine.compiled_model.machine import Machine
from pdmodel.engine.compiled_model.sensitivity_code import SensitivityCode
from pdmodel.engine.lanes.edge_slopes import EdgeSlopes, own_rates, slopes_at_edges
from pdmodel.engine.lanes.lane_sensitivities import Sensitivities
from pdmodel.engine.lanes.lane_subjects import (
    NO_SLOPES,
    REFUSED,
    Room,
    Subjects,
    advance_subjects,
    blank_book,
    make_room,
)
from pdmodel.engine.rosenbrock.memory import (
    DONE,
    REPORT,
    WATCH,
    Kernels,
    Rules,
    Tasks,
    make_restart,
)
from pdmodel.engine.runs.one_patient import NO_SLOPE, late_failure, outcome_of
from pdmodel.engine.runs.outcome import Failure, Tolerances, account, failure_of
from pdmodel.engine.runs.steady_doses import SteadyDoses
from pdmodel.engine.runs.subject_timelines import Failures, Happening, SubjectTimelines
from pdmodel.engine.schedule.edges import RunSchedule
from pdmodel.engine.symbolic.values import check_constants
from pdmodel.errors import PdmodelError

_STEPS_A_LOOK = 50_000
# Seconds of a processor that pay for a second thread, and pieces of work a thread.
_WORTH_A_THREAD, _PIECES = 3e-3, 4
# What an edge or a row takes, before anything was measured.
_SECONDS_A_ROW = 2e-5


class _Place(NamedTuple):
    """Where a thread works: what its room has, and how many kinds of edges it is made for."""

    room: Room
    sens: Sensitivities | None
    kinds: int


class _Work(NamedTuple):
    """One call: what all its threads share."""

    code: SensitivityCode | None
    kernels: Kernels
    happening: Happening
    subjects: Subjects
    tasks: Tasks
    slopes: Array
    edges: EdgeSlopes | None
    asked: Flags
    failures: Failures
    seconds: list[float]
    stop: threading.Event


class ManySubjects:
    """A model with a schedule and rows a subject, ready to run for any parameters.

    Parameters
    ----------
    machine
        The machine code of the model.
    timelines
        What happens to each subject when, and its rows; at least one subject.
    quantities
        What to write at each row.
    """

    def __init__(
        self,
        machine: Machine,
        timelines: SubjectTimelines,
        quantities: tuple[str, ...],
        tolerances: Tolerances,
    ) -> None:
        self.machine, self.timelines, self.tolerances = machine, timelines, tolerances
        self.steady_doses = SteadyDoses(machine, tolerances)
        self.sizes = machine.sizes(1, len(quantities))
        self.run_code = machine.run_code(quantities)  # holds what the addresses lead to
        still = timelines.still
        self.first_values = _first_values(still.schedules)
        self.has_steady = any(schedule.steady for schedule in still.schedules)
        self.subjects = self._subjects(still)
        self.costs = np.diff(self.subjects.ends) + np.diff(still.edges)[:, 0]
        self._places: dict[SensitivityCode | None, list[_Place]] = {}
        self._seconds: dict[SensitivityCode | None, float] = {}

    def _subjects(self, still: Happening) -> Subjects:
        """Return what happens to all subjects, in the same arrays."""
        machine, allowed = self.machine, self.tolerances
        minima = [machine.model.vocabulary[name].minimum for name in machine.constants]
        timelines = [subject.timeline for subject in self.timelines.own]
        outputs = [timeline.outputs for timeline in timelines]
        return Subjects(
            still.joined.edges, still.joined.actions, still.joined.steady,
            np.zeros(0, dtype=WATCH),
            np.concatenate(outputs),
            np.cumsum([0, *(output.size for output in outputs)], dtype=np.int64),
            np.array([timeline.horizon for timeline in timelines]),
            (machine.prepare.address, 0),
            np.array([-math.inf if least is None else least for least in minima], dtype=float),
            blank_book(), allowed.atol, allowed.share,
        )  # fmt: skip

    def run(
        self,
        parameters: Array,
        code: SensitivityCode | None,
        threads: int,
        only: Flags | None = None,
    ) -> tuple[Array, Array, Failures]:
        """Run every subject once.

        Parameters
        ----------
        parameters
            Shape (n_subjects, n_parameters), in the order of the machine.
        code
            What to differentiate by, if anything; observes the quantities of this object.
        threads
            How many may work.
        only
            Which subjects to run, shape (n_subjects,); all by default.

        Returns
        -------
        ndarray, ndarray, dict
            Values (n_rows, n_quantities) and slopes (n_rows, n_quantities, n_columns) of all
            subjects, one below the other, NaN for who failed; and the failures by subject.
        """
        given = np.array(parameters, dtype=float)
        places, values = self.first_values
        given[places] = values
        asked = np.ones(given.shape[0], dtype=bool) if only is None else only
        work = self._prepared(given, code, asked)
        shared = self._share_out(work, threads)
        if len(shared) == 1:
            self._advance(work, shared[0])
        else:
            self._advance_in_threads(work, shared, threads)
        self._seconds[code] = sum(work.seconds) / max(int(asked.sum()), 1)
        self._judge(work)
        return work.tasks.values, work.slopes, work.failures

    def _prepared(self, given: Array, code: SensitivityCode | None, asked: Flags) -> _Work:
        """Return what the threads of a call share: tasks that have not begun."""
        count, rows, sizes = given.shape[0], int(self.subjects.ends[-1]), self.sizes
        kernels, failures = self.run_code.kernels, Failures()
        if code is not None:
            kernels = kernels._replace(prepare=(code.prepare.address, 0))
        happening = self.timelines.at(given, asked, failures)
        joined, reports = happening.joined, np.zeros(count, dtype=REPORT)
        reports["first_edge"], reports["end_edge"] = happening.edges.T
        subjects = self.subjects._replace(edges=joined.edges, actions=joined.actions)
        slopes_there = None
        if self.has_steady:
            steady = self._steady(happening.schedules, given, asked, code, failures)
            reports["steady"], states, slopes_there = steady
            subjects = subjects._replace(steady=states)
        edges = None
        if code is not None and (self.has_steady or self.timelines.moving):
            edges = slopes_at_edges(happening.schedules, code, slopes_there)
        tasks = Tasks(
            given, np.full((rows, sizes.quantities), np.nan), np.zeros((count, 4, sizes.states)),
            reports,
        )  # fmt: skip
        slopes = np.full((rows, sizes.quantities, 0 if code is None else code.width), np.nan)
        stop = threading.Event()
        return _Work(
            code, kernels, happening, subjects, tasks, slopes, edges, asked, failures, [], stop
        )

    def _steady(
        self, schedules: Sequence[RunSchedule], given: Array, asked: Flags,
        code: SensitivityCode | None, failures: Failures,
    ) -> tuple[Integers, Array, Array | None]:  # fmt: skip
        """Return the states that steady-state doses lead to, with their slopes.

        Returns
        -------
        ndarray, ndarray, ndarray
            The first row of each subject; states (n_steady, n_states) and slopes (n_steady,
            n_states, n_columns).
        """
        states, slopes, firsts = (
            [self.subjects.steady],
            [],
            np.zeros(len(schedules), dtype=np.int64),
        )
        for number, schedule in enumerate(schedules):
            firsts[number] = sum(map(len, states))
            if not schedule.steady or not asked[number] or number in failures:
                continue
            try:
                if code is None:
                    states.append(self.steady_doses.states(schedule, given[number]))
                else:
                    both = self.steady_doses.slopes(schedule, given[number], code)
                    states.append(both[0])
                    slopes.append(both[1])
            except PdmodelError as error:
                failures[number] = error
        if code is None:
            return firsts, np.concatenate(states), None
        none = np.zeros((len(self.subjects.steady), code.n, code.width))
        return firsts, np.concatenate(states), np.concatenate([none, *slopes])

    # Threads ----------------------------------------------------------------------------------

    def _share_out(self, work: _Work, threads: int) -> list[Integers]:
        """Return pieces of work: one where a second thread would not pay."""
        members = np.flatnonzero(work.asked)
        if work.failures:
            members = members[~np.isin(members, list(work.failures))]
        each = self._seconds.get(work.code, _SECONDS_A_ROW * float(self.costs.mean()))
        if threads == 1 or members.size < 2 or each * members.size < _WORTH_A_THREAD:
            return [members]
        return np.array_split(members, min(members.size, _PIECES * threads))

    def _advance_in_threads(self, work: _Work, shared: list[Integers], threads: int) -> None:
        with ThreadPoolExecutor(min(threads, len(shared))) as pool:
            waiting = [pool.submit(self._advance, work, members) for members in shared]
            try:
                for future in waiting:
                    future.result()
            finally:
                work.stop.set()  # an interruption ends the threads, and not only this one
                for future in waiting:
                    future.cancel()

    def _advance(self, work: _Work, members: Integers) -> None:
        """Integrate some subjects, in one thread."""
        place = self._take_place(work)
        room, sens, _ = place
        begun = clock.thread_time()
        if sens is not None and work.edges is not None:
            sens = sens._replace(edges=own_rates(work.edges))
        rules = Rules(self.tolerances.rtol, self.tolerances.max_steps)
        room.progress[:] = 0
        late_at: dict[int, float] = {}
        while not advance_subjects(
            work.kernels, self.sizes, work.subjects, work.tasks, work.slopes, rules, room, sens,
            members, _STEPS_A_LOOK,
        ):  # fmt: skip
            if work.stop.is_set():
                return
            if room.progress[1]:
                number = int(members[room.progress[0]])
                now = clock.monotonic()
                if now > late_at.setdefault(number, now + self.tolerances.max_seconds):
                    failure = late_failure(self.sizes, room.lanes, self.tolerances)
                    self._note(work, number, failure)
                    room.progress[:] = room.progress[0] + 1, 0
        work.seconds.append(clock.thread_time() - begun)
        self._places.setdefault(work.code, []).append(place)

    def _take_place(self, work: _Work) -> _Place:
        """Return memory to work in: what nobody works in now, else new."""
        free = self._places.get(work.code)
        while free:
            try:
                place = free.pop()
            except IndexError:  # another thread was quicker
                break
            if place.kinds >= work.happening.kinds:
                return place
        lanes = self.machine.lanes(
            self.sizes, self.tolerances.atol, self.tolerances.share, work.happening.kinds
        )
        lanes = lanes._replace(restart=make_restart(self.sizes, work.happening.kinds))
        most, n_start = int(np.diff(self.subjects.ends).max()), self.machine.prepare.n_out
        room, sens = make_room(lanes, self.sizes, most, n_start, work.code)
        return _Place(room, sens, work.happening.kinds)

    # What became of them ----------------------------------------------------------------------

    def _judge(self, work: _Work) -> None:
        """Find who failed, and who was not given what was prescribed."""
        status, arrived = work.tasks.reports["status"], work.tasks.ends[:, 1]
        larger = np.maximum(np.abs(arrived), np.abs(work.happening.expected))
        apart = (np.abs(arrived - work.happening.expected) > 1e-9 * larger).any(axis=1)
        for number in np.flatnonzero(work.asked & ((status != DONE) | apart)).tolist():
            if number not in work.failures:
                self._note(work, number, None)
        for number in work.failures:
            rows = slice(*self.subjects.ends[number : number + 2])
            work.tasks.values[rows], work.slopes[rows] = np.nan, np.nan

    def _note(self, work: _Work, number: int, failure: Failure | None) -> None:
        """Note why a subject failed, as a run of its own would say it."""
        tasks, machine = work.tasks, self.machine
        row, report = tasks.parameters[number], tasks.reports[number]
        values_by_name = dict(zip(machine.parameters, row.tolist(), strict=True))
        try:
            if report["status"] == REFUSED:
                values = machine.prepared(row).tolist()
                check_constants(machine.model, dict(zip(machine.constants, values, strict=False)))
            if report["status"] == NO_SLOPES:
                failure = Failure(
                    work.happening.schedules[number].horizon, tasks.ends[number, 0], NO_SLOPE
                )
            outcome = outcome_of(machine, tasks.values, tasks.ends[number], report, failure)
            if outcome.failure is not None:
                raise failure_of(machine.model, outcome, values_by_name, self.tolerances)
            account(machine.model, work.happening.schedules[number], outcome, values_by_name)
        except PdmodelError as error:
            work.failures[number] = error


def _first_values(schedules: Sequence[RunSchedule]) -> tuple[tuple[Integers, Integers], Array]:
    """Return where the parameters of subjects have another value from day 0 on, and which."""
    changes = [
        (number, index, value)
        for number, schedule in enumerate(schedules)
        for index, value in schedule.first_values
    ]
    table = np.array(changes, dtype=float).reshape(-1, 3)
    numbers, places = table[:, :2].T.astype(np.int64)
    return (numbers, places), table[:, 2]


__all__ = ["Failures", "ManySubjects"]
