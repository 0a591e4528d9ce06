"""How measured subjects are fitted, and what a problem hands to a population."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pdmodel.errors import InputError, require_known, unknown
from pdmodel.inference.problem.problem import Problem

if TYPE_CHECKING:
    from pdmodel.inference.population.known_population import MapResult
    from pdmodel.inference.population.problem import PopulationProblem
    from pdmodel.inference.population.results.result import PopulationResult

METHODS = ("pooled", "each", "population", "map")
_OF_PROBLEM = ("held", "covariance", "correlations", "covariates")
_OF_FIT = ("likelihood", "max_steps", "nodes", "simulations", "check_simulations")


def check_method(problem: Problem, method: str | None, more: Mapping[str, Any]) -> None:
    """Refuse a method that does not suit a problem.

    Parameters
    ----------
    problem, method
        The problem; None for what `own` says.
    more
        What only a population takes.

    Raises
    ------
    InputError
        If nothing was measured, or `own` says otherwise.
    """
    population = method in ("population", "map")
    for name in more:
        allowed = (*_OF_PROBLEM, *_OF_FIT, "values") if population else ()
        if name not in allowed:
            raise unknown("argument of a population fit:", name, (*_OF_PROBLEM, *_OF_FIT))
    if method is None:
        return
    require_known("method of a fit", METHODS, method)
    if problem.measurements is None:
        raise InputError(f"method {method!r} is about measured subjects: give them as data")
    if method == "pooled" and problem.own:
        raise InputError(
            f"pooled means one value for all subjects, and {', '.join(problem.own)} is own; "
            "leave `own` out, or fit them with method='each'"
        )
    if method != "pooled" and not problem.own:
        raise InputError(
            f"method {method!r} needs `own`: parameters of which each subject has a value"
        )
    if population and (problem.targets or problem.priors):
        raise InputError("a population is fitted to measurements alone: leave targets and priors")


def population_of(problem: Problem, more: Mapping[str, Any]) -> PopulationProblem:
    """Return the same question, with what is own as random effects.

    Parameters
    ----------
    problem
        With measurements; the values in `params` are where the search begins.
    more
        `covariance`, `covariates` and the like, as `PopulationProblem` takes them.
    """
    from pdmodel.inference.population.problem import PopulationProblem

    assert problem.measurements is not None
    parameters = {q.name: q for q in problem.model.parameters if q.kind == "parameter"}
    shared = [s for s in problem.settings if s.group is None and s.parameter in parameters]
    free = [s.name for s in shared if s.vary and not s.expr]
    started = {s.name: s.value for s in shared if s.name in free or s.name in problem.own}
    held = {
        s.name: s.value
        for s in shared
        if s.name not in started and s.value != problem.model.defaults[s.name]
    }
    given = {
        "effects": problem.effects, "free": free, "starts": started, "values": held,
        "bounds": {s.name: (s.min, s.max) for s in shared if s.name in free},
        **{name: more[name] for name in _OF_PROBLEM if name in more},
    }  # fmt: skip
    return PopulationProblem(problem.model, problem.measurements, **given)


def run_population(
    problem: Problem, more: Mapping[str, Any], out: str | Path | None, **how: Any
) -> PopulationResult:
    """Fit the subjects of a problem as a population; arguments are those of `fit_population`."""
    from pdmodel.inference.population.run import fit_population

    chosen = {name: more[name] for name in _OF_FIT if name in more and name != "likelihood"}
    likelihood = more.get("likelihood", "focei")
    asked = population_of(problem, more)
    return fit_population(asked, likelihood, out=out, **how, **chosen)


def run_map(problem: Problem, more: Mapping[str, Any], jobs: int) -> MapResult:
    """Return the most likely values of each subject under a known population.

    Parameters
    ----------
    problem, jobs
        As in `run_population`.
    more
        `values` holds the numbers of the population, as those of an earlier fit.
    """
    from pdmodel.inference.population.known_population import fit_map

    return fit_map(population_of(problem, more), more.get("values"), jobs=jobs)
