"""Functions written operation by operation: each does what it says, in each lane on its own."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable

import numpy as np
import pytest

from pdmodel.engine.codegen.function import Function, Value
from pdmodel.engine.codegen.program import LaneCode, Program, processor
from tests.engine.calling import call, columns

LANES = (1, 8)
SPECIAL = (0.0, -0.0, 1.0, -1.0, 2.5, -2.5, 1e300, 5e-324, math.inf, -math.inf, math.nan)
PAIRS = np.array([(a, b) for a in SPECIAL for b in SPECIAL]).T


def results(write: Callable[[Function, Value, Value], Value], lanes: int) -> np.ndarray:
    """Return what a function of two rows gives for all pairs of special numbers."""
    program = Program(lanes)
    f = program.function("f")
    f.store(0, write(f, f.load(0), f.load(1)))
    code = program.compile()
    return columns(code, "f", PAIRS, lanes)[0]


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("name", ["add", "sub", "mul", "truediv"])
def test_arithmetic_is_that_of_numpy(name: str, lanes: int) -> None:
    """To the bit, NaN and infinities included; only the sign of 0 may differ."""
    method = {"truediv": "div"}.get(name, name)
    found = results(lambda f, a, b: getattr(f, method)(a, b), lanes)
    with np.errstate(all="ignore"):
        expected = getattr(operator, name)(*PAIRS)
    np.testing.assert_array_equal(found, expected)


RELATIONS = ("lt", "le", "gt", "ge", "eq", "ne")


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("relation", RELATIONS)
@pytest.mark.parametrize("or_nan", [False, True])
def test_select_takes_the_branch_and_drops_the_other(
    or_nan: bool, relation: str, lanes: int
) -> None:
    """A relation with NaN holds only where asked for, and a NaN that is dropped leaves no trace."""

    def write(f: Function, a: Value, b: Value) -> Value:
        condition = f.compare(relation, a, b, or_nan=or_nan)
        return f.select(condition, f.constant(1), f.constant(math.nan))

    unordered = np.isnan(PAIRS).any(axis=0)
    holds = getattr(operator, relation)(*PAIRS)
    expected = np.where(np.where(unordered, or_nan, holds), 1, math.nan)
    np.testing.assert_array_equal(results(write, lanes), expected)


@pytest.mark.parametrize("lanes", LANES)
def test_conditions_combine(lanes: int) -> None:
    """both, either, opposite and truth are the connectives of logic."""

    def write(f: Function, a: Value, b: Value) -> Value:
        first, second = f.compare("lt", a, b), f.compare("lt", f.constant(0), a)
        flags = (f.both(first, second), f.either(first, second), f.opposite(first), f.truth(False))
        total = f.constant(0)
        for k, flag in enumerate(flags):
            total = f.add(total, f.select(flag, f.constant(10.0**k), f.constant(0)))
        return total

    a, b = PAIRS
    first, second = a < b, a > 0
    expected = 1.0 * (first & second) + 10.0 * (first | second) + 100.0 * ~first
    np.testing.assert_array_equal(results(write, lanes), expected)


@pytest.mark.parametrize("lanes", LANES)
def test_nan_survives_every_operation(lanes: int) -> None:
    """The larger of two, the root and the polynomial of NaN are NaN."""

    def write(f: Function, a: Value, b: Value) -> Value:
        larger = f.intrinsic("maximum", a, b)
        return f.polynomial(f.intrinsic("sqrt", f.intrinsic("fabs", larger)), [1, 2, 3])

    np.testing.assert_array_equal(np.isnan(results(write, lanes)), np.isnan(PAIRS).any(axis=0))


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 10, 11])
def test_polynomials_of_any_length(count: int, lanes: int) -> None:
    """Pairs leave out no coefficient: against Horner's rule."""
    program = Program(lanes)
    f = program.function("f")
    f.store(0, f.polynomial(f.load(0), [1.0 + k for k in range(count)]))
    x = np.linspace(-2, 2, 16)
    found = columns(program.compile(), "f", x, lanes)[0]
    expected = np.polyval([1.0 + k for k in reversed(range(count))], x)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-10)


def test_out_is_read_before_it_is_written_and_one_lane_serves_all() -> None:
    """`load_out` gives the old row, `load_shared` one double to every lane of a wide function."""
    program = Program(1)
    f = program.function("f", lanes=8)
    old, shared = f.load_out(0), f.load_shared(1)
    f.store(0, f.mul(old, shared))
    out = np.arange(8.0).reshape(1, 8)
    code = program.compile()
    call(code.address("f"), out, np.array([5.0, 3.0]))
    np.testing.assert_array_equal(out, 3 * np.arange(8.0).reshape(1, 8))


def test_a_value_is_computed_once() -> None:
    """The same operation on the same values is written once, another one is not."""
    f = Program(8).function("f")
    a, b = f.load(0), f.load(1)
    assert f.load(0) == a
    assert f.mul(a, b) == f.mul(a, b)
    assert f.mul(a, b) != f.add(a, b)
    assert len(f.lines) == 6  # two places, two loads, two operations


def test_code_is_reproducible_and_loads_again() -> None:
    """The same program gives the same bytes, which work when loaded a second time."""
    codes = []
    for _ in range(2):
        program = Program(8)
        f = program.function("f")
        f.store(0, f.muladd(f.load(0), f.load(0), f.constant(1)))
        codes.append(program.compile())
    assert codes[0].machine_code == codes[1].machine_code
    again = LaneCode(codes[0].machine_code, codes[0].names)
    assert again.address("f") != codes[0].address("f")
    x = np.arange(8.0)
    np.testing.assert_array_equal(columns(again, "f", x, 8)[0], x * x + 1)


def test_the_processor_has_a_name() -> None:
    """Machine code can be filed under what it was made for."""
    assert processor() == processor()
    assert processor().startswith("llvm ")


@pytest.mark.parametrize("count", [1, 3])
def test_a_loop_goes_through_an_array(count: int) -> None:
    """What is read before the loop serves every turn; a turn is `step` numbers further on."""
    program = Program(8)
    f = program.function("f")
    factor = f.load_some(0, 8)
    far = f.begin_count(8)
    f.store_some(8, 8, f.mul(factor, f.load_some(8, 8, shift=far)), far)
    f.end_count(8 * count)
    rows = np.arange(8.0 * (count + 2)).reshape(count + 2, 8)
    expected = rows.copy()
    expected[1:-1] *= rows[0]
    code = program.compile()
    call(code.address("f"), rows, np.empty(0))
    np.testing.assert_array_equal(rows, expected)
