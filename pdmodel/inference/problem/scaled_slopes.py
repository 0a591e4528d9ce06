"""Slopes of what the targets look at, on their scales and in units of their softness."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pdmodel.arrays import Array
from pdmodel.inference.problem.parameters import linear_values, scale_factors
from pdmodel.inference.problem.ties import Ties
from pdmodel.inference.targets.residuals import scale_slope, to_scale
from pdmodel.inference.targets.target import Target

if TYPE_CHECKING:
    from pdmodel.inference.problem.problem import Problem

# Of the central differences, by the logarithm: as in the fits, well above the integrator's 1e-6.
_STEP = 5e-3


def scaled_slopes(problem: Problem, values: Mapping[str, float]) -> Array:
    """Return d (scaled statistic / softness) / d inner parameter, (n_targets + n_priors, n_free).

    An inner parameter is the logarithm of one that is fitted by it. Exact, or by central
    differences where the problem has no exact Jacobian.

    Parameters
    ----------
    problem, values
        The problem, and the value of every setting.

    Raises
    ------
    EvaluationFailure
        If a group cannot be simulated there.
    """
    factors = scale_factors(problem.settings, values)
    ties = Ties(problem.settings).slopes(values)
    if problem.exact:
        rows = [
            scale_slope(m.smooth, target.scale) / width(target) * m.slope * factors
            for target, m in zip(
                problem.targets, problem.sloped_measures(values, ties), strict=True
            )
        ]
    else:
        rows = list(_differences(problem, values, factors))
    still = np.zeros(len(factors))
    rows += [
        prior.residual_slope(values[prior.parameter]) * ties.get(prior.parameter, still) * factors
        for prior in problem.priors
    ]
    return np.array(rows)


def width(target: Target) -> float:
    """Return how far a statistic goes, on its scale, to matter: sigma, or the softness."""
    return target.softness if math.isnan(target.sigma) else target.sigma


def _differences(problem: Problem, values: Mapping[str, float], factors: Array) -> Array:
    """Return the slopes of the targets, shape (n_targets, n_free)."""
    # without bounds, so that a step may cross one; what is not free stands at the point, too
    settings = [
        replace(s, value=values[s.name], min=-math.inf, max=math.inf) for s in problem.settings
    ]
    point = {name: values[name] for name in problem.free}
    slopes = np.empty((len(problem.targets), len(point)))
    for column, (name, value) in enumerate(point.items()):
        step = _STEP * factors[column]
        above, below = (
            _scaled(problem, linear_values(settings, point | {name: value + shift}))
            for shift in (step, -step)
        )
        slopes[:, column] = (above - below) / (2 * _STEP)
    return slopes


def _scaled(problem: Problem, values: Mapping[str, float]) -> Array:
    pairs = zip(problem.targets, problem.measure(values), strict=True)
    return np.array([to_scale(m.smooth, target.scale) / width(target) for target, m in pairs])
