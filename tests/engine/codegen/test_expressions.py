"""Expressions as machine code of one lane or eight: against SymPy's numbers, node by node."""

from __future__ import annotations

import math

import numpy as np
import pytest
import symengine
import sympy

from pdmodel.engine.codegen.expressions import ALLOWED, compile_kernels
from pdmodel.engine.codegen.symengine_door import translate
from pdmodel.errors import InputError, UnknownNameError
from pdmodel.model.expressions.functions import hill, lower, safe_power
from tests.engine.calling import columns

LANES = (1, 8)
x, y, a = symengine.symbols("x y a")
POINTS = np.array([[0.3, 1.7, 2.5, 0.9, 4.1, 1.0, 0.05, 2.0, 3.3],
                   [1.1, 0.2, 2.5, 3.0, 0.7, 1.0, 2.2, 0.4, 0.6]])  # fmt: skip


def results(
    expressions: list, points: np.ndarray, lanes: int, inputs: tuple = (x, y)
) -> np.ndarray:
    """Return expressions at points (n_inputs, n_points), shape (n_expressions, n_points)."""
    code = compile_kernels({"f": (inputs, expressions)}, lanes)
    return columns(code, "f", points, lanes, n_out=len(expressions))


def by_sympy(expression: object, point: np.ndarray) -> float:
    """Return the value by SymPy's own arithmetic, to 30 digits."""
    values = dict(zip(sympy.symbols("x y"), map(sympy.Float, point), strict=True))
    return float(sympy.sympify(expression).subs(values).evalf(30))


SMOOTH = [
    x + 2 * y - 3, 1 - x - y, -x, x * y / 3, -2 * x / (y * (1 + x)), 1 / (x * y**2), x**7 - y**16,
    symengine.sqrt(x), x ** symengine.Rational(-3, 2), x ** symengine.Rational(1, 3), x**-0.37,
    x**y, y ** (x - 1), 2**x, symengine.exp(-x * y), symengine.log(1 + x) * symengine.log(y),
    symengine.pi * x + symengine.E, symengine.exp(x) / (1 + symengine.exp(x)), x**21, (x - 5) ** 3,
]  # fmt: skip
CORNERS = [
    abs(x - y), symengine.sign(x - y), symengine.Max(x, y, 1), symengine.Min(x, y, 1),
    symengine.floor(3 * x), symengine.ceiling(3 * x),
    symengine.Piecewise((x, x > y), (y, True)),
    symengine.Piecewise((1, x < 1), (2, symengine.And(x <= 2, y <= 1)), (3, True)),
    symengine.Piecewise((x, symengine.Or(x < 1, y < 1)), (x * y, True)),
    symengine.Piecewise((x, symengine.Eq(x, y)), (-1, True)),
    symengine.Piecewise((x, symengine.Ne(x, y)), (-1, symengine.Not(x < 1)), (0, True)),
]  # fmt: skip
NAMES = (
    "erf", "erfc", "gamma", "loggamma", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh",
    "tanh", "asinh", "atanh",
)  # fmt: skip
RARE = [*(getattr(symengine, name)(x / 5) for name in NAMES), symengine.acosh(1 + x)]


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("expressions", [SMOOTH, CORNERS, RARE], ids=["smooth", "corners", "rare"])
def test_every_node_has_its_value(expressions: list, lanes: int) -> None:
    """All at once, so that common subexpressions are shared, at nine points."""
    found = results(expressions, POINTS, lanes)
    expected = np.array([[by_sympy(e, point) for point in POINTS.T] for e in expressions])
    np.testing.assert_allclose(found, expected, rtol=2e-14, atol=1e-15)


@pytest.mark.parametrize("lanes", LANES)
def test_conditions_that_are_shared(lanes: int) -> None:
    """A condition of several branches gets a name of its own, and stays a condition."""
    below, either = x < y, symengine.Or(x < y, y > 2)
    expressions = [
        symengine.Piecewise((k * x, condition), (y, True))
        for k in (1, 2)
        for condition in (below, either, symengine.Not(below), symengine.Eq(x, y))
    ]
    found = results(expressions, POINTS, lanes)
    u, v = POINTS
    truths = (u < v, (u < v) | (v > 2), u >= v, u == v)
    expected = [np.where(truth, k * u, v) for k in (1, 2) for truth in truths]
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("lanes", LANES)
def test_the_branch_not_taken_leaves_no_trace(lanes: int) -> None:
    """NaN and infinity of a root, logarithm or quotient outside its domain are dropped."""
    guarded = [
        symengine.Piecewise((outside, x > 0), (7, True))
        for outside in (symengine.sqrt(x), symengine.log(x), 1 / x, x**a, x ** (a - 2))
    ]
    points = np.array([[0.0, -1.0, 4.0], [0.5, 0.5, 0.5]])
    found = results(guarded, points, lanes, (x, a))
    np.testing.assert_array_equal(found[:, :2], np.full((5, 2), 7.0))
    np.testing.assert_allclose(found[:, 2], [2, math.log(4), 0.25, 2, 0.125], rtol=1e-15)


@pytest.mark.parametrize("lanes", LANES)
def test_nan_is_passed_on(lanes: int) -> None:
    """Of the branch that is taken, of every operation, and where no condition holds."""
    expressions = [
        x + 1, x * a, x**2, symengine.exp(x), symengine.log(x), x**a, abs(x), symengine.sign(x),
        symengine.Max(x, 1), symengine.Min(1, x), symengine.floor(x), symengine.sin(x + 1),
        symengine.Piecewise((x, a > 0), (1, True)), symengine.Piecewise((1, a < 0)),
    ]  # fmt: skip
    found = results(expressions, np.array([[math.nan], [1.5]]), lanes, (x, a))
    np.testing.assert_array_equal(np.isnan(found[:, 0]), np.full(len(expressions), True))


@pytest.mark.parametrize("lanes", LANES)
def test_safe_powers_and_their_slopes_are_finite_at_zero_and_below(lanes: int) -> None:
    """Their derivatives by base and exponent at -1e-12, 0 and 1e-300, and their values above."""
    base, exponent = sympy.symbols("x a")
    compiled = [translate(lower(e)) for e in (safe_power(base, exponent), hill(base, 2, exponent))]
    slopes = [symengine.diff(e, s) for e in compiled for s in (x, a)]
    points = np.array([[-1e-12, 0.0, 1e-300, 3.0], [1.3, 1.3, 1.3, 1.3]])
    found = results([*compiled, *slopes], points, lanes, (x, a))
    assert np.isfinite(found).all()
    np.testing.assert_array_equal(found[:, :2], np.zeros((6, 2)))
    power, ratio = 3**1.3, 1.5**1.3
    np.testing.assert_allclose(found[0, 3], power, rtol=1e-14)
    np.testing.assert_allclose(found[1, 3], ratio / (1 + ratio), rtol=1e-14)
    np.testing.assert_allclose(found[2, 3], 1.3 * power / 3, rtol=1e-14)
    np.testing.assert_allclose(found[3, 3], power * math.log(3), rtol=1e-14)


@pytest.mark.parametrize("lanes", LANES)
def test_a_power_of_what_is_clipped_is_a_power(lanes: int) -> None:
    """In a shorter form where the base is seen to be positive, and if it is not, by all rules."""
    clipped = symengine.Piecewise((x, x > 0.01), (0.01, True))
    capped = symengine.Piecewise((x, x < 0.01), (0.01, True))
    points = np.array([[-2.0, -2.0, 0.0, 3.0], [2.0, 3.0, 0.0, 1.5]])
    found = results([clipped**a, capped**a, (1 + clipped) ** a], points, lanes, (x, a))
    base, exponent = points
    low, high = np.maximum(base, 0.01), np.minimum(base, 0.01)
    expected = [low**exponent, high**exponent, (1 + low) ** exponent]
    np.testing.assert_allclose(found, expected, rtol=1e-14)


def test_a_lane_knows_nothing_of_the_others() -> None:
    """Whatever stands in the other lanes, a lane's bits stay: every kind of node at once."""
    code = compile_kernels({"f": ((x, y), [*SMOOTH, *CORNERS, *RARE])}, 8)
    n_out = len(SMOOTH) + len(CORNERS) + len(RARE)
    values = POINTS[:, :8]
    before = columns(code, "f", values, 8, n_out)
    for lane in range(8):
        others = np.resize([math.nan, -math.inf, -3.0, 0.0, 1e308], (2, 8))
        others[:, lane] = values[:, lane]
        after = columns(code, "f", others, 8, n_out)
        assert after[:, lane].tobytes() == before[:, lane].tobytes()


def test_several_functions_have_inputs_of_their_own() -> None:
    """In any order, unused ones too, and under names that `cse` might give."""
    first, second = symengine.symbols("x0 x1")
    expressions = [first * second + symengine.exp(first * second), first * second]
    functions = {
        "forth": ((first, second, x), expressions),
        "back": ((x, second, first), [*expressions, symengine.Integer(4)]),
    }
    code = compile_kernels(functions)
    values = np.array([[2.0], [3.0], [5.0]])
    forth = columns(code, "forth", values, 1, 2)[:, 0]
    back = columns(code, "back", values, 1, 3)[:, 0]
    np.testing.assert_allclose(forth, [6 + math.exp(6), 6], rtol=1e-15)
    np.testing.assert_allclose(back, [15 + math.exp(15), 15, 4], rtol=1e-15)


@pytest.mark.parametrize(
    ("expression", "name"),
    [
        (symengine.Function("mystery")(x), "mystery"),
        (symengine.gamma(x).diff(x), "polygamma"),
        (symengine.diff(symengine.Max(x, y), x), "Derivative"),
        (symengine.I * x, "ImaginaryUnit"),
        (x**symengine.I, "ImaginaryUnit"),
        (symengine.zoo, "ComplexInfinity"),
    ],
)
def test_unknown_nodes_are_refused(expression: object, name: str) -> None:
    """With their name and what is allowed."""
    with pytest.raises(InputError, match=name) as caught:
        compile_kernels({"f": ((x, y), [expression])})
    assert ALLOWED in str(caught.value)


def test_unknown_symbols_are_refused() -> None:
    """With the nearest input."""
    with pytest.raises(UnknownNameError, match=r"'dose_rat'.*'dose_rate'"):
        compile_kernels({"f": ([symengine.Symbol("dose_rate")], [symengine.Symbol("dose_rat")])})
