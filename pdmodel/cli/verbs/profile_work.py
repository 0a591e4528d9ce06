"""The work of profiles: what is asked, whether it can be done, doing it, and what is printed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pdmodel.cli.console.terminal import Progress
    from pdmodel.inference import FitProblem, FitRecord
    from pdmodel.inference.profile.record import ProfileRecord


def profile_place(answer: Path) -> Path:
    """Return where the profiles of a fit go: beside its folder."""
    place = answer.resolve()
    return answer.parent / f"profile_{place.name}"


@dataclass(frozen=True)
class ProfileWork:
    """What is profiled, and how.

    Parameters
    ----------
    parameters, predictions
        Names, None for all where no prediction is asked; words.
    level, jobs, budget
        As in `run_profile`.
    place, overwrite
        The folder, and whether what is finished there may be replaced.
    """

    parameters: list[str] | None
    predictions: tuple[str, ...]
    level: float
    jobs: int
    budget: int
    place: Path
    overwrite: bool

    @property
    def of_parameters(self) -> bool:
        """Whether parameters are profiled."""
        return self.parameters is not None or not self.predictions


def check_work(problem: FitProblem, wanted: ProfileWork) -> None:
    """Refuse what cannot be done, before a fit is made for it.

    Raises
    ------
    InputError
        If a name, a prediction, a number or the folder is not allowed.
    """
    from pdmodel.executors import Work
    from pdmodel.inference.profile.run import make_plan
    from pdmodel.inference.profile.run_predictions import make_prediction_plan
    from pdmodel.storage import check_place

    how = (wanted.level, wanted.budget)
    Work(jobs=wanted.jobs)
    if wanted.of_parameters:
        make_plan(problem, wanted.parameters, *how)
        check_place(wanted.place, "profiles", wanted.overwrite)
    if wanted.predictions:
        make_prediction_plan(problem, wanted.predictions, *how)
        check_place(wanted.place, "predictions", wanted.overwrite)


def run_work(
    problem: FitProblem, best: FitRecord, wanted: ProfileWork, report: Progress
) -> list[ProfileRecord]:
    """Make the profiles, draw them and return their records."""
    from pdmodel.inference import profile_predictions, run_profile
    from pdmodel.plots.figures import draw_figures

    records: list[ProfileRecord] = []
    if wanted.of_parameters:
        parameters = run_profile(
            problem, best, wanted.parameters, level=wanted.level, jobs=wanted.jobs,
            out=wanted.place, overwrite=wanted.overwrite, max_evaluations=wanted.budget,
            draw=partial(draw_figures, "profiles"), progress=report,
        )  # fmt: skip
        records.append(parameters)
    if wanted.predictions:
        predictions = profile_predictions(
            problem, best, wanted.predictions, level=wanted.level, jobs=wanted.jobs,
            out=wanted.place, overwrite=wanted.overwrite, max_evaluations=wanted.budget,
            draw=partial(draw_figures, "predictions"), progress=report,
        )  # fmt: skip
        records.append(predictions)
    return records


def say_work(records: list[ProfileRecord], folder: Path, json: bool, quiet: bool) -> None:
    """Print the verdicts, or all of it as JSON: one record, or by subject where there are two."""
    from pdmodel.cli.console.terminal import say, say_json

    if json:
        content = {record.SUBJECT: record.to_dict() for record in records}
        say_json(content if len(content) > 1 else records[0].to_dict())
        return
    for record in records:
        _say(record, quiet)
    say(f"wrote {folder}: {', '.join(name for record in records for name in _files(record))}")


def _say(record: ProfileRecord, quiet: bool) -> None:
    from pdmodel.cli.console.terminal import note, say, say_table

    if record.improved:
        note(
            f"note: the fit was no minimum: cost {record.given_cost:.6g}, and "
            f"{record.best_cost:.6g} was found; fit again, from more starts"
        )
    if quiet:
        return
    names, rows = record.summary()
    whole = tuple(name for name in names if name not in ("best", "verdict"))
    say_table(names, rows, right=("best",), whole=whole)
    for line in record.remarks():
        say(line)
    say()


def _files(record: ProfileRecord) -> tuple[str, ...]:
    from pdmodel.inference.profile.folder import LAYOUTS

    names = {"parameters": "profiles", "predictions": "predictions"}
    return next(layout.files for layout in LAYOUTS if layout.name == names[record.SUBJECT])
