"""Schedules against each other: benefit against harm, in the same virtual patients.

All schedules are judged on the same patients, and resampled patients are the same for all, so that
a difference between schedules is not one between patients. A band holds 90 % of resamples, from
all populations that a calibration leaves open. What comes out is a hypothesis, not advice.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from pdmodel.catalogue import load
from pdmodel.errors import InputError
from pdmodel.executors import Progress, Work, silent
from pdmodel.model import Model
from pdmodel.progress import watched
from pdmodel.storage import describe, plain_rows, user_code
from pdmodel.trial.population.population import Population
from pdmodel.trial.run.blocks import PatientBlock, blocks_of, check_doses, run_blocks
from pdmodel.trial.run.folder import SCHEDULES, Draw, TrialFolder
from pdmodel.trial.run.visits import BLOCK
from pdmodel.trial.schedules.ranking import check_columns, tabulate
from pdmodel.trial.schedules.search import Schedule, Search


@dataclass(frozen=True)
class ScheduleResult:
    """The result of a search.

    Parameters
    ----------
    search, model, patients
        What was searched, with which model, and in how many patients.
    table
        One row per schedule: `label`, `dose`, `cycle`, `ramp`, `steroid`, the rates `benefit` and
        `harm` with their bands `_low` and `_high`, `front` (no other is better in one and as good
        in the other), `front_share` (of resamples in which that is so), the
        other rates of the search, `mean_dose`, `failed`.
    best
        One row per type of patient: how many, the schedule with the greatest benefit of those whose
        harm is within the limit, its rates and bands, `best_share` (of resamples in which it is
        the best), and a note.
    limit
        Largest rate of harm of a schedule that may be called best.
    """

    search: Search
    model: Model
    patients: int
    table: pd.DataFrame
    best: pd.DataFrame
    limit: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain data; missing numbers are null."""
        return {
            "schema_version": 1, "search": self.search.name, "model": self.model.name,
            "model_hash": self.model.hash, "patients": self.patients, "limit": self.limit,
            "benefit": self.search.benefit, "harm": self.search.harm,
            "schedules": plain_rows(self.table), "best": plain_rows(self.best),
        }  # fmt: skip


@watched
def run_search(
    search: Search,
    patients: int = BLOCK,
    seed: int = 1,
    *,
    model: Model | str | None = None,
    draws: Sequence[Population] = (),
    limit: float | None = None,
    threads: int | None = None,
    out: str | Path | None = None,
    overwrite: bool = False,
    draw: Draw | None = None,
    progress: Progress | None = None,
    executor: Executor | None = None,
) -> ScheduleResult:
    """Run all schedules in the same patients.

    Parameters
    ----------
    search
        The grid, and the outcomes that are weighed against each other.
    patients, seed, model, draws
        As in `Trial.run`.
    limit
        Largest rate of harm of a schedule that may be called best, in [0, 1].
    threads, out, overwrite, draw, progress, executor
        As in `Trial.run`.

    Raises
    ------
    InputError
        If something is not allowed; nothing is written then.
    """
    chosen = load(model or search.trial.model, near=search.trial)
    work = Work(out, overwrite, executor=executor, progress=progress or silent)
    most = search.limit if limit is None else limit
    if not 0 <= most <= 1:
        raise InputError(f"the limit of harm is a rate in [0, 1], got {most:g}")
    schedules = search.schedules()
    for schedule in schedules:
        schedule.protocol.measured(chosen, search.trial.population.covariates)
    drawn = search.trial.population.draw(chosen, patients, seed)
    check_doses(search.trial, chosen, drawn)
    blocks = list(blocks_of(drawn))
    for arm, population in enumerate(draws, start=1):
        blocks += blocks_of(population.draw(chosen, min(patients, BLOCK), seed), arm)
    opened = None
    if out is not None:
        settings = _settings(search, chosen, patients, seed, draws)
        opened = TrialFolder.open(out, settings, overwrite, kind=SCHEDULES)
    with opened or nullcontext() as folder:
        by_schedule = []
        for number, schedule in enumerate(schedules):
            report = _counted(work.progress, number, len(schedules), schedule)
            outcomes = _run(
                search, chosen, schedule, _named(blocks, number), seed, threads=threads,
                folder=folder, work=replace(work, progress=report),
                check=partial(check_columns, search),
            )  # fmt: skip
            # Those that a folder holds are checked as well.
            check_columns(search, outcomes[0])
            by_schedule.append(outcomes)
        table, best = tabulate(search, schedules, by_schedule, seed, most)
        result = ScheduleResult(search, chosen, patients, table, best, most)
        if folder is not None:
            figures = {} if draw is None else draw(result)
            folder.write({"best": best, "schedules": table}, result.to_dict(), figures)
    return result


def _run(
    search: Search,
    model: Model,
    schedule: Schedule,
    blocks: Sequence[PatientBlock],
    seed: int,
    **how: Any,
) -> list[pd.DataFrame]:
    """Return the outcomes of a schedule, one table per population."""
    trial = search.trial.with_(protocol=schedule.protocol)
    outcomes = run_blocks(trial, model, blocks, seed, **how)
    return [outcomes[arm] for arm in sorted(outcomes)]


def _named(blocks: Sequence[PatientBlock], number: int) -> list[PatientBlock]:
    return [replace(block, prefix=f"schedule_{number:03d}_") for block in blocks]


def _counted(progress: Progress, number: int, total: int, schedule: Schedule) -> Progress:
    """Return a progress callback that counts schedules instead of patients."""
    return lambda done, whole, text: progress(
        number + (done == whole), total, f"schedules: {schedule.label}"
    )


def _settings(
    search: Search, model: Model, patients: int, seed: int, draws: Sequence[Population]
) -> dict[str, Any]:
    return {
        "search": search.name,
        "schedules": describe([schedule.protocol for schedule in search.schedules()]),
        "trial": search.trial.settings(model, patients, seed, draws),
        "code": user_code(search),
    }
