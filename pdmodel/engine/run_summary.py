"""A run as a table, and its course in a few numbers: of one run, and of several side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from pdmodel.arrays import Array
from pdmodel.engine.schedule.default_grid import decimals_of
from pdmodel.errors import InputError, require_known

TIME_UNITS: Mapping[str, float] = {"hour": 1 / 24, "day": 1.0, "week": 7.0, "month": 365.25 / 12}
"""Units in which time is read, in days; a month is a twelfth of a year."""
_HIDDEN = ("state_values", "parameter_values", "changing_values", "infused_values")
_EXTREMES = ("lowest", "lowest_day", "highest", "highest_day")


def quantity_names(run: xr.Dataset) -> list[str]:
    """Return the quantities of a run, without what is kept to compute others later."""
    return [str(name) for name in run.data_vars if name not in _HIDDEN]


def run_table(run: xr.Dataset, time_unit: str = "day") -> pd.DataFrame:
    """Return a run as a table, a column a quantity, units in the headings.

    Parameters
    ----------
    run
        A result of `simulate`.
    time_unit
        In which time is read: `hour`, `day`, `week` or `month`.

    Returns
    -------
    pandas.DataFrame
        Columns such as `time [day]`, `il6 [pg/mL]`. A day on which something is given has two rows,
        before and after it.

    Raises
    ------
    UnknownNameError
        If the unit of time is none of these.
    """
    names = quantity_names(run)
    return pd.DataFrame(
        {f"time [{time_unit}]": times_shown(run, time_unit)}
        | {f"{name} [{run[name].attrs['units']}]": run[name].values for name in names}
    )


def times_shown(run: xr.Dataset, time_unit: str = "day") -> Array:
    """Return the times of a run as they are written; the two rows of a dose have the same."""
    days = np.round(run["time"].values, decimals_of(float(run.attrs["days"])))
    shown: Array = days / days_of_unit(time_unit)
    return shown


def days_of_unit(time_unit: str) -> float:
    """Return how many days a unit of time is.

    Raises
    ------
    UnknownNameError
        If time cannot be read in it.

    Examples
    --------
    >>> days_of_unit("week")
    7.0
    """
    require_known("unit of time", TIME_UNITS, time_unit)
    return TIME_UNITS[time_unit]


def in_time_unit(table: pd.DataFrame, time_unit: str) -> pd.DataFrame:
    """Return a summary of runs with its days in another unit, which the headings name.

    Parameters
    ----------
    table
        Of `run_summary` or `compare_runs`, with columns such as `lowest_day`.
    time_unit
        `hour`, `day`, `week` or `month`: `lowest_week`.
    """
    days = [name for name in table.columns if name.split("_")[-1] == "day"]
    read = table.assign(**{name: table[name] / days_of_unit(time_unit) for name in days})
    return read.rename(columns={name: name.removesuffix("day") + time_unit for name in days})


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


def compare_runs(runs: Mapping[str, xr.Dataset], against: Mapping[str, str]) -> pd.DataFrame:
    """Return the summaries of several runs, those of a quantity below one another.

    Parameters
    ----------
    runs
        Results of `simulate` by name.
    against
        By the name of a run the name of that which it is held against.

    Returns
    -------
    pandas.DataFrame
        The columns of `run_summary`, and `run`, `day` and `ratio`: the run over that which it is
        held against, on the last day that both reach; NaN where there is none, or it is 0 then.

    Raises
    ------
    InputError
        If two runs have a quantity in different units.
    """
    tables = [run_summary(run).assign(run=name) for name, run in runs.items()]
    table = pd.concat(tables, ignore_index=True)
    order = {name: index for index, name in enumerate(dict.fromkeys(table["quantity"]))}
    table = table.sort_values("quantity", key=lambda names: names.map(order), kind="stable")
    pairs = [
        _ratio(str(row["quantity"]), runs[row["run"]], runs.get(against.get(row["run"], "")))
        for _, row in table.iterrows()
    ]
    table["day"], table["ratio"] = zip(*pairs, strict=True)
    columns = [
        "quantity", "unit", "run", "start", "end", "day", "ratio", "lowest", "lowest_day",
        "highest", "highest_day",
    ]  # fmt: skip
    return table[columns].reset_index(drop=True)


def _ratio(name: str, run: xr.Dataset, other: xr.Dataset | None) -> tuple[float, float]:
    """Return the last day that two runs share, and the ratio of a quantity on it."""
    if other is None or name not in other:
        return math.nan, math.nan
    units = [str(each[name].attrs.get("units", "")) for each in (run, other)]
    if units[0] != units[1]:
        raise InputError(
            f"quantity {name!r} is in {units[0]!r} in one run and in {units[1]!r} in another; only "
            "runs in the same units can be held against each other"
        )
    day = min(float(each["time"].values[-1]) for each in (run, other))
    value, base = (_value_on(day, each[name]) for each in (run, other))
    noise = 0.1 * float(other.attrs["rtol"]) * float(np.nanmax(np.abs(other[name].values)))
    return day, value / base if abs(base) > noise else math.nan


def _value_on(day: float, course: xr.DataArray) -> float:
    """Return a quantity on a day: of a row if there is one, else between two rows."""
    return float(np.interp(day, course["time"].values, course.values))
