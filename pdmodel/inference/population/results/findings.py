"""What a reader of a population fit must know, in words: each finding is one sentence."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from pdmodel.arrays import Array
from pdmodel.inference.population.likelihood.inner import FailedPatients
from pdmodel.inference.population.problem import PopulationProblem
from pdmodel.inference.population.results.diagnostics import Estimated
from pdmodel.inference.population.search import SearchState
from pdmodel.inference.population.uncertainty import Uncertainty
from pdmodel.text import counted

# A random effect whose removal raises the objective by no more than this is not there.
_NOTHING = 0.1
# Beyond this correlation two effects are one.
_SAME = 0.995
# Least eigenvalue of the correlations below which effects are combinations of others.
_FLAT = 1e-3
# Shrinkage from which individual estimates say more of the population than of the patient.
_SHRUNK = 0.3
# Shrinkage below which an effect is in the data, and need not be left out to see that.
_HIDDEN = 0.4


def findings_of(
    fit: Estimated,
    state: SearchState,
    uncertainty: Uncertainty,
    estimates: pd.DataFrame,
    shrinkage: pd.DataFrame,
) -> list[str]:
    """Return all findings, the gravest first."""
    problem = fit.problem
    sentences = [
        *_end_of_search(problem, state), *_corners(fit, state),
        *_uncertain(problem, uncertainty), *_bounds(estimates),
        *_absent(fit, state, shrinkage), *_singular(problem, fit.point.covariance),
        *_shrunk(shrinkage), *_data(problem),
    ]  # fmt: skip
    return list(dict.fromkeys(sentences))


def _end_of_search(problem: PopulationProblem, state: SearchState) -> Iterator[str]:
    if state.status == "going":
        yield (
            f"The search did not converge within {state.steps} steps: the curvature predicts a "
            f"further decrease of {state.gain:.2g}. Run it again with a larger max_steps."
        )
    elif state.status == "stalled":
        yield (
            f"The search did not converge: no step lowers the objective any more, although a "
            f"decrease of {state.gain:.2g} is predicted. Other starts or a smaller rtol may help."
        )
    elif state.status == "failed":
        for subject, error in list((state.failures or {}).items())[:3]:
            yield (
                "The search did not converge: wherever the objective would be lower, subject "
                f"{problem.subjects[subject]} cannot be simulated ({error})."
            )


def _corners(fit: Estimated, state: SearchState) -> Iterator[str]:
    """Say why a lag of each patient's own may end a search: its likelihood has corners."""
    effects = fit.objective.patients.moving_doses
    names = " and ".join(fit.problem.random[n].name for n in effects)
    if state.held:
        listed = ", ".join(fit.problem.subjects[n] for n in sorted(set(state.held)))
        yield (
            f"The search ended on a corner: {names or 'what doses follow'} of subject {listed} "
            "meets the time of a row, beyond which the objective jumps up. Standard errors are "
            "those of this side; compare several starts."
        )
    elif state.status == "stalled" and effects:
        yield (
            f"Doses follow {names}, which differs between patients: where it meets the time of a "
            "row the likelihood has a corner, on which a search may end. Compare several starts, "
            f"or give {names} no random effect (free=)."
        )


def _uncertain(problem: PopulationProblem, uncertainty: Uncertainty) -> Iterator[str]:
    if not uncertainty.reason:
        return
    names = ", ".join(problem.sought[k].name for k in uncertainty.weak)
    which = f" ({names})" if names else ""
    yield f"There are no standard errors: {uncertainty.reason}{which}."


def _bounds(estimates: pd.DataFrame) -> Iterator[str]:
    for row in estimates[estimates["at_bound"] != ""].itertuples():
        if row.kind in ("typical", "covariate"):
            yield (
                f"{row.name} ended at its {'lower' if row.at_bound == 'low' else 'upper'} bound, "
                f"{row.value:.4g} {row.unit}: it has no standard error; widen the bound or hold it."
            )


def _absent(fit: Estimated, state: SearchState, shrinkage: pd.DataFrame) -> Iterator[str]:
    """Yield the random effects that the data do not show; one that is not there is shrunk away."""
    shrunk = shrinkage[shrinkage["shrinkage"] > _HIDDEN]
    hidden = set(shrunk[shrunk["kind"] == "random"]["of"])
    covariance, first = fit.problem.random_covariance, fit.objective.n_fixed
    entries = slice(first, first + fit.objective.n_entries)
    for index, effect in enumerate(fit.problem.random):
        x = fit.x.copy()
        x[entries] = covariance.without(x[entries], index)
        if effect.name not in hidden or effect.fixed or np.array_equal(x, fit.x):
            continue
        etas = fit.patients.etas.copy()
        etas[:, index] = 0.0
        try:
            rise = fit.objective(x, etas).objective - state.objective
        except FailedPatients:
            continue
        if rise < _NOTHING:
            yield (
                f"The data show no difference between patients in {effect.name}: without its "
                f"random effect the objective rises by {max(rise, 0.0):.2g}; leave the effect out."
            )


def _singular(problem: PopulationProblem, matrix: Array) -> Iterator[str]:
    sds = np.sqrt(np.diag(matrix))
    names = problem.random_covariance.names
    correlation = matrix / sds[:, np.newaxis] / sds
    for row in range(len(names)):
        for column in range(row):
            if abs(correlation[row, column]) > _SAME:
                yield (
                    f"The covariance is singular: the effects on {names[column]} and {names[row]} "
                    f"have a correlation of {correlation[row, column]:.3f}; leave one of them or "
                    "their correlation out."
                )
    if len(names) < 3 or np.abs(np.triu(correlation, 1)).max() > _SAME:
        return
    values, vectors = np.linalg.eigh(correlation)
    if values[0] < _FLAT:
        shares = np.abs(vectors[:, 0])
        listed = ", ".join(n for n, share in zip(names, shares, strict=True) if share > 0.2)
        yield (
            f"The covariance is singular: the effects on {listed} move together; leave one of "
            "them or a correlation out."
        )


def _shrunk(shrinkage: pd.DataFrame) -> Iterator[str]:
    for row in shrinkage[shrinkage["kind"] == "random"].itertuples():
        if row.shrinkage > _SHRUNK:
            yield (
                f"The estimates of {row.of} in single patients are shrunk by {row.shrinkage:.0%}: "
                "they say less of the patient than of the population."
            )


def _data(problem: PopulationProblem) -> Iterator[str]:
    yield from (f"{note}." for note in problem.measurements.notes)
    most = int(problem.rows.counts.max(initial=0))
    n = sum(not effect.fixed for effect in problem.random)
    if n and most <= n and any(not error.fixed for error in problem.errors):
        yield (
            f"No patient has more than {counted(most, 'value')}, and "
            f"{counted(n, 'random effect')}: differences between patients and errors can hardly be "
            "told apart."
        )
    for name in problem.changing:
        yield (
            f"{name} changes within patients, and an effect of it takes the first value for the "
            "whole course; to follow it, write the effect into the model's equations with a "
            f"parameter that the data set: read_events(..., parameters={{{name!r}: 'PARAMETER'}})."
        )
