"""How well a measurement tells two hypotheses apart, given what each leaves open."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri

from pdmodel.arrays import Array

LEVEL = 0.05
ENOUGH = 0.8
_SIZES = (3, 5, 8, 10, 15, 20, 30, 50, 80, 120, 200)


class Prediction(NamedTuple):
    """What a hypothesis says of a measurement, on the log scale.

    Parameters
    ----------
    mean, sd
        Over the parameter sets that the hypothesis leaves open.
    """

    mean: float
    sd: float


def summarise(values: Array) -> Prediction:
    """Return the mean and spread of the logarithms of some predictions, shape (n_members,).

    NaN if none is above 0: there is nothing to measure.
    """
    logs = np.log(values[values > 0])
    if logs.size == 0:
        return Prediction(math.nan, math.nan)
    return Prediction(float(logs.mean()), float(logs.std(ddof=1)) if logs.size > 1 else 0.0)


def mean_power(first: Prediction, second: Prediction, sd: float, patients: int) -> float:
    """Return the mean chance that each hypothesis, if true, has the other rejected.

    The mean of the patients is normal about each prediction, with variance `sd_members^2 + sd^2/n`;
    a hypothesis is rejected where the mean lies in the outer 5 % of what it predicts. Two-sided.

    Parameters
    ----------
    first, second
        The predictions.
    sd
        Standard deviation of one patient's value on the log scale.
    patients
        In each group and arm.

    Examples
    --------
    >>> round(mean_power(Prediction(0.0, 0.0), Prediction(0.0, 0.0), 0.5, 10), 3)
    0.05
    >>> round(mean_power(Prediction(0.0, 0.0), Prediction(1.0, 0.0), 0.5, 10), 3)
    1.0
    """
    return 0.5 * (_rejects(first, second, sd, patients) + _rejects(second, first, sd, patients))


def _rejects(true: Prediction, other: Prediction, sd: float, patients: int) -> float:
    own = math.sqrt(true.sd**2 + sd**2 / patients)
    width = ndtri(1 - LEVEL / 2) * math.sqrt(other.sd**2 + sd**2 / patients)
    apart = true.mean - other.mean
    return float(1 - ndtr((width - apart) / own) + ndtr((-width - apart) / own))


def patients_needed(pairs: Sequence[tuple[Prediction, Prediction]], sd: float) -> int | None:
    """Return patients in each group and arm for a mean power of 80 %; None if 200 do not do."""
    for size in _SIZES:
        if float(np.mean([mean_power(a, b, sd, size) for a, b in pairs])) >= ENOUGH:
            return size
    return None
