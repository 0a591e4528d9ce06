"""Time until something happens, where some are no longer watched when it would."""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt
import pandas as pd

from pdmodel.arguments import number, shown
from pdmodel.arrays import Array
from pdmodel.errors import InputError

BAND = 0.9


def kaplan_meier(days: npt.ArrayLike, happened: npt.ArrayLike, level: float = BAND) -> pd.DataFrame:
    """Return the share of patients to whom it has not happened yet, after Kaplan and Meier.

    Parameters
    ----------
    days
        Day on which it happened, or on which the patient was last seen, shape (n_patients,).
    happened
        Whether it happened, the same shape.
    level
        Coverage of the band, which is symmetric after log(-log).

    Returns
    -------
    DataFrame
        One row per day on which somebody left the risk, after one at day 0: `day`, `survival` from
        that day on, its band `low` and `high`, and `at_risk` just before it.

    Raises
    ------
    InputError
        If a day is not known or below 0, or it is not known whether it happened.

    Examples
    --------
    >>> kaplan_meier([1, 2, 2, 4], [True, True, False, False])["survival"].tolist()
    [1.0, 0.75, 0.5, 0.5]
    """
    from scipy.stats import CensoredData, ecdf  # imported here so that simulating does not load it

    level = number(level, "level", above=0, most=1)
    times, known = np.asarray(days, dtype=float), np.asarray(happened)
    if times.ndim != 1 or known.shape != times.shape:
        raise InputError(
            "days and happened need a value a patient each, in two lists of the same length, got "
            f"{shown(days)} and {shown(happened)}"
        )
    if times.size and not np.isin(known, (0, 1)).all():
        raise InputError(f"happened is yes or no of each patient, got {shown(happened)}")
    event = known.astype(bool)
    if (times < 0).any():
        raise InputError(f"days are counted from the start, got {times.min():g}")
    if unknown := int((~np.isfinite(times)).sum()):
        raise InputError(
            f"of {unknown} of {times.size} patients no day is known: give the day on which it "
            "happened, or on which the patient was last seen"
        )
    seen = np.unique(times)
    if not event.any():
        return _table(seen, np.ones(seen.size), np.ones(seen.size), np.ones(seen.size), times)
    curve = ecdf(CensoredData.right_censored(times, ~event)).sf
    with warnings.catch_warnings():
        # Where the curve is 1 or 0 there is no band, which scipy says; it is the curve there.
        warnings.simplefilter("ignore", RuntimeWarning)
        band = curve.confidence_interval(level, method="log-log")
    share = curve.evaluate(seen)
    low, high = band.low.evaluate(seen), band.high.evaluate(seen)
    return _table(
        seen, share, np.where(np.isnan(low), share, low), np.where(np.isnan(high), share, high),
        times,
    )  # fmt: skip


def _table(
    seen: Array,
    share: Array,
    low: Array,
    high: Array,
    times: Array,
) -> pd.DataFrame:
    """Return the curve with its begin at day 0, where all are at risk."""
    begin = [] if seen.size and seen[0] == 0 else [0.0]
    day = np.concatenate([begin, seen])
    columns = {"survival": share, "low": low, "high": high}
    table = {name: np.concatenate([np.ones(len(begin)), v]) for name, v in columns.items()}
    at_risk = [int((times >= start).sum()) for start in day]
    return pd.DataFrame({"day": day, **table, "at_risk": at_risk})
