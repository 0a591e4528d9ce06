"""What the events of a model compare, each surface once, and their conditions over it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import sympy
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean

from pdmodel.arrays import Flags
from pdmodel.errors import InputError
from pdmodel.model import Model


class Surface(NamedTuple):
    """`high > low`, or `high >= low` if it is not strict."""

    high: sympy.Expr
    low: sympy.Expr
    strict: bool


@dataclass(frozen=True)
class Condition:
    """A condition as a tree over comparisons.

    Parameters
    ----------
    kind
        `and`, `or`, `xor`, `is` (the comparison of number `index`) or `not`, which may be over
        one; `true` and `false`.
    parts
        What is joined.
    index
        Of `is`: which comparison.
    """

    kind: str
    parts: tuple[Condition, ...] = ()
    index: int = -1

    def holds(self, truths: Sequence[bool] | Flags) -> bool:
        """Return whether it is true, from what each comparison is."""
        if self.kind == "is":
            return bool(truths[self.index])
        if self.kind == "not":
            return not self.parts[0].holds(truths)
        parts = [part.holds(truths) for part in self.parts]
        if self.kind == "and":
            return all(parts)
        if self.kind == "or":
            return any(parts)
        return sum(parts) % 2 == 1 if self.kind == "xor" else self.kind == "true"


class EventConditions(NamedTuple):
    """The comparisons of all events, and the condition of each."""

    comparisons: tuple[Surface, ...]
    conditions: tuple[Condition, ...]


@lru_cache(maxsize=64)
def event_conditions(model: Model) -> EventConditions:
    """Return what the events of a model wait for."""
    collector = _Collector()
    conditions = tuple(collector.tree(event.when) for event in model.events)
    return EventConditions(tuple(collector.members), conditions)


class _Collector:
    """Gives each surface one place: `a >= b` is the same as not `b > a`."""

    def __init__(self) -> None:
        self.members: list[Surface] = []
        self._indices: dict[tuple[sympy.Expr, sympy.Expr, bool], int] = {}

    def tree(self, node: Boolean) -> Condition:
        """Return a condition as a tree."""
        if isinstance(node, Relational):
            return self._comparison(node)
        kinds = {sympy.And: "and", sympy.Or: "or", sympy.Xor: "xor", sympy.Not: "not"}
        for kind, word in kinds.items():
            if isinstance(node, kind):
                arguments = sorted(node.args, key=sympy.default_sort_key)
                return Condition(word, tuple(self.tree(argument) for argument in arguments))
        return Condition("true" if node == sympy.true else "false")

    def _comparison(self, node: Relational) -> Condition:
        strict = isinstance(node, sympy.Gt | sympy.Lt)
        high, low = node.gts, node.lts
        if (low, high, not strict) in self._indices:
            opposite = Condition("is", index=self._indices[low, high, not strict])
            return Condition("not", (opposite,))
        key = high, low, strict
        if key not in self._indices:
            self._indices[key] = len(self.members)
            self.members.append(Surface(high, low, strict))
        return Condition("is", index=self._indices[key])


def refuse_events(model: Model, what: str) -> None:
    """Refuse a model with events where they cannot be followed.

    Raises
    ------
    InputError
        If the model has any.
    """
    if model.events:
        raise InputError(
            f"model {model.name!r} has events ({_names(model)}), which {what} cannot follow"
        )


def _names(model: Model, most: int = 3) -> str:
    names = [event.name for event in model.events]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
