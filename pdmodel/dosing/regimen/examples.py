"""Regimens to show where one could not be read: with the drugs and units of a known model."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pdmodel.model import Model

EXAMPLES = (
    "10 mg daily",
    "80 mg once",
    "25 mg days 1-21 of 28",
    "loading 160 mg then 40 mg every 14 days",
    "no drug",
)
_WRITTEN = re.compile(r"[^\s\d-]\S*")


def examples_of(model: Model | None) -> tuple[str, ...]:
    """Return a few regimens that can be read.

    Parameters
    ----------
    model
        Its drugs are named, in the units of the states into which they go; None for regimens of
        no model in particular.
    """
    if model is None:
        return EXAMPLES
    doses = list(model.doses.items())
    if not doses:
        return ("no drug",)
    shown = []
    for index, example in enumerate(EXAMPLES[:-1]):
        drug, state = doses[index % len(doses)]
        unit = _unit(model.vocabulary[state].unit)
        shown.append(re.sub(r" mg\b", f" {unit} {drug}", example))
    return (*shown, "no drug")


def _unit(unit: str) -> str:
    """Return a unit as a regimen writes it: without the number that `1e9 cells` begins with."""
    word = unit.split()[-1] if unit.split() else unit
    return word if _WRITTEN.fullmatch(word) else "mg"
