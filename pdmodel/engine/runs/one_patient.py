"""One patient through the compiled integrator: prepared once, run for any parameters."""

from __future__ import annotations

import time as clock
from collections.abc import Sequence
from copy import copy
from typing import Any

import numpy as np

from pdmodel.arrays import Array, Integers
from pdmodel.engine.compiled_model.machine import Machine
from pdmodel.engine.compiled_model.sensitivity_code import SensitivityCode
from pdmodel.engine.lanes.edge_slopes import EdgeSlopes, no_edge_slopes
from pdmodel.engine.lanes.lane_sizes import is_coarse
from pdmodel.engine.lanes.lanes import advance
from pdmodel.engine.lanes.slope_memory import Sensitivities, make_sensitivities, slopes_at_end
from pdmodel.engine.rosenbrock.memory import (
    DONE,
    NOW,
    Kernels,
    Lanes,
    Rules,
    Sizes,
    Tasks,
    Timeline,
    make_tasks,
)
from pdmodel.engine.runs.outcome import Failure, Outcome, Tolerances
from pdmodel.engine.schedule.edges import RunSchedule
from pdmodel.engine.schedule.timeline import make_timeline, n_kinds, with_edges
from pdmodel.engine.time_marks.marks import marker_of

# Steps between two looks at the clock: about a tenth of a second.
_STEPS_A_LOOK = 50_000


class CompiledRun:
    """A model under a schedule, ready to run for any parameters.

    Parameters
    ----------
    machine
        The machine code of the model.
    schedule
        What happens when.
    times, after
        Outputs: days, and whether each is taken after the edge at its time, shapes (n_outputs,).
    quantities
        What to write at each output.
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
        self.machine, self.tolerances = machine, tolerances
        n_states = len(machine.states)
        steady = np.zeros((max(len(schedule.steady), 1), n_states))
        self.timeline = make_timeline(schedule, times, after, steady)
        self.code = machine.run_code(quantities)  # holds what the addresses lead to
        self.kernels = self.code.kernels
        self.schedule, self.marker = schedule, marker_of(machine.model)
        self._marked: tuple[tuple[float, ...], Timeline] = ((), self.timeline)
        self.sizes = machine.sizes(1, len(quantities))
        self.rules = Rules(tolerances.rtol, tolerances.max_steps, refined=1)

    def under(self, schedule: RunSchedule) -> CompiledRun:
        """Return the same run, without steady-state doses, under another schedule."""
        there = copy(self)
        there.schedule, there.timeline = schedule, with_edges(self.timeline, schedule)
        there._marked = (), there.timeline
        return there

    def run(self, values: Array, steady: Array | None = None) -> Outcome:
        """Integrate from day 0 to the horizon.

        Parameters
        ----------
        values
            Parameters in the order of the machine, shape (n_parameters,).
        steady
            States of the steady-state doses, shape (n_steady, n_states).
        """
        timeline = self._timeline(values, steady)
        tasks = make_tasks(values[np.newaxis, :], timeline, self.sizes)
        lanes = self._lanes(timeline)
        return self._finish(self.kernels, timeline, tasks, lanes, None)

    def run_sensitivities(
        self,
        values: Array,
        code: SensitivityCode,
        steady: Array | None = None,
        edges: EdgeSlopes | None = None,
    ) -> tuple[Outcome, Array]:
        """Integrate with exact forward sensitivities.

        Parameters
        ----------
        values, steady
            As in `run`.
        code
            What to differentiate by; observes the quantities of this run.
        edges
            What the slopes do at edges, other than at plain doses.

        Returns
        -------
        Outcome, ndarray
            The outcome of `run`, and d quantity / d parameter, shape (n_outputs, n_quantities,
            n_columns).
        """
        outcome, sens = self._run_with_slopes(values, code, steady, edges)
        return outcome, sens.values

    def run_to_slopes(
        self, values: Array, code: SensitivityCode, steady: Array, slopes: Array
    ) -> tuple[Outcome, Array]:
        """Integrate from a state that is handed over, and return the slopes of that at the end.

        Parameters
        ----------
        values, code
            As in `run_sensitivities`.
        steady, slopes
            The state, shape (1, n_states), and its slopes, shape (1, n_states, n_columns).

        Returns
        -------
        Outcome, ndarray
            The outcome, and d state / d column at the end, shape (n_states, n_columns).
        """
        edges = no_edge_slopes(code, slopes)
        outcome, sens = self._run_with_slopes(values, code, steady, edges)
        return outcome, slopes_at_end(code, sens)

    def _run_with_slopes(
        self, values: Array, code: SensitivityCode, steady: Array | None, edges: EdgeSlopes | None
    ) -> tuple[Outcome, Sensitivities]:
        timeline = self._timeline(values, steady)
        tasks = make_tasks(values[np.newaxis, :], timeline, self.sizes)
        lanes = self._lanes(timeline)
        lanes = lanes._replace(prepared=np.zeros(code.prepare.n_out))
        kernels = self.kernels._replace(prepare=(code.prepare.address, 0))
        sens = make_sensitivities(code, timeline.outputs.size, edges)
        return self._finish(kernels, timeline, tasks, lanes, sens), sens

    def _timeline(self, values: Array, steady: Array | None) -> Timeline:
        """Return the timeline of a run: with marks where its equations hold the time."""
        timeline = self.timeline
        if self.marker is not None:
            values_by_name = dict(zip(self.machine.parameters, values.tolist(), strict=True))
            key = tuple(values_by_name[name] for name in self.marker.names)
            last, timeline = self._marked
            if last != key:
                marked = self.marker.schedule(self.schedule, values_by_name)
                timeline = with_edges(self.timeline, marked)
                self._marked = key, timeline
        return timeline if steady is None else timeline._replace(steady=steady)

    def _lanes(self, timeline: Timeline) -> Lanes:
        allowed = self.tolerances
        return self.machine.lanes(self.sizes, allowed.atol, allowed.share, n_kinds(timeline))

    def _finish(
        self,
        kernels: Kernels,
        timeline: Timeline,
        tasks: Tasks,
        lanes: Lanes,
        sens: Sensitivities | None,
    ) -> Outcome:
        """Integrate to the end or to the end of the budget."""
        step = advance.on(kernels, self.sizes, timeline, tasks, self.rules, lanes, sens)
        # It is compiled by now, which is no part of the run.
        deadline = clock.monotonic() + self.tolerances.max_seconds
        late, done = False, False
        while not (done or late):
            done = bool(step(_STEPS_A_LOOK))
            late = not done and clock.monotonic() > deadline
        failure = None
        if late:
            failure = late_failure(self.sizes, lanes, 0, self.tolerances)
        return outcome_of(self.machine, tasks.values, tasks.ends[0], tasks.reports[0], failure)


def late_failure(sizes: Sizes, lanes: Lanes, lane: int, tolerances: Tolerances) -> Failure:
    """Return the failure of a run that has used up its time, from where its lane stands."""
    cause = f"the budget of {tolerances.max_seconds:g} s is used up"
    # A run whose sizes were foreseen too large would have been made again from the start.
    if lanes.book["again"][lane] == 0 and is_coarse(sizes, lanes, lane):
        cause += " in a first pass with rough tolerances, which time and states are from"
    now = lanes.vectors[NOW, lane : sizes.states * sizes.lanes : sizes.lanes].copy()
    return Failure(float(lanes.book["time"][lane]), now, cause)


def outcome_of(
    machine: Machine, values: Array, ends: Array, report: Any, failure: Failure | None = None
) -> Outcome:
    """Return the outcome of a task of one lane.

    Parameters
    ----------
    values, ends, report
        Its rows of `Tasks`.
    failure
        Why it was ended from outside.
    """
    end, given, *_ = ends
    if failure is None and report["status"] != DONE:
        failure = Failure(float(report["time"]), end, machine.cause(report))
    return Outcome(
        values,
        int(report["accepted"]),
        int(report["rejected"]),
        float(report["lowest"]),
        int(report["lowest_state"]),
        given,
        end,
        ends[2:],
        failure,
        int(report["switches"]),
    )
