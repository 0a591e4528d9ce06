"""Models with switches for the tests, and an independent solution of them.

`by_events` integrates one smooth branch at a time by SciPy's DOP853 at 1e-12 and finds where a
condition changes by its terminal events; the test, not the engine, says what the branches are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scipy.integrate import solve_ivp

from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary

TIGHT: dict[str, Any] = {"rtol": 1e-10, "atol": 1e-12}
Rate = Callable[..., Any]


def moving(rates: Mapping[str, tuple[float | str, Rate]], **values: float) -> Model:
    """Return a model of states by name: their start, and rate(states, parameters, time).

    A start is a number or the name of a parameter.

    A parameter `k` of 1/day is always there; a drug `d` is given into the first state.
    """
    q = Vocabulary()
    wide: dict[str, Any] = {"bounds": (-1e6, 1e6), "source": ASSUMED, "meaning": "a number"}
    p = {"k": q.parameter("k", unit="1/day", value=values.pop("k", 1.0), **wide)}
    p |= {name: q.parameter(name, unit="1", value=v, **wide) for name, v in values.items()}
    y = {
        n: q.state(n, unit="1", initial=p.get(str(start), start), meaning=n)
        for n, (start, _) in rates.items()
    }
    q.slot("change", meaning="what moves", states=tuple(y.values()))
    change = Mechanism(
        "change", slot="change", claim="it moves", doses={"d": next(iter(y.values()))},
        processes={"change": {y[n]: rate(y, p, q.time) for n, (_, rate) in rates.items()}},
    )  # fmt: skip
    return Model("moving", q, [change])


def one(rate: Rate, start: float = 1.0, **values: float) -> Model:
    """Return dx/dt = rate(x, parameters, time)."""
    return moving({"x": (start, lambda y, p, t: rate(y["x"], p, t))}, **values)


class Slides(Exception):
    """Both sides of a surface lead back to it."""


def by_events(
    rate: Callable[[np.ndarray, tuple[bool, ...]], np.ndarray],
    heights: Callable[[np.ndarray], np.ndarray],
    start: np.ndarray,
    times: np.ndarray,
) -> tuple[np.ndarray, int]:
    """Return states at times, shape (n_times, n_states), and how often a condition changed.

    Parameters
    ----------
    rate
        Of a state and the truth of each condition, which is `height > 0`.
    heights
        Of a state, shape (n_conditions,); none is 0 at the start.
    """
    holds = tuple((heights(start) > 0).tolist())
    now, state, found, changes = 0.0, start, np.full((times.size, start.size), np.nan), 0
    while now < times[-1]:
        solution = _smooth(rate, heights, holds, state, (now, float(times[-1])))
        inside = (times >= now) & (times <= solution.t[-1])
        if inside.any():
            found[inside] = solution.sol(times[inside]).T
        now, state = float(solution.t[-1]), solution.y[:, -1]
        for k in [k for k, hits in enumerate(solution.t_events) if hits.size]:
            holds = tuple(h != (k == j) for j, h in enumerate(holds))
            changes += 1
            after = heights(state + 1e-9 * rate(state, holds))[k]
            if (after > 0) != holds[k]:
                raise Slides
    return found, changes


def _smooth(
    rate: Any, heights: Any, holds: tuple[bool, ...], state: np.ndarray, span: tuple[float, float]
) -> Any:
    """Integrate one branch up to the first change of a condition."""

    def crossing(k: int) -> Any:
        def height(t: float, y: np.ndarray) -> float:
            return float(heights(y)[k])

        height.terminal, height.direction = True, -1.0 if holds[k] else 1.0  # type: ignore[attr-defined]
        return height

    return solve_ivp(
        lambda t, y: rate(y, holds), span, state, method="DOP853", rtol=1e-12, atol=1e-14,
        dense_output=True, max_step=0.01, events=[crossing(k) for k in range(len(holds))],
    )  # fmt: skip
