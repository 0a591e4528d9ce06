"""Which numbers would bring a target into its range: exact slopes where the page stands."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pdmodel.arrays import Array
from pdmodel.dosing import Regimen
from pdmodel.errors import InputError, SimulationError, require_known
from pdmodel.explore.display import plain_number
from pdmodel.explore.runs import problem_of
from pdmodel.explore.view import View
from pdmodel.inference import FitProblem, Question, Target
from pdmodel.inference.problem.ties import Ties
from pdmodel.inference.targets.course import EvaluationFailure
from pdmodel.inference.targets.residuals import scale_slope, to_scale
from pdmodel.model import Model

_SHOWN = 8
_LARGEST = 20.0
"""Factors beyond this are no longer a first-order matter, and not told."""


def target_margins(
    model: Model, question: Question, regimen: Regimen, view: View, target: str
) -> list[dict[str, Any]]:
    """Return the parameters that move a target most, and by which factor each would just do.

    Parameters
    ----------
    model, question, regimen, view
        What the page shows.
    target
        Id of the target.

    Returns
    -------
    list of dict
        Steepest first: `name` and `group` of the parameter; `slope`, d value / d log parameter, of
        a target on the logarithmic scale d log value / d log parameter; `factor` that would bring
        the value to the nearest bound to first order, None where it is within or none would do.

    Raises
    ------
    UnknownNameError
        If there is no such target.
    SimulationError
        If a group cannot be simulated there.
    """
    free = [q.name for q in model.parameters if q.vary or q.name in view.values]
    problem = problem_of(question, model, regimen=regimen, free=free)
    ids = [each.id for each in problem.targets]
    require_known("target", ids, target)
    index = ids.index(target)
    values = setting_values(problem, view)
    if not problem.differentiable:
        raise InputError("slopes need the compiled engine, and no whole part of time in a rate")
    try:
        measured = problem.sloped_measures(values, Ties(problem.settings).slopes(values))[index]
    except EvaluationFailure as error:
        raise SimulationError(str(error), {"cause": str(error.cause)}) from error
    chosen = problem.targets[index]
    points = np.array([values[name] for name in problem.free])
    slopes = scale_slope(measured.smooth, chosen.scale) * measured.slope * points
    return _rows(problem, chosen, float(measured.value), slopes)


def setting_values(problem: FitProblem, view: View) -> dict[str, float]:
    """Return the value of every setting of a problem where a view stands.

    What a patient has of its own counts where the problem gives the group a value of its own, or
    where it is the group that sets the scale.
    """
    values: dict[str, float] = dict(problem.params.valuesdict())
    values.update({name: value for name, value in view.values.items() if name in values})
    for patient in view.patients:
        if patient.group in problem.groups:
            places = problem.places(patient.group)
            own = {name: places[name] for name in patient.values if name in problem.differ}
            values.update({place: patient.values[name] for name, place in own.items()})
    return values


def _rows(problem: FitProblem, target: Target, value: float, slopes: Array) -> list[dict[str, Any]]:
    missing = _missing(target, value)
    settings = {setting.name: setting for setting in problem.settings}
    order = np.argsort(-np.abs(slopes), kind="stable")[:_SHOWN]
    return [
        {
            "name": settings[name].parameter, "group": settings[name].group or "",
            "slope": plain_number(slope), "factor": _factor(missing, slope),
        }
        for name, slope in ((problem.free[n], float(slopes[n])) for n in order) if slope != 0
    ]  # fmt: skip


def _missing(target: Target, value: float) -> float:
    """Return how far the value is from its range, on the scale of the target; 0 within."""
    low, high = target.low, target.high
    if not math.isnan(target.value):
        low = high = target.value
    if not math.isnan(low) and value < low:
        return float(to_scale(low, target.scale) - to_scale(value, target.scale))
    if not math.isnan(high) and value > high:
        return float(to_scale(high, target.scale) - to_scale(value, target.scale))
    return 0.0


def _factor(missing: float, slope: float) -> float | None:
    if missing == 0 or not math.isfinite(missing) or slope == 0:
        return None
    power = missing / slope
    return plain_number(math.exp(power)) if abs(power) <= math.log(_LARGEST) else None
