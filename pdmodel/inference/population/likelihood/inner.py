"""The search within patients: the random effects that are most likely, for all patients at once.

For each patient -2 log of the joint density of rows and effects is minimised by Newton steps, whose
curvature is positive (expected for measured rows). It starts where the last search ended, moved
along with the parameters of the population, so that few evaluations are needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pdmodel.arrays import Array, Flags, Integers
from pdmodel.errors import PdmodelError
from pdmodel.inference.population.effects.individuals import Individuals
from pdmodel.inference.population.likelihood.predictions import Predicted, Predictions
from pdmodel.inference.population.likelihood.row_terms import RowTerms, row_terms

# Predicted decrease of -2 log L below which a patient's search has ended.
_ENOUGH = 1e-12
# Below this a decrease that does not shrink any more is noise of the integration.
_NOISE = 1e-6
_MOST = 100
# Exact curvature of a place close by is kept as long as each step takes this share of what is left.
_FASTER = 0.3
_HALVINGS = 25
_SUFFICIENT = 1e-4
# Steps in a row that had to be cut and gained next to nothing, after which a patient stands at a
# corner: where a lag meets the time of a row the likelihood bends sharply, and has no slope to 0.
_CORNER, _NEXT_TO_NOTHING = 3, 1e-7
# The longest step of an effect, in its own standard deviations: far values may not be integrable.
_LONGEST = 3.0


class FailedPatients(Exception):
    """Patients that cannot be predicted at a point: a step there is shortened.

    Parameters
    ----------
    failures
        Why, by number of the patient.
    """

    def __init__(self, failures: Mapping[int, PdmodelError]) -> None:
        super().__init__(f"{len(failures)} patients cannot be predicted")
        self.failures = dict(failures)


class PopulationPoint(NamedTuple):
    """The numbers of a population, unpacked.

    Parameters
    ----------
    means, mean_slopes
        What effects are added to and how it moves, as of `Individuals.means`.
    covariance
        Of the random effects, shape (n_effects, n_effects).
    inverse
        Its inverse.
    log_determinant
        Of the covariance.
    sds
        Standard deviations of the errors, shape (n_sds,).
    """

    means: Array
    mean_slopes: Array
    covariance: Array
    inverse: Array
    log_determinant: float
    sds: Array


@dataclass
class Inner:
    """All patients at some random effects.

    Parameters
    ----------
    etas
        Shape (n_subjects, n_effects).
    joint
        -2 log of the joint density without constants, shape (n_subjects,).
    gradient
        Its slope by the effects, shape (n_subjects, n_effects).
    curvature
        Half of the curvature that the search uses, shape (n_subjects, n_effects, n_effects).
    f, slopes
        Predictions, slopes by the parameters on their scales (n_rows, n_varied).
    terms
        Of the rows.
    passed
        How many edges lie behind each row, as of `Predicted`.
    pinned
        Which effects stand on a corner, shape (n_subjects, n_effects): a lag at the time of a row.
    """

    etas: Array
    joint: Array
    gradient: Array
    curvature: Array
    f: Array
    slopes: Array
    terms: RowTerms
    passed: Integers
    pinned: Flags

    def take(self, other: Inner, where: Flags, rows: Flags) -> None:
        """Take over some patients of another place, but for what is pinned."""
        for name in ("etas", "joint", "gradient", "curvature"):
            getattr(self, name)[where] = getattr(other, name)[where]
        for name in ("f", "slopes", "passed"):
            getattr(self, name)[rows] = getattr(other, name)[rows]
        for own, new in zip(self.terms, other.terms, strict=True):
            own[rows] = new[rows]


class Patients:
    """The patients of a population: predictions and terms at any random effects.

    Parameters
    ----------
    predictions
        All patients in the engine.
    individuals
        How their parameters come about.
    """

    def __init__(self, predictions: Predictions, individuals: Individuals) -> None:
        self.predictions, self.individuals = predictions, individuals
        self.rows = predictions.rows

    @property
    def moving_doses(self) -> tuple[int, ...]:
        """Effects on what doses follow, such as a lag, by number."""
        names, followed = self.predictions.names, self.predictions.prepared.followed
        places = self.individuals.effect_at
        return tuple(n for n, place in enumerate(places) if names[place] in followed)

    @property
    def moving(self) -> list[int]:
        """Places of all parameters that doses follow, whether they differ or not."""
        followed = self.predictions.prepared.followed
        return [n for n, name in enumerate(self.predictions.names) if name in followed]

    def predict(
        self, means: Array, etas: Array, *, slopes: bool = True, only: Flags | None = None
    ) -> Predicted:
        """Predict all rows, with slopes by the parameters on their scales."""
        scaled = self.individuals.scaled(means, etas)
        values, to_value = self.individuals.transforms.from_scale(scaled)
        predicted = self.predictions(values, slopes=slopes, only=only)
        if predicted.slopes is None:
            return predicted
        return predicted._replace(slopes=predicted.slopes * to_value[self.rows.subject])

    def at(
        self, point: PopulationPoint, etas: Array, only: Flags | None = None
    ) -> tuple[Inner, Mapping[int, PdmodelError]]:
        """Return the patients at some effects, and those that cannot be predicted there."""
        f, slopes, failures, passed = self.predict(point.means, etas, only=only)
        assert slopes is not None
        terms = row_terms(self.rows, f, point.sds)
        inner = slopes[:, self.individuals.effect_at]
        sums, half = self.rows.by_subject, np.maximum(terms.weight, 0.0)
        prior = etas @ point.inverse
        outer = inner[:, :, np.newaxis] * (inner * half[:, np.newaxis])[:, np.newaxis, :]
        here = Inner(
            etas, sums(terms.value) + (prior * etas).sum(axis=1),
            sums(inner * terms.by_f[:, np.newaxis]) + 2 * prior,
            sums(outer) + point.inverse, f, slopes, terms, passed,
            np.zeros(etas.shape, dtype=bool),
        )  # fmt: skip
        return here, failures

    def search(
        self,
        point: PopulationPoint,
        start: Array,
        curvature: Array | None = None,
        active: Flags | None = None,
    ) -> Inner:
        """Return all patients at their most likely effects.

        Parameters
        ----------
        point
            The population.
        start
            Where to begin, shape (n_subjects, n_effects).
        curvature
            Exact curvature close by, with which the search ends after few steps; shape
            (n_subjects, n_effects, n_effects).
        active
            Who is sought; all others stay where they are. Shape (n_subjects,).

        Raises
        ------
        FailedPatients
            If a patient cannot be predicted, neither there nor at the typical values.
        """
        here = self._begin(point, np.array(start, dtype=float))
        if not start.shape[1]:
            return here
        limit = _LONGEST * np.sqrt(np.diag(point.covariance))
        before = np.full(start.shape[0], np.inf)
        active = np.ones(len(start), dtype=bool) if active is None else active.copy()
        cut = np.zeros(start.shape[0], dtype=np.int64)
        has_curvature = np.zeros_like(active) if curvature is None else _positive(curvature)
        for _ in range(_MOST):
            step = -np.linalg.solve(here.curvature, here.gradient[..., np.newaxis])[..., 0] / 2
            decrease = -(here.gradient * step).sum(axis=1)
            stuck = (decrease < _NOISE) & (decrease > 0.5 * before)
            active &= (decrease > _ENOUGH) & ~stuck
            if not active.any():
                break
            has_curvature &= decrease < _FASTER * before
            if curvature is not None and has_curvature.any():
                there = here.gradient[has_curvature][..., np.newaxis]
                step[has_curvature] = -np.linalg.solve(curvature[has_curvature], there)[..., 0]
            before = np.where(active, decrease, before)
            step *= np.minimum(1.0, (limit / np.maximum(np.abs(step), 1e-300)).min(axis=1))[:, None]
            active, small = self._step(point, here, step, active)
            cut = np.where(small, cut + 1, 0)
            active &= cut < _CORNER
        return here

    def search_widely(self, point: PopulationPoint, start: Array) -> Inner:
        """Return all patients at their most likely effects, where nothing is known of them yet."""
        return self.search(point, start)

    def settled(self, point: PopulationPoint, here: Inner) -> Inner:
        """Return patients that were put where their search had ended before."""
        return here

    def _begin(self, point: PopulationPoint, etas: Array) -> Inner:
        """Return the patients where the search begins; at typical values where that fails."""
        here, failures = self.at(point, etas)
        if failures:
            etas = etas.copy()
            etas[list(failures)] = 0.0
            here, failures = self.at(point, etas)
        if failures:
            raise FailedPatients(failures)
        return here

    def _step(
        self, point: PopulationPoint, here: Inner, step: Array, active: Flags
    ) -> tuple[Flags, Flags]:
        """Move the active patients along their steps, shortened until each is better.

        Returns
        -------
        moved : ndarray of bool
            Patients that moved; all others have come as far as the integration can tell.
        small : ndarray of bool
            Those of them whose step had to be cut, and gained next to nothing.
        """
        slope = (here.gradient * step).sum(axis=1)
        waiting, moved, length = active.copy(), np.zeros_like(active), 1.0
        small = np.zeros_like(active)
        for _ in range(_HALVINGS):
            etas = here.etas + length * step * waiting[:, np.newaxis]
            there, failures = self.at(point, etas, only=waiting)
            allowed = here.joint + _SUFFICIENT * length * slope + _slack(here.joint)
            better = waiting & (there.joint <= allowed)
            better[list(failures)] = False
            if length < 1.0:
                small |= better & (here.joint - there.joint < _NEXT_TO_NOTHING)
            here.take(there, better, better[self.rows.subject])
            moved |= better
            waiting &= ~better
            if not waiting.any():
                break
            length *= 0.5
        return moved, small


def inverse_where_free(curvature: Array, pinned: Flags) -> Array:
    """Return inverses of curvatures among the effects that are not pinned; 0 for those that are."""
    if not pinned.any():
        return np.asarray(np.linalg.inv(curvature))
    both = ~pinned[:, :, np.newaxis] & ~pinned[:, np.newaxis, :]
    held = np.where(both, curvature, 0.0) + pinned[:, :, np.newaxis] * np.eye(pinned.shape[1])
    return np.where(both, np.linalg.inv(held), 0.0)


def _positive(curvature: Array) -> Flags:
    """Return of which patients the curvature is positive in all directions."""
    least = np.linalg.eigvalsh(curvature).min(axis=1, initial=np.inf)
    return np.asarray(least > 0)


def _slack(joint: Array) -> Array:
    """Return what a value may seem to rise by, for it is integrated."""
    slack: Array = 1e-10 * (1.0 + np.abs(joint))
    return slack
