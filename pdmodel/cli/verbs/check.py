"""`pdmodel check`: every fault of a model, and what moves without drug."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pdmodel.cli.console.options import Json, Quiet, as_days, split_names
from pdmodel.errors import ModelError
from pdmodel.text import counted, rounded

if TYPE_CHECKING:
    from pdmodel.model import Model

# A change beyond this share of the start is a movement, below it the integrator's error.
_DRIFT = 1e-6


def check(
    models: Annotated[
        list[str] | None,
        typer.Argument(metavar="[MODEL]...", help="Models to check; all published by default."),
    ] = None,
    growing: Annotated[
        str | None,
        typer.Option(
            metavar="STATES",
            help="States that may move without drug; any other that moves is a fault.",
        ),
    ] = None,
    days: Annotated[
        float, typer.Option(metavar="DAYS", parser=as_days, help="Length of the drug-free run.")
    ] = 200.0,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Check symbols, slots, cycles, dimensions, the drug-free start and its derivatives.

    Prints every fault, not only the first, and how far states drift without drug.

    Examples:
      pdmodel check
      pdmodel check my_models.py:mine --growing tumour_tissue,tumour_blood
    """
    from pdmodel import catalogue
    from pdmodel.cli.console.terminal import progress, say_json

    names = models or list(catalogue.models())
    allowed = split_names(growing)
    reports = []
    with progress(quiet or json) as report:
        for done, name in enumerate(names):
            report(done, len(names), name)
            reports.append(_examine(name, allowed, days))
    if json:
        say_json(reports)
    for examined in () if json else reports:
        _say_report(examined, quiet)
    if any(examined["faults"] for examined in reports):
        raise typer.Exit(2)


def _examine(name: str, growing: list[str] | None, days: float) -> dict[str, Any]:
    from pdmodel.catalogue import load

    try:
        model = load(name)
    except ModelError as error:
        return {"model": name, "faults": list(error.findings), "moves": [], "drift": []}
    return {"model": name} | _start(model, growing, days)


def _start(model: Model, growing: list[str] | None, days: float) -> dict[str, Any]:
    from pdmodel.engine.drug_free import STILL, drift, moving_states, start_faults, start_table
    from pdmodel.model.printing.text import parameter_rows

    for state in growing or ():
        model.vocabulary[state]  # an unknown name is an error with its nearest match
    table, run = start_table(model), drift(model, days=days)
    rows = parameter_rows(model)
    moving = table.loc[moving_states(table)].reset_index()
    # What starts at 0 has no share of its start: beside what flows through it, rounding is nothing.
    nothing = (STILL * days * table["turnover"]).reindex(run.index)
    least = nothing.where(run["start"] == 0, _DRIFT)
    drifted = run[run["change"].abs() > least].reset_index()
    return {
        "faults": start_faults(model, growing=growing),
        "states": len(model.states),
        "parameters": len(rows),
        "assumed": sum(row.status == "assumed" for row in rows),
        "counted": model.counted,
        "moves": [
            {"state": row["state"], "start": row["start"], "derivative": row["derivative"]}
            for row in moving.to_dict("records")
        ],
        "days": days,
        "drift": [
            {"state": row["state"], "start": row["start"], "end": row["end"],
             "ratio": row["ratio"] if row["start"] else None}
            for row in drifted.to_dict("records")
        ],
    }  # fmt: skip


def _say_report(report: dict[str, Any], quiet: bool) -> None:
    from pdmodel.cli.console.terminal import say, say_wrapped

    faults = report["faults"]
    if faults:
        count = counted(len(faults), "fault")
        say(f"{report['model']}: {count}", style="red")
        for fault in faults:
            say_wrapped(f"- {fault}", indent=2)
        return
    counts = f"{report['states']} states, {report['counted']}"
    say(f"{report['model']}: ok ({counts})", style="green")
    if not quiet:
        _say_movement(report)


def _say_movement(report: dict[str, Any]) -> None:
    """Print what moves in the drug-free run, and how fast it begins to."""
    from pdmodel.cli.console.terminal import say

    rates = {
        move["state"]: f", at first {move['derivative']:+.4g} a day" for move in report["moves"]
    }
    moved = report["drift"]
    say(f"  {'moves' if moved else 'nothing moves'} in {report['days']:g} days without drug")
    widest = max((len(row["state"]) for row in moved), default=0)
    for row in moved:
        ratio = f" (x{rounded(row['ratio'])})" if row["ratio"] is not None else ""
        change = f"{rounded(row['start'])} -> {rounded(row['end'])}{ratio}"
        say(f"    {row['state']:{widest}}  {change}{rates.get(row['state'], '')}")
