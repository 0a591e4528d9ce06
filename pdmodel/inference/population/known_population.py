"""One patient, or several, under a known population: most likely parameters, and how sure they are.

Nothing of the population is estimated: typical values, covariance and errors are those of a fit, or
as given. What a patient's own measurements do not say, the population does (maximum a posteriori).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import xarray as xr

from pdmodel.arguments import by_name, number
from pdmodel.errors import FitError, InputError, unknown
from pdmodel.inference.courses.error_models import ErrorModel
from pdmodel.inference.population.likelihood.inner import FailedPatients
from pdmodel.inference.population.problem import PopulationProblem, require_population
from pdmodel.inference.population.results.diagnostics import (
    Estimated,
    effects_table,
    individual_values,
    rows_table,
)
from pdmodel.inference.population.results.individual_courses import individual_courses
from pdmodel.text import rounded, table_lines


@dataclass
class MapResult:
    """Patients under a known population.

    Parameters
    ----------
    effects
        A row a patient and parameter that differs: `subject`, `parameter`, `eta`, `eta_sd`, `value`
        with a 90 % interval `low`, `high`.
    individuals
        Parameters of each patient: index the patient, a column a parameter.
    objective
        -2 log of the joint density of each patient's values and effects, without n log 2 pi.
    measurements
        Measured rows with what is predicted of them.
    courses
        Observed quantities over (prediction, subject, time).
    fit
        The population, with the patients in it.

    Examples
    --------
    >>> import pdmodel
    >>> import pandas as pd
    >>> levels = {1: (8.3, 2.7), 2: (7.4, 2.1), 3: (8.0, 3.4), 4: (7.7, 2.4)}
    >>> rows = [
    ...     (n, day, amount, int(amount > 0), value)
    ...     for n, (early, late) in levels.items()
    ...     for day, amount, value in ((0, 10, 0), (0.05, 0, early), (0.3, 0, late))
    ... ]
    >>> table = pd.DataFrame(rows, columns=["ID", "TIME", "AMT", "EVID", "DV"])
    >>> measured = pdmodel.FitProblem(
    ...     "reference", data=table.assign(CMT="lenalidomide"), observed="drug_plasma",
    ...     own=["CL"], free=[],
    ... )
    >>> model = pdmodel.load("reference")
    >>> problem = pdmodel.PopulationProblem(model, measured.measurements, effects=["CL"])
    >>> pdmodel.fit_map(problem, {"CL": 290.0}).effects.columns.tolist()
    ['subject', 'parameter', 'eta', 'eta_sd', 'value', 'low', 'high']
    """

    effects: pd.DataFrame
    individuals: pd.DataFrame
    objective: pd.Series
    measurements: pd.DataFrame
    courses: xr.Dataset
    fit: Estimated

    def report(self) -> str:
        """Return the patients in a table."""
        rows = [
            (e.subject, e.parameter, rounded(e.value),
             f"{rounded(e.low)} to {rounded(e.high)}" if e.low == e.low else "-", rounded(e.eta, 3))
            for e in self.effects.itertuples()
        ]  # fmt: skip
        names = ("subject", "parameter", "value", "90 % interval", "eta")
        lines = ["Patients under a known population", *table_lines(names, rows, right={2, 4})]
        return "\n".join(lines) + "\n"

    def __str__(self) -> str:
        """Return the report."""
        return self.report()


def fit_map(
    problem: PopulationProblem, values: Mapping[str, float] | None = None, *, jobs: int = 1
) -> MapResult:
    """Return the most likely parameters of each patient under a known population.

    Parameters
    ----------
    problem
        The population, and the measurements of the patients.
    values
        Its numbers by name, such as `values` of a population fit: typical values (`CL`),
        coefficients (`WGT_on_CL`), `sd__CL`, `correlation__CL__V` and errors (`log_sd__il6`). What
        is left out is where the problem starts.
    jobs
        Threads; the answer is the same for any number.

    Raises
    ------
    InputError
        If it is no population problem, a name is unknown, a number has no place on its scale,
        or nothing differs.
    FitError
        If a patient cannot be simulated as a typical one.

    Examples
    --------
    >>> import pdmodel
    >>> import pandas as pd
    >>> levels = {1: (8.3, 2.7), 2: (7.4, 2.1), 3: (8.0, 3.4), 4: (7.7, 2.4)}
    >>> rows = [
    ...     (n, day, amount, int(amount > 0), value)
    ...     for n, (early, late) in levels.items()
    ...     for day, amount, value in ((0, 10, 0), (0.05, 0, early), (0.3, 0, late))
    ... ]
    >>> table = pd.DataFrame(rows, columns=["ID", "TIME", "AMT", "EVID", "DV"])
    >>> measured = pdmodel.FitProblem(
    ...     "reference", data=table.assign(CMT="lenalidomide"), observed="drug_plasma",
    ...     own=["CL"], free=[],
    ... )
    >>> model = pdmodel.load("reference")
    >>> problem = pdmodel.PopulationProblem(model, measured.measurements, effects=["CL"])
    >>> known = {"CL": 290.0, "sd__CL": 0.2, "log_sd__drug_plasma": 0.1}
    >>> patients = pdmodel.fit_map(problem, known).individuals["CL"]
    >>> bool(patients.iloc[1] > patients.iloc[2])  # the second clears faster than the third
    True
    """
    require_population(problem)
    if not problem.random:
        raise InputError("nothing differs between patients: name random effects (effects=)")
    population = at_values(problem, values or {})
    objective = population.objective(threads=jobs)
    try:
        etas = objective.first(objective.starts).etas
        fit = Estimated.at(population, objective, objective.starts, etas)
    except FailedPatients as failed:
        subject, error = next(iter(failed.failures.items()))
        name = problem.subjects[subject]
        raise FitError(f"subject {name} cannot be simulated as a typical one: {error}") from None
    names = pd.Index(problem.subjects, name="subject")
    joint = fit.patients.joint + fit.point.log_determinant
    return MapResult(
        effects_table(fit), individual_values(fit), pd.Series(joint, names, name="objective"),
        rows_table(fit), individual_courses(fit), fit,
    )  # fmt: skip


def at_values(problem: PopulationProblem, values: Mapping[str, float]) -> PopulationProblem:
    """Return a problem whose numbers begin at those of a population, such as an earlier fit's.

    Parameters
    ----------
    problem
        The problem.
    values
        By name, as in the table of estimates.

    Raises
    ------
    InputError
        If a name is unknown, or a number is none.
    """
    given = {n: number(v, f"the value of {n!r}") for n, v in by_name(values, "number").items()}
    left = _Given(given)
    starts = {name: left.take(name) for name in problem.individuals.names if name in given}
    effects = [replace(e, sd=left.take(f"sd__{e.name}", e.sd)) for e in problem.random]
    pairs = {
        (a, b): left.take(f"correlation__{a}__{b}")
        for a, b in itertools.permutations(problem.random_covariance.names, 2)
        if f"correlation__{a}__{b}" in given
    }
    covariates = [
        effect.beginning(left.take(effect.name, effect.first)) for effect in problem.covariates
    ]
    errors = {q: left.error(q, error) for q, error in problem.measurements.errors.items()}
    left.require_nothing(problem)
    return replace(
        problem, measurements=replace(problem.measurements, errors=errors), effects=effects,
        starts={**problem.starts, **starts}, covariates=covariates,
        correlations={**problem.correlations, **pairs},
    )  # fmt: skip


class _Given:
    """Numbers by name, each taken once."""

    def __init__(self, values: Mapping[str, float]) -> None:
        self.values, self.left = values, set(values)

    def take(self, name: str, default: float = math.nan) -> float:
        """Return a number, or the default."""
        self.left.discard(name)
        return self.values.get(name, default)

    def error(self, quantity: str, error: ErrorModel) -> ErrorModel:
        """Return an error model that begins at the numbers."""
        fields = {} if len(error.names) > 1 else {error.names[0]: "sd"}
        changed = {
            fields.get(word, word): self.take(f"{word}__{quantity}")
            for word in error.names
            if f"{word}__{quantity}" in self.values
        }
        kind: Any = error  # each kind is a dataclass, what they share is none
        begun: ErrorModel = replace(kind, **changed)
        return begun

    def require_nothing(self, problem: PopulationProblem) -> None:
        """Refuse a number that belongs to nothing."""
        names = [*problem.individuals.names, *(e.name for e in problem.covariates)]
        names += [f"sd__{name}" for name in problem.random_covariance.names]
        names += [error.name for error in problem.errors]
        for name in sorted(self.left):
            raise unknown("number of the population:", name, names)
