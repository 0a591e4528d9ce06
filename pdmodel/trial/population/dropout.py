"""Patients who leave a trial for reasons that the model does not hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pdmodel.arguments import number
from pdmodel.arrays import Array
from pdmodel.errors import InputError


@dataclass(frozen=True)
class Dropout:
    """Leaving at a Weibull time: P(T > t) = (1 - share)**((t / by_day)**shape).

    Parameters
    ----------
    share, by_day
        Which share has left by which day.
    shape
        Below 1 where most leave early; 1 for a constant hazard.
    source, status
        Source and status of the numbers.
    """

    share: float
    by_day: float
    shape: float = 1.0
    source: str = "ASSUMED"
    status: str = "assumed"

    def __post_init__(self) -> None:
        """Refuse numbers that cannot be."""
        share = number(self.share, "dropout: the share")
        if not 0 <= share < 1:
            raise InputError(f"dropout: the share lies in [0, 1), got {share:g}")
        object.__setattr__(self, "share", share)
        for name in ("by_day", "shape"):
            value = number(getattr(self, name), f"dropout: {name}", above=0)
            object.__setattr__(self, name, value)

    def days(self, uniform: Array) -> Array:
        """Return the day on which each patient leaves, infinite for none; shape of `uniform`.

        Examples
        --------
        >>> Dropout(0.5, 28).days(np.array([0.5, 0.25])).tolist()
        [28.0, 56.0]
        """
        if self.share == 0:
            return np.full(np.shape(uniform), np.inf)
        scaled = np.log(uniform) / np.log1p(-self.share)
        return np.asarray(self.by_day * scaled ** (1 / self.shape))

    def describe(self) -> str:
        """Return the dropout in words."""
        return f"{self.share:.1%} have left by day {self.by_day:g} for reasons outside the model"
