"""`pdmodel evidence`: Bayesian evidence of chosen hypotheses, and whether AICc agrees."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from pdmodel.cli.console.options import (
    ComparedIn,
    ComparisonName,
    Json,
    Out,
    Quiet,
    comparison_folder,
)

if TYPE_CHECKING:
    pass


def evidence(
    name: ComparisonName,
    hypotheses: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="HYPOTHESIS...", help="MODEL or MODEL@DIFFERENCE; those that survive in --from."
        ),
    ] = None,
    source: ComparedIn = None,
    live: Annotated[
        int, typer.Option(help="Live points of each run: four times, half the error.")
    ] = 64,
    runs: Annotated[int, typer.Option(help="Independent runs; chains of the posterior.")] = 2,
    draws: Annotated[int, typer.Option(help="Posterior draws of each run.")] = 200,
    seed: Annotated[int, typer.Option(help="All runs are drawn from it.")] = 1,
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-j", help="Worker processes; one a CPU by default.")
    ] = None,
    out: Out = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Weigh chosen hypotheses by nested sampling (extra `bayes`), and draw their posteriors.

    The prior is even between the bounds of the fit (in the logarithm), or a prior row's own.
    Tells log Z with its error, weights, and whether AICc ranks alike; stores posterior draws that
    ArviZ reads, and bands of what they predict. A run takes minutes; each is kept when it ends,
    and only what is missing is sampled again.

    Examples:
      pdmodel evidence response
      pdmodel evidence response reference il6_survival null --live 128 --jobs 2
    """
    from pdmodel.catalogue import find_object
    from pdmodel.cli.console.terminal import progress, say, say_first_run, say_json
    from pdmodel.executors import cpus
    from pdmodel.hypotheses import Comparison, compute_evidence
    from pdmodel.inference.posterior.run import NestedPlan
    from pdmodel.plots.figures import draw_figures

    asked = find_object(name, "comparison", "pdmodel.comparisons", Comparison)
    folder = comparison_folder(asked.name, source, name)
    target = out if out is not None else folder / "evidence"
    say_first_run(quiet or json)
    with progress(quiet or json) as report:
        result = compute_evidence(
            asked, hypotheses, folder, target, plan=NestedPlan(live, runs, seed, draws),
            jobs=cpus() if jobs is None else jobs, progress=report,
            draw=partial(draw_figures, "evidence"),
        )  # fmt: skip
    if json:
        say_json(result.to_dict())
        return
    if not quiet:
        say(result.report().rstrip())
        say()
    say(f"wrote {target}: evidence.json, evidence.csv, pairs.csv, report.txt, figures, posteriors")
