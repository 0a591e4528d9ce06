"""Priors: what is known of a parameter from elsewhere, as rows of their own that are not data."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from scipy.special import ndtr, ndtri

from pdmodel import catalogue
from pdmodel.arguments import as_number, name_of, shown
from pdmodel.arrays import Array
from pdmodel.errors import InputError, nearest, unknown
from pdmodel.model import Model
from pdmodel.model.vocabulary import STATUSES
from pdmodel.storage.files.csv_rows import read_number, read_rows, require_columns

_COLUMNS = ("parameter", "median", "cv", "status", "source")


class PlacedPrior(Protocol):
    """The prior of one parameter, as nested sampling asks for it."""

    @property
    def words(self) -> str:
        """What it is, in words."""

    def place(self, shares: Array, low: float, high: float) -> Array:
        """Return where some shares of its mass between two bounds lie, both of shape (n,)."""


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

    def __post_init__(self) -> None:
        """Refuse what is no prior.

        Raises
        ------
        InputError
            If a number is not above 0, or the status is unknown.
        """
        object.__setattr__(self, "parameter", name_of(self.parameter, "parameter"))
        for column, fault in _faults(vars(self)):
            raise InputError(f"prior of {self.parameter!r}, {column!r}: {fault}")
        for column in ("median", "cv"):
            object.__setattr__(self, column, float(getattr(self, column)))

    @property
    def spread(self) -> float:
        """Standard deviation of the logarithm."""
        return math.sqrt(math.log1p(self.cv**2))

    @property
    def words(self) -> str:
        """What it is, in words."""
        return f"log-normal, median {self.median:g}, CV {self.cv:.0%}, cut at the bounds"

    def place(self, shares: Array, low: float, high: float) -> Array:
        """Return quantiles of the prior between two bounds.

        Parameters
        ----------
        shares
            Of its mass between them, shape (n,).
        low, high
            The bounds, in the parameter's unit.

        Returns
        -------
        numpy.ndarray
            Shape (n,).
        """
        least = -math.inf if low <= 0 else math.log(low / self.median) / self.spread
        most = math.log(high / self.median) / self.spread
        mass = ndtr(least) + shares * (ndtr(most) - ndtr(least))
        values = self.median * np.exp(self.spread * ndtri(mass))
        placed: Array = np.clip(values, low, high)
        return placed

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

    Parameters
    ----------
    path
        A CSV file.

    Raises
    ------
    InputError
        At the first row that cannot be used; names file, row and column.
    """
    file = Path(path)
    rows = read_rows(file, InputError)
    require_columns(file, rows, _COLUMNS, InputError)
    return tuple(_read_row(where, row) for where, row in rows)


def find_priors(priors: str | Path | Sequence[Prior]) -> tuple[Prior, ...]:
    """Return priors as they are, or those of a table: its path, or the name of a published one."""
    if not isinstance(priors, str | Path):
        return tuple(priors)
    return read_priors(catalogue.find_table(priors))


def _read_row(where: str, row: Mapping[str, str]) -> Prior:
    numbers = {
        column: read_number(f"{where}, column {column!r}", row[column], InputError)
        for column in ("median", "cv")
    }
    words = {column: row[column] for column in ("parameter", "status", "source")}
    for column, fault in _faults({**numbers, **words}):
        raise InputError(f"{where}, column {column!r}: {fault}")
    return Prior(words["parameter"], status=words["status"], source=words["source"], **numbers)


def _faults(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield column and fault of what makes no prior."""
    for column in ("median", "cv"):
        number = as_number(values[column])
        if number is None or not 0 < number < math.inf:
            yield column, f"must be > 0, got {shown(values[column])}"
    status = values["status"]
    if status not in STATUSES:
        hint, allowed = nearest(status, STATUSES), ", ".join(STATUSES)
        yield "status", f"unknown status {shown(status)}{hint} (known: {allowed})"


def check_priors(priors: Sequence[Prior], model: Model) -> None:
    """Refuse priors of parameters the model does not have."""
    allowed = [q.name for q in model.parameters if q.kind == "parameter"]
    for prior in priors:
        if prior.parameter not in allowed:
            where = f"parameter of a prior for model {model.name!r}:"
            raise unknown(where, prior.parameter, allowed)
