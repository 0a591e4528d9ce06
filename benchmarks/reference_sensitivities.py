"""Exact sensitivities to hold others against: the variational equations, by SciPy's DOP853."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import sympy
from scipy.integrate import solve_ivp

from benchmarks.lambdified import Function, between_doses, lambdified, rates_of
from benchmarks.problem import Problem
from pdmodel.arrays import Array

RTOL, ATOL = 1e-9, 1e-11


def reference_sensitivities(problem: Problem, names: Sequence[str], folder: Path) -> Array:
    """Return derivatives of all states by parameters, shape (n_times, n_states, n_names).

    `dS/dt = J S + df/dp`; the start of the model must not depend on the parameters.

    Parameters
    ----------
    problem
        What is asked; the values are the model's own.
    names
        Parameters.
    folder
        Where answers are kept.
    """
    asked = repr((problem.model.hash, problem.regimen, problem.days, problem.times, names, RTOL))
    key = hashlib.sha256(asked.encode() + problem.values.tobytes()).hexdigest()[:20]
    file = folder / f"{key}.npy"
    if not file.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        np.save(file, _solve(problem, names))
    solved: Array = np.load(file)
    return solved


def _solve(problem: Problem, names: Sequence[str]) -> Array:
    system, forcing, values = lambdified(problem.model), _forcing(problem, names), problem.values
    many, states = len(names), len(system.states)

    def rate(t: float, y: Array) -> Array:
        state, slopes = y[:states], y[states:].reshape(states, many)
        moving = system.slope(t, state, values) @ slopes + forcing(t, state, values)
        return np.concatenate([system.rate(t, state, values), moving.ravel()])

    y, parts = np.concatenate([system.start(values), np.zeros(states * many)]), []
    for dose, times, inside in between_doses(problem):
        y[:states] += dose
        found = solve_ivp(
            rate, (times[0], times[-1]), y, "DOP853", times, rtol=RTOL, atol=ATOL
        )  # fmt: skip
        if not found.success:
            raise RuntimeError(f"the reference sensitivities failed: {found.message}")
        y = found.y[:, -1].copy()
        parts.append(found.y.T[inside, states:])
    return np.concatenate(parts).reshape(-1, states, many)


def _forcing(problem: Problem, names: Sequence[str]) -> Function:
    model = problem.model
    parameters = [quantity.symbol for quantity in model.parameters]
    chosen = [sympy.Symbol(name) for name in names]
    for start in model.initials.values():
        if start.free_symbols & set(chosen):
            raise ValueError(f"the start of {model.name} depends on a parameter")
    table = sympy.Matrix(rates_of(model)).jacobian(chosen).tolist()
    arguments = [model.vocabulary.time, list(model.states), parameters]
    function = sympy.lambdify(arguments, table, "math", cse=True)
    return lambda t, y, p: np.array(function(t, y.tolist(), p.tolist()))
