"""Priors of PEtab: densities of single parameters, cut off at their bounds."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from pdmodel.arrays import Array
from pdmodel.errors import InputError, require_known
from pdmodel.interchange.petab.tables import PetabParameter

_STEP = 1e-6


def _families() -> dict[str, tuple[int, Callable[..., Any]]]:
    """Return what PEtab calls its distributions: how many numbers each has, and how it is made."""
    from scipy import stats

    return {
        "normal": (2, stats.norm),
        "log-normal": (2, lambda mean, sd: stats.lognorm(sd, scale=math.exp(mean))),
        "laplace": (2, stats.laplace),
        "log-laplace": (2, lambda mean, scale: stats.loglaplace(1 / scale, scale=math.exp(mean))),
        "uniform": (2, lambda low, high: stats.uniform(low, high - low)),
        "log-uniform": (2, stats.loguniform),
        "cauchy": (2, stats.cauchy),
        "chisquare": (1, stats.chi2),
        "exponential": (1, lambda scale: stats.expon(scale=scale)),
        "gamma": (2, lambda shape, scale: stats.gamma(shape, scale=scale)),
        "rayleigh": (1, lambda scale: stats.rayleigh(scale=scale)),
    }


class PetabPrior:
    """The prior of one estimated parameter; uniform within its bounds where the table has none.

    Parameters
    ----------
    parameter
        The row of the table.

    Raises
    ------
    InputError
        If the distribution is unknown, or has other numbers.
    """

    def __init__(self, parameter: PetabParameter) -> None:
        families = _families()
        self.parameter = parameter
        self.kind = parameter.prior or "uniform"
        numbers = parameter.prior_numbers or (parameter.low, parameter.high)
        require_known(f"prior of parameter {parameter.name!r}:", families, self.kind)
        count, make = families[self.kind]
        if len(numbers) != count:
            raise InputError(
                f"prior {self.kind!r} of parameter {parameter.name!r} has {count} numbers, got "
                f"{len(numbers)}"
            )
        self.numbers = numbers
        self._whole = make(*numbers)
        inside = self._whole.cdf(parameter.high) - self._whole.cdf(parameter.low)
        self._log_inside = math.log(inside) if inside > 0 else -math.inf

    @property
    def flat(self) -> bool:
        """Whether it says no more than the bounds."""
        return self.kind == "uniform"

    @property
    def words(self) -> str:
        """What it is, in words."""
        if self.flat:
            return "even"
        numbers = ", ".join(f"{number:g}" for number in self.numbers)
        return f"{self.kind} ({numbers}), cut at the bounds"

    def place(self, shares: Array, low: float, high: float) -> Array:
        """Return where some shares of its mass between two bounds lie, both of shape (n,)."""
        below, above = self._whole.cdf(low), self._whole.cdf(high)
        placed: Array = np.clip(self._whole.ppf(below + shares * (above - below)), low, high)
        return placed

    def log_density(self, value: float) -> float:
        """Return the logarithm of the density."""
        if not self.parameter.low <= value <= self.parameter.high:
            return -math.inf
        return float(self._whole.logpdf(value)) - self._log_inside

    def slope(self, value: float) -> float:
        """Return d log-density / d value, by a difference of what is smooth."""
        step = _STEP * (abs(value) or 1.0)
        above, below = self._whole.logpdf(value + step), self._whole.logpdf(value - step)
        return float(above - below) / (2 * step)
