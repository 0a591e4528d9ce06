"""How well the numbers of a population are known: by the curvature, and by the sandwich.

R is half the matrix of second derivatives of -2 log L, by central differences of exact gradients; S
the sum of products of the patients' own gradients over 4. Where the model is right both estimate
the same, and `R^-1` is the covariance of the estimates; `R^-1 S R^-1`, the sandwich, holds where it
is wrong as well, but needs many patients.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pdmodel.arrays import Array, Flags
from pdmodel.inference.population.likelihood.objective import Objective, Value
from pdmodel.inference.population.search import SearchPlace, positive

Z90 = 1.6448536269514722
"""Half the width of a 90 % interval, in standard errors."""
# Steps of the differences: a part of the standard error that the search's curvature tells of.
_SHARE = 0.05
_SHORTEST, _LONGEST = 1e-4, 5e-2
# Ratio of eigenvalues beyond which a direction is not known.
_SINGULAR = 1e-10


@dataclass(frozen=True)
class Uncertainty:
    """Covariances of what is sought, on the scales on which it is sought.

    Parameters
    ----------
    hessian
        Second derivatives of the objective, shape (n_sought, n_sought).
    curvature, sandwich
        Covariance by R and by the sandwich; NaN where there is none.
    reason
        Why there is none, or nothing.
    weak
        Numbers of what goes into the direction that is not known.
    """

    hessian: Array
    curvature: Array
    sandwich: Array
    reason: str = ""
    weak: tuple[int, ...] = ()


def hessian_of(objective: Objective, place: SearchPlace, free: Flags) -> Array:
    """Return second derivatives of the objective by central differences of its gradient.

    Parameters
    ----------
    objective, place
        What was searched, and where.
    free
        What is at no bound; all else has zeros.

    Raises
    ------
    FailedPatients
        If patients cannot be predicted close by.
    """
    x, n = place.state.x, place.state.x.size
    scales = np.sqrt(2.0 / np.maximum(np.diag(positive(place.state.curvature)), 1e-12))
    steps = np.clip(_SHARE * scales, _SHORTEST, _LONGEST)
    hessian = np.zeros((n, n))
    moves = place.value.eta_slopes
    assert moves is not None
    for k in np.flatnonzero(free):
        change = np.zeros(n)
        change[k] = steps[k]
        # Effects moved to first order: what is left of their error is the same on both sides.
        up, down = (
            objective.gradient_at(x + side * change, place.state.etas + side * (moves @ change))
            for side in (1, -1)
        )
        hessian[k] = _difference(objective, place.value, up, down).sum(axis=0) / (2 * steps[k])
    hessian[:, ~free] = 0.0
    symmetric: Array = 0.5 * (hessian + hessian.T)
    return symmetric


def _difference(objective: Objective, here: Value, up: Value, down: Value) -> Array:
    """Return what each patient's gradient changes by from below to above.

    At a corner gradients jump: where one lies within the step, twice the other side counts.
    """
    rows = objective.patients.rows
    above, below = (rows.crossed(here.here.passed, side.here.passed) for side in (up, down))
    half_up = up.own_gradients - here.own_gradients
    half_down = here.own_gradients - down.own_gradients
    difference = half_up + half_down
    difference = np.where((above & ~below)[:, np.newaxis], 2 * half_down, difference)
    return np.where((below & ~above)[:, np.newaxis], 2 * half_up, difference)


def uncertainty_of(place: SearchPlace, hessian: Array, free: Flags) -> Uncertainty:
    """Return the covariances of what is sought.

    Parameters
    ----------
    place
        Where the search ended.
    hessian
        There.
    free
        What is at no bound: all else has no standard error.
    """
    n = hessian.shape[0]
    nothing = np.full((n, n), np.nan)
    picked = np.ix_(free, free)
    if not free.any():
        return Uncertainty(hessian, nothing, nothing, "everything is at its bound")
    r = hessian[picked] / 2
    scale = np.sqrt(np.maximum(np.diag(r), 1e-300))
    values, vectors = np.linalg.eigh(r / scale[:, np.newaxis] / scale)
    if not values[0] > _SINGULAR * values[-1] or not (np.diag(r) > 0).all():
        shares = np.abs(vectors[:, 0])
        weak = np.flatnonzero(free)[shares > 0.3 * shares.max()]
        why = "bends down" if values[0] < 0 else "is flat"
        reason = f"the objective {why} in a direction, so that not all is known"
        return Uncertainty(hessian, nothing, nothing, reason, tuple(int(k) for k in weak))
    inverse = np.linalg.inv(r)
    own = place.value.own_gradients[:, free]
    curvature, sandwich = nothing.copy(), nothing.copy()
    curvature[picked] = inverse
    sandwich[picked] = inverse @ (own.T @ own / 4) @ inverse
    return Uncertainty(hessian, curvature, sandwich)
