"""Machine code of a model: the numbers of SymPy's functions, also at corners and below 0."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

from equations.hypotheses import reference
from pdmodel.engine import compile_model
from pdmodel.engine.compiled_model.machine import Machine, machine_of
from pdmodel.errors import UnknownNameError
from pdmodel.model import Model
from pdmodel.model.expressions import functions
from pdmodel.model.expressions.functions import lower
from tests.engine.calling import call
from tests.engine.symbolic.test_model_functions import MODELS, ONE_STATE, bound, states_on_treatment
from tests.toys import one_compartment, rate_of_change


class Running:
    """A model's machine code at its defaults and other values, called from Python."""

    def __init__(self, model: Model, **values: float) -> None:
        self.machine: Machine = machine_of(model)
        known = dict(model.defaults) | values
        prepared = self.machine.prepared(self.machine.values(known))
        n_constants, self.n = len(self.machine.constants), len(self.machine.states)
        self.constants = dict(zip(self.machine.constants, prepared, strict=False))
        self.start, self.coefficients = np.split(prepared[n_constants:], [self.n])
        self.fixed = [*self.machine.values(known), *prepared[:n_constants]]

    def _modes(self, time: float, state: np.ndarray) -> np.ndarray:
        """Return the mode of each switch: the side on which the state is; inner ones first."""
        modes = np.zeros(len(self.machine.modes))
        for k in range(modes.size):
            inputs = np.array([time, *state, *self.fixed, *modes])
            high, low = self.machine.gauge.evaluate(inputs)[k * (3 + self.n) :][:2]
            modes[k] = np.sign(high - low)
        return modes

    def _call(self, name: str, size: int, time: float, state: np.ndarray) -> np.ndarray:
        code = self.machine.moving_code(1)
        inputs = np.concatenate([[time], state, self.coefficients, self._modes(time, state)])
        return call(code.address(name), np.full(size, np.nan), inputs)

    def rate(self, time: float, state: np.ndarray) -> np.ndarray:
        """Return the derivative of each state, shape (n_states,)."""
        return self._call("rate", self.n, time, state)

    def slopes(self, time: float, state: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return Jacobian (n_states, n_states), derivatives, and their slopes by time."""
        places = self.machine.jacobian
        size = len(places) + self.n * (1 + bool(self.machine.time_slopes))
        out = self._call("slope", size, time, state)
        matrix = np.zeros((self.n, self.n))
        for (row, column, _), value in zip(places, out, strict=False):
            matrix[row, column] = value
        rest = np.pad(out[len(places) :], (0, 2 * self.n - (size - len(places))))
        return matrix, rest[: self.n], rest[self.n :]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_machine_code_gives_the_numbers_of_sympy(model: Model) -> None:
    """Of every model: constants, start, derivatives and Jacobian; on treatment, at 0, below it."""
    values = {"tone": 1.3, "birth_Imax": 0.2, "il6_tumour_gain": 1.0}
    kernels, fast = bound(model, **values), Running(model, **values)
    constants = kernels.kernels.constants(kernels.known)
    assert list(fast.constants) == list(constants)
    np.testing.assert_allclose(list(fast.constants.values()), list(constants.values()), 1e-13)
    np.testing.assert_allclose(fast.start, kernels.kernels.initial(kernels.known), 1e-13)
    nothing = np.zeros(fast.n)
    # At the very start effectors stand at a corner, where a rounding decides on the slope.
    for state in (*states_on_treatment(model), nothing, nothing - 1e-9, 1.001 * fast.start):
        exact, jacobian = np.array(kernels.rate(0.3, state)), kernels.jacobian(0.3, state)
        turnover = (np.abs(jacobian) @ np.abs(state) + np.abs(exact)).max()
        matrix, rates, by_time = fast.slopes(0.3, state)
        for found in (fast.rate(0.3, state), rates):
            np.testing.assert_allclose(found, exact, rtol=1e-11, atol=1e-13 * turnover)
        np.testing.assert_allclose(matrix, jacobian, 1e-10, 1e-13 * np.abs(jacobian).max())
        assert not by_time.any()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_both_kernels_have_the_same_entries_in_the_same_order(model: Model) -> None:
    """Row by row, column by column, each once: what the linear solver relies on.

    Where terms of two processes cancel, SymPy has no entry and the machine code one that is 0.
    """
    places = [(row, column) for row, column, _ in machine_of(model).jacobian]
    assert places == sorted(set(places))
    by_sympy = {(row, column) for row, column, _ in compile_model(model).jacobian_entries}
    assert by_sympy <= set(places)
    cancelled = set(places) - by_sympy
    fast = Running(model)
    for state in states_on_treatment(model):
        matrix = fast.slopes(0.3, state)[0]
        assert all(abs(matrix[place]) <= 1e-15 * np.abs(matrix).max() for place in cancelled)


@pytest.mark.parametrize("node", ONE_STATE)
def test_every_allowed_function_becomes_machine_code(node: str) -> None:
    """Value, slope by the state and slope by time, also at 0, just below it and at corners."""
    model = rate_of_change(ONE_STATE[node])
    kernels, fast = bound(model, k=1.3), Running(model, k=1.3)
    x, k, t = sympy.symbols("x k time")
    by_time = lower(sympy.sympify(ONE_STATE[node](x, k, t))).diff(t)
    for value in (-0.7, -1e-9, 0.0, 1e-300, 0.2, 0.5, 1.0, 1.6):
        state = np.array([value])
        expected = kernels.rate(0.3, state)
        matrix, rates, slopes = fast.slopes(0.3, state)
        np.testing.assert_allclose(fast.rate(0.3, state), expected, rtol=2e-14, atol=1e-300)
        np.testing.assert_allclose(rates, expected, rtol=2e-14, atol=1e-300)
        np.testing.assert_allclose(matrix, kernels.jacobian(0.3, state), rtol=2e-14)
        exact = float(by_time.subs({x: value, k: 1.3, t: 0.3}))
        np.testing.assert_allclose(slopes, [exact], rtol=1e-13)
    assert bool(fast.machine.time_slopes) == (node == "sin")


@pytest.mark.parametrize("name", ["positive_part", "safe_power", "at_least", "at_most", "hill"])
def test_our_own_functions_are_finite_in_machine_code(name: str) -> None:
    """Value and slope at, around and far below 0: the same numbers as SymPy's, none of them NaN."""
    half, steep = sympy.Rational(13, 10), sympy.Rational(5, 2)
    written = {
        "positive_part": lambda x: functions.positive_part(x),
        "safe_power": lambda x: functions.safe_power(x, half),
        "at_least": lambda x: 1 / functions.at_least(x, half / 100),
        "at_most": lambda x: functions.at_most(x, half),
        "hill": lambda x: functions.hill(x, half, steep),
    }[name]
    model = rate_of_change(lambda x, k, t: k * written(x), name=name)
    kernels, fast = bound(model, k=1.3), Running(model, k=1.3)
    for value in (-5.0, -1e-12, -1e-300, 0.0, 1e-300, 1e-150, 1e-9, 0.013, 1.3, 40.0):
        state = np.array([value])
        matrix, rates, _ = fast.slopes(0.0, state)
        assert np.isfinite(rates).all()
        assert np.isfinite(matrix).all()
        np.testing.assert_allclose(rates, kernels.rate(0.0, state), rtol=1e-12)
        np.testing.assert_allclose(matrix, kernels.jacobian(0.0, state), rtol=1e-10)


def test_a_model_becomes_machine_code_once() -> None:
    """Values do not matter, nor the name; equations do."""
    machine = machine_of(reference)
    assert machine_of(reference.with_values(tone=2, name="other")) is machine
    assert machine_of(reference.swap("no_tolerance")) is not machine
    assert machine.moving_code(1) is machine.moving_code(1)


def test_unknown_quantities() -> None:
    """The nearest name is offered."""
    with pytest.raises(UnknownNameError, match="did you mean 'concentration'"):
        machine_of(one_compartment()).quantity("concentraton")
