"""The folder of one hypothesis: its parts committed one by one, kept while nothing has changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pdmodel.errors import InputError
from pdmodel.hypotheses.comparison import Comparison, ComparisonSettings
from pdmodel.hypotheses.hypothesis import Hypothesis
from pdmodel.inference.fit.folder import problem_content
from pdmodel.inference.fit_problem import FitProblem
from pdmodel.storage import (
    ResultFolder,
    describe,
    each,
    maybe,
    read_manifest,
    read_shaped,
    user_code,
)

KIND = "hypothesis"
_PATTERN = {
    "id": str, "meaning": str, "unit": str, "use": str, "n": int, "model": maybe(float),
    "low": maybe(float), "high": maybe(float),
}  # fmt: skip
SHAPES = {
    "fit": {
        "failure": str, "simulated?": each(maybe(float)), "at_bound?": [str],
        "summary?": {
            "n_data": int, "n_free": int, "log_likelihood": maybe(float),
        },
        "values?": each(float),
    },
    "trial": {
        "failure": str, "patterns": [_PATTERN], "numbers": each(float), "patients?": int,
        "failures?": int, "with_one_number?": [str],
    },
    "moved": {"rows": [{
        "ids": [str], "bound": str, "default": float, "to": float, "kind": str,
        "words": str, "refitted": bool,
    }]},
}  # fmt: skip
"""How the parts of a hypothesis look."""


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
    }


class Stored:
    """A folder that belongs to one hypothesis under one plan."""

    def __init__(self, folder: ResultFolder, problem: FitProblem) -> None:
        self.folder, self.problem = folder, problem

    @classmethod
    def open(
        cls,
        path: Path | str,
        comparison: Comparison,
        hypothesis: Hypothesis,
        plan: ComparisonSettings,
    ) -> Stored:
        """Take up the folder; what belongs to another model, target or plan is removed.

        Raises
        ------
        InputError
            If it holds anything that pdmodel did not write.
        """
        own = settings_of(comparison, hypothesis, plan)
        folder = ResultFolder.take(path, KIND, own, overwrite=True, keep=True)
        return cls(folder, comparison.problem(hypothesis))

    def __enter__(self) -> Stored:
        """Return the folder."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let other processes in."""
        self.folder.close()

    def part(self, name: str, make: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
        """Return a part that is there, or make and commit it."""
        file = self.folder.path / f"{name}.json"
        if not file.is_file():
            self.folder.write(file.name, make())
        return read_part(self.folder.path, name, self.problem)


def folder_of(place: Path, hypothesis: Hypothesis) -> Path:
    """Return where a hypothesis is kept."""
    return place / "hypotheses" / hypothesis.name


def open_place(
    place: Path | str, kind: str, comparison: Comparison, overwrite: bool = False
) -> ResultFolder:
    """Create the folder of a result on a comparison, or take up one of the same kind and name.

    Parameters
    ----------
    place, kind
        The folder, and the kind of result.
    comparison
        What it belongs to.
    overwrite
        Whether it may be of another comparison.

    Raises
    ------
    InputError
        If it holds something else.
    """
    identity = {"comparison": comparison.name}
    return ResultFolder.take(place, kind, identity, overwrite=overwrite, keep=True)


def read_stored(path: Path, problem: FitProblem) -> dict[str, Any]:
    """Return all that a folder holds of a hypothesis and its fit.

    Raises
    ------
    InputError
        If a part is missing or damaged.
    """
    found = {name: read_part(path, name, problem) for name in SHAPES}
    return {**found, "moved": found["moved"]["rows"], "settings": stored_settings(path)}


def read_part(path: Path, name: str, problem: FitProblem) -> dict[str, Any]:
    """Return a part of a hypothesis: its fit, its trial, or the verdicts on moved thresholds.

    Parameters
    ----------
    path, name
        The folder, and which part.
    problem
        The fit, whose targets and parameters must all be there.

    Raises
    ------
    InputError
        If it is missing or damaged.
    """
    file = path / f"{name}.json"
    found = read_shaped(file, SHAPES[name])
    if name == "fit" and not found["failure"]:
        for key in ("simulated", "at_bound", "summary", "values"):
            if key not in found:
                raise InputError(f"{file} is damaged: {key}: is missing")
        lacking = [t.id for t in problem.targets if t.id not in found["simulated"]]
        lacking += [s.name for s in problem.settings if s.name not in found["values"]]
        if lacking:
            raise InputError(f"{file} is damaged: {', '.join(lacking)} is missing")
    return found


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
