"""The folder of one hypothesis: its parts committed one by one, kept while nothing has changed."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pdmodel.errors import InputError
from pdmodel.storage import write_json

if TYPE_CHECKING:
    from pdmodel.hypotheses.comparison import Comparison
    from pdmodel.hypotheses.examination import Plan
    from pdmodel.hypotheses.hypothesis import Hypothesis

SETTINGS = "hypothesis.json"
PARTS = ("fit", "trial", "moved")


def settings_of(comparison: Comparison, hypothesis: Hypothesis, plan: Plan) -> dict[str, Any]:
    """Return what decides on all numbers of a hypothesis; the number of workers does not."""
    problem = comparison.problem(hypothesis)
    trial = comparison.trial_of(hypothesis)
    content = {
        "hypothesis": hypothesis.name, "model": hypothesis.model.name,
        "model_hash": hypothesis.model.hash, "difference": hypothesis.difference.name,
        "parameters": list(hypothesis.difference.parameters), "claim": hypothesis.claim,
        "refuted_by": hypothesis.refuted_by, "plan": vars(plan),
        "targets": [repr(target) for target in problem.targets],
        "settings": [repr(setting) for setting in problem.settings],
        "regimen": repr(problem.regimen), "days": problem.days,
        "protocol": repr(trial.protocol), "population": repr(trial.population),
        "patterns": trial.patterns, "rate": comparison.rate,
        "scales": [repr(one) for one in comparison.scales],
    }  # fmt: skip
    text = json.dumps(content, sort_keys=True)
    return {"fingerprint": hashlib.sha256(text.encode()).hexdigest(), **content}


@dataclass(frozen=True)
class Stored:
    """A folder that belongs to one hypothesis under one plan."""

    path: Path

    @classmethod
    def open(cls, path: Path, comparison: Comparison, hypothesis: Hypothesis, plan: Plan) -> Stored:
        """Take up the folder; what belongs to another model, target or plan is removed."""
        own = settings_of(comparison, hypothesis, plan)
        known = read_json(path / SETTINGS) if (path / SETTINGS).is_file() else {}
        if known.get("fingerprint") != own["fingerprint"]:
            if path.exists():
                shutil.rmtree(path)
            path.mkdir(parents=True)
            write_json(path / SETTINGS, own)
        return cls(path)

    def part(self, name: str, make: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
        """Return a part that is there, or make and commit it."""
        file = self.path / f"{name}.json"
        if not file.is_file():
            write_json(file, make())
        return read_json(file)


def folder_of(place: Path, hypothesis: Hypothesis) -> Path:
    """Return where a hypothesis is kept."""
    return place / "hypotheses" / hypothesis.name


def open_place(
    place: Path, file: str, comparison: Comparison, what: str, overwrite: bool | None = None
) -> None:
    """Create the folder of a result on a comparison, or take up one of the same kind and name.

    Parameters
    ----------
    place, file
        The folder, and the file in it that says what it is.
    comparison, what
        What it belongs to, and the kind of result in a word.
    overwrite
        Whether it may be of another comparison; None where that cannot be asked for.

    Raises
    ------
    InputError
        If it holds something else.
    """
    known = place / file
    if place.exists() and not place.is_dir():
        raise InputError(f"{place} exists and is not a folder")
    if place.is_dir() and any(place.iterdir()) and not known.is_file():
        raise InputError(f"folder {place} exists and holds no {what}; choose another --out")
    other = known.is_file() and read_json(known).get("comparison") != comparison.name
    if other and not overwrite:
        hint = "" if overwrite is None else ", or --overwrite"
        raise InputError(f"folder {place} holds another {what}; choose another --out{hint}")
    place.mkdir(parents=True, exist_ok=True)
    write_json(known, {"comparison": comparison.name, "title": comparison.title})


def read_stored(path: Path) -> dict[str, Any]:
    """Return all that a folder holds of a hypothesis.

    Raises
    ------
    InputError
        If a part is missing or damaged.
    """
    found = {name: read_json(path / f"{name}.json") for name in PARTS}
    return {**found, "moved": found["moved"]["rows"], "settings": read_json(path / SETTINGS)}


def read_json(file: Path) -> dict[str, Any]:
    """Return the content of a file of ours.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{file} cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise InputError(f"{file} is not what pdmodel writes")
    return content
