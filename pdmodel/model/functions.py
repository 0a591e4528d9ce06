"""Functions that stay defined, with finite derivatives, at and just below zero.

SymPy writes the derivative of `x**a` as `a*x**a/x`, which is NaN at `x = 0`, and a solver may step
a hair below zero. These functions print by name and are lowered to `Piecewise` before anything is
differentiated or compiled.
"""

from __future__ import annotations

from typing import Any

import sympy

_EPSILON = sympy.Float("1e-8")
# Powers are taken of a clipped base, so that a compiler may evaluate both branches of a Piecewise
# (or lift a common subexpression out of one) without meeting 0**-1 or a root of a negative number.
_TINY = sympy.Float("1e-100")


def _clip(x: sympy.Expr, floor: sympy.Expr) -> sympy.Expr:
    return sympy.Piecewise((x, x > floor), (floor, True))


class _Lowered(sympy.Function):  # type: ignore[misc]
    """A named function whose meaning is `lowered()`, an ordinary SymPy expression."""

    def lowered(self) -> sympy.Expr:
        """Return the same function in nodes every compiler knows."""
        raise NotImplementedError

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        """Differentiate through the lowered form."""
        dummies = [sympy.Dummy() for _ in self.args]
        slope = self.func(*dummies).lowered().diff(dummies[argindex - 1])
        return slope.xreplace(dict(zip(dummies, self.args, strict=True)))

    def _eval_evalf(self, prec: int) -> Any:
        return self.lowered()._eval_evalf(prec)


class positive_part(_Lowered):  # noqa: N801 - a function, spelled like SymPy's own
    """Smooth stand-in for `max(z, 0)`: `z**2/(z + 1e-8)` above zero, exactly 0 at and below it."""

    nargs = 1

    @classmethod
    def eval(cls, z: sympy.Expr) -> sympy.Expr | None:
        """Return 0 for anything known not to be positive."""
        return sympy.Integer(0) if z.is_nonpositive else None

    def lowered(self) -> sympy.Expr:
        """Return the piecewise form."""
        (z,) = self.args
        above = _clip(z, sympy.Integer(0))
        return above**2 / (above + _EPSILON)


class safe_power(_Lowered):  # noqa: N801
    """`x**a` for `x > 0`, and 0 at and below zero (for exponents `a >= 0`)."""

    nargs = 2

    @classmethod
    def eval(cls, x: sympy.Expr, a: sympy.Expr) -> sympy.Expr | None:
        """Return the value where the base is the number 0 or 1."""
        if x.is_zero:
            return sympy.Integer(0)
        return sympy.Integer(1) if x == 1 else None

    def lowered(self) -> sympy.Expr:
        """Return the piecewise form."""
        x, a = self.args
        return sympy.Piecewise((_clip(x, _TINY) ** a, x > 0), (0, True))


class at_least(_Lowered):  # noqa: N801
    """`max(x, floor)`: a guard for denominators."""

    nargs = 2

    def lowered(self) -> sympy.Expr:
        """Return the piecewise form."""
        return _clip(*self.args)


class at_most(_Lowered):  # noqa: N801
    """`min(x, cap)`: an effect that cannot exceed its cap."""

    nargs = 2

    def lowered(self) -> sympy.Expr:
        """Return the piecewise form."""
        x, cap = self.args
        return sympy.Piecewise((x, x < cap), (cap, True))


def hill(x: sympy.Expr, half: sympy.Expr, exponent: sympy.Expr = 1) -> sympy.Expr:
    """Rise from 0 to 1: `(x/half)**n / (1 + (x/half)**n)`.

    Parameters
    ----------
    x, half
        The stimulus and its half-maximal value, in the same unit.
    exponent
        Steepness `n`, without unit.

    Examples
    --------
    >>> x = sympy.Symbol("x")
    >>> hill(x, 2, 3).subs(x, 0), hill(x, 2, 3).subs(x, 2)
    (0, 1/2)
    """
    if exponent == 1:
        return x / (half + x)
    power = safe_power(x / half, exponent)
    return power / (1 + power)


def hill_fall(x: sympy.Expr, half: sympy.Expr, exponent: sympy.Expr = 1) -> sympy.Expr:
    """Fall from 1 to 0: `1 / (1 + (x/half)**n)`; what `hill` leaves over.

    Examples
    --------
    >>> hill_fall(sympy.Integer(2), 2, 6)
    1/2
    """
    return 1 / (1 + safe_power(x / half, exponent))


def lower(expression: sympy.Expr) -> sympy.Expr:
    """Replace every named function of this module by its piecewise form."""
    while expression.has(_Lowered):
        expression = expression.replace(
            lambda node: isinstance(node, _Lowered), lambda node: node.lowered()
        )
    return expression
