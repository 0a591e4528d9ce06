"""PopulationResult: the record of a population fit of this process, and how its tables are made."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from pdmodel.arguments import whole_number
from pdmodel.errors import FitError, InputError
from pdmodel.inference.fit.measured_result import dose_table
from pdmodel.inference.population.likelihood.quadrature import MOST_EFFECTS, quadrature
from pdmodel.inference.population.problem import PopulationProblem
from pdmodel.inference.population.results.diagnostics import (
    Estimated,
    effects_table,
    individual_values,
    rows_table,
    shrinkage_table,
)
from pdmodel.inference.population.results.estimates import estimates_table
from pdmodel.inference.population.results.findings import findings_of
from pdmodel.inference.population.results.individual_courses import individual_courses
from pdmodel.inference.population.results.record import PopulationRecord
from pdmodel.inference.population.results.simulated import prediction_errors, simulated_rows
from pdmodel.inference.population.results.visual_check import check_table
from pdmodel.inference.population.search import SearchState
from pdmodel.inference.population.uncertainty import Uncertainty


@dataclass(repr=False)
class PopulationResult(PopulationRecord):
    """A population fit of this process.

    Parameters
    ----------
    model, model_hash, data, method, status, objective, quadrature
        As in `PopulationRecord`: what was fitted, how, and how it ended.
    estimates, omega, shrinkage, effects, findings, summary
        As in `PopulationRecord`: the population.
    measurements, courses, doses, checked
        As in `PopulationRecord`: the patients.
    problem
        What was fitted.
    fit
        The population at its estimates.
    state, uncertainty
        How the search ended, and what the curvature says there.
    seconds, runs
        Spent: time, and runs of single patients.

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
    >>> result = measured.run(method="population", simulations=0)
    >>> result.estimates["name"].tolist()
    ['CL', 'sd__CL', 'log_sd__drug_plasma']
    """

    problem: PopulationProblem = field(kw_only=True)
    fit: Estimated = field(kw_only=True)
    state: SearchState = field(kw_only=True)
    uncertainty: Uncertainty = field(kw_only=True)
    seconds: float = field(kw_only=True, default=0.0)
    runs: int = field(kw_only=True, default=0)

    @property
    def individuals(self) -> pd.DataFrame:
        """Parameters of each patient: index the patient, a column a parameter."""
        return individual_values(self.fit)


def visual_check(result: PopulationResult, simulations: int = 500, seed: int = 1) -> pd.DataFrame:
    """Return percentiles of what was measured beside those of simulated studies.

    Parameters
    ----------
    result
        A population fit of this process.
    simulations, seed
        Studies, and of what all are drawn.

    Returns
    -------
    pandas.DataFrame
        As of `check_table`: a row a quantity, bin and percentile.

    Raises
    ------
    InputError
        If the result was read from a folder, or `simulations` is below 20.

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
    >>> result = measured.run(method="population", simulations=0)
    >>> table = pdmodel.visual_check(result, simulations=20)
    >>> sorted(set(table["percentile"]))
    [5, 50, 95]
    """
    if not isinstance(result, PopulationResult):
        raise InputError(
            "a visual check simulates, for which it needs the fit itself: ask for it with the fit "
            "(check_simulations=500)"
        )
    return check_table(result.fit, simulations, whole_number(seed, "seed", least=0))


def make_result(
    fit: Estimated,
    state: SearchState,
    uncertainty: Uncertainty,
    nodes: int,
    simulations: int,
    seed: int,
) -> PopulationResult:
    """Return the result of a search.

    Parameters
    ----------
    fit, state, uncertainty
        The population at its estimates, and how it came there.
    nodes
        Of the quadrature, for each effect; 0 for none.
    simulations, seed
        Of the prediction distribution errors; 0 for none.
    """
    problem, objective = fit.problem, fit.objective
    estimates = estimates_table(problem, objective, fit.x, uncertainty)
    rows = rows_table(fit)
    rows["npde"], untold = _npde(fit, simulations, seed)
    shrinkage = shrinkage_table(fit, rows)
    by_quadrature = None
    if nodes and 0 < len(problem.random) <= MOST_EFFECTS:
        by_quadrature = quadrature(objective, fit.x, fit.patients.etas, nodes)
    findings = [*findings_of(fit, state, uncertainty, estimates, shrinkage), *untold]
    names = list(problem.random_covariance.names)
    return PopulationResult(
        model=problem.model.name, model_hash=problem.model.hash,
        data=problem.measurements.name, method=objective.method, status=state.status,
        objective=state.objective, quadrature=by_quadrature, estimates=estimates,
        omega=pd.DataFrame(fit.point.covariance, index=names, columns=names),
        shrinkage=shrinkage, effects=effects_table(fit), findings=findings,
        summary=_summary(fit, state), measurements=rows, courses=individual_courses(fit),
        doses=dose_table(problem.measurements),
        problem=problem, fit=fit, state=state, uncertainty=uncertainty,
    )  # fmt: skip


def _npde(fit: Estimated, simulations: int, seed: int) -> tuple[pd.Series, list[str]]:
    """Return prediction distribution errors, by the index of the rows, and why there are none."""
    index = fit.problem.ordered_rows.index
    nothing = pd.Series(math.nan, index=index)
    if not simulations:
        return nothing, []
    try:
        simulated = np.array(list(simulated_rows(fit, simulations, seed)))
    except FitError as error:
        return nothing, [f"There are no prediction distribution errors: {error}."]
    return pd.Series(prediction_errors(fit, simulated), index=index), []


def _summary(fit: Estimated, state: SearchState) -> dict[str, float]:
    rows, n = fit.objective.patients.rows, fit.x.size
    values = int((~rows.censored).sum())
    minus_two_log = state.objective + values * math.log(2 * math.pi)
    sides = fit.problem.measurements.rows["censored"].value_counts()
    return {
        "subjects": rows.n_subjects,
        "measured": int((rows.counts > 0).sum()),
        "values": len(rows),
        "below": int(sides.get("below", 0)),
        "above": int(sides.get("above", 0)),
        "sought": n,
        "aic": minus_two_log + 2 * n,
        "bic": minus_two_log + n * math.log(len(rows)),
        "steps": state.steps,
    }
