"""What is made of a patient of a virtual trial: response, flare, toxicity, cytokines, dose.

Response is an outcome here, not an input. `responder` follows the simplified criteria; with the
recovery of neutrophils and two months' confirmation it is `confirmed_responder`.
"""

import numpy as np
import pandas as pd
import xarray as xr

from equations.response_criteria import (
    ANY_FLARE,
    COMPLETE_ALC,
    COMPLETE_NODE,
    FLARE_GRADE_2,
    NEUTROPENIA,
    PARTIAL,
    VISIT_DAYS,
    blood_recovered,
    confirmed,
    near_best,
    neutropenia_grade,
    progressed_from_nadir,
    response,
)

QUANTITIES = (
    "SPD", "blood_cll", "node_diameter", "ALC", "ANC", "il6", "tnf", "t_cells", "tumour_tissue",
    "tumour_blood",
)  # fmt: skip
PEAKS = ("node_swelling",)
MARGINS = {
    "responder": "response_margin", "nonresponder": "-response_margin",
    "complete": "complete_margin", "flare": "flare_margin",
    "neutropenia_3_4": "neutropenia_margin",
}  # fmt: skip
"""How far a patient is beyond the threshold of an outcome, on the log scale."""
LARGE_NODE = 5.0
UNSEEN = -10.0
"""Margin of who left before the first visit: no response."""
SETTLED = 56.0
"""From this day on growth of nodes counts as progression, not as flare."""


def cll_outcomes(records: xr.Dataset) -> pd.DataFrame:
    """Return a row a patient.

    Parameters
    ----------
    records
        From `pdmodel.trial.run_trial`, with `QUANTITIES` and `PEAKS`.
    """
    columns = {**_response(records), **_flare(records), **_toxicity(records)}
    columns |= {**_cytokines(records), **_dose(records)}
    return pd.DataFrame({**columns, "left": _left(records)})


def _response(records: xr.Dataset) -> dict[str, np.ndarray]:
    days = np.arange(VISIT_DAYS, records.sizes["time"], VISIT_DAYS)
    at = {name: records[name].values[:, days.astype(int)] for name in QUANTITIES}
    first = {name: records[name].values[:, :1] for name in QUANTITIES}
    spd, blood = at["SPD"] / first["SPD"], at["blood_cll"] / first["blood_cll"]
    classes = response(spd, blood, at["node_diameter"], at["ALC"])
    answered = np.isin(classes, ("CR", "PR"))
    fit = np.where(answered & blood_recovered(at["ANC"], first["ANC"]), classes, "SD")
    lasting = np.array([confirmed(days, row) for row in fit])
    grown = np.array(
        [progressed_from_nadir(size, cells) for size, cells in zip(spd, blood, strict=True)]
    )
    grown = (grown | (classes == "PD")) & (days >= SETTLED)
    responder = answered.any(axis=1)
    best = np.array([near_best(days, row) for row in spd])
    return {
        "responder": responder, "nonresponder": ~responder,
        "complete": (classes == "CR").any(axis=1), "confirmed_responder": lasting.any(axis=1),
        "response_margin": _margin(-np.log(np.maximum(spd, blood) / PARTIAL.value)),
        "complete_margin": _margin(
            np.minimum(
                np.log(COMPLETE_NODE.value / at["node_diameter"]),
                np.log(COMPLETE_ALC.value / at["ALC"]),
            )
        ),
        "first_response_day": _first(answered, days),
        "best_day": np.where(responder, best, np.nan),
        "best_change": 100 * (np.fmin.reduce(spd, axis=1, initial=np.nan) - 1),
        "progressed": grown.any(axis=1),
        "progression_day": np.where(grown.any(axis=1), _first(grown, days), _last(spd, days)),
    }  # fmt: skip


def _margin(margins: np.ndarray) -> np.ndarray:
    """Return the largest margin of any visit; who was never seen is far from any response."""
    best = np.fmax.reduce(margins, axis=1, initial=np.nan)
    return np.where(np.isnan(best), UNSEEN, best)


def _last(values: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Return the day of the last visit at which a patient was seen, 0 if of none."""
    return np.where(np.isnan(values), 0.0, days).max(axis=1, initial=0.0)


def _flare(records: xr.Dataset) -> dict[str, np.ndarray]:
    swelling = records["node_swelling_peak"].values
    swollen = swelling >= ANY_FLARE.value
    days = records["time"].values.astype(float)
    onset = _first(swollen, days)
    over = (swelling < ANY_FLARE.value) & (days[None, :] > onset[:, None])
    most = np.fmax.reduce(swelling, axis=1)
    large = records["node_diameter"].values[:, 0] > LARGE_NODE
    flare = most >= FLARE_GRADE_2.value
    return {
        "any_flare": swollen.any(axis=1), "flare": flare,
        "flare_onset": np.where(flare, onset, np.nan),
        "flare_duration": np.where(flare, _first(over, days) - onset, np.nan),
        # A share of the volume, which has no unit; its logarithm ends somewhere.
        "flare_margin": np.log(np.maximum(most, 1e-9) / FLARE_GRADE_2.value),
        "large_node": large, "small_node": ~large,
    }  # fmt: skip


def _toxicity(records: xr.Dataset) -> dict[str, np.ndarray]:
    count = _measured(records, "ANC")
    grade = neutropenia_grade(count).max(axis=1)
    cells = records["tumour_tissue"].values + records["tumour_blood"].values
    return {
        "neutropenia_grade": grade, "neutropenia_3_4": grade >= 3,
        "neutropenia_margin": np.log(NEUTROPENIA[2].value / np.fmin.reduce(count, axis=1)),
        "ever_held": (records["held"].values == 1).any(axis=1),
        "lysis": np.fmax.reduce(-np.diff(cells, axis=1), axis=1, initial=0.0),
    }  # fmt: skip


def _cytokines(records: xr.Dataset) -> dict[str, np.ndarray]:
    found = {"tnf_0": _measured(records, "tnf")[:, 0]}
    for name in ("il6", "tnf"):
        values = _measured(records, name)
        for day in (7, 28):
            at = np.flatnonzero(records["visit"].values == day)
            last = values[:, at[0]] if at.size else np.full(len(values), np.nan)
            found[f"{name}_fold_{day}"] = last / values[:, 0]
    cells = records["t_cells"].values
    last = cells[:, 84] if cells.shape[1] > 84 else np.full(len(cells), np.nan)
    return {**found, "t_cells_fold_84": last / cells[:, 0]}


def _measured(records: xr.Dataset, name: str) -> np.ndarray:
    """Return what the visits measured, or would have without an error of the assay."""
    if f"seen_{name}" in records:
        return records[f"seen_{name}"].values
    return records[name].values[:, records["visit"].values]


def _dose(records: xr.Dataset) -> dict[str, np.ndarray]:
    given = records["dose"].values
    days_on = np.maximum((~np.isnan(given)).sum(axis=1), 1)
    days_given = np.maximum((given > 0).sum(axis=1), 1)
    delivered, planned = np.nansum(given, axis=1), records.attrs["planned"]
    levels = records["level"].values
    return {
        "delivered": delivered, "mean_dose": delivered / days_on,
        "dose_when_given": delivered / days_given,
        "intensity": delivered / days_on / (planned or np.nan),
        "last_level": levels[np.arange(len(levels)), (~np.isnan(levels)).sum(axis=1) - 1],
    }  # fmt: skip


def _left(records: xr.Dataset) -> np.ndarray:
    return records["left"].values <= records["time"].values[-1]


def _first(flags: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Return the first day on which a flag is up, NaN where none is."""
    if not flags.shape[1]:  # a trial that ends before the first visit
        return np.full(len(flags), np.nan)
    return np.where(flags.any(axis=1), np.asarray(days, float)[flags.argmax(axis=1)], np.nan)
