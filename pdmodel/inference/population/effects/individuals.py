"""From typical values, coefficients and random effects to the parameters of each patient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pdmodel.arrays import Array, Integers
from pdmodel.inference.population.effects.covariate_effects import CovariateEffect
from pdmodel.inference.population.effects.random_effects import Transforms


@dataclass(frozen=True)
class Individuals:
    """The parameters that are not the same number for all, or not known.

    Parameters
    ----------
    transforms
        The parameters, each with the scale on which its effects are added.
    typical
        Typical values on those scales, where the search begins or what is held, shape (n_varied,).
    sought
        Places of the parameters whose typical value is estimated.
    effect_at
        Place of the parameter of each random effect.
    covariates
        Effects of covariates.
    shapes
        h of each effect in each patient, shape (n_subjects, n_covariates).
    """

    transforms: Transforms
    typical: Array
    sought: tuple[int, ...]
    effect_at: Integers
    covariates: tuple[CovariateEffect, ...]
    shapes: Array

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters."""
        return self.transforms.names

    @property
    def n_subjects(self) -> int:
        """Return the number of patients."""
        return int(self.shapes.shape[0])

    @property
    def coefficients(self) -> tuple[CovariateEffect, ...]:
        """Covariate effects whose coefficient is estimated."""
        return tuple(effect for effect in self.covariates if effect.estimated)

    @property
    def starts(self) -> Array:
        """Where the search begins: typical values, then coefficients; shape (n_fixed,)."""
        first = [effect.inner(effect.first) for effect in self.coefficients]
        return np.array([*self.typical[list(self.sought)], *first])

    def means(self, fixed: Array) -> tuple[Array, Array]:
        """Return what random effects are added to, and how it moves.

        Parameters
        ----------
        fixed
            Typical values and coefficients, as in `starts`.

        Returns
        -------
        means, slopes
            Shapes (n_subjects, n_varied) and (n_subjects, n_varied, n_fixed).
        """
        typical = self.typical.copy()
        typical[list(self.sought)] = fixed[: len(self.sought)]
        logs, owners = self._log_factors(fixed[len(self.sought) :])
        shape = self.n_subjects, len(self.names)
        means, factors = np.broadcast_to(typical, shape).copy(), np.ones(shape)
        plain = np.array([scale == "plain" for scale in self.transforms.scales], dtype=bool)
        factors[:, plain] = np.exp(logs[:, plain])
        means[:, plain] *= factors[:, plain]
        means[:, ~plain] += logs[:, ~plain]
        slopes = np.zeros((*shape, fixed.size))
        for column, parameter in enumerate(self.sought):
            slopes[:, parameter, column] = factors[:, parameter]
        for column, number in enumerate(owners, start=len(self.sought)):
            parameter = self._place(self.covariates[number])
            size = means[:, parameter] if plain[parameter] else 1.0
            slopes[:, parameter, column] = self.shapes[:, number] * size
        return means, slopes

    def _log_factors(self, coefficients: Array) -> tuple[Array, list[int]]:
        """Return the sum of w h of each parameter, and which effects the coefficients are of."""
        logs = np.zeros((self.n_subjects, len(self.names)))
        given, owners = iter(coefficients), []
        for number, effect in enumerate(self.covariates):
            w = float(next(given)) if effect.estimated else effect.inner(effect.first)
            logs[:, self._place(effect)] += w * self.shapes[:, number]
            owners += [number] if effect.estimated else []
        return logs, owners

    def _place(self, effect: CovariateEffect) -> int:
        return self.names.index(effect.parameter)

    def scaled(self, means: Array, etas: Array) -> Array:
        """Return the parameters of each patient on their scales, shape (n_subjects, n_varied)."""
        own = np.array(means, dtype=float)
        own[:, self.effect_at] += etas
        return own

    def values(self, means: Array, etas: Array) -> Array:
        """Return the parameters of each patient, shape (n_subjects, n_varied)."""
        return self.transforms.from_scale(self.scaled(means, etas))[0]


def shapes_of(covariates: Sequence[CovariateEffect], values: Array) -> Array:
    """Return h of each effect in each patient; both have shape (n_subjects, n_covariates)."""
    return np.column_stack(
        [np.zeros((values.shape[0], 0)),
         *(effect.shape(values[:, n]) for n, effect in enumerate(covariates))]
    )  # fmt: skip
