"""Many subjects, each under what was given to them and at the times when they were measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from pdmodel.arguments import names_of
from pdmodel.arrays import Array, Flags, Integers
from pdmodel.dosing import Timetable, read_regimen, weight_of
from pdmodel.engine.prepared import Prepared
from pdmodel.engine.runs.many_patients import check_threads
from pdmodel.engine.runs.outcome import Tolerances
from pdmodel.engine.runs.request import RTOL_OF_MANY, Atol, Output, Request, Solver
from pdmodel.engine.schedule.build import make_schedule
from pdmodel.engine.schedule.edges import RunSchedule, snap
from pdmodel.engine.symbolic.values import Values, resolve_values
from pdmodel.errors import InputError, PdmodelError
from pdmodel.model import Model

_Run = Callable[[int, Array], tuple[Array, Array | None]]
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
    """

    values: list[Array]
    slopes: list[Array] | None
    failures: dict[int, PdmodelError]


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

    Returns
    -------
    PreparedSubjects
        `run` and `run_sensitivities` take parameters, a row a subject.

    Raises
    ------
    InputError, RegimenError
        If something is not allowed; says of which subject.
    """
    names = Output(1.0, None, quantities).request(model).names
    tolerances = Solver(rtol, atol, max_steps, max_seconds).tolerances(model)
    rows = [_rows_of(course, number) for number, course in enumerate(courses)]
    schedules = [
        _schedule_of(model, course, rows[number], number) for number, course in enumerate(courses)
    ]
    return PreparedSubjects(model, schedules, rows, names, tolerances, check_threads(threads))


class PreparedSubjects:
    """A compiled model with a schedule and times a subject; made by `prepare_subjects`.

    Attributes
    ----------
    names
        Parameters, in the order of their columns.
    quantities
        Names of what `run` returns.
    """

    def __init__(
        self,
        model: Model,
        schedules: Sequence[RunSchedule],
        rows: Sequence[tuple[Array, Flags]],
        quantities: tuple[str, ...],
        tolerances: Tolerances,
        threads: int,
    ) -> None:
        self.model, self.quantities, self.threads = model, quantities, threads
        self.schedules, self.rows, self.tolerances = tuple(schedules), tuple(rows), tolerances
        self.names = tuple(parameter.name for parameter in model.parameters)
        self._prepared = self._shared()
        # Where each row of a subject stands among its rows in the order of the run.
        self._places = [np.argsort(_order(*row)) for row in self.rows]

    def _shared(self) -> list[Prepared]:
        """Return what runs each subject; those with the same schedule and rows share it."""
        shared: dict[object, Prepared] = {}
        prepared = []
        for schedule, (times, after) in zip(self.schedules, self.rows, strict=True):
            key = schedule, times.tobytes(), after.tobytes()
            if key not in shared:
                order = _order(times, after)
                request = Request(
                    times[order], snap(times[order]), after[order].astype(np.int64),
                    self.quantities, schedule.horizon,
                )  # fmt: skip
                shared[key] = Prepared(self.model, schedule, request, self.tolerances)
            prepared.append(shared[key])
        return prepared

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
        known = resolve_values(self.model, values)
        return np.array([known[name] for name in self.names])

    def run(self, parameters: Array) -> SubjectRuns:
        """Run every subject once.

        Parameters
        ----------
        parameters
            Shape (n_subjects, n_parameters), in the order of `names`.

        Returns
        -------
        SubjectRuns
            A subject that cannot be simulated is among its failures, and stops no other.

        Raises
        ------
        InputError
            If the parameters have another shape.
        """
        return self._each(parameters, self._run, None)

    def run_sensitivities(self, parameters: Array, names: Sequence[str]) -> SubjectRuns:
        """Run every subject once, with exact forward sensitivities.

        Parameters
        ----------
        parameters
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
            If the parameters have another shape, or a name is unknown or cannot be differentiated
            by.
        """
        names = names_of(names, "parameters")
        for prepared in {id(one): one for one in self._prepared}.values():
            prepared.require_slopes(names)
        return self._each(
            parameters, lambda number, row: self._slopes(number, row, names), len(names)
        )

    def _run(self, number: int, row: Array) -> tuple[Array, None]:
        return self._prepared[number].run(row)[self._places[number]], None

    def _slopes(self, number: int, row: Array, names: tuple[str, ...]) -> tuple[Array, Array]:
        values, slopes = self._prepared[number].run_sensitivities(row, names)
        return values[self._places[number]], slopes[self._places[number]]

    def _each(self, parameters: Array, run: _Run, n_slopes: int | None) -> SubjectRuns:
        """Run subject by subject; what fails stops no other."""
        wanted = len(self), len(self.names)
        if np.shape(parameters) != wanted:
            raise InputError(
                f"parameters of subjects must have shape {wanted}, got {np.shape(parameters)}"
            )
        failures: dict[int, PdmodelError] = {}
        results: list[tuple[Array, Array | None]] = []
        for number, row in enumerate(np.ascontiguousarray(parameters, dtype=float)):
            try:
                results.append(run(number, row))
            except PdmodelError as error:
                failures[number] = error
                results.append(self._nothing(number, n_slopes))
        values = [of_values for of_values, _ in results]
        slopes = [of_slopes for _, of_slopes in results if of_slopes is not None]
        return SubjectRuns(values, slopes if n_slopes is not None else None, failures)

    def _nothing(self, number: int, n_slopes: int | None) -> tuple[Array, Array | None]:
        """Return what stands for a subject that failed."""
        shape = (self.rows[number][0].size, len(self.quantities))
        slopes = None if n_slopes is None else np.full((*shape, n_slopes), np.nan)
        return np.full(shape, np.nan), slopes


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
        place = int(np.argmax(np.diff(times) < 0))
        raise InputError(
            f"{whose}: times must ascend, and {times[place + 1]:g} follows {times[place]:g}"
        )
    return times, after


def _order(times: Array, after: Flags) -> Integers:
    """Return the order of rows in a run: by time, those before an edge first."""
    order: Integers = np.lexsort((after, snap(times)))
    return order


def _schedule_of(
    model: Model, course: Course, rows: tuple[Array, Flags], number: int
) -> RunSchedule:
    """Return the schedule of a subject up to the last of its times."""
    times, after = rows
    last = float(snap(times[-1:])[0]) if times.size else 0.0
    days = max(last, _SHORTEST)
    through = bool((after & (snap(times) == last)).any())
    try:
        plan = read_regimen(course.timetable, model=model, weight=weight_of(model))
        return make_schedule(model, plan, days, through=through)
    except PdmodelError as error:
        raise type(error)(f"subject {number}: {error}") from error
