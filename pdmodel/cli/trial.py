"""`pdmodel trial`: virtual patients through a protocol, held against what was reported."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pdmodel.cli.options import Json, Out, Overwrite, Quiet

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from pdmodel.trial import Calibration, Trial, TrialResult

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
    from pdmodel.cli.terminal import progress, say, say_first_run, say_json
    from pdmodel.cli.trial_pictures import draw_trial
    from pdmodel.cli.trial_words import say_patients, say_patterns
    from pdmodel.trial import Trial

    asked = find_object(name, "trial", "pdmodel.trials", Trial)
    place = out if out is not None else Path("results") / asked.name
    say_first_run(quiet or json)
    with chosen_executor(executor) as pool, progress(quiet or json) as report:
        result = asked.run(
            patients, seed, model=model, threads=threads, out=place, overwrite=overwrite,
            progress=report, executor=pool,
        )  # fmt: skip
    draw_trial(result, place / "figures")
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
    from pdmodel.cli.terminal import progress, say, say_first_run, say_json
    from pdmodel.cli.trial_pictures import draw_comparison
    from pdmodel.cli.trial_words import say_comparison
    from pdmodel.errors import InputError
    from pdmodel.trial import Trial

    if calibrate and weigh:
        raise InputError("--calibrate moves parameters, --weigh none: choose one of them")
    asked = [find_object(name, "trial", "pdmodel.trials", Trial) for name in dict.fromkeys(names)]
    place = out if out is not None else Path("results/trial")
    say_first_run(quiet or json)
    known, effective = None, None
    with chosen_executor(executor) as pool:
        if calibrate:
            known = _calibrate(asked[0], place, seed, model, threads, quiet or json)
            asked = [one.with_(population=known.population) for one in asked]
        open_ones = known.draws(draws, seed) if known is not None and draws else []
        results = []
        for one in asked:
            with progress(quiet or json) as report:
                result = one.run(
                    patients, seed, model=model, threads=threads, out=place / one.name,
                    overwrite=overwrite, progress=report, draws=open_ones, executor=pool,
                )  # fmt: skip
            results.append(result)
    if weigh:
        results, effective = _weigh(results, place)
    draw_comparison(results, place)
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


def _weigh(results: list[TrialResult], place: Path) -> tuple[list[TrialResult], float]:
    """Weight the patients by the first trial, and write weights and tables."""
    from pdmodel.storage import write_text
    from pdmodel.trial import weigh

    found = weigh(results[0].patterns, results[0].outcomes)
    lines = ["patient,weight", *(f"{n},{w:.17g}" for n, w in enumerate(found.weights))]
    write_text(place / "weights.csv", "\n".join(lines) + "\n")
    weighted = [result.weighted(found.weights) for result in results]
    for result in weighted:
        write_text(place / f"{result.trial.name}_weighted.csv", result.table.to_csv(index=False))
    return weighted, found.effective
