"""The work of `pdmodel trial compare`: several trials in one folder, in the same patients."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pdmodel.storage import ResultFolder
    from pdmodel.trial import Calibration, Population, Trial, TrialResult

_KIND = "trial comparison"
COURSES = 64
"""Patients whose whole courses are drawn."""
_PACKAGES = ("pdmodel", "numpy", "scipy", "sympy", "pandas", "xarray")


@dataclass(frozen=True)
class TrialComparison:
    """Which trials are run, and how.

    Parameters
    ----------
    trials, patients, seed, model, threads
        As of `Trial.run`.
    calibrate, weigh
        Whether the first trial calibrates the population, or weights its patients.
    draws
        Populations that the calibration leaves open.
    """

    trials: tuple[Trial, ...]
    patients: int
    seed: int
    model: str | None
    threads: int | None
    calibrate: bool
    weigh: bool
    draws: int

    @property
    def identity(self) -> dict[str, Any]:
        """What makes two comparisons the same, as plain data."""
        return {
            "trials": [
                trial.settings(self.model, self.patients, self.seed) for trial in self.trials
            ],
            "calibrate": self.calibrate,
            "weigh": self.weigh,
            "draws": self.draws if self.calibrate else 0,
        }  # fmt: skip


def run_together(
    wanted: TrialComparison, place: Path, overwrite: bool, pool: Executor | None, silent: bool
) -> tuple[list[TrialResult], Calibration | None, float | None]:
    """Run all trials; each gets a folder of its own, and what they share lies above.

    Parameters
    ----------
    wanted
        What is run.
    place, overwrite
        The folder, and whether an older comparison of trials there may be replaced.
    pool
        Where blocks are run; here if None.
    silent
        Whether no progress is shown.

    Returns
    -------
    tuple
        The results, weighted where that was asked; the calibration; the effective number of
        patients.
    """
    from pdmodel.plots.base.figure import images
    from pdmodel.plots.figures import shared_figures
    from pdmodel.storage import ResultFolder, made_with

    with ResultFolder.take(place, _KIND, wanted.identity, overwrite=overwrite) as folder:
        calibration, trials = None, list(wanted.trials)
        if wanted.calibrate:
            calibration = _calibrate(wanted, folder, silent)
            trials = [trial.with_(population=calibration.population) for trial in trials]
        open_ones = populations_left_open(calibration, wanted.draws, wanted.seed)
        results, effective = _run_all(wanted, trials, open_ones, folder, pool, silent)
        content = {"trials": [trial.name for trial in trials], "patients": wanted.patients}
        folder.finish(
            images(shared_figures(results)), {**content, "seed": wanted.seed}, made_with(_PACKAGES)
        )
    return results, calibration, effective


def populations_left_open(
    calibration: Calibration | None, draws: int, seed: int
) -> list[Population]:
    """Return populations that a calibration leaves open; none, and a note, where it cannot say.

    Parameters
    ----------
    calibration
        The calibration, if there is one.
    draws, seed
        How many populations, and what they are drawn from.
    """
    from pdmodel.cli.console.terminal import note

    if calibration is None or not draws:
        return []
    if not calibration.uncertainty_known:
        note(
            "note: the uncertainty of this calibration is not known "
            f"({calibration.message}), so no populations are drawn from it; "
            "intervals are those of its one population"
        )
        return []
    return calibration.draws(draws, seed)


def _run_all(
    wanted: TrialComparison,
    trials: list[Trial],
    open_ones: list[Any],
    folder: ResultFolder,
    pool: Executor | None,
    silent: bool,
) -> tuple[list[TrialResult], float | None]:
    """Run each trial; the first says how much each patient counts, if that is asked."""
    from pdmodel.cli.console.terminal import progress
    from pdmodel.trial import weight_patients

    results: list[TrialResult] = []
    weights: list[Any] = []

    def counted(result: TrialResult) -> TrialResult:
        if not weights:
            weights.append(weight_patients(result.patterns, result.outcomes))
        return result.weighted(weights[0].weights, f"the rates of {wanted.trials[0].name}")

    for trial in trials:
        with progress(silent) as report:
            result = trial.run(
                wanted.patients, wanted.seed, model=wanted.model, threads=wanted.threads,
                out=folder.path / trial.name, keep=True, progress=report, draws=open_ones,
                executor=pool, draw=partial(trial_images, together=trials),
                weigh=counted if wanted.weigh else None,
            )  # fmt: skip
        results.append(result)
    if weights:
        _write_weights(weights[0].weights, folder)
    return results, weights[0].effective if weights else None


def _calibrate(wanted: TrialComparison, folder: ResultFolder, silent: bool) -> Calibration:
    """Calibrate on the first trial, and write its result."""
    from pdmodel.cli.console.terminal import progress
    from pdmodel.trial import calibrate

    trial = wanted.trials[0]
    with progress(silent) as report:
        calibration = calibrate(
            trial, trial.free, seed=wanted.seed, model=wanted.model, threads=wanted.threads,
            progress=report,
        )  # fmt: skip
    folder.write("calibration.csv", calibration.parameters.to_csv(index=False))
    folder.write("calibration.json", calibration.to_dict())
    return calibration


def _write_weights(weights: Any, folder: ResultFolder) -> None:
    """Write how much each patient counts."""
    lines = ["patient,weight", *(f"{n},{w:.17g}" for n, w in enumerate(weights))]
    folder.write("weights.csv", "\n".join(lines) + "\n")


def trial_images(result: TrialResult, together: Sequence[Trial] = ()) -> dict[str, Any]:
    """Return all pictures of a trial by path; those that its outcomes do not allow are named.

    Parameters
    ----------
    result
        Of the trial.
    together
        Trials that are shown together with it, in which a dose has the same colour.

    Returns
    -------
    dict
        Files in memory, and what writes that which they were drawn from.
    """
    from pdmodel.cli.console.terminal import note
    from pdmodel.plots.base.figure import images
    from pdmodel.plots.figures import draw_trial, drawn_trial
    from pdmodel.plots.trials.dose_map import highest_dose
    from pdmodel.plots.trials.drawn_trial import FILE, stored_content

    curves = {name.replace("_", " "): curve for name, curve in result.curves().items()}
    lacking: dict[str, str] = {}
    records, outcomes = result.courses(COURSES)
    trial = drawn_trial(result, records, curves, outcomes, highest_dose(together))
    figures = draw_trial(trial, lacking)
    if lacking:
        name, why = next(iter(lacking.items()))
        note(f"note: not drawn of {result.trial.name}: {', '.join(lacking)} ({name}: {why})")
    return {**images(figures), FILE: stored_content(trial)}
