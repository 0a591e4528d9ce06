"""Compare hypotheses: each examined in a process of its own, resumable; then judged and written."""

from __future__ import annotations

import time as clock
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pdmodel.executors import Progress, Work, silent
from pdmodel.hypotheses.comparison import Comparison, ComparisonSettings
from pdmodel.hypotheses.examination.examine import examine
from pdmodel.hypotheses.examination.folder import folder_of, open_place, read_parts
from pdmodel.hypotheses.examination.result import CompareResult, make_outcome
from pdmodel.hypotheses.hypothesis import Hypothesis
from pdmodel.progress import watched
from pdmodel.storage import ResultFolder, made_with, place_of

Draw = Callable[[CompareResult], Mapping[str, bytes]]
_KIND = "comparison"
_PACKAGES = ("pdmodel", "numpy", "scipy", "sympy", "lmfit", "pandas", "xarray")


@watched
def compare(
    comparison: Comparison,
    names: Sequence[str] | None = None,
    *,
    plan: ComparisonSettings | None = None,
    jobs: int = 1,
    out: str | Path,
    overwrite: bool = False,
    draw: Draw | None = None,
    progress: Progress | None = None,
) -> CompareResult:
    """Examine hypotheses and judge them.

    Parameters
    ----------
    comparison
        The evidence that they are held against.
    names
        `model` or `model@difference`; all that the comparison lists by default.
    plan
        Starts, seed, patients.
    jobs
        Worker processes, a hypothesis each; the answer is the same for any number.
    out
        Folder of the result. Parts that it holds of hypotheses that have not changed are kept.
    overwrite
        Whether the folder may hold another comparison, which is removed.
    draw
        Returns figures of the result by path; they are written with its tables.
    progress
        Called with hypotheses done, hypotheses in all, and words.

    Raises
    ------
    InputError
        If a name is unknown or the folder holds something else.
    WorkerError
        If a worker process dies.
    """
    begun = clock.monotonic()
    chosen, plan, path = comparison.choose(names), plan or ComparisonSettings(), place_of(out)
    work = Work(out, overwrite, jobs, progress=progress or silent)
    with open_place(out, _KIND, comparison, overwrite) as folder:
        tasks = [(comparison, h, plan, folder_of(path, h)) for h in chosen]
        for done, name in enumerate(work.results(_examined, tasks), start=1):
            work.progress(done, len(tasks), name)
        predicted = comparison.predicted is not None
        stored = {
            h.name: read_parts(folder_of(path, h), comparison.problem(h), predicted=predicted)
            for h in chosen
        }
        result = make_outcome(comparison, chosen, stored, plan)
        figures = {} if draw is None else draw(result)
        _write(folder, result, figures, {"jobs": jobs, "seconds": clock.monotonic() - begun})
    return result


def _examined(
    comparison: Comparison, hypothesis: Hypothesis, plan: ComparisonSettings, path: Path
) -> str:
    examine(comparison, hypothesis, plan, path)
    return hypothesis.name


def _write(
    folder: ResultFolder,
    result: CompareResult,
    figures: Mapping[str, bytes],
    made: Mapping[str, float],
) -> None:
    files = {
        "table.csv": result.table.to_csv(index=False),
        "misses.csv": result.misses.to_csv(index=False),
        "robustness.csv": result.moved.to_csv(index=False),
        **(
            {}
            if result.predicted.empty
            else {"predictions.csv": result.predictions.to_csv(index=False)}
        ),
        "report.txt": result.report(),
        **figures,
    }
    manifest = made_with(_PACKAGES) | dict(made) | {"seconds": round(made["seconds"], 1)}
    folder.finish(files, result.to_dict(), manifest)
