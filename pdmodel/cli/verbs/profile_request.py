"""The work of `pdmodel profile`: of parameters, of predictions, or both, in one folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pdmodel.cli.console.terminal import Progress
    from pdmodel.inference import FitProblem, FitRecord
    from pdmodel.inference.profile.record import ProfileRecord


@dataclass(frozen=True)
class Wanted:
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


def check_work(problem: FitProblem, wanted: Wanted) -> None:
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
    problem: FitProblem, best: FitRecord, wanted: Wanted, report: Progress
) -> list[ProfileRecord]:
    """Profile, draw and return what was found."""
    from pdmodel.cli.verbs.plot import prediction_figures, profile_figures
    from pdmodel.inference import profile_predictions, run_profile

    found: list[ProfileRecord] = []
    if wanted.of_parameters:
        parameters = run_profile(
            problem, best, wanted.parameters, level=wanted.level, jobs=wanted.jobs,
            out=wanted.place, overwrite=wanted.overwrite, max_evaluations=wanted.budget,
            draw=profile_figures, progress=report,
        )  # fmt: skip
        found.append(parameters)
    if wanted.predictions:
        predictions = profile_predictions(
            problem, best, wanted.predictions, level=wanted.level, jobs=wanted.jobs,
            out=wanted.place, overwrite=wanted.overwrite, max_evaluations=wanted.budget,
            draw=prediction_figures, progress=report,
        )  # fmt: skip
        found.append(predictions)
    return found


def say_work(found: list[ProfileRecord], place: Path, json: bool, quiet: bool) -> None:
    """Print the verdicts, or all of it as JSON: one record, or by subject where there are two."""
    from pdmodel.cli.console.terminal import say, say_json

    if json:
        told = {one.SUBJECT: one.to_dict() for one in found}
        say_json(told if len(told) > 1 else found[0].to_dict())
        return
    for one in found:
        _say(one, quiet)
    say(f"wrote {place}: {', '.join(name for one in found for name in _files(one))}")


def _say(one: ProfileRecord, quiet: bool) -> None:
    from pdmodel.cli.console.terminal import note, say, say_table

    if one.improved:
        note(
            f"note: the fit was no minimum: cost {one.given_cost:.6g}, and "
            f"{one.best_cost:.6g} was found; fit again, from more starts"
        )
    if quiet:
        return
    names, rows = one.summary()
    whole = tuple(name for name in names if name not in ("best", "verdict"))
    say_table(names, rows, right=("best",), whole=whole)
    for line in one.remarks():
        say(line)
    say()


def _files(one: ProfileRecord) -> tuple[str, ...]:
    from pdmodel.inference.profile.layout import LAYOUTS

    names = {"parameters": "profiles", "predictions": "predictions"}
    return next(layout.files for layout in LAYOUTS if layout.name == names[one.SUBJECT])
