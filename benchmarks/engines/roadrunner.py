"""libRoadRunner: SBML to machine code, integrated by CVODE; doses are events."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.engines.sbml_of import sbml_of
from benchmarks.problem import Problem, Run, Tolerance
from pdmodel.arrays import Array

_MOST_STEPS = 100_000


class RoadRunner:
    """Called as its documentation shows.

    One absolute tolerance is scaled by the library with the amounts at each restart, a list is
    taken as it is; either may be the faster, the list also with a coarse one for dosed states.
    """

    name = "libroadrunner"
    manners = ("scaled", "list", "dosed")
    note = "doses are events of the SBML"

    def version(self) -> str:
        """Return the version."""
        import antimony  # noqa: F401 - writes the SBML
        import roadrunner

        return str(roadrunner.__version__)

    def prepare(self, problem: Problem, tolerance: Tolerance) -> Run:
        """Return a function from values to outputs."""
        return loaded(sbml_of(problem), problem, tolerance)


def loaded(sbml: str, problem: Problem, tolerance: Tolerance) -> Run:
    """Load a model once, and return a function that runs it with other values."""
    import roadrunner

    roadrunner.Logger.setLevel(roadrunner.Logger.LOG_FATAL)
    runner: Any = roadrunner.RoadRunner(sbml)
    integrator = runner.integrator
    absolute = problem.absolute(tolerance)
    integrator.relative_tolerance = tolerance.rtol
    integrator.absolute_tolerance = (
        tolerance.atol if tolerance.manner == "scaled" else list(absolute.values())
    )
    integrator.maximum_num_steps = _MOST_STEPS
    runner.selections = ["time", *problem.quantities]
    known = list(runner.model.getGlobalParameterIds())
    places = [known.index(name) for name in problem.parameters]
    steps = int(problem.days)
    wanted = np.searchsorted(np.arange(steps + 1), problem.times)

    def run(values: Array) -> Array:
        runner.resetToOrigin()
        runner.model.setGlobalParameterValues(places, values)
        return np.array(runner.simulate(0, steps, steps + 1))[wanted, 1:]

    return run
