"""`pdmodel trial`: virtual patients through a protocol, held against what was reported."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pdmodel.cli.options import Json, Out, Overwrite, Quiet

if TYPE_CHECKING:
    from pdmodel.trial import TrialResult

trial = typer.Typer(
    help="Virtual trials: patients, visits, doses held and escalated, rates with intervals.",
    no_args_is_help=True,
)


@trial.command()
def run(
    name: Annotated[
        str,
        typer.Argument(metavar="TRIAL", help="A published trial, module:object or path.py:object."),
    ],
    patients: Annotated[int, typer.Option("--patients", "-n", help="Virtual patients.")] = 1000,
    seed: Annotated[int, typer.Option(help="All patients are drawn from it.")] = 1,
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="Another model in the same patients.")
    ] = None,
    threads: Annotated[int | None, typer.Option(help="Threads; one a CPU by default.")] = None,
    out: Out = None,
    overwrite: Overwrite = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run a virtual trial and hold it against what was reported.

    Writes to results/TRIAL unless --out says otherwise; a run that was stopped goes on there. The
    numbers depend on the seed, never on the number of threads. What comes out is a hypothesis
    about a model, not advice for a patient.

    Examples:
      pdmodel trial run phase2
      pdmodel trial run high_dose --patients 4000 --out results/high
    """
    from pdmodel.catalogue import find_object
    from pdmodel.cli.terminal import progress, say_first_run
    from pdmodel.trial import Trial

    asked = find_object(name, "trial", "pdmodel.trials", Trial)
    place = out if out is not None else Path("results") / asked.name
    say_first_run(quiet or json)
    with progress(quiet or json) as report:
        result = asked.run(
            patients, seed, model=model, threads=threads, out=place, overwrite=overwrite,
            progress=report,
        )  # fmt: skip
    _say(result, place, json, quiet)


def _say(result: TrialResult, place: Path, json: bool, quiet: bool) -> None:
    from pdmodel.cli.terminal import say, say_json

    if json:
        say_json(result.to_dict())
        return
    if not quiet:
        _say_patients(result)
        _say_table(result)
    say(f"wrote {place}: trial.json, table.csv, blocks")


def _say_patients(result: TrialResult) -> None:
    from pdmodel.cli.terminal import heading, say, say_wrapped

    trial, rejected = result.trial, dict(result.drawn.rejected)
    heading(f"{trial.name}: {trial.title}")
    say(trial.protocol.describe())
    told = ", ".join(f"{count} for {name}" for name, count in rejected.items()) or "none"
    say(f"{len(result.outcomes)} patients of {trial.population.name}, model {result.model.name}")
    say(f"drawn and rejected as implausible: {told}; could not be simulated: {result.failures}")
    assumed = [name for name, s in trial.population.spreads.items() if s.status == "assumed"]
    say_wrapped(f"spreads without a study behind them: {', '.join(assumed) or 'none'}")


def _say_table(result: TrialResult) -> None:
    from pdmodel.cli.terminal import say, say_table

    table = result.table
    if table.empty:
        say("nothing was reported of this trial")
        return
    rows = [
        (
            row.meaning, _reported(row), f"{row.low:.3g} to {row.high:.3g}",
            f"{row.model:.3g}", f"{row.model_low:.3g} to {row.model_high:.3g}",
            "yes" if row.inside else "NO", row.use,
        )
        for row in table.itertuples()
    ]  # fmt: skip
    say()
    columns = ("pattern", "reported", "compatible", "model", "90 % of trials", "inside", "use")
    say_table(columns, rows, right=columns[1:5])
    say()
    for row in table.itertuples():
        if row.kind == "rate":
            say(
                f"{row.meaning}: in a trial of {row.n} the model expects {row.model * row.n:.0f} "
                f"(90 % of replicates {row.model_low * row.n:.0f}-{row.model_high * row.n:.0f}); "
                f"{row.events:.0f} were seen"
            )
    say(f"{int(table['inside'].sum())} of {len(table)} patterns inside")


def _reported(row: object) -> str:
    events, n = getattr(row, "events"), getattr(row, "n")  # noqa: B009 - a row of a table
    return "" if events is None or events != events else f"{events:.0f}/{n}"
