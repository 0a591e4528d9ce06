"""The log-likelihood of targets and measurements at many points; priors have no part in it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from pdmodel.arrays import Array
from pdmodel.errors import SimulationError
from pdmodel.inference.problem.many_points import Measures, measure_points, measure_subjects
from pdmodel.inference.targets.residuals import from_scale

if TYPE_CHECKING:
    from pdmodel.inference.problem.problem import Problem

_HOPELESS = 1024
"""Points that may fail before any succeeds."""


class LogLikelihood:
    """The log-likelihood of a problem's targets and measurements, a function of points.

    Parameters
    ----------
    problem
        The problem; `problem.free` names the columns of the points.
    values
        Value of every setting that is not free.

    Attributes
    ----------
    calls, failures
        Points so far, and how many could not be simulated or are contradictory: impossible ones.
    reason
        Why the first of them did not do.
    """

    def __init__(self, problem: Problem, values: Mapping[str, float]) -> None:
        self.problem, self.values = problem, dict(values)
        self.calls, self.failures, self.reason = 0, 0, ""

    def __call__(self, points: Array) -> Array:
        """Return log L of points on the linear scale, shape (n_points,); -inf where impossible.

        Raises
        ------
        SimulationError
            If none of the first thousand can be simulated.
        """
        measures = measure_points(self.problem, points, self.values, threads=1)
        logs, reasons = measure_subjects(self.problem, points, self.values)
        whole = target_log_likelihoods(self.problem, measures).sum(axis=1) + logs.sum(axis=1)
        why = [a or b for a, b in zip(measures.reasons, reasons, strict=True)]
        self.note(why, points[0])
        result: Array = whole
        return result

    def note(self, reasons: Sequence[str], point: Array) -> None:
        """Count points that were answered.

        Parameters
        ----------
        reasons
            Why each is impossible; empty where it is not.
        point
            One of them, shape (n_free,).

        Raises
        ------
        SimulationError
            If none of the first thousand can be simulated.
        """
        failed = [reason for reason in reasons if reason]
        self.calls += len(reasons)
        self.failures += len(failed)
        if failed and not self.reason:
            self.reason = failed[0]
        if self.failures == self.calls >= _HOPELESS:
            raise SimulationError(
                f"none of {self.calls} points of the prior can be simulated: {self.reason}",
                {"parameters": dict(zip(self.problem.free, point.tolist(), strict=True))},
            )


def target_log_likelihoods(problem: Problem, measured: Measures) -> Array:
    """Return the log-likelihood of each target at each point, shape (n_points, n_targets).

    It is -inf at a point that could not be simulated.
    """
    rows = np.full(measured.values.shape, -math.inf)
    for number, row in enumerate(measured.values):
        if not measured.reasons[number]:
            rows[number] = [
                target.log_likelihood(from_scale(value, target.scale))
                for target, value in zip(problem.targets, row, strict=True)
            ]
    return rows
