"""Mechanism: one claim about one slot, as named processes and auxiliary quantities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import sympy

from pdmodel.errors import shortened
from pdmodel.markup import card_of
from pdmodel.model.expressions.refusals import written

Processes = Mapping[str, Mapping[sympy.Symbol, sympy.Expr]]


@dataclass(frozen=True, eq=False, repr=False)
class Mechanism:
    """What one biological claim adds to the equations.

    Parameters
    ----------
    name
        Named for the claim, e.g. `il6_from_stroma`.
    slot
        The role it fills; a model holds one mechanism a slot.
    claim, refuted_by
        One sentence each: what it says, and which observation would speak against it.
    processes
        `{process: {state: signed rate}}`; rates of one state are summed over all processes.
    defines
        `{auxiliary: expression}` that others may use by symbol.
    doses
        `{drug: state}`: where a dose of the drug goes.
    values
        Starting values that differ from the vocabulary's under this claim.
    source
        Keys of the references, with semicolons between them.
    dose_parameters
        Parameters that doses follow although no equation holds them, such as a lag time; see
        `CompartmentRules`.

    Examples
    --------
    >>> from pdmodel.model import ASSUMED, Vocabulary
    >>> q = Vocabulary()
    >>> k = q.parameter(
    ...     "k", unit="1/day", value=0.5, bounds=(0.1, 1), meaning="loss", source=ASSUMED
    ... )
    >>> drug = q.state("drug", unit="mg", initial=0, meaning="drug in the body")
    >>> slot = q.slot("exposure", meaning="what becomes of a dose", states=(drug,))
    >>> linear = Mechanism(
    ...     "linear_elimination",
    ...     slot=slot,
    ...     claim="the drug is lost in proportion to what is there",
    ...     refuted_by="a half-life that grows with the dose",
    ...     processes={"elimination": {drug: -k * drug}},
    ...     doses={"drug": drug},
    ... )
    >>> list(linear.processes)
    ['elimination']
    """

    name: str
    slot: str
    claim: str
    refuted_by: str = ""
    processes: Processes = field(default_factory=dict)
    defines: Mapping[sympy.Symbol, sympy.Expr] = field(default_factory=dict)
    doses: Mapping[str, sympy.Symbol] = field(default_factory=dict)
    values: Mapping[sympy.Symbol, float] = field(default_factory=dict)
    source: str = "ASSUMED"
    dose_parameters: tuple[sympy.Symbol, ...] = field(
        default=(), metadata={"identity": "unless empty"}
    )

    def __post_init__(self) -> None:
        """Freeze the mappings and make every rate a SymPy expression."""
        processes = {
            process: MappingProxyType(
                {
                    state: written(rate, f"{self.name}, process {process!r} of {state}")
                    for state, rate in rates.items()
                }
            )
            for process, rates in self.processes.items()
        }
        defines = {
            symbol: written(expression, f"{self.name}, {symbol}")
            for symbol, expression in self.defines.items()
        }
        object.__setattr__(self, "processes", MappingProxyType(processes))
        object.__setattr__(self, "defines", MappingProxyType(defines))
        object.__setattr__(self, "doses", MappingProxyType(dict(self.doses)))
        object.__setattr__(self, "values", MappingProxyType(dict(self.values)))
        object.__setattr__(self, "dose_parameters", tuple(self.dose_parameters))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle as plain dictionaries."""
        processes = {process: dict(rates) for process, rates in self.processes.items()}
        return type(self), (
            self.name, self.slot, self.claim, self.refuted_by, processes, dict(self.defines),
            dict(self.doses), dict(self.values), self.source, self.dose_parameters,
        )  # fmt: skip

    def __repr__(self) -> str:
        """Name and slot, on one line."""
        return f"<Mechanism {self.name} in slot {self.slot}: {shortened(self.claim)}>"

    def _repr_html_(self) -> str:
        """Return what a notebook shows: claim, signed processes and what it defines."""
        return card_of(self)

    @property
    def states(self) -> tuple[sympy.Symbol, ...]:
        """States its processes move, in order of first mention."""
        return tuple(dict.fromkeys(state for rates in self.processes.values() for state in rates))
