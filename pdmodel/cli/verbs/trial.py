"""`pdmodel trial`: virtual patients through a protocol, held against what was reported."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pdmodel.cli.console.options import Json, Out, Overwrite, Quiet
from pdmodel.text import rounded

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from pdmodel.trial import Calibration, TrialDesign, TrialResult

trial = typer.Typer(
    help="Virtual trials: patients, visits, doses held and escalated, rates with intervals.",
    no_args_is_help=True,
)

Patients = Annotated[int, typer.Option("--patients", "-n", help="Virtual patients.")]
Seed = Annotated[int, typer.Option(help="All patients are drawn from it.")]
Rival = Annotated[
    str | None, typer.Option("--model", "-m", help="Another model in the same patients.")
]
Threads = Annotated[int | None, typer.Option(help="Threads; one a CPU by default.")]
Where = Annotated[
    str | None,
    typer.Option(
        "--executor", metavar="WHERE",
        help="local:N for N processes, dask://host:port for a cluster; here by default.",
    ),
]  # fmt: skip


@trial.command()
def run(
    name: Annotated[
        str,
        typer.Argument(metavar="TRIAL", help="A published trial, module:object or path.py:object."),
    ],
    patients: Patients = 1000,
    seed: Seed = 1,
    model: Rival = None,
    threads: Threads = None,
    executor: Where = None,
    out: Out = None,
    overwrite: Overwrite = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run a virtual trial and hold it against what was reported.

    Writes to results/TRIAL unless --out says otherwise; a run that was stopped goes on there. The
    numbers depend on the seed, never on the number of threads or workers. What comes out is a
    hypothesis about a model, not advice for a patient.

    Examples:
      pdmodel trial run phase2
      pdmodel trial run high_dose --patients 4000 --executor local:4
    """
    from pdmodel.catalogue import find_object
    from pdmodel.cli.console.terminal import progress, say, say_first_run, say_json
    from pdmodel.cli.verbs.trial_runs import trial_images
    from pdmodel.trial import Trial

    asked = find_object(name, "trial", "pdmodel.trials", Trial)
    folder = out if out is not None else Path("results") / asked.name
    say_first_run(quiet or json)
    with chosen_executor(executor) as pool, progress(quiet or json) as report:
        result = asked.run(
            patients, seed, model=model, threads=threads, out=folder, overwrite=overwrite,
            draw=trial_images, progress=report, executor=pool,
        )  # fmt: skip
    if json:
        say_json(result.to_dict())
        return
    if not quiet:
        _say_patients(result)
        _say_patterns(result)
    say(f"wrote {folder}: trial.json, table.csv, blocks, figures")


@trial.command()
def compare(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="TRIAL...", help="Published trials, module:object or path.py:object."
        ),
    ],
    patients: Patients = 1000,
    calibrate: Annotated[
        bool, typer.Option("--calibrate", help="Calibrate the population on the first trial.")
    ] = False,
    weigh: Annotated[
        bool, typer.Option("--weigh", help="Weight the patients by the rates of the first trial.")
    ] = False,
    draws: Annotated[
        int, typer.Option(help="Populations that the calibration leaves open, for the intervals.")
    ] = 8,
    seed: Seed = 1,
    model: Rival = None,
    threads: Threads = None,
    executor: Where = None,
    out: Out = Path("results/trial"),
    overwrite: Overwrite = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run several trials in the same virtual patients and hold each against its reports.

    With --calibrate the population is fitted to the first trial, with --weigh its patients count
    as often as that trial had them; the others are predictions: nothing is touched between them.
    Each trial gets a folder of its own in --out; a comparison that was stopped goes on there.

    Examples:
      pdmodel trial compare phase2 high_dose low_dose --calibrate
      pdmodel trial compare phase2 my_trials.py:weekend --out results/mine
    """
    from pdmodel.catalogue import find_object
    from pdmodel.cli.console.terminal import say, say_first_run, say_json
    from pdmodel.cli.verbs.trial_runs import TrialComparison, run_together
    from pdmodel.errors import InputError
    from pdmodel.trial import Trial

    if calibrate and weigh:
        raise InputError("--calibrate moves parameters, --weigh none: choose one of them")
    asked = [find_object(name, "trial", "pdmodel.trials", Trial) for name in dict.fromkeys(names)]
    folder = out if out is not None else Path("results/trial")
    wanted = TrialComparison(
        tuple(asked), patients, seed, model, threads, calibrate=calibrate, weigh=weigh, draws=draws
    )
    say_first_run(quiet or json)
    with chosen_executor(executor) as pool:
        results, calibration, effective = run_together(
            wanted, folder, overwrite, pool, quiet or json
        )
    if json:
        say_json([result.to_dict() for result in results])
        return
    if not quiet:
        _say_comparison(results, calibration, effective)
    inside = sum(int(result.table["inside"].sum()) for result in results if len(result.table))
    said = f"{inside} of {sum(len(result.table) for result in results)} patterns inside"
    say(f"wrote {folder}: {', '.join(result.trial.name for result in results)}, figures; {said}")


def chosen_executor(address: str | None) -> AbstractContextManager[Executor | None]:
    """Open what --executor names; without it, nothing: the work is done here."""
    from pdmodel.executors import open_executor

    return nullcontext() if address is None else open_executor(address)


def _say_comparison(
    results: Sequence[TrialResult], calibration: Calibration | None, effective: float | None
) -> None:
    """Say what was calibrated or weighted, and of each trial who, how and what."""
    if calibration is not None:
        _say_calibration(calibration, results[0].trial)
    if effective is not None:
        _say_weights(effective, results[0])
    for result in results:
        _say_patients(result)
        _say_patterns(result)


def _say_calibration(calibration: Calibration, trial: TrialDesign) -> None:
    """Say how a calibration ended and what it moved."""
    from pdmodel.cli.console.terminal import heading, say, say_table

    heading(f"Calibrated to {trial.name}")
    spent = f"after {calibration.evaluations} evaluations, cost {calibration.cost:.3g}"
    say(f"{calibration.status} {spent}")
    rows = [
        (
            row.name, rounded(row.before), rounded(row.value),
            "-" if row.log_error != row.log_error else f"x/ {math.exp(row.log_error):.2f}",
            "at its bound" if row.at_bound else "",
        )
        for row in calibration.parameters.itertuples(index=False)
    ]  # fmt: skip
    say_table(
        ("free number", "before", "after", "uncertain by", ""), rows, right=("before", "after")
    )
    still = [free.name for free in trial.free if free not in calibration.free]
    if still:
        say(f"not moved, for the model does not have it: {', '.join(still)}")


def _say_weights(effective: float, result: TrialResult) -> None:
    """Say how much of the patients the weights leave."""
    from pdmodel.cli.console.terminal import heading, say

    heading(f"Weighted by the rates of {result.trial.name}")
    say(f"effective sample size {effective:.0f} of {len(result.outcomes)} patients")


def _say_patients(result: TrialResult) -> None:
    """Say what was done to whom, what was rejected, and what is assumed."""
    from pdmodel.cli.console.terminal import heading, say, say_wrapped

    trial, rejected = result.trial, dict(result.drawn.rejected)
    heading(f"{trial.name}: {trial.title}")
    for line in trial.describe().splitlines():
        say(line)
    counts = ", ".join(f"{count} for {name}" for name, count in rejected.items()) or "none"
    people = " and ".join(dict.fromkeys(population.name for population in trial.populations))
    say(f"{len(result.outcomes)} patients of {people}, model {result.model.name}")
    say(f"drawn and rejected as implausible: {counts}; could not be simulated: {result.failures}")
    every = dict.fromkeys(name for people in trial.populations for name in people.assumed)
    assumed = ", ".join(every) or "none"
    say_wrapped(f"spreads and effects without a study behind them: {assumed}")


def _say_patterns(result: TrialResult) -> None:
    """Print the table of patterns, and what a trial of that size expects."""
    import pandas as pd

    from pdmodel.cli.console.terminal import say, say_table

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
        if row.kind == "rate" and not math.isnan(row.model):
            seen = "" if pd.isna(row.events) else f"; {row.events:.0f} were seen"
            say(
                f"{row.meaning}: in a trial of {row.n} the model expects {row.model * row.n:.0f} "
                f"(90 % of replicates {row.model_low * row.n:.0f}-{row.model_high * row.n:.0f})"
                f"{seen}"
            )
    say(f"{int(table['inside'].sum())} of {len(table)} patterns inside")


def _reported(row: object) -> str:
    events, n = getattr(row, "events"), getattr(row, "n")  # noqa: B009 - a row of a table
    return "" if events is None or events != events else f"{events:.0f}/{n}"
