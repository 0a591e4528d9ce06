"""One patient by SciPy: the steady states of the doses, and the run that begins with them.

A steady state does not depend on who integrates. So LSODA looks for it, which is a hundred times
quicker than SciPy's other methods at the tolerance of the search, where Radau takes seconds for an
interval; the method that is asked for then runs an interval from there, and has to come back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from pdmodel.arrays import Array
from pdmodel.engine.runs.outcome import Deadline, Outcome, Tolerances
from pdmodel.engine.runs.request import Request
from pdmodel.engine.runs.steady_state import (
    IntervalFails,
    Runner,
    Steady,
    SteadyPatient,
    find_steady,
    idle_states,
    tightened,
)
from pdmodel.engine.schedule.edges import RunSchedule, SteadyDose
from pdmodel.engine.scipy_runs.integrators import Integrator
from pdmodel.engine.scipy_runs.schedule_run import ScipyRun
from pdmodel.engine.symbolic.model_functions import compile_model
from pdmodel.engine.symbolic.values import checked_constants
from pdmodel.model import Model

_QUICK = "LSODA"
# An interval of a confirming method leads back where it errs by less than this many tolerances.
_BACK = 100.0


def run_scipy(
    model: Model,
    schedule: RunSchedule,
    request: Request,
    tolerances: Tolerances,
    values: Mapping[str, float],
    method: str,
) -> Outcome:
    """Run one patient; the outcome's values are the states at the times that are asked for."""
    steady = None
    if schedule.steady:
        steady = ScipySteadyDoses(model, schedule, tolerances, values).states(method)
    run = ScipyRun(compile_model(model), schedule, request.times, request.after)
    return run.run(values, _integrator(tolerances, method), tolerances, steady)


class ScipySteadyDoses:
    """Finds the steady states of one schedule's doses; its budget of seconds begins at once.

    Parameters
    ----------
    model, schedule
        What is run; the schedule holds the doses.
    tolerances
        Those of the run; a steady state is looked for with finer ones.
    values
        Parameters and constants by name, as they are from day 0 on.
    """

    def __init__(
        self,
        model: Model,
        schedule: RunSchedule,
        tolerances: Tolerances,
        values: Mapping[str, float],
    ) -> None:
        self.model, self.schedule, self.tolerances = model, schedule, tolerances
        self.kernels = compile_model(model)
        self.given = np.array([values[name] for name in self.kernels.parameters])
        self.deadline = Deadline(tolerances.max_seconds)
        self.deadline.begin()

    def states(self, method: str) -> Array:
        """Return the states of the steady-state doses, shape (n_steady, n_states).

        Parameters
        ----------
        method
            SciPy's integrator that is asked for.

        Raises
        ------
        SimulationError
            If doses lead to no steady state, or none is found within the budget.
        """
        try:
            found = self._find(_QUICK)
            if method not in (_QUICK, "odeint") and not self._lead_back(found, method):
                found = self._find(method)
        except IntervalFails:
            if method in (_QUICK, "odeint"):
                raise
            found = self._find(method)
        return np.array([steady.handed_over for steady in found])

    def _find(self, method: str) -> list[Steady]:
        tight, model = tightened(self.tolerances), self.model

        def patient(dose: SteadyDose) -> SteadyPatient:
            return self._patient(dose, method, tight)

        return find_steady(model, self.schedule, patient, self.deadline)

    def _lead_back(self, found: list[Steady], method: str) -> bool:
        """Whether a method comes back to each steady state, at the tolerances of the run."""
        for dose, steady in zip(self.schedule.steady, found, strict=True):
            patient = self._patient(dose, method, self.tolerances)
            image = patient.interval(steady.interval)(steady.state)
            if image.failure is not None:
                return False
            size = np.abs(image.extremes).max(axis=0)
            apart = np.abs(image.end - steady.state)
            moving = ~idle_states(self.model, dose.state)
            if not (apart <= _BACK * self.tolerances.rtol * size)[moving].all():
                return False
        return True

    def _patient(self, dose: SteadyDose, method: str, tolerances: Tolerances) -> SteadyPatient:
        """Return a patient whose intervals are run by one method, at these tolerances."""
        given = dose.values_there(self.given).tolist()
        there = dict(zip(self.kernels.parameters, given, strict=True))
        there |= checked_constants(self.model, there)
        integrator = _integrator(tolerances, method, self.deadline.end)

        def interval(part: RunSchedule) -> Runner:
            none = np.zeros(0)
            run = ScipyRun(self.kernels, part, none, none.astype(np.int64))
            return _repeated(run, there, integrator, tolerances)

        return SteadyPatient(self.kernels.initial(there), interval)


def _repeated(
    run: ScipyRun, values: Mapping[str, float], integrator: Integrator, tolerances: Tolerances
) -> Callable[[Array], Outcome]:
    """Return what runs an interval from a state; each run knows the sizes found by that before."""
    seen: list[Array | None] = [None]

    def after(state: Array) -> Outcome:
        outcome = run.run(values, integrator, tolerances, state[np.newaxis], seen[0])
        if outcome.failure is None:
            seen[0] = np.abs(outcome.extremes).max(axis=0)
        return outcome

    return after


def _integrator(tolerances: Tolerances, method: str, deadline: float | None = None) -> Integrator:
    """Return SciPy's integrator with these tolerances; its clock starts now, or ends with one."""
    return Integrator(
        method, tolerances.rtol, tolerances.atol, tolerances.max_seconds, deadline=deadline
    )
