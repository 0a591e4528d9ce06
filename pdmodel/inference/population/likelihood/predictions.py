"""What the model predicts of every measured row, and how it moves with a patient's parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from pdmodel.arrays import Array, Flags, Integers
from pdmodel.engine import PreparedSubjects
from pdmodel.errors import PdmodelError, SimulationError
from pdmodel.inference.population.likelihood.rows import NO_SD, MeasuredRows


class Predicted(NamedTuple):
    """Predictions of all rows, on the scale of comparison.

    Parameters
    ----------
    f
        Shape (n_rows,); NaN for the rows of a patient that failed or was left out.
    slopes
        d f / d parameter of the patient, shape (n_rows, n_varied); None if not asked for.
    failures
        Why a patient could not be predicted, by number.
    passed
        How many doses and other edges lie behind each row, shape (n_rows,). Where this changes, as
        a lag meets the time of a row, slopes jump. All zeros where doses follow no parameter.
    """

    f: Array
    slopes: Array | None
    failures: Mapping[int, PdmodelError]
    passed: Integers


class Predictions:
    """All patients, prepared once.

    Parameters
    ----------
    prepared
        The patients' schedules and times in the engine, in their order.
    rows
        What was measured of them.
    names
        Parameters that differ between calls; all others keep their values.
    base
        Values of all parameters, shape (n_parameters,) in the order of `prepared.names`.
    subjects
        Names of the patients, for messages.
    """

    def __init__(
        self,
        prepared: PreparedSubjects,
        rows: MeasuredRows,
        names: Sequence[str],
        base: Array,
        subjects: Sequence[str],
    ) -> None:
        self.prepared, self.rows, self.names = prepared, rows, tuple(names)
        self.base, self.subjects = base, tuple(subjects)
        self._places = [prepared.names.index(name) for name in names]
        self._relative = (rows.additive == NO_SD) & (rows.proportional != NO_SD)
        self._moving = bool(prepared.followed)
        self.runs = 0

    def __call__(
        self, values: Array, *, slopes: bool = True, only: Flags | None = None
    ) -> Predicted:
        """Predict all rows.

        Parameters
        ----------
        values
            Of `names` in each patient, shape (n_subjects, n_varied).
        slopes
            Whether slopes are needed.
        only
            Patients to run; those left out have NaN.
        """
        parameters = self._parameters(values)
        self.runs += self.rows.n_subjects if only is None else int(only.sum())
        if slopes:
            runs = self.prepared.run_sensitivities(parameters, self.names, only)
        else:
            runs = self.prepared.run(parameters, only)
        at = np.arange(len(self.rows)), self.rows.quantity
        f = np.concatenate([*runs.values, np.zeros((0, len(self.prepared.quantities)))])[at]
        of_f = None
        if runs.slopes is not None:
            none = np.zeros((0, len(self.prepared.quantities), len(self.names)))
            of_f = np.concatenate([*runs.slopes, none])[at]
        return self._compared(f, of_f, dict(runs.failures), self._behind(parameters))

    def passed(self, values: Array) -> Integers:
        """Return how many edges lie behind each row, of values as those of a call."""
        return self._behind(self._parameters(values))

    def _parameters(self, values: Array) -> Array:
        parameters = np.tile(self.base, (self.rows.n_subjects, 1))
        parameters[:, self._places] = values
        return parameters

    def _behind(self, parameters: Array) -> Integers:
        if not self._moving:
            return np.zeros(len(self.rows), dtype=np.int64)
        return self.prepared.edges_behind(parameters)

    def _compared(
        self,
        f: Array,
        slopes: Array | None,
        failures: dict[int, PdmodelError],
        passed: Integers,
    ) -> Predicted:
        """Return predictions on the scale of comparison; what has no place there is a failure."""
        for row in np.flatnonzero(self.rows.log & (f <= 0)):
            self._fail(failures, int(row), f"{f[row]:g} cannot be compared by its logarithm")
        for row in np.flatnonzero(self._relative & (f == 0)):
            self._fail(failures, int(row), "0 has no proportional error; use CombinedError()")
        log = self.rows.log
        for subject in failures:
            f[self.rows.of(subject)] = np.nan
        if slopes is not None:
            slopes[log] /= f[log, np.newaxis]
        f[log] = np.log(f[log])
        return Predicted(f, slopes, failures, passed)

    def _fail(self, failures: dict[int, PdmodelError], row: int, why: str) -> None:
        subject = int(self.rows.subject[row])
        failures.setdefault(
            subject,
            SimulationError(f"subject {self.subjects[subject]}: a predicted value of {why}", {}),
        )


def second_slopes(first: Sequence[tuple[Array, Array]], steps: Array, effect_at: Integers) -> Array:
    """Return d slopes / d effect by central differences, shape (n_rows, n_varied, n_effects).

    Parameters
    ----------
    first
        For each effect the slopes a step up and a step down, shape (n_rows, n_varied).
    steps
        Of each effect.
    effect_at
        Places of the effects among the parameters: that part is symmetric, and made so.
    """
    parts = [(up - down) / (2 * h) for (up, down), h in zip(first, steps, strict=True)]
    second = np.stack(parts, axis=2)
    square = second[:, effect_at, :]
    second[:, effect_at, :] = 0.5 * (square + square.transpose(0, 2, 1))
    return second
