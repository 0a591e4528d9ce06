"""`pdmodel profile`: how far parameters and predictions of a fit can go while all others follow."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pdmodel.cli.console.options import Json, Out, Overwrite, Quiet, split_names
from pdmodel.cli.console.question import (
    Bounds,
    Days,
    Differ,
    Free,
    Jacobian,
    Jobs,
    OtherModel,
    Priors,
    QuestionName,
    RegimenWords,
    Seed,
    Targets,
    VisitInterval,
    find_question,
    make_problem,
)

if TYPE_CHECKING:
    from pdmodel.cli.console.terminal import Progress
    from pdmodel.inference import FitProblem, FitRecord
    from pdmodel.inference.profile.record import ProfileRecord


def profile(
    question: QuestionName,
    model: OtherModel = None,
    parameters: Annotated[
        str | None,
        typer.Option(
            "--parameters",
            "-p",
            metavar="A,B",
            help="Free ones to profile; all by default, none with --predict.",
        ),
    ] = None,
    predict: Annotated[
        list[str] | None,
        typer.Option(
            metavar="GROUP:OBSERVABLE:KIND[:DAY]",
            help="A prediction to profile, e.g. GROUP:OBSERVABLE:fold_change:84; may be repeated.",
        ),
    ] = None,
    targets: Targets = None,
    priors: Priors = None,
    regimen: RegimenWords = None,
    days: Days = None,
    visit_interval: VisitInterval = None,
    free: Free = None,
    differ: Differ = None,
    bounds: Bounds = None,
    starts: Annotated[int, typer.Option(help="Of the fit before the profiles.")] = 4,
    seed: Seed = 1,
    fit: Annotated[
        Path | None,
        typer.Option(
            "--fit",
            "--from",
            metavar="DIR",
            help="A finished fit of the same question; no new one.",
        ),
    ] = None,
    level: Annotated[float, typer.Option(help="Confidence level of the intervals.")] = 0.95,
    jobs: Jobs = None,
    max_evaluations: Annotated[int, typer.Option(help="Budget of one fit.")] = 120,
    jacobian: Jacobian = "exact",
    out: Out = None,
    overwrite: Overwrite = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Hold each free parameter away from the best fit, and fit all others again.

    Gives an interval that counts what other parameters make up for, or says on which side there
    is none. Writes to results/profile_QUESTION unless --out says otherwise; what was stopped goes
    on there. The answer depends on the seed of the fit, never on the number of jobs.

    With --predict it is predictions that are brought to other values while all parameters are
    fitted again, and of parameters only those that --parameters names. KIND is one of a target's:
    {kinds}.
    Two groups are written first/second; :threshold=X and :scale=linear may follow. Both kinds of
    profiles go to the same folder.

    Examples:
      pdmodel profile response --parameters kill_max,tone__responder
      pdmodel profile response --fit results/response
      pdmodel profile response --predict nonresponder:il6:fold_change:84
      pdmodel profile response --model no_tolerance --level 0.9
    """
    from pdmodel.cli.console.terminal import progress
    from pdmodel.executors import cpus

    asked = find_question(question)
    folder = out if out is not None else Path("results") / f"profile_{asked.name}"
    problem = make_problem(
        asked, model, jacobian, bounds, targets=targets, priors=priors, regimen=regimen, days=days,
        free=free, differ=differ, visit_interval=visit_interval,
    )  # fmt: skip
    wanted = ProfileWork(
        split_names(parameters), tuple(predict or ()), level, cpus() if jobs is None else jobs,
        max_evaluations, folder, overwrite,
    )  # fmt: skip
    _check_work(problem, wanted)
    with progress(quiet or json) as report:
        best = _best(problem, fit, (starts, seed, wanted.jobs), report)
        records = _run_work(problem, best, wanted, report)
    _say_work(records, folder, json, quiet)


def _best(
    problem: FitProblem, folder: Path | None, plan: tuple[int, int, int], report: Progress
) -> FitRecord:
    """Return a finished fit of the same problem, or make one."""
    from pdmodel.inference.profile.folder import read_fit_of

    if folder is not None:
        return read_fit_of(problem, folder)
    starts, seed, jobs = plan
    best: FitRecord = problem.run(starts, seed, min(jobs, starts), progress=report)
    return best


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


def _check_work(problem: FitProblem, wanted: ProfileWork) -> None:
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


def _run_work(
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


def _say_work(records: list[ProfileRecord], folder: Path, json: bool, quiet: bool) -> None:
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
