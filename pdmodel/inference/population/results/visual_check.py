"""Visual predictive check: percentiles of what was measured against those of simulated studies.

Each simulated study has the same patients, doses and times, with new effects and new errors. Bins
are times at which was measured, or as many rows each where times are many.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from pdmodel.arguments import whole_number
from pdmodel.arrays import Array, Flags, Integers
from pdmodel.inference.population.results.diagnostics import Estimated
from pdmodel.inference.population.results.simulated import simulated_rows

PERCENTILES = (5, 50, 95)
COLUMNS = (
    "quantity", "bin", "day", "day_low", "day_high", "n", "percentile", "observed",
    "simulated_low", "simulated", "simulated_high", "censored_observed", "censored_simulated",
)  # fmt: skip
"""Of the table of `check_table`."""
_BAND = (5, 50, 95)
# More different times than this are put together in bins of about as many rows.
_MOST_TIMES, _BINS = 12, 9

LEAST_SIMULATIONS = 20
"""Fewer have no 5 % of their own."""


def check_table(fit: Estimated, simulations: int = 500, seed: int = 1) -> pd.DataFrame:
    """Return percentiles of measured values, and the band in which those of simulated ones lie.

    Parameters
    ----------
    fit
        The population.
    simulations, seed
        Studies, and of what all are drawn.

    Returns
    -------
    pandas.DataFrame
        A row a quantity, bin and percentile (5, 50, 95): `day` (median of the bin's), `day_low`,
        `day_high`, `n` rows, `observed`, `simulated_low`, `simulated`, `simulated_high` (90 % band
        and median of the percentile) in the unit of the quantity, and the shares of rows beyond a
        limit, `censored_observed` and `censored_simulated`. A measured percentile that lies beyond
        a limit is NaN.

    Raises
    ------
    InputError
        If `simulations` is not a whole number from 20 on.
    FitError
        If a patient cannot be simulated.
    """
    whole_number(simulations, "simulations", least=LEAST_SIMULATIONS)
    rows = fit.objective.patients.rows
    simulated = np.array(list(simulated_rows(fit, simulations, seed)))
    simulated[:, rows.log] = np.exp(simulated[:, rows.log])
    table = fit.problem.ordered_rows
    parts = []
    for index, quantity in enumerate(fit.problem.measurements.quantities):
        own = np.flatnonzero(rows.quantity == index)
        for number, picked in enumerate(_bins(table["day"].to_numpy(float)[own])):
            numbers = own[picked]
            binned = _Bin(table.iloc[numbers], simulated[:, numbers], table.iloc[own])
            parts += [{"quantity": quantity, "bin": number, **row} for row in binned.rows()]
    return pd.DataFrame(parts, columns=list(COLUMNS))


def _bins(days: Array) -> Iterator[Integers]:
    """Yield the places of the rows of each bin, by day."""
    times = np.unique(days)
    if times.size > _MOST_TIMES:
        edges = np.unique(np.quantile(days, np.linspace(0, 1, _BINS + 1)))
        bins = np.clip(np.searchsorted(edges, days, side="right") - 1, 0, edges.size - 2)
    else:
        bins = np.searchsorted(times, days)
    for number in np.unique(bins):
        yield np.flatnonzero(bins == number)


class _Bin:
    """One bin of one quantity.

    Parameters
    ----------
    rows
        Measured.
    simulated
        Shape (n_simulations, n_rows), in the unit of the quantity.
    all_rows
        Of the quantity: their limits hold for rows that lie within.
    """

    def __init__(self, rows: pd.DataFrame, simulated: Array, all_rows: pd.DataFrame) -> None:
        self.measured, self.simulated = rows, simulated
        below, above = (all_rows["censored"] == side for side in ("below", "above"))
        # limits of the quantity: those of rows within are not known
        self.low = _limit(all_rows.loc[below, "high"], -np.inf)
        self.high = _limit(all_rows.loc[above, "low"], np.inf)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield a row a percentile."""
        days = self.measured["day"].to_numpy(float)
        bands = np.percentile(self.simulated, PERCENTILES, axis=1)
        censored = (self.measured["censored"] != "").mean()
        simulated = ((self.simulated < self.low) | (self.simulated > self.high)).mean()
        for percentile, band in zip(PERCENTILES, bands, strict=True):
            low, middle, high = np.percentile(band, _BAND)
            yield {
                "day": float(np.median(days)), "day_low": days.min(), "day_high": days.max(),
                "n": days.size, "percentile": percentile, "observed": self._observed(percentile),
                "simulated_low": low, "simulated": middle, "simulated_high": high,
                "censored_observed": float(censored), "censored_simulated": float(simulated),
            }  # fmt: skip

    def _observed(self, percentile: int) -> float:
        """Return a percentile of the measured values; NaN where it depends on a censored one."""
        below, above = self._side("below"), self._side("above")
        values = np.where(below, -np.inf, self.measured["value"].to_numpy(float))
        values = np.where(above, np.inf, values)
        ordered = np.sort(values)
        at = percentile / 100 * (values.size - 1)
        ends = ordered[int(np.floor(at))], ordered[int(np.ceil(at))]
        if not np.isfinite(ends).all():
            return float("nan")
        return float(ends[0] + (at - np.floor(at)) * (ends[1] - ends[0]))

    def _side(self, word: str) -> Flags:
        side: Flags = (self.measured["censored"] == word).to_numpy()
        return side


def _limit(limits: pd.Series, none: float) -> float:
    """Return the usual limit of a quantity, the median where there are several."""
    return float(limits.median()) if len(limits) else none
