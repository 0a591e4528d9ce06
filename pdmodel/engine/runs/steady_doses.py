"""What steady-state doses lead to in compiled runs, and its slopes (implicit function theorem).

One interval takes a state y to Phi(y, theta), and the steady state is y = Phi(y, theta). So its
slopes are S = (I - P)^-1 Q, with P = dPhi/dy and Q = dPhi/dtheta from one run of the interval with
sensitivities, begun in the steady state.
"""

from __future__ import annotations

import numpy as np

from pdmodel.arrays import Array, Flags
from pdmodel.engine.compiled_model.machine import Machine
from pdmodel.engine.compiled_model.sensitivity_code import SensitivityCode, sensitivity_of
from pdmodel.engine.runs.one_patient import CompiledRun
from pdmodel.engine.runs.outcome import Deadline, Tolerances, failure_of
from pdmodel.engine.runs.steady_state import (
    Runner,
    Steady,
    SteadyPatient,
    find_steady,
    idle_states,
    tightened,
)
from pdmodel.engine.schedule.edges import RunSchedule, SteadyDose
from pdmodel.engine.symbolic.values import check_constants
from pdmodel.errors import SimulationError


class SteadyDoses:
    """Finds the steady states of a model's schedules.

    Parameters
    ----------
    machine
        The machine code of the model.
    tolerances
        Those of the run; a steady state is looked for with finer ones.
    """

    def __init__(self, machine: Machine, tolerances: Tolerances) -> None:
        self.machine, self.tolerances = machine, tightened(tolerances)

    def states(self, schedule: RunSchedule, values: Array) -> Array:
        """Return the steady states of a schedule's doses, shape (n_steady, n_states).

        Parameters
        ----------
        values
            Parameters as they are from day 0 on, shape (n_parameters,).

        Raises
        ------
        SimulationError
            If doses lead to no steady state.
        """
        return np.array([steady.handed_over for steady in self._find(schedule, values)])

    def slopes(
        self, schedule: RunSchedule, values: Array, code: SensitivityCode
    ) -> tuple[Array, Array]:
        """Return the steady states, and their slopes by the columns of a code.

        Parameters
        ----------
        schedule, values
            As in `states`.
        code
            What is differentiated by.

        Returns
        -------
        ndarray, ndarray
            Shapes (n_steady, n_states) and (n_steady, n_states, n_columns).

        Raises
        ------
        SimulationError
            If doses lead to no steady state, or to one without slopes.
        """
        found = self._find(schedule, values)
        slopes = [
            self._slopes(steady, dose, dose.values_there(values), code)
            for steady, dose in zip(found, schedule.steady, strict=True)
        ]
        return np.array([steady.handed_over for steady in found]), np.array(slopes)

    def _find(self, schedule: RunSchedule, values: Array) -> list[Steady]:
        machine, first = self.machine, len(self.machine.constants)

        def patient(dose: SteadyDose) -> SteadyPatient:
            there = dose.values_there(values)
            prepared = machine.prepared(there)
            constants = zip(machine.constants, prepared.tolist(), strict=False)
            check_constants(machine.model, dict(constants))

            def interval(schedule: RunSchedule) -> Runner:
                run = self._interval(schedule)
                return lambda state: run.run(there, state[np.newaxis, :])

            return SteadyPatient(prepared[first : first + len(machine.states)], interval)

        return find_steady(machine.model, schedule, patient, Deadline(self.tolerances.max_seconds))

    def _interval(self, schedule: RunSchedule) -> CompiledRun:
        none = np.zeros(0)
        return CompiledRun(self.machine, schedule, none, none.astype(np.int64), (), self.tolerances)

    def _slopes(
        self, steady: Steady, dose: SteadyDose, values: Array, code: SensitivityCode
    ) -> Array:
        """Return the slopes of one steady state, shape (n_states, n_columns)."""
        machine, names = self.machine, code.columns.names
        starts = [f"initial:{state}" for state in machine.states]
        both = sensitivity_of(machine, (*names, *starts), ())
        columns = [both.columns.names.index(start) for start in starts]
        own = [both.columns.names.index(name) for name in names]
        unit = np.zeros((1, len(starts), both.width))
        unit[0, np.arange(len(starts)), columns] = 1.0
        run = self._interval(steady.interval)
        outcome, ends = run.run_to_slopes(values, both, steady.state[np.newaxis, :], unit)
        if outcome.failure is not None:
            values_by_name = dict(zip(machine.parameters, values.tolist(), strict=True))
            raise failure_of(machine.model, outcome, values_by_name, self.tolerances)
        by_column = ends[:, own]
        by_column[:, list(code.columns.initials)] = 0.0
        resting = idle_states(machine.model, dose.state)
        start = start_slopes(code, values)
        slopes = np.where(resting[:, np.newaxis], start, 0.0)
        self._solve(slopes, ends[:, columns], by_column, resting, dose)
        result: Array = slopes - start if dose.doses.added else slopes
        return result

    def _solve(
        self, slopes: Array, by_state: Array, by_column: Array, resting: Flags, dose: SteadyDose
    ) -> None:
        """Write S = (I - P)^-1 Q of the states that anything moves."""
        others = by_state - np.diag(np.diag(by_state))
        moved = by_column.any(axis=1) | others[:, ~resting].any(axis=1)
        places = np.flatnonzero(~resting & moved)
        matrix = np.eye(places.size) - by_state[np.ix_(places, places)]
        try:
            slopes[places] = np.linalg.solve(matrix, by_column[places])
        except np.linalg.LinAlgError:
            slopes[places] = np.nan
        if not np.isfinite(slopes).all():
            raise SimulationError(
                f"the steady state of the doses at day {dose.time:g} has no slopes: a small change "
                "of it does not go back",
                {"time": dose.time, "cause": "no slopes of a steady state"},
            )


def start_slopes(code: SensitivityCode, values: Array) -> Array:
    """Return the slopes of the drug-free start, shape (n_states, n_columns)."""
    slopes = np.zeros((code.n, code.width))
    if code.start_places:
        written = code.prepare.evaluate(values)[-len(code.start_places) :]
        for (state, column), slope in zip(code.start_places, written.tolist(), strict=True):
            slopes[state, column] = slope
    for column, state in code.columns.initials.items():
        slopes[state, column] += 1.0
    return slopes
