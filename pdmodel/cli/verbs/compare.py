"""`pdmodel compare`: rival hypotheses side by side, and which of them the evidence refutes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from pdmodel.cli.console.options import (
    ComparisonName,
    Json,
    Out,
    Overwrite,
    Quiet,
    comparison_folder,
    split_names,
)

if TYPE_CHECKING:
    from pdmodel.hypotheses import Comparison


def compare(
    name: ComparisonName,
    hypotheses: Annotated[
        list[str] | None,
        typer.Argument(metavar="HYPOTHESIS...", help="MODEL or MODEL@DIFFERENCE."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="All hypotheses of the comparison; so without names.")
    ] = False,
    grid: Annotated[
        str | None,
        typer.Option(metavar="A,B", help="These differences with every model that is named."),
    ] = None,
    starts: Annotated[int, typer.Option(help="Starts of each fit.")] = 3,
    patients: Annotated[
        int, typer.Option("--patients", "-n", help="Virtual patients of each trial.")
    ] = 512,
    seed: Annotated[int, typer.Option(help="Starts and patients are drawn from it.")] = 1,
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-j", help="Worker processes; one a CPU by default.")
    ] = None,
    out: Out = None,
    overwrite: Overwrite = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Judge rival hypotheses on typical patients and on a virtual trial.

    Each is fitted to the targets from several starts; then one number is moved until the trial
    shows the reported response rate, and the trial's table is read. Verdicts are functions of
    what is stored, recomputed for every assumed threshold over its range. Where the comparison
    names other reported trials, each hypothesis predicts them, apart from its verdict. Writes to
    results/compare_COMPARISON; hypotheses that have not changed are taken from there.

    Examples:
      pdmodel compare response
      pdmodel compare response reference tumour_il6 reference@effector_competence
      pdmodel compare response no_tolerance --grid tone,il6_inducibility
    """
    from pdmodel.catalogue import find_object
    from pdmodel.cli.console.terminal import progress, say, say_first_run, say_json
    from pdmodel.errors import InputError
    from pdmodel.executors import cpus
    from pdmodel.hypotheses import Comparison, ComparisonSettings, compare as run
    from pdmodel.hypotheses.examination.recalibrate import check_direction
    from pdmodel.plots.kept import figures_and_facts

    asked = find_object(name, "comparison", "pdmodel.comparisons", Comparison)
    if everything and hypotheses:
        raise InputError("--all compares all hypotheses: name none, or leave it out")
    folder = comparison_folder(asked.name, out, name)
    say_first_run(quiet or json)
    chosen = _names(asked, hypotheses, grid)
    settings = ComparisonSettings(starts, seed, patients=patients)
    if not (folder / "hypotheses").is_dir():
        check_direction(asked, asked.choose(chosen)[0], seed)
    with progress(quiet or json) as report:
        result = run(
            asked, chosen,
            plan=settings,
            jobs=cpus() if jobs is None else jobs, out=folder, overwrite=overwrite,
            draw=partial(figures_and_facts, "comparison"), progress=report,
        )  # fmt: skip
    if json:
        say_json(result.to_dict())
        return
    if not quiet:
        say(result.report().rstrip())
        say()
    predicted = "" if result.predicted.empty else "predictions.csv, "
    say(
        f"wrote {folder}: verdicts.json, table.csv, misses.csv, robustness.csv, {predicted}"
        "report.txt, figures"
    )


def _names(asked: Comparison, hypotheses: list[str] | None, grid: str | None) -> list[str] | None:
    differences = split_names(grid)
    if differences is None:
        return hypotheses or None
    models = hypotheses or [name for name in asked.hypotheses if "@" not in name]
    return asked.grid(models, differences)
