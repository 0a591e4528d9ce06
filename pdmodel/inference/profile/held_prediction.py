"""A fit with a prediction held: one more row of data, as tight as the integrator allows.

The row is a validation datum `(z(theta) - z) / sigma` of Kreutz et al. (2012), BMC Syst Biol 6:120.
Where the cost of data and row together is lowest, that of the data alone is the lowest of all
parameters that predict the same: a point of the prediction profile, exactly, for any sigma. The
tighter the row, the nearer to `z` it lies.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pdmodel.inference.fit.minimise import Minimum
from pdmodel.inference.problem.groups import observed_also
from pdmodel.inference.problem.parameters import Setting, linear_values
from pdmodel.inference.problem.scaled_slopes import scaled_slopes
from pdmodel.inference.profile.held import Point, Side, fit_others, stuck
from pdmodel.inference.profile.walk import Origin, Walk
from pdmodel.inference.targets.course import Measured
from pdmodel.inference.targets.residuals import from_scale, to_scale
from pdmodel.inference.targets.target import Target

if TYPE_CHECKING:
    from pdmodel.inference.problem.problem import Problem

# Sigma of the row: this share of the step, but not what the integrator's error would drown: so
# many of its relative tolerances.
_TIGHT, _NOISE = 0.05, 20.0
# The least normal number: where the logarithms of residuals end, too.
_FLOOR = 2.0**-1022


def observed_for(problem: Problem, predictions: Sequence[Target]) -> Problem:
    """Return a copy of a problem whose groups are observed for predictions too.

    Targets, priors and parameters stay as they are.
    """
    wider = copy.copy(problem)
    wider.groups = observed_also(problem.groups, predictions, problem.days, problem.visit_interval)
    return wider


def predict(
    problem: Problem, predictions: Sequence[Target], free: Mapping[str, float]
) -> list[Measured]:
    """Return the values of predictions at some free parameters.

    Parameters
    ----------
    problem
        As `observed_for` returned it.
    predictions, free
        What is predicted, and where.

    Raises
    ------
    EvaluationFailure
        If a group cannot be simulated there.
    """
    values = linear_values(problem.settings, free)
    patients = {name: problem.own_values(name, values) for name in problem.groups}
    courses = problem.simulator.courses(problem.model, patients)
    return [
        prediction.measure(
            [courses[group][prediction.observable] for group in prediction.groups],
            problem.days,
            problem.visit_interval,
        )
        for prediction in predictions
    ]


def prediction_setting(prediction: Target) -> Setting:
    """Return a prediction as profiles see it: like a parameter, without bounds on its scale."""
    low = _FLOOR if prediction.scale == "log" else -math.inf
    name = prediction.id
    return Setting(name, name, None, 1.0, low, math.inf, vary=True)


def prediction_spreads(
    problem: Problem, predictions: Sequence[Target], origin: Origin
) -> dict[str, float]:
    """Return how far each prediction goes for a unit of cost, by the curvature of the cost.

    The delta method: `sqrt(g C g)` with the slopes g of the prediction on its scale and the inverse
    curvature C. Empty where there is no curvature, or no slope.
    """
    if origin.covariance is None:
        return {}
    alone = problem.beside()
    alone.targets = tuple(replace(p, value=1.0, sigma=1.0) for p in predictions)
    alone.priors = ()
    try:
        slopes = scaled_slopes(alone, linear_values(problem.settings, origin.values))
    except ArithmeticError:
        return {}
    squares = np.einsum("pi,ij,pj->p", slopes, origin.covariance, slopes)
    return {
        prediction.id: math.sqrt(max(float(square), 0.0))
        for prediction, square in zip(predictions, squares, strict=True)
    }


class HeldPrediction:
    """A fit in which a prediction is held.

    Parameters
    ----------
    problem
        As `observed_for` returned it; it is copied.
    prediction
        What is held, on its scale.
    budget
        Evaluations of one fit.
    """

    def __init__(self, problem: Problem, prediction: Target, budget: int) -> None:
        self.problem, self.prediction, self.budget = problem.beside(), prediction, budget
        self.setting = prediction_setting(prediction)
        self.row = len(problem.targets)

    def fit(self, value: float, start: Mapping[str, float]) -> Point:
        """Fit all free parameters so that the prediction is near a value.

        Parameters
        ----------
        value
            What should be predicted.
        start
            All free parameters at a point nearby.

        Returns
        -------
        Point
            At the value that is predicted, with the cost of the data without the row.
        """
        self._ask(value, start)
        minimum = fit_others(self.problem, start, self.budget)
        values = {name: float(minimum.values.get(name, start[name])) for name in start}
        if minimum.status == "failed" or not math.isfinite(minimum.cost):
            return Point(
                value, None, "failed", minimum.message, values, (), minimum.nfev, minimum.njev
            )  # fmt: skip
        return self._point(minimum, values)

    def _ask(self, value: float, start: Mapping[str, float]) -> None:
        """Add the row, tight compared with how far it is from the start."""
        scale, targets = self.prediction.scale, self.problem.targets[: self.row]
        self.problem.targets = targets
        here = predict(self.problem, [self.prediction], start)[0].smooth
        far = abs(to_scale(value, scale) - to_scale(here, scale))
        size = 1.0 if scale == "log" else max(abs(value), abs(here))
        sigma = max(_TIGHT * far, _NOISE * self.problem.rtol * size, _FLOOR)
        row = replace(self.prediction, value=value, sigma=sigma, low=math.nan, high=math.nan)
        self.problem.targets = (*targets, row)

    def _point(self, minimum: Minimum, values: Mapping[str, float]) -> Point:
        rows = np.delete(self.problem.residuals(minimum.values), self.row)
        here = self.problem.measure(minimum.values)[self.row].smooth
        reached = from_scale(to_scale(here, self.prediction.scale), self.prediction.scale)
        return Point(
            reached, self.problem.cost(rows), minimum.status, minimum.message, values,
            stuck(self.problem, values), minimum.nfev, minimum.njev,
        )  # fmt: skip


def follow_prediction(
    problem: Problem,
    origin: Origin,
    prediction: Target,
    value: float,
    direction: str,
    rise: float,
    budget: int,
) -> Side:
    """Walk a prediction in one direction until the cost has risen enough, or it moves no more.

    Parameters
    ----------
    problem, origin
        As `observed_for` returned it, and where the fit ended, with the spreads of predictions.
    prediction, value
        What walks, and what is predicted by the best fit.
    direction
        `down` or `up`.
    rise
        Of the cost, at a confidence bound.
    budget
        Evaluations of one fit.
    """
    walk = Walk(HeldPrediction(problem, prediction, budget), origin, value, direction, rise)
    end = walk.run()
    return Side(prediction.id, direction, end, tuple(walk.points))
