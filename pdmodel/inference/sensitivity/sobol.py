"""Global sensitivity: how much of the spread of each target is due to each parameter.

Sobol indices of what each target looks at, on the scale it is judged on. The only door to SALib,
an extra.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pdmodel.arguments import whole_number
from pdmodel.arrays import Array
from pdmodel.errors import InputError, SimulationError
from pdmodel.inference.problem.many_points import Measures, measure_points
from pdmodel.inference.problem.ranges import find_ranges, place_points
from pdmodel.inference.problem.scaled_slopes import width

if TYPE_CHECKING:
    from pdmodel.executors import Progress
    from pdmodel.inference.problem.problem import Problem

LEVEL = 0.95
MOST_FAILED = 0.05
"""Share of the draws that may fail; more would no longer be the ranges that were asked for."""
INDEX_COLUMNS = ("target", "parameter", "first", "first_error", "total", "total_error")
TARGET_COLUMNS = ("target", "scale", "median", "spread", "widths", "moves", "explained")
_FEWEST, _RESAMPLES = 8, 200
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
        If SALib is missing, no parameter is free, or a number or range is not allowed.
    SimulationError
        If more than 5 % of the points cannot be simulated.
    """
    sample, analyse = load_salib()
    _check(draws, seed)
    ranges = find_ranges(problem, values, factor)
    names = [one.parameter for one in ranges]
    plan = {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}
    shares = sample(plan, draws, calc_second_order=False, seed=seed)
    points = place_points(ranges, shares)
    measures = measure_points(problem, points, values, threads=threads, progress=progress)
    found = _filled(measures, points, names)

    def indices(column: Array) -> Mapping[str, Array]:
        result: Mapping[str, Array] = analyse(
            plan, column, calc_second_order=False, num_resamples=_RESAMPLES, conf_level=LEVEL,
            seed=seed + 1,  # SALib takes 0 for no seed
        )  # fmt: skip
        return result

    rows, targets = _tables(problem, names, found, indices)
    first = next((measures.reasons[number] for number in measures.failed), "")
    return Sobol(
        draws, seed, factor, pd.DataFrame([one._asdict() for one in ranges]), rows, targets,
        len(points), len(measures.failed), first,
    )  # fmt: skip


def load_salib() -> tuple[Callable[..., Array], Callable[..., Any]]:
    """Return SALib's Sobol sampler and analysis.

    Raises
    ------
    InputError
        If SALib is missing; names the extra.
    """
    try:
        from SALib.analyze.sobol import analyze
        from SALib.sample.sobol import sample
    except ImportError as error:
        raise InputError(
            "global sensitivity needs SALib, which is not installed: pip install "
            "'pdmodel[sensitivity]'; or ask for the local part only (--local)"
        ) from error
    return sample, analyze


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
    problem: Problem, names: list[str], found: Array,
    indices: Callable[[Array], Mapping[str, Array]],
) -> tuple[pd.DataFrame, pd.DataFrame]:  # fmt: skip
    rows, targets = [], []
    nothing = np.full(len(names), math.nan)
    for target, column in zip(problem.targets, found.T, strict=True):
        spread = float(column.std())
        widths = spread / width(target)
        moves = widths > _STILL
        # what stands still has no spread to share out: SALib would divide by 0
        own = (
            indices(column) if moves else dict.fromkeys(("S1", "S1_conf", "ST", "ST_conf"), nothing)
        )
        columns = (own["S1"], own["S1_conf"], own["ST"], own["ST_conf"])
        for name, *numbers in zip(names, *columns, strict=True):
            rows.append((target.id, name, *map(float, numbers)))
        middle, explained = float(np.median(column)), float(np.sum(own["S1"]))
        targets.append((target.id, target.scale, middle, spread, widths, moves, explained))
    return (
        pd.DataFrame(rows, columns=list(INDEX_COLUMNS)),
        pd.DataFrame(targets, columns=list(TARGET_COLUMNS)),
    )
