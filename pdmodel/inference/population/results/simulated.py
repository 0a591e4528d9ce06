"""Measurements simulated from a population: new effects and new errors for the same patients."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from scipy.special import ndtri

from pdmodel.arrays import Array
from pdmodel.errors import FitError, PdmodelError
from pdmodel.inference.population.likelihood.row_terms import spread_of
from pdmodel.inference.population.results.diagnostics import Estimated

# Effects that cannot be simulated are drawn anew this often.
_TRIES = 20
_EFFECTS, _ERRORS = 0, 1


def simulated_rows(fit: Estimated, simulations: int, seed: int) -> Iterator[Array]:
    """Yield simulated measurements of all rows, on the scale of comparison.

    Parameters
    ----------
    fit
        The population.
    simulations, seed
        How many, and of what all are drawn; each is the same whatever their number.

    Raises
    ------
    FitError
        If a patient cannot be simulated with any effects that the population allows.
    """
    rows = fit.objective.patients.rows
    for number in range(simulations):
        f = _predicted(fit, np.random.default_rng([seed, number, _EFFECTS]))
        errors = np.random.default_rng([seed, number, _ERRORS]).standard_normal(len(rows))
        yield f + np.sqrt(spread_of(rows, f, fit.point.sds).variance) * errors


def _predicted(fit: Estimated, rng: np.random.Generator) -> Array:
    """Return predictions of all rows with new effects."""
    rows, factor = fit.objective.patients.rows, fit.objective.factor(fit.x)
    etas = rng.standard_normal(fit.patients.etas.shape) @ factor.T
    f, waiting = np.full(len(rows), np.nan), np.ones(rows.n_subjects, dtype=bool)
    failures: Mapping[int, PdmodelError] = {}
    for _ in range(_TRIES):
        new, _, failures, _ = fit.objective.patients.predict(
            fit.point.means, etas, slopes=False, only=waiting
        )
        own = waiting[rows.subject]
        f[own] = new[own]
        waiting[:] = False
        waiting[list(failures)] = True
        if not failures:
            return f
        etas[waiting] = rng.standard_normal((waiting.sum(), etas.shape[1])) @ factor.T
    subject = fit.problem.subjects[next(iter(failures))]
    raise FitError(
        f"subject {subject} cannot be simulated with effects of the population: "
        f"{next(iter(failures.values()))}"
    )


def prediction_errors(fit: Estimated, simulated: Array) -> Array:
    """Return normalised prediction distribution errors of all rows; NaN where censored.

    Simulated and measured rows of a patient are decorrelated alike, and the share of simulated
    ones below the measured one becomes a normal quantile (Brendel et al. 2006, Pharm Res
    23:2036-49): standard normal if the model is right.

    Parameters
    ----------
    fit
        The population.
    simulated
        Of `simulated_rows`, shape (n_simulations, n_rows).
    """
    rows = fit.objective.patients.rows
    errors = np.full(len(rows), np.nan)
    for n in range(rows.n_subjects):
        own = rows.uncensored(n)
        if own.size and simulated.shape[0] > 2 * own.size:
            errors[own] = _errors_of(simulated[:, own], rows.values[own])
    return errors


def _errors_of(simulated: Array, measured: Array) -> Array:
    count = simulated.shape[0]
    mean = simulated.mean(axis=0)
    spread = np.cov(simulated, rowvar=False).reshape(measured.size, measured.size)
    try:
        factor = np.linalg.cholesky(spread)
    except np.linalg.LinAlgError:
        return np.full(measured.size, np.nan)
    to = np.linalg.solve(factor, np.column_stack([(simulated - mean).T, measured - mean]))
    below = (to[:, :-1] < to[:, -1:]).mean(axis=1)
    errors: Array = ndtri(np.clip(below, 0.5 / count, 1 - 0.5 / count))
    return errors
