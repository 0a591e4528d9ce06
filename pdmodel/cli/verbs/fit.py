"""`pdmodel fit`: a question put to the evidence."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pdmodel.cli.console.options import Json, Out, Overwrite, Quiet
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
from pdmodel.cli.verbs.fit_data_run import DataFit, PopulationOptions
from pdmodel.text import counted

if TYPE_CHECKING:
    from pdmodel.inference import FitResult


def fit(
    question: QuestionName,
    model: OtherModel = None,
    targets: Targets = None,
    priors: Priors = None,
    regimen: RegimenWords = None,
    days: Days = None,
    visit_interval: VisitInterval = None,
    free: Free = None,
    differ: Differ = None,
    bounds: Bounds = None,
    starts: Annotated[int, typer.Option(help="The first at declared values, others drawn.")] = 8,
    seed: Seed = 1,
    jobs: Jobs = None,
    max_evaluations: Annotated[int, typer.Option(help="Budget of one start.")] = 120,
    jacobian: Jacobian = "exact",
    out: Out = None,
    overwrite: Overwrite = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 when a target is missed.")
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Fit a model to targets from many starts and say which it meets.

    Writes to results/QUESTION unless --out says otherwise; a fit that was stopped goes on there.
    The answer depends on the seed, never on the number of jobs.

    Examples:
      pdmodel fit response
      pdmodel fit response --model no_tolerance --out results/rival
      pdmodel fit response --bounds kill_max=0.002:0.02 --out results/mine
    """
    from pdmodel.cli.console.terminal import progress
    from pdmodel.executors import cpus
    from pdmodel.plots.figures import draw_figures

    asked = find_question(question)
    folder = out if out is not None else Path("results") / asked.name
    problem = make_problem(
        asked, model, jacobian, bounds, targets=targets, priors=priors, regimen=regimen, days=days,
        free=free, differ=differ, visit_interval=visit_interval,
    )  # fmt: skip
    if asked.method == "population":
        unsaid = (None, seed, None, jobs, folder, overwrite, None, (), json, quiet)
        DataFit(asked, PopulationOptions(), *unsaid).run(problem)
        return
    with progress(quiet or json) as report:
        result = problem.run(
            starts, seed, min(cpus(), starts) if jobs is None else jobs, folder,
            overwrite=overwrite, max_evaluations=max_evaluations, draw=partial(draw_figures, "fit"),
            progress=report, method=asked.method,
        )  # fmt: skip
    _say_result(result, folder, json, quiet)
    if strict and not result.all_met:
        _say_missed(result)
        raise typer.Exit(1)


def _say_result(result: FitResult, folder: Path, json: bool, quiet: bool) -> None:
    from pdmodel.cli.console.terminal import say, say_json

    if json:
        say_json(result.to_dict())
    elif not quiet:
        say(result.report().rstrip())
        say()
        say(_effort(result))
    if not json:
        say(f"wrote {folder}: fit.json, report.txt, targets.csv, parameters.csv, trajectories.nc")
        say(f"figures: {folder / 'figures'}")


def _effort(result: FitResult) -> str:
    spent = result.summary
    slopes = f" and {spent['jacobians']} exact Jacobians" if spent["jacobians"] else ""
    return f"took {result.seconds:.1f} s: {spent['evaluations']} evaluations{slopes}"


def _say_missed(result: FitResult) -> None:
    from pdmodel.cli.console.terminal import note

    missed = result.targets.loc[~result.targets["met"], "id"]
    note(f"error: {counted(len(missed), 'target')} missed: {', '.join(map(str, missed))}")
