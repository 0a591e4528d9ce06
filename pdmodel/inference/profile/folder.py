"""The folder of a profile: sides committed one by one, the rest written at the end.

The record is written last: a folder without it is unfinished and is resumed by the same work.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pdmodel.errors import InputError
from pdmodel.inference.fit.folder import FIT, PACKAGES, problem_content, read_result
from pdmodel.inference.profile.held import SIDE_SHAPE, Side
from pdmodel.inference.profile.record import PredictionProfile, Profile, ProfileRecord
from pdmodel.storage import (
    ResultFolder,
    holds,
    made_with,
    place_of,
    read_manifest,
    read_shaped,
    same_content,
)

if TYPE_CHECKING:
    from pdmodel.executors import Work
    from pdmodel.inference.fit.record import FitRecord
    from pdmodel.inference.problem.problem import Problem


Record = TypeVar("Record", bound=ProfileRecord)
Draw = Callable[[Any], Mapping[str, bytes]]
# What a fit may do in another way without becoming another fit.
_WAYS = {"null", "engine", "jacobian"}


@dataclass(frozen=True)
class ProfileFiles:
    """How the files of one kind of profiles are called; two kinds may share a folder.

    Parameters
    ----------
    name
        What they are, in words; also the kind of the folder, and the folder of the sides in it.
    result, table, report
        The record, written last; the points; words.
    figure
        The figure, by its path.
    """

    name: str
    result: str
    table: str
    report: str
    figure: str

    @property
    def files(self) -> tuple[str, ...]:
        """Names of what a finished folder holds, the manifest left out."""
        return self.result, self.table, self.report, self.name, self.figure


PROFILES = ProfileFiles(
    "profiles", "profile.json", "profile.csv", "report.txt", "figures/profiles.png"
)  # fmt: skip
PREDICTIONS = ProfileFiles(
    "predictions", "predictions.json", "predictions.csv", "predictions.txt",
    "figures/predictions.png",
)  # fmt: skip
LAYOUTS = (PROFILES, PREDICTIONS)


class ProfileFolder:
    """A folder that belongs to the profiles of one problem from one fit."""

    def __init__(self, folder: ResultFolder, names: ProfileFiles) -> None:
        self.folder, self.names = folder, names

    @classmethod
    def open(
        cls,
        work: Work,
        problem: Problem,
        plan: dict[str, Any],
        names: ProfileFiles = PROFILES,
    ) -> ProfileFolder:
        """Create the folder, or take up an unfinished one of the same work.

        Parameters
        ----------
        work, problem
            Which folder, and whether what is finished there may be replaced; the problem.
        plan
            What else makes two profiles the same, as plain data.
        names
            Which kind of profiles.

        Raises
        ------
        InputError
            If it holds anything else.
        """
        identity = {"problem": problem_content(problem), "plan": plan}
        assert work.out is not None
        taken = ResultFolder.take(work.out, names.name, identity, overwrite=work.overwrite)
        return cls(taken, names)

    def __enter__(self) -> ProfileFolder:
        """Return the folder."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let other processes in."""
        self.folder.close()

    def read_sides(self) -> list[Side]:
        """Return the sides committed so far.

        Raises
        ------
        InputError
            If one of them is damaged.
        """
        parts = self.folder.parts(self.names.name)
        return [
            Side.from_dict(read_shaped(parts.file(name), SIDE_SHAPE))
            for name in parts
            if name.endswith(".json")
        ]

    def write_side(self, side: Side) -> None:
        """Commit one side."""
        name = f"{_file_name(side.parameter)}_{side.direction}.json"
        self.folder.parts(self.names.name)[name] = side.to_dict()

    def write(
        self, profile: ProfileRecord, manifest: dict[str, Any], draw: Draw | None = None
    ) -> None:
        """Write table, report, figures and manifest, then the record."""
        names = self.names
        files = {
            names.table: profile.points.to_csv(index=False),
            names.report: profile.report(),
            **({} if draw is None else draw(profile)),
        }
        self.folder.finish(files, profile.to_dict(), make_manifest(profile) | manifest)


def _file_name(name: str) -> str:
    """Return a name that any file system takes; no two names share one."""
    plain = re.sub(r"[^\w.=-]+", "-", name)
    return name if plain == name else f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def make_manifest(profile: ProfileRecord) -> dict[str, Any]:
    """Return with what the profiles were made; it may differ between two runs of the same work."""
    return {
        **made_with(PACKAGES),
        "seed": profile.seed,
        "model": profile.model,
        "model_hash": profile.model_hash,
    }


def read_profile(path: str | Path) -> Profile:
    """Read a folder of profiles.

    Parameters
    ----------
    path
        Folder that `run_profile` or `pdmodel profile` wrote.

    Raises
    ------
    InputError
        If it holds no finished profiles.

    Examples
    --------
    >>> import pdmodel
    >>> from tempfile import TemporaryDirectory
    >>> import pandas as pd
    >>> table = pd.DataFrame({
    ...     "ID": 1, "TIME": [0, 0.05, 0.1, 0.3], "EVID": [1, 0, 0, 0], "AMT": [10, 0, 0, 0],
    ...     "CMT": "lenalidomide", "DV": [0, 7.9, 6.9, 2.7],
    ... })
    >>> problem = pdmodel.FitProblem(
    ...     "reference", data=table, observed="drug_plasma", free=["CL"]
    ... )
    >>> with TemporaryDirectory() as folder:
    ...     made = pdmodel.run_profile(problem, problem.run(starts=1), ["CL"], out=folder)
    ...     again = pdmodel.read_profile(folder)
    >>> again.level
    0.95
    """
    return _read(path, PROFILES, Profile)


def read_predictions(path: str | Path) -> PredictionProfile:
    """Read the profiles of predictions from a folder.

    Parameters
    ----------
    path
        Folder that `profile_predictions` or `pdmodel profile --predict` wrote.

    Raises
    ------
    InputError
        If it holds no finished ones.
    """
    return _read(path, PREDICTIONS, PredictionProfile)


def _read(path: str | Path, names: ProfileFiles, kind: type[Record]) -> Record:
    if not holds(path, names.name):
        raise InputError(f"{path} holds no finished {names.name} ({names.result} is missing)")
    return kind.from_dict(read_shaped(place_of(path) / names.result, kind.shape()))


def read_fit_of(problem: Problem, path: str | Path) -> FitRecord:
    """Read a finished fit of the same problem, to start from.

    Raises
    ------
    InputError
        If the folder holds no finished fit, or that of another problem; names what differs.
    """
    record = read_result(path)
    stored = read_manifest(path, FIT).get("identity")
    if not isinstance(stored, dict):
        raise InputError(f"{path} holds a fit of an older pdmodel: fit again to profile it")
    own = problem_content(problem)
    other = [key for key in own if key not in _WAYS and not same_content(stored.get(key), own[key])]
    if other:
        raise InputError(f"{path} holds the fit of another problem: other {', '.join(other)}")
    return record
