"""How one quantity differs between patients."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from pdmodel.arguments import number
from pdmodel.arrays import Array
from pdmodel.errors import InputError


@dataclass(frozen=True)
class LogNormal:
    """A quantity whose logarithm is normal: median * exp(sd * z).

    Parameters
    ----------
    sd
        Standard deviation of the logarithm, >= 0.
    median
        In the unit of the quantity, > 0; None for the value of the model.
    low, high
        Patients outside are not drawn.
    source, status
        Source and status of the numbers.
    """

    sd: float
    median: float | None = None
    low: float = 0.0
    high: float = math.inf
    source: str = "ASSUMED"
    status: str = "assumed"

    def __post_init__(self) -> None:
        """Refuse numbers that make no spread."""
        _check(self)
        if self.median is not None and not (math.isfinite(self.median) and self.median > 0):
            raise InputError(f"the median of a log-normal spread must be > 0, got {self.median}")

    def values(self, z: Array, median: float) -> Array:
        """Return the quantity at standard normal deviates, shape of `z`."""
        return np.asarray(median * np.exp(self.sd * z))


@dataclass(frozen=True)
class LogitNormal:
    """A share whose logit is normal, within (0, 1).

    Parameters
    ----------
    sd
        Standard deviation of the logit, >= 0.
    median
        In (0, 1); None for the value of the model.
    low, high, source, status
        As in `LogNormal`.
    """

    sd: float
    median: float | None = None
    low: float = 0.0
    high: float = 1.0
    source: str = "ASSUMED"
    status: str = "assumed"

    def __post_init__(self) -> None:
        """Refuse numbers that make no spread."""
        _check(self)
        if self.median is not None and not 0 < self.median < 1:
            raise InputError(f"the median of a logit-normal spread lies in (0, 1): {self.median}")

    def values(self, z: Array, median: float) -> Array:
        """Return the share at standard normal deviates, shape of `z`."""
        return np.asarray(1 / (1 + (1 - median) / median * np.exp(-self.sd * z)))


@dataclass(frozen=True)
class Share:
    """A property that a share of the patients has: 1 for yes, 0 for no.

    Parameters
    ----------
    share
        In [0, 1].
    source, status
        Source and status of the numbers.
    """

    share: float
    source: str = "ASSUMED"
    status: str = "assumed"

    def __post_init__(self) -> None:
        """Refuse a share outside [0, 1]."""
        object.__setattr__(self, "share", number(self.share, "a share", least=0, most=1))

    def values(self, z: Array) -> Array:
        """Return 1 or 0 at standard normal deviates, shape of `z`."""
        from scipy.special import ndtr  # imported here so that simulating does not load it

        return np.asarray(ndtr(z) < self.share, dtype=float)


Spread = LogNormal | LogitNormal


def _check(spread: Any) -> None:
    object.__setattr__(spread, "sd", number(spread.sd, "a spread", least=0))
    for name in ("low", "high"):
        limit = number(getattr(spread, name), f"the {name} limit of a spread", finite=False)
        object.__setattr__(spread, name, limit)
    if spread.median is not None:
        median = number(spread.median, "the median of a spread")
        object.__setattr__(spread, "median", median)
    if not spread.low < spread.high:
        raise InputError(f"a spread is kept between {spread.low:g} and {spread.high:g}: no values")
