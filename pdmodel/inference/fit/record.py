"""FitRecord: what a fit found, as tables; written to a result folder and read back."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import xarray as xr

from pdmodel.inference.problem.parameters import setting_names
from pdmodel.storage import maybe, plain, plain_rows

SCHEMA_VERSION = 1

TARGET_COLUMNS = (
    "id", "group", "observable", "kind", "day", "low", "high", "value", "sigma", "simulated", "met",
    "direction_status", "threshold_status", "source",
)  # fmt: skip
PARAMETER_COLUMNS = (
    "name", "group", "unit", "value", "stderr", "stderr_reason", "init", "min", "max", "vary",
    "at_bound", "identifiability", "status", "source",
)  # fmt: skip
START_COLUMNS = ("seed", "cost", "status", "message", "nfev", "njev")
SUMMARY_KEYS = (
    "targets", "targets_met", "n_data", "n_free", "log_likelihood", "aicc", "evaluations",
    "jacobians",
)  # fmt: skip


_PARAMETER = {
    "name": str, "group": maybe(str), "unit": str, "value": maybe(float), "stderr": maybe(float),
    "stderr_reason": maybe(str), "init": maybe(float), "min": maybe(float), "max": maybe(float),
    "vary": bool, "at_bound": maybe(str), "identifiability": maybe(str), "status": maybe(str),
    "source": maybe(str),
}  # fmt: skip
_TARGET = {
    "id": str, "group": str, "observable": str, "kind": str, "day": maybe(float),
    "low": maybe(float), "high": maybe(float), "value?": maybe(float), "sigma?": maybe(float),
    "simulated": maybe(float), "met": bool,
    "direction_status": maybe(str), "threshold_status": maybe(str), "source": maybe(str),
}  # fmt: skip
_START = {
    "seed": int, "cost": maybe(float), "status": str, "message": str, "nfev": int, "njev?": int,
}  # fmt: skip
FIT_SHAPE = {
    "model": str, "model_hash": str, "seed": int, "regimen": str, "horizon_days": float,
    "parameters": [_PARAMETER], "targets": [_TARGET], "starts": [_START], "priors": [object],
    "summary": {
        key if key not in ("evaluations", "jacobians") else f"{key}?": maybe(float)
        for key in SUMMARY_KEYS
    },
}  # fmt: skip
"""How `fit.json` looks."""


@dataclass
class FitRecord:
    """The tables of a fit.

    Parameters
    ----------
    model, model_hash, seed, regimen, horizon_days
        What was fitted, under what.
    parameters, targets, starts
        Tables with the columns of `fit.json`; a missing number is NaN or None.
    summary
        Targets met, sizes, log-likelihood of the data rows, AICc; evaluations of the residuals and
        of their exact Jacobian, over all starts and the polishing.
    priors
        Rows that are not data; none yet.
    trajectories
        Quantities over (group, time) at the fitted values; NaN after the end of a group's run.
    null_targets
        The same target table for the null model, if there is one.
    moved
        The verdict of each target when its assumed bound moves over its range.
    """

    model: str
    model_hash: str
    seed: int
    regimen: str
    horizon_days: float
    parameters: pd.DataFrame
    targets: pd.DataFrame
    starts: pd.DataFrame
    summary: dict[str, Any]
    trajectories: xr.Dataset
    priors: list[dict[str, Any]] = field(default_factory=list)
    null_targets: pd.DataFrame | None = None
    moved: pd.DataFrame | None = None

    @property
    def all_met(self) -> bool:
        """Whether every target is met."""
        return bool(self.targets["met"].all())

    def to_dict(self) -> dict[str, Any]:
        """Return `fit.json`: plain data, null where there is no number."""
        return {
            "schema_version": SCHEMA_VERSION,
            "model": self.model,
            "model_hash": self.model_hash,
            "seed": self.seed,
            "regimen": self.regimen,
            "horizon_days": self.horizon_days,
            "parameters": _rows(self.parameters, PARAMETER_COLUMNS),
            "targets": _rows(self.targets, TARGET_COLUMNS),
            "priors": self.priors,
            "summary": {key: plain(self.summary[key]) for key in SUMMARY_KEYS},
            "starts": _rows(self.starts, START_COLUMNS),
        }

    @property
    def values(self) -> dict[str, float]:
        """Every fitted and held value, by the names of the fit: `name`, or `name__group`."""
        rows = self.parameters.to_dict("records")
        names = setting_names((row["name"], row["group"]) for row in rows)
        return {name: float(row["value"]) for name, row in zip(names, rows, strict=True)}

    def report(self) -> str:
        """Return the whole result in words and tables."""
        from pdmodel.inference.fit.report_text import write_report

        return write_report(self)

    def __str__(self) -> str:
        """Return the report."""
        return self.report()

    def _repr_html_(self) -> str:
        """Tables for a notebook."""
        columns = ["id", "group", "simulated", "value", "low", "high", "met"]
        varied = self.parameters[self.parameters["vary"]]
        return str(self.targets[columns].to_html(index=False) + varied.to_html(index=False))


def record_from_dict(
    data: Mapping[str, Any],
    trajectories: xr.Dataset,
    null_targets: pd.DataFrame | None,
    moved: pd.DataFrame | None,
) -> FitRecord:
    """Build a record from the content of `fit.json` and the files beside it."""
    return FitRecord(
        model=data["model"],
        model_hash=data["model_hash"],
        seed=data["seed"],
        regimen=data["regimen"],
        horizon_days=data["horizon_days"],
        parameters=frame(data["parameters"], PARAMETER_COLUMNS),
        targets=frame([UNMEASURED | row for row in data["targets"]], TARGET_COLUMNS),
        # what fits of before exact Jacobians did not count
        starts=frame([{"njev": 0, **row} for row in data["starts"]], START_COLUMNS),
        summary={"evaluations": None, "jacobians": 0, **data["summary"]},
        trajectories=trajectories,
        priors=list(data["priors"]),
        null_targets=null_targets,
        moved=moved,
    )


UNMEASURED: dict[str, Any] = {"value": None, "sigma": None}
"""Columns of targets that fits of before did not have."""
_NUMERIC = {
    "day",
    "low",
    "high",
    "simulated",
    "value",
    "sigma",
    "stderr",
    "init",
    "min",
    "max",
    "cost",
}


def frame(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    """Return rows as a table with the columns in order; missing numbers become NaN."""
    data: dict[str, Any] = {}
    for column in columns:
        values = [row[column] for row in rows]
        if column in _NUMERIC:
            numbers = [math.nan if value is None else float(value) for value in values]
            data[column] = pd.Series(numbers, dtype=float)
        elif column in ("met", "vary"):
            data[column] = pd.Series(values, dtype=bool)
        else:
            data[column] = pd.Series(values, dtype=object)
    return pd.DataFrame(data)


def _rows(table: pd.DataFrame, columns: Sequence[str]) -> list[dict[str, Any]]:
    return [{column: row[column] for column in columns} for row in plain_rows(table)]
