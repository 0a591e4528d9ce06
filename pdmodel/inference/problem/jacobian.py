"""The exact Jacobian of a fit, and its check.

Chain rule, from the inside out: parameters of a group by the free ones (`ties`), quantities by the
parameters (the engine's sensitivities), statistics by quantities (`sloped`), residuals by
statistics.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pdmodel.arrays import Array
from pdmodel.errors import InputError
from pdmodel.inference.fit.minimise import linear_values, scale_factors
from pdmodel.inference.problem.ties import Ties
from pdmodel.inference.targets.course import Measured

if TYPE_CHECKING:
    from pdmodel.inference.problem.problem import FitProblem

COLUMNS = ("row", "parameter", "exact", "differences", "deviation")
# A central difference of step d has an error of about d**2 + rtol/d; a longer step would more often
# straddle a kink, such as a lowest value that moves to the next day.
_RTOL = 1e-10
_STEP = 1e-4
# A row whose slopes are all smaller than this does not move: what is left is noise.
_STILL = 1e-4


def residual_slopes(problem: FitProblem, values: Mapping[str, float]) -> Array:
    """Return d residual / d free parameter, shape (n_targets + n_priors, n_free).

    Parameters
    ----------
    problem, values
        The problem, and the value of every setting.

    Raises
    ------
    EvaluationFailure
        If a group cannot be simulated there.
    InputError
        If the engine has no exact sensitivities.
    """
    if not problem.simulator.differentiable(problem.model):
        raise InputError("exact sensitivities need the compiled engine and no steady-state dose")
    ties = Ties(problem.settings)
    slopes = ties.slopes(values)
    still = np.zeros(len(ties.free))
    rows = [
        target.residual_slope(found.smooth) * found.slope
        for target, found in zip(
            problem.targets, sloped_measures(problem, values, slopes), strict=True
        )
    ]
    rows += [
        prior.residual_slope(values[prior.parameter]) * slopes.get(prior.parameter, still)
        for prior in problem.priors
    ]
    return np.array(rows)


def sloped_measures(
    problem: FitProblem, values: Mapping[str, float], slopes: Mapping[str, Array]
) -> list[Measured]:
    """Return what each target looks at, with slopes by the free parameters.

    Parameters
    ----------
    problem, values
        The problem, and the value of every setting.
    slopes
        d setting / d free parameter, as `Ties` gives them.

    Raises
    ------
    EvaluationFailure
        If a group cannot be simulated there.
    """
    still = np.zeros(next(iter(slopes.values())).size)
    known = {q.name for q in problem.model.parameters if q.kind == "parameter"}
    held = {group: problem.places(group) for group in problem.groups}
    moving = [p for places in held.values() for p, name in places.items() if name in slopes]
    by = [p for p in dict.fromkeys(moving) if p in known]
    courses = {
        group: problem.simulator.sloped_courses(
            problem.model, group, problem.own_values(group, values), by,
            np.array([slopes.get(places.get(p, ""), still) for p in by]),
        )
        for group, places in held.items()
    }  # fmt: skip
    return problem.measure_courses(courses)


def check_gradient(problem: FitProblem, values: Mapping[str, float]) -> pd.DataFrame:
    """Compare the exact Jacobian with central differences; see `FitProblem.check_gradient`."""
    tight = copy.copy(problem)
    tight.rtol, tight.atol = min(_RTOL, problem.rtol), None  # follows the sizes of the states
    settings = tight.settings
    here = {s.name: s.value for s in settings} | dict(values)
    point = {name: here[name] for name in tight.free}
    factors = scale_factors(settings, here)
    known = linear_values(settings, point)
    exact = tight.residual_slopes(known) * factors
    differences = np.empty_like(exact)
    for place, name in enumerate(tight.free):
        # relative where the logarithm is fitted, so that both are by the same scale
        step = _STEP * (abs(point[name]) or 1.0)
        above, below = (
            tight.residuals(linear_values(settings, point | {name: point[name] + shift}))
            for shift in (step, -step)
        )
        differences[:, place] = (above - below) / (2 * step) * factors[place]
    return _table(tight, exact, differences)


def _table(problem: FitProblem, exact: Array, differences: Array) -> pd.DataFrame:
    names = [target.id for target in problem.targets]
    names += [f"prior {prior.parameter}" for prior in problem.priors]
    norms = np.maximum(np.linalg.norm(exact, axis=1), np.linalg.norm(differences, axis=1))
    scaled = np.abs(exact - differences) / np.maximum(norms, _STILL)[:, None]
    rows = [
        (name, parameter, exact[i, j], differences[i, j], scaled[i, j])
        for i, name in enumerate(names)
        for j, parameter in enumerate(problem.free)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))
