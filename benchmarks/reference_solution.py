"""The answer that all engines are held against: SciPy's LSODA at 1e-11, from dose to dose.

It shares no code with the engines. What it gives is kept in `results/`, by what was asked.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from scipy.integrate import solve_ivp

from benchmarks.lambdified import between_doses, lambdified
from benchmarks.problem import Problem
from pdmodel.arrays import Array

RTOL, ATOL = 1e-11, 1e-13
FLOOR = 1e-3


def reference_solution(problem: Problem, folder: Path, values: Array | None = None) -> Array:
    """Return outputs of a problem, shape (n_times, n_quantities).

    Parameters
    ----------
    problem
        What is asked; quantities are states.
    folder
        Where answers are kept.
    values
        Parameters; the model's own by default.
    """
    given = problem.values if values is None else values
    asked = repr((problem.model.hash, problem.regimen, problem.days, problem.times, RTOL, ATOL))
    key = hashlib.sha256(asked.encode() + given.tobytes()).hexdigest()[:20]
    file = folder / f"{key}.npy"
    if not file.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        np.save(file, _solve(problem, given))
    columns = [lambdified(problem.model).states.index(name) for name in problem.quantities]
    solved: Array = np.load(file)[:, columns]
    return solved


def _solve(problem: Problem, values: Array) -> Array:
    system = lambdified(problem.model)
    state, parts = system.start(values), []
    for dose, times, inside in between_doses(problem):
        state = state + dose
        found = solve_ivp(
            system.rate, (times[0], times[-1]), state, "LSODA", times, args=(values,),
            jac=system.slope, rtol=RTOL, atol=ATOL,
        )  # fmt: skip
        if not found.success:
            raise RuntimeError(f"the reference solution failed: {found.message}")
        state = found.y[:, -1]
        parts.append(found.y.T[inside])
    return np.concatenate(parts)


def relative_error(values: Array, reference: Array, problem: Problem) -> float:
    """Return the largest relative error over times and quantities.

    `max |y - yref| / max(|yref|, 1e-3 max |yref|)`. States that are dosed are left out: some
    engines report them before a dose, some after it.
    """
    columns = [n for n, name in enumerate(problem.quantities) if name not in problem.dosed]
    largest = np.abs(reference).max(axis=0)
    for place, name in enumerate(problem.quantities):
        largest[place] = max(largest[place], problem.largest.get(name, 0.0))
    scale = np.maximum(np.abs(reference), FLOOR * largest)[:, columns]
    scale[scale == 0] = 1.0
    return float((np.abs(values - reference)[:, columns] / scale).max())
