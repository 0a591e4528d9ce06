"""`pdmodel simulate`: patients under a regimen, with and without interventions."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from pdmodel.cli.console.completion import patient_names
from pdmodel.cli.console.event_tables import (
    AmountUnit,
    Codes,
    Covariates,
    Drop,
    Rules,
    SubjectName,
    TableOptions,
)
from pdmodel.cli.console.options import (
    Form,
    Json,
    ModelName,
    Out,
    Overwrite,
    Quiet,
    Size,
    as_days,
    choose_patient,
    split_names,
)
from pdmodel.cli.verbs.simulate_choice import (
    choose_against,
    choose_doses,
    choose_interventions,
    choose_swaps,
    choose_weight,
    remark_on_late_doses,
)
from pdmodel.cli.verbs.simulate_output import Wanted, say_one, say_several

_AGAINST = "`control`, the same run without the intervention, or the folder of another run."


def simulate(
    context: typer.Context,
    model: ModelName,
    days: Annotated[
        float,
        typer.Option(
            "--days", "-d", metavar="DAYS", parser=as_days, help="Length, e.g. 84 or '12 weeks'."
        ),
    ],
    regimen: Annotated[
        str | None,
        typer.Option(
            "--regimen",
            "-r",
            help="E.g. '10 mg daily', '80 mg once', '40 mg every 14 days', '5 mg twice daily for "
            "6 weeks', 'loading 160 mg then 40 mg every 2 weeks', '3 mg/kg on days 1, 15, 43' "
            "(day 1 is time 0); 'placebo' gives nothing; ' + ' gives both.",
        ),
    ] = None,
    weight: Annotated[
        str | None, typer.Option(metavar="KG", help="Body weight for doses per kg, e.g. '70 kg'.")
    ] = None,
    intervention: Annotated[
        list[str] | None,
        typer.Option(help="A published intervention; --regimen replaces the drug it brings."),
    ] = None,
    against: Annotated[str | None, typer.Option(metavar="WHAT", help=_AGAINST)] = None,
    swap: Annotated[
        list[str] | None,
        typer.Option(metavar="MECHANISM", help="A rival that is put into its slot."),
    ] = None,
    events: Annotated[
        Path | None, typer.Option(help="NONMEM-style table of events, instead of a regimen.")
    ] = None,
    subject: SubjectName = None,
    time_unit: Annotated[
        str | None,
        typer.Option(
            metavar="UNIT", help="Of time in the events; without them, in figure and tables."
        ),
    ] = None,
    drop: Drop = None,
    amount: AmountUnit = None,
    covariates: Covariates = None,
    rules: Rules = None,
    evid: Codes = None,
    patient: Annotated[
        list[str] | None,
        typer.Option(
            "--patient",
            "-p",
            help="A published patient, or path.py:object; repeatable.",
            autocompletion=patient_names,
        ),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Another value of a parameter."),
    ] = None,
    quantities: Annotated[
        str | None,
        typer.Option(metavar="A,B", help="What to return; all states and observables by default."),
    ] = None,
    every: Annotated[
        float | None,
        typer.Option(metavar="DAYS", parser=as_days, help="From row to row, e.g. '1 hour'."),
    ] = None,
    engine: Annotated[str | None, typer.Option(help="compiled (the default) or scipy.")] = None,
    method: Annotated[
        str | None,
        typer.Option(help="Of SciPy: LSODA, odeint, Radau, BDF, DOP853 or RK45."),
    ] = None,
    form: Form = "png",
    size: Size = "page",
    out: Out = None,
    overwrite: Overwrite = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Simulate a model under a regimen.

    Several patients, interventions or --against make several runs: one figure, one table.
    With --out, writes trajectories (netCDF and CSV), a figure and a manifest to a new folder.

    Examples:
      pdmodel simulate reference -r "10 mg daily" -d 270 -p responder -o run
      pdmodel simulate reference -r "25 mg days 1-21 of 28" -d 84 --set tone=2
      pdmodel simulate reference -d 84 -r "5 mg daily" -p nonresponder
        --intervention tnf_blockade --against control
      pdmodel simulate reference --events doses.csv --subject 3 --days 84
    """
    from pdmodel.catalogue import home_of, load
    from pdmodel.hypotheses.discrimination.with_and_without import Asked, arms_of, simulate_arms

    chosen, near = load(model), home_of(model)
    table = TableOptions(subject, time_unit, drop, amount, covariates, rules, evid)
    doses = choose_doses(regimen, events, table, intervention)
    people = [choose_patient(chosen, name, settings or [], near) for name in (patient or (None,))]
    control, others = choose_against(against)
    chosen_arms = choose_interventions(near, intervention or [])
    asked = Asked(
        chosen, people, doses, chosen_arms, choose_swaps(chosen, swap or []), control,
        choose_weight(weight, regimen, chosen, chosen_arms),
    )  # fmt: skip
    arms, pairs = arms_of(asked)
    stored, held = others.beside(list(arms))
    command = shlex.join(["pdmodel", *(context.obj or ())])
    wanted = Wanted(out, overwrite, command, form, size, time_unit if events is None else None)
    wanted.check(several=len(arms) + len(stored) > 1)
    if engine != "scipy" and method is None:
        from pdmodel.cli.console.terminal import say_first_run

        say_first_run(quiet)
    made = simulate_arms(
        arms, days=days, every=every, quantities=split_names(quantities), engine=engine,
        method=method,
    )  # fmt: skip
    remark_on_late_doses(regimen, chosen, days)
    runs, pairs = {**made, **stored}, {**pairs, **held}
    wanted.write(runs, pairs)
    if len(runs) > 1:
        say_several(runs, pairs, chosen, wanted.of_tables, json=json, quiet=quiet)
    else:
        say_one(next(iter(runs.values())), wanted.of_tables, json=json, quiet=quiet)
    if out is not None and not json:
        from pdmodel.cli.console.terminal import say

        say(f"wrote {out}{'' if str(out).endswith('/') else '/'}")
