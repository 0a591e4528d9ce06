"""The tables of a fit: their columns, and how `fit.json` looks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from pdmodel.inference.fit.measured_data import DATA_SHAPE
from pdmodel.storage import maybe

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
MEASURED_KEYS = ("n_measured", "n_censored", "measured_log_likelihood", "bic")
"""Further numbers of the summary where something was measured."""


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
    } | {f"{key}?": maybe(float) for key in MEASURED_KEYS},
    "data?": DATA_SHAPE,
}  # fmt: skip
"""How `fit.json` looks."""


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
