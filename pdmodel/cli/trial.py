"""`pdmodel trial`: virtual patients through a protocol, held against what was reported."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pdmodel.cli.options import Json, Out, Overwrite, Quiet

if TYPE_CHECKING:
    from pdmodel.trial import Calibration, Trial, TrialResult

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


@trial.command()
def compare(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="TRIAL...", help="Published trials, module:object or path.py:object."
        ),
    ],
    patients: Annotated[int, typer.Option("--patients", "-n", help="Virtual patients.")] = 1000,
    calibrate: Annotated[
        bool, typer.Option("--calibrate", help="Calibrate the population on the first trial.")
    ] = False,
    draws: Annotated[
        int, typer.Option(help="Populations that the calibration leaves open, for the intervals.")
    ] = 8,
    seed: Annotated[int, typer.Option(help="All patients are drawn from it.")] = 1,
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="Another model in the same patients.")
    ] = None,
    threads: Annotated[int | None, typer.Option(help="Threads; one a CPU by default.")] = None,
    out: Out = Path("results/trial"),
    overwrite: Overwrite = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run several trials in the same virtual patients and hold each against its reports.

    With --calibrate the population is fitted to the first trial, the others are predictions: no
    parameter is touched between them. Each trial gets a folder of its own in --out; a
    comparison that was stopped goes on there.

    Examples:
      pdmodel trial compare phase2 high_dose low_dose --calibrate
      pdmodel trial compare phase2 my_trials.py:weekend --patients 400 --out results/mine
    """
    from pdmodel.catalogue import find_object
    from pdmodel.cli.terminal import progress, say, say_first_run, say_json
    from pdmodel.trial import Trial

    asked = [find_object(name, "trial", "pdmodel.trials", Trial) for name in dict.fromkeys(names)]
    place = out if out is not None else Path("results/trial")
    say_first_run(quiet or json)
    known, open_ones = None, []
    if calibrate:
        known = _calibrate(asked[0], place, seed, model, threads, quiet or json)
        open_ones = known.draws(draws, seed) if draws else []
        asked = [one.with_(population=known.population) for one in asked]
    results = []
    for one in asked:
        with progress(quiet or json) as report:
            results.append(
                one.run(
                    patients, seed, model=model, threads=threads, out=place / one.name,
                    overwrite=overwrite, progress=report, draws=open_ones,
                )
            )  # fmt: skip
    if json:
        say_json([result.to_dict() for result in results])
        return
    if known is not None and not quiet:
        _say_calibration(known, asked[0])
    for result in results:
        if not quiet:
            _say_patients(result)
            _say_table(result)
    inside = sum(int(result.table["inside"].sum()) for result in results)
    said = f"{inside} of {sum(len(result.table) for result in results)} patterns inside"
    say(f"wrote {place}: {', '.join(result.trial.name for result in results)}; {said}")


def _say(result: TrialResult, place: Path, json: bool, quiet: bool) -> None:
    from pdmodel.cli.terminal import say, say_json

    if json:
        say_json(result.to_dict())
        return
    if not quiet:
        _say_patients(result)
        _say_table(result)
    say(f"wrote {place}: trial.json, table.csv, blocks")


def _calibrate(
    one: Trial, place: Path, seed: int, model: str | None, threads: int | None, silent: bool
) -> Calibration:
    """Calibrate on a trial, and write what was found."""
    from pdmodel.cli.terminal import progress
    from pdmodel.storage import write_json, write_text
    from pdmodel.trial import calibrate

    with progress(silent) as report:
        found = calibrate(one, one.free, seed=seed, model=model, threads=threads, progress=report)
    write_text(place / "calibration.csv", found.parameters.to_csv(index=False))
    write_json(place / "calibration.json", found.to_dict())
    return found


def _say_calibration(found: Calibration, one: Trial) -> None:
    from pdmodel.cli.terminal import heading, number, say, say_table

    heading(f"Calibrated to {one.name}")
    say(f"{found.status} after {found.evaluations} evaluations, cost {found.cost:.3g}")
    rows = [
        (
            row.name, number(row.before), number(row.value),
            "-" if row.log_error != row.log_error else f"x/ {math.exp(row.log_error):.2f}",
            "at its bound" if row.at_bound else "",
        )
        for row in found.parameters.itertuples(index=False)
    ]  # fmt: skip
    say_table(
        ("free number", "before", "after", "uncertain by", ""), rows, right=("before", "after")
    )


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
