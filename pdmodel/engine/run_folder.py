"""A run as a table, and as files that are read back: netCDF, CSV, manifest."""

from __future__ import annotations

import math
import platform
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from pdmodel.arrays import Array
from pdmodel.engine.schedule.default_grid import decimals_of
from pdmodel.errors import InputError
from pdmodel.storage import holds, place_of, read_dataset, write_json, write_text

TRAJECTORIES, TABLE, MANIFEST = "trajectories.nc", "trajectories.csv", "manifest.json"
_HIDDEN = ("state_values", "parameter_values", "changing_values", "infused_values")
_EXTREMES = ("lowest", "lowest_day", "highest", "highest_day")
_PACKAGES = ("numpy", "scipy", "sympy", "pandas", "xarray")


def quantity_names(run: xr.Dataset) -> list[str]:
    """Return the quantities of a run, without what is kept to compute others later."""
    return [str(name) for name in run.data_vars if name not in _HIDDEN]


def run_table(run: xr.Dataset) -> pd.DataFrame:
    """Return a run as a table, a column a quantity, units in the headings.

    Parameters
    ----------
    run
        A result of `simulate`.

    Returns
    -------
    pandas.DataFrame
        Columns such as `time [day]`, `il6 [pg/mL]`. A day on which something is given has two rows,
        before and after it.
    """
    names = ["time", *quantity_names(run)]
    table = pd.DataFrame(
        {f"{name} [{run[name].attrs['units']}]": run[name].values for name in names}
    )
    table.iloc[:, 0] = days_shown(run)
    return table


def days_shown(run: xr.Dataset) -> Array:
    """Return the days of a run as they are written; the two rows of a dose have the same."""
    shown: Array = np.round(run["time"].values, decimals_of(float(run.attrs["days"])))
    return shown


def run_summary(run: xr.Dataset) -> pd.DataFrame:
    """Return unit, start, lowest, highest (with their days) and end of every quantity of a run.

    Lowest and highest are those that `simulate(extremes=True)` found between the rows too; of a run
    without them, those of its rows. What is within a tenth of the relative tolerance of the largest
    value from 0, ten times what the absolute one is by default, is the solver's noise, given as 0;
    the day of such an extreme is the first on which the quantity is that near to 0.
    """
    share = 0.1 * float(run.attrs["rtol"])
    rows = []
    for name in quantity_names(run):
        values, extremes = run[name].values, extremes_of(run[name])
        noise = share * max(abs(extremes["lowest"]), abs(extremes["highest"]))

        def quiet(value: float, noise: float = noise) -> float:
            return 0.0 if abs(value) < noise else float(value)

        for end in ("lowest", "highest"):
            near = np.abs(values) < noise
            if abs(extremes[end]) < noise and near.any():
                extremes[f"{end}_day"] = float(run["time"].values[near.argmax()])
        rows.append(
            {
                "quantity": name, "unit": run[name].attrs["units"], "start": quiet(values[0]),
                "lowest": quiet(extremes["lowest"]), "lowest_day": extremes["lowest_day"],
                "highest": quiet(extremes["highest"]), "highest_day": extremes["highest_day"],
                "end": quiet(values[-1]),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def extremes_of(array: xr.DataArray) -> dict[str, float]:
    """Return lowest and highest of a quantity, with the first day of each."""
    if "highest" in array.attrs:
        return {key: float(array.attrs[key]) for key in _EXTREMES}
    values, times = array.values, array["time"].values
    if not np.isfinite(values).any():
        return dict.fromkeys(_EXTREMES, math.nan)
    low, high = int(np.nanargmin(values)), int(np.nanargmax(values))
    extremes = values[low], times[low], values[high], times[high]
    return {key: float(value) for key, value in zip(_EXTREMES, extremes, strict=True)}


def write_run(run: xr.Dataset, folder: Path, command: str) -> None:
    """Write the files of a run into a folder that is there.

    Parameters
    ----------
    run
        A result of `simulate`.
    folder
        Where to; the caller makes it whole or not at all.
    command
        What made the run, for the manifest.
    """
    run.to_netcdf(folder / TRAJECTORIES, engine="h5netcdf")
    write_text(folder / TABLE, run_table(run).to_csv(index=False, float_format="%.10g"))
    write_json(folder / MANIFEST, _manifest(run, command))


def _manifest(run: xr.Dataset, command: str) -> dict[str, Any]:
    values = zip(run["parameter"].values, run["parameter_values"].values.tolist(), strict=True)
    return {
        "kind": "simulation",
        "command": command,
        **{key: _plain(value) for key, value in run.attrs.items()},
        "values": {str(name): value for name, value in values},
        "python": platform.python_version(),
        "versions": {name: metadata.version(name) for name in ("pdmodel", *_PACKAGES)},
    }


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def holds_run(folder: Path | str) -> bool:
    """Return whether a folder is one that `write_run` wrote."""
    place = place_of(folder)
    return (place / MANIFEST).is_file() and holds(place, "simulation")


def read_run(folder: Path | str) -> xr.Dataset:
    """Read a run back from a folder that `write_run` wrote.

    Raises
    ------
    InputError
        If the folder holds no run, or its file is damaged.
    """
    path = place_of(folder) / TRAJECTORIES
    if not holds_run(folder):
        raise InputError(f"folder {str(folder)!r} holds no simulation")
    return read_dataset(path, ("time",), ("model", "regimen", "days"))
