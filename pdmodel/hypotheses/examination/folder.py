"""The folder of one hypothesis: its parts committed one by one, kept while nothing has changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pdmodel.errors import InputError
from pdmodel.hypotheses.comparison import Comparison, ComparisonSettings
from pdmodel.hypotheses.hypothesis import Hypothesis
from pdmodel.hypotheses.verdicts.parts import (
    FIT_SHAPE,
    MOVED_SHAPE,
    PREDICTED_SHAPE,
    TRIAL_SHAPE,
    FitPart,
    HypothesisParts,
    MovedPart,
    PredictedPart,
    TrialPart,
)
from pdmodel.inference.fit.folder import problem_content
from pdmodel.inference.fit_problem import FitProblem
from pdmodel.storage import ResultFolder, describe, read_manifest, read_shaped, user_code

KIND = "hypothesis"
FIT_FILE, TRIAL_FILE, MOVED_FILE = "fit.json", "trial.json", "moved.json"
PREDICTED_FILE = "predicted.json"


def settings_of(
    comparison: Comparison, hypothesis: Hypothesis, plan: ComparisonSettings
) -> dict[str, Any]:
    """Return what decides on all numbers of a hypothesis; the number of workers does not."""
    trial = comparison.trial_of(hypothesis)
    return {
        "hypothesis": hypothesis.name,
        "difference": describe(hypothesis.difference),
        "claim": hypothesis.claim,
        "refuted_by": hypothesis.refuted_by,
        "plan": dict(vars(plan)),
        **problem_content(comparison.problem(hypothesis)),
        "trial": trial.settings(hypothesis.model, plan.patients, plan.seed),
        "rate": comparison.rate,
        "scales": describe(list(comparison.scales)),
        "difference_code": user_code(hypothesis.difference),
        # What comparisons of before could not declare must not make their folders those of others.
        **({"lowers": list(comparison.lowers)} if comparison.lowers else {}),
    }


def open_hypothesis(
    path: Path, comparison: Comparison, hypothesis: Hypothesis, plan: ComparisonSettings
) -> ResultFolder:
    """Take up the folder of a hypothesis; parts of another model, target or plan are removed.

    Raises
    ------
    InputError
        If it holds anything that pdmodel did not write.
    """
    own = settings_of(comparison, hypothesis, plan)
    return ResultFolder.take(path, KIND, own, overwrite=True, keep=True)


def commit(folder: ResultFolder, name: str, make: Callable[[], Mapping[str, Any]]) -> None:
    """Make and write a part that the folder does not hold yet."""
    if not (folder.path / name).is_file():
        folder.write(name, make())


def folder_of(path: Path, hypothesis: Hypothesis) -> Path:
    """Return where a hypothesis is kept."""
    return path / "hypotheses" / hypothesis.name


def open_place(
    path: Path | str, kind: str, comparison: Comparison, overwrite: bool = False
) -> ResultFolder:
    """Create the folder of a result on a comparison, or take up one of the same kind and name.

    Parameters
    ----------
    path, kind
        The folder, and the kind of result.
    comparison
        The comparison that it belongs to.
    overwrite
        Whether it may be of another comparison.

    Raises
    ------
    InputError
        If it holds something else.
    """
    identity = {"comparison": comparison.name}
    return ResultFolder.take(path, kind, identity, overwrite=overwrite, keep=True)


def read_parts(path: Path, problem: FitProblem, *, predicted: bool) -> HypothesisParts:
    """Return all that a folder holds of a hypothesis and its fit.

    Parameters
    ----------
    path, problem
        As of `read_fit`.
    predicted
        Whether predictions are asked for; those of an earlier question may still lie there.

    Raises
    ------
    InputError
        If a part is missing or damaged.
    """
    numbers = read_predicted(path) if predicted else None
    return HypothesisParts(read_fit(path, problem), read_trial(path), read_moved(path), numbers)


def read_fit(path: Path, problem: FitProblem) -> FitPart:
    """Return the fit of a hypothesis.

    Parameters
    ----------
    path
        The folder.
    problem
        The fit, whose targets and parameters must all be there.

    Raises
    ------
    InputError
        If it is missing or damaged.
    """
    file = path / FIT_FILE
    data = read_shaped(file, FIT_SHAPE)
    if not data["failure"]:
        for key in ("simulated", "at_bound", "summary", "values"):
            if key not in data:
                raise InputError(f"{file} is damaged: {key}: is missing")
        lacking = [t.id for t in problem.targets if t.id not in data["simulated"]]
        lacking += [s.name for s in problem.settings if s.name not in data["values"]]
        if lacking:
            raise InputError(f"{file} is damaged: {', '.join(lacking)} is missing")
    return FitPart.of(data)


def read_trial(path: Path) -> TrialPart:
    """Return the trial of a hypothesis, or raise InputError where it is missing or damaged."""
    return TrialPart.of(read_shaped(path / TRIAL_FILE, TRIAL_SHAPE))


def read_moved(path: Path) -> tuple[MovedPart, ...]:
    """Return the verdicts on moved thresholds, or raise InputError where the file is damaged."""
    rows = read_shaped(path / MOVED_FILE, MOVED_SHAPE)["rows"]
    return tuple(MovedPart.of(row) for row in rows)


def read_predicted(path: Path, question: str | None = None) -> PredictedPart | None:
    """Return the predictions of other trials; None where there are none.

    Parameters
    ----------
    path
        The folder.
    question
        Fingerprint of what is asked now: predictions of another question count as none.

    Raises
    ------
    InputError
        If the file is damaged.
    """
    if not (path / PREDICTED_FILE).is_file():
        return None
    data = read_shaped(path / PREDICTED_FILE, PREDICTED_SHAPE)
    return None if question not in (None, data["question"]) else PredictedPart.of(data)


def stored_settings(path: Path) -> dict[str, Any]:
    """Return to which question the folder of a hypothesis belongs.

    Raises
    ------
    InputError
        If it does not say so.
    """
    settings = read_manifest(path, KIND).get("identity")
    if not isinstance(settings, dict):
        raise InputError(f"{path} was written by an older pdmodel: compare again")
    return settings
