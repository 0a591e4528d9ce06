"""SymEngine's expressions stand for SymPy's; hoisting and sharing change no value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import symengine
import sympy

from equations.hypotheses import reference
from pdmodel.engine.codegen.scalar_code import compile_scalar
from pdmodel.engine.codegen.symengine_door import Hoist, names_in, shared, slope, symbol, translate
from pdmodel.engine.compiled_model.machine import machine_of
from pdmodel.errors import InputError
from pdmodel.model.expressions.functions import hill, lower, positive_part, safe_power

X, T, A, B = sympy.symbols("x time a b")
EXPRESSIONS = {
    "rational": (A * X - 2) / (B + X**2) + sympy.Rational(1, 3),
    "powers": sympy.sqrt(X + 3) * (B + 1) ** A + X**-2,
    "exponentials": sympy.exp(-A * X) * sympy.log(B + X**2),
    "constants": sympy.pi * X + sympy.E * A,
    "waves": sympy.sin(A * T) * sympy.cos(X) * sympy.tanh(B) + sympy.erf(X),
    "steps": sympy.Piecewise((A * X, X > 1), (B, X <= -1), (X**2, True)),
    "corners": sympy.Max(X, A, B * X) - sympy.Min(X, 1) + sympy.Abs(X - A),
    "ours": positive_part(X - A) + safe_power(X, B) + hill(X, A, sympy.Float("1.5")),
    "nested": safe_power(positive_part(sympy.Max(X, A) - B), A) / (1 + sympy.Min(X, B) ** 2),
}
POINTS = [
    {"x": x, "time": 0.4, "a": a, "b": b}
    for x in (-1.7, 0.3, 1.2, 4.0)
    for a, b in ((0.9, 1.6), (2.2, 0.1))
]


def value(expression: Any, at: dict[str, float]) -> float:
    """Return the number that compiled code gives for a SymEngine expression."""
    code = compile_scalar([symbol(name) for name in at], [expression])
    return float(code.evaluate(np.array(list(at.values())))[0])


def exactly(expression: sympy.Expr, at: dict[str, float]) -> float:
    """Return the number that SymPy gives."""
    numbers = {sympy.Symbol(name): sympy.Float(number, 30) for name, number in at.items()}
    return float(lower(expression).xreplace(numbers).doit().evalf(20))


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_translation_keeps_the_value(name: str) -> None:
    """At both sides of every corner, to a few units in the last place."""
    expression = EXPRESSIONS[name]
    for at in POINTS:
        found = value(translate(lower(expression)), at)
        assert found == pytest.approx(exactly(expression, at), rel=1e-13, abs=1e-15)


@pytest.mark.parametrize("name", EXPRESSIONS)
@pytest.mark.parametrize("by", ["x", "a"])
def test_slopes_are_those_of_sympy(name: str, by: str) -> None:
    """Of what is lowered, by a state and by a parameter."""
    lowered = lower(EXPRESSIONS[name])
    for at in POINTS:
        found = value(slope(translate(lowered), symbol(by)), at)
        expected = exactly(lowered.diff(sympy.Symbol(by)), at)
        assert found == pytest.approx(expected, rel=1e-12, abs=1e-14)


def test_slopes_by_what_is_not_there_cost_nothing() -> None:
    """SymEngine writes a Piecewise of nothings; no kernel computes it."""
    for expression in EXPRESSIONS.values():
        assert Hoist({"x", "time"})(slope(translate(lower(expression)), symbol("other"))) == 0


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_hoisting_keeps_the_value(name: str) -> None:
    """What moves is in states, time and coefficients; coefficients are in parameters alone."""
    hoist = Hoist({"x", "time"})
    whole = translate(lower(EXPRESSIONS[name]))
    reduced = hoist(whole)
    names = {str(coefficient) for coefficient in hoist.coefficients.values()}
    assert names_in(reduced) <= {"x", "time"} | names
    assert names
    for expression in hoist.coefficients:
        assert names_in(expression) <= {"a", "b"}
        assert not expression.is_Number
    back = {coefficient: expression for expression, coefficient in hoist.coefficients.items()}
    for at in POINTS:
        assert value(reduced.xreplace(back), at) == pytest.approx(value(whole, at), rel=1e-13)


def test_largest_parts_are_hoisted_and_equal_ones_once() -> None:
    """Sums and products are split; the same part has the same coefficient in two expressions."""
    a, b, x = symbol("a"), symbol("b"), symbol("x")
    hoist = Hoist({"x"})
    first = hoist(a * b**2 * x + symengine.exp(a) + 2 * x**3 + 1)
    assert set(hoist.coefficients) == {a * b**2, symengine.exp(a) + 1}
    second = hoist(a * b**2 / x)
    assert len(hoist.coefficients) == 2
    known = hoist.coefficients[a * b**2]
    assert first == known * x + hoist.coefficients[symengine.exp(a) + 1] + 2 * x**3
    assert second == known / x
    assert hoist(a + b) == hoist.coefficients[a + b]
    assert hoist(symengine.Integer(3)) == 3


def test_conditions_keep_their_shape() -> None:
    """A condition cannot be a coefficient; its sides can."""
    a, b, x = symbol("a"), symbol("b"), symbol("x")
    hoist = Hoist({"x"})
    still = symengine.Piecewise((x, a + b > 1), (x**2, x > a * b), (a, True))
    reduced = hoist(still)
    assert {a + b, a * b} <= set(hoist.coefficients)
    for at in ({"x": 2.0, "a": 0.6, "b": 0.5}, {"x": 0.2, "a": 0.6, "b": 0.1}):
        back = {c: e for e, c in hoist.coefficients.items()}
        assert value(reduced.xreplace(back), at) == value(still, at)


def test_shared_parts_are_computed_once() -> None:
    """Each under a symbol of its own, before it is used."""
    x, y = symbol("x"), symbol("y")
    part = symengine.exp(x * y)
    replaced, reduced = shared([part + 1, part * 2, x * y])
    assert len(replaced) == 2
    seen = {x, y}
    for name, expression in replaced:
        assert expression.free_symbols <= seen
        seen.add(name)
    for expression in reduced:
        assert expression.free_symbols <= seen


def test_what_cannot_be_compiled_is_named() -> None:
    """A function that no kernel knows is refused, not silently dropped."""
    with pytest.raises(InputError, match=r"'besselj' in besselj.* cannot be compiled"):
        value(translate(sympy.Function("besselj")(X, A)), POINTS[0])


def test_coefficients_of_the_reference_are_constant() -> None:
    """None holds a state or the time; no right-hand side or slope holds a parameter."""
    machine = machine_of(reference)
    moving = {machine.time, *machine.states}
    assert not any(names_in(coefficient) & moving for coefficient in machine.hoist.coefficients)
    allowed = {str(name) for name in machine.inputs}
    for expression in (*machine.rates, *machine.slopes):
        assert names_in(expression) <= allowed
    assert not allowed & set(machine.parameters)
