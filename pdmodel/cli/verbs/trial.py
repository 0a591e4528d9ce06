"""`pdmodel trial`: virtual patients through a protocol, held against what was reported."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pdmodel.cli.console.options import Json, Out, Overwrite, Quiet

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from pdmodel.cli.verbs.trial_all import PredictionWish
    from pdmodel.trial import Calibration, TrialResult

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
    from pdmodel.cli.verbs.trial_words import say_patients, say_patterns
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
        say_patients(result)
        say_patterns(result)
    say(f"wrote {folder}: trial.json, table.csv, blocks, figures")


@trial.command()
def compare(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="TRIAL...",
            help="Published trials, module:object or path.py:object; with --all a set of trials, "
            "if several are published.",
        ),
    ] = None,
    patients: Patients = 1000,
    everything: Annotated[
        bool,
        typer.Option(
            "--all", help="Calibrate on the first trial of a published set, and predict all others."
        ),
    ] = False,
    calibrate: Annotated[
        bool, typer.Option("--calibrate", help="Calibrate the population on the first trial.")
    ] = False,
    weigh: Annotated[
        bool, typer.Option("--weigh", help="Weight the patients by the rates of the first trial.")
    ] = False,
    draws: Annotated[
        int | None,
        typer.Option(
            help="Populations that the calibration leaves open, for intervals: 8; 16 with --all."
        ),
    ] = None,
    seed: Seed = 1,
    model: Rival = None,
    threads: Threads = None,
    executor: Where = None,
    out: Out = None,
    overwrite: Overwrite = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run several trials in the same virtual patients and hold each against its reports.

    With --calibrate the population is fitted to the first trial, with --weigh its patients count
    as often as that trial had them; the others are predictions: nothing is touched between them.
    With --all every trial of a published set is run, each in its own patients, and one table says
    what was predicted, with intervals, hits and misses. Each trial gets a folder of its own in
    --out (results/trial, with --all results/predictions); what was stopped goes on there.

    Examples:
      pdmodel trial compare --all
      pdmodel trial compare phase2 high_dose low_dose --calibrate
      pdmodel trial compare phase2 my_trials.py:weekend --out results/mine
    """
    from pdmodel.catalogue import find_object
    from pdmodel.cli.console.terminal import say, say_first_run, say_json
    from pdmodel.cli.verbs.trial_all import PredictionWish
    from pdmodel.cli.verbs.trial_runs import TrialComparison, run_together
    from pdmodel.errors import InputError
    from pdmodel.trial import Trial

    if everything:
        wish = PredictionWish(
            names or [], patients, seed, model, threads, 16 if draws is None else draws, overwrite
        )
        _predict(
            wish, out or Path("results/predictions"), executor, calibrate or weigh, json, quiet
        )
        return
    if not names:
        raise InputError("name the trials to compare, or predict all of a set with --all")
    if calibrate and weigh:
        raise InputError("--calibrate moves parameters, --weigh none: choose one of them")
    asked = [find_object(name, "trial", "pdmodel.trials", Trial) for name in dict.fromkeys(names)]
    folder = out if out is not None else Path("results/trial")
    wanted = TrialComparison(
        tuple(asked), patients, seed, model, threads, calibrate=calibrate, weigh=weigh,
        draws=8 if draws is None else draws,
    )  # fmt: skip
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


def _predict(
    wish: PredictionWish, folder: Path, executor: str | None, tuned: bool, json: bool, quiet: bool
) -> None:
    """Predict all trials of a set, and say or print what came out."""
    from pdmodel.cli.console.terminal import say, say_first_run, say_json
    from pdmodel.cli.verbs.trial_all import run_all, say_predictions
    from pdmodel.errors import InputError

    if tuned:
        raise InputError("--all calibrates on the first trial of the set: leave the others out")
    say_first_run(quiet or json)
    with chosen_executor(executor) as pool:
        result = run_all(wish, folder, pool, quiet or json)
    if json:
        say_json(result.to_dict())
    elif quiet:
        say(f"wrote {folder}: predictions.csv, trials.json, figures, a folder a trial")
    else:
        say_predictions(result, folder)


def chosen_executor(address: str | None) -> AbstractContextManager[Executor | None]:
    """Open what --executor names; without it, nothing: the work is done here."""
    from pdmodel.executors import open_executor

    return nullcontext() if address is None else open_executor(address)


def _say_comparison(
    results: Sequence[TrialResult], calibration: Calibration | None, effective: float | None
) -> None:
    """Say what was calibrated or weighted, and of each trial who, how and what."""
    from pdmodel.cli.verbs.trial_words import (
        say_calibration,
        say_patients,
        say_patterns,
        say_weights,
    )

    if calibration is not None:
        say_calibration(calibration, results[0].trial)
    if effective is not None:
        say_weights(effective, results[0])
    for result in results:
        say_patients(result)
        say_patterns(result)
