"""From symbols to callables: right-hand side, Jacobian, constants, quantities, fluxes.

Auxiliaries are inlined, named functions lowered, and every subexpression of parameters alone is
hoisted: it becomes a coefficient that is evaluated once a run. What is left is lambdified with
common subexpressions shared. Models that are laid out alike share kernels, which are made once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy

from pdmodel.arrays import Array
from pdmodel.engine.keeping import Shelf, once
from pdmodel.engine.symbolic.callables import (
    Kernel,
    array_function,
    computed,
    in_order,
    scalar_function,
)
from pdmodel.engine.symbolic.time_parts import uses_time
from pdmodel.errors import require_known
from pdmodel.model import Model, Process
from pdmodel.model.expressions.functions import lower

NamedValues = Mapping[str, Any]


class ModelFunctions:
    """The compiled parts of one model; each is made when it is first needed.

    Parameters
    ----------
    model
        Only its equations are used, never its values.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.states = tuple(state.name for state in model.states)
        self.parameters = tuple(quantity.name for quantity in model.parameters)
        self._inputs = [model.vocabulary.time, *model.states]
        self._kept: Shelf[QuantityFunction] = Shelf(128)
        self.timed = uses_time(model)

    # What a run needs -------------------------------------------------------------------------

    def constants(self, values: Mapping[str, float]) -> dict[str, float]:
        """Evaluate every auxiliary that depends on parameters only."""
        values_by_name = dict(values)
        for symbol, function, arguments in self._constants:
            values_by_name[symbol] = computed(symbol, function, values_by_name, arguments)[0]
        return {symbol: values_by_name[symbol] for symbol, _, _ in self._constants}

    def initial(self, values: Mapping[str, float]) -> Array:
        """Return the drug-free starting state, shape (n_states,)."""
        function, names = self._initial
        return np.array(computed("the starting state", function, values, names))

    def bind(self, values: Mapping[str, float]) -> BoundFunctions:
        """Fix parameters and constants; what remains depends on time and state only."""
        return BoundFunctions(self, dict(values))

    def evaluate(
        self, names: Sequence[str], values: NamedValues, times: Array, states: Array
    ) -> dict[str, Array]:
        """Return states, auxiliaries and observables over time, each of shape (n_times,).

        Parameters
        ----------
        names
            What to evaluate.
        values
            Parameters and constants by name, each a number or of shape (n_times,).
        times, states
            Shapes (n_times,) and (n_times, n_states).

        Raises
        ------
        UnknownNameError
            If the model has no such quantity.
        """
        return self._quantities(tuple(names))(values, times, states)

    def fluxes(
        self, state: str, values: NamedValues, times: Array, states: Array
    ) -> dict[str, Array]:
        """Return the rate of every process of a state, each of shape (n_times,)."""
        return self._fluxes(state)(values, times, states)

    def require(self, names: Iterable[str]) -> None:
        """Refuse names that are neither states nor auxiliaries nor observables of the model."""
        allowed = [symbol.name for symbol in (*self.model.states, *self.model.definitions)]
        require_known("quantity", allowed, *names)

    def processes_of(self, state: str) -> list[Process]:
        """Return the processes that move a state."""
        require_known("state", self.states, state)
        return [process for process in self.model.processes if process.state.name == state]

    # Compilation ------------------------------------------------------------------------------

    def inlined(self, expression: sympy.Expr) -> sympy.Expr:
        """Write an expression in states, parameters and constant auxiliaries only."""
        return expression.xreplace(self._moving_definitions)

    @once
    def derivatives(self) -> list[sympy.Expr]:
        """Right-hand side of each state, ready to be differentiated."""
        return [self.inlined(lower(rate)) for rate in self.model.odes.values()]

    @once
    def jacobian_entries(self) -> list[tuple[int, int, sympy.Expr]]:
        """Row, column and expression of every entry that is not identically zero."""
        return [
            (row, column, slope)
            for row, rate in enumerate(self.derivatives)
            for column, state in enumerate(self.model.states)
            if state in rate.free_symbols and (slope := rate.diff(state)) != 0
        ]

    @once
    def rate_kernel(self) -> Kernel:
        """Right-hand side."""
        return Kernel(self._inputs, self.derivatives, timed=self.timed)

    @once
    def jacobian_kernel(self) -> Kernel:
        """Entries of the Jacobian."""
        return Kernel(
            self._inputs, [slope for _, _, slope in self.jacobian_entries], timed=self.timed
        )

    @once
    def _moving_definitions(self) -> dict[sympy.Symbol, sympy.Expr]:
        inlined: dict[sympy.Symbol, sympy.Expr] = {}
        for symbol, expression in self.model.definitions.items():
            if symbol in self.model.moving:
                inlined[symbol] = lower(expression).xreplace(inlined)
        return inlined

    @once
    def _constants(self) -> list[tuple[str, Callable[..., Any], list[str]]]:
        result = []
        for symbol, expression in self.model.definitions.items():
            if symbol not in self.model.moving:
                used = in_order(expression.free_symbols)
                function = scalar_function([used], [lower(expression)])
                result.append((symbol.name, function, [s.name for s in used]))
        return result

    @once
    def _initial(self) -> tuple[Callable[..., Any], list[str]]:
        expressions = [lower(expression) for expression in self.model.initials.values()]
        used = in_order(symbol for e in expressions for symbol in e.free_symbols)
        return scalar_function([used], expressions), [s.name for s in used]

    def _quantities(self, names: tuple[str, ...]) -> QuantityFunction:
        return self._kept.take(("quantities", names), lambda: self._make_quantities(names))

    def _make_quantities(self, names: tuple[str, ...]) -> QuantityFunction:
        self.require(names)
        symbols = {symbol.name: symbol for symbol in (*self.model.states, *self.model.definitions)}
        return self._vectorised(names, [self.inlined(symbols[name]) for name in names])

    def _fluxes(self, state: str) -> QuantityFunction:
        return self._kept.take(("fluxes", state), lambda: self._make_fluxes(state))

    def _make_fluxes(self, state: str) -> QuantityFunction:
        processes = self.processes_of(state)
        names = [process.name for process in processes]
        return self._vectorised(names, [self.inlined(lower(p.rate)) for p in processes])

    def _vectorised(self, names: Sequence[str], expressions: list[sympy.Expr]) -> QuantityFunction:
        used = in_order(s for e in expressions for s in e.free_symbols if s not in self._inputs)
        function = array_function([*self._inputs, used], expressions)
        return QuantityFunction(tuple(names), function, tuple(symbol.name for symbol in used))


@dataclass(frozen=True)
class QuantityFunction:
    """Quantities over time, by name, as one function of time, states and what else they use."""

    names: tuple[str, ...]
    function: Callable[..., Any]
    used: tuple[str, ...]

    def __call__(self, values: NamedValues, times: Array, states: Array) -> dict[str, Array]:
        """Return each quantity by name, shape (n_times,)."""
        rows = self.function(times, *states.T, [values[name] for name in self.used])
        shape = times.shape
        columns = (np.broadcast_to(np.asarray(row, dtype=float), shape).copy() for row in rows)
        return dict(zip(self.names, columns, strict=True))


class BoundFunctions:
    """Right-hand side `rate(time, state)` and Jacobian at fixed parameters."""

    def __init__(self, kernels: ModelFunctions, values: dict[str, float]) -> None:
        self.kernels, self.known = kernels, values
        self._rate = kernels.rate_kernel.function
        self._coefficients = kernels.rate_kernel.coefficients(values)
        self._slope = kernels.jacobian_kernel.function
        self._slope_coefficients = kernels.jacobian_kernel.coefficients(values)
        n_states = len(kernels.states)
        entries = kernels.jacobian_entries
        self._places = np.array([row * n_states + column for row, column, _ in entries], dtype=int)
        self._matrix = np.zeros((n_states, n_states))
        self._flat = self._matrix.reshape(-1)

    def rate(self, time: float, state: Array) -> list[float]:
        """Return the derivative of each state, (n_states,)."""
        return list(self._rate(time, state.tolist(), self._coefficients))

    def jacobian(self, time: float, state: Array) -> Array:
        """Return d(derivative)/d(state), shape (n_states, n_states)."""
        self._flat[self._places] = self._slope(time, state.tolist(), self._slope_coefficients)
        return self._matrix.copy()


_KERNELS: Shelf[ModelFunctions] = Shelf(64)


def compile_model(model: Model) -> ModelFunctions:
    """Return the kernels of a model, made once for all models that are laid out alike.

    Parameters
    ----------
    model
        Whose equations they compute.
    """
    return _KERNELS.take(model.layout, lambda: ModelFunctions(model))
