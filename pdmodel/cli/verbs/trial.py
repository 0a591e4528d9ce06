"""`pdmodel trial`: virtual patients through a protocol, held against what was reported."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pdmodel.cli.console.options import Json, Out, Overwrite, Quiet

if TYPE_CHECKING:
    from concurrent.futures import Executor

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
    from pdmodel.cli.verbs.trial_output import say_patients, say_patterns
    from pdmodel.cli.verbs.trial_pictures import trial_images
    from pdmodel.trial import Trial

    asked = find_object(name, "trial", "pdmodel.trials", Trial)
    place = out if out is not None else Path("results") / asked.name
    say_first_run(quiet or json)
    with chosen_executor(executor) as pool, progress(quiet or json) as report:
        result = asked.run(
            patients, seed, model=model, threads=threads, out=place, overwrite=overwrite,
            draw=trial_images, progress=report, executor=pool,
        )  # fmt: skip
    if json:
        say_json(result.to_dict())
        return
    if not quiet:
        say_patients(result)
        say_patterns(result)
    say(f"wrote {place}: trial.json, table.csv, blocks, figures")


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
    from pdmodel.cli.verbs.trial_output import say_comparison
    from pdmodel.cli.verbs.trial_runs import Together, run_together
    from pdmodel.errors import InputError
    from pdmodel.trial import Trial

    if calibrate and weigh:
        raise InputError("--calibrate moves parameters, --weigh none: choose one of them")
    asked = [find_object(name, "trial", "pdmodel.trials", Trial) for name in dict.fromkeys(names)]
    place = out if out is not None else Path("results/trial")
    wanted = Together(
        tuple(asked), patients, seed, model, threads, calibrate=calibrate, weigh=weigh, draws=draws
    )
    say_first_run(quiet or json)
    with chosen_executor(executor) as pool:
        results, known, effective = run_together(wanted, place, overwrite, pool, quiet or json)
    if json:
        say_json([result.to_dict() for result in results])
        return
    if not quiet:
        say_comparison(results, known, effective)
    inside = sum(int(result.table["inside"].sum()) for result in results if len(result.table))
    said = f"{inside} of {sum(len(result.table) for result in results)} patterns inside"
    say(f"wrote {place}: {', '.join(result.trial.name for result in results)}, figures; {said}")


def chosen_executor(address: str | None) -> AbstractContextManager[Executor | None]:
    """Open what --executor names; without it, nothing: the work is done here."""
    from pdmodel.executors import open_executor

    return nullcontext() if address is None else open_executor(address)
