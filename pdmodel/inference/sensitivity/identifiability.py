"""What the targets can say of the parameters near one point: combinations, rank, correlations.

The rows are the slopes of what each target looks at, on the target's scale and in units of its
softness (or sigma): what a measurement of that precision would say. Residuals would not do, since
that of a target that is met is flat, whether its parameters are known or not. So what is not
identified here is not identified by the targets; what is, may still lie anywhere in their windows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.linalg import qr

from pdmodel.arrays import Array
from pdmodel.errors import InputError
from pdmodel.inference.fit.parameter_verdicts import spread_verdict
from pdmodel.inference.problem.parameters import Setting, scale_factors

if TYPE_CHECKING:
    from pdmodel.inference.problem.problem import Problem

RANK_TOLERANCE = 1e-4
"""Singular values below this share of the largest count as 0: slopes are good to about 1e-5."""
EXPONENT_SHOWN = 0.2
NULL_SHARE = 0.05
"""A parameter with more of itself than this in the null space has no standard error."""
NULL = "no effect"


@dataclass(frozen=True)
class Identifiability:
    """Local identifiability at one point.

    Parameters
    ----------
    slopes
        A row a target and prior, a column a free parameter: softnesses by which the target moves
        for each factor e of the parameter (each unit, of one that is not fitted by its logarithm).
    combinations
        A row a direction, best known first: `singular_value`, `share` of the largest, `spread`
        (one standard error of its logarithm, NaN where nothing is known), `verdict`, `written`.
    exponents
        Of the parameters (columns) in each combination, which has length 1. Those without effect
        have as few parameters as possible, and span the null space.
    parameters
        A row a free parameter: `name`, `unit`, `value`, `log` (whether it is fitted by its
        logarithm), `influence` (the length of its column of slopes), `stderr` (of that logarithm,
        or in its unit), `null_share` (the part of it that lies in the null space) and `verdict`.
    correlation
        Of the errors of the parameters; NaN where one of both has none.
    rank, tolerance
        Singular values above `tolerance` times the largest.
    """

    slopes: pd.DataFrame
    combinations: pd.DataFrame
    exponents: pd.DataFrame
    parameters: pd.DataFrame
    correlation: pd.DataFrame
    rank: int
    tolerance: float = RANK_TOLERANCE

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the free parameters."""
        return tuple(self.slopes.columns)

    @property
    def null_space(self) -> Array:
        """Directions that move no target, shape (n_null, n_free), each of length 1."""
        directions: Array = self.exponents.iloc[self.rank :].to_numpy(dtype=float)
        return directions


def find_identifiability(problem: Problem, values: Mapping[str, float]) -> Identifiability:
    """Return what the targets (and priors) can say of the free parameters at a point.

    Parameters
    ----------
    problem
        The problem; `problem.free` are the parameters.
    values
        Value of every setting.

    Raises
    ------
    InputError
        If no parameter is free.
    EvaluationFailure
        If a group cannot be simulated there.
    """
    from pdmodel.inference.problem.scaled_slopes import scaled_slopes

    free = problem.free
    if not free:
        raise InputError("no parameter varies; free at least one")
    settings = {s.name: s for s in problem.settings}
    rows = [t.id for t in problem.targets] + [f"prior {p.parameter}" for p in problem.priors]
    slopes = pd.DataFrame(scaled_slopes(problem, values), index=rows, columns=list(free))
    units = {q.name: q.unit for q in problem.model.vocabulary}
    own_units = [units.get(settings[name].parameter, "1") for name in free]
    return analyse_slopes(slopes, [settings[name] for name in free], values, own_units)


def analyse_slopes(
    slopes: pd.DataFrame,
    settings: Sequence[Setting],
    values: Mapping[str, float],
    units: Sequence[str],
) -> Identifiability:
    """Return the identifiability that a table of scaled slopes stands for.

    Parameters
    ----------
    slopes
        A row a target, a column a free parameter.
    settings, values, units
        Of the free parameters, in the order of the columns.
    """
    matrix = slopes.to_numpy(dtype=float)
    _, singular, directions = np.linalg.svd(matrix, full_matrices=True)
    singular = np.append(singular, np.zeros(len(directions) - len(singular)))
    rank = int((singular > RANK_TOLERANCE * singular[0]).sum())
    powers = _signed(np.vstack([directions[:rank], simple_basis(directions[rank:])]))
    spreads = np.full(len(singular), np.nan)
    spreads[:rank] = 1 / singular[:rank]
    shares = np.linalg.norm(directions[rank:], axis=0)
    covariance = (directions[:rank].T * spreads[:rank] ** 2) @ directions[:rank]
    covariance[shares > NULL_SHARE, :] = covariance[:, shares > NULL_SHARE] = np.nan
    errors = np.sqrt(np.diag(covariance))
    names = list(slopes.columns)
    return Identifiability(
        slopes=slopes,
        combinations=_combinations(singular, spreads, powers, settings),
        exponents=pd.DataFrame(powers, columns=names),
        parameters=_parameters(settings, values, units, matrix, errors, shares),
        correlation=pd.DataFrame(covariance / np.outer(errors, errors), index=names, columns=names),
        rank=rank,
    )


def simple_basis(null: Array) -> Array:
    """Return a basis of the same space with as few parameters in a row as possible.

    Any rotation of a null space is one too, so the directions of a decomposition mean nothing one
    by one. Here each has a parameter of its own, which no other row has.

    Parameters
    ----------
    null
        Orthonormal rows, shape (n_null, n_free).
    """
    if len(null) < 2:
        return null
    own = np.sort(qr(null, mode="r", pivoting=True)[1][: len(null)])
    basis = np.linalg.solve(null[:, own], null)
    unit: Array = basis / np.linalg.norm(basis, axis=1, keepdims=True)
    return unit


def _signed(rows: Array) -> Array:
    """Return directions with a positive largest exponent; of equal ones the first counts."""
    size = np.abs(rows)
    first = (size > size.max(axis=1, keepdims=True) - 1e-9).argmax(axis=1)
    signed: Array = rows * np.sign(rows[np.arange(len(rows)), first])[:, None]
    return signed + 0.0  # without -0


def _combinations(
    singular: Array, spreads: Array, rows: Array, settings: Sequence[Setting]
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "number": np.arange(1, len(rows) + 1),
            "singular_value": singular,
            "share": singular / singular[0] if singular[0] > 0 else singular,
            "spread": spreads,
            "verdict": [NULL if math.isnan(s) else spread_verdict(s) for s in spreads],
            "written": [write_combination(row, settings) for row in rows],
        }
    )


def write_combination(exponents: Sequence[float] | Array, settings: Sequence[Setting]) -> str:
    """Write a direction as a product of powers; what is not fitted by its logarithm as `exp(x)`.

    Parameters
    ----------
    exponents
        One a parameter; those of size 0.2 and below are left out.
    settings
        The parameters.
    """
    order = sorted(range(len(settings)), key=lambda i: -round(abs(float(exponents[i])), 6))
    words = []
    for index in order:
        power, s = float(exponents[index]), settings[index]
        if abs(power) <= EXPONENT_SHOWN:
            continue
        if s.min > 0:
            words.append(s.name if abs(power - 1) < 5e-3 else f"{s.name}^{power:.2f}")
        else:
            words.append(f"exp({power:.2f} {s.name})")
    return " * ".join(words)


def _parameters(
    settings: Sequence[Setting], values: Mapping[str, float], units: Sequence[str],
    matrix: Array, errors: Array, shares: Array,
) -> pd.DataFrame:  # fmt: skip
    here = np.array([values[s.name] for s in settings])
    # relative to the value, as the logarithm of a positive one already is
    relative = errors * scale_factors(settings, values) / np.where(here == 0, np.nan, np.abs(here))
    return pd.DataFrame(
        {
            "name": [s.name for s in settings],
            "unit": list(units),
            "value": here,
            "log": [s.min > 0 for s in settings],
            "influence": np.linalg.norm(matrix, axis=0),
            "stderr": errors,
            "null_share": shares,
            "verdict": [spread_verdict(spread) for spread in relative],
        }
    )
