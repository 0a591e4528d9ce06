"""`pdmodel fit-data`: a model fitted to measured courses of patients."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pdmodel.cli.console.event_tables import (
    READING,
    AmountUnit,
    Codes,
    Covariates,
    Drop,
    Rules,
    TableOptions,
    remarks,
)
from pdmodel.cli.console.options import (
    Json,
    ModelName,
    Out,
    Overwrite,
    Quiet,
    as_days,
    read_bounds,
    read_values,
    split_names,
)
from pdmodel.cli.console.question import Bounds, Free, Jobs, Seed
from pdmodel.cli.verbs.fit_data_run import DataFit, Level, PopulationOptions
from pdmodel.errors import InputError

if TYPE_CHECKING:
    from pdmodel.inference import Question

METHODS = ("pooled", "each", "population")
_PATTERNS, _PATIENTS = "Patterns beside the data", "Populations"


def fit_data(
    model: ModelName,
    data: Annotated[
        Path, typer.Argument(metavar="DATA.csv", help="Doses and measured values, a row each.")
    ],
    observe: Annotated[
        list[str],
        typer.Option(
            metavar="ANALYTE=QUANTITY",
            help="What was measured, by its word in DVID (or column): A=parent,B=metabolite; "
            "C=none leaves it out. A quantity alone stands for all.",
        ),
    ],
    own: Annotated[
        str | None, typer.Option(metavar="A,B", help="Parameters that each patient has of its own.")
    ] = None,
    free: Free = None,
    error: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND",
            help="How measurements err: additive, proportional, combined or log (the default); of "
            "several QUANTITY=log,... The standard deviation is estimated; log:0.3 begins "
            "there, log:0.3:fixed holds it.",
        ),
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(
            metavar="pooled|each|population",
            help="One value for all; a value of --own for each; or --own as random effects.",
        ),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="NAME=VALUE", help="What is held, or where the search begins."
        ),
    ] = None,
    bounds: Bounds = None,
    time_unit: Annotated[
        str | None,
        typer.Option(
            "--time", "--time-unit", metavar="UNIT", help="Of TIME; day.", rich_help_panel=READING
        ),
    ] = None,
    amount: AmountUnit = None,
    drop: Drop = None,
    covariates: Covariates = None,
    rules: Rules = None,
    evid: Codes = None,
    against: Annotated[
        str | None,
        typer.Option(metavar="MODEL,...", help="Rival models on the same data: AICc and BIC."),
    ] = None,
    targets: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Target table.", rich_help_panel=_PATTERNS),
    ] = None,
    regimen: Annotated[
        str | None,
        typer.Option("--regimen", "-r", help="Of its groups.", rich_help_panel=_PATTERNS),
    ] = None,
    days: Annotated[
        float | None,
        typer.Option(
            metavar="DAYS",
            parser=as_days,
            help="Of targets without a day; also '12 weeks'.",
            rich_help_panel=_PATTERNS,
        ),
    ] = None,
    differ: Annotated[
        str | None,
        typer.Option(
            metavar="A,B", help="What differs between its groups.", rich_help_panel=_PATTERNS
        ),
    ] = None,
    covariance: Annotated[
        list[str] | None,
        typer.Option(
            metavar="diagonal|full|A,B",
            rich_help_panel=_PATIENTS,
            help="Which random effects go together; diagonal. A block a word.",
        ),
    ] = None,
    effect: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=COVARIATE:KIND:REFERENCE",
            rich_help_panel=_PATIENTS,
            help="What a covariate does: CL=WGT:power:70; allometric, exponential, below, above, "
            "equal.",
        ),
    ] = None,
    scale: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=log|logit|plain",
            rich_help_panel=_PATIENTS,
            help="Scale of a random effect; log.",
        ),
    ] = None,
    spread: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=SD",
            rich_help_panel=_PATIENTS,
            help="Where its standard deviation begins; NAME=SD:fixed holds it.",
        ),
    ] = None,
    hold: Annotated[
        str | None,
        typer.Option(
            metavar="A,B",
            rich_help_panel=_PATIENTS,
            help="Typical values that are not estimated.",
        ),
    ] = None,
    likelihood: Annotated[
        str | None,
        typer.Option(
            metavar="focei|laplace", rich_help_panel=_PATIENTS, help="How effects are averaged."
        ),
    ] = None,
    simulations: Annotated[
        int | None,
        typer.Option(
            rich_help_panel=_PATIENTS, help="Of NPDE and the visual check; 300, 0 for none."
        ),
    ] = None,
    starts: Annotated[
        int | None,
        typer.Option(help="The first at declared values, others drawn; 4."),
    ] = None,
    seed: Seed = 1,
    max_evaluations: Annotated[int | None, typer.Option(help="Budget of one start; 120.")] = None,
    profile: Annotated[
        bool, typer.Option("--profile", help="Profile what was fitted, too; see --level.")
    ] = False,
    level: Level = None,
    jobs: Jobs = None,
    out: Out = None,
    overwrite: Overwrite = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Fit a model to measured courses of patients, each on their own doses.

    DATA.csv is an event table as NONMEM reads it (ID, TIME, AMT, EVID, DV, DVID, CENS ...), or a
    wide one with a column an analyte. Values below or above a limit count by the likelihood of
    their interval. Writes to results/NAME-OF-FILE unless --out says otherwise; a fit that was
    stopped goes on there. Then pdmodel profile DIR, report DIR and plot DIR know what was asked.
    With --against each model is fitted into a folder of its name, and a table says which is best.

    Examples:
      pdmodel fit-data my.py pk.csv --time hour --observe conc --free ka,CL,V
      pdmodel fit-data my.py pk.csv --observe A=parent,B=metabolite --own CL
        --free ka,V --error parent=log,metabolite=combined --level 0.9
      pdmodel fit-data my.py pk.csv --time hour --observe conc --own ka,CL,V
        --method population --covariance full --effect CL=WGT:power:70
      pdmodel fit-data my.py:one pk.csv --observe conc --own CL
        --against my.py:two,my.py:three
    """
    table = TableOptions(None, time_unit, drop, amount, covariates, rules, evid)
    patients = PopulationOptions(covariance, effect, scale, spread, hold, likelihood, simulations)
    asked = _question(
        model, data, observe, error, table, own=_own(own, method, patients), free=split_names(free),
        method=method, values=read_values(settings or []), bounds=read_bounds(bounds or ()),
        targets=targets, regimen=regimen, days=days, differ=split_names(differ),
    )  # fmt: skip
    wanted = DataFit(
        asked, patients, starts, seed, max_evaluations, jobs,
        out if out is not None else Path("results") / asked.name, overwrite,
        level if level is not None else (0.95 if profile else None),
        tuple(split_names(against) or ()), json, quiet,
    )  # fmt: skip
    with remarks():
        problem = asked.problem()
        wanted.check(problem)
    wanted.run(problem)


def _own(own: str | None, method: str | None, patients: PopulationOptions) -> list[Any] | None:
    """Return what is own: names, or of a population random effects."""
    names = split_names(own)
    return names if names is None or method != "population" else patients.random_effects(names)


def _question(
    model: str, data: Path, observe: Sequence[str], error: Sequence[str] | None,
    table: TableOptions, **settings: Any,
) -> Question:  # fmt: skip
    """Return what is asked of a data file, as its folder keeps it."""
    from pdmodel.catalogue import home_of
    from pdmodel.cli.console.data_words import read_error, read_observed
    from pdmodel.errors import unknown
    from pdmodel.inference import Question

    if not data.is_file():
        why = "is no file" if data.exists() else "does not exist"
        raise InputError(f"data file {str(data)!r} {why}")
    method = settings["method"]
    if method is not None and method not in METHODS:
        raise unknown("--method", method, METHODS)
    given = {name: value for name, value in settings.items() if value is not None}
    question = Question(
        data.stem, "", model, data=data, observed=read_observed(observe),
        error=read_error(error or ()), reading=table.words, **given,
    )  # fmt: skip
    # what is written here is looked for from here, not beside the file of the model
    return question.at(home_of(model)._replace(file=""))
