"""`pdmodel sensitivity`: what the targets of a question say of its parameters."""

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
    OtherModel,
    Priors,
    QuestionName,
    RegimenWords,
    Targets,
    VisitInterval,
    find_question,
    make_problem,
)

if TYPE_CHECKING:
    from pdmodel.inference.sensitivity.sensitivity import Sensitivity


def sensitivity(
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
    fit: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="A finished fit: the point; else the declared values."),
    ] = None,
    local: Annotated[bool, typer.Option("--local", help="Only near the point: no draws.")] = False,
    draws: Annotated[
        int, typer.Option(help="Base draws, a power of 2; each is worth a run a parameter, and 2.")
    ] = 128,
    factor: Annotated[
        float,
        typer.Option(help="Draw from value/FACTOR to value*FACTOR; 0 for the whole bounds."),
    ] = 3.0,
    seed: Annotated[int, typer.Option(help="All draws come from it.")] = 1,
    threads: Annotated[
        int | None,
        typer.Option("--threads", "--jobs", "-j", help="Threads; one a CPU by default."),
    ] = None,
    out: Out = None,
    overwrite: Overwrite = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Find which combinations of parameters the targets know, and what moves each target.

    Near one point: the combinations of parameters that the targets identify, and those they do
    not. A factor around the point, or over the bounds: Sobol indices of each target.
    Writes to results/sensitivity_QUESTION.

    Examples:
      pdmodel sensitivity response
      pdmodel sensitivity response --fit results/response --local
      pdmodel sensitivity response --factor 2 --draws 512 --out results/two
    """
    from pdmodel.cli.console.terminal import progress, say_first_run
    from pdmodel.inference import read_result
    from pdmodel.inference.sensitivity.sensitivity import check_place, run_sensitivity
    from pdmodel.plots.figures import draw_figures

    asked = find_question(question)
    folder = out if out is not None else Path("results") / f"sensitivity_{asked.name}"
    check_place(folder, overwrite)
    problem = make_problem(
        asked, model, "exact", bounds, targets=targets, priors=priors, regimen=regimen, days=days,
        free=free, differ=differ, visit_interval=visit_interval,
    )  # fmt: skip
    best = None if fit is None else read_result(fit)
    say_first_run(quiet or json)
    with progress(quiet or json) as report:
        result = run_sensitivity(
            problem, best, local=local, draws=draws, factor=factor or None, seed=seed,
            threads=threads, progress=report,
        )  # fmt: skip
    result.save(folder, overwrite, partial(draw_figures, "sensitivity"))
    _say(result, folder, json, quiet)


def _say(result: Sensitivity, folder: Path, json: bool, quiet: bool) -> None:
    from pdmodel.cli.console.terminal import say, say_json

    if json:
        say_json(result.to_dict())
        return
    if not quiet:
        say(result.report().rstrip())
        say()
    files = ", ".join(f"{name}.csv" for name in result.tables)
    say(f"wrote {folder}: sensitivity.json, report.txt, {files}")
    say(f"figures: {folder / 'figures'}")
