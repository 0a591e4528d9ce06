"""The likelihood of a population by adaptive Gauss-Hermite quadrature, for few random effects.

The integral over a patient's effects is a weighted sum over nodes around their most likely values,
spread by their curvature there (Pinheiro and Bates 1995, J Comput Graph Stat 4:12-35). One node is
the method of Laplace; more nodes approach the likelihood itself.
"""

from __future__ import annotations

import itertools
import math

import numpy as np

from pdmodel.arrays import Array
from pdmodel.inference.population.likelihood.inner import Inner, PopulationPoint
from pdmodel.inference.population.likelihood.objective import Objective
from pdmodel.inference.population.likelihood.row_terms import row_terms

MOST_EFFECTS = 3
"""Nodes are a power of the number of effects: with more it would take too long."""
NODES = 7
MOST_NODES = 100
"""Weights of some hundreds are out of the range of numbers."""


def quadrature(objective: Objective, x: Array, etas: Array, nodes: int = NODES) -> float:
    """Return -2 log L without n log 2 pi, by quadrature.

    Parameters
    ----------
    objective, x
        The population and its numbers.
    etas
        Where the search within patients begins, shape (n_subjects, n_effects).
    nodes
        For each effect.

    Raises
    ------
    FailedPatients
        If patients cannot be predicted at these numbers.
    """
    point = objective.point(x)
    here = objective.patients.search(point, etas)
    spread = _spread(objective, point, here)
    places, weights = np.polynomial.hermite_e.hermegauss(nodes)
    weights = np.log(weights) - 0.5 * math.log(2 * math.pi)
    logs = []
    for picked in itertools.product(range(nodes), repeat=etas.shape[1]):
        z = places[list(picked)]
        joint = _joint(objective, point, here.etas + spread @ z)
        logs.append(-0.5 * joint + 0.5 * z @ z + weights[list(picked)].sum())
    sums = np.logaddexp.reduce(np.array(logs), axis=0)
    sums += np.log(np.diagonal(spread, axis1=1, axis2=2)).sum(axis=1)
    own = point.log_determinant - 2 * sums
    some = objective.patients.rows.counts > 0
    return float(own[some].sum()) + objective.patients.rows.jacobian


def _spread(objective: Objective, point: PopulationPoint, here: Inner) -> Array:
    """Return a Cholesky factor of each patient's covariance around the most likely effects."""
    try:
        full = objective.full_curvature(point, here) / 2
        return np.asarray(np.linalg.cholesky(np.linalg.inv(full)))
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.cholesky(np.linalg.inv(here.curvature)))


def _joint(objective: Objective, point: PopulationPoint, etas: Array) -> Array:
    """Return -2 log of the joint density at some effects; infinite where nothing is predicted."""
    f, _, failures, _ = objective.patients.predict(point.means, etas, slopes=False)
    rows = objective.patients.rows
    terms = row_terms(rows, f, point.sds)
    joint: Array = rows.by_subject(terms.value) + ((etas @ point.inverse) * etas).sum(axis=1)
    joint[list(failures)] = np.inf
    return joint
