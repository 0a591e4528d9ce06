"""The result folder of a population fit: the search committed step by step, the rest at the end.

`population.json` is written last: a folder without it is unfinished and goes on where it was.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pdmodel.errors import InputError
from pdmodel.inference.population.problem import PopulationProblem
from pdmodel.inference.population.results.record import SHAPE, PopulationRecord, record_from_dict
from pdmodel.inference.population.results.result import PopulationResult
from pdmodel.inference.population.search import SearchState
from pdmodel.storage import (
    ResultFolder,
    describe,
    holds,
    made_with,
    one_of,
    place_of,
    read_dataset,
    read_frame,
    read_shaped,
    reading,
)

POPULATION = "population"
_RESULT, _STEPS, _REPORT = "population.json", "steps", "report.txt"
_PARAMETERS, _EFFECTS, _MEASUREMENTS = "parameters.csv", "effects.csv", "measurements.csv"
_COURSES, _CHECK, _DOSES = "courses.nc", "visual_check.csv", "doses.csv"
_TEXT = ("subject", "quantity", "analyte", "censored", "unit", "scale")
_PACKAGES = ("pdmodel", "numpy", "scipy", "sympy", "pandas", "xarray")
_STEP = {
    "steps": int, "x": [float], "objective": float, "curvature": [[float]], "etas": [[float]],
    "status": one_of("going", "converged", "stalled", "failed"),
}  # fmt: skip

Draw = Callable[[PopulationRecord], Mapping[str, bytes]]


def population_content(problem: PopulationProblem, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return what makes two population fits the same, as plain data.

    Parameters
    ----------
    problem
        What is fitted.
    settings
        Method, nodes, simulations and seed.
    """
    return {
        "model": describe(problem.model),
        "measurements": describe(problem.measurements.content()),
        "subjects": list(problem.subjects),
        "effects": describe(list(problem.random)),
        "free": list(problem.free),
        "held": list(problem.held),
        "blocks": [list(block) for block in problem.random_covariance.blocks],
        "covariates": describe(list(problem.covariates)),
        "sought": [[s.name, s.kind, *map(repr, s[2:])] for s in problem.sought],
        "typical": [repr(float(v)) for v in problem.individuals.typical],
        "values": describe({**problem.values, **problem.starts}),
        "rtol": problem.rtol,
        "atol": describe(problem.atol),
        **settings,
    }


def take_population(
    out: str | Path, problem: PopulationProblem, settings: Mapping[str, Any], *, overwrite: bool
) -> ResultFolder:
    """Begin the folder of a population fit, or take up an unfinished one of the same problem.

    Raises
    ------
    InputError
        If it holds anything else.
    """
    identity = population_content(problem, settings)
    return ResultFolder.take(out, POPULATION, identity, overwrite=overwrite)


def write_step(folder: ResultFolder, state: SearchState) -> None:
    """Commit where the search is."""
    folder.parts(_STEPS)[f"step_{state.steps:04d}.json"] = {
        "steps": state.steps,
        "x": state.x.tolist(),
        "objective": state.objective,
        "curvature": state.curvature.tolist(),
        "etas": state.etas.tolist(),
        "status": state.status,
    }


def read_step(
    folder: ResultFolder, n_sought: int, n_subjects: int, n_effects: int
) -> SearchState | None:
    """Return the last step that was committed, if there is one; its gradient is not kept.

    Raises
    ------
    InputError
        If it is damaged, or none of this fit.
    """
    parts = folder.parts(_STEPS)
    names = list(parts)
    if not names:
        return None
    file = parts.file(names[-1])
    data = read_shaped(file, _STEP)
    with reading(file):
        return SearchState(
            data["steps"], _array(data["x"], n_sought), data["objective"], np.zeros(n_sought),
            _array(data["curvature"], n_sought, n_sought),
            _array(data["etas"], n_subjects, n_effects), math.inf, data["status"],
        )  # fmt: skip


def _array(values: Any, *shape: int) -> Any:
    array = np.array(values, dtype=float)
    if array.shape != shape and array.size + int(np.prod(shape)):
        raise ValueError(f"{array.shape} numbers where {shape} belong")
    return array.reshape(shape)


def write_population(
    folder: ResultFolder, result: PopulationResult, jobs: int, draw: Draw | None = None
) -> None:
    """Write every table and figure, then `population.json`."""

    def write_courses(file: Path) -> None:
        encoding = {name: {"zlib": True} for name in result.courses.data_vars}
        result.courses.to_netcdf(file, engine="h5netcdf", encoding=encoding)

    tables = {
        _PARAMETERS: result.estimates, _EFFECTS: result.effects,
        _MEASUREMENTS: result.measurements, _CHECK: result.checked,
        _DOSES: result.doses,
    }  # fmt: skip
    folder.finish(
        {
            **{n: table.to_csv(index=False) for n, table in tables.items() if table is not None},
            _REPORT: result.report(),
            _COURSES: write_courses,
            **({} if draw is None else draw(result)),
        },
        result.to_dict(),
        {
            **made_with(_PACKAGES),
            "model": result.model,
            "model_hash": result.model_hash,
            "jobs": jobs,
            "seconds": round(result.seconds, 1),
            "runs": result.runs,
        },
    )


def read_population(path: str | Path) -> PopulationRecord:
    """Read the result folder of a population fit.

    Parameters
    ----------
    path
        Folder that `fit_population` wrote.

    Raises
    ------
    InputError
        If it holds no finished population fit.

    Examples
    --------
    >>> import pdmodel
    >>> from tempfile import TemporaryDirectory
    >>> import pandas as pd
    >>> levels = {1: (8.3, 2.7), 2: (7.4, 2.1), 3: (8.0, 3.4), 4: (7.7, 2.4)}
    >>> rows = [
    ...     (n, day, amount, int(amount > 0), value)
    ...     for n, (early, late) in levels.items()
    ...     for day, amount, value in ((0, 10, 0), (0.05, 0, early), (0.3, 0, late))
    ... ]
    >>> table = pd.DataFrame(rows, columns=["ID", "TIME", "AMT", "EVID", "DV"])
    >>> measured = pdmodel.FitProblem(
    ...     "reference", data=table.assign(CMT="lenalidomide"), observed="drug_plasma",
    ...     own=["CL"], free=[],
    ... )
    >>> with TemporaryDirectory() as folder:
    ...     made = measured.run(method="population", simulations=0, out=f"{folder}/population")
    ...     again = pdmodel.read_population(f"{folder}/population")
    >>> again.model
    'reference'
    """
    folder = place_of(path)
    if not holds(folder, POPULATION):
        raise InputError(f"{path} holds no finished population fit ({_RESULT} is missing)")
    data = read_shaped(folder / _RESULT, SHAPE)
    courses = read_dataset(folder / _COURSES, ("prediction", "subject", "time"))
    rows = read_frame(
        folder / _MEASUREMENTS, ["subject", "quantity", "day", "value", "predicted"], text=_TEXT
    )
    checked = read_frame(folder / _CHECK) if (folder / _CHECK).is_file() else None
    doses = read_frame(folder / _DOSES, ["subject", "day"], text=("subject", "drug", "unit"))
    with reading(folder):
        return record_from_dict(data, rows, courses, doses, checked)
