"""Priors: what is known of a parameter from elsewhere, as rows of their own that are not data."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pdmodel import catalogue
from pdmodel.errors import InputError, unknown
from pdmodel.model import Model
from pdmodel.model.vocabulary import STATUSES
from pdmodel.table import read_number, read_rows, require_columns

_COLUMNS = ("parameter", "median", "cv", "status", "source")


@dataclass(frozen=True)
class Prior:
    """A log-normal prior of a shared parameter.

    Parameters
    ----------
    parameter
        Its name; a fit with the prior frees it.
    median
        In the parameter's unit.
    cv
        Coefficient of variation; the standard deviation of the logarithm is sqrt(log(1 + cv^2)).
    status, source
        Where it comes from.
    """

    parameter: str
    median: float
    cv: float
    status: str = "reported"
    source: str = ""

    @property
    def spread(self) -> float:
        """Standard deviation of the logarithm."""
        return math.sqrt(math.log1p(self.cv**2))

    def residual(self, value: float) -> float:
        """Return the residual of a value, in standard deviations."""
        return math.log(value / self.median) / self.spread

    def residual_slope(self, value: float) -> float:
        """Return d residual / d value."""
        return 1 / (value * self.spread)

    def to_row(self, value: float) -> dict[str, Any]:
        """Return the row of `fit.json`."""
        return {**self.__dict__, "value": value, "residual": self.residual(value)}


def read_priors(path: str | Path) -> tuple[Prior, ...]:
    """Read a prior table with the columns parameter, median, cv, status, source.

    Raises
    ------
    InputError
        At the first row that cannot be used; names file, row and column.
    """
    file = Path(path)
    rows = read_rows(file, InputError)
    require_columns(file, rows, _COLUMNS, InputError)
    return tuple(_read_row(f"{file}, row {line}", row) for line, row in enumerate(rows, start=2))


def find_priors(priors: str | Path | Sequence[Prior]) -> tuple[Prior, ...]:
    """Return priors as they are, or those of a table: its path, or the name of a published one."""
    if not isinstance(priors, str | Path):
        return tuple(priors)
    path = Path(priors)
    return read_priors(path if path.exists() else catalogue.find_data(str(priors)))


def _read_row(where: str, row: Mapping[str, str]) -> Prior:
    numbers = {}
    for column in ("median", "cv"):
        place = f"{where}, column {column!r}"
        numbers[column] = read_number(place, row[column], InputError)
        if numbers[column] <= 0:
            raise InputError(f"{place}: must be > 0, got {row[column]}")
    if row["status"] not in STATUSES:
        raise unknown(f"status in {where}, column 'status':", row["status"], STATUSES)
    return Prior(row["parameter"], status=row["status"], source=row["source"], **numbers)


def check_priors(priors: Sequence[Prior], model: Model) -> None:
    """Refuse priors of parameters the model does not have."""
    known = [q.name for q in model.parameters if q.kind == "parameter"]
    for prior in priors:
        if prior.parameter not in known:
            raise unknown(f"parameter of a prior for model {model.name!r}:", prior.parameter, known)
