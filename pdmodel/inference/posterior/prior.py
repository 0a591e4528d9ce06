"""What is believed before the data: even between the bounds, or log-normal by a prior row."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from pdmodel.arrays import Array
from pdmodel.inference.problem.ranges import Range, find_ranges, place_points
from pdmodel.inference.targets.priors import Prior

if TYPE_CHECKING:
    from pdmodel.inference.problem.problem import Problem


@dataclass(frozen=True)
class PriorSpace:
    """The prior of the free parameters of a fit, as a map from the unit cube.

    Parameters
    ----------
    ranges
        Bounds of each parameter; even in the logarithm where they are positive.
    priors
        Log-normal priors by parameter, cut at the bounds.
    """

    ranges: tuple[Range, ...]
    priors: Mapping[str, Prior]

    @classmethod
    def of(cls, problem: Problem) -> PriorSpace:
        """Return the prior of a problem: its bounds and its prior rows.

        Raises
        ------
        InputError
            If a free parameter has no bounds to draw between.
        """
        values = {setting.name: setting.value for setting in problem.settings}
        return cls(find_ranges(problem, values, None), {p.parameter: p for p in problem.priors})

    @property
    def names(self) -> tuple[str, ...]:
        """The free parameters, in the order of the columns."""
        return tuple(span.parameter for span in self.ranges)

    def place(self, cube: Array) -> Array:
        """Return parameters on the linear scale at places in the unit cube.

        Parameters
        ----------
        cube
            Shares of the prior's mass, shape (n_points, n_free).
        """
        points = place_points(self.ranges, cube)
        for column, span in enumerate(self.ranges):
            if span.parameter in self.priors:
                prior = self.priors[span.parameter]
                points[:, column] = _place_normal(prior, span, cube[:, column])
        return points

    @property
    def table(self) -> pd.DataFrame:
        """A row a parameter: `parameter`, `low`, `high`, `prior` in words."""
        rows = [
            {"parameter": r.parameter, "low": r.low, "high": r.high, "prior": self._words(r)}
            for r in self.ranges
        ]
        return pd.DataFrame(rows)

    def _words(self, span: Range) -> str:
        if span.parameter in self.priors:
            prior = self.priors[span.parameter]
            return f"log-normal, median {prior.median:g}, CV {prior.cv:.0%}, cut at the bounds"
        return "even in the logarithm" if span.log else "even"


def _place_normal(prior: Prior, span: Range, shares: Array) -> Array:
    """Return quantiles of a log-normal cut at the bounds."""
    low = -math.inf if span.low <= 0 else math.log(span.low / prior.median) / prior.spread
    high = math.log(span.high / prior.median) / prior.spread
    mass = ndtr(low) + shares * (ndtr(high) - ndtr(low))
    values = prior.median * np.exp(prior.spread * ndtri(mass))
    placed: Array = np.clip(values, span.low, span.high)
    return placed
