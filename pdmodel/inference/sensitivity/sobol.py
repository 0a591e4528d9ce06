"""Global sensitivity: how much of the spread of each target is due to each parameter.

Sobol indices of what each target measures, on the scale it is judged on. Saltelli 2010,
doi:10.1016/j.cpc.2009.09.018.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import bootstrap, qmc, sobol_indices

from pdmodel.arguments import whole_number
from pdmodel.arrays import Array, Integers
from pdmodel.errors import InputError, SimulationError
from pdmodel.inference.problem.many_points import Measures, measure_points
from pdmodel.inference.problem.ranges import find_ranges, place_points
from pdmodel.inference.problem.scaled_slopes import width

if TYPE_CHECKING:
    from pdmodel.executors import Progress
    from pdmodel.inference.problem.problem import Problem

MOST_FAILED = 0.05
"""Share of the draws that may fail; more would no longer be the ranges that were asked for."""
INDEX_COLUMNS = ("target", "parameter", "first", "first_error", "total", "total_error")
TARGET_COLUMNS = ("target", "scale", "median", "spread", "widths", "moves", "explained")
_FEWEST, _RESAMPLES = 8, 200
# Half a 95 % interval, in standard errors.
_HALF_WIDTH = 1.959963984540054
# A target whose standard deviation is below this many softnesses does not move.
_STILL = 1e-3


@dataclass(frozen=True)
class Sobol:
    """First-order and total Sobol indices of the targets.

    Parameters
    ----------
    draws, seed, factor
        Base draws (each is worth a run a parameter, and two), their seed, and the factor that the
        ranges were asked for by, None for the bounds.
    ranges
        A row a parameter: `parameter`, `low`, `high`, `log`.
    indices
        A row a target and parameter: `target`, `parameter`, `first`, `first_error`, `total`,
        `total_error`: errors are half widths of 95 % intervals; NaN for a target that stands still.
    targets
        A row a target: `target`, `scale`, `median` and `spread` (standard deviation) on that
        scale, `widths` (the spread in softnesses: what moves by far less than one says little),
        `moves`, `explained` (the sum of the first-order indices).
    runs, failed, reason
        Points in all, those that failed and hold the median of each target instead, and why the
        first of them did.
    """

    draws: int
    seed: int
    factor: float | None
    ranges: pd.DataFrame
    indices: pd.DataFrame
    targets: pd.DataFrame
    runs: int
    failed: int
    reason: str


def find_sobol(
    problem: Problem,
    values: Mapping[str, float],
    draws: int = 128,
    *,
    factor: float | None = None,
    seed: int = 1,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Sobol:
    """Return the Sobol indices of every target by the free parameters.

    Parameters
    ----------
    problem
        The problem; `problem.free` are the parameters.
    values
        Value of every setting: the middle of the ranges under `factor`, and all that is not free.
    draws
        Base draws, a power of 2; `draws * (n_free + 2)` points are simulated.
    factor
        Range of each parameter, from value / factor to value * factor, cut at its bounds; the
        bounds themselves by default. Uniform in the logarithm where the range is positive.
    seed
        Of the draws and of the resampling.
    threads
        How many; all processors by default. The result is the same for any number.
    progress
        Called with simulations done, simulations in all, and the name of the group.

    Raises
    ------
    InputError
        If no parameter is free, or a number or range is not allowed.
    SimulationError
        If more than 5 % of the points cannot be simulated.
    """
    _check(draws, seed)
    ranges = find_ranges(problem, values, factor)
    names = [span.parameter for span in ranges]
    points = place_points(ranges, crossed_draws(len(names), draws, seed))
    measures = measure_points(problem, points, values, threads=threads, progress=progress)
    filled = _filled(measures, points, names)
    rows, targets = _tables(problem, names, filled, find_indices(filled, draws, seed))
    reason = next((measures.reasons[number] for number in measures.failed), "")
    return Sobol(
        draws, seed, factor, pd.DataFrame([span._asdict() for span in ranges]), rows, targets,
        len(points), len(measures.failed), reason,
    )  # fmt: skip


def crossed_draws(size: int, draws: int, seed: int) -> Array:
    """Return shares of the ranges, shape (draws * (size + 2), size).

    Each base draw has `size + 2` rows: a point A, for each parameter A with that parameter of B,
    and the point B.

    Parameters
    ----------
    size
        Number of parameters.
    draws, seed
        Points of a scrambled Sobol sequence, and the seed of the scrambling.
    """
    base = qmc.Sobol(2 * size, rng=np.random.default_rng(seed)).random(draws)
    shares = np.repeat(base[:, None, :size], size + 2, axis=1)
    for column in range(size):
        shares[:, 1 + column, column] = base[:, size + column]
    shares[:, -1] = base[:, size:]
    return shares.reshape(-1, size)


class Indices(NamedTuple):
    """Sobol indices, shape (n_targets, n_free) each; errors are half widths of 95 % intervals."""

    first: Array
    first_error: Array
    total: Array
    total_error: Array


def find_indices(values: Array, draws: int, seed: int) -> Indices:
    """Return the Sobol indices of some quantities.

    Parameters
    ----------
    values
        At the points that `crossed_draws` places, shape (n_points, n_targets).
    draws, seed
        Base draws, and the seed by which they are resampled for the errors.
    """
    crossed = values.reshape(draws, -1, values.shape[1]).transpose(1, 2, 0)

    def indices(rows: Integers) -> Array:
        """Return both kinds for some of the base draws, shape (2, n_targets, n_free)."""
        # A row of zeros, since SciPy drops axes of length 1, and fails where nothing is left.
        part = np.pad(crossed[..., rows], ((0, 0), (0, 1), (0, 0)))
        result = sobol_indices(func={"f_A": part[0], "f_B": part[-1], "f_AB": part[1:-1]}, n=draws)
        both = np.array([result.first_order, result.total_order])
        return both.reshape(2, part.shape[1], -1)[:, :-1]

    everything = np.arange(draws)
    first, total = indices(everything)
    resampled = bootstrap(
        [everything], indices, n_resamples=_RESAMPLES, vectorized=False, method="percentile",
        rng=np.random.default_rng(seed),
    )  # fmt: skip
    first_error, total_error = _HALF_WIDTH * resampled.standard_error
    return Indices(first, first_error, total, total_error)


def _check(draws: int, seed: int) -> None:
    draws = whole_number(draws, "draws", least=0)
    whole_number(seed, "seed", least=0)
    if draws < _FEWEST or draws & (draws - 1):
        near = max(_FEWEST, 2 ** round(math.log2(max(draws, 1))))
        raise InputError(
            f"draws must be a power of 2 from {_FEWEST} on, which Sobol's sequence fills evenly, "
            f"got {draws}; try {near}"
        )


def _filled(measures: Measures, points: Array, names: list[str]) -> Array:
    """Return the statistics with the median of each target where a point failed.

    Raises
    ------
    SimulationError
        If too many did; its state has the first of them.
    """
    failed, total = measures.failed, len(measures.reasons)
    if len(failed) > MOST_FAILED * total:
        reason = measures.reasons[failed[0]]
        state = dict(zip(names, map(float, points[failed[0]]), strict=True))
        raise SimulationError(
            f"{len(failed)} of {total} draws cannot be simulated, more than {MOST_FAILED:.0%}; the "
            f"first: {reason}. Draw from less: --factor 3, or less, or narrower --bounds",
            {"parameters": state, "cause": reason},
        )
    filled = measures.values.copy()
    filled[list(failed)] = np.nanmedian(measures.values, axis=0)
    return filled


def _tables(
    problem: Problem, names: list[str], values: Array, indices: Indices
) -> tuple[pd.DataFrame, pd.DataFrame]:
    rows, targets = [], []
    for row, (target, column) in enumerate(zip(problem.targets, values.T, strict=True)):
        spread = float(column.std())
        widths = spread / width(target)
        moves = widths > _STILL
        # what stands still has no spread to share out
        own = [kind[row] if moves else np.full(len(names), math.nan) for kind in indices]
        for name, *numbers in zip(names, *own, strict=True):
            rows.append((target.id, name, *map(float, numbers)))
        middle, explained = float(np.median(column)), float(np.sum(own[0]))
        targets.append((target.id, target.scale, middle, spread, widths, moves, explained))
    return (
        pd.DataFrame(rows, columns=list(INDEX_COLUMNS)),
        pd.DataFrame(targets, columns=list(TARGET_COLUMNS)),
    )
