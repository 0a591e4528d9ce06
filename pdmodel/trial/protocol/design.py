"""The design of a virtual trial: population, protocol, outcomes and endpoints."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import pandas as pd
import xarray as xr

from pdmodel.arguments import by_name, names_of, shown
from pdmodel.errors import InputError, unknown
from pdmodel.imports import Declared
from pdmodel.markup import card, folded, paragraph, preformatted, table
from pdmodel.model import Model
from pdmodel.text import counted
from pdmodel.trial.patterns.pattern import Pattern, find_patterns
from pdmodel.trial.population.free_number import FreeNumber, put_numbers
from pdmodel.trial.population.population import Drawn, Population
from pdmodel.trial.protocol.arm import TrialArm, allotted, check_arms
from pdmodel.trial.protocol.endpoints import Endpoints
from pdmodel.trial.protocol.protocol import Protocol

RECORDED = ("day", "day_off", "dose", "held", "left", "level", "visit")
"""What every trial records of each patient besides the quantities of its design."""

Outcomes = Callable[[xr.Dataset], pd.DataFrame]


@dataclass(frozen=True, repr=False)
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
        What `outcomes` needs: of the model daily, and the largest of each day. The largest is that
        of four rows a day, or of many more, around the doses, where it is the drug itself or
        computed of it: a response that comes and goes within hours may be higher between two rows.
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
    arms
        Patients who are treated otherwise or are others, as `TrialArm`; protocol and population of
        the trial are then those of the arms that have none of their own.
    reported_as
        Name under which `patterns` has what was reported, if it is not that of the trial.
    reading
        How a report without a grade is read: by outcome the one that stands for it in the patterns
        whose grade is `unreported`.
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
    arms: Sequence[TrialArm] = field(default=(), metadata={"identity": "unless empty"})
    reported_as: str = field(default="", metadata={"identity": "unless empty"})
    reading: Mapping[str, str] = field(default_factory=dict, metadata={"identity": "unless empty"})

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
        self._check_words(who)
        check_arms(self.arms, self.protocol, self.population, who)
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

    def _check_words(self, who: str) -> None:
        """Refuse margins, times, a reading and free numbers that cannot be what they stand for."""
        for name in ("margins", "times", "reading"):
            given = by_name(getattr(self, name), f"outcome in {name} of {who}")
            object.__setattr__(self, name, given)
        for outcome, column in self.margins.items():
            if not isinstance(column, str) or not column.removeprefix("-").strip():
                said = f"is the name of a column, or '-column', got {shown(column)}"
                raise InputError(f"{who}: the margin of {outcome!r} {said}")
            if column.removeprefix("-") == outcome:
                said = "which is yes or no: a margin says by how much"
                raise InputError(f"{who}: the margin of {outcome!r} is {outcome!r} itself, {said}")
        for name, pair in self.times.items():
            if not _are_words(pair, 2):
                said = "two outcomes, ('day', 'happened')"
                raise InputError(f"{who}: time {name!r} needs {said}, got {shown(pair)}")
        if not _are_words(tuple(self.reading.values()), len(self.reading)):
            raise InputError(f"{who}: reading names outcomes by text, got {shown(self.reading)}")
        wrong = [one for one in self.free if not isinstance(one, FreeNumber)]
        if wrong:
            raise InputError(f"{who}: {shown(wrong[0])} in free is no free number")

    def __repr__(self) -> str:
        """Name the trial and its model; what is done to whom, `describe` says."""
        arms = f", {counted(len(self.arms), 'arm')}" if self.arms else ""
        return f"<{type(self).__name__} {self.name}: {self._of_model}{arms}>"

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the question, the treatment, who is treated."""
        moved = [(number.name, f"{number.low:g} to {number.high:g}") for number in self.free]
        people = dict.fromkeys(population.meaning for population in self.populations)
        return card(
            f"Trial {self.name}", self._of_model, paragraph(self.title),
            preformatted(self.describe(), largest=9_000),
            paragraph("Patients: ", *people),
            folded("What a calibration may move", table(("number", "bounds"), moved)),
        )  # fmt: skip

    @property
    def _of_model(self) -> str:
        return f"model {self.model if isinstance(self.model, str) else self.model.name}"

    def with_(self, **changes: Any) -> Self:
        """Return the trial with some fields changed; the names in it stand for what they did."""
        changed = replace(self, **changes)
        changed._at_place_of(self)
        return changed

    @property
    def protocols(self) -> tuple[Protocol, ...]:
        """The protocol of each arm; that of the trial where it has no arms."""
        return tuple(arm.protocol or self.protocol for arm in self.arms) or (self.protocol,)

    @property
    def populations(self) -> tuple[Population, ...]:
        """The population of each arm; that of the trial where it has no arms."""
        return tuple(arm.population or self.population for arm in self.arms) or (self.population,)

    def describe(self) -> str:
        """Return what is done to the patients, in words, by arm where there are several."""
        if not self.arms:
            return self.protocol.describe()
        return "\n".join(
            f"{arm.name} ({arm.patients} of the trial): {protocol.describe()}"
            for arm, protocol in zip(self.arms, self.protocols, strict=True)
        )

    def reported(self) -> list[Pattern]:
        """Return the reported patterns, read as the trial says where they have no grade.

        Raises
        ------
        InputError
            If the table cannot be used.
        """
        rows = find_patterns(self.patterns, self.reported_as or self.name, near=self)
        return [pattern.read_as(self.reading) for pattern in rows]

    def with_numbers(self, numbers: Mapping[FreeNumber, float]) -> Self:
        """Return the trial with free numbers moved in its population and in those of its arms.

        Parameters
        ----------
        numbers
            By free number its value.
        """
        return self.in_patients(lambda population: put_numbers(population, numbers))

    def in_patients(self, change: Callable[[Population], Population]) -> Self:
        """Return the trial with its population, and those of its arms, changed alike.

        Parameters
        ----------
        change
            Gives for a population the one in its place.
        """
        changed = replace(self, population=change(self.population))
        if self.arms:
            arms = [
                arm if arm.population is None else replace(arm, population=change(arm.population))
                for arm in self.arms
            ]
            changed = replace(changed, arms=tuple(arms))
        changed._at_place_of(self)
        return changed

    def draw_patients(
        self,
        model: Model,
        patients: int,
        seed: int,
        populations: Sequence[Population] = (),
    ) -> Drawn:
        """Draw the patients of all arms; who is in which is a covariate of the name of the arm.

        Parameters
        ----------
        model, patients, seed
            As of `Population.draw`.
        populations
            Others, one an arm, than those of the trial.
        """
        chosen = tuple(populations) or self.populations
        if not self.arms:
            return chosen[0].draw(model, patients, seed)
        which = allotted(self.arms, patients, seed)
        drawn = [population.draw(model, patients, seed) for population in chosen]
        tables = [
            pd.concat(
                [getattr(each, name)[which == n] for n, each in enumerate(drawn)]
            ).sort_index()
            for name in ("patients", "covariates")
        ]
        # What only another arm says of its patients is the model's own in these.
        whole = tables[0].fillna({name: model.defaults[name] for name in tables[0]})
        arms = {arm.name: (which == n).astype(float) for n, arm in enumerate(self.arms)}
        rejected = drawn[0].rejected if len({*map(id, chosen)}) == 1 else _counted(drawn)
        return Drawn(whole, tables[1].assign(**arms), rejected)


def _are_words(given: object, count: int) -> bool:
    return (
        isinstance(given, tuple | list)
        and len(given) == count
        and all(isinstance(word, str) and word.strip() for word in given)
    )


def _counted(drawn: Sequence[Drawn]) -> dict[str, int]:
    """Return how many were rejected in the draws of all arms together."""
    names = sorted({name for each in drawn for name in each.rejected})
    return {name: sum(each.rejected.get(name, 0) for each in drawn) for name in names}
