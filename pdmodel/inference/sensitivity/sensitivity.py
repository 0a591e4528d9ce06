"""Sensitivity: what the targets say of the parameters, near one point and over their ranges."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from pdmodel.errors import InputError, SimulationError, unknown
from pdmodel.inference.fit.folder import PACKAGES
from pdmodel.inference.fit.record import FitRecord
from pdmodel.inference.problem.parameters import linear_values
from pdmodel.inference.sensitivity.identifiability import Identifiability, find_identifiability
from pdmodel.inference.sensitivity.sobol import Sobol, find_sobol
from pdmodel.inference.targets.course import EvaluationFailure
from pdmodel.storage import (
    check_place as check_folder,
    made_with,
    new_result,
    plain_rows,
    write_content,
    write_json,
    write_text,
)

if TYPE_CHECKING:
    from pdmodel.executors import Progress
    from pdmodel.inference.problem.problem import Problem

KIND = "sensitivity"
SCHEMA_VERSION = 1
_RESULT, _REPORT = "sensitivity.json", "report.txt"


@dataclass(frozen=True)
class Sensitivity:
    """Local identifiability, and global sensitivity unless only the local part was asked for.

    Parameters
    ----------
    model, model_hash, regimen, horizon_days
        What was looked at, under what.
    point
        Where the point comes from: `declared values`, `fit` or `given values`.
    local, sobol
        The two parts.
    """

    model: str
    model_hash: str
    regimen: str
    horizon_days: float
    point: str
    local: Identifiability
    sobol: Sobol | None = None

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables of the folder, by name."""
        local = self.local
        found = {
            "local": local.combinations.join(local.exponents.add_prefix("exponent ")),
            "parameters": local.parameters,
            "slopes": local.slopes.reset_index(names="target"),
            "correlation": local.correlation.reset_index(names="parameter"),
        }
        if self.sobol is not None:
            found |= {"sobol": self.sobol.indices, "sobol_targets": self.sobol.targets}
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return `sensitivity.json`: plain data, null where there is no number."""
        names = ("model", "model_hash", "regimen", "horizon_days", "point")
        data: dict[str, Any] = {"schema_version": SCHEMA_VERSION}
        data |= {name: getattr(self, name) for name in names}
        data |= {"rank": self.local.rank, "rank_tolerance": self.local.tolerance}
        data["tables"] = {name: plain_rows(table) for name, table in self.tables.items()}
        if self.sobol is not None:
            plan = ("draws", "seed", "factor", "runs", "failed", "reason")
            data["sobol"] = {name: getattr(self.sobol, name) for name in plan}
            data["sobol"]["ranges"] = plain_rows(self.sobol.ranges)
        return data

    def report(self) -> str:
        """Return both parts in words and tables."""
        from pdmodel.inference.sensitivity.sensitivity_text import write_sensitivity

        return write_sensitivity(self)

    def save(
        self,
        path: str | Path,
        overwrite: bool = False,
        draw: Callable[[Sensitivity], Mapping[str, bytes]] | None = None,
    ) -> None:
        """Write a folder, whole or not at all: tables, report, then `sensitivity.json`.

        Parameters
        ----------
        path, overwrite
            The folder, and whether an older one of its kind may be replaced.
        draw
            Returns figures by path; they are written with the tables.

        Raises
        ------
        InputError
            If the place is taken or cannot be written to.
        """
        figures = {} if draw is None else draw(self)
        with new_result(path, KIND, overwrite) as folder:
            for name, content in figures.items():
                write_content(folder / name, content)
            for name, table in self.tables.items():
                write_text(folder / f"{name}.csv", table.to_csv(index=False))
            write_text(folder / _REPORT, self.report())
            write_json(folder / _RESULT, self.to_dict())
            write_json(folder / "manifest.json", {"kind": KIND, **made_with(PACKAGES)})

    def __str__(self) -> str:
        """Return the report."""
        return self.report()


def run_sensitivity(
    problem: Problem,
    best: FitRecord | Mapping[str, float] | None = None,
    *,
    local: bool = False,
    draws: int = 128,
    factor: float | None = None,
    seed: int = 1,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Sensitivity:
    """Find what the targets say of the free parameters.

    Parameters
    ----------
    problem
        The problem; `problem.free` are the parameters.
    best
        The point: a fit, or values by name; what is not named, and all by default, is as declared.
    local
        Whether to leave the global part out.
    draws, factor, seed, threads, progress
        As in `find_sobol`.

    Raises
    ------
    InputError
        If a name or number is not allowed, the fit is another one, or SALib is missing.
    SimulationError
        If the point, or more than 5 % of the draws, cannot be simulated.
    """
    values = point_values(problem, best)
    try:
        near = find_identifiability(problem, values)
    except EvaluationFailure as error:
        raise SimulationError(
            f"the point cannot be simulated: {error}", {"parameters": values, "cause": str(error)}
        ) from error
    far = None
    if not local:
        far = find_sobol(
            problem, values, draws, factor=factor, seed=seed, threads=threads, progress=progress
        )
    words = "fit" if isinstance(best, FitRecord) else "given values" if best else "declared values"
    return Sensitivity(
        problem.model.name, problem.model.hash, str(problem.regimen), problem.days, words, near, far
    )


def point_values(
    problem: Problem, best: FitRecord | Mapping[str, float] | None
) -> dict[str, float]:
    """Return the value of every setting at a point.

    Raises
    ------
    InputError
        If a name is unknown, a value lies outside its bounds, or the fit is of another question.
    """
    settings = {s.name: s for s in problem.settings}
    given = _fitted(problem, best) if isinstance(best, FitRecord) else dict(best or {})
    for name, value in given.items():
        if name not in settings:
            raise unknown("parameter of the point", name, settings)
        low, high = settings[name].min, settings[name].max
        if not low <= value <= high and not settings[name].expr:
            raise InputError(f"parameter {name!r}: value {value:g} with bounds [{low:g}, {high:g}]")
    return linear_values(
        [replace(s, value=given.get(s.name, s.value)) for s in problem.settings], {}
    )


def _fitted(problem: Problem, record: FitRecord) -> dict[str, float]:
    own = (problem.model.hash, str(problem.regimen), problem.days)
    if (record.model_hash, record.regimen, record.horizon_days) != own:
        raise InputError(
            f"the fit is of model {record.model!r} under {record.regimen!r}, "
            f"{record.horizon_days:g} days; the question is of {problem.model.name!r} under "
            f"{str(problem.regimen)!r}, {problem.days:g} days"
            + ("" if record.model != problem.model.name else " (or the model has changed since)")
        )
    values = record.values
    missing = [s.name for s in problem.settings if s.name not in values]
    if missing or len(values) > len(problem.settings):
        raise InputError(
            "other parameters differ between the groups in the fit than in the question; give "
            "the same --differ"
        )
    return values


def check_place(path: str | Path, overwrite: bool) -> None:
    """Refuse a folder that is taken, or that may be replaced but holds something else.

    Raises
    ------
    InputError
        If the result cannot be written there.
    """
    check_folder(path, KIND, overwrite)
