"""Calibrate on one trial of a set, and predict the others, under each reading of the reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pdmodel.arguments import whole_number
from pdmodel.catalogue import load
from pdmodel.imports import declared_at
from pdmodel.model import Model
from pdmodel.progress import bar_of_part
from pdmodel.storage import ResultFolder, made_with, source_state
from pdmodel.trial.calibration.result import Calibration, read_calibration
from pdmodel.trial.calibration.run import calibrate
from pdmodel.trial.population.free_number import FreeNumber
from pdmodel.trial.population.population import Population
from pdmodel.trial.predictions.table import PredictedTrials, ReadingResult
from pdmodel.trial.predictions.trial_set import TrialSet
from pdmodel.trial.result import TrialResult
from pdmodel.trial.run.folder import Draw
from pdmodel.trial.trial import Trial

_KIND = "trial comparison"
_PACKAGES = ("pdmodel", "numpy", "scipy", "sympy", "pandas", "xarray")
Share = Callable[[Sequence[TrialResult]], Mapping[str, bytes]]


@dataclass(frozen=True)
class _Wanted:
    """How a set is run."""

    trials: TrialSet
    model: Model
    patients: int
    seed: int
    draws: int
    evaluations: int
    threads: int | None
    executor: Executor | None
    draw: Draw | None
    progress: Callable[[str], Any]

    @property
    def identity(self) -> dict[str, Any]:
        """What makes two runs the same, as plain data."""
        settings = {
            reading: [
                trial.settings(self.model, self.patients, self.seed)
                for trial in self.trials.read_as(reading)
            ]
            for reading in self.trials.ways
        }
        return {"readings": settings, "draws": self.draws, "evaluations": self.evaluations}


def predict_trials(
    trials: TrialSet,
    patients: int = 1000,
    seed: int = 1,
    *,
    model: Model | str | None = None,
    draws: int = 16,
    max_evaluations: int = 90,
    threads: int | None = None,
    out: str | Path | None = None,
    overwrite: bool = False,
    executor: Executor | None = None,
    draw: Draw | None = None,
    share: Share | None = None,
    progress: Callable[[str], Any] | None = None,
) -> PredictedTrials:
    """Calibrate on the first trial of a set and predict the others, under each reading.

    Parameters
    ----------
    trials
        The set.
    patients, seed, model
        As of `Trial.run`.
    draws
        Populations from which replicates of each trial come: each with numbers that the
        calibration leaves open, and as far from the calibrated trial as `Population.between` says.
    max_evaluations
        Budget of each calibration.
    threads
        As of `Trial.run`.
    out, overwrite
        A folder to write to; a run that was stopped goes on there.
    executor
        As of `Trial.run`.
    draw, share
        Return pictures by path: of one trial, and of all under one reading.
    progress
        Given words, returns a context with a callback of patients done, of all, and words.

    Raises
    ------
    InputError
        If something is not allowed.
    """
    chosen = load(model or trials.calibrated.model, near=trials)
    wanted = _Wanted(
        trials, chosen, patients, seed, whole_number(draws, "draws", least=1), max_evaluations,
        threads, executor, draw, progress or bar_of_part,
    )  # fmt: skip
    made_of = {
        "model": chosen.name, "model_hash": chosen.hash, "patients": patients, "seed": seed,
        **source_state(declared_at(trials).file),
    }  # fmt: skip
    opened = None
    if out is not None:
        opened = ResultFolder.take(out, _KIND, wanted.identity, overwrite=overwrite)
    with opened or nullcontext() as folder:
        read = [_under(wanted, reading, folder) for reading in trials.ways]
        result = PredictedTrials(trials.name, read, made_of)
        if folder is not None:
            pictures: dict[str, Any] = {}
            for trial in read if share is not None else []:
                assert share is not None
                pictures |= {
                    _beside(path, trial.name): data for path, data in share(trial.results).items()
                }
            names = [_place(r.name, each.trial.name) for r in read for each in r.results]
            tables = {"predictions.csv": result.table.to_csv(index=False)}
            folder.finish(
                {**tables, **pictures}, {"trials": names, **result.to_dict()}, made_with(_PACKAGES)
            )
    return result


def _under(wanted: _Wanted, reading: str, folder: ResultFolder | None) -> ReadingResult:
    """Calibrate and predict under one reading."""
    first, *others = wanted.trials.read_as(reading)
    calibration = _calibrated(wanted, first, reading, folder)
    numbers = calibration.numbers
    left_open = _left_open(calibration, wanted)
    results = []
    for number, trial in enumerate((first, *others)):
        moved = trial.with_numbers(_of(trial, numbers))
        populations = [
            _variant(trial.with_numbers(_of(trial, values)), wanted, n, other=number > 0)
            for n, values in enumerate(left_open)
        ]
        words = f"{reading}: {trial.name}" if reading else trial.name
        place = None if folder is None else folder.path / _place(reading, trial.name)
        with wanted.progress(words) as report:
            results.append(moved.run(
                wanted.patients, wanted.seed, model=wanted.model, threads=wanted.threads,
                out=place, keep=True, draw=wanted.draw, draws=populations,
                executor=wanted.executor, progress=report,
            ))  # fmt: skip
    return ReadingResult(reading, calibration, results)


def _of(trial: Trial, numbers: Mapping[FreeNumber, float]) -> dict[FreeNumber, float]:
    """Return the numbers that all populations of a trial have; a value can be given to any."""
    return {
        free: value for free, value in numbers.items()
        if free.kind == "value" or all(free.parameter in p.spreads for p in trial.populations)
    }  # fmt: skip


def _left_open(calibration: Calibration, wanted: _Wanted) -> list[dict[FreeNumber, float]]:
    """Return numbers that the calibration leaves open; its own where it cannot say."""
    if not calibration.uncertainty_known:
        return [calibration.numbers] * wanted.draws
    return calibration.number_draws(wanted.draws, wanted.seed)


def _variant(trial: Trial, wanted: _Wanted, number: int, *, other: bool) -> Sequence[Population]:
    """Return the populations of a trial, one an arm; of another trial than the calibrated one.

    The arms of a trial differ from the calibrated trial alike, for they are one trial.
    """
    if not other:
        return trial.populations
    return [
        population.in_other_trials(wanted.model, wanted.draws, wanted.seed)[number]
        for population in trial.populations
    ]


def _calibrated(
    wanted: _Wanted, trial: Trial, reading: str, folder: ResultFolder | None
) -> Calibration:
    """Return the calibration of the first trial; one that a folder holds is taken from there."""
    name = _beside("calibration.json", reading)
    if folder is not None and (folder.path / name).is_file():
        return read_calibration(folder.path / name, trial)
    words = f"{reading}: calibration" if reading else "calibration"
    with wanted.progress(words) as report:
        calibration = calibrate(
            trial, trial.free, seed=wanted.seed, model=wanted.model, threads=wanted.threads,
            max_evaluations=wanted.evaluations, progress=report,
        )  # fmt: skip
    if folder is not None:
        folder.write(
            _beside("calibration.csv", reading), calibration.parameters.to_csv(index=False)
        )
        folder.write(name, calibration.to_dict())
    return calibration


def _slug(words: str) -> str:
    """Return a reading as a part of the name of a file."""
    return "_".join("".join(c if c.isalnum() else " " for c in words.lower()).split())


def _place(reading: str, trial: str) -> str:
    """Return the name of the folder of a trial under a reading."""
    return f"{_slug(reading)}_{trial}" if reading else trial


def _beside(path: str, reading: str) -> str:
    """Return the path of a file of which each reading has one."""
    table = Path(path)
    return (
        path
        if not reading
        else str(table.with_name(f"{table.stem}_{_slug(reading)}{table.suffix}"))
    )
