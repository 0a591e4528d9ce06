"""The blood criteria of a response: any one of three counts, recovered or improved by half.

Beside `response_criteria.py`, whose outcomes know ANC only. Numbers are those of the iwCLL
guidelines of 2008 (their group B), as recalled.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equations.response_criteria import IMPROVED_ANC, RECOVERED_ANC, Threshold, blood_recovered

RECOVERED_PLATELETS = Threshold(100.0, "1e9 cells/L", "platelets, above: the blood criterion")
RECOVERED_HAEMOGLOBIN = Threshold(110.0, "g/L", "haemoglobin, above: the blood criterion")
IMPROVED = Threshold(1.5, "1", "platelets or haemoglobin over baseline, above: the same")
BLOOD_CRITERIA = (
    RECOVERED_ANC, IMPROVED_ANC, RECOVERED_PLATELETS, RECOVERED_HAEMOGLOBIN, IMPROVED,
)  # fmt: skip


class Counts(NamedTuple):
    """Blood counts of the same visits, or of the day before treatment.

    Parameters
    ----------
    anc, platelets
        1e9 cells/L, shape (n_visits,) or a number.
    haemoglobin
        g/L, the same shape.
    """

    anc: ArrayLike
    platelets: ArrayLike
    haemoglobin: ArrayLike


def any_blood_criterion(now: Counts, before: Counts) -> NDArray[np.bool_]:
    """Whether one of three counts fulfils the blood criterion that a response needs.

    Parameters
    ----------
    now, before
        Counts at the visits, and before treatment.

    Returns
    -------
    ndarray of bool, shape (n_visits,)
        A count that is missing (NaN) fulfils nothing.

    Examples
    --------
    >>> before = Counts(3.0, 80.0, 100.0)
    >>> any_blood_criterion(Counts([0.8, 0.8], [80.0, 125.0], [100.0, 100.0]), before).tolist()
    [False, True]
    """
    return np.asarray(
        blood_recovered(now.anc, before.anc)
        | _recovered(now.platelets, before.platelets, RECOVERED_PLATELETS)
        | _recovered(now.haemoglobin, before.haemoglobin, RECOVERED_HAEMOGLOBIN)
    )


def _recovered(count: ArrayLike, start: ArrayLike, limit: Threshold) -> NDArray[np.bool_]:
    now, before = (np.asarray(values, dtype=float) for values in (count, start))
    return np.asarray((now > limit.value) | (now > IMPROVED.value * before))
