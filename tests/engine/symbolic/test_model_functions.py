"""Kernels: Jacobians are slopes, hoisting changes nothing, one compilation a set of equations."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import sympy

from equations.hypotheses import reference
from pdmodel.engine import compile_model, simulate
from pdmodel.engine.simulation import ENGINES
from pdmodel.engine.symbolic.callables import hoist
from pdmodel.engine.symbolic.model_functions import BoundFunctions
from pdmodel.errors import InputError, UnknownNameError
from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary
from tests.equations.published import ALL_VOCABULARIES
from tests.toys import one_compartment, rate_of_change

MODELS = ALL_VOCABULARIES
PACK = "pack 24-20 mg methylprednisolone after 0.5 days"


def bound(model: Model, **values: float) -> BoundFunctions:
    """Return the Python kernels of a model at its defaults and other values."""
    kernels = compile_model(model)
    known = dict(model.defaults) | values
    return kernels.bind(known | kernels.constants(known))


def states_on_treatment(model: Model) -> np.ndarray:
    """Return states of the first two days, off every corner, shape (n_times, n_states)."""
    regimen = f"25 mg daily + {PACK}" if "methylprednisolone" in model.doses else "25 mg daily"
    run = simulate(model, regimen, days=2, times=[0.1, 0.6, 1.2, 2], at_dose="after")
    shifts = 1 + 0.03 * np.random.default_rng(1).random(run["state_values"].shape)
    return run["state_values"].values * shifts + 1e-3


def numeric_jacobian(kernels: BoundFunctions, state: np.ndarray) -> np.ndarray:
    """Return central differences of the right-hand side, shape (n_states, n_states)."""
    columns = []
    for place, value in enumerate(state):
        step = np.zeros_like(state)
        step[place] = 1e-6 * max(abs(value), 1e-2)
        above, below = (np.array(kernels.rate(0.3, state + s * step)) for s in (1, -1))
        columns.append((above - below) / (2 * step[place]))
    return np.array(columns).T


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_jacobian_is_the_slope_of_every_model(model: Model) -> None:
    """Against central differences, at four states on treatment."""
    kernels = bound(model, tone=1.3, birth_Imax=0.2, il6_tumour_gain=1.0)
    for state in states_on_treatment(model):
        exact, numeric = kernels.jacobian(0.3, state), numeric_jacobian(kernels, state)
        scale = np.abs(numeric).max(axis=1, keepdims=True) + 1e-9
        np.testing.assert_allclose(exact / scale, numeric / scale, atol=2e-6)
        assert np.count_nonzero(exact) > len(state)


ONE_STATE = {
    "exp": lambda x, k, t: -k * sympy.exp(x),
    "log": lambda x, k, t: -k * sympy.log(x + 2),
    "sin": lambda x, k, t: k * sympy.sin(x) * sympy.cos(k * t),
    "tanh": lambda x, k, t: -k * sympy.tanh(x),
    "erf": lambda x, k, t: -k * sympy.erf(x),
    "Abs": lambda x, k, t: -k * sympy.Abs(x - 1),
    "Max": lambda x, k, t: -k * sympy.Max(x, sympy.Rational(1, 2), x**2),
    "Min": lambda x, k, t: -k * sympy.Min(x, 2, x**2),
    "Piecewise": lambda x, k, t: -k * sympy.Piecewise((x, x > 1), (x**2, x > 0.2), (0, True)),
    "sqrt": lambda x, k, t: -k * sympy.sqrt(x + 2) * sympy.pi,
    "constant": lambda x, k, t: k,
    "nothing": lambda x, k, t: 0,
}


@pytest.mark.parametrize("node", ONE_STATE)
def test_every_allowed_function_compiles(node: str) -> None:
    """Right-hand side, Jacobian and fluxes over time, of each node that the checks let through."""
    model = rate_of_change(ONE_STATE[node])
    kernels = bound(model, k=1.3)
    x, k, t = sympy.symbols("x k time")
    for value in (-0.7, 0.3, 1.6):
        exact = sympy.sympify(ONE_STATE[node](x, k, t)).subs({x: value, k: 1.3, t: 0.3})
        assert kernels.rate(0.3, np.array([value])) == pytest.approx([float(exact)], rel=1e-12)
        state = np.array([value])
        numeric = numeric_jacobian(kernels, state)
        np.testing.assert_allclose(kernels.jacobian(0.3, state), numeric, atol=1e-7)
    times, states = np.array([0.0, 0.3]), np.array([[0.3], [1.6]])
    fluxes = kernels.kernels.fluxes("x", kernels.known, times, states)["change"]
    rates = [kernels.rate(*pair)[0] for pair in zip(times, states, strict=True)]
    np.testing.assert_allclose(fluxes, rates, rtol=1e-12)


@pytest.mark.parametrize("state", states_on_treatment(reference)[:2], ids=["first", "second"])
def test_hoisting_gives_the_numbers_of_the_equations(state: np.ndarray) -> None:
    """Against the equations as the mechanisms wrote them, in 30 digits."""
    kernels = bound(reference, tone=1.7)
    values = {sympy.Symbol(name): sympy.Float(value) for name, value in kernels.known.items()}
    values |= dict(zip(reference.states, map(sympy.Float, state), strict=True))
    for symbol, definition in reference.definitions.items():
        values.setdefault(symbol, definition.xreplace(values).evalf(30))
    exact = [float(rate.xreplace(values).evalf(30)) for rate in reference.odes.values()]
    np.testing.assert_allclose(kernels.rate(0.0, state), exact, rtol=1e-9, atol=1e-12)


def test_what_depends_on_parameters_alone_is_hoisted() -> None:
    """A largest subexpression becomes one coefficient; numbers stay as they are."""
    x, a, b = sympy.symbols("x a b")
    whole = a * b**2 * x + sympy.exp(a) + 2 * x**3 + 1
    coefficients, (expression,) = hoist([whole], {x})
    assert set(coefficients) == {a * b**2, sympy.exp(a) + 1}
    assert expression.free_symbols == {x, *coefficients.values()}
    back = {symbol: value for value, symbol in coefficients.items()}
    assert sympy.expand(expression.xreplace(back) - whole) == 0


def test_a_model_is_compiled_once() -> None:
    """Values do not matter, nor the name; equations do."""
    kernels = compile_model(reference)
    assert compile_model(reference.with_values(tone=2, name="other")) is kernels
    assert compile_model(reference.swap("no_tolerance")) is not kernels


def test_order_of_states_is_not_mixed_up() -> None:
    """Two vocabularies with the same states in another order do not share kernels."""

    def two(names: str) -> Model:
        q = Vocabulary()
        day = q.parameter("day", unit="1/day", value=1, bounds=(0, 9), meaning="", source=ASSUMED)
        x, y = (q.state(n, unit="mg", initial=0, meaning=n) for n in names)
        q.slot("s", meaning="", states=(x, y))
        rates = {s: -sympy.Integer(dict(a=1, b=2)[s.name]) * day * s for s in (x, y)}
        drugs = {"drug": sympy.Symbol("a"), "other": sympy.Symbol("b")}
        return Model("m", q, [Mechanism("m", "s", "", processes={"p": rates}, doses=drugs)])

    for names, engine in itertools.product(("ab", "ba"), ENGINES):
        run = simulate(two(names), "10 mg drug daily", days=1, engine=engine)
        assert float(run["a"][-1]) == pytest.approx(10 * math.exp(-1), rel=1e-6)
        assert float(run["b"][-1]) == 0


def test_names_of_compiled_code_may_be_used() -> None:
    """A parameter called `select` or `tau` does not break what SymPy prints."""
    q = Vocabulary()
    names = ("select", "greater", "tau", "erf", "e", "infinity", "maximum", "hypot", "array")
    symbols = [
        q.parameter(name, unit="1/day", value=n + 1, bounds=(0, 99), meaning="", source=ASSUMED)
        for n, name in enumerate(names)
    ]
    x = q.state("nan_", unit="1", initial=1, meaning="")
    q.slot("s", meaning="", states=(x,))
    rate = sympy.Piecewise((-sum(symbols) * x, x > 0), (0, True)) * sympy.erf(sympy.Max(x, 1))
    model = Model("m", q, [Mechanism("m", "s", "", processes={"p": {x: rate}})])
    kernels = bound(model)
    expected = pytest.approx([-45 * math.erf(1)])
    assert kernels.rate(0.0, np.array([1.0])) == expected
    for engine in ENGINES:
        run = simulate(model, days=0.001, engine=engine)
        assert float(run["nan_"][-1]) == pytest.approx(1 - 0.045 * math.erf(1), rel=1e-3)
    flux = kernels.kernels.fluxes("nan_", kernels.known, np.zeros(1), np.ones((1, 1)))
    assert flux["p"] == expected


def test_numbers_that_do_not_exist_are_refused() -> None:
    """A constant that parameters do not give is the user's to change, and it is named."""
    q = Vocabulary()
    k = q.parameter("k", unit="1/day", value=1, bounds=(0, 9), meaning="", source=ASSUMED)
    share = q.auxiliary("share", unit="day", meaning="")
    x = q.state("x", unit="1", initial=1, meaning="")
    q.slot("s", meaning="", states=(x,), defines=(share,))
    mechanism = Mechanism(
        "m", "s", "", processes={"p": {x: -k * sympy.log(k * share) * x}}, defines={share: 1 / k}
    )
    model = Model("m", q, [mechanism])
    assert simulate(model, days=1).sizes["time"] == 2
    for engine, message in (
        ("compiled", "the parameters give share = inf, must be finite"),
        ("scipy", "share cannot be computed from the parameters: .*zero"),
    ):
        with pytest.raises(InputError, match=message):
            simulate(model, days=1, patient={"k": 0}, engine=engine)


def test_unknown_states_and_quantities() -> None:
    """The nearest name is offered."""
    kernels = compile_model(one_compartment())
    with pytest.raises(UnknownNameError, match="unknown state 'plasm'; did you mean 'plasma'"):
        kernels.processes_of("plasm")
    with pytest.raises(UnknownNameError, match="did you mean 'concentration'"):
        kernels.require(["plasma", "concentraton"])
