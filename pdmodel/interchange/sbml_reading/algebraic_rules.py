"""Algebraic rules: which quantity each of them determines, and what it is."""

from __future__ import annotations

import math

from pdmodel.errors import InputError
from pdmodel.interchange.sbml_reading.determination import Determined, set_by_events
from pdmodel.interchange.sbml_reading.file_contents.elements import SbmlContents
from pdmodel.interchange.sbml_reading.file_contents.library import SbmlRefusal
from pdmodel.interchange.sbml_reading.implicit_rules import differentiate_rules
from pdmodel.model.algebra import match_unknowns, solve_algebra


def solve_rules(contents: SbmlContents, kinds: dict[str, Determined]) -> None:
    """Turn algebraic rules into formulas or rates of what they determine; changes what it is given.

    Raises
    ------
    SbmlRefusal
        If a rule determines nothing that is free, or can be neither solved nor followed.
    """
    if not contents.algebraic:
        return
    equations = {
        f"algebraic rule {number}": rule for number, rule in enumerate(contents.algebraic, start=1)
    }
    near = {
        contents.symbols[name]: quantity.value
        for name, quantity in contents.quantities.items()
        if math.isfinite(quantity.value)
    }
    free = _free(contents, kinds)
    try:
        match_unknowns(equations, [contents.symbols[name] for name in free])
    except InputError as error:
        raise SbmlRefusal("algebraic rule", str(error)) from error
    try:
        solved = solve_algebra(equations, [contents.symbols[name] for name in free], near)
    except InputError:
        differentiate_rules(contents, kinds, equations, free)
        return
    for name in free:
        if contents.symbols[name] in solved:
            contents.assigned[name] = solved[contents.symbols[name]]
            kinds[name] = "assigned"


def _free(contents: SbmlContents, kinds: dict[str, Determined]) -> list[str]:
    """Return what rules may determine: what nothing else changes first, compartments last."""
    by_event = set_by_events(contents)

    def last_resort(name: str) -> tuple[bool, bool]:
        return name in by_event, contents.quantities[name].kind == "compartment"

    loose = [
        name
        for name, quantity in contents.quantities.items()
        if kinds[name] == "fixed" and not quantity.constant
    ]
    return sorted(loose, key=last_resort)
