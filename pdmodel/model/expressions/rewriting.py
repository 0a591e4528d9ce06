"""What SymPy's further functions mean in those that compile: exact, and with derivatives.

Models keep and print what was written; only what is compiled is rewritten. Functions that jump are
written as `Piecewise`, so that one thing alone has to be located in a run: where a condition
changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sympy
from sympy.logic.boolalg import ITE, BooleanFunction

Rule = Callable[..., sympy.Expr]


def _sign(x: sympy.Expr) -> sympy.Expr:
    return sympy.Piecewise((1, x > 0), (-1, x < 0), (0, True))


def _heaviside(x: sympy.Expr, at_zero: sympy.Expr) -> sympy.Expr:
    return sympy.Piecewise((1, x > 0), (0, x < 0), (at_zero, True))


def _remainder(x: sympy.Expr, divisor: sympy.Expr) -> sympy.Expr:
    return x - divisor * sympy.floor(x / divisor)


# C. Lanczos, Journal of SIAM on Numerical Analysis B 1:86 (1964), with g = 7 and nine terms: right
# to 1e-15.
_LANCZOS = (
    "676.5203681218851", "-1259.1392167224028", "771.32342877765313", "-176.61502916214059",
    "12.507343278686905", "-0.13857109526572012", "9.9843695780195716e-6",
    "1.5056327351493116e-7",
)  # fmt: skip


def _gamma(x: sympy.Expr) -> sympy.Expr:
    """Return the gamma function by its series above 1/2, and by reflection below."""
    half = sympy.Rational(1, 2)
    above = sympy.Max(x, 1 - x) - 1
    terms = [
        sympy.Float(term, 17) / (above + position)
        for position, term in enumerate(_LANCZOS, start=1)
    ]
    series = sympy.Add(sympy.Float("0.99999999999980993", 17), *terms)
    shifted = above + sympy.Rational(15, 2)
    powers = sympy.exp((above + half) * sympy.log(shifted) - shifted)
    value = sympy.sqrt(2 * sympy.pi) * powers * series
    reflected = sympy.pi / (sympy.sin(sympy.pi * x) * value)
    return sympy.Piecewise((value, x >= half), (reflected, True))


_RULES: Mapping[type, Rule] = {
    sympy.gamma: _gamma,
    sympy.factorial: lambda x: _gamma(x + 1),
    sympy.sign: _sign,
    sympy.Heaviside: _heaviside,
    sympy.Mod: _remainder,
    sympy.frac: lambda x: x - sympy.floor(x),
    sympy.ceiling: lambda x: -sympy.floor(-x),
    sympy.sec: lambda x: 1 / sympy.cos(x),
    sympy.csc: lambda x: 1 / sympy.sin(x),
    sympy.cot: lambda x: sympy.cos(x) / sympy.sin(x),
    sympy.sech: lambda x: 1 / sympy.cosh(x),
    sympy.csch: lambda x: 1 / sympy.sinh(x),
    sympy.coth: lambda x: 1 / sympy.tanh(x),
    sympy.acot: lambda x: sympy.atan(1 / x),
    sympy.acoth: lambda x: sympy.atanh(1 / x),
    sympy.asech: lambda x: sympy.acosh(1 / x),
    sympy.acsch: lambda x: sympy.asinh(1 / x),
}
_SIMPLE = (sympy.And, sympy.Or, sympy.Not)
REWRITTEN = tuple(_RULES)
"""Functions that are rewritten before they are compiled."""
WHOLE = (sympy.floor, sympy.ceiling, sympy.frac, sympy.Mod)
"""Functions that jump wherever their argument passes a whole number."""


def is_rewritten(node: Any) -> bool:
    """Return whether a node means something that has to be written in other nodes."""
    if isinstance(node, BooleanFunction):
        return not isinstance(node, _SIMPLE)
    return isinstance(node, REWRITTEN)


def rewritten(node: Any) -> Any:
    """Return what a node for which `is_rewritten` holds means.

    Examples
    --------
    >>> x = sympy.Symbol("x")
    >>> rewritten(sympy.sech(x))
    1/cosh(x)
    """
    if isinstance(node, BooleanFunction):
        return node.to_nnf(simplify=False)
    rule = next(rule for kind, rule in _RULES.items() if isinstance(node, kind))
    return rule(*node.args)


HAS_REWRITTEN = (*REWRITTEN, ITE, sympy.Xor, sympy.Implies, sympy.Equivalent)
"""What to look for in an expression; the other junctions are evaluated to And, Or and Not."""
