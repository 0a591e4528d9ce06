"""What switches in a model: conditions of its right-hand sides that states or time decide.

Every condition `high > low` becomes a mode: 1 where it holds, -1 where the opposite does, and 0 as
long as a run stays on the surface `high = low` itself. With its modes fixed a right-hand side is
one smooth branch, also a little beyond the surface, so that a step may be interpolated up to it.
The integrators follow `high - low` and change the mode where it passes zero.

Comparisons for equality are left as they stand: they pick single points out (such as a limit of
0/0). So are those with `CLIP`, which guard a power of something that is never below zero, and those
of whole parts (of time), directly or by an auxiliary, whose sides jump themselves: `marks` looks
for these before a run.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import sympy
from sympy.core.relational import Equality, Relational, Unequality

from pdmodel.model import Model
from pdmodel.model.expressions.functions import CLIP, larger, lower, whole_part

_HALF = sympy.Rational(1, 2)


class picked(sympy.Function):  # type: ignore[misc]
    """`picked(mode, a, b)`: `a` in mode 1, else `b`; what `larger(a, b)` becomes.

    Not a `Piecewise`, into whose branches SymPy would carry a power, to be computed twice.
    """

    nargs = 3

    @classmethod
    def eval(cls, mode: sympy.Expr, a: sympy.Expr, b: sympy.Expr) -> sympy.Expr | None:
        """Return what is picked by a number."""
        if mode.is_Number:
            return a if mode > _HALF else b
        return a if a == b else None

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        """Return 1 for what is picked."""
        return picked(self.args[0], int(argindex == 2), int(argindex == 3))

    def _pythoncode(self, printer: Any) -> str:
        mode, a, b = (printer._print(argument) for argument in self.args)
        return f"({a} if {mode} > 0.5 else {b})"

    def _numpycode(self, printer: Any) -> str:
        mode, a, b = (printer._print(argument) for argument in self.args)
        return f"{printer._module_format('numpy.where')}({mode} > 0.5, {a}, {b})"


@dataclass(frozen=True)
class Switch:
    """A surface `high = low` at which a right-hand side changes.

    Parameters
    ----------
    mode
        The symbol of its mode.
    high, low
        Both sides, in symbols of the model and modes of earlier switches.
    says
        The surface in words.
    corner
        Whether only slopes change there: both sides of `larger` are equal where it changes sides.
    """

    mode: sympy.Symbol
    high: sympy.Expr
    low: sympy.Expr
    says: str
    corner: bool


class Switches(NamedTuple):
    """The switches of a model, inner ones first, and its equations with modes for conditions.

    Parameters
    ----------
    members
        Empty for a model without any; then the equations are those of the model, lowered.
    definitions
        The moving auxiliaries that right-hand sides use, each after those that it uses itself.
    rates
        Right-hand side of each state.
    """

    members: tuple[Switch, ...]
    definitions: dict[sympy.Symbol, sympy.Expr]
    rates: list[sympy.Expr]


def find_switches(model: Model) -> Switches:
    """Return the switches of a model."""
    locking = _Locking(model.moving, _jumping(model))
    used = _used(model)
    definitions = {
        symbol: locking(lower(expression))
        for symbol, expression in model.definitions.items()
        if symbol in used
    }
    rates = [locking(lower(rate)) for rate in model.odes.values()]
    return Switches(tuple(locking.members.values()), definitions, rates)


def _used(model: Model) -> set[sympy.Symbol]:
    """Return the moving auxiliaries that right-hand sides use."""
    used = {symbol for rate in model.odes.values() for symbol in rate.free_symbols}
    for symbol, expression in reversed(list(model.definitions.items())):
        if symbol in used:
            used |= expression.free_symbols
    return used & model.moving & set(model.definitions)


def _jumping(model: Model) -> frozenset[sympy.Symbol]:
    """Return the auxiliaries that hold a whole part, themselves or by others."""
    jumping: set[sympy.Symbol] = set()
    for symbol, expression in model.definitions.items():
        if expression.free_symbols & jumping or lower(expression).has(whole_part):
            jumping.add(symbol)
    return frozenset(jumping)


class _Locking:
    """Puts modes in the place of conditions; equal surfaces share one."""

    def __init__(self, moving: Set[sympy.Symbol], jumping: Set[sympy.Symbol]) -> None:
        self.moving, self.jumping = moving, jumping
        self.members: dict[sympy.Expr, Switch] = {}
        self._known: dict[sympy.Basic, sympy.Basic] = {}

    def __call__(self, node: sympy.Basic) -> sympy.Basic:
        """Return an expression with modes in the place of its conditions."""
        if not node.args or not node.free_symbols & self.moving:
            return node
        if node not in self._known:
            self._known[node] = self._locked(node)
        return self._known[node]

    def _locked(self, node: sympy.Basic) -> sympy.Basic:
        arguments = [self(argument) for argument in node.args]
        if isinstance(node, Equality | Unequality) or CLIP in node.args:
            return node.func(*arguments)
        if isinstance(node, Relational | larger) and self._jumps(node):
            return node.func(*arguments)
        if isinstance(node, Relational):
            mode = self._mode(self(node.gts), self(node.lts), _words(node), corner=False)
            return mode > (-_HALF if isinstance(node, _WITH_EQUALITY) else _HALF)
        if isinstance(node, larger):
            first, second = arguments
            says = " > ".join(map(_words, node.args))
            mode = self._mode(first, second, says, corner=True)
            return picked(mode, first, second)
        return node.func(*arguments)

    def _jumps(self, node: sympy.Basic) -> bool:
        return bool(node.has(whole_part) or node.free_symbols & self.jumping)

    def _mode(
        self, high: sympy.Expr, low: sympy.Expr, says: str, *, corner: bool
    ) -> sympy.Expr:  # fmt: skip
        """Return the mode of `high > low`: a symbol, its opposite, or a number."""
        height = high - low
        if height.is_Number:
            return sympy.sign(height)
        member = -height if -height in self.members else height
        if member not in self.members:
            mode = sympy.Symbol(f"_m{len(self.members)}")
            self.members[member] = Switch(mode, high, low, says, corner)
        switch = self.members[member]
        if switch.corner and not corner:
            self.members[member] = replace(switch, corner=False)
        return switch.mode if member == height else -switch.mode


def _words(node: sympy.Basic) -> str:
    """Return an expression as users write it."""
    return str(node).replace("larger(", "Max(")


_WITH_EQUALITY = (sympy.GreaterThan, sympy.LessThan)

__all__ = ["Switch", "Switches", "find_switches", "picked"]
