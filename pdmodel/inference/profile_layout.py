"""How the files of profiles are called: of parameters and of predictions, in one folder or not."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

_FIGURES = "figures"


@dataclass(frozen=True)
class Layout:
    """How the files of one kind of profiles are called; two kinds may share a folder.

    Parameters
    ----------
    name
        What they are, in words.
    result, work, table, report, manifest
        The record, written last; what the work is; the points; words; with what it was made.
    sides, figure
        The folder of the sides, and the figure in `figures`.
    """

    name: str
    result: str
    work: str
    table: str
    report: str
    manifest: str
    sides: str
    figure: str

    @property
    def files(self) -> tuple[str, ...]:
        """Names of what a finished folder holds, the manifest and the plan left out."""
        return self.result, self.table, self.report, self.sides, f"{_FIGURES}/{self.figure}"

    def remove(self, path: Path) -> None:
        """Remove these files from a folder, and nothing else."""
        # the record first: what is left of a removal that was stopped is unfinished work
        for file in (self.result, self.table, self.report, self.manifest):
            (path / file).unlink(missing_ok=True)
        (path / _FIGURES / self.figure).unlink(missing_ok=True)
        shutil.rmtree(path / self.sides, ignore_errors=True)
        (path / self.work).unlink(missing_ok=True)


PROFILES = Layout(
    "profiles", "profile.json", "profile_problem.json", "profile.csv", "report.txt",
    "manifest.json", "profiles", "profiles.png",
)  # fmt: skip
PREDICTIONS = Layout(
    "predictions", "predictions.json", "predictions_problem.json", "predictions.csv",
    "predictions.txt", "predictions_manifest.json", "predictions", "predictions.png",
)  # fmt: skip
LAYOUTS = (PROFILES, PREDICTIONS)
