"""Algebraic rules: which quantity each of them determines, and what it is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from pdmodel.errors import InputError
from pdmodel.interchange.sbml_reading.determination import Determined, set_by_events
from pdmodel.interchange.sbml_reading.elements import SbmlContents
from pdmodel.interchange.sbml_reading.library import SbmlRefusal
from pdmodel.model.algebra import solve_algebra


def solve_rules(contents: SbmlContents, kinds: dict[str, Determined]) -> None:
    """Turn algebraic rules into formulas of what they determine; changes what it is given.

    Raises
    ------
    SbmlRefusal
        If a rule determines nothing that is free, or cannot be solved in symbols.
    """
    if not contents.algebraic:
        return
    chosen = _determined(contents, kinds)
    symbols = [contents.symbols[name] for name in chosen]
    equations = {
        f"algebraic rule {place}": rule for place, rule in enumerate(contents.algebraic, start=1)
    }
    near = {
        contents.symbols[name]: one.value
        for name, one in contents.quantities.items()
        if math.isfinite(one.value)
    }
    try:
        solved = solve_algebra(equations, symbols, near)
    except InputError as error:
        raise SbmlRefusal("algebraic rule", str(error)) from error
    for name in chosen:
        contents.assigned[name] = solved[contents.symbols[name]]
        kinds[name] = "assigned"


def _determined(contents: SbmlContents, kinds: Mapping[str, Determined]) -> list[str]:
    """Return a quantity for each rule, none twice: what nothing else changes first."""
    by_event = set_by_events(contents)
    ids = {contents.symbols[name]: name for name in contents.quantities}

    def last_resort(name: str) -> tuple[bool, bool, str]:
        return name in by_event, contents.quantities[name].kind == "compartment", name

    free = [
        sorted(
            (
                ids[symbol]
                for symbol in rule.free_symbols & ids.keys()
                if kinds[ids[symbol]] == "fixed" and not contents.quantities[ids[symbol]].constant
            ),
            key=last_resort,
        )
        for rule in contents.algebraic
    ]
    chosen = _matched(free, [])
    if chosen is None:
        raise SbmlRefusal("algebraic rule", "an algebraic rule determines nothing that is free")
    return chosen


def _matched(free: Sequence[Sequence[str]], taken: list[str]) -> list[str] | None:
    if not free:
        return taken
    for name in free[0]:
        if name not in taken:
            rest = _matched(free[1:], [*taken, name])
            if rest is not None:
                return rest
    return None
