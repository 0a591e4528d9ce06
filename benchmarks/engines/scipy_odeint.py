"""What is written by hand most often: SymPy's lambdify and SciPy's odeint, from dose to dose."""

from __future__ import annotations

import numpy as np
import scipy
from scipy.integrate import odeint

from benchmarks.lambdified import between_doses, lambdified
from benchmarks.problem import Problem, Run, Tolerance
from pdmodel.arrays import Array


class Odeint:
    """LSODA with a Python right-hand side."""

    name = "scipy_odeint"
    manners = ("",)
    note = "begun again at each dose; the right-hand side is Python"

    def version(self) -> str:
        """Return the version."""
        return str(scipy.__version__)

    def prepare(self, problem: Problem, tolerance: Tolerance) -> Run:
        """Return a function from values to outputs."""
        system = lambdified(problem.model)
        segments = between_doses(problem)
        columns = [system.states.index(name) for name in problem.quantities]

        def run(values: Array) -> Array:
            state, parts = system.start(values), []
            for dose, times, inside in segments:
                state = state + dose
                solved = odeint(
                    system.rate, state, times, (values,), tfirst=True, rtol=tolerance.rtol,
                    atol=tolerance.atol, mxstep=100_000,
                )  # fmt: skip
                state = solved[-1]
                parts.append(solved[inside])
            return np.concatenate(parts)[:, columns]

        return run
