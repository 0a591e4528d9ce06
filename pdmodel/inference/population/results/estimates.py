"""Estimates as tables: from the scales on which they are sought to those on which they are read."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pdmodel.arrays import Array
from pdmodel.inference.population.likelihood.objective import Objective
from pdmodel.inference.population.problem import PopulationProblem
from pdmodel.inference.population.uncertainty import Z90, Uncertainty

COLUMNS = (
    "name", "kind", "unit", "value", "stderr", "rse", "stderr_sandwich", "low", "high", "start",
    "estimated", "at_bound",
)  # fmt: skip
"""Of the table of estimates; `low` and `high` are a 90 % interval by the curvature."""


class _Read(NamedTuple):
    """A number as it is read: value, its slope by all that is sought, and where it starts.

    Parameters
    ----------
    name, kind, unit
        As in the table of estimates.
    value, slope, start
        The number, its slope by all that is sought, shape (n_sought,), and where the search began.
    scale
        Of its interval: `log`, `plain`, `correlation`, or `sought`: that on which it is sought.
    number
        Its place among what is sought; None where it is made of several, or held.
    """

    name: str
    kind: str
    unit: str
    value: float
    slope: Array
    start: float
    scale: str
    number: int | None


def estimates_table(
    problem: PopulationProblem, objective: Objective, x: Array, uncertainty: Uncertainty
) -> pd.DataFrame:
    """Return a row a number that is estimated or held.

    Returns
    -------
    pandas.DataFrame
        `name`; `kind`: typical, covariate, random or error; `value` with `unit`; `stderr` by the
        curvature, `rse` over the value, `stderr_sandwich`; `low` and `high`: 90 % interval;
        `start`; whether it is `estimated`; `at_bound`: `low`, `high` or nothing.
    """
    reader = _Reader(problem, objective, x)
    rows = [_row(read, problem, x, uncertainty) for read in reader.all()]
    return pd.DataFrame(rows, columns=list(COLUMNS))


class _Reader:
    """Reads the numbers at a point."""

    def __init__(self, problem: PopulationProblem, objective: Objective, x: Array) -> None:
        self.problem, self.objective, self.x = problem, objective, x
        self.first = objective.starts
        self.n = x.size

    def all(self) -> Iterator[_Read]:
        """Yield every number in the order of the report."""
        yield from self._typical()
        yield from self._coefficients()
        yield from self._random()
        yield from self._errors()

    def _unit(self, number: int | None, value: float = 1.0) -> Array:
        slope = np.zeros(self.n)
        if number is not None:
            slope[number] = value
        return slope

    def _typical(self) -> Iterator[_Read]:
        own = self.problem.individuals
        typical = own.typical.copy()
        typical[list(own.sought)] = self.x[: len(own.sought)]
        values, slopes = own.transforms.from_scale(typical)
        starts, _ = own.transforms.from_scale(own.typical)
        for index, name in enumerate(own.names):
            number = own.sought.index(index) if index in own.sought else None
            unit = self.problem.unit_of(name)
            slope = self._unit(number, float(slopes[index]))
            yield _Read(
                name, "typical", unit, float(values[index]), slope, float(starts[index]), "sought",
                number,
            )  # fmt: skip

    def _coefficients(self) -> Iterator[_Read]:
        number = len(self.problem.individuals.sought)
        for effect in self.problem.individuals.covariates:
            if not effect.estimated:
                held = effect.first
                yield _Read(
                    effect.name, "covariate", "1", held, self._unit(None), held, "plain", None
                )
                continue
            value, slope = effect.outer(float(self.x[number]))
            yield _Read(
                effect.name, "covariate", "1", value, self._unit(number, slope), effect.first,
                "sought", number,
            )  # fmt: skip
            number += 1

    def _random(self) -> Iterator[_Read]:
        covariance, first = self.problem.random_covariance, self.problem.individuals.starts.size
        entries = slice(first, first + len(covariance.entries))
        matrix, slopes = covariance.matrix(self.x[entries]), covariance.slopes(self.x[entries])
        start = covariance.matrix(covariance.starts)
        sds, firsts = np.sqrt(np.diag(matrix)), np.sqrt(np.diag(start))
        numbers = {e.name: first + n for n, e in enumerate(covariance.entries)}
        for index, effect in enumerate(self.problem.random):
            slope = np.zeros(self.n)
            slope[entries] = slopes[:, index, index] / (2 * sds[index])
            unit = "1"
            if effect.scale == "plain":
                unit = self.problem.unit_of(effect.name)
            name = f"sd__{effect.name}"
            yield _Read(
                name, "random", unit, float(sds[index]), slope, float(firsts[index]), "log",
                numbers.get(name),
            )  # fmt: skip
        for block in covariance.blocks:
            for row in block:
                for column in block[: block.index(row)]:
                    yield self._correlation(row, column, matrix, start, (entries, slopes))

    def _correlation(
        self, row: int, column: int, matrix: Array, start: Array, moves: tuple[slice, Array]
    ) -> _Read:
        covariance, (entries, slopes) = self.problem.random_covariance, moves
        value, first = (
            float(m[row, column] / math.sqrt(m[row, row] * m[column, column]))
            for m in (matrix, start)
        )
        own = slopes[:, row, column] / math.sqrt(matrix[row, row] * matrix[column, column])
        for effect in (row, column):
            own = own - 0.5 * value * slopes[:, effect, effect] / matrix[effect, effect]
        slope = np.zeros(self.n)
        slope[entries] = own
        names = covariance.names[row], covariance.names[column]
        numbers = {entry.name: n for n, entry in enumerate(covariance.entries, entries.start)}
        number = numbers.get(f"with__{names[0]}__{names[1]}")
        name = f"correlation__{names[1]}__{names[0]}"
        return _Read(name, "random", "1", value, slope, first, "correlation", number)

    def _errors(self) -> Iterator[_Read]:
        sds, number = self.objective.parts(self.x)[2], self.n - len(self.objective.sought_sds)
        for index, error in enumerate(self.problem.errors):
            quantity = self.problem.unit_of(error.quantity)
            unit = self.problem.measurements.errors[error.quantity].unit_of(error.word, quantity)
            value = float(sds[index])
            own = None if error.fixed else number + self.objective.sought_sds.index(index)
            yield _Read(
                error.name, "error", unit, value, self._unit(own, value), error.start, "log", own
            )


def _row(
    read: _Read, problem: PopulationProblem, x: Array, uncertainty: Uncertainty
) -> dict[str, Any]:
    moving = read.slope != 0
    stderr = _spread(uncertainty.curvature, read.slope, moving)
    low, high = _interval(read, problem, x, stderr)
    return {
        "name": read.name, "kind": read.kind, "unit": read.unit, "value": read.value,
        "stderr": stderr, "rse": stderr / abs(read.value) if read.value else math.nan,
        "stderr_sandwich": _spread(uncertainty.sandwich, read.slope, moving),
        "low": low, "high": high, "start": read.start, "estimated": bool(moving.any()),
        "at_bound": "" if read.number is None else _at_bound(problem, x, read.number),
    }  # fmt: skip


def _spread(covariance: Array, slope: Array, moving: Array) -> float:
    if not moving.any():
        return math.nan
    own = slope[moving]
    variance = float(own @ covariance[np.ix_(moving, moving)] @ own)
    return math.sqrt(variance) if variance >= 0 else math.nan


def _interval(
    read: _Read, problem: PopulationProblem, x: Array, stderr: float
) -> tuple[float, float]:
    """Return the 90 % interval, formed where the estimate is closest to normal."""
    if math.isnan(stderr):
        return math.nan, math.nan
    width = Z90 * stderr
    if read.scale == "log":
        factor = math.exp(min(width / read.value, 700.0))
        return read.value / factor, read.value * factor
    if read.scale == "correlation":
        middle = math.atanh(max(-0.9999999, min(0.9999999, read.value)))
        half = width / max(1 - read.value**2, 1e-12)
        return math.tanh(middle - half), math.tanh(middle + half)
    if read.scale == "sought" and read.number is not None:
        half = width / abs(float(read.slope[read.number]))
        at = float(x[read.number])
        return _outer(problem, read, at - half), _outer(problem, read, at + half)
    return read.value - width, read.value + width


def _outer(problem: PopulationProblem, read: _Read, inner: float) -> float:
    own = problem.individuals
    if read.kind == "covariate":
        effect = next(e for e in own.coefficients if e.name == read.name)
        return effect.outer(inner)[0]
    scaled = own.typical.copy()
    scaled[own.names.index(read.name)] = min(inner, 700.0)
    return float(own.transforms.from_scale(scaled)[0][own.names.index(read.name)])


def _at_bound(problem: PopulationProblem, x: Array, number: int) -> str:
    sought = problem.sought[number]
    near = 1e-6 * max(1.0, abs(float(x[number])))
    if x[number] <= sought.low + near:
        return "low"
    return "high" if x[number] >= sought.high - near else ""
