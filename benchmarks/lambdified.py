"""A model as plain NumPy functions, by SymPy alone: nothing of pdmodel's engine is in it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import sympy

from benchmarks.problem import Problem
from pdmodel.arrays import Array
from pdmodel.model import Model
from pdmodel.model.expressions.functions import lower

Function = Callable[[float, Array, Array], Array]


class System(NamedTuple):
    """Functions of a model.

    Parameters
    ----------
    states
        Names.
    rate
        `rate(t, y, p)`, shape (n_states,).
    slope
        `slope(t, y, p)`, its Jacobian, shape (n_states, n_states).
    start
        `start(p)`, shape (n_states,).
    """

    states: tuple[str, ...]
    rate: Function
    slope: Function
    start: Callable[[Array], Array]


@cache
def lambdified(model: Model) -> System:
    """Return right-hand side, Jacobian and start of a model, common subexpressions shared."""
    states, inside = list(model.states), _inside(model)
    parameters = [quantity.symbol for quantity in model.parameters]
    rates = rates_of(model)
    slopes = sympy.Matrix(rates).jacobian(states)
    starts = [lower(start.xreplace(inside)) for start in model.initials.values()]
    arguments = [model.vocabulary.time, states, parameters]
    rate = sympy.lambdify(arguments, rates, "math", cse=True)
    slope = sympy.lambdify(arguments, slopes.tolist(), "math", cse=True)
    start = sympy.lambdify([parameters], starts, "math", cse=True)
    return System(
        tuple(state.name for state in states),
        lambda t, y, p: np.array(rate(t, y.tolist(), p.tolist())),
        lambda t, y, p: np.array(slope(t, y.tolist(), p.tolist())),
        lambda p: np.array(start(p.tolist()), dtype=float),
    )


def rates_of(model: Model) -> list[sympy.Expr]:
    """Return the derivative of each state by states and parameters alone."""
    inside = _inside(model)
    return [lower(rate.xreplace(inside)) for rate in model.odes.values()]


def _inside(model: Model) -> dict[sympy.Symbol, sympy.Expr]:
    """Return auxiliaries with other auxiliaries put in."""
    inside: dict[sympy.Symbol, sympy.Expr] = {}
    for symbol, expression in model.definitions.items():
        inside[symbol] = expression.xreplace(inside)
    return inside


class Segment(NamedTuple):
    """What lies between two doses: what is added first, times with both ends, which are wanted."""

    dose: Array
    times: Array
    inside: npt.NDArray[np.bool_]


def between_doses(problem: Problem) -> list[Segment]:
    """Return the segments of a run; a value at the time of a dose is that before it."""
    states = list(problem.model.states)
    main, doses = next(iter(problem.model.doses)), problem.regimen.unroll(problem.days)
    edges = sorted({0.0, *(dose.time for dose in doses)})
    segments = []
    for begin, end in zip(edges, [*edges[1:], float(problem.days)], strict=True):
        added = np.zeros(len(states))
        for dose in doses:
            if dose.time == begin:
                if dose.duration:
                    raise ValueError("infusions are not among the benchmarks")
                added[states.index(problem.model.doses[dose.drug or main])] += dose.amount
        wanted = [time for time in problem.times if begin < time <= end]
        times = np.unique([begin, *wanted, end])
        segments.append(Segment(added, times, np.isin(times, wanted)))
    return segments
