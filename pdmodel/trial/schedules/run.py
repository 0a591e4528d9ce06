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
from pathlib import Path
from typing import Any

import pandas as pd

from pdmodel.catalogue import load
from pdmodel.errors import InputError
from pdmodel.model import Model
from pdmodel.storage import describe, user_code
from pdmodel.trial.population.population import Population
from pdmodel.trial.run.blocks import Block, Progress, blocks_of, run_blocks
from pdmodel.trial.run.folder import SCHEDULES, Draw, TrialFolder
from pdmodel.trial.run.visits import BLOCK
from pdmodel.trial.schedules.ranking import check_columns, tabulate
from pdmodel.trial.schedules.search import Schedule, Search


@dataclass(frozen=True)
class ScheduleResult:
    """What a search found.

    Parameters
    ----------
    search, model, patients
        What was searched.
    table
        A row a schedule: `label`, `dose`, `cycle`, `ramp`, `steroid`, the rates `benefit` and
        `harm` with their bands `_low` and `_high`, `front` (no other is better in one and as good
        in the other), `front_share` (of resamples in which that is so), what the search also tells,
        `mean_dose`, `failed`.
    best
        A row a type of patient: how many, the schedule with the greatest benefit of those whose
        harm is within the limit, its rates and bands, `best_share` (of resamples in which it is
        the best), and a note.
    limit
        Largest rate of harm of what is called best.
    """

    search: Search
    model: Model
    patients: int
    table: pd.DataFrame
    best: pd.DataFrame
    limit: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain data; missing numbers are null."""
        tables = {
            name: table.astype(object).where(table.notna(), None).to_dict("records")
            for name, table in (("schedules", self.table), ("best", self.best))
        }
        return {
            "schema_version": 1, "search": self.search.name, "model": self.model.name,
            "model_hash": self.model.hash, "patients": self.patients, "limit": self.limit,
            "benefit": self.search.benefit, "harm": self.search.harm, **tables,
        }  # fmt: skip


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
        The grid and what is weighed.
    patients, seed, model, threads, out, overwrite, draw, progress, draws, executor
        As of `Trial.run`.
    limit
        Largest rate of harm of what is called best, in [0, 1].

    Raises
    ------
    InputError
        If something is not allowed; nothing is written then.
    """
    chosen = load(model or search.trial.model)
    most = search.limit if limit is None else limit
    if not 0 <= most <= 1:
        raise InputError(f"the limit of harm is a rate in [0, 1], got {most:g}")
    schedules = search.schedules()
    for schedule in schedules:
        schedule.protocol.measured(chosen, search.trial.population.covariates)
    blocks = list(blocks_of(search.trial.population.draw(chosen, patients, seed)))
    for arm, population in enumerate(draws, start=1):
        blocks += blocks_of(population.draw(chosen, min(patients, BLOCK), seed), arm)
    opened = None
    if out is not None:
        settings = _settings(search, chosen, patients, seed, draws)
        opened = TrialFolder.open(out, settings, overwrite, kind=SCHEDULES)
    with opened or nullcontext() as folder:
        found = []
        for number, schedule in enumerate(schedules):
            report = _counted(progress, number, len(schedules), schedule)
            outcomes = _run(
                search, chosen, schedule, _named(blocks, number), seed, threads=threads,
                folder=folder, executor=executor, progress=report,
            )  # fmt: skip
            # Now, not when all have been run, it is seen whether the columns are there.
            check_columns(search, outcomes[0])
            found.append(outcomes)
        table, best = tabulate(search, schedules, found, seed, most)
        result = ScheduleResult(search, chosen, patients, table, best, most)
        if folder is not None:
            figures = {} if draw is None else draw(result)
            folder.write({"best": best, "schedules": table}, result.to_dict(), figures)
    return result


def _run(
    search: Search, model: Model, schedule: Schedule, blocks: Sequence[Block], seed: int, **how: Any
) -> list[pd.DataFrame]:
    """Return the outcomes of a schedule in each population."""
    trial = search.trial.with_(protocol=schedule.protocol)
    found = run_blocks(trial, model, blocks, seed, **how)
    return [found[arm] for arm in sorted(found)]


def _named(blocks: Sequence[Block], number: int) -> list[Block]:
    return [replace(block, prefix=f"schedule_{number:03d}_") for block in blocks]


def _counted(
    progress: Progress | None, number: int, total: int, schedule: Schedule
) -> Progress | None:
    """Return what counts schedules where blocks count patients."""
    if progress is None:
        return None
    report = progress
    return lambda done, whole, text: report(
        number + (done == whole), total, f"schedules: {schedule.label}"
    )


def _settings(
    search: Search, model: Model, patients: int, seed: int, draws: Sequence[Population]
) -> dict[str, Any]:
    return {
        "search": search.name,
        "schedules": describe([one.protocol for one in search.schedules()]),
        "trial": search.trial.settings(model, patients, seed, draws),
        "code": user_code(search),
    }
