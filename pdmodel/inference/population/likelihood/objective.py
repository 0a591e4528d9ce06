"""-2 log likelihood of a population by first-order conditional estimation, or by Laplace.

The random effects of each patient are integrated out around their most likely values,
`-2 log L_i = l_i + log det Omega + log det H_i`, where l_i is -2 log of the joint density there and
H_i half its curvature: expected for measured rows (FOCE with interaction) or exact (Laplace). The
constant `n log 2 pi` of measured rows is left out, as NONMEM and nlmixr2 do; where logarithms are
compared the Jacobian `2 log y` is included, so that error models can be held against each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pdmodel.arrays import Array
from pdmodel.errors import SimulationError
from pdmodel.inference.population.effects.covariance import Covariance
from pdmodel.inference.population.likelihood.inner import (
    FailedPatients,
    Inner,
    Patients,
    PopulationPoint,
)
from pdmodel.inference.population.likelihood.predictions import Predicted, second_slopes
from pdmodel.inference.population.likelihood.row_terms import error_terms
from pdmodel.inference.population.likelihood.total_gradient import (
    Curvature,
    Slopes,
    curvature_of,
    full_of,
    total_gradient,
)

METHODS = ("focei", "laplace")
# Steps of the differences of exact slopes, in standard deviations of the effect or on the log
# scale: long enough that the noise of the integration is small beside them.
_STEP = 3e-3
_LONG_STEP = 2e-2


class Value(NamedTuple):
    """The objective at a point, with its slopes where they were asked for.

    Parameters
    ----------
    objective
        -2 log L, without n log 2 pi.
    by_subject
        Of each patient, shape (n_subjects,).
    gradients
        Of each patient, shape (n_subjects, n_sought); None if not asked for.
    etas
        Most likely effects, shape (n_subjects, n_effects).
    eta_slopes
        How they move, shape (n_subjects, n_effects, n_sought); None if not asked for.
    curvature
        Exact curvature of each patient by the effects, shape (n_subjects, n_effects, n_effects);
        None if not asked for.
    here
        The patients there.
    """

    objective: float
    by_subject: Array
    gradients: Array | None
    etas: Array
    eta_slopes: Array | None
    curvature: Array | None
    here: Inner

    @property
    def own_gradients(self) -> Array:
        """Those of each patient, where they were asked for: shape (n_subjects, n_sought)."""
        assert self.gradients is not None
        return self.gradients

    @property
    def gradient(self) -> Array:
        """Of the objective, shape (n_sought,)."""
        total: Array = self.own_gradients.sum(axis=0)
        return total


@dataclass
class Objective:
    """The objective as a function of what is sought: fixed effects, covariance, log errors.

    Parameters
    ----------
    patients
        Who was measured.
    covariance
        Of the random effects.
    sds
        Standard deviations of errors where the search begins, or which are held, shape (n_sds,).
    sought_sds
        Places of those that are estimated.
    method
        `focei` or `laplace`.
    """

    patients: Patients
    covariance: Covariance
    sds: Array
    sought_sds: tuple[int, ...]
    method: str = "focei"

    def __post_init__(self) -> None:
        """Count what is sought."""
        self.n_fixed = self.patients.individuals.starts.size
        self.n_entries = len(self.covariance.entries)
        steps = np.full(len(self.patients.individuals.names), _STEP)
        for index, scale in enumerate(self.patients.individuals.transforms.scales):
            if scale == "plain":
                steps[index] *= max(abs(self.patients.individuals.typical[index]), 1e-3)
        self._steps = steps

    @property
    def starts(self) -> Array:
        """Where the search begins, shape (n_sought,)."""
        logs = np.log(self.sds[list(self.sought_sds)])
        first = self.patients.individuals.starts, self.covariance.starts, logs
        return np.concatenate(first)

    @property
    def no_etas(self) -> Array:
        """Effects of patients who are all typical."""
        return np.zeros((self.patients.rows.n_subjects, len(self.covariance)))

    def parts(self, x: Array) -> tuple[Array, Array, Array]:
        """Return fixed effects, entries of the covariance, and all errors' deviations."""
        sds = self.sds.copy()
        sds[list(self.sought_sds)] = np.exp(x[self.n_fixed + self.n_entries :])
        return x[: self.n_fixed], x[self.n_fixed : self.n_fixed + self.n_entries], sds

    def factor(self, x: Array) -> Array:
        """Return the lower Cholesky factor of the covariance, shape (n_effects, n_effects)."""
        return self.covariance.factor(self.parts(x)[1])

    def point(self, x: Array) -> PopulationPoint:
        """Return the population at a point."""
        fixed, entries, sds = self.parts(x)
        means, slopes = self.patients.individuals.means(fixed)
        matrix = self.covariance.matrix(entries)
        inverse = np.asarray(np.linalg.inv(matrix) if matrix.size else matrix, dtype=float)
        determinant = 2 * float(np.log(np.diag(self.covariance.factor(entries))).sum())
        return PopulationPoint(means, slopes, matrix, inverse, float(determinant), sds)

    def __call__(
        self, x: Array, etas: Array, *, near: Array | None = None, gradient: bool = False
    ) -> Value:
        """Evaluate the objective.

        Parameters
        ----------
        x
            Shape (n_sought,).
        etas
            Where the search within patients begins, shape (n_subjects, n_effects).
        near
            Exact curvature of the patients close by, if it is known.
        gradient
            Whether slopes are needed.

        Raises
        ------
        FailedPatients
            If patients cannot be predicted there.
        """
        point = self.point(x)
        here = self.patients.search(point, etas, near)
        return self._at(x, point, here, gradient=gradient)

    def first(self, x: Array, etas: Array | None = None) -> Value:
        """Evaluate the objective with patients sought from several beginnings.

        So are effects that move when doses arrive; all others have one hollow.

        Parameters
        ----------
        x
            Shape (n_sought,).
        etas
            The first of the beginnings, shape (n_subjects, n_effects); typical patients by default.

        Raises
        ------
        FailedPatients
            If patients cannot be predicted there.
        """
        point = self.point(x)
        here = self.patients.search_widely(point, self.no_etas if etas is None else etas)
        return self._at(x, point, here, gradient=False)

    def with_gradient(self, x: Array, value: Value) -> Value:
        """Return a value at a point with its slopes."""
        return self._at(x, self.point(x), value.here, gradient=True)

    def gradient_at(self, x: Array, etas: Array) -> Value:
        """Evaluate the objective with its slopes at effects that are known to be most likely.

        Raises
        ------
        FailedPatients
            If patients cannot be predicted there.
        """
        point = self.point(x)
        here, failures = self.patients.at(point, etas)
        if failures:
            raise FailedPatients(failures)
        return self._at(x, point, self.patients.settled(point, here), gradient=True)

    def _at(self, x: Array, point: PopulationPoint, here: Inner, *, gradient: bool) -> Value:
        """Evaluate the objective at patients whose effects are known."""
        laplace = self.method == "laplace"
        second = self.second(point, here) if gradient or laplace else None
        curvature = curvature_of(self.patients, point, here, second)
        half = curvature.expected
        if laplace and curvature.full is not None:
            half = curvature.full / 2
        own = here.joint + point.log_determinant + _log_determinants(half)
        own = np.where(self.patients.rows.counts > 0, own, 0.0)
        total = float(own.sum()) + self.patients.rows.jacobian
        if not gradient:
            return Value(total, own, None, here.etas.copy(), None, None, here)
        assert second is not None
        gradients, moves = self._slopes(x, point, here, curvature, second)
        return Value(total, own, gradients, here.etas.copy(), moves, curvature.full, here)

    def second(self, point: PopulationPoint, here: Inner, at: Array | None = None) -> Array:
        """Return d slopes / d effect of all rows, shape (n_rows, n_varied, n_effects).

        Differences are central but where one side lies beyond a corner, at which slopes jump: of
        such a patient they are taken of the other side.

        Parameters
        ----------
        point, here
            Where, and the patients there.
        at
            Means that take the place of those of the point.
        """
        means = point.means if at is None else at
        effects = self.patients.individuals.effect_at
        first = []
        for effect in effects:
            sides = []
            for sign in (1, -1):
                moved = means.copy()
                moved[:, effect] += sign * self._steps[effect]
                there = self.patients.predict(moved, here.etas)
                if there.failures:
                    raise FailedPatients(there.failures)
                sides.append(there)
            first.append(_within_corners(self.patients, here, *sides))
        if not first:
            return np.zeros((len(self.patients.rows), means.shape[1], 0))
        return second_slopes(first, self._steps[effects], effects)

    def full_curvature(self, point: PopulationPoint, here: Inner) -> Array:
        """Return the exact curvature of each patient by their effects.

        Returns
        -------
        ndarray, shape (n_subjects, n_effects, n_effects)
        """
        return full_of(self.patients, point, here, self.second(point, here))

    def _slopes(
        self, x: Array, point: PopulationPoint, here: Inner, curvature: Curvature, second: Array
    ) -> tuple[Array, Array]:
        entries = self.parts(x)[1]
        slopes = Slopes(
            error_terms(self.patients.rows, here.f, point.sds), second,
            self.covariance.slopes(entries), self.sought_sds,
        )  # fmt: skip
        third = self._third(point, here) if self.method == "laplace" else None
        return total_gradient(self.patients, point, here, curvature, slopes, third)

    def _third(self, point: PopulationPoint, here: Inner) -> Array:
        """Return d curvature / d parameter of each patient, by differences of the exact curvature.

        Returns
        -------
        ndarray, shape (n_subjects, n_varied, n_effects, n_effects)
        """
        n = point.means.shape[1]
        changes = []
        for effect in range(n):
            sides: list[Array] = []
            step = self._steps[effect] / _STEP * _LONG_STEP
            for sign in (1, -1):
                moved = point.means.copy()
                moved[:, effect] += sign * step
                there, failures = self.patients.at(point._replace(means=moved), here.etas)
                if failures:
                    raise FailedPatients(failures)
                second = self.second(point, there, moved)
                sides.append(full_of(self.patients, point, there, second))
            changes.append((sides[0] - sides[1]) / (2 * step))
        return np.stack(changes, axis=1)


def _within_corners(
    patients: Patients, here: Inner, up: Predicted, down: Predicted
) -> tuple[Array, Array]:
    """Return slopes on both sides; a side beyond a corner is what the other side leads to."""
    assert up.slopes is not None
    assert down.slopes is not None
    rows = patients.rows
    above, below = (rows.crossed(here.passed, side.passed) for side in (up, down))
    far_up = (above & ~below)[rows.subject, np.newaxis]
    far_down = (below & ~above)[rows.subject, np.newaxis]
    return (
        np.where(far_up, 2 * here.slopes - down.slopes, up.slopes),
        np.where(far_down, 2 * here.slopes - up.slopes, down.slopes),
    )


def _log_determinants(half: Array) -> Array:
    """Return log det of each patient's curvature.

    Raises
    ------
    FailedPatients
        If a curvature is none: the effects of these patients are no maximum.
    """
    signs, logs = np.linalg.slogdet(half)
    if not (signs > 0).all():
        why = SimulationError("the curvature at its effects is not that of a maximum", {})
        raise FailedPatients({int(n): why for n in np.flatnonzero(~(signs > 0))})
    return np.asarray(logs)
