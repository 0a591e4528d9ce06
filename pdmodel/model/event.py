"""Event: what changes states or parameters at the moment a condition becomes true."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import sympy
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean, BooleanAtom

from pdmodel.arguments import shown
from pdmodel.errors import InputError, require_known
from pdmodel.model.expressions.refusals import written

VALUES_AT = ("trigger", "execution")
_JUNCTIONS = (sympy.And, sympy.Or, sympy.Not, sympy.Xor)
_EXPANDED = (sympy.ITE, sympy.Implies, sympy.Equivalent)


@dataclass(frozen=True, eq=False)
class Event:
    """Assignments that are made when a condition becomes true, as SBML understands events.

    Parameters
    ----------
    name
        One a model.
    when
        The condition: comparisons under `And`, `Or`, `Not` and `Xor`. The event is set off at
        each moment at which it becomes true, having been false.
    assign
        New values by state, parameter or constant. All are computed before any is put in place.
    delay
        Time from being set off to being executed, >= 0, in the unit of time of the model.
    priority
        Of events that are due at one moment the one with the highest priority is executed first.
        Between equal ones a draw decides, the same in every run. Those without any follow in the
        order in which they were set off, and of one moment in the order of declaration.
    persistent
        Whether it is executed even if the condition is false again before that.
    initially
        What the condition counts as before the run: with False, an event whose condition holds at
        the beginning is set off there.
    values_at
        Whether the new values are those of the moment of the `trigger` or of the `execution`.

    Raises
    ------
    InputError
        If something is no condition, no expression, or not one of the allowed words.

    Examples
    --------
    >>> height, speed = sympy.symbols("height speed")
    >>> bounce = Event("bounce", sympy.And(height <= 0, speed < 0), {speed: -0.8 * speed})
    >>> bounce.says
    'bounce: speed = -0.8*speed when (height <= 0) & (speed < 0)'
    """

    name: str
    when: Any
    assign: Mapping[sympy.Symbol, Any]
    delay: Any = 0
    priority: Any = None
    persistent: bool = True
    initially: bool = True
    values_at: str = "trigger"

    def __post_init__(self) -> None:
        """Freeze the assignments, and make everything SymPy."""
        if not isinstance(self.name, str) or not self.name.strip():
            raise InputError(f"the name of an event is text, got {shown(self.name)}")
        own = f"event {self.name!r}"
        require_known(f"{own}: values_at", VALUES_AT, self.values_at)
        if not isinstance(self.assign, Mapping):
            raise InputError(f"{own}: assign is a mapping of symbols, got {shown(self.assign)}")
        for symbol in self.assign:
            if not isinstance(symbol, sympy.Symbol):
                raise InputError(f"{own}: assigns {shown(symbol)}, which is no symbol")
        assign = {s: written(e, f"{own}, {s}") for s, e in self.assign.items()}
        object.__setattr__(self, "when", _condition(self.when, own))
        object.__setattr__(self, "assign", MappingProxyType(assign))
        object.__setattr__(self, "delay", written(self.delay, f"{own}, delay"))
        if self.priority is not None:
            object.__setattr__(self, "priority", written(self.priority, f"{own}, priority"))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle as what it was built from."""
        return type(self), (
            self.name, self.when, dict(self.assign), self.delay, self.priority, self.persistent,
            self.initially, self.values_at,
        )  # fmt: skip

    @property
    def says(self) -> str:
        """The event in words."""
        done = ", ".join(f"{symbol} = {value}" for symbol, value in self.assign.items())
        late = f", {self.delay} later" if self.delay != 0 else ""
        return f"{self.name}: {done or 'nothing'} when {self.when}{late}"

    @property
    def relations(self) -> tuple[Relational, ...]:
        """The comparisons of the condition, in a fixed order."""
        return tuple(sorted(self.when.atoms(Relational), key=sympy.default_sort_key))

    def expressions(self) -> Iterator[tuple[str, sympy.Expr, sympy.Symbol | None]]:
        """Yield where an expression stands, the expression, and the symbol that it is assigned to.

        Conditions are given as one `Piecewise`, which holds every comparison.
        """
        own = f"event {self.name!r}"
        if self.relations:
            yield f"{own}, when", sympy.Piecewise((1, self.when), (0, True), evaluate=False), None
        yield f"{own}, delay", self.delay, None
        if self.priority is not None:
            yield f"{own}, priority", self.priority, None
        for symbol, value in self.assign.items():
            yield f"{own}, {symbol}", value, symbol

    @property
    def free_symbols(self) -> set[sympy.Symbol]:
        """Every symbol that it reads or sets."""
        used = set(self.assign)
        for _, expression, _ in self.expressions():
            used |= expression.free_symbols
        return used

    def canonical(self) -> str:
        """Return what makes two events the same, as one line."""
        parts = [self.name, sympy.srepr(self.when), sympy.srepr(self.delay)]
        parts.append("" if self.priority is None else sympy.srepr(self.priority))
        parts += [f"{symbol} {sympy.srepr(e)}" for symbol, e in self.assign.items()]
        parts += [str(self.persistent), str(self.initially), self.values_at]
        return " | ".join(parts)


def _condition(when: Any, own: str) -> Boolean:
    """Return a condition in comparisons by size, without those for equality."""
    try:
        condition = sympy.sympify(when, strict=True)
    except sympy.SympifyError as error:
        raise InputError(
            f"{own}: {shown(when)} is not a condition of symbols (text is never evaluated)"
        ) from error
    if isinstance(condition, sympy.Symbol) or not isinstance(condition, Boolean):
        raise InputError(f"{own}: {shown(when)} is not a condition: compare two expressions")
    return _by_size(condition, own)


def _by_size(node: Boolean, own: str) -> Boolean:
    if isinstance(node, BooleanAtom | sympy.Gt | sympy.Ge | sympy.Lt | sympy.Le):
        return node
    if isinstance(node, sympy.Eq):
        return sympy.And(sympy.Ge(*node.args), sympy.Le(*node.args))
    if isinstance(node, sympy.Ne):
        return sympy.Or(sympy.Gt(*node.args), sympy.Lt(*node.args))
    if isinstance(node, _JUNCTIONS):
        return node.func(*(_by_size(argument, own) for argument in node.args))
    if isinstance(node, _EXPANDED):
        return _by_size(_expanded(node), own)
    raise InputError(f"{own}: {node} is no comparison of two expressions")


def _expanded(node: Boolean) -> Boolean:
    """Return a junction in And, Or and Not."""
    if isinstance(node, sympy.ITE):
        chosen, then, other = node.args
        return sympy.Or(sympy.And(chosen, then), sympy.And(sympy.Not(chosen), other))
    if isinstance(node, sympy.Implies):
        return sympy.Or(sympy.Not(node.args[0]), node.args[1])
    all_true = sympy.And(*node.args)
    return sympy.Or(all_true, sympy.And(*(sympy.Not(argument) for argument in node.args)))
