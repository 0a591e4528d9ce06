"""Functions that stay defined, with finite derivatives, at and just below zero.

SymPy writes the derivative of `x**a` as `a*x**a/x`, which is NaN at `x = 0`, and a solver may step
a hair below zero. These functions print by name and are lowered before anything is differentiated
or compiled.
"""

from __future__ import annotations

import functools
from typing import Any

import sympy

from pdmodel.model.expressions.rewriting import HAS_REWRITTEN, is_rewritten, rewritten

# Powers are taken of a clipped base, so that a compiler may evaluate both branches of a Piecewise
# (or lift a common subexpression out of one) without meeting 0**-1 or a root of a negative number.
CLIP = sympy.Float("1e-100")
"""What a power counts as nothing. A comparison with it guards a power and is no switch: the power
has the same value, 0, on both sides of it."""


class larger(sympy.Function):  # type: ignore[misc]
    """The larger of two; what every function with a corner is lowered to.

    Not `Max`, whose derivative holds Heaviside, nor `Piecewise`, into whose branches SymPy would
    carry a power, past the clip.
    """

    nargs = 2

    @classmethod
    def eval(cls, a: sympy.Expr, b: sympy.Expr) -> sympy.Expr | None:
        """Return the larger number."""
        return sympy.Max(a, b) if a.is_Number and b.is_Number else None

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        """Return 1 for the argument that is larger, 0 for the other."""
        a, b = self.args
        first = sympy.Integer(argindex == 1)
        return sympy.Piecewise((first, a > b), (1 - first, True))

    def _pythoncode(self, printer: Any) -> str:
        return f"max({', '.join(printer._print(argument) for argument in self.args)})"

    def _numpycode(self, printer: Any) -> str:
        name = printer._module_format("numpy.maximum")
        return f"{name}({', '.join(printer._print(argument) for argument in self.args)})"


class whole_part(sympy.Function):  # type: ignore[misc]
    """The largest whole number that is not above its argument; what `floor` is lowered to.

    Its slope is 0: where it jumps is looked for before a run.
    """

    nargs = 1

    @classmethod
    def eval(cls, x: sympy.Expr) -> sympy.Expr | None:
        """Return the whole part of a number."""
        return sympy.floor(x) if x.is_number else None

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        """Return 0."""
        return sympy.Integer(0)

    def _pythoncode(self, printer: Any) -> str:
        return f"{printer._module_format('math.floor')}({printer._print(self.args[0])})"

    def _numpycode(self, printer: Any) -> str:
        return f"{printer._module_format('numpy.floor')}({printer._print(self.args[0])})"


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


class positive_part(_Lowered):
    """`max(z, 0)`: what is above zero, and 0 at and below it.

    Parameters
    ----------
    z
        An expression.
    """

    nargs = 1

    @classmethod
    def eval(cls, z: sympy.Expr) -> sympy.Expr | None:
        """Return 0 for anything known not to be positive."""
        return sympy.Integer(0) if z.is_nonpositive else None

    def lowered(self) -> sympy.Expr:
        """Return the same in nodes that have derivatives."""
        return larger(self.args[0], sympy.Integer(0))


class safe_power(_Lowered):
    """`x**a` for `x > 0`, and 0 at and below zero (for exponents `a >= 0`).

    Parameters
    ----------
    x, a
        Base and exponent, expressions.
    """

    nargs = 2

    @classmethod
    def eval(cls, x: sympy.Expr, a: sympy.Expr) -> sympy.Expr | None:
        """Return the value where the base is the number 0 or 1."""
        if x.is_zero:
            return sympy.Integer(0)
        return sympy.Integer(1) if x == 1 else None

    def lowered(self) -> sympy.Expr:
        """Return the same in nodes that have derivatives."""
        x, a = self.args
        if a == 1:
            return larger(x, sympy.Integer(0))
        # A power of 0 jumps where its base reaches 0: that is a switch, the other powers are none.
        least = sympy.Integer(0) if a.is_nonpositive else CLIP
        return sympy.Piecewise((larger(x, CLIP) ** a, x > least), (0, True))


class at_least(_Lowered):
    """`max(x, floor)`: a guard for denominators.

    Parameters
    ----------
    *args
        `x` and `floor`, expressions.
    """

    nargs = 2

    def lowered(self) -> sympy.Expr:
        """Return the same in nodes that have derivatives."""
        return larger(*self.args)


class at_most(_Lowered):
    """`min(x, cap)`: an effect that cannot exceed its cap.

    Parameters
    ----------
    *args
        `x` and `cap`, expressions.
    """

    nargs = 2

    def lowered(self) -> sympy.Expr:
        """Return the same in nodes that have derivatives."""
        x, cap = self.args
        return -larger(-x, -cap)


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

    Parameters
    ----------
    x, half, exponent
        As in `hill`.

    Examples
    --------
    >>> hill_fall(sympy.Integer(2), 2, 6)
    1/2
    """
    return 1 / (1 + safe_power(x / half, exponent))


def lower(expression: sympy.Expr) -> sympy.Expr:
    """Replace every function with a corner by nodes that have derivatives and compile.

    SymPy differentiates `Max` and `Min` to `Heaviside`, and `Abs` to real and imaginary parts.
    Functions that mean other ones, such as `sech` and `Heaviside`, are written out (`rewriting`).
    """
    while expression.atoms(*_CORNERS, *HAS_REWRITTEN):
        expression = expression.replace(_has_corner, _without_corner)
    return expression


_CORNERS = (_Lowered, sympy.Max, sympy.Min, sympy.Abs, sympy.floor)


def _has_corner(node: sympy.Basic) -> bool:
    return isinstance(node, _CORNERS) or is_rewritten(node)


def _without_corner(node: sympy.Expr) -> sympy.Expr:
    if is_rewritten(node):
        return rewritten(node)
    if isinstance(node, _Lowered):
        return node.lowered()
    if isinstance(node, sympy.floor):
        return whole_part(node.args[0])
    if isinstance(node, sympy.Abs):
        return larger(node.args[0], -node.args[0])
    sign = 1 if isinstance(node, sympy.Max) else -1
    return sign * functools.reduce(larger, [sign * argument for argument in node.args])
