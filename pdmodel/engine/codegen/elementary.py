"""Exponential, logarithm and power of all lanes at once, without a call of the C library.

Each is a few dozen operations that any processor has, so that they run in SIMD registers; errors
are within 2 units in the last place for `exp` and `log`. Arguments are reduced after Cody and
Waite (Software Manual for the Elementary Functions, 1980); the polynomials are our own, minimax
by Remez' algorithm. Everything else is left to the C library, lane by lane.
"""

from __future__ import annotations

import math

from pdmodel.engine.codegen.function import Function, Value

# log 2 in two parts; times a whole number below 2048 the first one is exact.
_LN2_HIGH, _LN2_LOW = 0.6931471805592082, 7.371002565167799e-13
# Added to a number it leaves the nearest whole number in the last bits.
_ROUNDER = 1.5 * 2.0**52
_EXP_LARGEST, _EXP_SMALLEST = 709.782712893384, -745.1332191019412
# (exp(r) - 1 - r)/r^2 for |r| <= log(2)/2; the error of exp(r) is below 4e-18.
_EXP = (
    0.5000000000000012, 0.166666666666667, 0.041666666666515424, 0.008333333333307203,
    0.0013888888947015013, 0.00019841269917387905, 2.4801489943091304e-05, 2.75572162969529e-06,
    2.763128004028385e-07, 2.5117862327273933e-08,
)  # fmt: skip
# (log((1 + s)/(1 - s))/s - 2)/s^2 as a polynomial of s^2, |s| <= 0.1716; relative error 2e-18.
_LOG = (
    0.6666666666666734, 0.39999999999416563, 0.2857142874205051, 0.22222198602010657,
    0.18183563051927434, 0.15314078622810118, 0.14795706127745378,
)  # fmt: skip
_MANTISSA, _ROOT_HALF, _ONE = 0x000FFFFFFFFFFFFF, 0x3FE6A09E667F3BCD, 0x3FF0000000000000
_TWO_52 = 0x4330000000000000

LARGEST_PRODUCT = 16
"""Up to this whole exponent a power is a product."""


def exp(f: Function, x: Value) -> Value:
    """Return `exp(x)`: 0 and infinity beyond the range of doubles, gradual underflow."""
    return f.call(f.program.formula("exp", f.lanes, 1, _exp), x)


def _exp(f: Function, x: Value) -> Value:
    """Write `exp(x) = 2^n exp(r)`, `|r| <= log(2)/2`."""
    shifted = f.muladd(x, f.constant(1 / math.log(2)), f.constant(_ROUNDER))
    n = f.sub(shifted, f.constant(_ROUNDER))
    r = f.muladd(n, f.constant(-_LN2_HIGH), x)
    r = f.muladd(n, f.constant(-_LN2_LOW), r)
    tail = f.polynomial(r, _EXP)
    fraction = f.add(f.muladd(f.mul(r, r), tail, r), f.constant(1))
    # Very small results are made too large by 2^128 and brought back, which rounds them once.
    small = f.compare("lt", x, f.constant(-650))
    exponent = f.on_integers("shl", f.bits(shifted), f.integer(52))
    scaled = f.from_bits(f.on_integers("add", f.bits(fraction), exponent))
    lifted = f.from_bits(f.on_integers("add", f.bits(scaled), f.integer(128 << 52)))
    result = f.select(small, f.mul(lifted, f.constant(2.0**-128)), scaled)
    result = f.select(f.compare("lt", x, f.constant(_EXP_SMALLEST)), f.constant(0), result)
    above = f.compare(
        "gt", x, f.constant(_EXP_LARGEST), or_nan=True
    )  # or NaN, which the product keeps
    return f.select(above, f.mul(x, f.constant(math.inf)), result)


def log(f: Function, x: Value) -> Value:
    """Return the natural logarithm: `-inf` at 0, NaN below."""
    return f.call(f.program.formula("log", f.lanes, 1, _log), x)


def _log(f: Function, x: Value) -> Value:
    """Write `log(x) = k log(2) + log(m)`, `sqrt(1/2) <= m < sqrt(2)`, `s = (m - 1)/(m + 1)`."""
    tiny = f.compare("lt", x, f.constant(2.0**-1022))
    normal = f.select(tiny, f.mul(x, f.constant(2.0**54)), x)
    raised = f.on_integers("add", f.bits(normal), f.integer(_ONE - _ROOT_HALF))
    power = f.on_integers("lshr", raised, f.integer(52))
    power = f.from_bits(f.on_integers("or", power, f.integer(_TWO_52)))
    bias = f.select(tiny, f.constant(2.0**52 + 1023 + 54), f.constant(2.0**52 + 1023))
    k = f.sub(power, bias)
    mantissa = f.on_integers("and", raised, f.integer(_MANTISSA))
    m = f.from_bits(f.on_integers("add", mantissa, f.integer(_ROOT_HALF)))
    a = f.sub(m, f.constant(1))
    s = f.div(a, f.add(a, f.constant(2)))
    z = f.mul(s, s)
    tail = f.mul(z, f.polynomial(z, _LOG))
    half = f.mul(f.mul(a, f.constant(0.5)), a)
    low = f.muladd(k, f.constant(_LN2_LOW), f.mul(s, f.add(half, tail)))
    result = f.muladd(k, f.constant(_LN2_HIGH), f.sub(a, f.sub(half, low)))
    result = f.select(f.compare("eq", x, f.constant(math.inf)), x, result)
    result = f.select(f.compare("eq", x, f.constant(0)), f.constant(-math.inf), result)
    outside = f.compare("lt", x, f.constant(0), or_nan=True)
    return f.select(outside, f.constant(math.nan), result)


def power(f: Function, x: Value, exponent: Value) -> Value:
    """Return `x^exponent`, both of them values.

    NaN for a negative base unless the exponent is whole; 1 for exponent 0 and for base 1.
    """
    size = exp(f, f.mul(exponent, log(f, f.intrinsic("fabs", x))))
    return f.call(f.program.formula("signed", f.lanes, 3, _signed), x, exponent, size)


def _signed(f: Function, x: Value, exponent: Value, size: Value) -> Value:
    """Set right a power of `|x|` where the exponent is 0, and where `x` is below 0."""
    is_one = f.compare("eq", f.intrinsic("fabs", x), f.constant(1))
    is_one = f.either(is_one, f.compare("eq", exponent, f.constant(0)))
    size = f.select(is_one, f.constant(1), size)
    half = f.mul(exponent, f.constant(0.5))
    odd = f.compare("ne", f.intrinsic("floor", half), half, or_nan=True)
    whole = f.compare("eq", f.intrinsic("floor", exponent), exponent)
    below = f.select(odd, f.negate(size), size)
    below = f.select(whole, below, f.constant(math.nan))
    return f.select(f.compare("lt", x, f.constant(0)), below, size)


def constant_power(f: Function, x: Value, exponent: float) -> Value:
    """Return `x^exponent` for a number: by products and a root where these are exact enough."""
    if exponent < 0 and _short(exponent):
        return f.div(f.constant(1), constant_power(f, x, -exponent))
    if not _short(exponent):
        if exponent == math.floor(exponent):
            return power(f, x, f.constant(exponent))
        return exp(f, f.mul(f.constant(exponent), log(f, x)))
    whole = int(exponent)
    root = None if whole == exponent else f.intrinsic("sqrt", x)
    if root is not None and whole == 0:
        return root
    product = _product(f, x, whole)
    return product if root is None else f.mul(product, root)


def _short(exponent: float) -> bool:
    return 2 * exponent == math.floor(2 * exponent) and abs(exponent) <= LARGEST_PRODUCT


def _product(f: Function, x: Value, count: int) -> Value:
    """Return the product of `count` equal factors, by squaring."""
    if count == 0:
        return f.constant(1)
    if count == 1:
        return x
    half = _product(f, x, count // 2)
    square = f.mul(half, half)
    return f.mul(square, x) if count % 2 else square


def from_library(f: Function, name: str, *arguments: Value) -> Value:
    """Return a function of C's mathematical library, such as `erf`, called lane by lane."""
    return f.each_lane(f.program.external(name, len(arguments)), *arguments)
