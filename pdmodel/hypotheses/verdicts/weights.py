"""Information criteria and evidence weights of hypotheses fitted to the same rows of data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pdmodel.hypotheses.verdicts.parts import FitPart


def aicc(log_likelihood: float, n: int, k: int) -> float:
    """Return `2 k - 2 log L + 2 k (k + 1)/(n - k - 1)`; NaN where n <= k + 1.

    Burnham & Anderson 2002. n rows of data, k free parameters.
    """
    if n <= k + 1:
        return math.nan
    return 2 * k - 2 * log_likelihood + 2 * k * (k + 1) / (n - k - 1)


def bic(log_likelihood: float, n: int, k: int) -> float:
    """Return `k log n - 2 log L`; NaN where there are more parameters than rows. Schwarz 1978."""
    return math.nan if k >= n else k * math.log(n) - 2 * log_likelihood


def why_not(n: int, k: int) -> str:
    """Say why a criterion is not defined; empty where it is."""
    return f"{k} free parameters need more than {k + 1} rows, there are {n}" if n <= k + 1 else ""


def evidence_weights(values: Sequence[float]) -> list[float]:
    """Return `exp(-d/2)`, d to the lowest, over their sum; NaN where a value is NaN.

    Examples
    --------
    >>> evidence_weights([10.0, 10.0, float("nan")])
    [0.5, 0.5, nan]
    """
    criterion = np.array(values, dtype=float)
    if np.isnan(criterion).all():
        return [math.nan] * len(criterion)
    share = np.exp(-(criterion - np.nanmin(criterion)) / 2)
    return [float(x) for x in share / np.nansum(share)]


def criteria(fit: FitPart) -> dict[str, Any]:
    """Return log-likelihood, sizes, AICc and BIC of a stored fit; only rows of data count."""
    likelihood, n, k = fit.log_likelihood, fit.n_data, fit.n_free
    return {
        "log_likelihood": likelihood, "n_data": n, "n_free": k, "aicc": aicc(likelihood, n, k),
        "bic": bic(likelihood, n, k), "why_not": fit.failure or why_not(n, k),
    }  # fmt: skip
