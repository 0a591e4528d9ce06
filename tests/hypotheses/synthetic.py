"""Evidence made up from a hypothesis that is known to be true: what can a comparison tell?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from pdmodel.errors import InputError
from pdmodel.inference import FitProblem, Target
from pdmodel.inference.targets.kinds import KINDS

# Half of the allowed range around what the truth shows, as wide as the evidence has it: of a
# logarithm, of days, and of a difference.
_LOG, _DAYS, _DIFFERENCE = 0.35, 30.0, 0.05


def draw_truth(problem: FitProblem, seed: int, spread: float = 0.15) -> dict[str, float]:
    """Return values of all parameters of a fit, the free ones moved at random.

    Parameters
    ----------
    problem
        Its settings give the values that are moved.
    seed, spread
        Of the log-normal moves; a value stays within its bounds.
    """
    random = np.random.default_rng(seed)
    values = {}
    for one in problem.settings:
        factor = math.exp(spread * float(random.standard_normal())) if one.vary else 1.0
        values[one.name] = min(max(one.value * factor, one.min), one.max)
    return values


def synthetic_targets(problem: FitProblem, values: Mapping[str, float]) -> Sequence[Target]:
    """Return the targets of a fit as they would be if it were true at some values.

    A range keeps the sides on which it is bounded and moves to where the truth is inside.

    Raises
    ------
    InputError
        If the truth shows nothing where a target looks.
    """
    targets = []
    for target, measured in zip(problem.targets, problem.measure(values), strict=True):
        if math.isnan(measured.value):
            raise InputError(f"the truth shows nothing of target {target.id!r}")
        targets.append(_around(target, measured.value))
    return targets


def _around(target: Target, value: float) -> Target:
    """Return a target whose bounds stand around a value, on its scale."""
    if target.scale == "log":
        low, high = value * math.exp(-_LOG), value * math.exp(_LOG)
    else:
        width = _DAYS if KINDS[target.kind].unit == "day" else _DIFFERENCE
        low, high = value - width, value + width
    return replace(
        target,
        low=math.nan if math.isnan(target.low) else low,
        high=math.nan if math.isnan(target.high) else high,
    )
