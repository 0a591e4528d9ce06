"""The third judge: what a hypothesis says of reported trials that nobody fitted it to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pdmodel.errors import PdmodelError
from pdmodel.hypotheses.comparison import Comparison, ComparisonSettings
from pdmodel.hypotheses.examination.folder import PREDICTED_FILE, read_predicted
from pdmodel.hypotheses.examination.recalibrate import has_number, number_to_move, recalibrate
from pdmodel.hypotheses.hypothesis import Hypothesis
from pdmodel.hypotheses.verdicts.parts import PredictedPart, TrialPart
from pdmodel.storage import ResultFolder, describe, fingerprint
from pdmodel.trial import FreeNumber, Trial, calibrate

MOST_PATIENTS = 256
"""A prediction is a share of patients: beyond these its error is small beside that of a report."""


def predict_apart(
    comparison: Comparison,
    hypothesis: Hypothesis,
    plan: ComparisonSettings,
    trial: TrialPart,
    folder: ResultFolder,
) -> PredictedPart | None:
    """Return what a hypothesis predicts of the trials of `comparison.predicted`; None without any.

    Predictions that the folder holds are made again only where their question has changed. That is
    no part of the identity of the folder: its fit and its trial stay whatever is predicted.

    Parameters
    ----------
    comparison, hypothesis, plan
        As of `examine`.
    trial
        What was moved to judge it: where one number was not enough, all are moved here as well.
    folder
        The folder of the hypothesis, opened.
    """
    if comparison.predicted is None:
        return None
    reading = next(iter(comparison.predicted.ways))
    trials = [
        comparison.as_said_by(hypothesis, each) for each in comparison.predicted.read_as(reading)
    ]
    question = _question(comparison, hypothesis, plan, trials, len(trial.numbers) > 1)
    stored = read_predicted(folder.path, question)
    if stored is None:
        data = _predicted(comparison, hypothesis, plan, trials, len(trial.numbers) > 1)
        folder.write(PREDICTED_FILE, {"question": question, **data})
        stored = read_predicted(folder.path)
    return stored


def _question(
    comparison: Comparison,
    hypothesis: Hypothesis,
    plan: ComparisonSettings,
    trials: Sequence[Trial],
    every: bool,
) -> str:
    """Return the fingerprint of all that decides on the predictions."""
    settings = [t.settings(hypothesis.model, _patients(plan), plan.seed) for t in trials]
    moved = [comparison.rate, describe(list(comparison.scales)), list(comparison.lowers), every]
    return fingerprint({"trials": settings, "moved": moved})


def _patients(plan: ComparisonSettings) -> int:
    return min(plan.patients, MOST_PATIENTS)


def _predicted(
    comparison: Comparison,
    hypothesis: Hypothesis,
    plan: ComparisonSettings,
    trials: Sequence[Trial],
    every: bool,
) -> dict[str, Any]:
    """Meet the rate in the first trial, run all, and return them as plain data."""
    try:
        numbers = _numbers(comparison, hypothesis, plan, trials[0], every)
    except PdmodelError as error:
        return {"failure": str(error), "numbers": {}, "trials": []}
    rows = [_run(trial, numbers, hypothesis, plan) for trial in trials]
    first = rows[0]
    # Of the trial that the number was moved to, only what no calibration looks at is a prediction.
    first["patterns"] = [row for row in first["patterns"] if row["use"] != "calibrate"]
    return {
        "failure": "", "numbers": {free.name: value for free, value in numbers.items()},
        "trials": rows,
    }  # fmt: skip


def _numbers(
    comparison: Comparison,
    hypothesis: Hypothesis,
    plan: ComparisonSettings,
    trial: Trial,
    every: bool,
) -> Mapping[FreeNumber, float]:
    """Return the one number moved to the rate, or all free ones moved to all patterns."""
    model, patients = hypothesis.model, max(_patients(plan) // 2, 1)
    if every:
        free = [number for number in trial.free if has_number(number, trial.population, model)]
        return calibrate(
            trial, free, patients=patients, seed=plan.seed, model=model, threads=1
        ).numbers
    chosen = number_to_move(comparison.scales, trial.population, model)
    if chosen is None:
        return {}
    numbers = recalibrate(
        trial, model, [chosen], comparison.rate, patients, plan.seed, 1, comparison.lowers
    )
    return {chosen: numbers.value}


def _run(
    trial: Trial,
    numbers: Mapping[FreeNumber, float],
    hypothesis: Hypothesis,
    plan: ComparisonSettings,
) -> dict[str, Any]:
    """Run one trial; a trial that cannot be run says why, and the others stand."""
    own = {
        free: value for free, value in numbers.items()
        if all(has_number(free, each, hypothesis.model) for each in trial.populations)
    }  # fmt: skip
    try:
        result = trial.with_numbers(own).run(
            _patients(plan), plan.seed, model=hypothesis.model, threads=1
        )
    except PdmodelError as error:
        return {"trial": trial.name, "failure": str(error), "patterns": []}
    failure = "" if len(result.sound) else "no patient could be simulated"
    return {"trial": trial.name, "failure": failure, "patterns": result.to_dict()["patterns"]}
