"""The records of a block of patients, written while they are treated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from pdmodel.arrays import Array
from pdmodel.model import Model
from pdmodel.trial.protocol.protocol import Protocol


@dataclass
class VisitRecords:
    """The records of a block while it runs.

    Parameters
    ----------
    daily
        By quantity, before the dose of the day: (n_patients, n_days + 1).
    peaks
        By quantity, the largest value of the day: the same shape.
    dose
        Given on the day, (n_patients, n_days).
    level, held
        At the visits, day 0 among them, after the rules: (n_patients, n_visits).
    seen
        By quantity, what the visits measured: the same shape.
    reasons
        Why a patient failed, empty for the others.
    """

    daily: dict[str, Array]
    peaks: dict[str, Array]
    dose: Array
    level: Array
    held: Array
    seen: dict[str, Array]
    reasons: list[str]

    @classmethod
    def empty(
        cls,
        patients: int,
        days: int,
        visits: int,
        names: tuple[Sequence[str], Sequence[str], Sequence[str]],
        reasons: list[str],
    ) -> VisitRecords:
        """Return records of nothing yet.

        Parameters
        ----------
        patients, days, visits
            How many of each; visits with day 0.
        names
            Quantities that are kept daily, those with daily peaks, and those that visits measure.
        reasons
            Why a patient failed to begin.
        """

        def none(columns: int) -> Array:
            return np.full((patients, columns), np.nan)

        daily, peaks, seen = names
        return cls(
            {name: none(days + 1) for name in daily}, {name: none(days + 1) for name in peaks},
            none(days), none(visits), none(visits), {name: none(visits) for name in seen}, reasons,
        )  # fmt: skip

    def forget(self, left: Array, visits: Sequence[int]) -> None:
        """Remove what was simulated of patients after the day on which they left."""
        gone = np.arange(self.dose.shape[1] + 1)[None, :] > left[:, None]
        for values in (*self.daily.values(), *self.peaks.values()):
            values[gone] = np.nan
        self.dose[gone[:, 1:]] = np.nan
        absent = np.asarray(visits)[None, :] > left[:, None]
        for values in (self.level, self.held, *self.seen.values()):
            values[absent] = np.nan


def labelled(
    records: VisitRecords,
    model: Model,
    protocol: Protocol,
    table: pd.DataFrame,
    names: Sequence[str],
    left: Array,
) -> xr.Dataset:
    """Return the records with their labels: of the daily quantities those that are named."""
    off = [not protocol.cycle.gives(day) for day in range(protocol.days)]
    unit = {name: model.vocabulary[name].unit for name in records.daily}
    dosed = {"units": protocol.unit}
    variables = {"day_off": _known("day", np.array(off), {"units": "1"})}
    for name in names:
        variables[name] = _known(("patient", "time"), records.daily[name], {"units": unit[name]})
    for name, values in records.peaks.items():
        variables[f"{name}_peak"] = _known(("patient", "time"), values, {"units": unit[name]})
    for name, values in records.seen.items():
        variables[f"seen_{name}"] = _known(("patient", "visit"), values, {"units": unit[name]})
    variables["dose"] = _known(("patient", "day"), records.dose, dosed)
    variables["level"] = _known(("patient", "visit"), records.level, dosed)
    variables["held"] = _known(("patient", "visit"), records.held, {"units": "1"})
    variables["left"] = _known("patient", left, {"units": "day"})
    variables["parameter_values"] = _known(("patient", "parameter"), table.to_numpy(dtype=float))
    variables["reason"] = _known("patient", np.array(records.reasons, dtype=str))
    return xr.Dataset(
        variables,
        coords={
            "patient": pd.Index(table.index), "time": pd.Index(np.arange(protocol.days + 1)),
            "day": pd.Index(np.arange(protocol.days)),
            "visit": pd.Index(np.array([0, *protocol.visits])),
            "parameter": pd.Index([str(name) for name in table.columns]),
        },
        attrs={
            "model": model.name, "model_hash": model.hash, "protocol": protocol.name,
            "planned": protocol.planned,
        },
    )  # fmt: skip


def _known(
    dims: str | tuple[str, ...], values: Array, labels: dict[str, str] | None = None
) -> xr.Variable:
    """Return a variable; xarray need not import Dask to ask whose the values are."""
    return xr.Variable(dims, values, labels or {}, fastpath=True)
