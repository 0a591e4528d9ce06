"""Diagnostics of a population fit: patients, shrinkage, predictions and residuals of every row.

PRED is what is predicted of a typical patient with the covariates and doses of the row's patient,
IPRED of the patient as estimated. CWRES are residuals weighted by the covariance that the linear
model around the patient's estimate gives (Hooker, Staatz and Karlsson 2007, Pharm Res 24:2187-97).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pdmodel.arrays import Array
from pdmodel.inference.fit.measured_data import ROW_COLUMNS
from pdmodel.inference.population.likelihood.inner import Inner, PopulationPoint
from pdmodel.inference.population.likelihood.objective import Objective
from pdmodel.inference.population.likelihood.row_terms import spread_of
from pdmodel.inference.population.problem import PopulationProblem
from pdmodel.inference.population.uncertainty import Z90

EFFECT_COLUMNS = ("subject", "parameter", "eta", "eta_sd", "value", "low", "high")
"""Of the table of patients: a row a patient and parameter that differs."""


@dataclass(frozen=True)
class Estimated:
    """A population at its estimates, with all patients at their most likely effects.

    Parameters
    ----------
    problem, objective, x
        What was fitted, and the estimates.
    point, patients
        The same, unpacked.
    """

    problem: PopulationProblem
    objective: Objective
    x: Array
    point: PopulationPoint
    patients: Inner

    @classmethod
    def at(
        cls, problem: PopulationProblem, objective: Objective, x: Array, etas: Array
    ) -> Estimated:
        """Return the population at some numbers; the search within patients begins at `etas`."""
        point = objective.point(x)
        return cls(problem, objective, x, point, objective.patients.search(point, etas))

    @property
    def eta_sds(self) -> Array:
        """How well each effect of each patient is known, shape (n_subjects, n_effects)."""
        full = self.objective.full_curvature(self.point, self.patients) / 2
        try:
            variances = np.diagonal(np.linalg.inv(full), axis1=1, axis2=2)
        except np.linalg.LinAlgError:
            variances = np.full_like(self.patients.etas, np.nan)
        sds: Array = np.sqrt(np.where(variances > 0, variances, np.nan))
        return sds


def effects_table(fit: Estimated) -> pd.DataFrame:
    """Return the empirical Bayes estimates.

    Returns
    -------
    pandas.DataFrame
        A row a patient and parameter that differs: `subject`, `parameter`, `eta` on the scale of
        the effect with `eta_sd`, `value` of the parameter with a 90 % interval `low`, `high`.
    """
    own, sds = fit.problem.individuals, fit.eta_sds
    scaled = own.scaled(fit.point.means, fit.patients.etas)
    sides = []
    for shift in (0.0, -Z90, Z90):
        moved = scaled.copy()
        moved[:, own.effect_at] += shift * sds
        sides.append(own.transforms.from_scale(moved)[0])
    rows = [
        (subject, own.names[parameter], fit.patients.etas[n, k], sds[n, k],
         *(side[n, parameter] for side in sides))
        for n, subject in enumerate(fit.problem.subjects)
        for k, parameter in enumerate(own.effect_at)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(EFFECT_COLUMNS))


def individual_values(fit: Estimated) -> pd.DataFrame:
    """Return the parameters of each patient: index the patient, a column a parameter."""
    own = fit.problem.individuals
    values = own.values(fit.point.means, fit.patients.etas)
    index = pd.Index(fit.problem.subjects, name="subject")
    return pd.DataFrame(values, index=index, columns=list(own.names))


def shrinkage_table(fit: Estimated, rows: pd.DataFrame) -> pd.DataFrame:
    """Return how far patients' effects, and residuals, are drawn together.

    Parameters
    ----------
    fit
        The population.
    rows
        The table of `rows_table`.

    Returns
    -------
    pandas.DataFrame
        `of`: a parameter or a quantity; `kind`: random or error; `shrinkage`: 1 less the standard
        deviation of estimated effects over that of the population, or of standardised residuals;
        NaN of effects where one patient alone was measured.
    """
    measured = fit.objective.patients.rows.counts > 0
    sds = np.sqrt(np.diag(fit.point.covariance))
    table = []
    for k, effect in enumerate(fit.problem.random):
        # Effects of one patient alone have no spread.
        own = fit.patients.etas[measured, k]
        spread = float(np.std(own, ddof=1)) if own.size > 1 else math.nan
        table.append((effect.name, "random", 1 - spread / sds[k]))
    for quantity, of_quantity in rows.groupby("quantity", sort=False):
        residuals = of_quantity["residual"].dropna()
        if len(residuals) > 1:
            table.append((quantity, "error", 1 - float(residuals.std(ddof=1))))
    return pd.DataFrame(table, columns=["of", "kind", "shrinkage"])


def rows_table(fit: Estimated) -> pd.DataFrame:
    """Return the measured rows with what is predicted of them, in the order of the measurements.

    Returns
    -------
    pandas.DataFrame
        The rows of the measurements and `unit`, `predicted` (IPRED), `sd` of the error there and
        `scale` (linear or log) on which it and `residual` are, `typical` (PRED) and `cwres`.
        Residuals of censored rows are NaN.
    """
    rows, table = fit.objective.patients.rows, fit.problem.ordered_rows.copy()
    f, sd = fit.patients.f, np.sqrt(spread_of(rows, fit.patients.f, fit.point.sds).variance)
    typical, *_ = fit.objective.patients.predict(
        fit.point.means, np.zeros_like(fit.patients.etas), slopes=False
    )
    table["unit"] = [fit.problem.unit_of(name) for name in table["quantity"]]
    table["predicted"] = np.where(rows.log, np.exp(np.where(rows.log, f, 0.0)), f)
    table["sd"] = sd
    table["scale"] = np.where(rows.log, "log", "linear")
    table["residual"] = np.where(rows.censored, np.nan, (rows.values - f) / sd)
    table["typical"] = np.where(rows.log, np.exp(np.where(rows.log, typical, 0.0)), typical)
    table["cwres"] = conditional_residuals(fit)
    return table.sort_index()[[*ROW_COLUMNS, "typical", "cwres"]]


def conditional_residuals(fit: Estimated) -> Array:
    """Return the conditional weighted residuals of all rows; NaN where censored."""
    rows, here = fit.objective.patients.rows, fit.patients
    variance = spread_of(rows, here.f, fit.point.sds).variance
    residuals = np.full(len(rows), np.nan)
    for n in range(rows.n_subjects):
        own = rows.uncensored(n)
        if not own.size:
            continue
        a = here.slopes[np.ix_(own, fit.problem.individuals.effect_at)]
        spread = a @ fit.point.covariance @ a.T + np.diag(variance[own])
        values, vectors = np.linalg.eigh(spread)
        away = rows.values[own] - (here.f[own] - a @ here.etas[n])
        residuals[own] = (vectors / np.sqrt(values)) @ (vectors.T @ away)
    return residuals
