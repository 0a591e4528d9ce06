"""Sample the posterior of one problem: every run kept when it ends, then drawn from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pdmodel.executors import Progress, Work, silent
from pdmodel.inference.posterior.nested import load_dynesty
from pdmodel.inference.posterior.posterior import Posterior, make_posterior
from pdmodel.inference.posterior.runs import (
    NestedPlan,
    check_prior,
    make_run,
    open_store,
    read_run,
    run_file,
)

if TYPE_CHECKING:
    from pdmodel.inference.problem.problem import Problem

_POSTERIOR = "posterior.nc"


def sample_posterior(
    problem: Problem,
    out: str | Path,
    plan: NestedPlan | None = None,
    *,
    jobs: int = 1,
    progress: Progress | None = None,
) -> Posterior:
    """Sample the posterior of a problem by nested sampling; it knows its evidence.

    Parameters
    ----------
    problem
        The problem. Its prior is even between the bounds (in the logarithm where they are
        positive), or that of its prior rows.
    out
        Folder; runs that it holds of the same problem, live points and seed are not made again.
    plan
        Live points, runs, seed, draws.
    jobs
        Worker processes, a run each; the answer is the same for any number.
    progress
        Called with runs done, runs in all, and words.

    Raises
    ------
    InputError
        If dynesty is missing, a parameter has no bounds to draw between, or there are too few live
        points.
    SimulationError
        If no point of the prior can be simulated.
    WorkerError
        If a worker process dies.
    """
    load_dynesty()
    plan, place = plan or NestedPlan(), Path(out)
    work = Work(place, jobs=jobs, progress=progress or silent)
    check_prior(problem, plan)
    open_store(place, problem, plan)
    tasks = [(problem, plan, run, place) for run in range(plan.runs)]
    for done, _ in enumerate(work.results(make_run, tasks), start=1):
        work.progress(done, plan.runs, f"run {done}")
    runs = [read_run(run_file(place, run))[0] for run in range(plan.runs)]
    posterior = make_posterior(problem, runs, plan.draws, plan.seed)
    posterior.save(place / _POSTERIOR)
    return posterior
