"""The equations of a drawn model as Python functions, and what a reference cannot do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import sympy

from pdmodel.model.expressions.functions import safe_power
from tests.differential.models import TIME, Drawn

Array = np.ndarray


class NoReference(Exception):
    """The reference cannot be had: a rate that is no number, an integrator that gives up."""


class NoSteadyState(Exception):
    """Doses that lead to no steady state."""


def plain(expression: sympy.Expr) -> sympy.Expr:
    """Write guarded functions and corners as what they mean, so that they can be differentiated."""
    zero = sympy.Integer(0)
    for function, meaning in (
        (safe_power, lambda x, a: sympy.Piecewise((x**a, x > 0), (zero, True))),
        (sympy.Abs, lambda z: sympy.Piecewise((z, z > 0), (-z, True))),
        (sympy.Max, lambda a, b: sympy.Piecewise((a, a > b), (b, True))),
        (sympy.Min, lambda a, b: sympy.Piecewise((a, a < b), (b, True))),
    ):
        expression = expression.replace(function, meaning)
    return expression


class Rates:
    """The equations of a drawn model as Python functions of one list of numbers each."""

    def __init__(self, drawn: Drawn) -> None:
        self.drawn = drawn
        known = [sympy.Symbol(name) for name in drawn.values]
        inline = {symbol: plain(expression) for symbol, expression in drawn.constants.items()}

        def function(expressions: Sequence[sympy.Expr]) -> Any:
            full = [
                [plain(entry).xreplace(inline) for entry in e]
                if isinstance(e, list)
                else plain(sympy.sympify(e)).xreplace(inline)
                for e in expressions
            ]
            return sympy.lambdify([TIME, drawn.states, known], full, modules="math", cse=True)

        self._function = function
        self._rates = [drawn.rate(state) for state in drawn.states]
        self.derivatives = function(self._rates)
        self.starts = function(drawn.starts)
        self.observables = function(list(drawn.observables.values()))
        self._tangents: dict[str, tuple[Any, Any, Any]] = {}

    def tangents(self, name: str) -> tuple[Any, Any, Any]:
        """Return the Jacobian, the derivatives by a parameter, and those of the start by it."""
        if name not in self._tangents:
            drawn, by = self.drawn, sympy.Symbol(name)
            inline = {symbol: plain(e) for symbol, e in drawn.constants.items()}
            rates = [plain(rate).xreplace(inline) for rate in self._rates]
            starts = [plain(sympy.sympify(start)).xreplace(inline) for start in drawn.starts]
            self._tangents[name] = (
                self._function([[rate.diff(state) for state in drawn.states] for rate in rates]),
                self._function([rate.diff(by) for rate in rates]),
                self._function([start.diff(by) for start in starts]),
            )
        return self._tangents[name]

    def start(self, values: Mapping[str, float]) -> Array:
        """Return the drug-free start."""
        zeros = [0.0] * len(self.drawn.states)
        return np.array(self.starts(0.0, zeros, list(values.values())), dtype=float)
