"""Exponential, logarithm and power in all lanes: against 100-digit arithmetic and C's rules."""

from __future__ import annotations

import functools
import math

import mpmath
import numpy as np
import pytest

from pdmodel.engine.codegen import elementary
from pdmodel.engine.codegen.program import LaneCode, Program
from tests.engine.calling import columns

LANES = (1, 8)
EXPONENTS = (0.0, 1.0, 2.0, 3.0, 7.0, 16.0, 17.0, 0.5, 2.5, 1 / 3, 1.3, -1.0, -2.0, -0.5, -0.17)


@functools.cache
def compiled(lanes: int) -> LaneCode:
    """Return exp, log, power of two rows, and a power for each constant exponent."""
    program = Program(lanes)
    for name in ("exp", "log"):
        f = program.function(name)
        f.store(0, getattr(elementary, name)(f, f.load(0)))
    f = program.function("power")
    f.store(0, elementary.power(f, f.load(0), f.load(1)))
    f = program.function("constant_power")
    for row, exponent in enumerate(EXPONENTS):
        f.store(row, elementary.constant_power(f, f.load(0), exponent))
    return program.compile()


def error_in_ulps(found: np.ndarray, exact: list[mpmath.mpf]) -> np.ndarray:
    """Return errors in units of the last place of the exact values."""
    units = np.spacing([abs(float(e)) for e in exact])
    errors = [float(abs(mpmath.mpf(f) - e)) for f, e in zip(found, exact, strict=True)]
    return np.array(errors) / units


@pytest.mark.parametrize("lanes", LANES)
def test_exp_is_right_to_two_ulps(lanes: int) -> None:
    """Over the whole range of doubles, gradual underflow included."""
    random = np.random.default_rng(1)
    x = np.r_[random.uniform(-745, 709.7, 600), random.normal(size=400), 1e-9, -1e-17]
    found = columns(compiled(lanes), "exp", x, lanes)[0]
    with mpmath.workdps(100):
        assert error_in_ulps(found, [mpmath.exp(v) for v in x]).max() < 2


@pytest.mark.parametrize("lanes", LANES)
def test_log_is_right_to_two_ulps(lanes: int) -> None:
    """Over the whole range of doubles, beside 1 and among the subnormal ones too."""
    random = np.random.default_rng(2)
    wide, near = np.exp(random.uniform(-744, 709, 500)), 1 + 1e-6 * random.normal(size=200)
    x = np.r_[wide, near, random.uniform(0.5, 2, 300), math.sqrt(0.5), math.sqrt(2)]
    found = columns(compiled(lanes), "log", x, lanes)[0]
    with mpmath.workdps(100):
        assert error_in_ulps(found, [mpmath.log(v) for v in x]).max() < 2


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("name", ["exp", "log"])
def test_edges_are_those_of_numpy(name: str, lanes: int) -> None:
    """0, infinities, NaN, overflow, underflow, and numbers below 0 for the logarithm."""
    x = np.array([0, -0.0, 1, -1, -5e-324, 5e-324, math.inf, -math.inf, math.nan, 800,
                  -800, 709.782712893384, 709.7827128933841, -745.14, 1e308, -1e308])  # fmt: skip
    found = columns(compiled(lanes), name, x, lanes)[0]
    with np.errstate(all="ignore"):
        expected = getattr(np, name)(x)
    np.testing.assert_allclose(found, expected, rtol=1e-15)


@pytest.mark.parametrize("lanes", LANES)
def test_power_is_right_to_the_conditioning_of_its_exponent(lanes: int) -> None:
    """The error is below 2 (1 + |a log x|) units in the last place."""
    random = np.random.default_rng(3)
    x, a = np.exp(random.uniform(-100, 100, 500)), random.uniform(-6, 6, 500)
    found = columns(compiled(lanes), "power", np.array([x, a]), lanes)[0]
    with mpmath.workdps(100):
        exact = [mpmath.mpf(base) ** mpmath.mpf(e) for base, e in zip(x, a, strict=True)]
        allowed = 2 * (1 + abs(a * np.log(x)))
        assert (error_in_ulps(found, exact) / allowed).max() < 1


@pytest.mark.parametrize("lanes", LANES)
def test_power_follows_the_rules_of_signs_and_zeros(lanes: int) -> None:
    """As NumPy for all pairs of edge cases, but for a negative infinity and the sign of 0."""
    bases = (0.0, 1.0, 2.0, 0.5, -2.0, -1.0, -0.5, 1e-320, math.inf, math.nan)
    exponents = (0.0, 1.0, 3.0, -2.0, -3.0, 0.5, 2.5, -0.5, 1e17, 1023.5, math.inf, -math.inf)
    pairs = np.array([(x, a) for x in bases for a in exponents]).T
    found = columns(compiled(lanes), "power", pairs, lanes)[0]
    with np.errstate(all="ignore"):
        expected = np.power(*pairs)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("lanes", LANES)
def test_powers_to_numbers(lanes: int) -> None:
    """Products, roots and quotients give what `power` would give, at 0 and below it too."""
    x = np.r_[np.exp(np.random.default_rng(4).uniform(-9, 9, 40)), 0, -1, -2.5, math.inf, math.nan]
    code = compiled(lanes)
    found = columns(code, "constant_power", x, lanes, n_out=len(EXPONENTS))
    with np.errstate(all="ignore"):
        expected = np.array([np.power(x, a) for a in EXPONENTS])
    np.testing.assert_allclose(found, expected, rtol=1e-13)


@pytest.mark.parametrize("name", ["exp", "log", "power"])
def test_a_lane_knows_nothing_of_the_others(name: str) -> None:
    """Whatever stands in the other lanes, a lane's bits stay, and do not depend on its place."""
    random, code = np.random.default_rng(5), compiled(8)
    values = np.exp(random.normal(size=(2, 8)))
    before = columns(code, name, values, 8)[0]
    for lane in range(8):
        others = np.resize([math.nan, math.inf, -800.0, 0.0, 1e308], (2, 8))
        others[:, lane] = values[:, lane]
        assert columns(code, name, others, 8)[0, lane].tobytes() == before[lane].tobytes()
    turned = columns(code, name, np.roll(values, 3, axis=1), 8)[0]
    assert turned.tobytes() == np.roll(before, 3).tobytes()
