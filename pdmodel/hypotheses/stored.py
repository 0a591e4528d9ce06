"""The folder of one hypothesis: its parts committed one by one, kept while nothing has changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pdmodel.errors import InputError
from pdmodel.inference.folder import problem_content
from pdmodel.storage import ResultFolder, describe, read_manifest, read_object, user_code

if TYPE_CHECKING:
    from pdmodel.hypotheses.comparison import Comparison
    from pdmodel.hypotheses.examination import Plan
    from pdmodel.hypotheses.hypothesis import Hypothesis

KIND = "hypothesis"
PARTS = ("fit", "trial", "moved")


def settings_of(comparison: Comparison, hypothesis: Hypothesis, plan: Plan) -> dict[str, Any]:
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

    def __init__(self, folder: ResultFolder) -> None:
        self.folder = folder

    @classmethod
    def open(
        cls, path: Path | str, comparison: Comparison, hypothesis: Hypothesis, plan: Plan
    ) -> Stored:
        """Take up the folder; what belongs to another model, target or plan is removed.

        Raises
        ------
        InputError
            If it holds anything that pdmodel did not write.
        """
        own = settings_of(comparison, hypothesis, plan)
        return cls(ResultFolder.take(path, KIND, own, overwrite=True, keep=True))

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
        return read_object(file)


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


def read_stored(path: Path) -> dict[str, Any]:
    """Return all that a folder holds of a hypothesis.

    Raises
    ------
    InputError
        If a part is missing or damaged.
    """
    found = {name: read_object(path / f"{name}.json") for name in PARTS}
    return {**found, "moved": found["moved"]["rows"], "settings": stored_settings(path)}


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
