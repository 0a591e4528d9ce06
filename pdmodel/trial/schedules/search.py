"""A search: the grid of schedules, the patients, and the outcomes that are compared."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from pdmodel.arrays import Flags
from pdmodel.dosing import Regimen
from pdmodel.errors import InputError, require_known
from pdmodel.markup import card, paragraph, table
from pdmodel.text import counted
from pdmodel.trial.population.population import Population
from pdmodel.trial.protocol.protocol import Cycle, Protocol
from pdmodel.trial.protocol.rules import Escalate
from pdmodel.trial.trial import Trial


@dataclass(frozen=True)
class PatientType:
    """Patients of whom a column of the outcomes lies within limits.

    Parameters
    ----------
    name
        In words, for tables.
    column, low, high
        low <= column < high.
    """

    name: str
    column: str
    low: float = -math.inf
    high: float = math.inf

    def members(self, outcomes: pd.DataFrame) -> Flags:
        """Return which patients are of the type, shape (n_patients,).

        Raises
        ------
        UnknownNameError
            If the outcomes have no such column.
        """
        require_known(f"column of patient type {self.name!r}:", outcomes.columns, self.column)
        values = outcomes[self.column].to_numpy(float)
        inside: Flags = (values >= self.low) & (values < self.high)
        return inside


@dataclass(frozen=True)
class Schedule:
    """One schedule of dosing in a search.

    Parameters
    ----------
    dose, cycle
        The dose it comes to, and its days.
    ramp
        Days between steps on the way there; 0 for the whole dose at once.
    steroid
        Name of the regimen that is given alongside.
    protocol
        The protocol of the schedule; folders of before know it by its title.
    """

    dose: float
    cycle: Cycle
    ramp: float
    steroid: str
    protocol: Protocol

    @property
    def label(self) -> str:
        """The name of the schedule in tables and pictures."""
        return self.protocol.title.replace(str(self.cycle), self.cycle.words, 1)


@dataclass(frozen=True, repr=False)
class Search:
    """Schedules over a grid, published for the command line.

    Parameters
    ----------
    name, title
        Name of the search, and the question in words.
    trial
        Population, outcomes, and the rules that all schedules share.
    doses, cycles, ramps, steroids
        The grid; ramps in days between steps (0: none), and by name what else is given.
    step
        Dose of each step of a ramp, and its first dose; it must be given where there are ramps.
    benefit, harm
        Outcomes that are yes or no; their rates are weighed against each other. Both must be given.
    also
        Other such outcomes whose rates the table has as well.
    words
        What outcomes are called in tables and pictures.
    limit
        Largest rate of harm of a schedule that may be called best.
    types
        Types of patients for whom the best schedule is chosen as well.
    """

    name: str
    title: str
    trial: Trial
    doses: Sequence[float]
    cycles: Sequence[Cycle]
    ramps: Sequence[float] = (0.0,)
    steroids: Mapping[str, Regimen] = field(default_factory=lambda: {"": Regimen()})
    step: float = 0.0
    benefit: str = ""
    harm: str = ""
    also: Sequence[str] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    limit: float = 0.5
    types: Sequence[PatientType] = ()

    def __post_init__(self) -> None:
        """Refuse a grid without schedules, and numbers that cannot be."""
        for name in ("doses", "cycles", "ramps", "steroids"):
            if not getattr(self, name):
                raise InputError(f"search {self.name!r}: {name} is empty")
        if self.trial.arms:
            raise InputError(
                f"search {self.name!r}: trial {self.trial.name!r} has arms, and a schedule is one "
                "protocol for all patients: give it a trial without arms"
            )
        if not all(math.isfinite(dose) and dose > 0 for dose in self.doses):
            raise InputError(f"search {self.name!r}: doses must be > 0")
        if not all(ramp >= 0 for ramp in self.ramps):
            raise InputError(f"search {self.name!r}: ramps must be >= 0")
        self._check_words()
        self._check_ramps()

    def __repr__(self) -> str:
        """Name the search and its trial, and count its schedules."""
        schedules = counted(len(self.schedules()), "schedule")
        return f"<Search {self.name}: {schedules} of trial {self.trial.name}>"

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the question, and the grid of schedules."""
        said = self.words
        rows = [
            ("doses", ", ".join(f"{dose:g} {self.trial.protocol.unit}" for dose in self.doses)),
            ("days", ", ".join(cycle.words for cycle in self.cycles)),
            ("days between steps", ", ".join(f"{ramp:g}" for ramp in self.ramps)),
            ("given alongside", ", ".join(name or "nothing" for name in self.steroids)),
            ("benefit", said.get(self.benefit, self.benefit)),
            ("harm", f"{said.get(self.harm, self.harm)}, at most {self.limit:.0%}"),
        ]
        return card(
            f"Search {self.name}", f"trial {self.trial.name}", paragraph(self.title),
            table(("", f"{counted(len(self.schedules()), 'schedule')} of"), rows),
        )  # fmt: skip

    def _check_words(self) -> None:
        """Refuse a search that does not say what is weighed against what."""
        for name, example in (("benefit", "remission"), ("harm", "infection")):
            if not getattr(self, name):
                raise InputError(
                    f"search {self.name!r}: say which outcome is the {name}, a column that is yes "
                    f"or no, e.g. {name}='{example}'"
                )

    def _check_ramps(self) -> None:
        """Refuse ramps without a step, or without a rule that says when the dose may be raised."""
        if not any(self.ramps):
            return
        if not self.step > 0:
            raise InputError(
                f"search {self.name!r}: ramps need the dose of a step, > 0, e.g. step=5"
            )
        if not any(isinstance(rule, Escalate) for rule in self.trial.protocol.rules):
            raise InputError(
                f"search {self.name!r}: ramps need a rule Escalate in protocol "
                f"{self.trial.protocol.name!r}, which says when the dose may be raised"
            )

    def say(self, outcome: str) -> str:
        """Return what an outcome is called."""
        return self.words.get(outcome, outcome.replace("_", " "))

    def with_population(self, population: Population) -> Search:
        """Return the search in other patients."""
        return replace(self, trial=self.trial.with_(population=population))

    def schedules(self) -> list[Schedule]:
        """Return all schedules of the grid; a dose of one step needs no ramp."""
        return list(self._grid())

    def _grid(self) -> Iterator[Schedule]:
        for steroid, alongside in self.steroids.items():
            for cycle in self.cycles:
                for ramp in self.ramps:
                    for dose in self.doses:
                        if ramp == 0 or dose > self.step:
                            yield self._schedule(dose, cycle, ramp, steroid, alongside)

    def _schedule(
        self, dose: float, cycle: Cycle, ramp: float, steroid: str, alongside: Regimen
    ) -> Schedule:
        base = self.trial.protocol
        # The rule of the ramp comes last, as in the protocols: a held dose is not raised again.
        rules = [rule for rule in base.rules if not isinstance(rule, Escalate)]
        title = f"{dose:g} {base.unit} {cycle}"
        if ramp:
            own = next(rule for rule in base.rules if isinstance(rule, Escalate))
            rules.append(replace(own, step=self.step, every=ramp, most=dose))
            title += f" from {self.step:g} in {ramp:g} d"
        title += f", {steroid}" if steroid else ""
        protocol = base.with_(
            name="schedule", title=title, start=self.step if ramp else dose, cycle=cycle,
            rules=tuple(rules), alongside=alongside,
        )  # fmt: skip
        return Schedule(dose, cycle, ramp, steroid, protocol)
