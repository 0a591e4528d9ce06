"""The folder of a profile: sides committed one by one, the rest written at the end.

`profile.json` is written last: a folder without it is unfinished and is resumed by the same work.
"""

from __future__ import annotations

import platform
import shutil
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pdmodel.errors import InputError
from pdmodel.inference.folder import (
    PACKAGES,
    PROBLEM,
    problem_content,
    read_object,
    read_result,
    with_fingerprint,
)
from pdmodel.inference.profile_point import Side
from pdmodel.inference.profile_record import Profile, profile_from_dict
from pdmodel.storage import write_json, write_text

if TYPE_CHECKING:
    from pdmodel.inference.problem import FitProblem
    from pdmodel.inference.record import FitRecord

_PROFILE, _WORK, _MANIFEST = "profile.json", "profile_problem.json", "manifest.json"
_TABLE, _REPORT, _SIDES = "profile.csv", "report.txt", "profiles"
# What a fit may do in another way without becoming another fit.
_WAYS = {"fingerprint", "null_hash", "engine", "jacobian", "starts", "seed", "max_evaluations"}


@dataclass(frozen=True)
class ProfileFolder:
    """A folder that belongs to the profiles of one problem from one fit."""

    path: Path

    @classmethod
    def open(
        cls, path: Path, problem: FitProblem, plan: dict[str, Any], overwrite: bool
    ) -> ProfileFolder:
        """Create the folder, or take up an unfinished one of the same work.

        Parameters
        ----------
        path, problem
            The folder and the problem.
        plan
            What else makes two profiles the same, as plain data.
        overwrite
            Whether finished profiles, or those of other work, may be replaced.

        Raises
        ------
        InputError
            If it holds anything else.
        """
        own = with_fingerprint(problem_content(problem) | plan)
        check_place(path, overwrite)
        if (path / _WORK).is_file():
            same = read_object(path / _WORK).get("fingerprint") == own["fingerprint"]
            if not same and not overwrite:
                raise InputError(
                    f"folder {path} exists and holds profiles of another fit; choose another "
                    "--out, or --overwrite"
                )
            if not same or (path / _PROFILE).exists():
                shutil.rmtree(path)
        path.mkdir(parents=True, exist_ok=True)
        (path / _SIDES).mkdir(exist_ok=True)
        if not (path / _WORK).exists():
            write_json(path / _WORK, own)
        return cls(path)

    def read_sides(self) -> list[Side]:
        """Return the sides committed so far.

        Raises
        ------
        InputError
            If one of them is damaged.
        """
        return [self._read_side(file) for file in sorted((self.path / _SIDES).glob("*.json"))]

    @staticmethod
    def _read_side(file: Path) -> Side:
        try:
            return Side.from_dict(read_object(file))
        except (KeyError, TypeError, AttributeError) as error:
            raise InputError(f"{file} is damaged; remove it, and it is made again") from error

    def write_side(self, side: Side) -> None:
        """Commit one side."""
        name = f"{side.parameter}_{side.direction}.json"
        write_json(self.path / _SIDES / name, side.to_dict())

    def write(self, profile: Profile, manifest: dict[str, Any]) -> None:
        """Write table, report and manifest, then `profile.json`."""
        write_text(self.path / _TABLE, profile.points.to_csv(index=False))
        write_text(self.path / _REPORT, profile.report())
        write_json(self.path / _MANIFEST, make_manifest(profile) | manifest)
        write_json(self.path / _PROFILE, profile.to_dict())


def check_place(path: Path, overwrite: bool) -> None:
    """Refuse a folder that holds something else or is finished, before any work is done for it.

    Raises
    ------
    InputError
        If profiles cannot be written there.
    """
    if path.exists() and not path.is_dir():
        raise InputError(f"{path} exists and is not a folder")
    if not path.is_dir() or not any(path.iterdir()):
        return
    if not (path / _WORK).is_file():
        raise InputError(f"folder {path} exists and holds no profiles; choose another --out")
    if (path / _PROFILE).exists() and not overwrite:
        raise InputError(
            f"folder {path} exists and holds finished profiles; choose another --out, or "
            "--overwrite"
        )


def make_manifest(profile: Profile) -> dict[str, Any]:
    """Return with what the profiles were made; it may differ between two runs of the same work."""
    return {
        "command": " ".join(sys.argv),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "versions": {name: metadata.version(name) for name in PACKAGES},
        "seed": profile.seed,
        "model": profile.model,
        "model_hash": profile.model_hash,
    }


def holds_profile(path: str | Path) -> bool:
    """Whether a folder holds finished profiles."""
    return (Path(path) / _PROFILE).is_file()


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
    """
    file = Path(path) / _PROFILE
    if not file.is_file():
        raise InputError(f"{path} holds no finished profiles ({_PROFILE} is missing)")
    try:
        return profile_from_dict(read_object(file))
    except (KeyError, TypeError) as error:
        raise InputError(f"{path} is damaged: {error}") from error


def read_fit_of(problem: FitProblem, path: str | Path) -> FitRecord:
    """Read a finished fit of the same problem, to start from.

    Raises
    ------
    InputError
        If the folder holds no finished fit, or that of another problem; names what differs.
    """
    record = read_result(path)
    # through JSON's own types, as the file has been
    stored, own = read_object(Path(path) / PROBLEM), problem_content(problem)
    other = [key for key in own if key not in _WAYS and stored.get(key) != own[key]]
    if other:
        raise InputError(f"{path} holds the fit of another problem: other {', '.join(other)}")
    return record
