"""At which moments of a day a trial looks: four, and more where the drug itself is looked for.

A drug may come and go between two of four rows a day, so that its largest value would be missed by
far. What follows it over days is seen in four.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import sympy

from pdmodel.arrays import Array
from pdmodel.model import Model

PER_DAY = 4
"""Rows a day; the last is before the dose of the next day."""
# An instant after a dose, and then ever farther from it: shares of a day within each quarter.
_INSTANT, _FIRST, _GROWTH = 1e-6, 0.004, 1.6


class DayRows(NamedTuple):
    """The rows of a day.

    Parameters
    ----------
    shares
        Of the day, the last is 1; shape (n_rows,).
    every
        How many rows lie between two of the four of a day, the later one counted.
    close
        Quantities whose largest value of a day is looked for in all rows.
    """

    shares: Array
    every: int
    close: frozenset[str]

    def times(self, days: int) -> Array:
        """Return the rows of some days, shape (days * n_rows,)."""
        return np.ravel(np.arange(days)[:, None] + self.shares)

    def largest(self, name: str, looks: Array) -> Array:
        """Return the largest value of each day.

        Parameters
        ----------
        name
            The quantity.
        looks
            Its values, shape (n_patients, n_days, n_rows).

        Returns
        -------
        ndarray
            Shape (n_patients, n_days).
        """
        rows = looks if name in self.close else looks[:, :, self.every - 1 :: self.every]
        return np.asarray(rows.max(axis=2))


def day_rows(model: Model, peaks: Iterable[str]) -> DayRows:
    """Return the rows of a day that the largest values of some quantities need.

    Parameters
    ----------
    model
        The equations.
    peaks
        Quantities whose largest value of each day is kept.
    """
    close = frozenset(peaks) & _holding_drug(model)
    within = [1.0 / PER_DAY]
    if close:
        steps = np.arange(np.ceil(np.log(within[0] / _FIRST) / np.log(_GROWTH)))
        within = [_INSTANT, *(_FIRST * _GROWTH**steps).tolist(), *within]
    quarters = np.arange(PER_DAY) / PER_DAY
    return DayRows(np.ravel(quarters[:, None] + within), len(within), close)


def _holding_drug(model: Model) -> frozenset[str]:
    """Return the names of states that a drug gets into, and of what is computed of them.

    It gets from one state into another by a process that moves both.
    """
    drug: set[sympy.Symbol] = set(model.doses.values())
    moved = [
        frozenset(rates) for mechanism in model.mechanisms for rates in mechanism.processes.values()
    ]
    while reached := {state for states in moved if states & drug for state in states} - drug:
        drug |= reached
    for symbol, expression in model.definitions.items():
        if drug & expression.free_symbols:
            drug.add(symbol)
    return frozenset(symbol.name for symbol in drug)
