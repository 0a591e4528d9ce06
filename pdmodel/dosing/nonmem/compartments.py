"""What NONMEM models by compartment: lag time, bioavailability, duration and rate."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields

from pdmodel.arguments import as_number
from pdmodel.errors import InputError, RegimenError, require_known, unknown

ByCompartment = Mapping[str, float | str]
FOLLOWS = "parameter:"
"""What stands before the name of a parameter of the model."""
_PLACEHOLDERS = {"lag": 0.0, "bioavailability": 1.0, "duration": 1.0, "rate": 1.0}


@dataclass(frozen=True)
class CompartmentRules:
    """ALAG, F, D and R of each compartment.

    Each is a mapping from the compartment, as it stands in CMT (`"2"` or `"gut"`; `""` where CMT is
    missing), to a number or to the name of a column of the table. The value of the dose's own row
    counts (or the last one before it), for its additional doses too. Or it follows a parameter of
    the model, `"parameter:tlag"`, in that parameter's unit: then it can be fitted. A parameter that
    no equation holds is one of the model if a mechanism names it in `dose_parameters`.

    Parameters
    ----------
    lag
        Time from record to arrival, in the table's unit of time.
    bioavailability
        The part of the dose that arrives.
    duration
        Of infusions with RATE = -2, in the table's unit of time.
    rate
        Of infusions with RATE = -1, amount per the table's unit of time.

    Examples
    --------
    >>> rules = CompartmentRules(lag={"1": 0.5}, bioavailability={"1": "BIOAV"})
    >>> rules.value("bioavailability", "1", {"BIOAV": 0.8})
    0.8
    >>> CompartmentRules(lag={"depot": "parameter:tlag"}).parameter("lag", "depot")
    'tlag'
    """

    lag: ByCompartment = field(default_factory=dict)
    bioavailability: ByCompartment = field(default_factory=dict)
    duration: ByCompartment = field(default_factory=dict)
    rate: ByCompartment = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse numbers that are none; compartments given as numbers become text."""
        for kind, compartment, value in self._each():
            if isinstance(value, str):
                continue
            number = as_number(value)
            if number is None or not (math.isfinite(number) and number >= 0):
                raise InputError(
                    f"{kind} of compartment {compartment!r}: {value!r} is neither a number >= 0 "
                    "nor the name of a column, nor 'parameter:NAME'"
                )
        for item in fields(self):
            values = getattr(self, item.name)
            object.__setattr__(self, item.name, {str(key): value for key, value in values.items()})

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that are named."""
        named = (value for *_, value in self._each() if isinstance(value, str))
        return tuple(value for value in named if not _is_followed(value))

    def check(self, columns: Collection[str], compartments: Collection[str]) -> None:
        """Refuse columns and compartments that a table does not have.

        Raises
        ------
        UnknownNameError
            With the nearest match.
        """
        for kind, compartment, value in self._each():
            if isinstance(value, str) and not _is_followed(value) and value not in columns:
                raise unknown(
                    f"column for the {kind} of compartment {compartment}:", value, columns
                )
            if compartment and set(compartments) == {""}:
                raise InputError(
                    f"{kind} of compartment {compartment!r}: the table has no CMT, so that its "
                    f"doses go into one compartment without a name; write {kind}={{'': ...}}"
                )
            require_known(f"compartment with a {kind}:", compartments, compartment)

    def value(self, kind: str, compartment: str, row: Mapping[str, float | str]) -> float | None:
        """Return the value for one dose; None if there is no rule for its compartment.

        Where it follows a parameter, a number stands for it until the parameter is known.

        Raises
        ------
        RegimenError
            If the row and all rows before it lack a number there.
        """
        rule = getattr(self, kind).get(compartment)
        if _is_followed(rule):
            return _PLACEHOLDERS[kind]
        if not isinstance(rule, str):
            return rule if rule is None else float(rule)
        value = row[rule]
        if not isinstance(value, float) or math.isnan(value):
            raise RegimenError(f"column {rule!r} holds no {kind} for this dose")
        return value

    def parameter(self, kind: str, compartment: str) -> str:
        """Return the parameter of the model that a number follows; empty if it follows none."""
        rule = getattr(self, kind).get(compartment)
        return rule.removeprefix(FOLLOWS) if _is_followed(rule) else ""

    def _each(self) -> Iterator[tuple[str, str, float | str]]:
        for item in fields(self):
            for compartment, value in getattr(self, item.name).items():
                yield item.name, str(compartment), value


def _is_followed(rule: object) -> bool:
    return isinstance(rule, str) and rule.startswith(FOLLOWS)
