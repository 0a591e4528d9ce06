"""The groups of a fit through the engine: prepared once, all run in one call."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pdmodel.arrays import Array, Flags
from pdmodel.dosing import Timetable
from pdmodel.engine import simulate
from pdmodel.engine.runs.request import Atol
from pdmodel.engine.simulation import choose_engine
from pdmodel.errors import InputError, PdmodelError, SimulationError
from pdmodel.inference.problem.groups import ObservedGroup
from pdmodel.inference.problem.meeting import Meeting
from pdmodel.inference.targets.course import EvaluationFailure, TimeCourse
from pdmodel.model import Model

if TYPE_CHECKING:
    from pdmodel.engine.subjects import PreparedSubjects

Patients = Mapping[str, Mapping[str, float]]
"""The parameters of every group, by its name."""
Courses = dict[str, dict[str, TimeCourse]]
"""What every group does over time, by quantity."""
# Points whose courses are remembered: a fit asks again for the best of its last few.
_REMEMBERED = 16


class AskedPoint(NamedTuple):
    """All groups at one point.

    Parameters
    ----------
    model
        What is run.
    parameters
        A row a group, in the order of the model: (n_groups, n_parameters).
    by
        What to differentiate by; empty for values alone.
    """

    model: Model
    parameters: Array
    by: tuple[str, ...]


class PointRuns(NamedTuple):
    """What came of it.

    Parameters
    ----------
    values, slopes
        Of each group, (n_times, n_quantities) and (n_times, n_quantities, n_by); None where
        they were not asked for.
    failures
        Why a group failed, by its place.
    """

    values: Sequence[Array]
    slopes: Sequence[Array | None]
    failures: Mapping[int, PdmodelError]


class Simulator:
    """What every group of a fit does over time.

    Parameters
    ----------
    regimen_of, groups
        What is given, by group, and the groups.
    rtol, atol
        Tolerances of the integrator.

    Attributes
    ----------
    engine
        `compiled`, or `scipy` where a compiler is missing.
    threads
        How many a call of the engine may use; 1 unless something else is set.
    """

    def __init__(
        self,
        regimen_of: Callable[[str], Timetable],
        groups: Mapping[str, ObservedGroup],
        rtol: float,
        atol: Atol,
    ) -> None:
        self.regimen_of, self.groups, self.rtol, self.atol = regimen_of, groups, rtol, atol
        self.engine, self.threads = choose_engine(None, None), 1
        # of all groups together: one piece of machine code for all of them
        every = [quantity for group in groups.values() for quantity in group.quantities]
        self.quantities = tuple(dict.fromkeys(every))
        self._prepared: dict[tuple[str, int], PreparedSubjects] = {}
        self._remembered: OrderedDict[tuple[str, bytes], Sequence[Array]] = OrderedDict()
        self._written: dict[int, Array] = {}  # by `run_chosen`, which writes there again
        self._lock = threading.Lock()
        self._meeting: Meeting[AskedPoint, PointRuns] | None = None

    @contextmanager
    def meeting(self, threads: int) -> Iterator[Meeting[AskedPoint, PointRuns]]:
        """Answer the points of all threads that are `present` in one call, until the block ends.

        Parameters
        ----------
        threads
            How many a call of the engine may use.
        """
        meeting = self._meeting = Meeting(self._run_points)
        before, self.threads = self.threads, threads
        try:
            yield meeting
        finally:
            self._meeting, self.threads = None, before

    def courses(self, model: Model, patients: Patients) -> Courses:
        """Simulate all groups, unless the point is one of the last.

        Parameters
        ----------
        model, patients
            The model, and the parameters of each group.

        Raises
        ------
        EvaluationFailure
            If a group cannot be simulated there; the first of them is named.
        """
        if not patients:
            return {}
        if self.engine != "compiled":
            return self._scipy_courses(model, patients)
        parameters = self._parameters(model, patients)
        key = model.layout, parameters.tobytes()
        values = self._recall(key)
        if values is None:
            values = self._run(AskedPoint(model, parameters, ())).values
            self._remember(key, values)
        return {name: self.named(name, values[row], None) for row, name in enumerate(patients)}

    def sloped_courses(
        self, model: Model, patients: Patients, by: Sequence[str], chains: Mapping[str, Array]
    ) -> Courses:
        """Simulate all groups with exact sensitivities.

        Parameters
        ----------
        model, patients
            As in `courses`.
        by
            Parameters that move in any group.
        chains
            d parameter / d free in each group, shape (n_by, n_free).

        Raises
        ------
        EvaluationFailure
            If a group cannot be simulated there; the first of them is named.
        """
        if not patients:
            return {}
        ran = self._run(AskedPoint(model, self._parameters(model, patients), tuple(by)))
        courses = {}
        for row, name in enumerate(patients):
            slopes = ran.slopes[row]
            assert slopes is not None
            courses[name] = self.named(name, ran.values[row], slopes @ chains[name])
        return courses

    def differentiable(self, model: Model) -> bool:
        """Whether the engine gives exact sensitivities: compiled, and no jump of time in a rate.

        That is a whole part of it (floor, Mod).
        """
        if self.engine != "compiled":
            return False
        return not self.groups or self._prepare(model, 1).differentiable

    # One point --------------------------------------------------------------------------------

    def _parameters(self, model: Model, patients: Patients) -> Array:
        """Return the parameters of all groups as rows."""
        return np.array(
            [self.parameter_row(model, name, values) for name, values in patients.items()]
        )

    def _run(self, asked: AskedPoint) -> PointRuns:
        """Run all groups at a point, with the points of other threads where these meet."""
        meeting = self._meeting
        ran = self._run_points([asked])[0] if meeting is None else meeting.ask(asked)
        for row in sorted(ran.failures):
            error = ran.failures[row]
            if not isinstance(error, SimulationError | InputError):
                raise error
            raise EvaluationFailure(list(self.groups)[row], error) from error
        return ran

    def _recall(self, key: tuple[str, bytes]) -> Sequence[Array] | None:
        with self._lock:
            if key in self._remembered:
                self._remembered.move_to_end(key)
            return self._remembered.get(key)

    def _remember(self, key: tuple[str, bytes], values: Sequence[Array]) -> None:
        with self._lock:
            self._remembered[key] = values
            while len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)

    # Many points ------------------------------------------------------------------------------

    def _run_points(self, points: Sequence[AskedPoint]) -> list[PointRuns]:
        """Run all groups at many points: one call for all that ask for the same."""
        results: dict[int, PointRuns] = {}
        kinds = [(asked.model.layout, asked.by) for asked in points]
        order = sorted(range(len(points)), key=lambda number: kinds[number])
        for _, numbers in groupby(order, key=lambda number: kinds[number]):
            alike = list(numbers)
            ran = self._run_alike([points[number] for number in alike])
            results |= zip(alike, ran, strict=True)
        return [results[number] for number in range(len(points))]

    def _run_alike(self, points: Sequence[AskedPoint]) -> list[PointRuns]:
        """Run all groups at points of one model, differentiated by the same."""
        prepared, by = self._prepare(points[0].model, len(points)), points[0].by
        prepared.threads = self.threads
        parameters = np.concatenate([asked.parameters for asked in points])
        runs = prepared.run_sensitivities(parameters, by) if by else prepared.run(parameters)
        slopes: Sequence[Array | None] = runs.slopes or [None] * len(runs.values)
        results = []
        for first, end in pairwise(range(0, len(parameters) + 1, len(self.groups))):
            failures = {n - first: e for n, e in runs.failures.items() if first <= n < end}
            results.append(PointRuns(runs.values[first:end], slopes[first:end], failures))
        return results

    def parameter_names(self, model: Model) -> list[str]:
        """Return the names of the columns of `run_chosen`."""
        return list(self._prepare(model, 1).names)

    def parameter_row(self, model: Model, name: str, values: Mapping[str, float]) -> Array:
        """Return the parameters of one group as the engine takes them, shape (n_parameters,).

        Raises
        ------
        EvaluationFailure
            If they cannot be had.
        """
        try:
            return self._prepare(model, 1).array(values)
        except InputError as error:
            raise EvaluationFailure(name, error) from error

    def run_chosen(
        self, model: Model, parameters: Array, chosen: Flags
    ) -> tuple[Sequence[Sequence[Array]], dict[tuple[int, int], PdmodelError]]:
        """Run some groups of many points in one call.

        Parameters
        ----------
        model, parameters
            What is run, and the parameters of all groups, (n_points, n_groups, n_parameters).
        chosen
            Which groups of which points, shape (n_points, n_groups).

        Returns
        -------
        sequence, dict
            Values (n_times, n_quantities) by point and group, NaN where it was not run; and why a
            group of a point failed. The next call may write where these values stand.
        """
        count, groups = chosen.shape
        room = 1 << (count - 1).bit_length()  # few sizes: what is prepared for each is kept
        prepared = self._prepare(model, room)
        prepared.threads = self.threads
        rows = np.concatenate([parameters, np.repeat(parameters[:1], room - count, axis=0)])
        only = np.concatenate([chosen, np.zeros((room - count, groups), dtype=bool)])
        runs = prepared.run(
            rows.reshape(room * groups, -1), only.reshape(-1), self._written.pop(room, None)
        )
        self._written[room] = runs.all_values
        for error in runs.failures.values():
            if not isinstance(error, SimulationError | InputError):
                raise error
        values = [runs.values[first : first + groups] for first in range(0, count * groups, groups)]
        return values, {divmod(n, groups): error for n, error in runs.failures.items()}

    def _prepare(self, model: Model, points: int) -> PreparedSubjects:
        """Return all groups of a fit, so many times over, as subjects of the engine."""
        from pdmodel.engine.subjects import Course, prepare_subjects

        key = model.layout, points
        if key not in self._prepared:
            if points > 1:
                self._prepared[key] = self._prepare(model, 1).repeated(points)
                return self._prepared[key]
            courses = [
                Course(self.regimen_of(name), group.rows, np.array(False))
                for name, group in self.groups.items()
            ]
            self._prepared[key] = prepare_subjects(
                model, courses, quantities=self.quantities, rtol=self.rtol, atol=self.atol,
                threads=1, followed_slopes=True,
            )  # fmt: skip
        return self._prepared[key]

    # Without a compiler -----------------------------------------------------------------------

    def _scipy_courses(self, model: Model, patients: Patients) -> Courses:
        courses = {}
        for name, values in patients.items():
            group = self.groups[name]
            key = f"{model.layout}/{name}", repr(sorted(values.items())).encode()
            ran = self._recall(key)
            if ran is None:
                try:
                    run = simulate(
                        model, self.regimen_of(name), days=group.days, patient=values,
                        times=group.rows, quantities=self.quantities, rtol=self.rtol,
                        atol=self.atol, engine=self.engine,
                    )  # fmt: skip
                except (SimulationError, InputError) as error:
                    raise EvaluationFailure(name, error) from error
                ran = [np.stack([run[quantity].values for quantity in self.quantities], axis=1)]
                self._remember(key, ran)
            courses[name] = self.named(name, ran[0], None)
        return courses

    def named(self, name: str, values: Array, slopes: Array | None = None) -> dict[str, TimeCourse]:
        """Return the courses of a group by quantity, of what the engine returned for it."""
        group = self.groups[name]
        return {
            quantity: TimeCourse(
                group.rows,
                values[:, column],
                None if slopes is None else slopes[:, column, :],
                group.edges,
            )
            for column, quantity in enumerate(self.quantities)
        }
