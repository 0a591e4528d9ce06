"""A virtual trial: population, protocol, outcomes. Runs in resumable blocks of patients."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import nullcontext
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from pdmodel.catalogue import load
from pdmodel.errors import InputError, require_known
from pdmodel.executors import Progress, Work, silent
from pdmodel.model import Model
from pdmodel.progress import watched
from pdmodel.storage import describe, user_code
from pdmodel.trial.patterns.pattern import (
    Pattern,
    judge,
    require_outcomes,
    require_yes_or_no,
)
from pdmodel.trial.population.population import Drawn, Population
from pdmodel.trial.protocol.design import TrialDesign
from pdmodel.trial.result import TrialResult, without_failures
from pdmodel.trial.run.blocks import blocks_of, check_doses, records_of, run_blocks
from pdmodel.trial.run.folder import Draw, TrialFolder
from pdmodel.trial.run.visits import BLOCK


@dataclass(frozen=True, repr=False)
class Trial(TrialDesign):
    """A virtual trial, published for the command line: a design that can be run.

    Parameters
    ----------
    name, title, protocol, population, outcomes, patterns, quantities, peaks, model
        As in `TrialDesign`: who is treated, what is done, and what is made of it.
    margins, free, times, endpoints, arms, reported_as, reading
        As in `TrialDesign`: what calibrations, figures and tables need besides.
    """

    @watched
    def run(
        self,
        patients: int = 1000,
        seed: int = 1,
        *,
        model: Model | str | None = None,
        threads: int | None = None,
        out: str | Path | None = None,
        overwrite: bool = False,
        keep: bool = False,
        draw: Draw | None = None,
        weigh: Callable[[TrialResult], TrialResult] | None = None,
        progress: Progress | None = None,
        draws: Sequence[Population | Sequence[Population]] = (),
        executor: Executor | None = None,
    ) -> TrialResult:
        """Run virtual patients through the protocol.

        Parameters
        ----------
        patients, seed
            How many, and from which seed; patient n is the same in every trial of a population.
        model
            Another model; its medians are used.
        threads
            How many; the numbers do not depend on it.
        out, overwrite
            A folder to write to; a run that was stopped goes on there.
        keep
            Whether a finished run of the same trial is taken as it is, where it would be refused.
        draw
            Returns figures of the result by path; they are written with its tables.
        weigh
            Returns the result with patients that count more or less; tables, pictures and what is
            returned are then all of the weighted.
        progress
            Called with patients done, patients in all, and words.
        draws
            Populations that a calibration left open, each as one or as one an arm; replicates of
            the trial are drawn from all of them in turn, at most 512 patients of each.
        executor
            Where blocks of 512 patients are run, each on one thread; here if None.

        Raises
        ------
        InputError
            If something is not allowed; nothing is written then.
        """
        from pdmodel.engine.runs.many_patients import check_threads  # brings the compiler

        chosen = load(model or self.model, near=self)
        for protocol, population in zip(self.protocols, self.populations, strict=True):
            names = [*population.covariates, *(arm.name for arm in self.arms)]
            protocol.measured(chosen, names)
        threads = check_threads(threads)
        work = Work(out, overwrite, executor=executor, progress=progress or silent)
        patterns = self.reported()
        drawn = self.draw_patients(chosen, patients, seed)
        check_doses(self, chosen, drawn)
        blocks = list(blocks_of(drawn))
        for number, given in enumerate(draws, start=1):
            others = (given,) if isinstance(given, Population) else tuple(given)
            few = self.draw_patients(chosen, min(patients, BLOCK), seed, others)
            blocks += blocks_of(few, number)
        opened = None
        if out is not None:
            settings = self.settings(chosen, patients, seed, draws)
            opened = TrialFolder.open(out, settings, overwrite, keep=keep)
        with opened or nullcontext() as folder:
            outcomes = run_blocks(
                self, chosen, blocks, seed, threads=threads, folder=folder, work=work,
                check=partial(self.require_outcomes, patterns=patterns),
            )  # fmt: skip
            result = self._judged(chosen, seed, drawn, outcomes, patterns)
            result = result if weigh is None else weigh(result)
            if folder is not None:
                tables = {"table": result.table, **result.curves()}
                folder.write(tables, result.to_dict(), {} if draw is None else draw(result))
        return result

    def _judged(
        self,
        model: Model,
        seed: int,
        drawn: Drawn,
        by_arm: Mapping[int, pd.DataFrame],
        patterns: Sequence[Pattern],
    ) -> TrialResult:
        """Hold outcomes against the reported patterns."""
        sound = {arm: without_failures(outcomes) for arm, outcomes in by_arm.items()}
        others = [sound[arm] for arm in sorted(sound) if arm]
        table = judge(patterns, sound[0], seed, others)
        return TrialResult(self, model, seed, drawn, by_arm[0], table, patterns, others)

    def require_outcomes(self, outcomes: pd.DataFrame, patterns: Sequence[Pattern] = ()) -> None:
        """Refuse outcomes that lack a column which patterns, endpoints or times need.

        Parameters
        ----------
        outcomes
            One row per patient.
        patterns
            Those of the trial.

        Raises
        ------
        UnknownNameError
            Names what needs the column, what is there and the nearest match; of a margin too.
        InputError
            If the day of a time is not known, or what is counted is neither yes nor no.
        """
        columns = [str(column) for column in outcomes.columns]
        require_outcomes(patterns, columns)
        self.endpoints.require(columns, f"trial {self.name!r}")
        for outcome, margin in self.margins.items():
            who = f"trial {self.name!r} (margin of {outcome!r})"
            require_known(f"outcome of {who}:", columns, outcome, margin.removeprefix("-"))
        sound = outcomes[outcomes["failed"] == 0] if "failed" in outcomes else outcomes
        require_yes_or_no(patterns, sound)
        for event, pair in self.times.items():
            who = f"trial {self.name!r} (time {event!r})"
            require_known(f"outcome of {who}:", columns, *pair)
            if sound[pair[0]].isna().any():
                raise InputError(
                    f"{who}: {pair[0]!r} is not known of some patients; it is the day on which it "
                    "happened, or on which the patient was last seen"
                )

    def outcomes_of(
        self, model: Model, patients: int, seed: int, threads: int | None
    ) -> pd.DataFrame:
        """Return one row per patient, `failed` among them; nothing is judged or written."""
        blocks = list(blocks_of(self.draw_patients(model, patients, seed)))
        return run_blocks(self, model, blocks, seed, threads=threads)[0]

    def records(
        self, patients: int = 64, seed: int = 1, *, model: Model | str | None = None
    ) -> xr.Dataset:
        """Return the whole courses of a few patients."""
        return records_of(self, load(model or self.model, near=self), patients, seed)

    def settings(
        self,
        model: Model | str | None,
        patients: int,
        seed: int,
        draws: Sequence[Population | Sequence[Population]] = (),
    ) -> dict[str, Any]:
        """Return what makes two runs of a trial the same, as plain data.

        Parameters
        ----------
        model, patients, seed, draws
            As in `run`.
        """
        # What outcomes are called changes no answer; and folders of before lack what is empty.
        values = {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.name != "endpoints"
            and (getattr(self, field.name) or field.metadata.get("identity") != "unless empty")
        }
        return {
            "trial": describe(values | {"title": None}),
            "reported": describe(self.reported()),
            "model": describe(load(model or self.model, near=self)),
            "patients": patients,
            "seed": seed,
            "draws": describe(list(draws)),
            "code": user_code(values, list(draws)),
        }
