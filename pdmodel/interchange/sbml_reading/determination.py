"""How each quantity of a file is determined: by a rule, by reactions, or by its value alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import sympy

from pdmodel.interchange.sbml_reading.file_contents.elements import SbmlContents, SbmlSpecies
from pdmodel.interchange.sbml_reading.file_contents.library import SbmlError

Determined = Literal["assigned", "rate", "reacted", "fixed"]


def set_aside_infinities(contents: SbmlContents) -> None:
    """Make what is infinite or no number, and no formula uses, a value and no equation."""
    formulas: list[sympy.Basic] = [
        *contents.assigned.values(), *contents.rates.values(), *contents.initial.values(),
        *contents.named.values(), *contents.algebraic,
    ]  # fmt: skip
    for reaction in contents.reactions.values():
        formulas += [share.stoichiometry for share in reaction.shares]
        formulas += [] if reaction.rate is None else [reaction.rate]
    for event in contents.events:
        formulas += [event.when, *(value for _, value in event.assign)]
        formulas += [value for value in (event.delay, event.priority) if value is not None]
    used = {symbol for formula in formulas for symbol in formula.free_symbols}
    for listed in (contents.assigned, contents.initial):
        for name, value in [*listed.items()]:
            bare = value in (sympy.oo, -sympy.oo, sympy.nan)
            if bare and contents.symbols[name] not in used and name not in contents.rates:
                contents.quantities[name] = replace(contents.quantities[name], value=float(value))
                del listed[name]


def determine(contents: SbmlContents) -> dict[str, Determined]:
    """Return how each quantity is determined, by id.

    Returns
    -------
    dict
        `assigned` by a rule at every moment; `rate` by a rule for its rate; `reacted` for a
        species that reactions move; `fixed` for what keeps its value between events.

    Raises
    ------
    SbmlError
        If a reaction changes a species that is said to be constant, or a rule sets what is not
        declared.
    """
    touched = {
        share.species for reaction in contents.reactions.values() for share in reaction.shares
    }
    kinds: dict[str, Determined] = {}
    for name, quantity in contents.quantities.items():
        if name in contents.assigned:
            kinds[name] = "assigned"
        elif name in contents.rates:
            kinds[name] = "rate"
        else:
            moved = isinstance(quantity, SbmlSpecies) and name in touched and not quantity.boundary
            if moved and quantity.constant:
                raise SbmlError(f"species {name!r} is constant, but a reaction changes it")
            kinds[name] = "reacted" if moved else "fixed"
    _check_rules(contents, kinds)
    return kinds


def _check_rules(contents: SbmlContents, kinds: Mapping[str, Determined]) -> None:
    for name in (*contents.assigned, *contents.rates, *contents.initial):
        if name not in kinds:
            raise SbmlError(f"a rule or initial assignment sets {name!r}, which is not declared")


def set_by_events(contents: SbmlContents) -> set[str]:
    """Return the ids that events assign."""
    return {name for event in contents.events for name, _ in event.assign}


def with_moving_volume(
    contents: SbmlContents, kinds: Mapping[str, Determined]
) -> dict[str, SbmlSpecies]:
    """Return the species that are meant as concentrations in a volume that changes, by id."""
    by_event = set_by_events(contents)
    return {
        species.id: species
        for species in contents.species()
        if not species.is_amount
        and (kinds.get(species.compartment, "fixed") != "fixed" or species.compartment in by_event)
    }
