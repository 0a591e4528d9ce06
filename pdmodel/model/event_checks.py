"""Faults of the events of a model: names, targets, expressions, units."""

from __future__ import annotations

from collections.abc import Iterator

import sympy

from pdmodel.errors import nearest
from pdmodel.model.equations import Equations
from pdmodel.model.event import Event
from pdmodel.model.expressions.dimensions import unit_faults
from pdmodel.model.expressions.refusals import expression_faults, strange_symbols
from pdmodel.units import ONE, Unit

_CONSTANT = ("parameter", "constant")


def event_faults(model: Equations) -> Iterator[str]:
    """Yield one line for every fault of an event that is not one of units."""
    names = [event.name for event in model.events]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"two events are called {name!r}"
    for event in model.events:
        strange = list(_strange(model, event))
        yield from strange or (*_targets(model, event), *_symbols(model, event))
        yield from _nodes(model, event)


def _strange(model: Equations, event: Event) -> Iterator[str]:
    declared = [quantity.symbol for quantity in model.vocabulary]
    for fault in strange_symbols(sympy.Tuple(*event.free_symbols), declared):
        yield f"event {event.name!r}: {fault}"


def _targets(model: Equations, event: Event) -> Iterator[str]:
    settable = [q.name for q in model.vocabulary if q.kind in ("state", *_CONSTANT)]
    for symbol in event.assign:
        if symbol not in model.vocabulary:
            near = nearest(str(symbol), settable)
            yield f"event {event.name!r} sets {symbol}, which is not declared{near}"
            continue
        kind = model.vocabulary[symbol].kind
        if kind == "state" and symbol not in model.states:
            yield f"event {event.name!r} sets {symbol}, a state that no process governs"
        elif kind not in ("state", *_CONSTANT):
            yield (
                f"event {event.name!r} sets {symbol}, which is of the kind {kind}: only states, "
                "parameters and constants can be set"
            )


def _symbols(model: Equations, event: Event) -> Iterator[str]:
    """Look for symbols that stand for nothing."""
    defined = set(model.raw_definitions) | set(model.states)
    for where, expression, _ in event.expressions():
        for symbol in sorted(expression.free_symbols, key=str):
            if symbol not in model.vocabulary:
                near = nearest(str(symbol), [q.name for q in model.vocabulary])
                yield f"{where}: symbol {symbol} is not declared{near}"
                continue
            quantity = model.vocabulary[symbol]
            needed = quantity.initial if quantity.kind == "baseline" else symbol
            fixed = (*_CONSTANT, "time")
            if quantity.kind not in fixed and needed not in defined:
                yield f"{where}: {symbol} is used but no mechanism of the model provides {needed}"


def _nodes(model: Equations, event: Event) -> Iterator[str]:
    """Look for what cannot be compiled; only a condition must not jump on its own."""
    names = {symbol.name for symbol in (*model.states, *model.raw_definitions)}
    for where, expression, target in event.expressions():
        watched = target is None and where.endswith(", when")
        moving = set(model.states) if watched else set()
        for fault in expression_faults(expression, names, moving, moving):
            yield f"{where}: {fault}"


def event_unit_faults(
    model: Equations, units: dict[sympy.Symbol, Unit], time: Unit
) -> Iterator[str]:
    """Yield one line for every expression of an event whose unit is another than it should be."""
    for event in model.events:
        for where, expression, target in event.expressions():
            if not expression.free_symbols <= units.keys():
                continue
            wanted = time if where.endswith(", delay") else ONE
            if target is not None:
                wanted = units.get(target, ONE)
            yield from unit_faults(where, expression, wanted, units.__getitem__)
