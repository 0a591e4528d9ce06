"""Further outcomes that reports of single trials speak of, beside those of `cll_outcomes`.

They stand in a file of their own because the code of outcomes is part of what makes two result
folders the same: `cll_outcomes` stays as it is.
"""

import numpy as np
import pandas as pd
import xarray as xr

from equations.response_criteria import (
    ANY_FLARE,
    VISIT_DAYS,
    progressed_from_nadir,
    response,
)
from fits.outcomes import MARGINS, QUANTITIES, cll_outcomes

RISE = 1.25
"""Nodes or lymphocytes over baseline, above: part of the reported cytokine release (C086)."""
FIRST_DAYS = 7
REPORTED_MARGINS = {**MARGINS, "any_flare": "any_flare_margin"}


def reported_outcomes(records: xr.Dataset) -> pd.DataFrame:
    """Return the outcomes of `cll_outcomes`, and what else was reported.

    Parameters
    ----------
    records
        From `pdmodel.trial.run_trial`, with `QUANTITIES` and `PEAKS` of fits.outcomes.
    """
    known = cll_outcomes(records)
    further = {**_any_flare(records), **_first_days(records), **_by_day(records)}
    further |= _duration(records)
    further["neutropenia_any"] = (known["neutropenia_grade"] >= 1).to_numpy()
    return pd.concat([known, pd.DataFrame(further)], axis=1)


def _any_flare(records: xr.Dataset) -> dict[str, np.ndarray]:
    """Return onset, length and margin of a flare of any grade."""
    swelling = records["node_swelling_peak"].values
    days = records["time"].values.astype(float)
    onset = _first_day(swelling >= ANY_FLARE.value, days)
    over = (swelling < ANY_FLARE.value) & (days[None, :] > onset[:, None])
    most = np.fmax.reduce(swelling, axis=1)
    return {
        "any_flare_onset": onset,
        "any_flare_duration": _first_day(over, days) - onset,
        "any_flare_margin": np.log(np.maximum(most, 1e-9) / ANY_FLARE.value),
    }


def _first_days(records: xr.Dataset) -> dict[str, np.ndarray]:
    """Return who has nodes or lymphocytes a quarter larger in the first week, and since when."""
    days = records["time"].values[: FIRST_DAYS + 1].astype(float)
    risen = np.zeros((records.sizes["patient"], days.size), dtype=bool)
    for name in ("SPD", "ALC"):
        values = records[name].values[:, : days.size]
        risen |= values > RISE * values[:, :1]
    return {"early_rise": np.asarray(risen.any(axis=1)), "early_rise_day": _first_day(risen, days)}


def _by_day(records: xr.Dataset) -> dict[str, np.ndarray]:
    """Return who has responded by some days, and blood counts after three months."""
    days, classes = _classes(records)
    answered = np.isin(classes, ("CR", "PR"))
    told = {f"response_by_{day}": answered[:, days <= day].any(axis=1) for day in (84, 168, 336)}
    lymphocytes, t_cells = records["ALC"].values, records["t_cells"].values
    last = min(84, lymphocytes.shape[1] - 1)
    share = t_cells / lymphocytes
    return {
        **told,
        "alc_fold_84": lymphocytes[:, last] / lymphocytes[:, 0],
        "t_share_fold_84": share[:, last] / share[:, 0],
    }  # fmt: skip


def _duration(records: xr.Dataset) -> dict[str, np.ndarray]:
    """Return the days from the first response to progression, or to the last visit without one."""
    days, classes = _classes(records)
    if not days.size:
        return {"response_duration": np.full(records.sizes["patient"], np.nan)}
    begun = _first_day(np.isin(classes, ("CR", "PR")), days)
    at = days.astype(int)
    pairs = zip(records["SPD"].values[:, at], records["blood_cll"].values[:, at], strict=True)
    grown = np.array([progressed_from_nadir(size, cells) for size, cells in pairs])
    ended = _first_day(grown & (days[None, :] > begun[:, None]), days)
    seen = np.where(np.isnan(records["SPD"].values[:, at]), 0.0, days).max(axis=1)
    return {"response_duration": np.where(np.isnan(ended), seen, ended) - begun}


def _classes(records: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Return the days on which response is judged, and the class of each patient on each."""
    days = np.arange(VISIT_DAYS, records.sizes["time"], VISIT_DAYS)
    at = {name: records[name].values[:, days.astype(int)] for name in QUANTITIES}
    first = {name: records[name].values[:, :1] for name in QUANTITIES}
    folds = at["SPD"] / first["SPD"], at["blood_cll"] / first["blood_cll"]
    return days, response(*folds, at["node_diameter"], at["ALC"])


def _first_day(flags: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Return the first day on which a flag is up, NaN where none is."""
    if not flags.shape[1]:
        return np.full(len(flags), np.nan)
    return np.where(flags.any(axis=1), np.asarray(days, float)[flags.argmax(axis=1)], np.nan)
