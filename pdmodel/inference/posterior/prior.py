"""What is believed before the data: even between the bounds, or what a prior row says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from pdmodel.arrays import Array
from pdmodel.inference.problem.ranges import Range, find_ranges, place_points
from pdmodel.inference.targets.priors import PlacedPrior

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
        Priors by parameter that say more than the bounds.
    """

    ranges: tuple[Range, ...]
    priors: Mapping[str, PlacedPrior]

    @classmethod
    def of(cls, problem: Problem) -> PriorSpace:
        """Return the prior of a problem: its bounds and its prior rows.

        Raises
        ------
        InputError
            If a free parameter has no bounds to draw between.
        """
        values = {setting.name: setting.value for setting in problem.settings}
        return cls(find_ranges(problem, values, None), problem.parameter_priors())

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
                points[:, column] = prior.place(cube[:, column], span.low, span.high)
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
            return self.priors[span.parameter].words
        return "even in the logarithm" if span.log else "even"
