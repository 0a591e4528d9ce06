"""The measured rows of all patients as arrays, on the scale on which they are compared."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pdmodel.arrays import Array, Flags, Integers

NO_SD = -1
"""Place of a standard deviation that an error model does not have."""


@dataclass(frozen=True)
class MeasuredRows:
    """Rows of all patients, sorted by patient.

    Parameters
    ----------
    subject
        Number of the patient of each row, ascending.
    n_subjects
        How many patients there are, those without rows included.
    quantity
        Place of the quantity that was measured.
    values
        Measured, on the scale of comparison; of a censored row whatever stands there.
    low, high
        Within what the value of a censored row lies, on the scale of comparison.
    censored
        Whether the row is.
    log
        Whether logarithms are compared.
    additive, proportional
        Places of the standard deviations a and b of `a**2 + b**2 f**2`; `NO_SD` for none.
    """

    subject: Integers
    n_subjects: int
    quantity: Integers
    values: Array
    low: Array
    high: Array
    censored: Flags
    log: Flags
    additive: Integers
    proportional: Integers

    def __len__(self) -> int:
        """Return the number of rows."""
        return int(self.subject.size)

    @cached_property
    def counts(self) -> Integers:
        """Rows of each patient."""
        return np.bincount(self.subject, minlength=self.n_subjects)

    @cached_property
    def bounds(self) -> Integers:
        """Where the rows of each patient begin, and where the last ones end."""
        return np.concatenate([[0], np.cumsum(self.counts)])

    @cached_property
    def jacobian(self) -> float:
        """What the scale of comparison adds to -2 log L: `2 log y` of each logarithm."""
        return 2.0 * float(self.values[self.log & ~self.censored].sum())

    def by_subject(self, values: Array) -> Array:
        """Return sums over the rows of each patient, shape (n_subjects, ...)."""
        sums = np.zeros((self.n_subjects, *values.shape[1:]))
        some = self.counts > 0
        if some.any():
            sums[some] = np.add.reduceat(values, self.bounds[:-1][some], axis=0)
        return sums

    def crossed(self, before: Integers, after: Integers) -> Flags:
        """Return of whom an edge, such as a dose that comes later, has passed a row.

        Parameters
        ----------
        before, after
            Edges that lie behind each row at two places, shape (n_rows,).
        """
        return np.asarray(self.by_subject(np.abs(after - before)) > 0)

    def of(self, subject: int) -> slice:
        """Return the rows of a patient."""
        return slice(int(self.bounds[subject]), int(self.bounds[subject + 1]))

    def uncensored(self, subject: int) -> Integers:
        """Return the places of the rows of a patient whose values are known."""
        own = np.arange(self.bounds[subject], self.bounds[subject + 1])
        return own[~self.censored[own]]
