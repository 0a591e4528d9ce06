"""Made-up results of fits to measured courses: the tables that figures and pages read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from pdmodel.arrays import Array

UNITS = {"il6": "pg/mL", "ANC": "1e9 cells/L", "tnf": "pg/mL"}
NAMES = {"il6": "IL-6", "ANC": "absolute neutrophil count", "tnf": "TNF-α"}
START = {"il6": 4.0, "ANC": 3.0, "tnf": 12.0}
GAIN = {"il6": 3.0, "ANC": -0.6, "tnf": 0.5}
VISITS = (0.0, 7.0, 14.0, 28.0, 56.0, 84.0)


def made_up(
    subjects: int = 6,
    quantities: Sequence[str] = ("il6",),
    *,
    log: bool = True,
    limit: float = -math.inf,
    highest: float = math.inf,
    floor: float = -math.inf,
    visits: Sequence[float] = VISITS,
    population: bool = False,
    shift: float = 0.0,
    spread: float = 0.5,
    sd: float = 0.25,
    doses: bool = True,
    seed: int = 1,
) -> Any:
    """Return what figures read of a result.

    Parameters
    ----------
    subjects, quantities, visits
        Whose, what and when.
    log
        Whether the error is on the logarithm; else `sd` is in the quantity's unit.
    limit, highest, floor
        Values below the first are known to lie between the floor and it, those above the second
        lie above it.
    population
        Whether there are typical courses, and residuals that go with them.
    shift
        Added to every course.
    spread
        Of the subjects, on the logarithm.
    """
    chance = np.random.default_rng(seed)
    names = [str(number + 1) for number in range(subjects)]
    factors = np.exp(spread * chance.normal(size=subjects))
    times = np.linspace(0, max(visits), 169)
    courses, rows = {}, []
    for quantity in quantities:
        each = np.array([course(quantity, times, factor) + shift for factor in factors])
        typical = np.array([course(quantity, times, 1.0) + shift] * subjects)
        courses[quantity] = np.array([each, typical]) if population else each
        for name, factor in zip(names, factors, strict=True):
            for day in visits:
                seen = {"subject": name, "quantity": quantity, "analyte": quantity, "day": day}
                at = np.array([max(day, 0.0)])
                fitted = float(course(quantity, at, factor)[0]) + shift
                usual = float(course(quantity, at, 1.0)[0]) + shift
                error = sd * float(chance.normal())
                value = fitted * math.exp(error) if log else fitted + error
                seen |= {"value": value, "predicted": fitted, "typical": usual, "noise": error / sd}
                rows.append(seen | _censored(value, limit, highest, floor))
    table = _table(pd.DataFrame(rows), log, sd, population)
    dims = ("prediction", "subject", "time") if population else ("subject", "time")
    coords = {"subject": names, "time": times}
    if population:
        coords["prediction"] = ["individual", "typical"]
    data = {
        name: (dims, values, {"units": UNITS[name], "long_name": NAMES[name]})
        for name, values in courses.items()
    }
    return SimpleNamespace(
        model="reference",
        model_hash="",
        measurements=table,
        courses=xr.Dataset(data, coords),
        doses=dose_table(names) if doses else None,
    )


def course(quantity: str, days: Array, factor: float) -> Array:
    """Return a course that rises or falls to a plateau; a factor of 1 is the typical one."""
    start, gain = START[quantity], GAIN[quantity]
    rise = (1 - np.exp(-days / 9)) * (1 + 0.4 * np.exp(-days / 25))
    values: Array = start * factor * (1 + gain * rise)
    return values


def dose_table(names: Sequence[str]) -> pd.DataFrame:
    """Return daily doses, every third subject with a break after each three weeks."""
    return pd.DataFrame(
        [
            {"subject": name, "day": float(day), "drug": "", "amount": 25.0 if cycled else 10.0,
             "unit": "mg", "duration": 0.0}
            for number, name in enumerate(names)
            for cycled in [number % 3 == 2]
            for day in range(84)
            if not cycled or day % 28 < 21
        ]
    )  # fmt: skip


def _censored(value: float, limit: float, highest: float, floor: float) -> dict[str, Any]:
    if value < limit:
        return {"value": limit, "censored": "below", "low": floor, "high": limit}
    if value > highest:
        return {"value": highest, "censored": "above", "low": highest, "high": math.inf}
    return {"censored": "", "low": math.nan, "high": math.nan}


def _table(rows: pd.DataFrame, log: bool, sd: float, population: bool) -> pd.DataFrame:
    """Return the columns of `measurements.csv`."""
    rows["after"] = rows["day"] > 0
    rows["row"] = np.arange(2, len(rows) + 2)
    rows["unit"] = rows["quantity"].map(UNITS)
    rows["scale"] = "log" if log else "linear"
    rows["sd"] = sd
    rows["residual"] = rows["noise"].where(rows["censored"] == "")
    if population:
        rows["cwres"] = rows["residual"] * 0.95
        rows["npde"] = rows["residual"]
    else:
        rows = rows.drop(columns="typical")
    return rows.drop(columns="noise")


def check_of(result: Any, *, studies: int = 200, seed: int = 2) -> pd.DataFrame:
    """Return a visual predictive check of a made-up result: its values drawn again and again."""
    chance, made = np.random.default_rng(seed), []
    for quantity, rows in result.measurements.groupby("quantity", sort=False):
        for number, (day, own) in enumerate(rows.groupby("day")):
            usual = own["typical"].to_numpy(float)
            noise = chance.normal(0, 0.55, (studies, len(own)))
            drawn = usual * np.exp(noise)
            below = (own["censored"] == "below").mean()
            limit = own.loc[own["censored"] == "below", "high"].max()
            share = float((drawn < limit).mean()) if below else 0.0
            for percentile in (5, 50, 95):
                each = np.percentile(drawn, percentile, axis=1)
                low, middle, high = np.percentile(each, (5, 50, 95))
                made.append({
                    "quantity": quantity, "bin": number, "day": day, "day_low": day - 1,
                    "day_high": day + 1, "n": len(own), "percentile": percentile,
                    "observed": np.percentile(own["value"], percentile), "simulated_low": low,
                    "simulated": middle, "simulated_high": high, "censored_observed": below,
                    "censored_simulated": share,
                })  # fmt: skip
    return pd.DataFrame(made)
