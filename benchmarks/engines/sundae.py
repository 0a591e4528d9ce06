"""scikit-sundae: CVODE of SUNDIALS with right-hand side and Jacobian compiled by numba."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import sympy

from benchmarks.lambdified import between_doses, lambdified, rates_of
from benchmarks.problem import Problem, Run, Tolerance
from pdmodel.arrays import Array
from pdmodel.model import Model

_MOST_STEPS = 100_000


class Sundae:
    """Begun again at each dose."""

    name = "scikit_sundae"
    manners = ("",)
    note = "begun again at each dose; functions compiled by numba, called as Python's"

    def version(self) -> str:
        """Return the version."""
        import sksundae

        return str(sksundae.__version__)

    def prepare(self, problem: Problem, tolerance: Tolerance) -> Run:
        """Return a function from values to outputs."""
        from sksundae.cvode import CVODE

        system, segments = lambdified(problem.model), between_doses(problem)
        columns = [system.states.index(name) for name in problem.quantities]
        rate, slope = compiled(problem.model)
        parameters = problem.values
        solver = CVODE(
            rate, jacfn=slope, userdata=(parameters,), rtol=tolerance.rtol,
            atol=list(problem.absolute(tolerance).values()), max_num_steps=_MOST_STEPS,
        )  # fmt: skip
        plans = [(dose, *_three(times, inside)) for dose, times, inside in segments]

        def run(values: Array) -> Array:
            parameters[:] = values
            state, parts = system.start(values), []
            for dose, times, inside in plans:
                solved = solver.solve(times, state + dose)
                if not solved.success:
                    raise RuntimeError(solved.message)
                state = solved.y[-1]
                parts.append(solved.y[inside])
            return np.concatenate(parts)[:, columns]

        return run


_Flags = npt.NDArray[np.bool_]


def _three(times: Array, inside: _Flags) -> tuple[Array, _Flags]:
    """Return at least three times: of two the library takes it that every step is wanted."""
    if len(times) > 2:
        return times, inside
    return np.insert(times, 1, times.mean()), np.insert(inside, 1, False)


@cache
def compiled(model: Model) -> tuple[Any, Any]:
    """Return `rate(t, y, out, (p,))` and `slope(t, y, rate, out, (p,))`; they share expressions.

    Parameters come in a tuple, for the library asks whether what it hands over is true.
    """
    import numba

    time, y, p = model.vocabulary.time, sympy.IndexedBase("y"), sympy.IndexedBase("p")
    parameters = [quantity.symbol for quantity in model.parameters]
    names = {symbol: p[n] for n, symbol in enumerate(parameters)}
    names |= {state: y[n] for n, state in enumerate(model.states)}
    rates = rates_of(model)
    jacobian = sympy.Matrix(rates).jacobian(list(model.states))
    places = [(n, k) for n, k in np.ndindex(*jacobian.shape) if jacobian[n, k] != 0]
    rows, columns = (np.array(each) for each in zip(*places, strict=True))
    rate, slope = (
        numba.njit(sympy.lambdify([time, y, p], tuple(each), "math", cse=True))
        for each in (
            [rate.xreplace(names) for rate in rates],
            [jacobian[place].xreplace(names) for place in places],
        )
    )

    @numba.njit
    def write_rate(t: float, y: Array, out: Array, given: tuple[Array]) -> None:
        values = rate(t, y, given[0])
        for n in range(len(values)):
            out[n] = values[n]

    @numba.njit
    def write_slope(t: float, y: Array, known: Array, out: Array, given: tuple[Array]) -> None:
        values = slope(t, y, given[0])
        for n in range(len(values)):
            out[rows[n], columns[n]] = values[n]

    return write_rate, write_slope
