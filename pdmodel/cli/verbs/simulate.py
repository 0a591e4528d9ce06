"""`pdmodel simulate`: one patient under one regimen."""

from __future__ import annotations

import shlex
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pdmodel.cli.console.options import (
    Json,
    ModelName,
    Out,
    Overwrite,
    Quiet,
    choose_patient,
    split_names,
)
from pdmodel.errors import InputError
from pdmodel.text import rounded

if TYPE_CHECKING:
    import xarray as xr


def simulate(
    context: typer.Context,
    model: ModelName,
    days: Annotated[float, typer.Option("--days", "-d", help="Length of the run.")],
    regimen: Annotated[
        str | None,
        typer.Option("--regimen", "-r", help="E.g. '10 mg daily'; 'none' gives nothing."),
    ] = None,
    events: Annotated[
        Path | None, typer.Option(help="NONMEM-style table of events, instead of a regimen.")
    ] = None,
    subject: Annotated[
        str | None, typer.Option(help="Which ID of the events; the only one by default.")
    ] = None,
    time_unit: Annotated[str, typer.Option(help="Unit of time in the events.")] = "day",
    drop: Annotated[
        str | None, typer.Option(metavar="A,B", help="Columns of the events that are not read.")
    ] = None,
    patient: Annotated[
        str | None, typer.Option("--patient", "-p", help="A published patient, or path.py:object.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Another value of a parameter."),
    ] = None,
    quantities: Annotated[
        str | None,
        typer.Option(metavar="A,B", help="What to return; all states and observables by default."),
    ] = None,
    engine: Annotated[str | None, typer.Option(help="compiled (the default) or scipy.")] = None,
    method: Annotated[
        str | None,
        typer.Option(help="Of SciPy: LSODA, odeint, Radau, BDF, DOP853 or RK45."),
    ] = None,
    out: Out = None,
    overwrite: Overwrite = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Simulate a model under a regimen.

    With --out, writes trajectories (netCDF and CSV), a figure and a manifest to a new folder.

    Examples:
      pdmodel simulate reference -r "10 mg daily" -d 270 -p responder -o run
      pdmodel simulate reference -r "25 mg days 1-21 of 28" -d 84 --set tone=2
      pdmodel simulate reference --events doses.csv --subject 3 --days 84
    """
    from pdmodel.catalogue import load
    from pdmodel.engine import simulate as run_model
    from pdmodel.storage import check_place

    chosen = load(model)
    person = choose_patient(chosen, patient, settings or [])
    if out is not None:
        check_place(out, "simulation", overwrite)
    names = split_names(quantities)
    if engine != "scipy" and method is None:
        from pdmodel.cli.console.terminal import say_first_run

        say_first_run(quiet)
    run = run_model(
        chosen, choose_doses(regimen, events, subject, time_unit, split_names(drop)),
        days=days, patient=person, quantities=names, engine=engine, method=method,
        extremes=True, smooth=True,
    )  # fmt: skip
    if out is not None:
        _write(run, out, overwrite, shlex.join(["pdmodel", *(context.obj or ())]))
    if json:
        _say_json(run)
    elif not quiet:
        _say_summary(run)
    if out is not None and not json:
        from pdmodel.cli.console.terminal import say

        say(f"wrote {out}{'' if str(out).endswith('/') else '/'}")


def choose_doses(
    regimen: str | None,
    events: Path | None,
    subject: str | None,
    time_unit: str,
    drop: Sequence[str] | None,
) -> Any:
    """Return what is given: a regimen in words, or the events of one subject."""
    if (regimen is None) == (events is None):
        raise InputError("say what is given: either --regimen or --events")
    if events is None:
        for name, given in (("--subject", subject), ("--drop", drop)):
            if given is not None:
                raise InputError(f"{name} belongs to --events, and none are given")
        return regimen
    from pdmodel.cli.console.terminal import note
    from pdmodel.dosing import read_events

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        table = read_events(events, time=time_unit, drop=drop or ())
    for warning in told:
        note(f"note: {warning.message}")
    if subject is None and len(table.subjects) > 1:
        names = ", ".join(list(table.subjects)[:12])
        many = f"{str(events)!r} holds {len(table.subjects)} subjects"
        raise InputError(f"{many}; say which: --subject ({names})")
    return table.subject(subject if subject is not None else next(iter(table.subjects)))


def _write(run: xr.Dataset, out: Path, overwrite: bool, command: str) -> None:
    from pdmodel.engine.run_folder import write_run
    from pdmodel.plots.figures import draw_figures
    from pdmodel.storage import new_result, write_content

    with new_result(out, "simulation", overwrite) as folder:
        for name, content in draw_figures("run", run).items():
            write_content(folder / name, content)
        write_run(run, folder, command)


def _say_json(run: xr.Dataset) -> None:
    from pdmodel.cli.console.terminal import say_json
    from pdmodel.engine.run_folder import days_shown, quantity_names

    names = ["time", *quantity_names(run)]
    data: dict[str, Any] = {
        key: run.attrs[key] for key in ("model", "model_hash", "regimen", "patient", "days")
    }
    data["units"] = {name: run[name].attrs["units"] for name in names}
    data["values"] = {name: run[name].values.tolist() for name in names}
    data["values"]["time"] = days_shown(run).tolist()
    try:
        say_json(data)
    except ValueError as error:
        raise InputError(f"a quantity is not a finite number: {error}") from error


def _say_summary(run: xr.Dataset) -> None:
    from pdmodel.cli.console.terminal import say, say_table
    from pdmodel.engine.run_folder import run_summary

    who = run.attrs["patient"] or "default values"
    say(f"{run.attrs['model']}, {who}: {run.attrs['regimen']}, {run.attrs['days']:g} days")
    say()
    rows = [
        (row["quantity"], row["unit"], rounded(row["start"]),
         rounded(row["lowest"]), rounded(row["lowest_day"]),
         rounded(row["highest"]), rounded(row["highest_day"]), rounded(row["end"]))
        for row in run_summary(run).to_dict("records")
    ]  # fmt: skip
    columns = ("quantity", "unit", "start", "lowest", "day", "highest", "day", "end")
    say_table(columns, rows, right=columns[2:], whole=("quantity",))
