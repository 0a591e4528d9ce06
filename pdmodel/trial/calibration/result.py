"""The result of a calibration: the population, its uncertainty, and how it is read again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pdmodel.arrays import Array
from pdmodel.errors import InputError, require_known
from pdmodel.storage import maybe, place_of, plain_rows, read_shaped
from pdmodel.trial.population.free_number import FreeNumber, put_numbers
from pdmodel.trial.population.population import Population
from pdmodel.trial.protocol.design import TrialDesign

_SHAPE = {
    "parameters": [{
        "name": str, "before": float, "value": float, "log_error": maybe(float), "min": float,
        "max": float, "at_bound": maybe(object),
    }],
    "log_covariance": maybe([[float]]), "cost": float, "status": str, "message": str,
    "evaluations": int,
}  # fmt: skip


@dataclass(frozen=True)
class Calibration:
    """The result of a calibration.

    Parameters
    ----------
    population
        The calibrated one.
    parameters
        One row per free number: before, after, standard error (of its logarithm), bounds.
    table
        One row per pattern, with `before` and `model` (after).
    cost
        Half the sum of squared residuals.
    status, message, evaluations
        How the minimisation ended.
    covariance
        Covariance of the logarithms of the free numbers, shape (n_free, n_free); NaN where it
        is not known.
    free
        The numbers that were moved.
    """

    population: Population
    parameters: pd.DataFrame
    table: pd.DataFrame
    cost: float
    status: str
    message: str
    evaluations: int
    covariance: Array
    free: tuple[FreeNumber, ...]

    @property
    def uncertainty_known(self) -> bool:
        """Whether there are standard errors; not where it stopped at its budget, for one."""
        return bool(np.isfinite(self.covariance).all())

    def to_dict(self) -> dict[str, Any]:
        """Return plain data; missing numbers are null."""
        return {
            "schema_version": 1, "population": self.population.name, "status": self.status,
            "message": self.message, "evaluations": self.evaluations, "cost": self.cost,
            "parameters": plain_rows(self.parameters),
            "log_covariance": self.covariance.tolist() if self.uncertainty_known else None,
        }  # fmt: skip

    def draws(self, count: int, seed: int = 1) -> list[Population]:
        """Return populations that the report allows: normal draws on the log scale, in bounds.

        Raises
        ------
        InputError
            If the uncertainty is not known.
        """
        return [put_numbers(self.population, numbers) for numbers in self.number_draws(count, seed)]

    @property
    def numbers(self) -> dict[FreeNumber, float]:
        """The calibrated value of each free number."""
        return dict(zip(self.free, self.parameters["value"].to_numpy(float).tolist(), strict=True))

    def number_draws(self, count: int, seed: int = 1) -> list[dict[FreeNumber, float]]:
        """Return values of the free numbers that the report allows, as `draws` does populations.

        Raises
        ------
        InputError
            If the uncertainty is not known.
        """
        if not self.uncertainty_known:
            raise InputError(
                f"the uncertainty of this calibration is not known ({self.message}): no draws"
            )
        centre = np.log(self.parameters["value"].to_numpy(float))
        random = np.random.default_rng([seed, 2])
        logs = random.multivariate_normal(centre, self.covariance, count, method="eigh")
        return [
            {
                free: float(np.clip(value, free.low, free.high))
                for free, value in zip(self.free, np.exp(row), strict=True)
            }
            for row in logs
        ]


def read_calibration(file: Path, trial: TrialDesign) -> Calibration:
    """Read what `Calibration.to_dict` wrote, for a trial with the same free numbers.

    Parameters
    ----------
    file
        `calibration.json`.
    trial
        Whose population is calibrated.

    Raises
    ------
    InputError
        If the file is not such a record, or of other numbers than the trial leaves free.
    """
    data = read_shaped(place_of(file), _SHAPE)
    rows = {row["name"]: row for row in data["parameters"]}
    values = {name: float(row["value"]) for name, row in rows.items()}
    stored = data["log_covariance"]
    ended = (float(data["cost"]), data["status"], data["message"], data["evaluations"])
    free = {number.name: number for number in trial.free}
    require_known(f"{file}: free number", free, *values)
    count = len(values)
    square = stored is None or all(len(row) == len(stored) == count for row in stored)
    if not (count and square and all(value > 0 for value in values.values())):
        raise InputError(f"{file} is not a calibration: its numbers do not fit together")
    covariance = (
        np.full((count, count), np.nan) if stored is None else np.array(stored, dtype=float)
    )
    chosen = tuple(free[name] for name in values)
    return Calibration(
        put_numbers(trial.population, {number: values[number.name] for number in chosen}),
        pd.DataFrame(list(rows.values())), pd.DataFrame(), *ended, covariance, chosen,
    )  # fmt: skip
