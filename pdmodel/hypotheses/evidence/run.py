"""Evidence of hypotheses by nested sampling, beside their AICc; resumable, a run a task."""

from __future__ import annotations

import time as clock
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pdmodel.errors import InputError, SimulationError
from pdmodel.executors import run_tasks
from pdmodel.hypotheses.comparison import Comparison
from pdmodel.hypotheses.evidence.result import EvidenceResult, Weighed
from pdmodel.hypotheses.examination.finished import fitted, standing
from pdmodel.hypotheses.examination.folder import folder_of, open_place
from pdmodel.hypotheses.hypothesis import Hypothesis
from pdmodel.hypotheses.verdicts.verdict import SURVIVES
from pdmodel.hypotheses.verdicts.weights import criteria
from pdmodel.inference.posterior.nested import load_dynesty
from pdmodel.inference.posterior.posterior import make_posterior
from pdmodel.inference.posterior.prior import PriorSpace
from pdmodel.inference.posterior.runs import (
    NestedPlan,
    check_prior,
    make_run,
    open_store,
    read_run,
    run_file,
)
from pdmodel.storage import ResultFolder, made_with, place_of, read_shaped, write_json, write_text

Progress = Callable[[int, int, str], None]
Draw = Callable[[EvidenceResult], Mapping[str, bytes]]
_FEW = 6
"""Surviving hypotheses that are weighed where none is named."""
_KIND = "evidence"
_POSTERIOR, _FAILURE = "posterior.nc", "failure.json"
_PACKAGES = ("pdmodel", "dynesty", "numpy", "scipy", "xarray")


def weigh(
    comparison: Comparison,
    names: Sequence[str] | None,
    folder: Path | str,
    out: Path | str,
    *,
    plan: NestedPlan | None = None,
    jobs: int = 1,
    draw: Draw | None = None,
    progress: Progress | None = None,
) -> EvidenceResult:
    """Return the evidence of hypotheses, their posteriors, and how AICc ranks them.

    Parameters
    ----------
    comparison, names
        Hypotheses by name; by default those that survive in the folder, at most six.
    folder
        Of `compare`, whose fits give the AICc; what it does not hold is fitted into it.
    out
        Folder to write to. Runs that it holds of the same problem, live points and seed are taken
        as they are.
    plan
        Live points, runs, seed, draws.
    jobs
        Worker processes, a run each; the answer is the same for any number.
    draw
        Returns figures of the result by path; they are written with its tables.
    progress
        Called with runs done, runs in all, and words.

    Raises
    ------
    InputError
        If dynesty is missing, a name is unknown, a parameter has no bounds, there are too few live
        points, a fit failed, or the folder holds something else.
    WorkerError
        If a worker process dies.
    """
    begun = clock.monotonic()
    load_dynesty()
    plan, folder = plan or NestedPlan(), place_of(folder)
    chosen = comparison.choose(names or standing(folder, (SURVIVES,), _FEW))
    if jobs < 1:
        raise InputError(f"jobs must be a whole number >= 1, got {jobs}")
    for one in chosen:
        check_prior(comparison.problem(one), plan)
    with open_place(out, _KIND, comparison) as taken:
        criterion = {one.name: criteria(fitted(comparison, one, folder)) for one in chosen}
        _sample_all(comparison, chosen, plan, jobs, taken.path, progress)
        weighed = [
            _weighed(comparison, one, plan, criterion[one.name], taken.path) for one in chosen
        ]
        result = EvidenceResult(comparison, plan, tuple(weighed))
        figures = {} if draw is None else draw(result)
        told = {"jobs": jobs, "seconds": round(clock.monotonic() - begun, 1)}
        _write(taken, result, figures, told)
    return result


def _sample_all(
    comparison: Comparison,
    chosen: Sequence[Hypothesis],
    plan: NestedPlan,
    jobs: int,
    out: Path,
    progress: Progress | None,
) -> None:
    """Make every run that is not there yet."""
    for one in chosen:
        open_store(folder_of(out, one), comparison.problem(one), plan)
        (folder_of(out, one) / _FAILURE).unlink(missing_ok=True)
    tasks = [(comparison, one, plan, run, out) for one in chosen for run in range(plan.runs)]
    report = progress or (lambda done, total, text: None)
    for done, name in enumerate(run_tasks(_sampled, tasks, jobs), start=1):
        report(done, len(tasks), name)


def _sampled(comparison: Comparison, one: Hypothesis, plan: NestedPlan, run: int, out: Path) -> str:
    """Make one run; a hypothesis that cannot be sampled is told of, the others go on."""
    place = folder_of(out, one)
    try:
        make_run(comparison.problem(one), plan, run, place)
    except SimulationError as error:
        write_json(place / _FAILURE, {"failure": str(error)})
    return f"{one.name}, run {run + 1}"


def _weighed(
    comparison: Comparison, one: Hypothesis, plan: NestedPlan, known: dict[str, Any], out: Path
) -> Weighed:
    """Put the runs of a hypothesis together and write its posterior."""
    place, problem = folder_of(out, one), comparison.problem(one)
    if (place / _FAILURE).is_file():
        return Weighed(one, known, read_shaped(place / _FAILURE, {"failure": str})["failure"])
    pairs = [read_run(run_file(place, run)) for run in range(plan.runs)]
    runs, told = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    posterior = make_posterior(problem, runs, plan.draws, plan.seed)
    posterior.save(place / _POSTERIOR)
    write_text(place / "parameters.csv", posterior.parameters.to_csv(index=False))
    prior = PriorSpace.of(problem).table if problem.free else None
    return Weighed(
        one, known, "", tuple(runs), sum(row["failures"] for row in told),
        next((row["reason"] for row in told if row["reason"]), ""), posterior, prior,
    )  # fmt: skip


def _write(
    folder: ResultFolder,
    result: EvidenceResult,
    figures: Mapping[str, bytes],
    told: Mapping[str, Any],
) -> None:
    files = {
        "evidence.csv": result.table.to_csv(index=False),
        "pairs.csv": result.pairs.to_csv(index=False),
        "report.txt": result.report(),
        **figures,
    }
    folder.finish(files, result.to_dict(), made_with(_PACKAGES) | dict(told))
