"""Functions that are written out mean the same afterwards, to every compiler."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy

from pdmodel.engine.codegen.scalar_code import compile_scalar
from pdmodel.engine.codegen.symengine_door import symbol, translate
from pdmodel.engine.symbolic.callables import array_function, scalar_function
from pdmodel.model.expressions.functions import lower

x, k = sympy.symbols("x k")
EXPRESSIONS = [
    *(f(x) for f in (sympy.sinh, sympy.cosh, sympy.tanh, sympy.asinh, sympy.atan, sympy.tan)),
    *(f(x) for f in (sympy.sec, sympy.csc, sympy.cot, sympy.sech, sympy.csch, sympy.coth)),
    *(f(x) for f in (sympy.acot, sympy.acsch, sympy.sign, sympy.Heaviside, sympy.erf)),
    sympy.gamma(x + 3.7), sympy.gamma(x - 0.25), sympy.factorial(x**2),
    sympy.acosh(1 + x**2), sympy.atanh(x / 9), sympy.asin(x / 9), sympy.acos(x / 9),
    sympy.asech(1 / (1 + x**2)), sympy.acoth(9 + x**2),
    sympy.Max(x, k, 1) + sympy.Min(x, k, -1) + sympy.Abs(x - k),
    sympy.Heaviside(x - k, 1) * sympy.exp(x, evaluate=False) + sympy.pi * sympy.E,
    sympy.Piecewise((1, sympy.ITE(x > 1, k > 2, k > 0)), (2, sympy.Xor(x > -1, k > 1)), (3, True)),
    sympy.Piecewise((sympy.Piecewise((1, x > 1), (k, True)), x > 0), (k, x < -2), (0, True)),
]  # fmt: skip
POINTS = np.array([-2.5, -1.0, -0.3, 1e-9, 0.4, 1.0, 2.2])


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=str)
def test_all_compilers_agree_with_sympy(expression: sympy.Expr) -> None:
    """Python, NumPy and machine code give SymPy's own value."""
    meant = [float(expression.xreplace({x: sympy.Float(p), k: sympy.Float(0.7)})) for p in POINTS]
    low = lower(expression)
    python = scalar_function([x, k], [low])
    code = compile_scalar([symbol("x"), symbol("k")], [translate(low)])
    close: Any = {"rtol": 1e-13, "atol": 1e-15}
    np.testing.assert_allclose([python(p, 0.7)[0] for p in POINTS.tolist()], meant, **close)
    np.testing.assert_allclose(array_function([x, k], [low])(POINTS, 0.7)[0], meant, **close)
    found = [code.evaluate(np.array([p, 0.7]))[0] for p in POINTS]
    np.testing.assert_allclose(found, meant, **close)


@pytest.mark.parametrize("condition", [(x > 1) | (k > 2), (x > 0) & (k < 9) & (k > 0), k > 0])
def test_conditions_take_numbers_beside_arrays(condition: sympy.Basic) -> None:
    """A condition of a parameter alone stands beside one of a course."""
    function = array_function([x, k], [sympy.Piecewise((1, condition), (2, True))])
    for value in (0.5, np.float64(3), np.array(3.0)):
        wanted = [1 if condition.subs({x: p, k: float(value)}) == sympy.true else 2 for p in POINTS]
        assert np.broadcast_to(function(POINTS, value)[0], POINTS.shape).tolist() == wanted
