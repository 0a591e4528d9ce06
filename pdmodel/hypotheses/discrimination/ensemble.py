"""Parameter sets that the evidence leaves open: draws around a fit that still show the targets."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pdmodel.errors import InputError
from pdmodel.hypotheses.verdicts.misses import target_misses
from pdmodel.hypotheses.verdicts.verdict import REFUTES
from pdmodel.inference import FitProblem
from pdmodel.inference.problem.parameters import Setting, linear_values, scale_factors

if TYPE_CHECKING:
    from pdmodel.inference.posterior.posterior import Posterior

_TRIES = 12
"""Draws for each member that is wanted, at most."""
_SHRINK = (1.0, 0.7, 0.5, 0.35)


@dataclass(frozen=True)
class Ensemble:
    """Parameter sets consistent with the evidence.

    Parameters
    ----------
    members
        One row per set, one column per parameter of the fit (`parameter` or `parameter__group`).
    tried
        How many were drawn for them.
    spread
        Share of the width of the curvature at which draws were accepted; 1 for a posterior.
    source
        Where the draws come from, in words.
    """

    members: pd.DataFrame
    tried: int
    spread: float
    source: str = "around the fit"


def draw_ensemble(
    problem: FitProblem, values: Mapping[str, float], members: int = 32, seed: int = 1
) -> Ensemble:
    """Draw parameter sets around a fit and keep those that miss no target by more than its edge.

    Draws are normal on the scale of the fit, with the covariance of the residuals' Jacobian and of
    bounds taken as wide priors (their width over the root of 12). It is no posterior: each set is
    consistent, how probable it is remains open. The fit itself is the first member.

    Parameters
    ----------
    problem, values
        The fit, and where it ended.
    members, seed
        How many at most, and the seed of the draws.
    """
    settings = {s.name: s for s in problem.settings}
    free = list(problem.free)
    scale = scale_factors(problem.settings, values)
    jacobian = problem.residual_slopes(values) * scale
    widths = np.array([_width(settings[name]) for name in free])
    information = jacobian.T @ jacobian + np.diag(12 / widths**2)
    root = np.linalg.cholesky(np.linalg.inv(information))
    random = np.random.default_rng(seed)
    kept, tried, shrink = [dict(values)], 0, _SHRINK[0]
    for shrink in _SHRINK:
        for _ in range(members * _TRIES // len(_SHRINK)):
            if len(kept) >= members:
                break
            tried += 1
            step = shrink * root @ random.standard_normal(len(free))
            moved = {
                name: _moved(settings[name], values[name], float(d))
                for name, d in zip(free, step, strict=True)
            }
            whole = linear_values(problem.settings, moved)
            if _consistent(problem, whole):
                kept.append(whole)
    return Ensemble(pd.DataFrame(kept), tried, shrink)


def posterior_ensemble(
    problem: FitProblem, posterior: Posterior, members: int = 32, seed: int = 1
) -> Ensemble:
    """Return draws of a posterior as an ensemble: probable sets, not only consistent ones.

    Parameters
    ----------
    problem, posterior
        The problem, and what nested sampling left of its prior.
    members, seed
        How many at most, and the seed of the choice.

    Raises
    ------
    InputError
        If the posterior is of another model, or of other parameters.
    """
    table = posterior.members
    if posterior.tree.attrs["model_hash"] != problem.model.hash:
        raise InputError(
            f"the posterior is of model {posterior.tree.attrs['model']!r} as it was; the question "
            f"is of {problem.model.name!r}, which differs; sample it again"
        )
    if set(table.columns) != set(problem.free):
        raise InputError(
            f"the posterior is of {', '.join(table.columns)}; the problem fits "
            f"{', '.join(problem.free)}"
        )
    count = min(members, len(table))
    rows = np.random.default_rng(seed).choice(len(table), count, replace=False)
    chosen = table.iloc[np.sort(rows)].to_dict("records")
    whole = [linear_values(problem.settings, {str(k): v for k, v in r.items()}) for r in chosen]
    return Ensemble(pd.DataFrame(whole), count, 1.0, "of the posterior")


def _width(setting: Setting) -> float:
    if not (math.isfinite(setting.min) and math.isfinite(setting.max)):
        return 10.0
    low, high = setting.min, setting.max
    return math.log(high / low) if low > 0 else high - low


def _moved(setting: Setting, value: float, step: float) -> float:
    moved = value * math.exp(step) if setting.min > 0 else value + step
    return min(max(moved, setting.min), setting.max)


def _consistent(problem: FitProblem, values: Mapping[str, float]) -> bool:
    """Whether nothing is missed by more than the width of its edge; what fails is not."""
    try:
        measured = problem.measure(values)
    except ArithmeticError:
        return False
    simulated = {t.id: m.value for t, m in zip(problem.targets, measured, strict=True)}
    return all(miss.by <= REFUTES for miss in target_misses(problem.targets, simulated))
