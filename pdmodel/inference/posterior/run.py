"""Sample the posterior of one problem: each run is kept when it ends, none is made twice."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xarray as xr

from pdmodel.errors import InputError
from pdmodel.executors import Progress, Work, silent
from pdmodel.inference.fit.folder import problem_content
from pdmodel.inference.posterior.groupwise import (
    GroupwiseLikelihood,
    goes_by_groups,
    sampled_tolerance,
)
from pdmodel.inference.posterior.likelihood import LogLikelihood
from pdmodel.inference.posterior.nested import (
    Nested,
    Watch,
    check_live,
    exact,
    load_dynesty,
    sample_nested,
)
from pdmodel.inference.posterior.posterior import Posterior, make_posterior
from pdmodel.inference.posterior.prior import PriorSpace
from pdmodel.inference.posterior.watching import noted, watching
from pdmodel.progress import watched
from pdmodel.storage import ResultFolder, new_file, read_dataset

if TYPE_CHECKING:
    from pdmodel.inference.problem.problem import Problem


_POSTERIOR, _RUNS = "posterior.nc", "runs"
_NUMBERS = ("log_evidence", "error", "information", "calls", "failures")


@dataclass(frozen=True)
class NestedPlan:
    """How hard nested sampling tries.

    Parameters
    ----------
    live
        Live points of a run.
    runs
        Independent runs; what they are apart is the check on the error that each states.
    seed
        Of all of them.
    draws
        Equally weighted draws of each run.

    Examples
    --------
    >>> NestedPlan(live=128, runs=3).draws
    200
    """

    live: int = 64
    runs: int = 2
    seed: int = 1
    draws: int = 200

    def __post_init__(self) -> None:
        """Refuse numbers that make no plan."""
        for name, least in (("live", 8), ("runs", 1), ("seed", 0), ("draws", 1)):
            if getattr(self, name) < least:
                raise InputError(f"{name} must be at least {least}, got {getattr(self, name)}")

    def seed_of(self, run: int) -> tuple[int, int]:
        """Return the seed of a run; it does not depend on how many there are."""
        return self.seed, run


@watched
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
        Called with runs done, runs in all, and words; also while runs go on, with the points that
        each has simulated and how much of the logarithm of its evidence may still be hidden.

    Raises
    ------
    InputError
        If dynesty is missing, a parameter has no bounds to draw between, or there are too few live
        points.
    SimulationError
        If no point of the prior can be simulated.
    WorkerError
        If a worker process dies.

    Examples
    --------
    >>> import pdmodel
    >>> from tempfile import TemporaryDirectory
    >>> import pandas as pd
    >>> table = pd.DataFrame({
    ...     "ID": 1, "TIME": [0, 0.05, 0.1, 0.3], "EVID": [1, 0, 0, 0], "AMT": [10, 0, 0, 0],
    ...     "CMT": "lenalidomide", "DV": [0, 7.9, 6.9, 2.7],
    ... })
    >>> problem = pdmodel.FitProblem(
    ...     "reference", data=table, observed="drug_plasma", free=["CL"]
    ... )
    >>> plan = pdmodel.NestedPlan(live=16, runs=1, draws=50)  # a real one has more of each
    >>> with TemporaryDirectory() as folder:
    ...     posterior = pdmodel.sample_posterior(problem, folder, plan)
    >>> len(posterior.parameters)  # a row a parameter
    2
    """
    load_dynesty()
    plan, folder = plan or NestedPlan(), Path(out)
    work = Work(folder, jobs=jobs, progress=progress or silent)
    check_prior(problem, plan)
    open_store(folder, problem, plan)
    done = 0
    with watching(lambda words: work.progress(done, plan.runs, words)) as board:
        tasks = [(problem, plan, run, folder, board) for run in range(plan.runs)]
        for _ in work.results(_noted_run, tasks):
            done += 1
            work.progress(done, plan.runs, f"run {done}")
    runs = [read_run(run_file(folder, run))[0] for run in range(plan.runs)]
    posterior = make_posterior(problem, runs, plan.draws, plan.seed)
    posterior.save(folder / _POSTERIOR)
    return posterior


def _noted_run(problem: Problem, plan: NestedPlan, run: int, folder: Path, board: Path) -> None:
    """Sample one run, and say how far it is."""
    with noted(board, run, f"run {run + 1}") as watch:
        make_run(problem, plan, run, folder, watch)


def check_prior(problem: Problem, plan: NestedPlan) -> None:
    """Refuse what cannot be sampled, before anything is written.

    Raises
    ------
    InputError
        If a free parameter has no bounds to draw between, or there are too few live points.
    """
    if problem.free:
        check_live(plan.live, len(PriorSpace.of(problem).names))


def open_store(folder: Path, problem: Problem, plan: NestedPlan) -> None:
    """Take up the folder of a problem; runs of another problem or plan are removed.

    Raises
    ------
    InputError
        If it holds anything that pdmodel did not write.
    """
    identity = {"problem": problem_content(problem), "live": plan.live, "seed": plan.seed}
    ResultFolder.take(folder, _RUNS, identity, overwrite=True, keep=True).close()


def run_file(folder: Path, run: int) -> Path:
    """Return where a run is kept."""
    return folder / f"run_{run:02d}.nc"


def make_run(
    problem: Problem, plan: NestedPlan, run: int, folder: Path, progress: Watch | None = None
) -> None:
    """Sample once and commit the run, unless it is there.

    Raises
    ------
    InputError, SimulationError
        If the problem cannot be sampled.
    """
    file = run_file(folder, run)
    if file.is_file():
        return
    likelihood = LogLikelihood(problem, {s.name: s.value for s in problem.settings})
    rtol = problem.rtol
    if not problem.free:
        nested = exact(likelihood)
    else:
        space, stepwise = PriorSpace.of(problem), None
        if goes_by_groups(problem):
            rtol = _tolerance(problem, folder)
            stepwise = GroupwiseLikelihood(likelihood, rtol)
        nested = sample_nested(
            stepwise or likelihood, space, live=plan.live, seed=plan.seed_of(run),
            progress=progress,
        )  # fmt: skip
    attributes = {"failures": likelihood.failures, "reason": likelihood.reason}
    _write(file, nested, attributes | ({} if rtol == problem.rtol else {"rtol": rtol}))


def _tolerance(problem: Problem, folder: Path) -> float:
    """Return the tolerance of the runs that a folder holds, or the loosest that does."""
    for file in sorted(folder.glob("run_*.nc")):
        with suppress(InputError):  # of a damaged one: said when it is read
            rtol = read_run(file)[1]["rtol"]
            return problem.rtol if rtol is None else float(rtol)
    return sampled_tolerance(problem)


def _write(file: Path, nested: Nested, likelihood: Mapping[str, Any]) -> None:
    data = xr.Dataset(
        {
            "points": (("point", "parameter"), nested.points),
            "log_likelihood": ("point", nested.log_likelihood),
            "log_weight": ("point", nested.log_weight),
        },
        attrs={
            "log_evidence": nested.log_evidence, "error": nested.error,
            "information": nested.information, "calls": nested.calls, **likelihood,
        },
    )  # fmt: skip
    with new_file(file) as temporary:
        data.to_netcdf(temporary, engine="h5netcdf")


def read_run(file: Path) -> tuple[Nested, dict[str, Any]]:
    """Return a run, how many of its points were impossible and why, and its own tolerance if any.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    names = ("points", "log_likelihood", "log_weight")
    data = read_dataset(file, names, (*_NUMBERS, "reason"))
    try:
        numbers = {name: data.attrs[name].item() for name in _NUMBERS}
        failures, reason = numbers.pop("failures"), str(data.attrs["reason"])
        held: dict[str, Any] = {**numbers, **{name: data[name].values for name in names}}
        rtol = data.attrs.get("rtol")
        return Nested(**held), {"failures": int(failures), "reason": reason, "rtol": rtol}
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{file} cannot be read: {error}") from error
