"""A trial: who is treated, how, and what is made of it; run block by block, resumable."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from pdmodel.catalogue import find_data, load
from pdmodel.model import Model
from pdmodel.trial.folder import TrialFolder
from pdmodel.trial.free import Free
from pdmodel.trial.patterns import judge, read_patterns
from pdmodel.trial.population import Drawn, Population
from pdmodel.trial.protocol import Protocol
from pdmodel.trial.run import BLOCK, run_trial

Outcomes = Callable[[xr.Dataset], pd.DataFrame]
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Trial:
    """A virtual trial, published for the command line.

    Parameters
    ----------
    name, title
        What it is called, and what it asks.
    protocol, population
        What is done, and to whom.
    outcomes
        Turns the records of a block into a row a patient: numbers and yes or no only.
    patterns
        Table of what was reported of trials; rows with the name of this trial are judged.
    quantities, peaks
        What `outcomes` needs: of the model daily, and the largest of each day.
    model
        Name of the model.
    margins
        For a calibration: by outcome that is yes or no the column that says by how much, > 0 for
        yes, on the log scale; `-column` for the opposite.
    free
        What a calibration of this trial may move.
    """

    name: str
    title: str
    protocol: Protocol
    population: Population
    outcomes: Outcomes
    patterns: str
    quantities: Sequence[str]
    peaks: Sequence[str] = ()
    model: str = "reference"
    margins: Mapping[str, str] = field(default_factory=dict)
    free: Sequence[Free] = ()

    def with_(self, **changes: Any) -> Trial:
        """Return the trial with something changed."""
        return replace(self, **changes)

    def run(
        self,
        patients: int = 1000,
        seed: int = 1,
        *,
        model: Model | str | None = None,
        threads: int | None = None,
        out: str | Path | None = None,
        overwrite: bool = False,
        progress: Progress | None = None,
        draws: Sequence[Population] = (),
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
        progress
            Called with patients done, patients in all, and words.
        draws
            Populations that a calibration left open; replicates of the trial are drawn from all of
            them in turn, at most 512 patients of each.

        Raises
        ------
        InputError
            If something is not allowed; nothing is written then.
        """
        from pdmodel.engine.cohort_run import check_threads  # brings the compiler

        chosen = load(model or self.model)
        self.protocol.measured(chosen)
        threads = check_threads(threads)
        patterns = [p for p in read_patterns(find_data(self.patterns)) if p.trial == self.name]
        drawn = self.population.draw(chosen, patients, seed)
        folder = None
        if out is not None:
            settings = self._settings(chosen, patients, seed, draws)
            folder = TrialFolder.open(Path(out), settings, overwrite)
        blocks = []
        for number, table in _blocks(drawn.patients):
            block = None if folder is None else folder.read_block(number)
            if block is None:
                block = self._block(chosen, number, table, seed, threads)
                if folder is not None:
                    folder.write_block(number, block)
            blocks.append(block)
            if progress is not None:
                progress(min((number + 1) * BLOCK, patients), patients, "patients")
        found = pd.concat(blocks, ignore_index=True)
        sound = found[found["failed"] == 0]
        others = [
            self.with_(population=population).outcomes_of(
                chosen, min(patients, BLOCK), seed, threads
            )
            for population in draws
        ]
        table = judge(patterns, sound, seed, [other[other["failed"] == 0] for other in others])
        result = TrialResult(self, chosen, seed, drawn, found, table)
        if folder is not None:
            folder.write(result.table, result.to_dict())
        return result

    def outcomes_of(
        self, model: Model, patients: int, seed: int, threads: int | None
    ) -> pd.DataFrame:
        """Return a row a patient, `failed` among them; nothing is judged or written."""
        drawn = self.population.draw(model, patients, seed)
        blocks = [self._block(model, n, t, seed, threads) for n, t in _blocks(drawn.patients)]
        return pd.concat(blocks, ignore_index=True)

    def records(
        self, patients: int = 64, seed: int = 1, *, model: Model | str | None = None
    ) -> xr.Dataset:
        """Return the whole courses of a few patients, to look at."""
        chosen = load(model or self.model)
        table = self.population.draw(chosen, min(patients, BLOCK), seed).patients
        return self._run(chosen, 0, table, seed, None)

    def _run(
        self, model: Model, number: int, table: pd.DataFrame, seed: int, threads: int | None
    ) -> xr.Dataset:
        return run_trial(
            model, table, self.protocol, quantities=self.quantities, peaks=self.peaks, seed=seed,
            block=number, threads=threads,
        )  # fmt: skip

    def _block(
        self, model: Model, number: int, table: pd.DataFrame, seed: int, threads: int | None
    ) -> pd.DataFrame:
        records = self._run(model, number, table, seed, threads)
        found = self.outcomes(records).reset_index(drop=True).astype(float)
        found["failed"] = (records["reason"].values != "").astype(float)
        return pd.concat([table.reset_index(drop=True), found], axis=1)

    def _settings(
        self, model: Model, patients: int, seed: int, draws: Sequence[Population]
    ) -> dict[str, Any]:
        made = self.outcomes
        return {
            "trial": self.name, "protocol": repr(self.protocol),
            "population": repr(self.population), "patterns": self.patterns,
            "outcomes": f"{made.__module__}.{made.__qualname__}", "model": model.name,
            "model_hash": model.hash, "patients": patients, "seed": seed,
            "draws": [repr(population) for population in draws],
        }  # fmt: skip


@dataclass(frozen=True)
class TrialResult:
    """What a virtual trial found.

    Parameters
    ----------
    trial, model, seed
        What was run.
    drawn
        Patients, and who was rejected.
    outcomes
        A row a patient: parameters, outcomes, and `failed`.
    table
        A row a pattern: reported, model, intervals, inside.
    """

    trial: Trial
    model: Model
    seed: int
    drawn: Drawn
    outcomes: pd.DataFrame
    table: pd.DataFrame

    @property
    def failures(self) -> int:
        """How many patients could not be simulated; they count nowhere."""
        return int(self.outcomes["failed"].sum())

    def to_dict(self) -> dict[str, Any]:
        """Return plain data; missing numbers are null."""
        table = self.table.astype(object).where(self.table.notna(), None)
        rows = table.to_dict("records")
        for row in rows:
            for name in ("low", "high"):
                row[name] = row[name] if row[name] not in (float("inf"), -float("inf")) else None
        return {
            "schema_version": 1, "trial": self.trial.name, "model": self.model.name,
            "model_hash": self.model.hash, "seed": self.seed, "patients": len(self.outcomes),
            "failures": self.failures, "rejected": dict(self.drawn.rejected), "patterns": rows,
        }  # fmt: skip


def _blocks(patients: pd.DataFrame) -> Iterator[tuple[int, pd.DataFrame]]:
    for number, first in enumerate(range(0, len(patients), BLOCK)):
        yield number, patients.iloc[first : first + BLOCK]
