"""The result folder of a fit: starts committed one by one, the rest written at the end.

`fit.json` is written last: a folder without it is unfinished and is resumed by the same problem.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xarray as xr

from pdmodel.errors import InputError
from pdmodel.inference.fit.measured_data import MeasuredData
from pdmodel.inference.fit.record import FitRecord, record_from_dict
from pdmodel.inference.fit.tables import FIT_SHAPE, TARGET_COLUMNS, UNMEASURED, frame
from pdmodel.storage import (
    ResultFolder,
    describe,
    each,
    holds,
    made_with,
    maybe,
    place_of,
    read_dataset,
    read_frame,
    read_shaped,
    user_code,
)

if TYPE_CHECKING:
    from pdmodel.executors import Work
    from pdmodel.inference.fit.result import FitResult
    from pdmodel.inference.fit.starts import StartPlan
    from pdmodel.inference.problem.problem import Problem

FIT = "fit"
START_SHAPE = {
    "index": int, "seed": int, "cost": maybe(float), "status": str, "message": str, "nfev": int,
    "njev": int, "failures": int, "values": each(float),
}  # fmt: skip
"""How a stored start looks."""
_FIT = "fit.json"
_TARGETS, _PARAMETERS, _NULL = "targets.csv", "parameters.csv", "null_targets.csv"
_MOVED = "moved_thresholds.csv"
_MEASURED, _DOSES, _COURSES = "measurements.csv", "doses.csv", "courses.nc"
_TRAJECTORIES, _STARTS, _REPORT = "trajectories.nc", "starts", "report.txt"
PACKAGES = ("pdmodel", "numpy", "scipy", "sympy", "lmfit", "pandas", "xarray")


def take_fit(work: Work, problem: Problem, plan: StartPlan) -> ResultFolder:
    """Begin the folder of a fit, or take up an unfinished one of the same problem and plan.

    Raises
    ------
    InputError
        If it holds anything else.
    """
    assert work.out is not None
    identity = fit_identity(problem, plan)
    return ResultFolder.take(work.out, FIT, identity, overwrite=work.overwrite)


def fit_identity(problem: Problem, plan: StartPlan) -> dict[str, Any]:
    """Return what makes two fits the same; the number of workers does not."""
    return problem_content(problem) | {
        "starts": plan.starts,
        "seed": plan.seed,
        "max_evaluations": plan.max_evaluations,
    }


def problem_content(problem: Problem) -> dict[str, Any]:
    """Return what makes two problems the same, as plain data."""
    measured = problem.measurements
    of_data: dict[str, Any] = {}
    if measured is not None:
        of_data = {"data": measured.content(), "own": list(problem.own)}
    if problem.regimens:
        of_data["regimens"] = {name: describe(own) for name, own in problem.regimens.items()}
    return (
        of_data
        | problem.further_content()
        | {
            "model": describe(problem.model),
            "null": describe(problem.null),
            "regimen": str(problem.regimen),
            "doses": describe(problem.regimen),
            "days": problem.days,
            "visit_interval": problem.visit_interval,
            "rtol": problem.rtol,
            "atol": describe(problem.atol),
            "engine": problem.simulator.engine,
            "jacobian": "exact" if problem.exact else "differences",
            "targets": describe(list(problem.targets)),
            "priors": describe(list(problem.priors)),
            "groups": describe(dict(problem.groups)),
            "settings": describe(list(problem.settings)),
            "code": user_code(
                problem.regimen, list(problem.targets), list(problem.priors), dict(problem.groups)
            ),
        }
    )


def read_starts(folder: ResultFolder, free: Sequence[str], count: int) -> list[dict[str, Any]]:
    """Return the starts committed so far.

    Parameters
    ----------
    folder
        Of the fit.
    free, count
        Free parameters, of which each start has a value, and the number of starts.

    Raises
    ------
    InputError
        If one of them is damaged, or is none of this fit.
    """
    parts, starts = folder.parts(_STARTS), []
    for name in parts:
        start = read_shaped(parts.file(name), START_SHAPE)
        if set(start["values"]) != set(free) or not 0 <= start["index"] < count:
            raise InputError(f"{parts.file(name)} is damaged: it is no start of this fit")
        starts.append(start)
    return starts


def write_start(folder: ResultFolder, index: int, start: Mapping[str, Any]) -> None:
    """Commit one start."""
    folder.parts(_STARTS)[f"start_{index:04d}.json"] = start


def write_fit(
    folder: ResultFolder,
    result: FitResult,
    jobs: int,
    draw: Callable[[FitResult], Mapping[str, bytes]] | None = None,
) -> None:
    """Write every table and figure, then `fit.json`."""
    tables = {
        _TARGETS: result.targets, _PARAMETERS: result.parameters, _NULL: result.null_targets,
        _MOVED: result.moved, _MEASURED: result.measurements, _DOSES: result.doses,
    }  # fmt: skip
    folder.finish(
        {
            **{n: table.to_csv(index=False) for n, table in tables.items() if table is not None},
            _REPORT: result.report(),
            _TRAJECTORIES: _writer(result.trajectories),
            **({} if result.courses is None else {_COURSES: _writer(result.courses)}),
            **({} if draw is None else draw(result)),
        },
        result.to_dict(),
        manifest(result, jobs),
    )


def _writer(courses: xr.Dataset) -> Callable[[Path], None]:
    """Return what writes a Dataset to a file."""

    def write(file: Path) -> None:
        encoding = {name: {"zlib": True} for name in courses.data_vars}
        courses.to_netcdf(file, engine="h5netcdf", encoding=encoding)

    return write


def manifest(result: FitResult, jobs: int) -> dict[str, Any]:
    """Return what may differ between two runs of the same fit: versions, command, time spent."""
    return {
        **made_with(PACKAGES),
        "seed": result.seed,
        "model": result.model,
        "model_hash": result.model_hash,
        "jobs": jobs,
        "engine": result.problem.simulator.engine,
        "jacobian": "exact" if result.problem.exact else "differences",
        "seconds": round(result.seconds, 1),
        "evaluations": result.summary["evaluations"],
        "jacobians": result.summary["jacobians"],
        "failed_evaluations": result.failures,
    }


def read_result(path: str | Path) -> FitRecord:
    """Read a result folder.

    Parameters
    ----------
    path
        Folder that `FitProblem.run` or `pdmodel fit` wrote.

    Raises
    ------
    InputError
        If the folder holds no finished fit.

    Examples
    --------
    >>> import pdmodel
    >>> from tempfile import TemporaryDirectory
    >>> import pandas as pd
    >>> table = pd.DataFrame({
    ...     "ID": 1, "TIME": [0, 0.05, 0.1, 0.3], "EVID": [1, 0, 0, 0], "AMT": [10, 0, 0, 0],
    ...     "CMT": "lenalidomide", "DV": [0, 7.9, 6.9, 2.7],
    ... })
    >>> problem = pdmodel.FitProblem(
    ...     "reference", data=table, observed="drug_plasma", free=["CL"]
    ... )
    >>> with TemporaryDirectory() as folder:
    ...     result = problem.run(starts=1, out=f"{folder}/fit")
    ...     again = pdmodel.read_result(f"{folder}/fit")
    >>> again.model
    'reference'
    """
    folder = place_of(path)
    if not holds(folder, FIT):
        raise InputError(f"{path} holds no finished fit ({_FIT} is missing)")
    data = read_shaped(folder / _FIT, FIT_SHAPE)
    trajectories = read_dataset(folder / _TRAJECTORIES, ("group", "time"))
    null = None
    if (folder / _NULL).is_file():
        required = [name for name in TARGET_COLUMNS if name not in UNMEASURED]
        rows = read_frame(folder / _NULL, required).to_dict("records")
        null = frame([{**UNMEASURED, **row} for row in rows], TARGET_COLUMNS)
    moved = read_frame(folder / _MOVED) if (folder / _MOVED).is_file() else None
    try:
        return record_from_dict(data, trajectories, null, moved, _read_measured(folder, data))
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{folder} is damaged: {error}") from error


def _read_measured(folder: Path, data: Mapping[str, Any]) -> MeasuredData | None:
    if "data" not in data:
        return None
    courses = read_dataset(folder / _COURSES, ("subject", "time"))
    doses = read_frame(folder / _DOSES, text=("subject", "drug", "unit"))
    return MeasuredData.from_dict(data["data"], courses, doses)
