"""Many subjects, each under what was given to them and at the times when they were measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from pdmodel.arguments import names_of
from pdmodel.arrays import Array, Flags, Integers
from pdmodel.dosing import Timetable, read_regimen, weight_of
from pdmodel.engine.compiled_model.event_slope_code import event_slopes_of
from pdmodel.engine.compiled_model.machine import Machine, machine_of
from pdmodel.engine.compiled_model.sensitivity_code import read_columns, sensitivity_of
from pdmodel.engine.prepared import has_jumps, require_slopes
from pdmodel.engine.runs.many_patients import check_threads
from pdmodel.engine.runs.many_subjects import ManySubjects
from pdmodel.engine.runs.many_with_events import EventSubjects
from pdmodel.engine.runs.outcome import Tolerances
from pdmodel.engine.runs.request import RTOL_OF_MANY, Atol, Output, Solver
from pdmodel.engine.runs.subject_timelines import SubjectTimelines
from pdmodel.engine.schedule.build import make_schedule
from pdmodel.engine.schedule.changes import edges_behind
from pdmodel.engine.schedule.edges import RunSchedule, snap
from pdmodel.engine.schedule.moving import MovingSchedule, moving_schedule
from pdmodel.engine.symbolic.event_conditions import refuse_events
from pdmodel.engine.symbolic.values import Values, resolve_values
from pdmodel.errors import InputError, PdmodelError
from pdmodel.model import Model

# Days of a run whose only rows are at its beginning: some length it must have.
_SHORTEST = 1e-6


class Course(NamedTuple):
    """One subject: what is given, and when something is looked at.

    Parameters
    ----------
    timetable
        A regimen, its words, or event records.
    times
        Days, ascending; a time may stand there more than once. Shape (n_times,).
    after
        Whether each row is taken after what happens at its time, shape (n_times,).
    """

    timetable: str | Timetable
    times: Array
    after: Flags


class SubjectRuns(NamedTuple):
    """What runs of many subjects gave, subject by subject.

    Parameters
    ----------
    values
        Shapes (n_times_i, n_quantities); NaN for a subject that failed.
    slopes
        d quantity / d parameter, shapes (n_times_i, n_quantities, n_names); None if not asked for.
    failures
        Why a subject failed, by its position.
    all_values, all_slopes
        The same of all subjects, one below the other: (n_rows, n_quantities), and (n_rows,
        n_quantities, n_names); `PreparedSubjects.ends` says which rows are whose.
    """

    values: list[Array]
    slopes: list[Array] | None
    failures: dict[int, PdmodelError]
    all_values: Array
    all_slopes: Array | None


def prepare_subjects(
    model: Model,
    courses: Sequence[Course],
    *,
    quantities: Sequence[str] | None = None,
    rtol: float = RTOL_OF_MANY,
    atol: Atol = None,
    max_steps: int = 10_000_000,
    max_seconds: float = 120.0,
    threads: int | None = None,
    followed_slopes: bool = False,
) -> PreparedSubjects:
    """Prepare many subjects, each with a schedule and times of their own, for any parameters.

    Parameters
    ----------
    model
        The equations of all of them.
    courses
        One a subject; a run of theirs ends at their last time.
    quantities, rtol, atol
        As in `prepare`.
    max_steps, max_seconds
        Budgets of one subject.
    threads
        How many; all processors by default. The result is the same, bit for bit, for any number.
    followed_slopes
        Whether a search follows the slopes of these values: then rows within a step are the
        method's own, whose derivative is at hand, and not refined as those of `prepare` are.

    Returns
    -------
    PreparedSubjects
        `run` and `run_sensitivities` take parameters, a row a subject.

    Raises
    ------
    InputError, RegimenError
        If something is not allowed; says of which subject.
    """
    if not courses:
        raise InputError("there is no subject to prepare")
    names = Output(1.0, None, quantities).request(model).names
    tolerances = Solver(rtol, atol, max_steps, max_seconds).tolerances(model)
    tolerances = replace(tolerances, refined=0 if followed_slopes else 1)
    rows = [_rows_of(course, number) for number, course in enumerate(courses)]
    schedules = [
        _schedule_of(model, course, rows[number], number) for number, course in enumerate(courses)
    ]
    return PreparedSubjects(model, schedules, rows, names, tolerances, check_threads(threads))


class PreparedSubjects:
    """A compiled model with a schedule and times a subject; made by `prepare_subjects`.

    Parameters
    ----------
    model, schedules, rows, quantities, tolerances, threads
        What is run, for whom, and how exactly.

    Attributes
    ----------
    names
        Parameters, in the order of their columns.
    quantities
        Names of what `run` returns.
    schedules
        What happens when, a subject each; of doses that follow parameters, at their defaults.
    """

    def __init__(
        self,
        model: Model,
        schedules: Sequence[RunSchedule | MovingSchedule],
        rows: Sequence[tuple[Array, Flags]],
        quantities: tuple[str, ...],
        tolerances: Tolerances,
        threads: int,
    ) -> None:
        self.model, self.quantities, self.threads = model, quantities, threads
        self._given, self.rows, self.tolerances = tuple(schedules), tuple(rows), tolerances
        defaults = np.array(list(model.defaults.values()))
        self.schedules = tuple(
            schedule.at(defaults) if isinstance(schedule, MovingSchedule) else schedule
            for schedule in schedules
        )
        self.names = tuple(parameter.name for parameter in model.parameters)
        self.machine: Machine = machine_of(model)
        orders = [_order(*row) for row in rows]
        self._ends = np.cumsum([0, *(order.size for order in orders)])
        # Where each row stands among the rows of the run, which are sorted.
        firsts = np.repeat(self._ends[:-1], np.diff(self._ends))
        self._places: Integers = firsts + np.concatenate([np.argsort(order) for order in orders])
        self._sorted = bool((np.diff(self._places) > 0).all())
        sorted_rows = [
            (snap(times)[order], after[order].astype(np.int64))
            for (times, after), order in zip(rows, orders, strict=True)
        ]
        moving = {n: s for n, s in enumerate(schedules) if isinstance(s, MovingSchedule)}
        self._codes: dict[tuple[str, ...], Any] = {}
        self._runs: ManySubjects | EventSubjects
        if model.events:
            _refuse_what_events_cannot(model, schedules)
            how = self.machine, self.schedules, sorted_rows, quantities, tolerances
            self._runs = EventSubjects(*how)
        else:
            timelines = SubjectTimelines(self.machine, self.schedules, sorted_rows, moving)
            self._runs = ManySubjects(self.machine, timelines, quantities, tolerances)

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel as equations; the machine code is made anew, or found on disk."""
        how = self.quantities, self.tolerances, self.threads
        return type(self), (self.model, self._given, self.rows, *how)

    def repeated(self, times: int) -> PreparedSubjects:
        """Return the same subjects so many times over, for as many points in one call."""
        how = self.quantities, self.tolerances, self.threads
        return PreparedSubjects(self.model, self._given * times, self.rows * times, *how)

    @property
    def differentiable(self) -> bool:
        """Whether there are sensitivities: no whole part of time (floor, Mod) jumps in a rate."""
        return not has_jumps(self.model)

    @property
    def followed(self) -> tuple[str, ...]:
        """Parameters that doses follow, such as a lag: they move when a drug arrives, or how."""
        moving = (each for each in self._given if isinstance(each, MovingSchedule))
        return tuple(dict.fromkeys(name for schedule in moving for name in schedule.follows))

    def edges_behind(self, parameters: Array) -> Integers:
        """Return how many edges lie behind each row: where doses follow parameters that changes.

        Parameters
        ----------
        parameters
            Shape (n_subjects, n_parameters). A subject whose parameters no dose can have keeps the
            edges that were asked for before.

        Returns
        -------
        ndarray, shape (n_rows,)
            Of all subjects, one below the other.
        """
        schedules: Sequence[RunSchedule] = self.schedules
        if isinstance(self._runs, ManySubjects):
            schedules = self._runs.schedules_at(parameters)
        behind = [
            edges_behind(schedule, snap(times), after.astype(np.int64))
            for schedule, (times, after) in zip(schedules, self.rows, strict=True)
        ]
        return np.concatenate(behind)

    @property
    def ends(self) -> Integers:
        """Where the rows of each subject begin and end among all rows: (n_subjects + 1,)."""
        return self._ends

    def __len__(self) -> int:
        """Return the number of subjects."""
        return len(self.schedules)

    def array(self, values: Values = None) -> Array:
        """Return the parameters of one subject in the order of `names`, shape (n_parameters,).

        Raises
        ------
        InputError
            If a name is unknown, or a value is not a number within its bounds.
        """
        values_by_name = resolve_values(self.model, values)
        return np.array([values_by_name[name] for name in self.names])

    def run(
        self, parameters: Array, only: Flags | None = None, into: Array | None = None
    ) -> SubjectRuns:
        """Run every subject once.

        Parameters
        ----------
        parameters
            Shape (n_subjects, n_parameters), in the order of `names`.
        only
            Which subjects to run, shape (n_subjects,); all by default. The values of the others are
            NaN, and they are no failures.
        into
            `all_values` of a call before that nobody needs any more, to be overwritten: spares the
            memory of many rows. A new array by default.

        Returns
        -------
        SubjectRuns
            A subject that cannot be simulated is among its failures, and stops no other.

        Raises
        ------
        InputError
            If the parameters, `only` or `into` have another shape.
        """
        if into is not None:
            _check_shape("into", into, (int(self._ends[-1]), len(self.quantities)))
        return self._run(parameters, None, only, into)

    def run_sensitivities(
        self, parameters: Array, names: Sequence[str], only: Flags | None = None
    ) -> SubjectRuns:
        """Run every subject once, with exact forward sensitivities.

        Parameters
        ----------
        parameters, only
            As in `run`.
        names
            What to differentiate by, as in `Prepared.run_sensitivities`.

        Returns
        -------
        SubjectRuns
            With slopes; a subject that cannot be simulated is among its failures.

        Raises
        ------
        InputError
            As `run`; also if a name is unknown or cannot be differentiated by.
        """
        return self._run(parameters, self._code(names_of(names, "parameters")), only)

    def _code(self, names: tuple[str, ...]) -> Any:
        """Return what differentiates by some names; whether it can is asked once."""
        if names not in self._codes:
            code: Any = (
                event_slopes_of(self.machine, names, self.quantities)
                if self.model.events
                else sensitivity_of(self.machine, names, self.quantities, bool(self.followed))
            )
            columns = read_columns(self.machine, names)
            for schedule in {id(schedule): schedule for schedule in self.schedules}.values():
                require_slopes(self.model, schedule, columns)
            self._codes[names] = code
        return self._codes[names]

    def _run(
        self, parameters: Array, code: Any, only: Flags | None, into: Array | None = None
    ) -> SubjectRuns:
        _check_shape("parameters of subjects", parameters, (len(self), len(self.names)))
        if only is not None:
            only = np.asarray(only, dtype=bool)
            _check_shape("only", only, (len(self),))
        how = parameters, code, self.threads, only
        if isinstance(self._runs, ManySubjects):
            values, slopes, failures = self._runs.run(*how, into)
        else:
            values, slopes, failures = self._runs.run(*how)
        if not self._sorted:
            values, slopes = values[self._places], slopes[self._places]
        by_subject = self._by_subject(values)
        if code is None:
            return SubjectRuns(by_subject, None, failures, values, None)
        return SubjectRuns(by_subject, self._by_subject(slopes), failures, values, slopes)

    def _by_subject(self, rows: Array) -> list[Array]:
        """Return the rows of each subject."""
        return [rows[first:end] for first, end in pairwise(self._ends.tolist())]


def _refuse_what_events_cannot(
    model: Model, schedules: Sequence[RunSchedule | MovingSchedule]
) -> None:
    """Refuse schedules that follow parameters, and steady states, where a model has events."""
    for schedule in schedules:
        if isinstance(schedule, MovingSchedule):
            refuse_events(model, "a run of subjects whose doses follow parameters")
        elif schedule.steady:
            refuse_events(model, "a search for the steady state of doses")


def _check_shape(what: str, given: Array | Flags, wanted: tuple[int, ...]) -> None:
    if np.shape(given) != wanted:
        raise InputError(f"{what} must have shape {wanted}, got {np.shape(given)}")


def _rows_of(course: Course, number: int) -> tuple[Array, Flags]:
    """Return the times of a subject and the side of each, checked."""
    whose = f"subject {number}"
    try:
        times = np.array(course.times, dtype=float).reshape(-1)
    except (TypeError, ValueError):
        raise InputError(f"{whose}: times must be numbers of days") from None
    after = np.broadcast_to(np.asarray(course.after, dtype=bool), times.shape)
    if not np.isfinite(times).all() or (times < 0).any():
        wrong = times[~(times >= 0) | np.isinf(times)][0]
        raise InputError(f"{whose}: times must be numbers of days >= 0, got {wrong:g}")
    if (np.diff(times) < 0).any():
        row = int(np.argmax(np.diff(times) < 0))
        raise InputError(
            f"{whose}: times must ascend, and {times[row + 1]:g} follows {times[row]:g}"
        )
    return times, after


def _order(times: Array, after: Flags) -> Integers:
    """Return the order of rows in a run: by time, those before an edge first."""
    order: Integers = np.lexsort((after, snap(times)))
    return order


def _schedule_of(
    model: Model, course: Course, rows: tuple[Array, Flags], number: int
) -> RunSchedule | MovingSchedule:
    """Return the schedule of a subject up to the last of its times."""
    times, after = rows
    last = float(snap(times[-1:])[0]) if times.size else 0.0
    days = max(last, _SHORTEST)
    through = bool((after & (snap(times) == last)).any())
    try:
        plan = read_regimen(course.timetable, model=model, weight=weight_of(model))
        moving = moving_schedule(model, plan, days, through=through)
        return moving or make_schedule(model, plan, days, through=through)
    except PdmodelError as error:
        whose = getattr(course.timetable, "id", number)  # of a table: as it is called there
        raise type(error)(f"subject {whose}: {error}") from error
