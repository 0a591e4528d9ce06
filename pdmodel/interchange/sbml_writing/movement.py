"""What moves states: named processes as reactions, grouped by mechanism, and rate rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import sympy

from pdmodel.interchange.antimony import Reaction, reactions
from pdmodel.interchange.sbml_writing.annotation import SBO, write_notes
from pdmodel.interchange.sbml_writing.places import Places, StatePlace
from pdmodel.interchange.sbml_writing.sheet import SbmlSheet

_MINUS = Fraction(-1)


def write_movement(sheet: SbmlSheet, places: Places) -> None:
    """Write reactions, groups and rate rules, infusions among them."""
    infusions = sheet.plan.infusions
    for state, rate in infusions.items():
        unit = sheet.unit(state) * sheet.unit(sheet.model.vocabulary.time) ** _MINUS
        text = f"{sheet.model.vocabulary[state].unit}/{sheet.model.vocabulary.time_unit}"
        sheet.parameter(rate, 0.0, unit, text=text, constant=False,
                         name=f"rate of infusion into {state.name}")  # fmt: skip
    delivery = [
        Reaction(f"delivery__{state}", (), (state,), rate, "") for state, rate in infusions.items()
    ]
    members: dict[str, list[str]] = {}
    for reaction in (*reactions(sheet.model), *delivery):
        for part in _parts(reaction, sheet, places):
            members.setdefault(reaction.mechanism, []).append(_write_reaction(part, sheet, places))
    _write_groups(members, sheet)
    for state, place in places.of.items():
        if place is None:
            rule = sheet.sbml.createRateRule()
            rule.setVariable(sheet.identifier(state))
            total = sheet.model.odes[state] + infusions.get(state, 0)
            unit = sheet.unit(state) * sheet.unit(sheet.model.vocabulary.time) ** _MINUS
            rule.setMath(sheet.mathematics.write(total, unit))


def _parts(reaction: Reaction, sheet: SbmlSheet, places: Places) -> Iterator[Reaction]:
    """Yield the arrows between states that are counted alike; rate rules move the others."""
    alike: dict[Any, tuple[list[sympy.Symbol], list[sympy.Symbol]]] = {}
    for side, states in enumerate((reaction.losing, reaction.gaining)):
        for state in states:
            place = places.of[state]
            if place is not None:
                alike.setdefault(place, ([], []))[side].append(state)
    for losing, gaining in alike.values():
        first = (*losing, *gaining)[0]
        name = reaction.name if len(alike) == 1 else f"{reaction.name}__{first}"
        if name in sheet.names:
            name = f"{reaction.name}__{first}"
        yield reaction._replace(
            name=sheet.names.take(name), losing=tuple(losing), gaining=tuple(gaining)
        )


def _write_reaction(reaction: Reaction, sheet: SbmlSheet, places: Places) -> str:
    element = sheet.sbml.createReaction()
    element.setId(reaction.name), element.setReversible(False)
    kind = "reaction" if reaction.losing and reaction.gaining else (
        "loss" if reaction.losing else "gain"
    )  # fmt: skip
    element.setSBOTerm(SBO[kind])
    for states, create in (
        (reaction.losing, element.createReactant), (reaction.gaining, element.createProduct)
    ):  # fmt: skip
        for state in states:
            reference = create()
            reference.setSpecies(sheet.identifier(state))
            reference.setStoichiometry(1.0), reference.setConstant(True)
    moved = {*reaction.losing, *reaction.gaining}
    for symbol in sorted(_species_in(reaction.rate, places) - moved, key=str):
        element.createModifier().setSpecies(sheet.identifier(symbol))
    place = places.of[next(iter(moved))]
    assert place is not None
    law = element.createKineticLaw()
    law.setSBOTerm(SBO["rate"])
    unit = places.extent * sheet.unit(sheet.model.vocabulary.time) ** _MINUS
    law.setMath(sheet.mathematics.write(_extent(reaction.rate, place, places), unit))
    return str(reaction.name)


def _extent(rate: sympy.Expr, place: StatePlace, places: Places) -> sympy.Expr:
    """Return the rate as the extent of a reaction: of an amount, in the unit of the extent."""
    factor = places.factor(place.substance)
    volume = places.compartment(place) if place.volume else sympy.S.One
    return sympy.Mul(rate, volume, sympy.S.One if factor is None else 1 / factor)


def _species_in(rate: sympy.Expr, places: Places) -> set[sympy.Symbol]:
    return {s for s in rate.free_symbols if places.of.get(s) is not None}


def _write_groups(members: Mapping[str, Sequence[str]], sheet: SbmlSheet) -> None:
    """Write each mechanism as a group of its reactions, with its claim."""
    plugin = sheet.sbml.getPlugin("groups")
    for mechanism in sheet.model.mechanisms:
        group = plugin.createGroup()
        group.setId(sheet.names.take(f"mechanism_{mechanism.name}"))
        group.setName(mechanism.name)
        group.setKind("collection")
        refuted, source = mechanism.refuted_by, mechanism.source
        lines = [f"slot: {mechanism.slot}", f"claim: {mechanism.claim}"]
        lines += [refuted and f"refuted by: {refuted}", source and f"source: {source}"]
        write_notes(group, lines)
        for reaction in members.get(mechanism.name, ()):
            group.createMember().setIdRef(reaction)
        for symbol in mechanism.defines:
            if symbol in sheet.model.definitions:
                group.createMember().setIdRef(sheet.identifier(symbol))
