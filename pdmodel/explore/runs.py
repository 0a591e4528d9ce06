"""The runs behind an answer: what is prepared once, and what each question integrates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pdmodel import catalogue
from pdmodel.arrays import Array, Integers
from pdmodel.dosing import Regimen
from pdmodel.dosing.action import Action, snap
from pdmodel.engine import Prepared
from pdmodel.engine.schedule.edges import RunSchedule
from pdmodel.errors import PdmodelError
from pdmodel.inference import FitProblem, Question
from pdmodel.inference.problem.groups import ObservedGroup
from pdmodel.model import Model


class UnrolledRegimen:
    """A regimen whose doses are listed once a length of run, not once for whoever asks.

    Parameters
    ----------
    regimen
        What is given.
    """

    def __init__(self, regimen: Regimen) -> None:
        self.regimen = regimen
        self._actions: dict[float, list[Action]] = {}
        self._moments: dict[float, tuple[tuple[float, str, str, str], ...]] = {}
        self._prescribed: dict[float, dict[str, float]] = {}

    def __str__(self) -> str:
        """In the words of the regimen."""
        return str(self.regimen)

    def actions(self, days: float) -> list[Action]:
        """Return what happens before a day; of a shorter run, what the longest one begins with."""
        longest = max(list(self._actions), default=0.0)  # other threads may add to it
        if days > longest:
            self._actions[days] = self.regimen.actions(days)
        elif days not in self._actions:
            end = snap(days)
            self._actions[days] = [a for a in self._actions[longest] if a.time < end]
        return self._actions[days]

    def moments(self, days: float) -> tuple[tuple[float, str, str, str], ...]:
        """Return when what is given where: a drag of an amount leaves this as it is."""
        if days not in self._moments:
            self._moments[days] = tuple(
                (each.time, each.kind, each.target, each.unit) for each in self.actions(days)
            )
        return self._moments[days]

    def prescribed(self, days: float) -> dict[str, float]:
        """Return the total amount of each drug that arrives before a day."""
        if days not in self._prescribed:
            self._prescribed[days] = self.regimen.prescribed(days)
        return self._prescribed[days]


def problem_of(question: Question, model: Model, **changes: Any) -> FitProblem:
    """Return what a question asks of a model, of whose parameters a rival may lack some.

    Parameters
    ----------
    question, model
        What is asked, of which model.
    **changes
        As `Question.problem` takes them.

    Raises
    ------
    PdmodelError
        If it cannot be asked of that model.
    """
    known = {quantity.name for quantity in model.parameters}
    for setting in ("differ", "free"):
        names = getattr(question, setting)
        if setting not in changes and names is not None and not known.issuperset(names):
            changes[setting] = [name for name in names if name in known]
    patients = catalogue.patients(near=question)
    if any(not known.issuperset(patient.values) for patient in patients.values()):
        changes["groups"] = {
            name: {key: value for key, value in patient.values.items() if key in known}
            for name, patient in patients.items()
        }
    return question.problem(model, **changes)


@dataclass(frozen=True)
class AskedProblem:
    """A problem, and what its groups have before the page changes anything.

    Parameters
    ----------
    problem
        Measures the targets.
    values
        Parameters by group.
    """

    problem: FitProblem
    values: Mapping[str, Mapping[str, float]]

    @classmethod
    def of(cls, problem: FitProblem) -> AskedProblem:
        """Read the values once: lmfit takes its time to tell them."""
        held = problem.params.valuesdict()
        return cls(problem, {name: problem.group_values(name, held) for name in problem.groups})

    @property
    def groups(self) -> Mapping[str, ObservedGroup]:
        """The groups that targets look at."""
        return self.problem.groups


@dataclass(frozen=True)
class PreparedGroup:
    """Whatever has the same schedule, days and rows: a group of the targets, or a patient.

    Parameters
    ----------
    run
        What integrates it.
    own
        Values that the group has whatever is asked, such as the size of its node.
    watched
        Places of the rows that the targets look at, shape (n_rows,), and the rows.
    rows, edges
        Those days, and the days on which something is given.
    """

    run: Prepared
    own: Mapping[str, float]
    watched: Integers
    rows: Array
    edges: Array

    def at_amounts(self, schedule: RunSchedule) -> PreparedGroup:
        """Return the group that is given other amounts at the same moments."""
        return replace(self, run=self.run.at_amounts(schedule))


@dataclass(frozen=True)
class Run:
    """One integration, or why there is none.

    Parameters
    ----------
    group
        What was integrated.
    patient
        Its parameters.
    values
        Shape (n_times, n_quantities); empty where it failed.
    failure
        In words.
    """

    group: PreparedGroup
    patient: Mapping[str, float]
    values: Array
    failure: str = ""

    @classmethod
    def of(cls, group: PreparedGroup, patient: Mapping[str, float]) -> Run:
        """Integrate."""
        try:
            return cls(group, patient, group.run.run(patient))
        except PdmodelError as error:
            return cls(group, patient, np.zeros((0, 0)), str(error))

    def column(self, name: str) -> Array:
        """Return one quantity over all rows, shape (n_times,)."""
        return self.values[:, self.group.run.quantities.index(name)]
