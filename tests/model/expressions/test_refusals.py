"""What cannot be meant, or cannot be run, is refused when a model is built, with the way out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import sympy

from pdmodel.engine import simulate
from pdmodel.errors import InputError, ModelError
from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary
from tests.toys import rate_of_change

x, k, time = sympy.symbols("x k time")
positive = sympy.Symbol("k", positive=True)
delayed = sympy.Function("x")(time - 1)
EITHER = sympy.Contains(x, sympy.Union(sympy.Interval(0, 1), {3}))
WHERE = "change, process 'change'"

RATES: dict[str, tuple[Any, str]] = {
    "no last branch": (-k * sympy.Piecewise((1, x > 0.5)), "Piecewise without a last (…, True)"),
    "nothing in the last branch": (
        -k * sympy.Piecewise((1, x > 0.5), (sympy.nan, True)),
        "Piecewise without a last (…, True) branch",
    ),
    "no last branch in a branch": (
        sympy.Piecewise((k * sympy.Piecewise((1, x > 2)), x > 1), (k, True)),
        "say what holds where none of its conditions does (Piecewise((1, x > 2)))",
    ),
    "infinite": (-k * x * sympy.oo, "oo is not a finite number"),
    "complex infinity": (-k * x + sympy.zoo, "zoo is not a finite number"),
    "not a number": (-k * x * sympy.nan, "nan is not a finite number"),
    "too small a number": (-k * x * sympy.Float("1e-400"), "is beyond the range of floating point"),
    "too large a number": (-k * x * sympy.Integer(10) ** 400, "beyond the range of floating point"),
    "imaginary": (-k * x * sympy.I, "I cannot be compiled: all quantities are real"),
    "assumptions": (-positive * x, "k is declared, but this symbol carries assumptions (positive)"),
    "dummy": (-sympy.Dummy("k") * x, "k is declared, but this symbol is a Dummy"),
    "delay": (-k * delayed, "(x(time - 1)) is a delay, which cannot be run: write a chain of tran"),
    "delay by name": (-k * sympy.Function("delay")(x, 1), "is a delay, which cannot be run"),
    "t for time": (-k * sympy.Symbol("t") * x, "symbol t is not declared; the time is the symbol"),
    "function of nothing": (-k * sympy.Function("f")(x), "f cannot be compiled: it is a function"),
    "floor of a state": (-k * sympy.floor(3 * x), "write the steps that you mean as a Piecewise"),
    "remainder of a state": (-k * sympy.Mod(x, 2), "Mod jumps whenever a state moves (Mod(x, 2))"),
    "equality": (
        -k * sympy.Piecewise((1, sympy.Eq(x, 1)), (0, True)),
        "Eq(x, 1) is decided at single moments only: write a range",
    ),
    "inequality": (-k * sympy.Piecewise((1, sympy.Ne(x, 1)), (0, True)), "single moments only"),
    "condition that is a symbol": (
        -k * sympy.Piecewise((x, k), (0, True)),
        "k is a number, not a condition",
    ),
    "set": (
        -k * sympy.Piecewise((x, EITHER), (0, True)),
        "write conditions with <, <=",
    ),
    "integral": (-k * sympy.Integral(x, (x, 0, k)), "give the integral a state of its own"),
    "derivative": (sympy.Derivative(k * x, x, evaluate=False), "write the rate itself"),
    "sum": (sympy.Sum(k * x, (sympy.Symbol("i"), 1, 3)), "write the terms out"),
    "log gamma": (-k * sympy.loggamma(x), "loggamma cannot be compiled: write it in exp"),
    "bessel": (-k * sympy.besselj(0, x), "besselj cannot be compiled: write it in exp"),
    "pulse of no width": (-k * sympy.DiracDelta(x), "is a dose; give it in the regimen"),
}  # fmt: skip


@pytest.mark.parametrize("case", RATES)
def test_rates_are_refused_at_build(case: str) -> None:
    """Each names mechanism, process and state, and what to write instead."""
    rate, words = RATES[case]
    with pytest.raises(ModelError) as caught:
        rate_of_change(lambda *_: rate)
    assert WHERE in str(caught.value)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "rate",
    [None, "k*x", np.array([1.0, 2.0]), [1, 2], True, x > 1, sympy.Matrix([x]), {x: 1}],
    ids=str,
)
def test_what_is_no_expression_is_refused(rate: Any) -> None:
    """Text, nothing, arrays and conditions end in a message with the name of the process."""
    with pytest.raises(InputError, match="change, process 'change' of x: "):
        rate_of_change(lambda *_: rate)


def test_a_stranger_is_the_only_fault_that_is_told() -> None:
    """A state of another kind is not also blamed for having no mechanism, in any place."""
    other = sympy.Symbol("x", real=True)
    with pytest.raises(ModelError) as caught:
        rate_of_change(lambda x, k, time: -k * other)
    assert len(caught.value.findings) == 1
    q = Vocabulary()
    k = q.parameter("k", unit="1/day", value=1, bounds=(0, 5), meaning="", source=ASSUMED)
    x = q.state("x", unit="1", initial=other, meaning="")
    q.slot("s", meaning="", states=(x,))
    one = Mechanism("s", "s", "c", processes={"p": {x: -k * x}}, doses={"d": other})
    with pytest.raises(ModelError) as caught:
        Model("m", q, [one])
    told = str(caught.value)
    assert "initial value of x: x is declared, but this symbol carries assumptions (real" in told
    assert "s, dose of 'd': x is declared, but" in told


@pytest.mark.parametrize("initial", [math.nan, math.inf, sympy.zoo, -sympy.oo])
def test_starting_values_are_finite(initial: Any) -> None:
    """A start that is no number is refused by the name of its state."""
    with pytest.raises(ModelError, match=r"initial value of x: .* is not a finite number"):
        rate_of_change(lambda x, k, time: -k * x, initial)


def test_auxiliaries_are_looked_at_like_rates() -> None:
    """The name of the auxiliary stands in the message."""
    q = Vocabulary()
    k = q.parameter("k", unit="1/day", value=1, bounds=(0, 5), meaning="", source=ASSUMED)
    x = q.state("x", unit="1", initial=1, meaning="")
    y = q.observable("y", unit="1", meaning="")
    q.slot("s", meaning="", states=(x,), defines=(y,))
    defines = {y: sympy.Piecewise((x, x > 0.5))}
    with pytest.raises(ModelError, match="s, y: Piecewise without a last"):
        Model("m", q, [Mechanism("s", "s", "c", processes={"p": {x: -k * x}}, defines=defines)])


def test_what_is_decided_by_parameters_alone_is_allowed() -> None:
    """Nothing changes during a run there: equality with a number of compartments, a whole part."""
    q = Vocabulary()
    n = q.parameter("n", unit="1", value=2.5, bounds=(0, 5), meaning="", source=ASSUMED)
    k = q.parameter("k", unit="1/day", value=1, bounds=(0, 5), meaning="", source=ASSUMED)
    x = q.state("x", unit="1", initial=1, meaning="")
    q.slot("s", meaning="", states=(x,))
    factor = sympy.Piecewise((3, sympy.Eq(n, 1)), (sympy.floor(n) / 4, True))
    model = Model("m", q, [Mechanism("s", "s", "c", processes={"p": {x: -k * factor * x}})])
    for value, wanted in ((1, math.exp(-3)), (2.5, math.exp(-0.5))):
        for engine in ("compiled", "scipy"):
            run = simulate(model, days=1, patient={"n": value}, engine=engine)
            assert run["x"].values[-1] == pytest.approx(wanted, rel=1e-5)
