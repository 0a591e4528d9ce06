"""How the parameters of a fit move with its free ones: shared, own, or tied by `expr`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from pdmodel.arrays import Array
from pdmodel.inference.problem.parameters import Setting, free_names, make_parameters

# A fourth-order difference of a formula, nothing is simulated: its error is about 1e-12.
_STEP = 1e-3
_SHIFTS = ((1, 8 / 12), (-1, -8 / 12), (2, -1 / 12), (-2, 1 / 12))


class Ties:
    """Derivatives of every setting by the free ones.

    Parameters
    ----------
    settings
        All settings of a fit.

    Attributes
    ----------
    free
        Names of the settings that vary of themselves.
    """

    def __init__(self, settings: Sequence[Setting]) -> None:
        self.free = free_names(settings)
        self._columns = {name: column for column, name in enumerate(self.free)}
        self._tied = tuple(s.name for s in settings if s.expr)
        # without their bounds, so that a difference may step over one
        open_ended = [
            replace(s, min=-math.inf, max=math.inf) if s.name in self._columns else s
            for s in settings
        ]
        self._parameters = make_parameters(open_ended if self._tied else ())

    @property
    def moving(self) -> frozenset[str]:
        """Names of the settings that may move."""
        return frozenset((*self.free, *self._tied))

    def slopes(self, values: Mapping[str, float]) -> dict[str, Array]:
        """Return d setting / d free for every setting that may move, each of shape (n_free,).

        Parameters
        ----------
        values
            Value of every setting, on the linear scale.
        """
        identity = np.eye(len(self.free))
        slopes = {name: identity[column] for name, column in self._columns.items()}
        return slopes | self._tied_slopes(values)

    def _tied_slopes(self, values: Mapping[str, float]) -> dict[str, Array]:
        slopes = {name: np.zeros(len(self.free)) for name in self._tied}
        if not self._tied:
            return slopes
        for name in self._parameters:
            if name not in self._tied:
                self._parameters[name].set(value=values[name])
        for free, column in self._columns.items():
            step = _STEP * (abs(values[free]) or 1.0)
            for shift, weight in _SHIFTS:
                self._parameters[free].set(value=values[free] + shift * step)
                for name in self._tied:
                    slopes[name][column] += weight * float(self._parameters[name].value) / step
            self._parameters[free].set(value=values[free])
        return slopes
