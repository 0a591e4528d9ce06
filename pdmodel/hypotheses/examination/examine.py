"""Examine one hypothesis: its fit, its trial, the moved thresholds; each part is committed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pdmodel.errors import PdmodelError
from pdmodel.hypotheses.comparison import Comparison, ComparisonSettings
from pdmodel.hypotheses.examination.folder import (
    FIT_FILE,
    MOVED_FILE,
    TRIAL_FILE,
    commit,
    folder_of,
    open_hypothesis,
    read_fit,
    read_moved,
    read_trial,
)
from pdmodel.hypotheses.examination.predicted import predict_apart
from pdmodel.hypotheses.examination.recalibrate import has_number, recalibrate
from pdmodel.hypotheses.hypothesis import Hypothesis
from pdmodel.hypotheses.verdicts.misses import TRIAL, pattern_misses
from pdmodel.hypotheses.verdicts.parts import FitPart, HypothesisParts, TrialPart
from pdmodel.hypotheses.verdicts.robustness import judge_moved
from pdmodel.hypotheses.verdicts.verdict import REFUTES, judge_hypothesis
from pdmodel.inference import FitRecord, Target
from pdmodel.inference.fit.folder import FIT, read_result
from pdmodel.inference.fit.run import polish
from pdmodel.inference.fit.starts import Start
from pdmodel.inference.fit_problem import FitProblem
from pdmodel.storage import free_stale, holds, plain
from pdmodel.trial import Trial, calibrate


def examine(
    comparison: Comparison, hypothesis: Hypothesis, plan: ComparisonSettings, path: Path
) -> HypothesisParts:
    """Return the parts of a hypothesis; those that its folder holds are not made again.

    Parameters
    ----------
    comparison, hypothesis, plan
        The comparison, one of its hypotheses, and how much work goes into it.
    path
        Folder of this hypothesis. Each start of the fit, the trial and each part of the result is
        committed when it ends.
    """
    problem = comparison.problem(hypothesis)
    with open_hypothesis(path, comparison, hypothesis, plan) as folder:
        commit(folder, FIT_FILE, lambda: _fit(problem, plan, path / "fit"))
        fit = read_fit(path, problem)
        commit(folder, TRIAL_FILE, lambda: _trial(comparison, hypothesis, plan, fit))
        parts = HypothesisParts(fit, read_trial(path))
        commit(folder, MOVED_FILE, lambda: _moved(problem, parts, plan))
        predicted = predict_apart(comparison, hypothesis, plan, parts.trial, folder)
        return replace(parts, moved=read_moved(path), predicted=predicted)


def examine_fit(
    comparison: Comparison, hypothesis: Hypothesis, plan: ComparisonSettings, folder: Path
) -> FitPart:
    """Fit a hypothesis and keep the fit where `examine` would."""
    path = folder_of(folder, hypothesis)
    problem = comparison.problem(hypothesis)
    with open_hypothesis(path, comparison, hypothesis, plan) as taken:
        commit(taken, FIT_FILE, lambda: _fit(problem, plan, path / "fit"))
        return read_fit(path, problem)


def _fit(problem: FitProblem, plan: ComparisonSettings, path: Path) -> dict[str, Any]:
    """Fit, or say why there is no fit."""
    try:
        record = _fitted(problem, plan, path)
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


def _fitted(problem: FitProblem, plan: ComparisonSettings, path: Path) -> FitRecord:
    if holds(path, FIT):
        free_stale(path)  # the fit may have been killed after its last part
        return read_result(path)
    record: FitRecord = problem.run(
        plan.starts, plan.seed, 1, path, overwrite=True, max_evaluations=plan.max_evaluations
    )
    return record


def _trial(
    comparison: Comparison, hypothesis: Hypothesis, plan: ComparisonSettings, fit: FitPart
) -> dict[str, Any]:
    """Recalibrate and run the trial; return it as plain data.

    One number is moved to the reported rate. A hypothesis refuted by the trial alone is then
    recalibrated on all free numbers, which had been calibrated with another mechanism.
    """
    trial, search = comparison.trial_of(hypothesis), min(256, max(plan.patients // 2, 1))
    try:
        scaled = recalibrate(
            trial, hypothesis.model, comparison.scales, comparison.rate, search, plan.seed, 1,
            comparison.lowers,
        )  # fmt: skip
        first = trial.with_(population=scaled.population)
        numbers = {scaled.moved: scaled.value} if scaled.moved else {}
        data = _run_trial(first, hypothesis, plan, numbers)
        part = TrialPart.of(data)
        data["with_one_number"] = [miss.id for miss in pattern_misses(part.patterns)]
        if part.failure or not _trial_alone_refutes(comparison, hypothesis, fit, part):
            return data
        free = [f for f in trial.free if has_number(f, trial.population, hypothesis.model)]
        again = calibrate(
            first, free, patients=search, seed=plan.seed, model=hypothesis.model, threads=1
        )
        names = again.parameters["name"]
        numbers = dict(zip(names, map(float, again.parameters["value"]), strict=True))
        better = _run_trial(first.with_(population=again.population), hypothesis, plan, numbers)
        return data | better if _worst(TrialPart.of(better)) < _worst(part) else data
    except PdmodelError as error:
        return {"failure": str(error), "patterns": [], "numbers": {}}


def _run_trial(
    trial: Trial, hypothesis: Hypothesis, plan: ComparisonSettings, numbers: Mapping[str, float]
) -> dict[str, Any]:
    """Run the trial and return it as plain data, with the numbers that were moved for it."""
    result = trial.run(plan.patients, plan.seed, model=hypothesis.model, threads=1)
    judged = result.to_dict()
    return {
        "failure": "" if len(result.sound) else "no patient could be simulated",
        "numbers": numbers, "patients": len(result.outcomes), "failures": judged["failures"],
        "patterns": judged["patterns"],
    }  # fmt: skip


def _trial_alone_refutes(
    comparison: Comparison, hypothesis: Hypothesis, fit: FitPart, trial: TrialPart
) -> bool:
    if fit.failure:
        return False
    verdict = judge_hypothesis(comparison.problem(hypothesis).targets, HypothesisParts(fit, trial))
    refuting = {miss.level for miss in verdict.misses if miss.by > REFUTES}
    return refuting == {TRIAL}


def _worst(trial: TrialPart) -> float:
    patterns = [pattern for pattern in trial.patterns if pattern.calibrates]
    return max((miss.by for miss in pattern_misses(patterns)), default=0.0)


def _moved(
    problem: FitProblem, stored: HypothesisParts, plan: ComparisonSettings
) -> dict[str, Any]:
    def refit(targets: Sequence[Target]) -> Mapping[str, float | None]:
        return _refit(problem, targets, stored.fit.values, plan)

    return {"rows": [part.to_dict() for part in judge_moved(problem.targets, stored, refit)]}


def _refit(
    problem: FitProblem,
    targets: Sequence[Target],
    values: Mapping[str, float],
    plan: ComparisonSettings,
) -> Mapping[str, float | None]:
    """Fit to other targets from the stored values, and return the simulated values."""
    changed = problem.beside()
    changed.targets = tuple(targets)
    free = {name: values[name] for name in changed.free}
    start = Start(0, 0, math.inf, "", "", 0, 0, 0, free)
    try:
        polished = polish(changed, start, plan.refit_evaluations)
        measured = changed.measure(polished.values)
    except ArithmeticError:
        return {target.id: None for target in targets}
    return {t.id: plain(m.value) for t, m in zip(targets, measured, strict=True)}


def _by_id(record: FitRecord) -> dict[str, float | None]:
    return {row.id: plain(row.simulated) for row in record.targets.itertuples()}
