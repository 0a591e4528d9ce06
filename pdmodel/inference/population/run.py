"""A whole population fit: the search, the curvature that confirms it, the result written."""

from __future__ import annotations

import time as clock
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np

from pdmodel.arguments import whole_number
from pdmodel.arrays import Array, Flags
from pdmodel.errors import FitError, InputError
from pdmodel.executors import Progress, silent
from pdmodel.inference.population.folder import (
    Draw,
    read_step,
    take_population,
    write_population,
    write_step,
)
from pdmodel.inference.population.likelihood.inner import FailedPatients
from pdmodel.inference.population.likelihood.objective import Objective
from pdmodel.inference.population.likelihood.quadrature import MOST_NODES, NODES
from pdmodel.inference.population.problem import PopulationProblem, require_population
from pdmodel.inference.population.results.diagnostics import Estimated
from pdmodel.inference.population.results.result import PopulationResult, make_result
from pdmodel.inference.population.results.visual_check import LEAST_SIMULATIONS, check_table
from pdmodel.inference.population.search import PopulationSearch, SearchPlace, SearchState
from pdmodel.inference.population.uncertainty import Uncertainty, hessian_of, uncertainty_of
from pdmodel.progress import watched
from pdmodel.storage import ResultFolder

MOST_STEPS = 200
# How often the exact curvature may send the search on.
_ROUNDS = 5


@watched
def fit_population(
    problem: PopulationProblem,
    method: str = "focei",
    *,
    out: str | Path | None = None,
    overwrite: bool = False,
    jobs: int = 1,
    max_steps: int = MOST_STEPS,
    nodes: int = NODES,
    simulations: int = 300,
    check_simulations: int = 0,
    seed: int = 1,
    draw: Draw | None = None,
    progress: Progress | None = None,
) -> PopulationResult:
    """Fit a population.

    Parameters
    ----------
    problem
        Measurements, model, and how patients may differ.
    method
        `focei`, first-order conditional estimation with interaction, or `laplace`.
    out
        Result folder. An unfinished one of the same problem goes on after its last step.
    overwrite
        Whether a finished result, or one of another problem, may be replaced.
    jobs
        Threads; the answer is the same for any number.
    max_steps
        Steps of the search at most.
    nodes
        Of the quadrature for the final likelihood, for each of up to three effects; at most 100, 0
        for none.
    simulations, check_simulations
        Studies for the prediction distribution errors (NPDE), and for the visual predictive check;
        0 for none.
    seed
        Of what is simulated.
    draw
        Returns figures of the result by path; they are written with its tables.
    progress
        Called with steps made, steps at most, and the objective in words.

    Returns
    -------
    PopulationResult
        Estimates, patients, diagnostics; `findings` says in words what is not as it should be.

    Raises
    ------
    InputError
        If the data do not allow such a fit, or the folder holds something else.
    FitError
        If a patient cannot be simulated where the search begins.

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
    >>> result = pdmodel.fit_population(problem, simulations=0)
    >>> result.individuals.shape  # a row a patient, a column an effect
    (4, 1)
    """
    begun = clock.monotonic()
    whole_number(jobs, "jobs", least=1)
    whole_number(max_steps, "max_steps", least=0)
    whole_number(simulations, "simulations", least=0)
    whole_number(nodes, "nodes", least=0, most=MOST_NODES)
    whole_number(seed, "seed", least=0)
    if check_simulations != 0:
        whole_number(check_simulations, "check_simulations", least=LEAST_SIMULATIONS)
    check_data(problem)
    tell = progress or silent
    objective = problem.objective(method, threads=jobs)
    settings = {
        "method": method,
        "nodes": nodes,
        "simulations": [simulations, check_simulations],
        "seed": seed,
    }
    opened: ResultFolder | nullcontext[None] = nullcontext()
    if out is not None:
        opened = take_population(out, problem, settings, overwrite=overwrite)
    with opened as folder:
        place, uncertainty = _search(problem, objective, folder, max_steps, tell)
        tell(place.state.steps, max_steps, "diagnostics")
        fit = Estimated.at(problem, objective, place.state.x, place.state.etas)
        result = make_result(fit, place.state, uncertainty, nodes, simulations, seed)
        if check_simulations:
            tell(place.state.steps, max_steps, "visual check")
            result.checked = check_table(fit, check_simulations, seed)
        result.runs = objective.patients.predictions.runs
        result.seconds = clock.monotonic() - begun
        if folder is not None:
            write_population(folder, result, jobs, draw)
    return result


def check_data(problem: PopulationProblem) -> None:
    """Refuse a population that the data cannot tell of.

    Raises
    ------
    InputError
        If it is no population problem, one patient was measured, or more numbers are sought
        than values were measured.
    """
    require_population(problem)
    rows, name = problem.rows, problem.measurements.name
    measured = int((rows.counts > 0).sum())
    if measured < 2 and problem.random_covariance.entries:
        raise InputError(
            f"{name}: {measured} patient was measured, and differences between patients need "
            "several: use method='each', or method='map' under a known population, or hold the "
            "random effects (fixed=True)"
        )
    if len(rows) <= len(problem.sought):
        raise InputError(
            f"{name}: {len(problem.sought)} numbers are sought of {len(rows)} values: leave "
            "random effects or parameters out, or hold them"
        )
    if not problem.sought:
        raise InputError("nothing is estimated: free a parameter, or use method='map'")


def _search(
    problem: PopulationProblem,
    objective: Objective,
    folder: ResultFolder | None,
    max_steps: int,
    tell: Progress,
) -> tuple[SearchPlace, Uncertainty]:
    low, high = (np.array([getattr(s, side) for s in problem.sought]) for side in ("low", "high"))

    def commit(state: SearchState) -> None:
        if folder is not None:
            write_step(folder, state)
        tell(state.steps, max_steps, f"objective {state.objective:.3f}")

    search = PopulationSearch(objective, low, high, commit)
    kept = None
    if folder is not None:
        kept = read_step(folder, low.size, *objective.no_etas.shape)
    place = _begin(problem, search, kept, max_steps)
    return _confirmed(objective, search, place, max_steps, tell)


def _confirmed(
    objective: Objective,
    search: PopulationSearch,
    at: SearchPlace,
    max_steps: int,
    tell: Progress,
) -> tuple[SearchPlace, Uncertainty]:
    """Search until the exact curvature says that nothing is left to gain, or no step follows."""
    exact_at, hessian = -1, None
    for round_ in range(_ROUNDS):
        at = search.run(at, max_steps)
        if at.state.status == "converged" and round_ + 1 < _ROUNDS:
            renewed = search.renewed(at)
            if renewed is not at:
                at, exact_at = search.run(renewed, max_steps), -1
        free = search.free(at.state.x, at.state.gradient)
        if hessian is not None and at.state.steps == exact_at:
            return at, uncertainty_of(at, hessian, free)
        tell(at.state.steps, max_steps, "curvature")
        hessian = _hessian(objective, at, free)
        if hessian is None:
            return at, _unknown(free.size)
        if at.state.status != "converged":
            break
        confirmed = search.with_curvature(at, hessian)
        if confirmed.state.status == "converged" or at.state.steps >= max_steps:
            break
        if round_ + 1 == _ROUNDS and not at.state.held:
            at = confirmed
        elif round_ + 1 < _ROUNDS:
            at, exact_at = confirmed, at.state.steps
    assert hessian is not None
    return at, uncertainty_of(at, hessian, free)


def _begin(
    problem: PopulationProblem, search: PopulationSearch, kept: SearchState | None, max_steps: int
) -> SearchPlace:
    try:
        if kept is None:
            return search.begin(search.objective.starts)
        place = search.resume(kept)
    except FailedPatients as failed:
        number, error = next(iter(failed.failures.items()))
        raise FitError(
            f"subject {problem.subjects[number]} cannot be simulated where the search begins: "
            f"{error}; give other starts, or a smaller sd of the random effects"
        ) from None
    if kept.status in ("stalled", "failed") and kept.steps < max_steps:
        return place._replace(state=replace(place.state, status="going"))
    return place


def _hessian(objective: Objective, place: SearchPlace, free: Flags) -> Array | None:
    try:
        return hessian_of(objective, place, free)
    except FailedPatients:
        return None


def _unknown(n: int) -> Uncertainty:
    nothing = np.full((n, n), np.nan)
    return Uncertainty(nothing, nothing, nothing, "patients cannot be simulated close by")
