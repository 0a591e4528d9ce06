"""The design of a virtual trial: population, protocol, outcomes and endpoints."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import pandas as pd
import xarray as xr

from pdmodel.arguments import names_of, shown
from pdmodel.errors import InputError, unknown
from pdmodel.imports import Declared
from pdmodel.trial.population.free_number import FreeNumber
from pdmodel.trial.population.population import Population
from pdmodel.trial.protocol.endpoints import Endpoints
from pdmodel.trial.protocol.protocol import Protocol

RECORDED = ("day", "dose", "held", "left", "level", "visit")
"""What every trial records of each patient besides the quantities of its design."""

Outcomes = Callable[[xr.Dataset], pd.DataFrame]


@dataclass(frozen=True)
class TrialDesign(Declared):
    """A virtual trial without its verbs: population, protocol, outcomes and endpoints.

    Parameters
    ----------
    name, title
        Name of the trial, and the question in words.
    protocol, population
        The protocol, and the population that is treated.
    outcomes
        Function of the records of a block: one row per patient, of numbers and yes or no only.
    patterns
        Table of what was reported of trials: a path from the file that declares the trial or from
        the working folder, or a published one; rows with the name of this trial are judged. Empty
        where nothing was reported.
    quantities, peaks
        What `outcomes` needs: of the model daily, and the largest of each day.
    model
        The model: its name, `module:object` or `file.py:object`. It must be given.
    margins
        For a calibration: by outcome that is yes or no the column that says by how much, > 0 for
        yes, on the log scale; `-column` for the opposite.
    free
        What a calibration of this trial may move.
    times
        Endpoints that are times: by name the outcomes that hold the day, and whether it happened
        on it or the patient was last seen then.
    endpoints
        What the outcomes mean, for figures and pages; no part of what makes two trials the same.
    """

    name: str
    title: str
    protocol: Protocol
    population: Population
    outcomes: Outcomes
    patterns: str
    quantities: Sequence[str]
    peaks: Sequence[str] = ()
    model: str = ""
    margins: Mapping[str, str] = field(default_factory=dict)
    free: Sequence[FreeNumber] = ()
    times: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    endpoints: Endpoints = field(default_factory=Endpoints)

    def __post_init__(self) -> None:
        """Refuse fields of a wrong kind, and quantities named like what a trial records.

        Raises
        ------
        InputError
            Names the trial and what is wrong.
        """
        super().__post_init__()
        who = f"trial {self.name!r}"
        kinds = {"protocol": Protocol, "population": Population, "endpoints": Endpoints}
        for name, kind in kinds.items():
            if not isinstance(getattr(self, name), kind):
                raise InputError(f"{who}: {shown(getattr(self, name))} is no {name}")
        if self.model is None or (isinstance(self.model, str) and not self.model.strip()):
            raise InputError(f"{who}: name its model, e.g. model='my_models.py:my_model'")
        if not callable(self.outcomes):
            raise InputError(f"{who}: outcomes must be a function of the records")
        for name in ("quantities", "peaks"):
            object.__setattr__(self, name, names_of(getattr(self, name), "quantities"))
        kept = {*self.quantities, *self.peaks}
        own = {*RECORDED, *(f"{name}_peak" for name in self.peaks)}
        for name in sorted(kept & own):
            raise InputError(f"{who}: quantity {name!r} meets what a trial records under this name")
        change = self.endpoints.change
        if change is not None and change.quantity not in self.quantities:
            what = f"quantity of the change of {change.subject} in {who}:"
            raise unknown(what, change.quantity, self.quantities)

    def with_(self, **changes: Any) -> Self:
        """Return the trial with some fields changed; the names in it stand for what they did."""
        changed = replace(self, **changes)
        changed._at_place_of(self)
        return changed
