"""Measured subjects of a fit: their parameters, what is predicted of them, and how far that is off.

Every subject has the shared values; what is its `own` has a setting of its own, and each quantity
has the standard deviations of its error model.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from pdmodel.arrays import Array
from pdmodel.engine.runs.request import Atol
from pdmodel.engine.simulation import choose_engine
from pdmodel.engine.subjects import Course, PreparedSubjects, SubjectRuns, prepare_subjects
from pdmodel.engine.symbolic.values import checked_constants, resolve_values
from pdmodel.errors import InputError, require_known
from pdmodel.inference.courses.likelihood import (
    Residuals,
    cost_offset,
    information,
    log_likelihoods,
    residuals,
)
from pdmodel.inference.courses.measurements import Measurements
from pdmodel.inference.problem.parameters import Setting, setting_names
from pdmodel.inference.targets.course import EvaluationFailure
from pdmodel.model import Model


class PredictedRows(NamedTuple):
    """What a model predicts of the measured rows.

    Parameters
    ----------
    values
        In the unit of each row's quantity, shape (n_rows,).
    slopes
        d value / d free parameter, shape (n_rows, n_free); None where not asked for.
    """

    values: Array
    slopes: Array | None


def subject_settings(
    model: Model, measurements: Measurements, own: Sequence[str], taken: Sequence[Setting]
) -> tuple[Setting, ...]:
    """Return the settings that measurements add: own values, then standard deviations.

    Parameters
    ----------
    model, measurements
        What predicts, and what was measured.
    own
        Parameters of which every measured subject has a value.
    taken
        The settings of the problem so far.

    Raises
    ------
    InputError
        If a parameter is unknown, or has one value for all and one a subject.
    """
    parameters = {q.name: q for q in model.parameters if q.kind == "parameter"}
    shared = {s.parameter: s for s in taken if s.group is None}
    rows: list[tuple[str, str, float, float, float, bool]] = []
    for name in own:
        require_known(f"own parameter of model {model.name!r}:", parameters, name)
        if shared[name].vary:
            raise InputError(
                f"{name!r} is free and own: it has one value for all, or one a subject"
            )
        low, high = parameters[name].bounds or (-math.inf, math.inf)
        rows += [
            (name, subject, shared[name].value, low, high, True)
            for subject in measurements.measured
        ]
    rows += _deviations(measurements)
    names = setting_names(
        [*((s.name, None) for s in taken), *((name, whose) for name, whose, *_ in rows)]
    )
    return tuple(Setting(name, *row) for name, row in zip(names[len(taken) :], rows, strict=True))


def _deviations(
    measurements: Measurements,
) -> list[tuple[str, str, float, float, float, bool]]:
    rows = []
    for quantity, error in measurements.errors.items():
        own = measurements.rows[measurements.rows["quantity"] == quantity]
        values = own["value"].to_numpy(float)
        free = not error.fixed
        for name, start, (low, high) in zip(
            error.names, error.starts(values), error.bounds(values), strict=True
        ):
            rows.append((name, quantity, start, low, high, free))
    return rows


class MeasuredSubjects:
    """The measured subjects of a problem, prepared once.

    Parameters
    ----------
    model, measurements
        What predicts, and what was measured.
    shared, own
        Settings that all share, and those that measurements added.
    rtol, atol
        Tolerances of the integrator.
    """

    def __init__(
        self,
        model: Model,
        measurements: Measurements,
        shared: Sequence[Setting],
        own: Sequence[Setting],
        rtol: float,
        atol: Atol,
    ) -> None:
        if choose_engine(None, None) != "compiled":
            raise InputError("measured courses are fitted with the compiled engine only")
        self.model, self.measurements = model, measurements
        self.names = measurements.measured
        # What a patient may have of their own; the rest of the engine's parameters are constants.
        self._settable = {q.name for q in model.vocabulary if q.kind == "parameter"}
        self._run = _prepare(model, measurements, rtol, atol)
        columns = {name: index for index, name in enumerate(self._run.names)}
        self._shared = {columns[s.name]: s.name for s in shared if s.name in columns}
        subjects = {name: index for index, name in enumerate(self.names)}
        values = [s for s in own if s.parameter in columns]
        self._own = {(subjects[str(s.group)], columns[s.parameter]): s.name for s in values}
        self.deviations = {
            quantity: tuple(
                s.name for s in own if s.group == quantity and s.parameter in error.names
            )
            for quantity, error in measurements.errors.items()
        }
        self._last: tuple[tuple[tuple[str, float], ...], PredictedRows] | None = None
        self.offset = sum(cost_offset(rows) for _, rows in measurements.by_quantity.values())

    def parameters(self, values: Mapping[str, float]) -> Array:
        """Return the parameters of every subject, shape (n_subjects, n_parameters)."""
        row = np.array([self.model.defaults[name] for name in self._run.names])
        for column, name in self._shared.items():
            row[column] = values[name]
        matrix = np.tile(row, (len(self.names), 1))
        for index, name in self._own.items():
            matrix[index] = values[name]
        return matrix

    def of_subject(self, subject: str, values: Mapping[str, float]) -> dict[str, float]:
        """Return what the engine takes as one patient: its parameters by name."""
        row = self.parameters(values)[self.names.index(subject)]
        return self._patient(row)

    @property
    def days(self) -> list[tuple[str, Array]]:
        """Each subject with the days of its rows."""
        return [(name, self.measurements.days(name)) for name in self.names]

    def places(self, subject: str) -> dict[str, str]:
        """Return the setting that holds each parameter of a subject."""
        names, row = self._run.names, self.names.index(subject)
        places = {names[column]: name for column, name in self._shared.items()}
        places |= {names[column]: name for (who, column), name in self._own.items() if who == row}
        return {name: setting for name, setting in places.items() if name in self._settable}

    def _patient(self, row: Array) -> dict[str, float]:
        pairs = zip(self._run.names, row.tolist(), strict=True)
        return {name: value for name, value in pairs if name in self._settable}

    def possible(self, values: Mapping[str, float]) -> bool:
        """Whether the parameters of every subject agree with each other."""
        try:
            for row in np.unique(self.parameters(values), axis=0):
                checked_constants(self.model, resolve_values(self.model, self._patient(row)))
        except InputError:
            return False
        return True

    @property
    def differentiable(self) -> bool:
        """Whether the engine gives slopes of every subject."""
        return self._run.differentiable

    def predictions(self, values: Mapping[str, float]) -> PredictedRows:
        """Return what is predicted of every row, unless the values are those of the last time.

        Raises
        ------
        EvaluationFailure
            If a subject cannot be simulated there; it is named.
        """
        key = tuple(values.items())
        if self._last is None or self._last[0] != key:
            runs = self._whole(self._run.run(self.parameters(values)))
            self._last = key, PredictedRows(self._rows(runs.values), None)
        return self._last[1]

    def sloped_predictions(
        self, values: Mapping[str, float], slopes: Mapping[str, Array]
    ) -> PredictedRows:
        """Return the same with slopes by the free parameters.

        Parameters
        ----------
        values
            Value of every setting.
        slopes
            d setting / d free parameter, as `Ties` gives them.

        Raises
        ------
        EvaluationFailure
            If a subject cannot be simulated there; it is named.
        """
        columns = {column for column, name in self._shared.items() if name in slopes}
        columns |= {column for (_, column), name in self._own.items() if name in slopes}
        by = sorted(columns)
        if not by:  # errors alone are estimated
            still = np.zeros((len(self.measurements.rows), next(iter(slopes.values())).size))
            return self.predictions(values)._replace(slopes=still)
        names = [self._run.names[column] for column in by]
        runs = self._whole(self._run.run_sensitivities(self.parameters(values), names))
        n_free = next(iter(slopes.values())).size
        result = np.zeros((len(self.measurements.rows), n_free))
        assert runs.slopes is not None
        for index, subject in enumerate(self.names):
            chain = np.zeros((len(by), n_free))
            for number, column in enumerate(by):
                name = self._own.get((index, column)) or self._shared.get(column, "")
                if name in slopes:
                    chain[number] = slopes[name]
            rows = self.measurements.places[subject]
            own = runs.slopes[index][np.arange(rows.size), self.measurements.columns[rows]]
            result[rows] = own @ chain
        return PredictedRows(self._rows(runs.values), result)

    def _whole(self, runs: SubjectRuns) -> SubjectRuns:
        """Return runs in which nothing failed and all values are numbers."""
        for index, error in runs.failures.items():
            raise EvaluationFailure(f"subject {self.names[index]}", error) from error
        for index, courses in enumerate(runs.values):
            if not np.isfinite(courses).all():
                subject = self.names[index]
                row = int(np.argmin(np.isfinite(courses).all(axis=1)))
                day = self.measurements.days(subject)[row]
                cause = ArithmeticError(f"a prediction of day {day:g} is no finite number")
                raise EvaluationFailure(f"subject {subject}", cause)
        return runs

    def _rows(self, courses: Sequence[Array]) -> Array:
        """Return the value of each row's own quantity."""
        result = np.zeros(len(self.measurements.rows))
        for index, subject in enumerate(self.names):
            rows = self.measurements.places[subject]
            result[rows] = courses[index][np.arange(rows.size), self.measurements.columns[rows]]
        return result

    def sds(self, quantity: str, values: Mapping[str, float]) -> Array:
        """Return the standard deviations of a quantity, in the order of its error model."""
        return np.array([values[name] for name in self.deviations[quantity]])

    def residuals(self, values: Mapping[str, float]) -> Array:
        """Return the residuals of all rows, quantity by quantity.

        Raises
        ------
        EvaluationFailure
            If a subject cannot be simulated, or a prediction has no error there.
        """
        predicted = self.predictions(values)
        return np.concatenate([r.values[mask] for _, r, mask in self._each(predicted, values)])

    @property
    def row_names(self) -> list[str]:
        """What each of `residuals` is of: the difference of a row, then its spread."""
        names = []
        for quantity, (numbers, rows) in self.measurements.by_quantity.items():
            table = self.measurements.rows.iloc[numbers]
            words = [f"{quantity} of {r.subject}, row {r.row}" for r in table.itertuples()]
            exact = [word for word, hidden in zip(words, rows.censored, strict=True) if not hidden]
            names += [*words, *(f"{word}, spread" for word in exact)]
        return names

    def residual_slopes(self, values: Mapping[str, float], slopes: Mapping[str, Array]) -> Array:
        """Return d residual / d free parameter, a row for each of `residuals`.

        Parameters
        ----------
        values, slopes
            As in `sloped_predictions`.
        """
        predicted = self.sloped_predictions(values, slopes)
        assert predicted.slopes is not None
        parts = []
        for quantity, r, mask in self._each(predicted, values):
            numbers = self.measurements.by_quantity[quantity][0]
            whole = r.by_prediction[:, :, np.newaxis] * predicted.slopes[numbers]
            for index, name in enumerate(self.deviations[quantity]):
                if name in slopes:
                    whole = whole + r.by_sd[:, index, :, np.newaxis] * slopes[name]
            parts.append(whole[mask])
        return np.concatenate(parts)

    def _each(
        self, predicted: PredictedRows, values: Mapping[str, float]
    ) -> list[tuple[str, Residuals, Array]]:
        """Return residuals of each quantity, and which of them count: of a limit one, not two."""
        parts = []
        for quantity, (numbers, rows) in self.measurements.by_quantity.items():
            try:
                errors = residuals(rows, predicted.values[numbers], self.sds(quantity, values))
            except ArithmeticError as error:
                raise EvaluationFailure(quantity, error) from error
            parts.append(
                (quantity, errors, np.array([np.ones_like(rows.censored), ~rows.censored]))
            )
        return parts

    def information(self, values: Mapping[str, float], slopes: Mapping[str, Array]) -> Array:
        """Return the information that the rows hold of the free parameters, (n_free, n_free).

        Of measured rows Fisher's expected one, of censored rows the observed one; how the slopes
        themselves change is left out, as Gauss and Newton do.

        Parameters
        ----------
        values, slopes
            As in `sloped_predictions`.
        """
        predicted = self.sloped_predictions(values, slopes)
        assert predicted.slopes is not None
        total = np.zeros((predicted.slopes.shape[1],) * 2)
        for quantity, (numbers, rows) in self.measurements.by_quantity.items():
            sds = self.sds(quantity, values)
            weights = information(rows, predicted.values[numbers], sds)
            still = np.zeros((len(numbers), total.shape[0]))
            moves = [predicted.slopes[numbers]]
            moves += [still + slopes.get(name, 0.0) for name in self.deviations[quantity]]
            total += np.einsum("rap,abr,rbq->pq", np.stack(moves, axis=1), weights,
                               np.stack(moves, axis=1))  # fmt: skip
        return total

    def log_likelihoods(self, values: Mapping[str, float]) -> Array:
        """Return log L of every row, in the order of the measurements, shape (n_rows,)."""
        predicted = self.predictions(values).values
        result = np.zeros(predicted.size)
        for quantity, (numbers, rows) in self.measurements.by_quantity.items():
            sds = self.sds(quantity, values)
            result[numbers] = log_likelihoods(rows, predicted[numbers], sds)
        return result


def _prepare(model: Model, measurements: Measurements, rtol: float, atol: Atol) -> PreparedSubjects:
    courses = []
    for name in measurements.measured:
        after = measurements.of(name)["after"].to_numpy(bool)
        courses.append(Course(measurements.subjects[name], measurements.days(name), after))
    return prepare_subjects(
        model,
        courses,
        quantities=measurements.quantities,
        rtol=rtol,
        atol=atol,
        followed_slopes=True,
    )
