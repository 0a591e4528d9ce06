"""One view in, one answer out: curves, targets and fluxes of the same integrations.

Nothing is kept of who asked; what is kept is prepared work, so that the next question about the
same mechanisms and schedule only integrates.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from pdmodel.arrays import Array
from pdmodel.dosing import read_regimen
from pdmodel.engine import prepare
from pdmodel.engine.keeping import Shelf
from pdmodel.engine.schedule.build import make_schedule
from pdmodel.engine.schedule.edges import RunSchedule
from pdmodel.errors import InputError
from pdmodel.explore.answers import drawn_patient, given_doses, judged, mean_processes
from pdmodel.explore.margins import target_margins
from pdmodel.explore.runs import (
    AskedProblem,
    PreparedGroup,
    Run,
    UnrolledRegimen,
    problem_of,
)
from pdmodel.explore.trials import run_trial
from pdmodel.explore.view import ShownPatient, View
from pdmodel.inference import Measurements, Question
from pdmodel.model import Model

RTOL = 1e-5
"""Of the runs behind a page: below the width of a line, and a third faster than 1e-6."""
_MOST_KEPT = 40


class Laboratory:
    """What answers the page of one model.

    Parameters
    ----------
    model
        The model; a view may swap its mechanisms for their rivals.
    question
        Whose targets are held against the curves; None for a model without.
    measured
        Values that the page lays over the curves.
    """

    def __init__(
        self,
        model: Model,
        question: Question | None = None,
        measured: Measurements | None = None,
    ) -> None:
        self.model, self.question, self.measured = model, question, measured
        self._days = 0.0 if question is None else problem_of(question, model).days
        self._models = Shelf[Model](_MOST_KEPT)
        self._problems = Shelf[AskedProblem](_MOST_KEPT)
        self._rows = Shelf[Array](_MOST_KEPT)
        self._groups = Shelf[PreparedGroup](8 * _MOST_KEPT)
        self._regimens = Shelf[UnrolledRegimen](_MOST_KEPT)
        self._schedules = Shelf[RunSchedule](_MOST_KEPT)
        self._given = Shelf[PreparedGroup](8 * _MOST_KEPT)

    def swapped(self, view: View) -> Model:
        """Return the model that a view describes."""
        swaps = {s: name for s, name in sorted(view.swaps.items()) if name not in self._held}

        def make() -> Model:
            model = self.model
            for name in swaps.values():
                model = model.swap(name)
            return model

        return self._models.take(tuple(swaps.items()), make)

    @property
    def _held(self) -> set[str]:
        return {mechanism.name for mechanism in self.model.mechanisms}

    def answer(self, view: View) -> dict[str, Any]:
        """Return what the page shows.

        Parameters
        ----------
        view
            What it asks.

        Returns
        -------
        dict
            Plain data without NaN: `regimen`; `patients` with `curves`, or a `failure` in words;
            `targets` by id with `value` and `met`; `flux`; `doses`; `milliseconds`.

        Raises
        ------
        PdmodelError
            If the view cannot be asked of this model: an unknown state, a schedule that cannot be
            read. A patient who cannot be simulated is no error: the answer says why. Nor is a
            quantity that a rival does not have: it has no curve.
        """
        began = time.perf_counter()
        model = self.swapped(view)
        regimen = self._regimen(model, view.schedule)
        problem = self._problem(model, regimen)
        question = _Asked(model, problem, view, regimen, _wanted(model, problem, view))
        runs = self._runs(question)
        simulated = time.perf_counter()
        shown = {patient.name: runs[_key(patient)] for patient in view.patients}
        answer = {
            "regimen": str(regimen),
            "patients": [drawn_patient(name, run, view) for name, run in shown.items()],
            "targets": [] if problem is None else judged(problem, runs),
            "flux": mean_processes(model, shown[view.flux_patient], view),
            "doses": given_doses(regimen, view.days),
        }
        rest = time.perf_counter() - simulated
        took = {"runs": round(1e3 * (simulated - began), 1), "rest": round(1e3 * rest, 1)}
        return answer | {"milliseconds": took}

    def margins(self, view: View, target: str) -> list[dict[str, Any]]:
        """Return which numbers would bring a target into its range, steepest first.

        Raises
        ------
        PdmodelError
            If there is no such target, or the view cannot be simulated.
        """
        if self.question is None:
            raise InputError("this model has no targets")
        model = self.swapped(view)
        regimen = read_regimen(view.schedule, model=model)
        return target_margins(model, self.question, regimen, view, target)

    def trial(
        self, view: View, name: str, patients: int, progress: Callable[[int, int, str], None]
    ) -> dict[str, Any]:
        """Return a virtual trial of the view, as `run_trial` runs it.

        Raises
        ------
        PdmodelError
            If the trial cannot be run with this model.
        """
        return run_trial(self.swapped(view), self.question, view, name, patients, progress)

    def _regimen(self, model: Model, words: str) -> UnrolledRegimen:
        """Return a schedule; while numbers are dragged it is read and unrolled once."""
        return self._regimens.take(
            (_identity(model), words), lambda: UnrolledRegimen(read_regimen(words, model=model))
        )

    def _problem(self, model: Model, regimen: UnrolledRegimen) -> AskedProblem | None:
        """Return the problem whose groups are given something at the same times.

        Amounts move no row that a target looks at, so that a drag of the dose makes no new problem.
        """
        question = self.question
        if question is None:
            return None
        return self._problems.take(
            (_identity(model), regimen.moments(self._days)),
            lambda: AskedProblem.of(problem_of(question, model, regimen=regimen)),
        )

    def _runs(self, asked: _Asked) -> dict[str, Run]:
        """Integrate every group that targets look at and every patient that is drawn, once each."""
        patients = {_key(patient): patient for patient in asked.view.patients}
        groups = () if asked.problem is None else asked.problem.groups
        runs = {}
        for key in dict.fromkeys([*patients, *groups]):
            group = self._group(asked, key, drawn=key in patients)
            runs[key] = Run.of(group, _values(asked, key, patients.get(key)) | dict(group.own))
        return runs

    def _group(self, asked: _Asked, key: str, *, drawn: bool) -> PreparedGroup:
        """Return a prepared group; patients without targets of their own share one.

        It is prepared once for what is given at the same moments; other amounts are put into it.
        """
        view, regimen = asked.view, asked.regimen
        observed = None if asked.problem is None else asked.problem.groups.get(key)
        rows = np.zeros(0) if observed is None else observed.rows
        days = max(view.days if drawn else 0.0, rows[-1] if rows.size else 0.0)
        schedule = self._schedule(asked, days)
        name = "" if observed is None else key
        moments = regimen.moments(days)
        kept = (_identity(asked.model), name, moments, days, view.days, asked.names, drawn)

        def make() -> PreparedGroup:
            times = np.union1d(rows, self._default(asked) if drawn else np.zeros(0))
            run = prepare(
                asked.model, regimen, days=days, times=times, quantities=asked.names, rtol=RTOL
            )
            places = np.searchsorted(times, rows)
            if observed is None:
                return PreparedGroup(run, {}, places, rows, np.zeros(0))
            return PreparedGroup(run, observed.values, places, rows, observed.edges)

        group = self._groups.take(kept, make)
        return self._given.take((*kept, str(regimen)), lambda: group.at_amounts(schedule))

    def _schedule(self, asked: _Asked, days: float) -> RunSchedule:
        """Return what is given until a day, as the engine takes it; one for all groups."""
        return self._schedules.take(
            (_identity(asked.model), str(asked.regimen), days),
            lambda: make_schedule(asked.model, asked.regimen, days),
        )

    def _default(self, asked: _Asked) -> Array:
        """Return the rows that a run of this length has when no times are asked for."""
        days = asked.view.days
        return self._rows.take(
            (_identity(asked.model), asked.regimen.moments(days), days),
            lambda: prepare(asked.model, asked.regimen, days=days).times,
        )


class _Asked(NamedTuple):
    """What a view asks, read: the model, its targets, what is given, and what is simulated."""

    model: Model
    problem: AskedProblem | None
    view: View
    regimen: UnrolledRegimen
    names: tuple[str, ...]


def _identity(model: Model) -> tuple[Any, ...]:
    """Return all that prepared work depends on: the code, and the values it begins with."""
    return (model.layout, *model.defaults.values())


def _key(patient: ShownPatient) -> str:
    """Return the group whose values a patient sets, or a name that no group has."""
    return patient.group or f"patient {patient.name}"


def _wanted(model: Model, problem: AskedProblem | None, view: View) -> tuple[str, ...]:
    """Return all quantities of all runs: what is drawn, what targets look at, and every state."""
    allowed = [symbol.name for symbol in (*model.states, *model.definitions)]
    drawn = [name for name in view.quantities if name in allowed]
    observed = [] if problem is None else [t.observable for t in problem.problem.targets]
    states = [symbol.name for symbol in model.states]
    return tuple(dict.fromkeys([*drawn, *observed, *states]))


def _values(asked: _Asked, key: str, patient: ShownPatient | None) -> dict[str, float]:
    """Return the parameters of a group: those of its problem, of the page, then of its patient."""
    parameters = {q.name for q in asked.model.parameters}
    of_problem = {} if asked.problem is None else asked.problem.values.get(key, {})
    own = {} if patient is None else patient.values
    values = {**of_problem, **asked.view.values, **own}
    return {name: value for name, value in values.items() if name in parameters}
