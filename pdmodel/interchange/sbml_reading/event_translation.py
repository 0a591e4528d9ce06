"""Events of a file as events of a model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import sympy

from pdmodel.interchange.sbml_reading.balances import Balances
from pdmodel.interchange.sbml_reading.file_contents.elements import (
    SbmlContents,
    SbmlEvent,
    SbmlSpecies,
)
from pdmodel.interchange.sbml_reading.file_contents.library import SbmlError
from pdmodel.model import Event

Write = Callable[[Any], Any]


def translate_events(
    contents: SbmlContents, made: Balances, write: Write, per_day: sympy.Expr
) -> Iterator[Event]:
    """Yield the events of a file, in its order.

    Parameters
    ----------
    contents, made
        What the file says, and its equations.
    write
        Puts the time of the model into an expression.
    per_day
        Units of time of the file in a day.

    Raises
    ------
    SbmlError
        If an event sets what a rule determines, or what is not declared.
    """
    for event in contents.events:
        assign = dict(_assignments(contents, made, event))
        yield Event(
            event.id, write(event.when), {target: write(value) for target, value in assign.items()},
            delay=0 if event.delay is None else write(event.delay) / per_day,
            priority=None if event.priority is None else write(event.priority),
            persistent=event.persistent, initially=event.initially, values_at=event.values_at,
        )  # fmt: skip


def _assignments(
    contents: SbmlContents, made: Balances, event: SbmlEvent
) -> Iterator[tuple[sympy.Symbol, sympy.Expr]]:
    given = dict(event.assign)
    for name, value in event.assign:
        _check_target(contents, made, event, name)
        if name in made.amounts:
            # A concentration is one in the volume before the event.
            yield made.amounts[name], value * contents.symbols[_home(contents, name)]
        else:
            yield contents.symbols[name], value * _diluted(contents, given, name)
    for species in contents.species():
        if species.id not in given and made.kinds[species.id] == "rate":
            # What a rule moves as a concentration keeps its amount when the volume jumps.
            factor = _diluted(contents, given, species.id)
            if factor != 1:
                yield contents.symbols[species.id], contents.symbols[species.id] * factor


def _diluted(contents: SbmlContents, given: Mapping[str, sympy.Expr], name: str) -> sympy.Expr:
    """Return the volume before an event by that after it, where a concentration follows it."""
    quantity = contents.quantities[name]
    moves = (
        isinstance(quantity, SbmlSpecies)
        and not quantity.is_amount
        and quantity.compartment in given
    )
    if not moves:
        return sympy.Integer(1)
    home = _home(contents, name)
    return contents.symbols[home] / given[home]


def _check_target(contents: SbmlContents, made: Balances, event: SbmlEvent, name: str) -> None:
    if name not in contents.quantities:
        raise SbmlError(f"event {event.id!r} sets {name!r}, which is not declared")
    if made.kinds[name] == "assigned":
        raise SbmlError(f"event {event.id!r} sets {name!r}, which a rule determines")


def _home(contents: SbmlContents, name: str) -> str:
    quantity = contents.quantities[name]
    assert isinstance(quantity, SbmlSpecies)
    return quantity.compartment
