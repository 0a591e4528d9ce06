"""Baseline: the start is written in symbols, and nothing is defined by itself."""

from __future__ import annotations

import pytest
import sympy

from equations.hypotheses import reference
from pdmodel.engine import compile_model
from pdmodel.errors import ModelError
from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary
from pdmodel.model.baseline import find_cycle, sort_definitions

a, b, c, d = sympy.symbols("a b c d")


def model(defines: dict | None = None, initial: object = None, rate: object = 0) -> Model:
    """Return `dx/dt = rate` with `x(0) = initial` and auxiliaries `kill` and `own`."""
    q = Vocabulary()
    k = q.parameter("k", unit="1", value=3, bounds=(0, 9), meaning="", source=ASSUMED)
    day = q.parameter("per_day", unit="1/day", value=1, bounds=(0, 9), meaning="", source=ASSUMED)
    kill = q.auxiliary("kill", unit="1", meaning="")
    own = q.auxiliary("own", unit="1", meaning="")
    q.auxiliary("more", unit="1", meaning="", neutral=0)
    for symbol in (kill, own):
        q.at_baseline(symbol)
    x = q.state("x", unit="1", initial=2 * k if initial is None else initial, meaning="")
    q.at_baseline(x)
    q.slot("s", meaning="", states=(x,))
    defines = {sympy.Symbol(n): e for n, e in (defines or {"kill": k * x, "own": k}).items()}
    return Model(
        "m", q, [Mechanism("m", "s", "", processes={"p": {x: rate * day}}, defines=defines)]
    )


x, k, kill, own = sympy.symbols("x k kill own")
kill0, own0, x0 = sympy.symbols("kill_at_baseline own_at_baseline x_at_baseline")


def constants(it: Model) -> dict[str, float]:
    """Return the derived constants at the default values."""
    return compile_model(it).constants(it.defaults)


def test_baseline_of_an_auxiliary_and_of_a_state() -> None:
    """`kill = k*x` starts at 3 * 6; a placeholder holds parameters and constants only."""
    it = model({"kill": k * x, "own": kill0 + x0})
    assert constants(it) == {"kill_at_baseline": 18, "x_at_baseline": 6, "own": 24}
    assert it.definitions[kill0] == 2 * k**2
    assert not it.definitions[kill0].free_symbols & it.moving


def test_baselines_follow_one_another() -> None:
    """A quantity may use the start of another that uses the start of a third."""
    it = model({"kill": x * own0, "own": k * x0 + x}, rate=kill0 - kill)
    assert constants(it) == {"x_at_baseline": 6, "own_at_baseline": 24, "kill_at_baseline": 144}


def test_initial_values_may_use_a_baseline() -> None:
    """The start of `own` does not depend on `x`, so `x` may start from it."""
    it = model({"kill": k, "own": k + 1}, initial=own0)
    assert compile_model(it).initial({**it.defaults, **constants(it)}).tolist() == [4]


@pytest.mark.parametrize(
    "defines",
    [
        {"kill": k * x + kill0, "own": k},
        {"kill": k * x + own, "own": 1 - kill0},
        {"kill": x + own0, "own": x + kill0},
        {"kill": k, "own": own0},
    ],
    ids=["itself", "through a constant", "each other", "constant of itself"],
)
def test_what_is_defined_by_itself_is_refused(defines: dict) -> None:
    """When the model is built, with the way round."""
    with pytest.raises(ModelError, match=r"is defined by itself: .* -> "):
        model(defines)


def test_a_start_that_needs_itself_is_refused() -> None:
    """`x(0)` cannot be twice `x(0)`, nor what `x(0)` gives."""
    with pytest.raises(ModelError, match="is defined by itself"):
        model(initial=2 * x0)
    with pytest.raises(ModelError, match="is defined by itself"):
        model({"kill": k * x, "own": k}, initial=kill0)


def test_rates_use_baselines_too() -> None:
    """A placeholder that only a rate uses is resolved as well."""
    it = model(rate=kill0 - kill)
    assert constants(it)["kill_at_baseline"] == 18


def test_reference_keeps_measured_death() -> None:
    """Natural death is what killing without drug leaves of the measured total."""
    values = {**reference.defaults, "tone": 2.0}
    found = compile_model(reference).constants(values)
    kill_0 = 0.0075 * 2 * 0.04
    assert found["kill_rate_at_baseline"] == pytest.approx(kill_0, rel=1e-12)
    assert found["tissue_death_natural"] == pytest.approx(0.0054 - kill_0, rel=1e-12)
    assert found["birth_rate"] == pytest.approx(1.25 * 0.0022 + 0.0054 + 0.25 * 0.0057, rel=1e-12)
    assert found["egress_rate"] == pytest.approx(0.25 * (0.0022 + 0.15 + 0.0057), rel=1e-12)


def test_definitions_are_sorted_and_cycles_found() -> None:
    """Each stands after those it uses, ties in order of name, whatever the order given."""
    definitions = {d: a + c, c: b + 1, b: sympy.Integer(1), a: sympy.Integer(2)}
    assert list(sort_definitions(definitions)) == [a, b, c, d]
    assert find_cycle(definitions) == ()
    assert set(find_cycle({a: b, b: c, c: a})) == {"a", "b", "c"}
