"""One patient through scipy.integrate, from edge to edge: the reference and the fallback."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pdmodel.arrays import Array
from pdmodel.engine.runs.outcome import Outcome, Tolerances
from pdmodel.engine.runs.request import Request
from pdmodel.engine.runs.steady_state import Runner, SteadyPatient, steady_states, tightened
from pdmodel.engine.schedule.edges import RunSchedule, SteadyDose
from pdmodel.engine.scipy_runs.integrators import Integrator
from pdmodel.engine.scipy_runs.sizes import StateSizes
from pdmodel.engine.scipy_runs.walk import EdgeWalk, ScipyPlan
from pdmodel.engine.symbolic.model_functions import compile_model
from pdmodel.engine.symbolic.values import checked_constants
from pdmodel.model import Model


class ScipyRun(ScipyPlan):
    """A model under a schedule, run by one of SciPy's integrators; parameters as of `ScipyPlan`."""

    def run(
        self,
        values: Mapping[str, float],
        integrator: Integrator,
        tolerances: Tolerances,
        steady: Array | None = None,
    ) -> Outcome:
        """Integrate from day 0 to the horizon; the outcome's values are the states.

        Where the size of a state was foreseen far too large, or not at all, once more with those
        that were found.
        """
        kind = EdgeWalk
        if self.kernels.model.events:  # decided by compiled code, which plain runs do without
            from pdmodel.engine.scipy_runs.with_events import EventWalk

            kind = EventWalk
        walk = kind(self, dict(values), integrator, StateSizes(tolerances), steady)
        failure = walk.to_the_end()
        if failure is None and walk.sizes.coarse:
            sizes = StateSizes(tolerances, walk.sizes.largest)
            walk = kind(self, dict(values), integrator, sizes, steady)
            failure = walk.to_the_end()
        lowest, highest = walk.sizes.lowest, walk.sizes.highest
        index = int(np.argmin(lowest))
        return Outcome(
            walk.values,
            integrator.evaluations,
            0,
            float(lowest[index]),
            index,
            walk.given,
            walk.state,
            np.stack([lowest, highest]),
            failure,
            walk.switches,
            tuple(walk.occurrences),
        )


def run_scipy(
    model: Model,
    schedule: RunSchedule,
    request: Request,
    tolerances: Tolerances,
    values: Mapping[str, float],
    method: str,
) -> Outcome:
    """Run one patient; the outcome's values are the states at the times that are asked for."""
    kernels = compile_model(model)
    steady = None
    if schedule.steady:
        steady = _steady(model, schedule, tolerances, values, method)
    run = ScipyRun(kernels, schedule, request.times, request.after)
    return run.run(values, make_integrator(tolerances, method), tolerances, steady)


def _steady(
    model: Model,
    schedule: RunSchedule,
    tolerances: Tolerances,
    values: Mapping[str, float],
    method: str,
) -> Array:
    """Return the states of the steady-state doses, shape (n_steady, n_states)."""
    kernels, tight = compile_model(model), tightened(tolerances)
    given = np.array([values[name] for name in kernels.parameters])

    def patient(dose: SteadyDose) -> SteadyPatient:
        there = dict(zip(kernels.parameters, dose.values_there(given).tolist(), strict=True))
        there |= checked_constants(model, there)

        def interval(part: RunSchedule) -> Runner:
            none = np.zeros(0)
            run = ScipyRun(kernels, part, none, none.astype(np.int64))

            def after(state: Array) -> Outcome:
                return run.run(there, make_integrator(tight, method), tight, state[np.newaxis])

            return after

        return SteadyPatient(kernels.initial(there), interval)

    return steady_states(model, schedule, patient, tolerances.max_seconds)


def make_integrator(tolerances: Tolerances, method: str) -> Integrator:
    """Return SciPy's integrator with these tolerances; its clock starts now."""
    return Integrator(method, tolerances.rtol, tolerances.atol, tolerances.max_seconds)
