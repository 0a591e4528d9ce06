"""`pdmodel evidence`: Bayesian evidence of chosen hypotheses, and whether AICc agrees."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from pdmodel.cli.console.options import (
    ComparedIn,
    ComparisonName,
    Json,
    Out,
    Quiet,
    comparison_folder,
)
from pdmodel.cli.console.question import is_answer, is_petab
from pdmodel.cli.verbs.evidence_data import weigh_answer
from pdmodel.errors import InputError


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
    and only what is missing is sampled again. COMPARISON may be a folder of fit-data: then log Z is
    that of its measured data, of each model where there are rivals; or the file of a PEtab problem,
    whose own priors are taken.

    Examples:
      pdmodel evidence response
      pdmodel evidence response reference il6_survival null --live 128 --jobs 2
      pdmodel evidence results/pk                  (after pdmodel fit-data)
      pdmodel evidence problem.yaml                (a problem of PEtab)
    """
    from pdmodel.catalogue import find_object
    from pdmodel.cli.console.terminal import progress, say, say_first_run, say_json
    from pdmodel.executors import cpus
    from pdmodel.hypotheses import Comparison, compute_evidence
    from pdmodel.inference.posterior.run import NestedPlan
    from pdmodel.plots.kept import figures_and_facts

    plan, workers = NestedPlan(live, runs, seed, draws), cpus() if jobs is None else jobs
    if is_petab(name) or is_answer(name):
        _refuse(hypotheses, source)
        weigh_answer(Path(name), out, plan, workers, json=json, quiet=quiet)
        return
    asked = find_object(name, "comparison", "pdmodel.comparisons", Comparison)
    folder = comparison_folder(asked.name, source, name)
    target = out if out is not None else folder / "evidence"
    say_first_run(quiet or json)
    with progress(quiet or json) as report:
        result = compute_evidence(
            asked, hypotheses, folder, target, plan=plan, jobs=workers, progress=report,
            draw=partial(figures_and_facts, "evidence"),
        )  # fmt: skip
    if json:
        say_json(result.to_dict())
        return
    if not quiet:
        say(result.report().rstrip())
        say()
    say(f"wrote {target}: evidence.json, evidence.csv, pairs.csv, report.txt, figures, posteriors")


def _refuse(hypotheses: list[str] | None, source: Path | None) -> None:
    """Refuse what belongs to a published comparison."""
    if hypotheses or source is not None:
        raise InputError(
            "hypotheses and --from belong to a comparison, not to a folder of fit-data or a file "
            "of PEtab"
        )
