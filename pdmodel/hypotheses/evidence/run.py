"""Evidence of hypotheses by nested sampling, beside their AICc; resumable, a run a task."""

from __future__ import annotations

import time as clock
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pdmodel.errors import SimulationError
from pdmodel.executors import Progress, Work, silent
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
from pdmodel.inference.posterior.run import (
    NestedPlan,
    check_prior,
    make_run,
    open_store,
    read_run,
    run_file,
)
from pdmodel.inference.posterior.watching import noted, watching
from pdmodel.progress import watched
from pdmodel.storage import ResultFolder, made_with, place_of, read_shaped, write_json, write_text

Draw = Callable[[EvidenceResult], Mapping[str, bytes]]
_FEW = 6
"""The most surviving hypotheses that are weighed where none is named."""
_KIND = "evidence"
_POSTERIOR, _FAILURE = "posterior.nc", "failure.json"
_PACKAGES = ("pdmodel", "dynesty", "numpy", "scipy", "xarray")


@watched
def compute_evidence(
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
        Folder of `compare`, whose fits give the AICc; fits that it lacks are made there.
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
        Called with runs done, runs in all, and words, also while runs go on.

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
    work = Work(out, jobs=jobs, progress=progress or silent)
    for hypothesis in chosen:
        check_prior(comparison.problem(hypothesis), plan)
    with open_place(out, _KIND, comparison) as taken:
        criterion = {h.name: criteria(fitted(comparison, h, folder)) for h in chosen}
        _sample_all(comparison, chosen, plan, work, taken.path)
        weighed = [_weighed(comparison, h, plan, criterion[h.name], taken.path) for h in chosen]
        result = EvidenceResult(comparison, plan, tuple(weighed))
        figures = {} if draw is None else draw(result)
        made = {"jobs": jobs, "seconds": round(clock.monotonic() - begun, 1)}
        _write(taken, result, figures, made)
    return result


def _sample_all(
    comparison: Comparison,
    chosen: Sequence[Hypothesis],
    plan: NestedPlan,
    work: Work,
    out: Path,
) -> None:
    """Make every run that is not there yet."""
    for hypothesis in chosen:
        open_store(folder_of(out, hypothesis), comparison.problem(hypothesis), plan)
        (folder_of(out, hypothesis) / _FAILURE).unlink(missing_ok=True)
    done, pairs = 0, [(h, run) for h in chosen for run in range(plan.runs)]
    with watching(lambda words: work.progress(done, len(pairs), words)) as board:
        tasks = [
            (comparison, hypothesis, plan, run, out, board, number)
            for number, (hypothesis, run) in enumerate(pairs)
        ]
        for name in work.results(_sampled, tasks):
            done += 1
            work.progress(done, len(tasks), name)


def _sampled(
    comparison: Comparison,
    hypothesis: Hypothesis,
    plan: NestedPlan,
    run: int,
    out: Path,
    board: Path,
    number: int,
) -> str:
    """Sample one run, and say how far it is. A failure is stored, so that the others go on."""
    path, name = folder_of(out, hypothesis), f"{hypothesis.name}, run {run + 1}"
    with noted(board, number, name) as watch:
        try:
            make_run(comparison.problem(hypothesis), plan, run, path, watch)
        except SimulationError as error:
            write_json(path / _FAILURE, {"failure": str(error)})
    return name


def _weighed(
    comparison: Comparison,
    hypothesis: Hypothesis,
    plan: NestedPlan,
    criterion: dict[str, Any],
    out: Path,
) -> Weighed:
    """Put the runs of a hypothesis together and write its posterior."""
    path, problem = folder_of(out, hypothesis), comparison.problem(hypothesis)
    if (path / _FAILURE).is_file():
        return Weighed(
            hypothesis, criterion, read_shaped(path / _FAILURE, {"failure": str})["failure"]
        )
    pairs = [read_run(run_file(path, run)) for run in range(plan.runs)]
    runs, counts = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    posterior = make_posterior(problem, runs, plan.draws, plan.seed)
    posterior.save(path / _POSTERIOR)
    write_text(path / "parameters.csv", posterior.parameters.to_csv(index=False))
    prior = PriorSpace.of(problem).table if problem.free else None
    return Weighed(
        hypothesis, criterion, "", tuple(runs), sum(row["failures"] for row in counts),
        next((row["reason"] for row in counts if row["reason"]), ""), posterior, prior,
    )  # fmt: skip


def _write(
    folder: ResultFolder,
    result: EvidenceResult,
    figures: Mapping[str, bytes],
    made: Mapping[str, Any],
) -> None:
    files = {
        "evidence.csv": result.table.to_csv(index=False),
        "pairs.csv": result.pairs.to_csv(index=False),
        "report.txt": result.report(),
        **figures,
    }
    folder.finish(files, result.to_dict(), made_with(_PACKAGES) | dict(made))


weigh = compute_evidence
"""The name of before."""
