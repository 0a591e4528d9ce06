"""The likelihood of rows as squares: what least squares minimises is -log L and a constant.

As for measured courses of pdmodel: a noise that is estimated adds the square of
`sqrt(2 log(noise / size) + 50)` of each row, which stays real down to noises of exp(-25) of the
size. A Laplace distribution has `|r|` where a normal one has `r**2/2`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from pdmodel.arrays import Array
from pdmodel.interchange.petab.noise import split_distribution
from pdmodel.interchange.petab.observation import SimulatedRows
from pdmodel.interchange.petab.tables import PetabTables

ROOM = 50.0
"""Added to what has a root taken of it, so that the root stays real."""
_CORNER = 1e-8
_NORMAL, _LAPLACE = 0.5 * math.log(2 * math.pi), math.log(2.0)


class ResidualRows:
    """Squares of a problem's rows.

    Parameters
    ----------
    tables
        The problem.
    """

    def __init__(self, tables: PetabTables) -> None:
        kinds = [
            split_distribution(tables.observables[row.observable].distribution)
            for row in tables.rows
        ]
        measured = np.array([row.value for row in tables.rows])
        self._laplace = np.array([shape == "laplace" for _, shape in kinds])
        logs = np.array([bool(scale) for scale, _ in kinds])
        bases = np.array([math.log(10.0) if scale == "log10" else 1.0 for scale, _ in kinds])
        sizes = np.where(logs | (measured == 0), 1.0, np.abs(measured))
        self._log_sizes = np.log(sizes)
        with np.errstate(all="ignore"):
            stretch = np.where(logs, np.log(np.abs(measured) * bases), 0.0)
        constants = np.where(self._laplace, _LAPLACE, _NORMAL)
        each = 0.5 * ROOM - self._log_sizes - stretch - constants
        self.offset = float(each.sum())
        """By how much half the sum of squares is above -log L."""

    def values(self, rows: SimulatedRows) -> Array:
        """Return two residuals a row: of the difference, then of the noise; shape (2 n_rows,).

        Raises
        ------
        ZeroDivisionError
            If a noise is not positive, or a difference is not a number.
        """
        far = self._far(rows)
        with np.errstate(all="ignore"):
            wide = np.sqrt(2 * (np.log(rows.noise) - self._log_sizes) + ROOM)
        both = np.concatenate([far, wide])
        if not np.isfinite(both).all():
            raise ZeroDivisionError("a simulated value or its noise has no logarithm, or is none")
        return both

    def _far(self, rows: SimulatedRows) -> Array:
        r = rows.scatter.residuals
        return np.where(self._laplace, np.sign(r) * np.sqrt(2 * np.abs(r)), r)

    def slopes(self, rows: SimulatedRows) -> Array:
        """Return slopes of `values` by the free parameters, shape (2 n_rows, n_free)."""
        lies = rows.scatter
        moved = (
            lies.by_simulated[:, None] * rows.slopes + lies.by_noise[:, None] * rows.noise_slopes
        )
        corner = np.maximum(np.abs(lies.residuals), _CORNER)
        steep = np.where(self._laplace, 1 / np.sqrt(2 * corner), 1.0)
        wide = np.sqrt(2 * (np.log(rows.noise) - self._log_sizes) + ROOM)
        spread = rows.noise_slopes / (rows.noise * wide)[:, None]
        return np.concatenate([steep[:, None] * moved, spread])


def row_words(tables: PetabTables) -> Sequence[str]:
    """Return what each residual is of, in words."""
    names = [f"{row.observable} at {row.time:g} {row.experiment}".rstrip() for row in tables.rows]
    return [*names, *(f"noise of {name}" for name in names)]
