"""The result folder of a fit: starts committed one by one, the rest written at the end.

`fit.json` is written last: a folder without it is unfinished and is resumed by the same problem.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import xarray as xr

from pdmodel.errors import InputError
from pdmodel.inference.record import TARGET_COLUMNS, FitRecord, frame, record_from_dict
from pdmodel.storage import made_with, new_file, write_json, write_text

if TYPE_CHECKING:
    from pdmodel.inference.problem import FitProblem
    from pdmodel.inference.result import FitResult
    from pdmodel.inference.starts import StartPlan

_FIT, PROBLEM, _MANIFEST = "fit.json", "problem.json", "manifest.json"
_TARGETS, _PARAMETERS, _NULL = "targets.csv", "parameters.csv", "null_targets.csv"
_MOVED = "moved_thresholds.csv"
_TRAJECTORIES, _STARTS, _REPORT = "trajectories.nc", "starts", "report.txt"
PACKAGES = ("pdmodel", "numpy", "scipy", "sympy", "lmfit", "pandas", "xarray")


def fingerprint(problem: FitProblem, plan: StartPlan) -> dict[str, Any]:
    """Return what makes two fits the same; the number of workers does not."""
    content = problem_content(problem) | {
        "starts": plan.starts,
        "seed": plan.seed,
        "max_evaluations": plan.max_evaluations,
    }
    return with_fingerprint(content)


def problem_content(problem: FitProblem) -> dict[str, Any]:
    """Return what makes two problems the same, as plain data."""
    return {
        "model": problem.model.name,
        "model_hash": problem.model.hash,
        "null_hash": problem.null.hash if problem.null is not None else None,
        "regimen": str(problem.regimen),
        "doses": repr(problem.regimen),
        "days": problem.days,
        "rtol": problem.rtol,
        "atol": problem.atol,
        "engine": problem.simulator.engine,
        "jacobian": "exact" if problem.exact else "differences",
        "targets": [repr(target) for target in problem.targets],
        "priors": [repr(prior) for prior in problem.priors],
        "groups": {name: dict(group.values) for name, group in problem.groups.items()},
        "settings": [repr(setting) for setting in problem.settings],
    }


def with_fingerprint(content: dict[str, Any]) -> dict[str, Any]:
    """Return plain data with their hash in front."""
    text = json.dumps(content, sort_keys=True)
    return {"fingerprint": hashlib.sha256(text.encode()).hexdigest(), **content}


@dataclass(frozen=True)
class ResultFolder:
    """A folder that belongs to one problem and plan."""

    path: Path

    @classmethod
    def open(
        cls, path: Path, problem: FitProblem, plan: StartPlan, overwrite: bool
    ) -> ResultFolder:
        """Create the folder, or take up an unfinished one of the same problem.

        Raises
        ------
        InputError
            If it holds anything else.
        """
        own = fingerprint(problem, plan)
        if path.exists() and not path.is_dir():
            raise InputError(f"{path} exists and is not a folder")
        if path.is_dir() and any(path.iterdir()):
            cls._take_over(path, own["fingerprint"], overwrite)
        path.mkdir(parents=True, exist_ok=True)
        (path / _STARTS).mkdir(exist_ok=True)
        if not (path / PROBLEM).exists():
            write_json(path / PROBLEM, own)
        return cls(path)

    @staticmethod
    def _take_over(path: Path, own: str, overwrite: bool) -> None:
        if not (path / PROBLEM).is_file():
            raise InputError(
                f"folder {path} exists and holds no fit of pdmodel; choose another --out"
            )
        same = read_object(path / PROBLEM).get("fingerprint") == own
        finished = (path / _FIT).exists()
        if same and not finished:
            return
        if not overwrite:
            state = "a finished fit" if same else "the fit of another problem"
            raise InputError(
                f"folder {path} exists and holds {state}; choose another --out, or --overwrite"
            )
        shutil.rmtree(path)

    def read_starts(self) -> list[dict[str, Any]]:
        """Return the starts committed so far."""
        return [read_object(file) for file in sorted((self.path / _STARTS).glob("start_*.json"))]

    def write_start(self, index: int, start: Mapping[str, Any]) -> None:
        """Commit one start."""
        write_json(self.path / _STARTS / f"start_{index:04d}.json", start)

    def write(self, result: FitResult) -> None:
        """Write every table, then `fit.json`."""
        write_text(self.path / _TARGETS, result.targets.to_csv(index=False))
        write_text(self.path / _PARAMETERS, result.parameters.to_csv(index=False))
        if result.null_targets is not None:
            write_text(self.path / _NULL, result.null_targets.to_csv(index=False))
        if result.moved is not None:
            write_text(self.path / _MOVED, result.moved.to_csv(index=False))
        write_text(self.path / _REPORT, result.report())
        encoding = {name: {"zlib": True} for name in result.trajectories.data_vars}
        with new_file(self.path / _TRAJECTORIES) as file:
            result.trajectories.to_netcdf(file, engine="h5netcdf", encoding=encoding)
        write_json(self.path / _MANIFEST, manifest(result))
        write_json(self.path / _FIT, result.to_dict())


def manifest(result: FitResult) -> dict[str, Any]:
    """Return what may differ between two runs of the same fit: versions, command, time spent."""
    return {
        **made_with(PACKAGES),
        "seed": result.seed,
        "model": result.model,
        "model_hash": result.model_hash,
        "jobs": result.plan.jobs,
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
    """
    folder = Path(path)
    if not (folder / _FIT).is_file():
        raise InputError(f"{folder} holds no finished fit ({_FIT} is missing)")
    data = read_object(folder / _FIT)
    null = None
    if (folder / _NULL).is_file():
        rows = pd.read_csv(folder / _NULL, keep_default_na=True).to_dict("records")
        null = frame(rows, TARGET_COLUMNS)
    moved = pd.read_csv(folder / _MOVED) if (folder / _MOVED).is_file() else None
    try:
        with xr.open_dataset(folder / _TRAJECTORIES, engine="h5netcdf") as stored:
            trajectories = stored.load()
        return record_from_dict(data, trajectories, null, moved)
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{folder} is damaged: {error}") from error


def read_object(path: Path) -> dict[str, Any]:
    """Read a JSON file that holds an object.

    Raises
    ------
    InputError
        If it cannot be read, or holds something else.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise InputError(f"{path} is not what pdmodel writes")
    return content
