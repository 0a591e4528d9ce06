"""The folder of a profile: sides committed one by one, the rest written at the end.

The record is written last: a folder without it is unfinished and is resumed by the same work.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pdmodel.errors import InputError
from pdmodel.inference.folder import (
    PACKAGES,
    PROBLEM,
    problem_content,
    read_object,
    read_result,
    with_fingerprint,
)
from pdmodel.inference.prediction_record import PredictionProfile
from pdmodel.inference.profile_layout import LAYOUTS, PREDICTIONS, PROFILES, Layout
from pdmodel.inference.profile_point import Side
from pdmodel.inference.profile_record import Profile, ProfileRecord
from pdmodel.storage import made_with, write_json, write_text

if TYPE_CHECKING:
    from pdmodel.inference.problem import FitProblem
    from pdmodel.inference.record import FitRecord

Record = TypeVar("Record", bound=ProfileRecord)
# What may differ between two kinds of profiles of one problem.
_PLANS = {"fingerprint", "level", "budget", "values", "fit_seed"}
# What a fit may do in another way without becoming another fit.
_WAYS = {"fingerprint", "null_hash", "engine", "jacobian", "starts", "seed", "max_evaluations"}


@dataclass(frozen=True)
class ProfileFolder:
    """A folder that belongs to the profiles of one problem from one fit."""

    path: Path
    layout: Layout = PROFILES

    @classmethod
    def open(
        cls,
        path: Path,
        problem: FitProblem,
        plan: dict[str, Any],
        overwrite: bool,
        layout: Layout = PROFILES,
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
        layout
            Which kind of profiles.

        Raises
        ------
        InputError
            If it holds anything else.
        """
        own = with_fingerprint(problem_content(problem) | plan)
        check_place(path, overwrite, layout)
        _make_room(path, own, overwrite, layout)
        if (path / layout.work).is_file():
            same = read_object(path / layout.work).get("fingerprint") == own["fingerprint"]
            if not same and not overwrite:
                raise InputError(
                    f"folder {path} exists and holds {layout.name} of another fit; choose another "
                    "--out, or --overwrite"
                )
            if not same or (path / layout.result).exists():
                layout.remove(path)
        path.mkdir(parents=True, exist_ok=True)
        (path / layout.sides).mkdir(exist_ok=True)
        if not (path / layout.work).exists():
            write_json(path / layout.work, own)
        return cls(path, layout)

    def read_sides(self) -> list[Side]:
        """Return the sides committed so far.

        Raises
        ------
        InputError
            If one of them is damaged.
        """
        return [self._read_side(file) for file in self._files()]

    def _files(self) -> list[Path]:
        return sorted((self.path / self.layout.sides).glob("*.json"))

    @staticmethod
    def _read_side(file: Path) -> Side:
        try:
            return Side.from_dict(read_object(file))
        except (KeyError, TypeError, AttributeError) as error:
            raise InputError(f"{file} is damaged; remove it, and it is made again") from error

    def write_side(self, side: Side) -> None:
        """Commit one side."""
        name = f"{_file_name(side.parameter)}_{side.direction}.json"
        write_json(self.path / self.layout.sides / name, side.to_dict())

    def write(self, profile: ProfileRecord, manifest: dict[str, Any]) -> None:
        """Write table, report and manifest, then the record."""
        names = self.layout
        write_text(self.path / names.table, profile.points.to_csv(index=False))
        write_text(self.path / names.report, profile.report())
        write_json(self.path / names.manifest, make_manifest(profile) | manifest)
        write_json(self.path / names.result, profile.to_dict())


def _file_name(name: str) -> str:
    """Return a name that any file system takes; no two names share one."""
    plain = re.sub(r"[^\w.=-]+", "-", name)
    return name if plain == name else f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def check_place(path: Path, overwrite: bool, layout: Layout = PROFILES) -> None:
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
    if not any((path / kind.work).is_file() for kind in LAYOUTS):
        raise InputError(f"folder {path} exists and holds no profiles; choose another --out")
    if (path / layout.result).exists() and not overwrite:
        raise InputError(
            f"folder {path} exists and holds finished {layout.name}; choose another --out, or "
            "--overwrite"
        )


def _make_room(path: Path, own: dict[str, Any], overwrite: bool, layout: Layout) -> None:
    """Let no folder hold profiles of one problem beside predictions of another."""
    for kind in LAYOUTS:
        if kind == layout or not (path / kind.work).is_file():
            continue
        stored = read_object(path / kind.work)
        if all(stored.get(key) == own[key] for key in stored if key in own and key not in _PLANS):
            continue
        if not overwrite:
            raise InputError(
                f"folder {path} exists and holds {kind.name} of another problem; choose another "
                "--out, or --overwrite"
            )
        kind.remove(path)


def make_manifest(profile: ProfileRecord) -> dict[str, Any]:
    """Return with what the profiles were made; it may differ between two runs of the same work."""
    return {
        **made_with(PACKAGES),
        "seed": profile.seed,
        "model": profile.model,
        "model_hash": profile.model_hash,
    }


def holds_profile(path: str | Path, layout: Layout = PROFILES) -> bool:
    """Whether a folder holds finished profiles."""
    return (Path(path) / layout.result).is_file()


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
    return _read(Path(path), PROFILES, Profile)


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
    return _read(Path(path), PREDICTIONS, PredictionProfile)


def _read(path: Path, layout: Layout, kind: type[Record]) -> Record:
    if not (path / layout.result).is_file():
        raise InputError(f"{path} holds no finished {layout.name} ({layout.result} is missing)")
    try:
        return kind.from_dict(read_object(path / layout.result))
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
