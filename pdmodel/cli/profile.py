"""`pdmodel profile`: how far each parameter of a fit can go while the others make up for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pdmodel.cli.asking import (
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
    find_question,
    make_problem,
)
from pdmodel.cli.options import Json, Out, Overwrite, Quiet, split_names

if TYPE_CHECKING:
    from pdmodel.cli.terminal import Progress
    from pdmodel.inference import FitProblem, FitRecord, Profile


def profile(
    question: QuestionName,
    model: OtherModel = None,
    parameters: Annotated[
        str | None,
        typer.Option("--parameters", "-p", metavar="A,B", help="Free ones to profile; all."),
    ] = None,
    targets: Targets = None,
    priors: Priors = None,
    regimen: RegimenWords = None,
    days: Days = None,
    free: Free = None,
    differ: Differ = None,
    bounds: Bounds = None,
    starts: Annotated[int, typer.Option(help="Of the fit before the profiles.")] = 4,
    seed: Seed = 1,
    fit: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="A finished fit of the same question; no new one."),
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

    Examples:
      pdmodel profile response
      pdmodel profile response --fit results/response --parameters kill_max,tone__responder
      pdmodel profile response --model no_tolerance --level 0.9
    """
    from pdmodel.cli.doctor import cpus
    from pdmodel.cli.plot import draw_profile
    from pdmodel.cli.terminal import progress
    from pdmodel.inference.profile import make_plan, run_profile
    from pdmodel.inference.profile_folder import check_place

    asked = find_question(question)
    place = out if out is not None else Path("results") / f"profile_{asked.name}"
    problem = make_problem(
        asked, model, jacobian, bounds, targets=targets, priors=priors, regimen=regimen, days=days,
        free=free, differ=differ,
    )  # fmt: skip
    plan = make_plan(
        problem, split_names(parameters), level, cpus() if jobs is None else jobs, max_evaluations
    )
    check_place(place, overwrite)
    with progress(quiet or json) as report:
        best = _best(problem, fit, (starts, seed, plan.jobs), report)
        found = run_profile(
            problem, best, plan.parameters, level=level, jobs=plan.jobs, out=place,
            overwrite=overwrite, max_evaluations=max_evaluations, progress=report,
        )  # fmt: skip
    draw_profile(found, place / "figures")
    _say(found, place, json, quiet)


def _best(
    problem: FitProblem, folder: Path | None, plan: tuple[int, int, int], report: Progress
) -> FitRecord:
    """Return a finished fit of the same problem, or make one."""
    from pdmodel.inference.profile_folder import read_fit_of

    if folder is not None:
        return read_fit_of(problem, folder)
    starts, seed, jobs = plan
    return problem.run(starts, seed, min(jobs, starts), progress=report)


def _say(found: Profile, place: Path, json: bool, quiet: bool) -> None:
    from pdmodel.cli.terminal import note, say, say_json, say_table

    if json:
        say_json(found.to_dict())
        return
    if found.improved:
        note(
            f"note: the fit was no minimum: cost {found.given_cost:.6g}, and "
            f"{found.best_cost:.6g} was found; fit again, from more starts"
        )
    if not quiet:
        names, rows = found.summary()
        say_table(names, rows, right=("best",), whole=("parameter", "unit", "interval", "partner"))
        say()
    say(f"wrote {place}: profile.json, profile.csv, report.txt, profiles, figures")
