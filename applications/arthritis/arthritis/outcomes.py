"""What is made of a patient of a trial: response by EULAR, remission, levels, dose.

EULAR holds two things against DAS28: how far it has fallen, and how low it has come. The score of
the model has CRP in it, that of the trials the erythrocyte sedimentation rate; thresholds are the
same for both.
"""

import numpy as np
import pandas as pd
import xarray as xr

QUANTITIES = ("DAS28", "crp", "il6", "tnf", "adalimumab")
REMISSION, LOW, HIGH = 2.6, 3.2, 5.1
"""DAS28 below which the disease is in remission or of low activity, and above which it is high."""
LARGE_FALL, SMALL_FALL = 1.2, 0.6
"""Falls of DAS28 that EULAR takes for a large and for a small one."""
ENOUGH = 8.0
"""Level (mg/L) beyond which more adalimumab brought no more (POUW2015)."""
MARGINS = {
    "eular_response": "response_margin",
    "eular_good": "good_margin",
    "more_than_enough": "level_margin",
}
"""How far a patient is beyond the threshold of an outcome, on the log scale."""
BIOMARKER_DAYS = (14, 84)
_TINY = 1e-9
"""What a logarithm counts as nothing; no unit, or any unit."""


def arthritis_outcomes(records: xr.Dataset) -> pd.DataFrame:
    """Return a row a patient.

    Parameters
    ----------
    records
        From `pdmodel.trial.run_trial`, with `QUANTITIES`.
    """
    return pd.DataFrame({**_response(records), **_biomarkers(records), **_exposure(records)})


def eular(first: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return which patients have at least a moderate response by EULAR, and which a good one.

    Parameters
    ----------
    first, score
        DAS28 before treatment and now, shapes that go together.

    Examples
    --------
    >>> response, good = eular(np.full(4, 6.0), np.array([3.0, 4.5, 5.2, 5.5]))
    >>> response.tolist(), good.tolist()
    ([True, True, False, False], [True, False, False, False])
    """
    fall = first - score
    good = (fall > LARGE_FALL) & (score <= LOW)
    response = (fall > LARGE_FALL) | ((fall > SMALL_FALL) & (score <= HIGH))
    return response, good


def _response(records: xr.Dataset) -> dict[str, np.ndarray]:
    visits = records["visit"].values
    score = records["DAS28"].values[:, visits]
    first, last = score[:, 0], _last(score)
    response, good = eular(first[:, None], score)
    now, well = eular(first, last)
    early = eular(first, _on_day(records, "DAS28", BIOMARKER_DAYS[0]))[0]
    answered = response.any(axis=1)
    seen = np.where(np.isnan(score), 0.0, visits).max(axis=1)
    return {
        "eular_response": now, "eular_good": well, "eular_none": ~now,
        "remission": last < REMISSION, "low_activity": last <= LOW, "early_response": early,
        "das28_0": first, "das28_fall": first - last,
        "best_change": 100 * (np.fmin.reduce(score, axis=1) / first - 1),
        "response_margin": _log((first - last) / SMALL_FALL), "good_margin": _log(LOW / last),
        "answered": answered,
        "response_day": np.where(answered, visits[response.argmax(axis=1)], seen),
        "good_day": np.where(good.any(axis=1), visits[good.argmax(axis=1)], np.nan),
        "left": records["left"].values <= records["time"].values[-1],
    }  # fmt: skip


def _biomarkers(records: xr.Dataset) -> dict[str, np.ndarray]:
    return {
        f"{name}_fold_{day}": _on_day(records, name, day) / _on_day(records, name, 0)
        for name in ("crp", "il6")
        for day in BIOMARKER_DAYS
    }


def _exposure(records: xr.Dataset) -> dict[str, np.ndarray]:
    trough = _last(records["adalimumab"].values)
    levels, visits = records["level"].values, records["visit"].values
    raised = levels > levels[:, :1]
    return {
        "trough": trough, "more_than_enough": trough > ENOUGH,
        "level_margin": _log(trough / ENOUGH),
        "delivered": np.nansum(records["dose"].values, axis=1),
        "stepped_up": raised.any(axis=1),
        "step_day": np.where(raised.any(axis=1), visits[raised.argmax(axis=1)], np.nan),
    }  # fmt: skip


def _on_day(records: xr.Dataset, name: str, day: int) -> np.ndarray:
    """Return a quantity on a day; NaN where the trial is shorter."""
    values = records[name].values
    return values[:, day] if day < values.shape[1] else np.full(len(values), np.nan)


def _last(values: np.ndarray) -> np.ndarray:
    """Return the last value that is known of each patient, shape (n_patients,)."""
    known = ~np.isnan(values)
    return values[np.arange(len(values)), values.shape[1] - 1 - known[:, ::-1].argmax(axis=1)]


def _log(ratio: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(ratio, _TINY))
