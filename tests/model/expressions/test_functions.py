"""Safe functions: values and slopes that are numbers at zero, below it and above it."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
import sympy
from hypothesis import assume, given, strategies as st

from pdmodel.engine.symbolic.callables import array_function, scalar_function
from pdmodel.model import at_least, at_most, hill, hill_fall, positive_part, safe_power
from pdmodel.model.expressions.functions import lower

x, a, b = sympy.symbols("x a b")
CASES = {
    "positive_part": positive_part(x),
    "safe_power": safe_power(x, a),
    "at_least": at_least(x, b),
    "at_most": at_most(x, b),
    "hill": hill(x, b, a),
    "hill_fall": hill_fall(x, b, a),
    "hill_of_1": hill(x, b),
    "max": sympy.Max(x, b),
    "min": sympy.Min(x, b, a),
    "abs": sympy.Abs(x - b),
}
EDGES = (-1.0, -1e-9, -1e-300, -0.0, 0.0, 1e-300, 1e-101, 1e-9, 0.5, 1.0, 2.0, 1e6)
AT = {"a": 1.8, "b": 0.13}


def forms(name: str) -> list[sympy.Expr]:
    """Return the function and its derivative by each symbol, ready to compile."""
    whole = lower(CASES[name])
    return [whole, *(whole.diff(symbol) for symbol in (x, a, b))]


@cache
def scalar(name: str) -> Callable[..., list[float]]:
    """Return the function and its slopes for Python's numbers."""
    return scalar_function([x, a, b], forms(name))


@pytest.mark.parametrize("exponent", [0.5, 1.0, 1.8, 6.0])
@pytest.mark.parametrize("name", CASES)
def test_values_and_slopes_are_finite(name: str, exponent: float) -> None:
    """Python, NumPy and SymPy agree, and nothing is NaN, at and around zero."""
    expressions = forms(name)
    arrays = array_function([x, a, b], expressions)(np.array(EDGES), exponent, AT["b"])
    table = np.array([np.broadcast_to(column, len(EDGES)) for column in arrays], dtype=float)
    assert np.isfinite(table).all()
    for place, value in enumerate(EDGES):
        numbers = scalar(name)(value, exponent, AT["b"])
        np.testing.assert_allclose(numbers, table[:, place], rtol=1e-12, atol=1e-14)
        exact = CASES[name].subs({x: value, a: exponent, b: AT["b"]}).evalf()
        assert float(exact) == pytest.approx(numbers[0], rel=1e-12, abs=1e-100)


@given(z=st.floats(-10, 10), exponent=st.floats(1, 8))
def test_slopes_are_those_of_the_function(z: float, exponent: float) -> None:
    """Central differences give the symbolic slope, away from the corners."""
    assume(min(abs(z), abs(z - 0.7), abs(z - exponent)) > 0.05)
    step = 1e-6 * max(abs(z), 0.1)
    for name in CASES:
        whole, slope, *_ = scalar(name)(z, exponent, 0.7)
        above, below = (scalar(name)(z + side, exponent, 0.7)[0] for side in (step, -step))
        numeric = (above - below) / (2 * step)
        assert slope == pytest.approx(numeric, rel=1e-5, abs=1e-6 * max(1.0, abs(whole))), name


@given(st.floats(-1e3, 1e3))
def test_positive_part_is_a_max(z: float) -> None:
    """Of zero and its argument, to the last bit and at any scale."""
    (value,) = scalar_function([x], [lower(positive_part(x))])(z)
    assert value == max(z, 0.0)
    assert scalar("positive_part")(z, 1.0, 1.0)[1] == (z > 0)


@given(base=st.floats(1e-90, 1e9), exponent=st.floats(0, 8))
def test_safe_power_is_a_power(base: float, exponent: float) -> None:
    """Above zero nothing is changed."""
    (value,) = scalar_function([x, a], [lower(safe_power(x, a))])(base, exponent)
    assert value == pytest.approx(base**exponent, rel=1e-12)


def test_known_arguments_are_simplified() -> None:
    """Constants do not stay as functions."""
    assert positive_part(sympy.Integer(0)) == 0
    assert positive_part(sympy.Integer(-2)) == 0
    assert safe_power(sympy.Integer(0), a) == 0
    assert safe_power(sympy.Integer(1), a) == 1
    assert float(safe_power(sympy.Integer(2), 3)) == 8
    assert float(positive_part(sympy.Integer(2))) == 2
    assert float(at_least(sympy.Integer(2), 3)) == 3
    assert float(at_most(sympy.Integer(2), 3)) == 2


def test_named_functions_differentiate_themselves() -> None:
    """`diff` works before lowering too, and gives the same slope."""
    for function in (CASES["positive_part"], CASES["safe_power"], CASES["at_most"]):
        early = lower(function.diff(x))
        late = lower(function).diff(x)
        for value in (-1.0, 0.0, 0.05, 2.0):
            values = {x: value, **{sympy.Symbol(k): v for k, v in AT.items()}}
            assert float(early.subs(values)) == pytest.approx(float(late.subs(values)), rel=1e-12)


def test_hill_halves_add_up() -> None:
    """The rise and the fall are the two shares of one answer."""
    for value in (0.0, 0.07, 0.13, 4.0):
        rise, fall = (
            scalar_function([x, a, b], [lower(CASES[name])])(value, 2.5, 0.13)[0]
            for name in ("hill", "hill_fall")
        )
        assert rise + fall == pytest.approx(1, rel=1e-14)
        assert rise == pytest.approx(value**2.5 / (0.13**2.5 + value**2.5), rel=1e-12)
    assert math.isclose(float(hill(sympy.Integer(3), 1)), 0.75)


def test_numpy_evaluates_both_branches_in_silence() -> None:
    """An array with zeros and negative values gives no warning (warnings are errors here)."""
    values = np.linspace(-1, 1, 5)
    (powers,) = array_function([x], [lower(safe_power(x, sympy.Rational(1, 3)))])(values)
    np.testing.assert_allclose(powers, np.cbrt(np.maximum(values, 0)), rtol=1e-12)
