"""How the files of profiles are called: of parameters and of predictions, in one folder or not."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Layout:
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


PROFILES = Layout(
    "profiles", "profile.json", "profile.csv", "report.txt", "figures/profiles.png"
)  # fmt: skip
PREDICTIONS = Layout(
    "predictions", "predictions.json", "predictions.csv", "predictions.txt",
    "figures/predictions.png",
)  # fmt: skip
LAYOUTS = (PROFILES, PREDICTIONS)
