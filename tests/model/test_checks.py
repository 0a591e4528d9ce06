"""Faults of a model: each is found, and all of them at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sympy

from pdmodel.errors import ModelError
from pdmodel.model import (
    ASSUMED,
    Mechanism,
    Model,
    Vocabulary,
    at_most,
    safe_power,
)

NAMES = ("x", "y", "k", "half", "mass", "cells", "kill", "clock", "unsaid", "zz", "time")
x, y, k, half, mass, cells, kill, clock, unsaid, zz, time = sympy.symbols(NAMES)


def vocabulary() -> Vocabulary:
    """Return a vocabulary whose model needs the slots `one` and `two`."""
    q = Vocabulary()
    for name, unit in (("k", "1/day"), ("half", "1"), ("mass", "mg"), ("cells", "1e9 cells")):
        q.parameter(name, unit=unit, value=1, bounds=(0, 9), meaning=name, source=ASSUMED)
    q.state("x", unit="1", initial=1, meaning="state x")
    q.state("y", unit="mg", initial=0, meaning="state y")
    q.auxiliary("kill", unit="1/day", meaning="killing")
    q.auxiliary("clock", unit="day", meaning="a time", neutral=0)
    q.auxiliary("unsaid", unit="1", meaning="never defined")
    q.slot("one", meaning="what moves x", states=(x,), defines=(kill,))
    q.slot("two", meaning="what moves y", states=(y,))
    q.slot("spare", meaning="may be empty", defines=(clock,))
    return q


def one(rate: Any = -k * x, **changes: Any) -> Mechanism:
    """Return a mechanism for slot `one`."""
    words = {"processes": {"p": {x: rate}}, "defines": {kill: k}} | changes
    return Mechanism("first", "one", "c", **words)


def two(rate: Any = -k * y, **changes: Any) -> Mechanism:
    """Return a mechanism for slot `two`."""
    return Mechanism("second", "two", "c", **({"processes": {"p": {y: rate}}} | changes))


def faults(*mechanisms: Mechanism, q: Vocabulary | None = None, **words: Any) -> str:
    """Return the text of the error that a model raises."""
    with pytest.raises(ModelError) as caught:
        Model("faulty", q or vocabulary(), mechanisms, **words)
    count = len(caught.value.findings)
    assert str(caught.value).count("\n  - ") == (count if count > 1 else 0)
    return str(caught.value)


def test_a_good_model_has_no_faults() -> None:
    """The pieces of the tests below make a model when nothing is wrong with them."""
    assert Model("good", vocabulary(), [one(), two()]).hash


ONE_FAULT: dict[str, tuple[Callable[[], tuple[Mechanism, ...]], str]] = {
    "undeclared symbol": (lambda: (one(-k * zz), two()), "process 'p': symbol zz is not declared"),
    "undeclared state": (
        lambda: (one(), two(processes={"p": {y: -k * y, zz: k}})),
        "second: state zz is not declared",
    ),
    "declared but not provided": (
        lambda: (one(-k * unsaid), two()),
        "auxiliary unsaid is used but no mechanism of the model provides it",
    ),
    "defined twice": (
        lambda: (one(), two(defines={kill: k})),
        "kill is defined twice: by 'first' and 'second'",
    ),
    "defines a parameter": (
        lambda: (one(), two(defines={half: 1})),
        "mechanism 'second' defines half, which is a parameter",
    ),
    "process of a parameter": (
        lambda: (one(), two(processes={"p": {y: -k * y}, "r": {half: k}})),
        "has a process for half, which is a parameter",
    ),
    "circle": (
        lambda: (one(defines={kill: k * unsaid}), two(defines={unsaid: kill / k})),
        "define each other in a circle: ",
    ),
    "empty slot": (lambda: (one(),), "slot 'two' is empty: what moves y"),
    "slot filled twice": (
        lambda: (one(), two(), Mechanism("third", "two", "c", processes={"r": {y: -k * y}})),
        "slot 'two' is filled twice: by 'second' and 'third'",
    ),
    "unknown slot": (
        lambda: (one(), two(), Mechanism("third", "twoo", "c")),
        "mechanism 'third' is for the unknown slot 'twoo'; did you mean 'two'?",
    ),
    "contract: defines": (
        lambda: (one(defines={}), two()),
        "mechanism 'first' must define kill for slot 'one'",
    ),
    "contract: states": (
        lambda: (one(), two(processes={"p": {x: -k * x}})),
        "mechanism 'second' must govern y for slot 'two'",
    ),
    "two mechanisms of one name": (
        lambda: (one(), two(), Mechanism("second", "spare", "c", defines={clock: time})),
        "two mechanisms are called 'second'",
    ),
    "dimension of a rate": (
        lambda: (one(-k * y), two()),
        "is in 0.001 mass time^-1, needs time^-1",
    ),
    "rate without time": (lambda: (one(-x), two()), "process 'p' of x: is in 1, needs time^-1"),
    "dimension of an auxiliary": (
        lambda: (one(defines={kill: half}), two()),
        "first, kill: is in 1, needs time^-1",
    ),
    "terms that do not add": (
        lambda: (one(-k * (x + mass)), two()),
        "beside",
    ),
    "exponent with a unit": (lambda: (one(-k * x**mass), two()), "must be a number in (x**mass)"),
    "exponential of a mass": (
        lambda: (one(-k * sympy.exp(y)), two()),
        "must be a number in (exp(y))",
    ),
    "what cannot be compiled": (
        lambda: (one(-k * sympy.zeta(x)), two()),
        "process 'p' of x: zeta cannot be compiled",
    ),
    "value of what is no parameter": (
        lambda: (one(), two(values={sympy.Symbol("hal"): 1})),
        "second sets hal, which is not a parameter; did you mean 'half'?",
    ),
    "value out of bounds": (
        lambda: (one(), two(values={half: 10})),
        "sets half to 10, outside [0, 9]",
    ),
    "value that is no number": (
        lambda: (one(), two(values={half: None})),
        "second sets half to None, which is not a number",
    ),
    "dose into nowhere": (
        lambda: (one(), two(doses={"d": mass})),
        "second: d is dosed into mass, which no process governs",
    ),
    "drug dosed twice": (
        lambda: (one(doses={"d": x}), two(doses={"d": y})),
        "d is dosed twice: by 'first' and 'second'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", ONE_FAULT)
def test_each_fault_is_found(fault: str) -> None:
    """The line names the mechanism, the symbol and, where there is one, the nearest match."""
    mechanisms, words = ONE_FAULT[fault]
    assert words in faults(*mechanisms())


@pytest.mark.parametrize("unit", ["1/hour", "1/week"])
def test_hours_for_days_are_a_wrong_scale(unit: str) -> None:
    """A rate an hour where days are meant is the right dimension and wrong all the same."""
    q = vocabulary()
    fast = q.parameter("fast", unit=unit, value=1, bounds=(0, 9), meaning="", source=ASSUMED)
    factor = {"1/hour": "24", "1/week": "0.1429"}[unit]
    assert f"right dimension, wrong scale by {factor}" in faults(one(-fast * x), two(), q=q)


def test_nanograms_for_milligrams_are_a_wrong_scale() -> None:
    """Amounts a million times apart do not add."""
    q = vocabulary()
    tiny = q.parameter("tiny", unit="ng", value=1, bounds=(0, 9), meaning="", source=ASSUMED)
    assert "right dimension, wrong scale by 1e-06" in faults(one(), two(-k * tiny), q=q)
    assert "beside" in faults(one(), two(-k * (y + tiny)), q=q)


def test_initial_values_are_checked() -> None:
    """Undeclared, missing, state-dependent, moving, or in the wrong unit."""
    cases = {
        zz * mass: "initial value of new: symbol zz is not declared",
        mass * unsaid: "initial value of new: auxiliary unsaid is used but no mechanism",
        y: "initial value of new uses the state y; use its own expression",
        mass * kill / k: "initial value of new uses kill, which changes during a run",
        mass * sympy.zeta(half): "initial value of new: zeta cannot be compiled",
        half: "initial value of new: is in 1, needs 0.001 mass",
    }
    for initial, words in cases.items():
        q = vocabulary()
        new = q.state("new", unit="mg", initial=initial, meaning="")
        both = two(processes={"p": {y: -k * y, new: 0}})
        assert words in faults(one(defines={kill: k * x}), both, q=q)


def test_units_that_do_not_exist_are_all_named() -> None:
    """Every symbol with such a unit, not only the first."""
    q = vocabulary()
    for name in ("a1", "a2"):
        q.parameter(name, unit="mgg", value=1, bounds=(0, 9), meaning="", source=ASSUMED)
    text = faults(one(), two(), q=q)
    assert "symbol a1: 'mgg' is not a unit; did you mean 'mg'?" in text
    assert "symbol a2: 'mgg' is not a unit" in text


def test_time_is_in_days() -> None:
    """A model in hours would be simulated 24 times too fast."""
    q = Vocabulary(time="hour")
    q.state("x", unit="1", initial=1, meaning="")
    q.slot("one", meaning="", states=(x,))
    zero = Mechanism("first", "one", "c", processes={"p": {x: 0}})
    assert "time is in days everywhere, not in 'hour'" in faults(zero, q=q)


def test_all_faults_are_told_at_once() -> None:
    """One of every kind in one model: one line each, and what is sound is not blamed."""
    text = faults(
        one(-k * zz, defines={kill: half}, values={half: 10}, doses={"d": mass}),
        Mechanism("third", "nowhere", "c", defines={kill: k * sympy.zeta(half)}),
        values={"halff": 1},
    )
    wanted = (
        "slot 'two' is empty", "unknown slot 'nowhere'",
        "kill is defined twice", "symbol zz is not declared", "zeta cannot be compiled",
        "sets half to 10", "sets halff, which", "dosed into mass", "first, kill: is in 1",
    )  # fmt: skip
    assert [words for words in wanted if words not in text] == []
    assert text.startswith(f"model 'faulty' has {len(wanted)} faults:")


def test_several_wrong_dimensions_are_all_told() -> None:
    """Beside faults of other kinds, too."""
    text = faults(one(-x, defines={kill: half}), two(-mass), values={"nothing": 1})
    for words in (
        "process 'p' of x: is in 1",
        "first, kill: is in 1",
        "process 'p' of y",
        "nothing",
    ):
        assert words in text


def test_smooth_functions_of_time_are_allowed() -> None:
    """A rhythm is not a switch; nor is a switch in a state."""
    rhythm = -k * x * (2 + sympy.sin(k * time)) * safe_power(x, half) * at_most(x, half)
    assert Model("good", vocabulary(), [one(rhythm), two()]).hash
