"""The design of a virtual trial: who is treated, how, and which outcomes are read from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import pandas as pd
import xarray as xr

from pdmodel.arguments import names_of, shown
from pdmodel.errors import InputError
from pdmodel.trial.population.free_number import Free
from pdmodel.trial.population.population import Population
from pdmodel.trial.protocol.protocol import Protocol

RECORDED = ("day", "dose", "held", "left", "level", "visit")
"""What every trial records of each patient besides the quantities of its design."""

Outcomes = Callable[[xr.Dataset], pd.DataFrame]


@dataclass(frozen=True)
class TrialDesign:
    """What a virtual trial is: patients, what is done to them, and what counts as an outcome.

    Parameters
    ----------
    name, title
        What it is called, and what it asks.
    protocol, population
        What is done, and to whom.
    outcomes
        Turns the records of a block into a row a patient: numbers and yes or no only.
    patterns
        Table of what was reported of trials, published or a path; rows with the name of this trial
        are judged. Empty where nothing was reported.
    quantities, peaks
        What `outcomes` needs: of the model daily, and the largest of each day.
    model
        Name of the model.
    margins
        For a calibration: by outcome that is yes or no the column that says by how much, > 0 for
        yes, on the log scale; `-column` for the opposite.
    free
        What a calibration of this trial may move.
    times
        Endpoints that are times: by name the outcomes that hold the day, and whether it happened
        on it or the patient was last seen then.
    """

    name: str
    title: str
    protocol: Protocol
    population: Population
    outcomes: Outcomes
    patterns: str
    quantities: Sequence[str]
    peaks: Sequence[str] = ()
    model: str = "reference"
    margins: Mapping[str, str] = field(default_factory=dict)
    free: Sequence[Free] = ()
    times: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what is no trial, and quantities named like a column that every trial records.

        Raises
        ------
        InputError
            Names the trial and what is wrong.
        """
        who = f"trial {self.name!r}"
        for name, kind in (("protocol", Protocol), ("population", Population)):
            if not isinstance(getattr(self, name), kind):
                raise InputError(f"{who}: {shown(getattr(self, name))} is no {name}")
        if not callable(self.outcomes):
            raise InputError(f"{who}: outcomes must be a function of the records")
        for name in ("quantities", "peaks"):
            object.__setattr__(self, name, names_of(getattr(self, name), "quantities"))
        kept = {*self.quantities, *self.peaks}
        own = {*RECORDED, *(f"{name}_peak" for name in self.peaks)}
        for name in sorted(kept & own):
            raise InputError(f"{who}: quantity {name!r} meets what a trial records under this name")

    def with_(self, **changes: Any) -> Self:
        """Return the trial with some fields changed."""
        return replace(self, **changes)
