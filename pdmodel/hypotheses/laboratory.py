"""Compare hypotheses: each examined in a process of its own, resumable; then judged and written."""

from __future__ import annotations

import time as clock
from collections.abc import Callable, Sequence
from pathlib import Path

from pdmodel.errors import InputError
from pdmodel.executors import run_tasks
from pdmodel.hypotheses.comparison import Comparison
from pdmodel.hypotheses.examination import Plan, examine
from pdmodel.hypotheses.hypothesis import Hypothesis
from pdmodel.hypotheses.outcome import CompareResult, make_outcome
from pdmodel.hypotheses.stored import folder_of, open_place, read_stored
from pdmodel.storage import made_with, write_json, write_text

Progress = Callable[[int, int, str], None]
_COMPARISON, _RESULT, _MANIFEST = "comparison.json", "verdicts.json", "manifest.json"
_PACKAGES = ("pdmodel", "numpy", "scipy", "sympy", "lmfit", "pandas", "xarray")


def compare(
    comparison: Comparison,
    names: Sequence[str] | None = None,
    *,
    plan: Plan | None = None,
    jobs: int = 1,
    out: str | Path,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> CompareResult:
    """Examine hypotheses and judge them.

    Parameters
    ----------
    comparison
        What they are held against.
    names
        `model` or `model@difference`; all that the comparison lists by default.
    plan
        Starts, seed, patients.
    jobs
        Worker processes, a hypothesis each; the answer is the same for any number.
    out
        Folder. What it holds of hypotheses that have not changed is taken as it is.
    overwrite
        Whether the folder may hold something else, which is removed.
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
    chosen, plan, place = comparison.choose(names), plan or Plan(), Path(out)
    if jobs < 1:
        raise InputError(f"jobs must be a whole number >= 1, got {jobs}")
    open_place(place, _COMPARISON, comparison, "comparison", overwrite)
    tasks = [(comparison, one, plan, folder_of(place, one)) for one in chosen]
    report = progress or (lambda done, total, text: None)
    for done, name in enumerate(run_tasks(_examined, tasks, jobs), start=1):
        report(done, len(tasks), name)
    stored = {one.name: read_stored(folder_of(place, one)) for one in chosen}
    result = make_outcome(comparison, chosen, stored, plan)
    _write(place, result, jobs, clock.monotonic() - begun)
    return result


def _examined(comparison: Comparison, one: Hypothesis, plan: Plan, place: Path) -> str:
    examine(comparison, one, plan, place)
    return one.name


def _write(place: Path, result: CompareResult, jobs: int, seconds: float) -> None:
    write_text(place / "table.csv", result.table.to_csv(index=False))
    write_text(place / "misses.csv", result.misses.to_csv(index=False))
    write_text(place / "robustness.csv", result.moved.to_csv(index=False))
    write_text(place / "report.txt", result.report())
    manifest = made_with(_PACKAGES) | {"jobs": jobs, "seconds": round(seconds, 1)}
    write_json(place / _MANIFEST, manifest)
    write_json(place / _RESULT, result.to_dict())
