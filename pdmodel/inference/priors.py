"""Priors: what is known of a parameter from elsewhere, as rows of their own that are not data."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pdmodel.errors import InputError, unknown
from pdmodel.model import Model

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
    try:
        with file.open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{file}: cannot be read: {error}") from error
    for column in _COLUMNS:
        if not rows or column not in rows[0]:
            raise InputError(f"{file}: column {column!r} is missing")
    return tuple(_read_row(file, line, row) for line, row in enumerate(rows, start=2))


def _read_row(file: Path, line: int, row: Mapping[str, str]) -> Prior:
    numbers = {}
    for column in ("median", "cv"):
        try:
            numbers[column] = float(row[column])
        except (TypeError, ValueError):
            raise InputError(
                f"{file}, row {line}, column {column!r}: {row[column]!r} is not a number"
            ) from None
        if not (math.isfinite(numbers[column]) and numbers[column] > 0):
            raise InputError(
                f"{file}, row {line}, column {column!r}: must be > 0, got {row[column]}"
            )
    return Prior(row["parameter"], numbers["median"], numbers["cv"], row["status"], row["source"])


def check_priors(priors: Sequence[Prior], model: Model) -> None:
    """Refuse priors of parameters the model does not have."""
    known = [q.name for q in model.parameters if q.kind == "parameter"]
    for prior in priors:
        if prior.parameter not in known:
            raise unknown(f"parameter of a prior for model {model.name!r}:", prior.parameter, known)
