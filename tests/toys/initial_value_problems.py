"""Initial value problems with known solutions, as models and as plain functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import sympy
from scipy.integrate import solve_ivp

from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary

Right = Callable[[Any, Any], Sequence[Any]]


class Problem:
    """`y' = f(t, y)` with states `y1`, `y2` ... from `start`; drug `into_y1` is given into `y1`.

    Parameters
    ----------
    right
        f(t, y), written so that it takes symbols and numbers.
    """

    def __init__(self, name: str, right: Right, start: Sequence[float]) -> None:
        self.right, self.start = right, np.array(start, dtype=float)
        q = Vocabulary()
        k = q.parameter("k", unit="1/day", value=1, bounds=(0, 50), meaning="1", source=ASSUMED)
        states = [
            q.state(f"y{place}", unit="1", initial=sympy.Float(value, 17), meaning="")
            for place, value in enumerate(start, 1)
        ]
        q.slot("all", meaning="everything", states=tuple(states))
        rates = dict(zip(states, right(k * q.time, states), strict=True))
        doses = {f"into_{state.name}": state for state in states}
        mechanism = Mechanism(
            "all", "all", "", doses=doses,
            processes={"change": {state: k * rate for state, rate in rates.items()}},
        )  # fmt: skip
        self.model = Model(name, q, [mechanism])

    def radau(self, times: Sequence[float] | np.ndarray, rtol: float, atol: float) -> np.ndarray:
        """Return SciPy's solution at times from 0 on, shape (n_times, n_states)."""
        times = np.asarray(times, dtype=float)
        found = solve_ivp(
            self.right, (0, times[-1]), self.start, "Radau", t_eval=times, rtol=rtol, atol=atol
        )
        assert found.success
        return np.asarray(found.y.T)


def _robertson(t: Any, y: Any) -> list[Any]:
    slow, fast, square = 0.04 * y[0], 1e4 * y[1] * y[2], 3e7 * y[1] ** 2
    return [fast - slow, slow - fast - square, square]


def _van_der_pol(t: Any, y: Any) -> list[Any]:
    return [y[1], 1000 * (1 - y[0] ** 2) * y[1] - y[0]]


def _oregonator(t: Any, y: Any) -> list[Any]:
    return [
        77.27 * (y[1] + y[0] * (1 - 8.375e-6 * y[0] - y[1])),
        (y[2] - (1 + y[0]) * y[1]) / 77.27,
        0.161 * (y[0] - y[2]),
    ]


def robertson() -> Problem:
    """Return three reactions whose rates lie nine orders of magnitude apart."""
    return Problem("robertson", _robertson, [1, 0, 0])


def van_der_pol() -> Problem:
    """Return relaxation oscillations with mu = 1000."""
    return Problem("van_der_pol", _van_der_pol, [2, 0])


def oregonator() -> Problem:
    """Return the Belousov-Zhabotinsky reaction."""
    return Problem("oregonator", _oregonator, [1, 2, 3])


def linear(matrix: np.ndarray, start: Sequence[float]) -> Problem:
    """Return `y' = M y`."""
    rows = np.asarray(matrix).tolist()

    def right(t: Any, y: Any) -> list[Any]:
        return [sum(entry * state for entry, state in zip(row, y, strict=True)) for row in rows]

    return Problem("linear", right, start)


def prothero_robinson(stiffness: float) -> Problem:
    """Return `y' = -L (y - cos t) - sin t`, whose solution is `cos t`."""

    def right(t: Any, y: Any) -> list[Any]:
        return [-stiffness * (y[0] - sympy.cos(t)) - sympy.sin(t)]

    return Problem("prothero_robinson", right, [1])


def falling() -> Problem:
    """Return `y' = -2 t y^2`, whose solution is `1/(1 + t^2)`."""
    return Problem("falling", lambda t, y: [-2 * t * y[0] ** 2], [1])


def logistic() -> Problem:
    """Return `y' = y (1 - y)` from 1/10, whose solution is `1/(1 + 9 exp(-t))`."""
    return Problem("logistic", lambda t, y: [y[0] * (1 - y[0])], [0.1])
