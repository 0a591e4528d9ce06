"""A fit of 12 parameters to 8 series of 48 weeks, by SciPy's least squares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import least_squares

from benchmarks import reference_workload as workload
from benchmarks.bench import Bench
from benchmarks.engines import OURS, PEER
from benchmarks.engines.ours import Pdmodel
from benchmarks.problem import Problem, Result, Run
from benchmarks.reference_solution import relative_error
from benchmarks.timing import Task, interleaved, row
from pdmodel.arrays import Array

_NOISE, _SEED, _AWAY = 0.1, 1, 0.2
_STEP = 1e-4  # of differences, in the logarithm


class Fit:
    """Residuals of log parameters, and their Jacobian; what one has computed the other uses.

    Parameters
    ----------
    problem
        Quantities and times that are observed.
    data
        What was observed, shape (n_times, n_quantities).
    run
        Outputs, or outputs and sensitivities side by side.
    exact
        Whether sensitivities are there; otherwise the Jacobian is made of differences.
    """

    def __init__(self, problem: Problem, data: Array, run: Run, exact: bool) -> None:
        self.problem, self.data, self.run, self.exact = problem, data, run, exact
        self.sigma = _NOISE * np.maximum(data, 0.05 * data.max(axis=0))
        self.places = [problem.parameters.index(name) for name in workload.FITTED]
        self.evaluations = 0
        self._last: tuple[bytes, Array] = (b"", data)

    def outputs(self, x: Array) -> Array:
        """Return what a run gives at log parameters, once for each."""
        if self._last[0] != x.tobytes():
            values = self.problem.values
            values[self.places] = np.exp(x)
            self._last = x.tobytes(), self.run(values)
            self.evaluations += 1
        return self._last[1]

    def residuals(self, x: Array) -> Array:
        """Return weighted residuals, shape (n_times * n_quantities,)."""
        found = self.outputs(x)
        found = found[:, :, 0] if self.exact else found
        return ((found - self.data) / self.sigma).ravel()

    def slopes(self, x: Array) -> Array:
        """Return the Jacobian of the residuals by log parameters."""
        first = self.outputs(x)
        if self.exact:
            slopes = first[:, :, 1:] * np.exp(x)
        else:
            moved = x + _STEP * np.eye(x.size)
            slopes = np.stack([(self.outputs(y) - first) / _STEP for y in moved], axis=2)
        return (slopes / self.sigma[:, :, None]).reshape(-1, x.size)


def fit(bench: Bench) -> dict[str, Result]:
    """Time the fit with exact sensitivities against the fit with differences of the peer."""
    weeks = [float(day) for day in range(7, bench.settings.days + 1, 7)] or [2.0, 4.0, 6.0]
    problem = bench.problem.asking(workload.OBSERVED, weeks)
    choices = bench.choose(bench.rivals())
    data, start = observed(bench, problem)
    exact = Pdmodel().prepare_sensitivities(problem, choices[OURS].tolerance, workload.FITTED)
    makers: dict[str, Callable[[], Fit]] = {OURS: lambda: Fit(problem, data, exact, True)}
    if PEER in choices:
        plain = bench.engines[PEER].prepare(problem, choices[PEER].tolerance)
        makers[PEER] = lambda: Fit(problem, data, plain, False)
    exact(problem.values)  # compiled
    solved: dict[str, tuple[Any, int]] = {}

    def task(name: str) -> Task:
        def solve(number: int) -> None:
            question = makers[name]()
            x = start * (1 + 1e-12 * (number + 1))
            solution = least_squares(question.residuals, x, question.slopes, method="trf")
            solved[name] = solution, question.evaluations

        return solve

    rounds = bench.settings.rare
    bench.say(f"{rounds} rounds of a fit")
    spent = interleaved({name: task(name) for name in makers}, rounds)
    return {
        name: row(
            spent[name], cost=float(solved[name][0].cost), evaluations=solved[name][1],
            error=_error(bench, problem, solved[name][0].x, name),
        )
        for name in makers
    }  # fmt: skip


def observed(bench: Bench, problem: Problem) -> tuple[Array, Array]:
    """Return noisy data and the logarithms of where a fit starts."""
    random = np.random.default_rng(_SEED)
    truth = bench.reference(problem)
    spread = _NOISE * np.maximum(truth, 0.05 * truth.max(axis=0))
    data = truth + spread * random.standard_normal(truth.shape)
    places = [problem.parameters.index(name) for name in workload.FITTED]
    away = _AWAY * random.standard_normal(len(places))
    return data, np.log(problem.values[places]) + away


def _error(bench: Bench, problem: Problem, x: Array, name: str) -> float:
    """Return the error of the last trajectory of a fit against the reference solution."""
    values = problem.values
    values[[problem.parameters.index(n) for n in workload.FITTED]] = np.exp(x)
    run = bench.engines[name].prepare(problem, bench.choices[name].tolerance)
    return relative_error(run(values), bench.reference(problem, values), problem)
