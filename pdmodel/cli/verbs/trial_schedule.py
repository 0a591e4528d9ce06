"""`pdmodel trial schedule`: benefit against harm over a grid of schedules."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pdmodel.cli.console.options import Json, Out, Overwrite, Quiet
from pdmodel.cli.verbs.trial import Patients, Rival, Seed, Threads, Where, chosen_executor

if TYPE_CHECKING:
    from pdmodel.trial import Calibration, ScheduleResult, Search


def schedule(
    name: Annotated[
        str,
        typer.Argument(
            metavar="SEARCH", help="A published search, module:object or path.py:object."
        ),
    ],
    patients: Patients = 512,
    seed: Seed = 1,
    model: Rival = None,
    calibration: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Population of a calibration.json, as `trial compare` writes it."
        ),
    ] = None,
    draws: Annotated[
        int, typer.Option(help="Populations that the calibration leaves open, for the bands.")
    ] = 4,
    limit: Annotated[
        float | None, typer.Option(help="Largest rate of harm of what is called best.")
    ] = None,
    threads: Threads = None,
    executor: Where = None,
    out: Out = None,
    overwrite: Overwrite = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Compare schedules: benefit against harm, the front, and the best for whom.

    Writes to results/schedule unless --out says otherwise; a search that was stopped goes on there.
    All schedules are run in the same patients. What comes out is a hypothesis about a model, not
    advice for a patient.

    Examples:
      pdmodel trial schedule my_search.py
      pdmodel trial schedule lenalidomide --calibration results/trial/calibration.json
      pdmodel trial schedule my_search.py:weekly --patients 2000 --limit 0.4
    """
    from pdmodel.catalogue import find_object
    from pdmodel.cli.console.terminal import progress, say, say_first_run, say_json
    from pdmodel.cli.verbs.trial_runs import populations_left_open
    from pdmodel.plots.kept import figures_and_facts
    from pdmodel.trial import Search, run_search

    asked = find_object(name, "search", "pdmodel.searches", Search)
    calibrated = _calibration(asked, calibration)
    if calibrated is not None:
        asked = asked.with_population(calibrated.population)
    folder = out if out is not None else Path("results/schedule")
    say_first_run(quiet or json)
    with chosen_executor(executor) as pool, progress(quiet or json) as report:
        result = run_search(
            asked, patients, seed, model=model, limit=limit, threads=threads, out=folder,
            draws=populations_left_open(calibrated, draws, seed),
            overwrite=overwrite, draw=partial(figures_and_facts, "search"), progress=report,
            executor=pool,
        )  # fmt: skip
    if json:
        say_json(result.to_dict())
        return
    if not quiet:
        _say(result, calibration)
    say(f"wrote {folder}: schedules.csv, best.csv, trial.json, figures, blocks")


def _calibration(asked: Search, file: Path | None) -> Calibration | None:
    from pdmodel.trial import read_calibration

    return None if file is None else read_calibration(file, asked.trial)


def _say(result: ScheduleResult, calibration: Path | None) -> None:
    """Print the front, and the best for each type of patient."""
    from pdmodel.cli.console.terminal import heading, say, say_table, say_wrapped

    search, front = result.search, result.table[result.table["front"]]
    heading(f"{search.name}: {search.title}")
    said = f"calibrated in {calibration}" if calibration else "not calibrated (--calibration)"
    say(f"{len(result.table)} schedules in {result.patients} patients; population {said}")
    rates = [search.say(name) for name in (search.benefit, search.harm)]
    say(f"the {len(front)} that no other betters, {rates[0]} against {rates[1]}:")
    dosed = ["mean_dose"] if front["mean_dose"].notna().any() else []
    rows = [
        (
            row["label"], _rate(row, "benefit"), _rate(row, "harm"), f"{row['front_share']:.0%}",
            *(f"{row[name]:.0%}" for name in search.also), *(f"{row[name]:.3g}" for name in dosed),
        )
        for row in front.sort_values("harm").to_dict("records")
    ]  # fmt: skip
    also = [*map(search.say, search.also), *("mean dose" for _ in dosed)]
    heads = ("schedule", *rates, "on the front", *also)
    say_table(heads, rows, right=heads[1:])
    heading(f"Most {rates[0]} with {rates[1]} within {result.limit:.0%}, for whom")
    rows = [_best(row) for row in result.best.to_dict("records")]
    columns = ("patients", "number", "schedule", "benefit", "harm", "best in", "")
    say_table(columns, rows, right=("number", "benefit", "harm", "best in"))
    say_wrapped(
        "Bands hold 90 % of resampled patients; 'best in' and 'on the front' are shares of them. "
        "This is a hypothesis about a model, not advice."
    )


def _best(row: Mapping[Any, Any]) -> tuple[str, ...]:
    """Return the cells of a type of patient; without a best schedule, why."""
    who = row["type"], str(row["patients"])
    if not isinstance(row["label"], str):
        return *who, "-", "-", "-", "-", row["note"]
    rates = (_rate(row, name) for name in ("benefit", "harm"))
    return *who, row["label"], *rates, f"{row['best_share']:.0%}", row["note"]


def _rate(row: Mapping[Any, Any], name: str) -> str:
    value, low, high = (row[f"{name}{end}"] for end in ("", "_low", "_high"))
    return f"{value:.0%} ({low:.0%}-{high:.0%})"
