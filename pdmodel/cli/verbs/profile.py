"""`pdmodel profile`: how far parameters and predictions of a fit can go while all others follow."""

from __future__ import annotations

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
    MovedData,
    OtherModel,
    Priors,
    QuestionName,
    RegimenWords,
    Seed,
    Targets,
    VisitInterval,
    find_question,
    is_answer,
    make_problem,
)
from pdmodel.cli.verbs.profile_work import (
    ProfileWork,
    check_work,
    profile_place,
    run_work,
    say_work,
)

if TYPE_CHECKING:
    from pdmodel.cli.console.terminal import Progress
    from pdmodel.inference import FitProblem, FitRecord


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
    data: MovedData = None,
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
    on there. The answer depends on the seed of the fit, never on the number of jobs. QUESTION may
    be a folder of fit-data: then its fit is profiled.

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
      pdmodel profile results/pk --level 0.9       (after pdmodel fit-data)
    """
    from pdmodel.cli.console.terminal import progress
    from pdmodel.executors import cpus

    asked = find_question(question, data)
    folder, fit = _places(question, asked.name, out, fit)
    problem = make_problem(
        asked, model, jacobian, bounds, targets=targets, priors=priors, regimen=regimen, days=days,
        free=free, differ=differ, visit_interval=visit_interval,
    )  # fmt: skip
    wanted = ProfileWork(
        split_names(parameters), tuple(predict or ()), level, cpus() if jobs is None else jobs,
        max_evaluations, folder, overwrite,
    )  # fmt: skip
    check_work(problem, wanted)
    with progress(quiet or json) as report:
        best = _best(problem, fit, (starts, seed, wanted.jobs), report)
        records = run_work(problem, best, wanted, report)
    say_work(records, folder, json, quiet)


def _places(
    question: str, name: str, out: Path | None, fit: Path | None
) -> tuple[Path, Path | None]:
    """Return where profiles go, and the fit they are of; None to make one."""
    if not is_answer(question):
        return out if out is not None else Path("results") / f"profile_{name}", fit
    answer = Path(question)
    return (out if out is not None else profile_place(answer)), fit or answer


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
