"""What a file of SBML says, element by element, free of libSBML and of the levels of SBML."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import sympy


@dataclass(frozen=True)
class SbmlQuantity:
    """A compartment, a species, a parameter or a stoichiometry: what an id can stand for.

    Parameters
    ----------
    id, title
        The id, and the name or else the id.
    kind
        `compartment`, `species`, `parameter` or `stoichiometry`.
    value
        The number that the file gives, as the id is meant in formulas; NaN where it gives none.
    assumed
        Whether the file gives none and `value` is what other programs take then.
    constant
        Whether nothing may change it during a run.
    unit
        In words that pdmodel knows; `1` where the file says nothing that it knows.
    """

    id: str
    title: str
    kind: str
    value: float
    constant: bool
    unit: str
    assumed: bool = False

    @property
    def by_volume(self) -> bool:
        """Whether `value` is not yet what the id means: an amount by volume, or the other way."""
        return False


@dataclass(frozen=True)
class SbmlSpecies(SbmlQuantity):
    """A species.

    Parameters
    ----------
    compartment
        Its id; empty where the compartment has no volume, so that only amounts make sense.
    is_amount
        Whether the id means an amount in formulas, not a concentration.
    given
        `amount` or `concentration`: what `value` is.
    boundary
        Whether reactions leave it as it is.
    conversion
        The id of its conversion factor, or nothing.
    identifiers
        What it is in databases.
    """

    compartment: str = ""
    is_amount: bool = True
    given: str = "amount"
    boundary: bool = False
    conversion: str = ""
    identifiers: tuple[str, ...] = ()

    @property
    def by_volume(self) -> bool:
        """Whether `value` is an amount and the id means a concentration, or the other way."""
        return bool(self.compartment) and self.is_amount != (self.given == "amount")


@dataclass(frozen=True)
class SpeciesShare:
    """One species in one reaction: positive where it is produced."""

    species: str
    stoichiometry: sympy.Expr


@dataclass(frozen=True)
class LocalParameter:
    """A parameter of one reaction only, under a symbol of its own."""

    symbol: sympy.Symbol
    title: str
    value: float
    unit: str


@dataclass(frozen=True)
class SbmlReaction:
    """A reaction: its rate, None where the file gives none, and what it consumes and produces."""

    id: str
    title: str
    says: str
    rate: sympy.Expr | None
    shares: tuple[SpeciesShare, ...]
    local: tuple[LocalParameter, ...]


@dataclass(frozen=True)
class SbmlEvent:
    """An event; `assign` holds pairs of an id and its new value, in the order of the file."""

    id: str
    when: Any
    initially: bool
    persistent: bool
    delay: sympy.Expr | None
    priority: sympy.Expr | None
    values_at: str
    assign: tuple[tuple[str, sympy.Expr], ...]


@dataclass
class SbmlContents:
    """All that a file says.

    Parameters
    ----------
    name, says, refuted_by
        Name and notes of the model, and what would refute it, where a file of ours says that.
    time_unit
        As the file declares it; empty where it does not.
    references
        Publications and databases that the annotations of the model name, by a short key.
    quantities, reactions, events
        By id, in the order of the file.
    symbols
        What each id stands for in formulas.
    clock
        The time in the file's unit.
    assigned, rates, initial
        Formulas of assignment rules, rate rules and initial assignments, by the id they set.
    algebraic
        What is 0, in the order of the file.
    named
        Piecewise parts of formulas that have symbols of their own.
    extent_conversion
        Id of the conversion factor of all species that have none of their own; empty for none.
    held
        On what the start of what is followed by its rate alone depends, so that it must stay.
    """

    name: str
    says: str
    time_unit: str
    references: dict[str, str]
    clock: sympy.Symbol
    quantities: dict[str, SbmlQuantity] = field(default_factory=dict)
    symbols: dict[str, sympy.Symbol] = field(default_factory=dict)
    reactions: dict[str, SbmlReaction] = field(default_factory=dict)
    events: list[SbmlEvent] = field(default_factory=list)
    assigned: dict[str, sympy.Expr] = field(default_factory=dict)
    rates: dict[str, sympy.Expr] = field(default_factory=dict)
    initial: dict[str, sympy.Expr] = field(default_factory=dict)
    algebraic: list[sympy.Expr] = field(default_factory=list)
    named: dict[sympy.Symbol, sympy.Expr] = field(default_factory=dict)
    extent_conversion: str = ""
    refuted_by: str = ""
    held: frozenset[sympy.Symbol] = frozenset()

    def species(self) -> list[SbmlSpecies]:
        """Return the species in the order of the file."""
        return [q for q in self.quantities.values() if isinstance(q, SbmlSpecies)]
