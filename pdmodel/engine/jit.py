"""The only door to numba: a lambdified list of scalars as machine code over arrays.

It pays from about a hundred thousand evaluations on (compiling takes about a second), so a fit asks
for it and a single simulation does not.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import sympy

RateFunction = Callable[[float, Any, Any], Any]


def jit_scalars(
    time: sympy.Symbol,
    states: Sequence[sympy.Symbol],
    coefficients: Sequence[sympy.Symbol],
    expressions: Sequence[sympy.Expr],
) -> RateFunction | None:
    """Compile `f(time, state, coefficients) -> array` from expressions.

    Returns
    -------
    callable or None
        None, after one warning, where numba is not installed.
    """
    try:
        import numba
    except ImportError:
        warnings.warn("numba is not installed: fits run about three times slower", stacklevel=2)
        return None
    arguments = [time, *states, *coefficients]
    scalars = sympy.lambdify(arguments, tuple(expressions), modules="math", cse=True)
    namespace = {"scalars": numba.njit(scalars), "empty": np.empty}
    exec(_wrapper(len(states), len(coefficients), len(expressions)), namespace)
    return numba.njit(namespace["wrapper"])  # type: ignore[no-any-return]


def _wrapper(n_states: int, n_coefficients: int, n_results: int) -> str:
    """Write the function that unpacks arrays; it holds nothing but positions."""
    arguments = [f"y[{i}]" for i in range(n_states)] + [f"c[{i}]" for i in range(n_coefficients)]
    names = ", ".join(f"r{i}" for i in range(n_results))
    fill = [f"    result[{i}] = r{i}" for i in range(n_results)]
    return "\n".join(
        [
            "def wrapper(time, y, c):",
            f"    {names}, = scalars(time, {', '.join(arguments)})",
            f"    result = empty({n_results})",
            *fill,
            "    return result",
        ]
    )
