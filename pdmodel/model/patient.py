"""Patient: a named set of parameter values with a source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from pdmodel.markup import card_of


@dataclass(frozen=True, eq=False)
class Patient:
    """Values that differ from a model's defaults.

    Parameters
    ----------
    name, meaning
        What the patient is called and stands for.
    values
        Parameter name to value, in the parameter's unit.
    status, source
        Where the values come from.

    Examples
    --------
    >>> Patient("inflamed", "high tone before treatment", {"tone": 2}).values["tone"]
    2
    """

    name: str
    meaning: str = ""
    values: Mapping[str, float] = field(default_factory=dict)
    status: str = "assumed"
    source: str = "ASSUMED"

    def __post_init__(self) -> None:
        """Freeze the values."""
        object.__setattr__(self, "values", MappingProxyType(dict(self.values)))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle as a plain dictionary."""
        return type(self), (self.name, self.meaning, dict(self.values), self.status, self.source)

    def _repr_html_(self) -> str:
        """Return what a notebook shows: what it stands for, and its values."""
        return card_of(self)
