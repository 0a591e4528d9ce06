"""All that is asked of one hypothesis: the fit, the trial, the moved thresholds; each committed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import Any

from pdmodel.errors import PdmodelError
from pdmodel.hypotheses.comparison import Comparison, ComparisonSettings
from pdmodel.hypotheses.examination.folder import Stored, folder_of
from pdmodel.hypotheses.examination.recalibrate import has_number, recalibrate
from pdmodel.hypotheses.hypothesis import Hypothesis
from pdmodel.hypotheses.verdicts.misses import TRIAL, pattern_misses
from pdmodel.hypotheses.verdicts.robustness import judge_moved
from pdmodel.hypotheses.verdicts.verdict import REFUTES, judge_hypothesis
from pdmodel.inference import FitRecord, Target
from pdmodel.inference.fit.folder import FIT, read_result
from pdmodel.inference.fit.run import polish
from pdmodel.inference.fit.starts import Start
from pdmodel.inference.fit_problem import FitProblem
from pdmodel.storage import holds, plain
from pdmodel.trial import Trial, calibrate


def examine(
    comparison: Comparison, hypothesis: Hypothesis, plan: ComparisonSettings, place: Path
) -> dict[str, Any]:
    """Return what is stored of a hypothesis; what is there already is not done again.

    Parameters
    ----------
    comparison, hypothesis, plan
        What is asked, of what, how hard.
    place
        Folder of this hypothesis. Each start of the fit, the trial and each part of the result is
        committed when it ends.
    """
    problem = comparison.problem(hypothesis)
    with Stored.open(place, comparison, hypothesis, plan) as folder:
        fit = folder.part("fit", lambda: _fit(problem, plan, place / "fit"))
        trial = folder.part("trial", lambda: _trial(comparison, hypothesis, plan, fit))
        stored = {"fit": fit, "trial": trial}
        moved = folder.part("moved", lambda: _moved(problem, stored, plan))
        return {**stored, "moved": moved["rows"]}


def examine_fit(
    comparison: Comparison, hypothesis: Hypothesis, plan: ComparisonSettings, folder: Path
) -> dict[str, Any]:
    """Fit a hypothesis and keep the fit where `examine` would."""
    place = folder_of(folder, hypothesis)
    problem = comparison.problem(hypothesis)
    with Stored.open(place, comparison, hypothesis, plan) as stored:
        return stored.part("fit", lambda: _fit(problem, plan, place / "fit"))


def _fit(problem: FitProblem, plan: ComparisonSettings, place: Path) -> dict[str, Any]:
    """Fit, or say why there is no fit."""
    try:
        record = _fitted(problem, plan, place)
    except PdmodelError as error:
        return {"failure": str(error)}
    varied = record.parameters[record.parameters["vary"]]
    names = [
        row.name if row.group is None else f"{row.name} of {row.group}"
        for row in varied.itertuples()
        if row.at_bound
    ]
    return {
        "failure": "", "simulated": _by_id(record), "at_bound": names,
        "summary": {k: plain(v) for k, v in record.summary.items()},
        "values": record.values,
    }  # fmt: skip


def _fitted(problem: FitProblem, plan: ComparisonSettings, place: Path) -> FitRecord:
    if holds(place, FIT):
        return read_result(place)
    return problem.run(
        plan.starts, plan.seed, 1, place, overwrite=True, max_evaluations=plan.max_evaluations
    )


def _trial(
    comparison: Comparison, hypothesis: Hypothesis, plan: ComparisonSettings, fit: Mapping[str, Any]
) -> dict[str, Any]:
    """Recalibrate and run the trial; a hypothesis that only the trial refutes gets all numbers.

    One number is moved to the rate first. Where that does not do, but the typical patients are as
    reported, every number that a calibration of the trial may move is moved to all its patterns:
    the others had been calibrated with another mechanism.
    """
    trial, search = comparison.trial_of(hypothesis), min(256, max(plan.patients // 2, 1))
    try:
        found = recalibrate(
            trial, hypothesis.model, comparison.scales, comparison.rate, search, plan.seed, 1
        )
        first = trial.with_(population=found.population)
        told: dict[str, Any] = {
            "failure": "",
            "numbers": {found.moved: found.value} if found.moved else {},
        }
        told |= _judged(first, hypothesis, plan)
        told["with_one_number"] = [miss.id for miss in pattern_misses(told["patterns"])]
        if (
            told["failure"]
            or fit["failure"]
            or not _second_chance(comparison, hypothesis, fit, told)
        ):
            return told
        free = [one for one in trial.free if has_number(one, trial.population, hypothesis.model)]
        again = calibrate(
            first, free, patients=search, seed=plan.seed, model=hypothesis.model, threads=1
        )
        better = _judged(first.with_(population=again.population), hypothesis, plan)
        better["numbers"] = dict(
            zip(again.parameters["name"], map(float, again.parameters["value"]), strict=True)
        )
        return told | better if _worst(better) < _worst(told) else told
    except PdmodelError as error:
        return {"failure": str(error), "patterns": [], "numbers": {}}


def _judged(trial: Trial, hypothesis: Hypothesis, plan: ComparisonSettings) -> dict[str, Any]:
    """Run the trial and return its table."""
    result = trial.run(plan.patients, plan.seed, model=hypothesis.model, threads=1)
    told = result.to_dict()
    return {
        "failure": "" if len(result.sound) else "no patient could be simulated",
        "patients": len(result.outcomes), "failures": told["failures"],
        "patterns": [{k: plain(v) for k, v in row.items()} for row in told["patterns"]],
    }  # fmt: skip


def _second_chance(
    comparison: Comparison, hypothesis: Hypothesis, fit: Mapping[str, Any], told: Mapping[str, Any]
) -> bool:
    """Whether the trial alone refutes a hypothesis."""
    verdict = judge_hypothesis(comparison.problem(hypothesis).targets, {"fit": fit, "trial": told})
    refuting = {miss.level for miss in verdict.misses if miss.by > REFUTES}
    return refuting == {TRIAL}


def _worst(told: Mapping[str, Any]) -> float:
    rows = [row for row in told["patterns"] if row["use"] == "calibrate"]
    return max((miss.by for miss in pattern_misses(rows)), default=0.0)


def _moved(
    problem: FitProblem, stored: Mapping[str, Any], plan: ComparisonSettings
) -> dict[str, Any]:
    def refit(targets: Sequence[Target]) -> Mapping[str, float | None]:
        return _refit(problem, targets, stored["fit"]["values"], plan)

    return {"rows": [one.to_dict() for one in judge_moved(problem.targets, stored, refit)]}


def _refit(
    problem: FitProblem,
    targets: Sequence[Target],
    values: Mapping[str, float],
    plan: ComparisonSettings,
) -> Mapping[str, float | None]:
    """Fit from the stored values to other targets and return what is simulated there."""
    changed = copy(problem)
    changed.targets = tuple(targets)
    free = {name: values[name] for name in changed.free}
    start = Start(0, 0, math.inf, "", "", 0, 0, 0, free)
    try:
        found = polish(changed, start, plan.refit_evaluations)
        measured = changed.measure(found.values)
    except ArithmeticError:
        return {target.id: None for target in targets}
    return {t.id: plain(m.value) for t, m in zip(targets, measured, strict=True)}


def _by_id(record: FitRecord) -> dict[str, float | None]:
    return {row.id: plain(row.simulated) for row in record.targets.itertuples()}
