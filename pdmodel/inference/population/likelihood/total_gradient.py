"""The exact total gradient of the objective: most likely effects move with what is sought.

By the implicit function theorem `d eta / dp = -l_ee^-1 l_ep` (Almquist, Leander and Jirstrand 2015,
J Pharmacokinet Pharmacodyn 42:191-209). What moves the log determinant through the effects is
gathered in one vector v a patient, so that no derivative is formed by each parameter.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pdmodel.arrays import Array
from pdmodel.inference.population.likelihood.inner import (
    Inner,
    Patients,
    PopulationPoint,
    inverse_where_free,
)
from pdmodel.inference.population.likelihood.row_terms import ErrorTerms
from pdmodel.inference.population.likelihood.rows import MeasuredRows


class Curvature(NamedTuple):
    """Curvature of -2 log of the joint density of each patient by the effects.

    Parameters
    ----------
    expected
        Half of it as FOCE with interaction has it, shape (n_subjects, n_effects, n_effects).
    full
        The exact one, not halved; None where second slopes are not known.
    """

    expected: Array
    full: Array | None


class Slopes(NamedTuple):
    """What the gradient is made of.

    Parameters
    ----------
    errors
        How the terms of rows move with their errors.
    second
        d slopes / d effect, shape (n_rows, n_varied, n_effects).
    covariance
        d covariance / d entry, shape (n_entries, n_effects, n_effects).
    sought_sds
        Standard deviations of errors that are estimated.
    """

    errors: ErrorTerms
    second: Array
    covariance: Array
    sought_sds: tuple[int, ...]


def curvature_of(
    patients: Patients, point: PopulationPoint, here: Inner, second: Array | None
) -> Curvature:
    """Return the curvature of each patient; the exact one where second slopes are given."""
    effects, sums = patients.individuals.effect_at, patients.rows.by_subject
    inner = here.slopes[:, effects]
    outer = inner[:, :, np.newaxis] * inner[:, np.newaxis, :]
    expected = sums(outer * here.terms.weight[:, np.newaxis, np.newaxis]) + point.inverse
    if second is None:
        return Curvature(expected, None)
    return Curvature(expected, full_of(patients, point, here, second))


def full_of(patients: Patients, point: PopulationPoint, here: Inner, second: Array) -> Array:
    """Return the exact curvature of each patient, shape (n_subjects, n_effects, n_effects)."""
    effects = patients.individuals.effect_at
    inner = here.slopes[:, effects]
    terms = inner[:, :, np.newaxis] * inner[:, np.newaxis, :]
    terms = terms * here.terms.by_ff[:, np.newaxis, np.newaxis]
    terms += second[:, effects, :] * here.terms.by_f[:, np.newaxis, np.newaxis]
    return patients.rows.by_subject(terms) + 2 * point.inverse


def total_gradient(
    patients: Patients,
    point: PopulationPoint,
    here: Inner,
    curvature: Curvature,
    slopes: Slopes,
    third: Array | None = None,
) -> tuple[Array, Array]:
    """Return the gradient of each patient, and how the effects move.

    Parameters
    ----------
    patients, point, here
        Patients at their most likely effects.
    curvature
        There.
    slopes
        Of the rows and of the covariance.
    third
        d exact curvature / d parameter, shape (n_subjects, n_varied, n_effects, n_effects), where
        the exact curvature is that of the objective (Laplace).

    Returns
    -------
    gradients, moves
        Shapes (n_subjects, n_sought) and (n_subjects, n_effects, n_sought).
    """
    return _Gradient(patients, point, here, curvature, slopes, third).both()


class _Gradient:
    """The gradient at one place, part by part."""

    def __init__(
        self,
        patients: Patients,
        point: PopulationPoint,
        here: Inner,
        curvature: Curvature,
        slopes: Slopes,
        third: Array | None,
    ) -> None:
        assert curvature.full is not None
        self.rows: MeasuredRows = patients.rows
        self.effects = patients.individuals.effect_at
        self.point, self.here, self.slopes, self.third = point, here, slopes, third
        self.inner = here.slopes[:, self.effects]
        half = curvature.expected if third is None else curvature.full / 2
        self.full = curvature.full
        self.inverse = np.linalg.inv(half)
        self.to_move = -inverse_where_free(curvature.full, here.pinned)
        weighted = (self.inner[:, np.newaxis, :] @ self.inverse[self.rows.subject])[:, 0, :]
        self.weighted, self.lever = weighted, (weighted * self.inner).sum(axis=1)
        self.of_parameters = self._of_parameters()

    def both(self) -> tuple[Array, Array]:
        """Return the gradients and how effects move, both over all that is sought."""
        parts = [self._fixed(), self._entries(), self._errors()]
        some = (self.rows.counts > 0)[:, np.newaxis]
        gradients = np.concatenate([gradient for gradient, _ in parts], axis=1)
        moves = np.concatenate([move for _, move in parts], axis=2)
        return np.where(some, gradients, 0.0), moves

    def _total(
        self, direct: Array, mixed: Array, forced: Array | None = None
    ) -> tuple[Array, Array]:
        """Return gradient and moves of some parameters, of the mixed second derivatives l_ep.

        Effects that are pinned to a corner move as they are forced to; all others follow.
        """
        moves = self.to_move @ mixed
        total = direct
        if forced is not None:
            moves += forced + self.to_move @ (self.full @ forced)
            total = total + np.einsum("ie,iep->ip", self.here.gradient, forced)
        return total + np.einsum("ie,iep->ip", self.of_parameters[:, self.effects], moves), moves

    def _forced(self) -> Array | None:
        """Return how pinned effects move, so that their parameter stays where it is."""
        if not self.here.pinned.any():
            return None
        slopes = self.point.mean_slopes[:, self.effects, :]
        return np.where(self.here.pinned[:, :, np.newaxis], -slopes, 0.0)

    def _of_parameters(self) -> Array:
        """Return d log det / d parameter of each patient, shape (n_subjects, n_varied)."""
        if self.third is not None:
            return np.asarray(np.einsum("iab,ikab->ik", self.inverse, self.third)) / 2
        weight = self.here.terms.weight[:, np.newaxis]
        along = np.einsum("ja,jka->jk", self.weighted, self.slopes.second)
        by_weight = (self.lever * self.slopes.errors.weight_by_f)[:, np.newaxis]
        return self.rows.by_subject(2 * weight * along + by_weight * self.here.slopes)

    def _fixed(self) -> tuple[Array, Array]:
        terms, slopes = self.here.terms, self.here.slopes
        direct = self.rows.by_subject(slopes * terms.by_f[:, np.newaxis]) + self.of_parameters
        mixed = self.inner[:, :, np.newaxis] * slopes[:, np.newaxis, :]
        mixed *= terms.by_ff[:, np.newaxis, np.newaxis]
        mixed += self.slopes.second.transpose(0, 2, 1) * terms.by_f[:, np.newaxis, np.newaxis]
        to_fixed = self.point.mean_slopes
        by_fixed = np.einsum("ik,ikp->ip", direct, to_fixed)
        return self._total(by_fixed, self.rows.by_subject(mixed) @ to_fixed, self._forced())

    def _entries(self) -> tuple[Array, Array]:
        etas, inverse = self.here.etas, self.point.inverse
        changes = -inverse @ self.slopes.covariance @ inverse
        quadratic = np.einsum("ia,pab,ib->ip", etas, changes, etas)
        direct = quadratic + np.einsum("ab,pba->p", inverse, self.slopes.covariance)
        direct += np.einsum("iab,pba->ip", self.inverse, changes)
        return self._total(direct, 2 * np.einsum("pab,ib->iap", changes, etas))

    def _errors(self) -> tuple[Array, Array]:
        errors, places = self.slopes.errors, (self.rows.additive, self.rows.proportional)
        n = len(self.slopes.sought_sds)
        direct = np.zeros((self.rows.n_subjects, n))
        mixed = np.zeros((self.rows.n_subjects, self.inner.shape[1], n))
        for column, sd in enumerate(self.slopes.sought_sds):
            for side, parameter in enumerate(places):
                own = parameter == sd
                if own.any():
                    of_rows = errors.by_s[side] + self._of_errors(side)
                    direct[:, column] += self.rows.by_subject(np.where(own, of_rows, 0.0))
                    crossed = self.inner * np.where(own, errors.by_fs[side], 0.0)[:, np.newaxis]
                    mixed[:, :, column] += self.rows.by_subject(crossed)
        return self._total(direct, mixed)

    def _of_errors(self, side: int) -> Array:
        """Return d log det / d log error of each row."""
        errors = self.slopes.errors
        if self.third is None:
            expected: Array = self.lever * errors.weight_by_s[side]
            return expected
        second = self.slopes.second[:, self.effects, :]
        curved: Array = np.einsum("jab,jab->j", self.inverse[self.rows.subject], second)
        total: Array = 0.5 * (self.lever * errors.by_ffs[side] + curved * errors.by_fs[side])
        return total
