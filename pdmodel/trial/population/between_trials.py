"""How far the patients of one trial lie from those of another, beyond chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pdmodel.arguments import name_of, number, shown
from pdmodel.arrays import Array
from pdmodel.errors import InputError


@dataclass(frozen=True)
class BetweenTrials:
    """The median of a parameter differs from trial to trial by a log-normal factor.

    Who is referred, how a centre reads a scan and what else was given differ between trials; a
    prediction that forgets it has intervals that are too narrow.

    Parameters
    ----------
    parameter
        Of the model.
    sd
        Standard deviation of the logarithm of the factor from the trial that was calibrated to
        another, > 0.
    source, status
        Source and status of the number.
    """

    parameter: str
    sd: float
    source: str = "ASSUMED"
    status: str = "assumed"

    def __post_init__(self) -> None:
        """Refuse a spread of nothing."""
        object.__setattr__(self, "parameter", name_of(self.parameter, "parameter"))
        what = f"between trials: the spread of {self.parameter!r}"
        object.__setattr__(self, "sd", number(self.sd, what, above=0))

    @property
    def factor(self) -> float:
        """The factor of one standard deviation."""
        return float(np.exp(self.sd))

    def factors(self, count: int, seed: int) -> Array:
        """Return factors of so many trials, shape (count,), one of each part of the distribution.

        Parameters
        ----------
        count, seed
            How many; the same of one seed and parameter.
        """
        from scipy.stats import norm  # imported here so that simulating does not load it

        random = np.random.default_rng([seed, 5, *self.parameter.encode()])
        share = (random.permutation(count) + 0.5) / count
        return np.asarray(np.exp(self.sd * norm.ppf(share)))


def check_between(effects: Sequence[BetweenTrials], who: str) -> None:
    """Refuse what is no such effect, and two of one parameter.

    Raises
    ------
    InputError
        Names the population and the parameter.
    """
    for position, effect in enumerate(effects):
        if not isinstance(effect, BetweenTrials):
            raise InputError(f"{who}: {shown(effect)} is no BetweenTrials")
        if effect.parameter in [other.parameter for other in effects[:position]]:
            raise InputError(f"{who}: {effect.parameter!r} differs twice between trials")
