"""COPASI: the same SBML, integrated by LSODA."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.engines.sbml_of import sbml_of
from benchmarks.problem import Problem, Run, Tolerance
from pdmodel.arrays import Array


class Copasi:
    """The library under its graphical program, without the program."""

    name = "copasi"
    manners = ("",)
    note = "doses are events of the SBML; one absolute tolerance for all states"

    def version(self) -> str:
        """Return the version."""
        import COPASI

        return str(COPASI.__version__)

    def prepare(self, problem: Problem, tolerance: Tolerance) -> Run:
        """Return a function from values to outputs."""
        import COPASI

        data = COPASI.CRootContainer.addDatamodel()
        if not data.importSBMLFromString(sbml_of(problem)):
            raise RuntimeError(COPASI.CCopasiMessage.getAllMessageText())
        task = _task(data, int(problem.days), tolerance)
        model = data.getModel()
        known = [model.getModelValue(n) for n in range(model.getNumModelValues())]
        by_name = {value.getSBMLId(): value for value in known}
        places = [by_name[name] for name in problem.parameters]
        wanted = np.searchsorted(np.arange(int(problem.days) + 1), problem.times)

        def run(values: Array) -> Array:
            changed = COPASI.ObjectStdVector()
            for place, value in zip(places, values.tolist(), strict=True):
                place.setInitialValue(value)
                changed.push_back(place.getInitialValueReference())
            model.updateInitialValues(changed)
            if not task.process(True):
                raise RuntimeError(COPASI.CCopasiMessage.getAllMessageText())
            return _columns(task.getTimeSeries(), data, problem.quantities)[wanted]

        return run


def _task(data: Any, steps: int, tolerance: Tolerance) -> Any:
    task = data.getTask("Time-Course")
    course = task.getProblem()
    course.setModel(data.getModel())
    course.setStepNumber(steps)
    course.setDuration(steps)
    course.setTimeSeriesRequested(True)
    method = task.getMethod()
    method.getParameter("Relative Tolerance").setDblValue(tolerance.rtol)
    method.getParameter("Absolute Tolerance").setDblValue(tolerance.atol)
    method.getParameter("Max Internal Steps").setUIntValue(1_000_000)
    return task


def _columns(series: Any, data: Any, names: tuple[str, ...]) -> Array:
    known = [series.getSBMLId(n, data) for n in range(series.getNumVariables())]
    steps = range(series.getRecordedSteps())
    columns = [known.index(name) for name in names]
    return np.array(
        [[series.getConcentrationData(step, column) for column in columns] for step in steps]
    )
