"""Many subjects through the compiled integrator, each under a schedule and at times of its own.

Several of them advance side by side in a thread, with slopes too. A call prepares nothing that one
before it has prepared: schedules and rows stand in arrays of all subjects, and what a thread works
in is kept. The numbers of a subject depend on nobody else, and not on the number of threads.
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
from pdmodel.engine.lanes.lanes import advance
from pdmodel.engine.lanes.slope_memory import Sensitivities, make_sensitivities
from pdmodel.engine.rosenbrock.memory import (
    ACTIVE,
    DONE,
    LIMIT,
    REFUSED,
    REPORT,
    Kernels,
    Lanes,
    Rules,
    Tasks,
    Timeline,
)
from pdmodel.engine.runs.many_patients import LANES
from pdmodel.engine.runs.one_patient import late_failure, outcome_of
from pdmodel.engine.runs.outcome import Failure, Tolerances, account, failure_of
from pdmodel.engine.runs.steady_doses import SteadyDoses
from pdmodel.engine.runs.subject_timelines import Failures, Happening, SubjectTimelines
from pdmodel.engine.schedule.edges import RunSchedule
from pdmodel.engine.symbolic.values import check_constants
from pdmodel.errors import PdmodelError

_STEPS_A_LOOK = 50_000
# Seconds of a processor that pay for a second thread, and pieces of work a thread.
_WORTH_A_THREAD, _PIECES = 3e-3, 4
# Subjects that are worth a thread: lanes that stay empty cost as much as those that work, but
# slopes are computed one lane after the other.
_FEW, _FEW_WITH_SLOPES = LANES, 2
# What an edge or a row takes, before anything was measured.
_SECONDS_A_ROW = 2e-5


class _Place(NamedTuple):
    """Where a thread works, and how many kinds of edges it is made for."""

    lanes: Lanes
    sens: Sensitivities | None
    kinds: int


class _Work(NamedTuple):
    """One call: what all its threads share."""

    code: SensitivityCode | None
    kernels: Kernels
    happening: Happening
    timeline: Timeline
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
        self.sizes = machine.sizes(LANES, len(quantities))
        self.run_code = machine.run_code(quantities, LANES)  # holds what the addresses lead to
        still, own = timelines.still, timelines.own
        self.first_values = _first_values(still.schedules)
        self.has_steady = any(schedule.steady for schedule in still.schedules)
        outputs = [subject.timeline.outputs for subject in own]
        self.outputs = np.concatenate(outputs)
        self.ends = np.cumsum([0, *(output.size for output in outputs)], dtype=np.int64)
        self.horizons = np.array([subject.timeline.horizon for subject in own])
        minima = [machine.model.vocabulary[name].minimum for name in machine.constants]
        least = np.array([-math.inf if least is None else least for least in minima], dtype=float)
        self.rules = Rules(tolerances.rtol, tolerances.max_steps, least, tolerances.refined)
        self.costs = np.diff(self.ends) + np.diff(still.edges)[:, 0]
        self._longest_first = np.argsort(-self.horizons, kind="stable")
        self._places: dict[SensitivityCode | None, list[_Place]] = {}
        self._seconds: dict[SensitivityCode | None, float] = {}

    def run(
        self,
        parameters: Array,
        code: SensitivityCode | None,
        threads: int,
        only: Flags | None = None,
        into: Array | None = None,
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
        into
            The values of a call before, which are overwritten; a new array by default.

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
        work = self._prepared(given, code, asked, into)
        shared = self._share_out(work, threads)
        if len(shared) == 1:
            self._advance(work, shared[0])
        else:
            self._advance_in_threads(work, shared, threads)
        self._seconds[code] = sum(work.seconds) / max(int(asked.sum()), 1)
        self._judge(work)
        return work.tasks.values, work.slopes, work.failures

    def schedules_at(self, parameters: Array) -> Sequence[RunSchedule]:
        """Return what happens to each subject at parameters, which doses may follow."""
        asked = np.ones(parameters.shape[0], dtype=bool)
        return self.timelines.at(parameters, asked, Failures()).schedules

    def _prepared(
        self, given: Array, code: SensitivityCode | None, asked: Flags, into: Array | None
    ) -> _Work:
        """Return what the threads of a call share: tasks that have not begun."""
        count, rows, sizes = given.shape[0], int(self.ends[-1]), self.sizes
        kernels, failures = self.run_code.kernels, Failures()
        if code is not None:
            kernels = kernels._replace(prepare=(code.prepare.address, 0))
        happening = self.timelines.at(given, asked, failures)
        reports = np.zeros(count, dtype=REPORT)
        reports["first_edge"], reports["end_edge"] = happening.edges.T
        reports["first_output"], reports["end_output"] = self.ends[:-1], self.ends[1:]
        reports["row"], reports["horizon"] = self.ends[:-1], self.horizons
        timeline = happening.joined._replace(outputs=self.outputs, horizon=math.inf)
        slopes_there = None
        if self.has_steady:
            steady = self._steady(happening.schedules, given, asked, code, failures)
            reports["steady"], states, slopes_there = steady
            timeline = timeline._replace(steady=states)
        edges = None
        if code is not None and (self.has_steady or self.timelines.moving):
            edges = slopes_at_edges(happening.schedules, code, slopes_there)
        # Memory that the system has yet to give costs more than to write to what is there.
        values = np.empty((rows, sizes.quantities)) if into is None else into
        values.fill(np.nan)
        tasks = Tasks(given, values, np.zeros((count, 4, sizes.states)), reports)
        slopes = np.full((rows, sizes.quantities, 0 if code is None else code.width), np.nan)
        stop = threading.Event()
        return _Work(
            code, kernels, happening, timeline, tasks, slopes, edges, asked, failures, [], stop
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
            [self.timelines.still.joined.steady],
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
        none = np.zeros((len(states[0]), code.n, code.width))
        return firsts, np.concatenate(states), np.concatenate([none, *slopes])

    # Threads ----------------------------------------------------------------------------------

    def _share_out(self, work: _Work, threads: int) -> list[Integers]:
        """Return pieces of work, long runs first: one piece where a second thread would not pay."""
        members = self._longest_first[work.asked[self._longest_first]]
        if work.failures:
            members = members[~np.isin(members, list(work.failures))]
        each = self._seconds.get(work.code, _SECONDS_A_ROW * float(self.costs.mean()))
        few = _FEW if work.code is None else _FEW_WITH_SLOPES
        if threads == 1 or members.size < 2 * few or each * members.size < _WORTH_A_THREAD:
            return [members]
        pieces = min(members.size // few, max(threads, _PIECES * threads * (members.size > 99)))
        return [members[first::pieces] for first in range(pieces)]

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
        lanes, sens, _ = place
        begun = clock.thread_time()
        if sens is not None:
            edges = sens.edges if work.edges is None else own_rates(work.edges, self.sizes.lanes)
            sens = sens._replace(values=work.slopes, edges=edges)
        own = work.tasks._replace(
            parameters=work.tasks.parameters[members], ends=work.tasks.ends[members],
            reports=work.tasks.reports[members],
        )  # fmt: skip
        lanes.queue[0] = 0
        late_at: dict[int, float] = {}
        step = advance.on(work.kernels, self.sizes, work.timeline, own, self.rules, lanes, sens)
        while not step(_STEPS_A_LOOK):
            if work.stop.is_set():
                return
            self._end_late(work, members, lanes, late_at)
        work.tasks.ends[members], work.tasks.reports[members] = own.ends, own.reports
        work.seconds.append(clock.thread_time() - begun)
        self._places.setdefault(work.code, []).append(place)

    def _end_late(
        self, work: _Work, members: Integers, lanes: Lanes, late_at: dict[int, float]
    ) -> None:
        """Take subjects out of their lanes that have used up their time."""
        now = clock.monotonic()
        for lane, task in enumerate(lanes.book["task"].tolist()):
            if task < 0 or now <= late_at.setdefault(task, now + self.tolerances.max_seconds):
                continue
            failure = late_failure(self.sizes, lanes, lane, self.tolerances)
            self._note(work, int(members[task]), failure)
            lanes.book["task"][lane], lanes.book["again"][lane] = -1, 0
            lanes.clock[ACTIVE, lane], lanes.vectors[LIMIT, lane :: lanes.book.size] = 0.0, np.inf

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
        kinds, allowed = work.happening.kinds, self.tolerances
        lanes, sens = self.machine.lanes(self.sizes, allowed.atol, allowed.share, kinds), None
        if work.code is not None:
            sens = make_sensitivities(work.code, 0, lanes=self.sizes.lanes)
            lanes = lanes._replace(prepared=np.zeros(work.code.prepare.n_out))
        return _Place(lanes, sens, kinds)

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
            rows = slice(*self.ends[number : number + 2])
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
