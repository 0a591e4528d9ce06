"""Many patients or subjects of a model with events, one after another."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from pdmodel.arrays import Array, Flags, Integers
from pdmodel.engine.compiled_model.event_slope_code import EventSlopeCode
from pdmodel.engine.compiled_model.machine import Machine
from pdmodel.engine.rosenbrock.memory import DONE, REPORT
from pdmodel.engine.runs.many_patients import Chunk, CohortRun
from pdmodel.engine.runs.outcome import Deadline, Outcome, Tolerances, account, failure_of
from pdmodel.engine.runs.with_events import EventRun
from pdmodel.engine.schedule.edges import RunSchedule
from pdmodel.engine.symbolic.event_conditions import refuse_events
from pdmodel.engine.symbolic.values import check_constants
from pdmodel.errors import PdmodelError


class EventCohort(CohortRun):
    """A cohort of a model with events, under one schedule or several.

    Parameters
    ----------
    machine, schedules, times, after, quantities, tolerances
        As of `CohortRun`.
    """

    def __init__(
        self,
        machine: Machine,
        schedules: Sequence[RunSchedule],
        times: Array,
        after: Integers,
        quantities: Sequence[str],
        tolerances: Tolerances,
    ) -> None:
        self.machine, self.tolerances, self.schedules = machine, tolerances, list(schedules)
        if any(schedule.steady for schedule in schedules):
            refuse_events(machine.model, "a search for the steady state of doses")
        self.shape = times.size, len(quantities)
        self.runs = [
            EventRun(machine, schedule, times, after, quantities, tolerances)
            for schedule in schedules
        ]

    def _chunk(
        self,
        first: int,
        parameters: Array,
        which: Integers,
        deadline: Deadline,
        stop: threading.Event,
    ) -> Chunk:
        parameters = self._at_start(parameters, which)
        reasons, count = self._faults(first, parameters), parameters.shape[0]
        values = np.full((count, *self.shape), np.nan)
        ends = np.full((count, len(self.machine.states)), np.nan)
        reports = np.zeros(count, dtype=REPORT)
        for number in range(count):
            if stop.is_set():
                break
            if reasons[number]:
                continue
            if deadline.passed:
                reasons[number] = f"the budget of {self.tolerances.max_seconds:g} s is used up"
                continue
            outcome = self.runs[which[number]].run(parameters[number])
            deadline.begin()  # it is compiled by now, which is no part of the run
            _report(reports[number], outcome)
            if outcome.failure is not None:
                reasons[number] = f"day {outcome.failure.time:g}: {outcome.failure.cause}"
                continue
            values[number], ends[number] = outcome.values, outcome.end
        return Chunk(first, values, reasons, reports, ends)


class EventSubjects:
    """Subjects of a model with events, each with a schedule and rows of their own.

    Parameters
    ----------
    machine, quantities, tolerances
        As of `ManySubjects`.
    schedules, rows
        A subject each: what happens when; days and sides of the rows, sorted.
    """

    def __init__(
        self,
        machine: Machine,
        schedules: Sequence[RunSchedule],
        rows: Sequence[tuple[Array, Integers]],
        quantities: tuple[str, ...],
        tolerances: Tolerances,
    ) -> None:
        self.machine, self.tolerances, self.schedules = machine, tolerances, tuple(schedules)
        self.quantities = quantities
        self.runs = [
            EventRun(machine, schedule, times, after, quantities, tolerances)
            for schedule, (times, after) in zip(schedules, rows, strict=True)
        ]
        self.ends = np.cumsum([0, *(times.size for times, _ in rows)])

    def run(
        self,
        parameters: Array,
        code: EventSlopeCode | None,
        threads: int,
        only: Flags | None = None,
    ) -> tuple[Array, Array, dict[int, PdmodelError]]:
        """Run every subject once; as `ManySubjects.run`, one after another."""
        width = 0 if code is None else code.width
        values = np.full((int(self.ends[-1]), len(self.quantities)), np.nan)
        slopes = np.full((*values.shape, width), np.nan)
        failures: dict[int, PdmodelError] = {}
        for number, run in enumerate(self.runs):
            if only is None or only[number]:
                rows = slice(*self.ends[number : number + 2])
                try:
                    values[rows], slopes[rows] = self._run(number, run, parameters[number], code)
                except PdmodelError as error:
                    failures[number] = error
        return values, slopes, failures

    def _run(
        self, number: int, run: EventRun, parameters: Array, code: EventSlopeCode | None
    ) -> tuple[Array, Any]:
        machine, schedule = self.machine, self.schedules[number]
        given = schedule.values_at_start(parameters)
        constants = dict(zip(machine.constants, machine.prepared(given).tolist(), strict=False))
        check_constants(machine.model, constants)
        slopes: Any = np.nan
        if code is None:
            outcome = run.run(given)
        else:
            outcome, slopes = run.run_sensitivities(given, code)
        values_by_name = dict(zip(machine.parameters, given.tolist(), strict=True))
        if outcome.failure is not None:
            raise failure_of(machine.model, outcome, values_by_name, self.tolerances)
        account(machine.model, schedule, outcome, values_by_name)
        return outcome.values, slopes


def _report(report: Any, outcome: Outcome) -> None:
    """Write what a cohort tells of a patient."""
    report["status"], report["accepted"] = DONE, outcome.steps
    report["rejected"], report["switches"] = outcome.rejected, outcome.switches
    report["lowest"], report["lowest_state"] = outcome.lowest, outcome.lowest_state
