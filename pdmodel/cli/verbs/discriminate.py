"""`pdmodel discriminate`: which measurement would decide between hypotheses."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pdmodel.cli.console.options import (
    ComparedIn,
    ComparisonName,
    Json,
    Out,
    Quiet,
    comparison_folder,
    split_names,
)
from pdmodel.text import counted

if TYPE_CHECKING:
    from pdmodel.hypotheses import Discrimination


def discriminate(
    name: ComparisonName,
    hypotheses: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="HYPOTHESIS...", help="At least two; those that stand in --from by default."
        ),
    ] = None,
    source: ComparedIn = None,
    arms: Annotated[
        str | None,
        typer.Option(metavar="A,B", help="Interventions; those of the comparison by default."),
    ] = None,
    assays: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Another menu of assays.")
    ] = None,
    patients: Annotated[int, typer.Option("--patients", "-n", help="In each group and arm.")] = 10,
    posteriors: Annotated[
        Path | None,
        typer.Option(
            "--posteriors",
            metavar="DIR",
            help="Folder of `evidence`: parameter sets are draws of its posteriors.",
        ),
    ] = None,
    members: Annotated[int, typer.Option(help="Parameter sets of each hypothesis.")] = 32,
    seed: Annotated[int, typer.Option(help="They are drawn from it.")] = 1,
    out: Out = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Rank feasible measurements by their power to tell hypotheses apart.

    Each hypothesis predicts every measurement, with the parameter sets that the evidence leaves
    open; in the drug's arm alone and against interventions. Power is the mean chance that a true
    hypothesis has the other rejected at the 5 % level. Hypotheses that --from does not hold are
    fitted first and kept there.

    Examples:
      pdmodel discriminate response
      pdmodel discriminate response reference il6_marker --patients 20
    """
    from pdmodel.catalogue import find_object
    from pdmodel.cli.console.terminal import progress, say, say_first_run, say_json
    from pdmodel.hypotheses import Comparison, choose_arms, read_assays
    from pdmodel.hypotheses.discrimination.run import decide
    from pdmodel.plots.kept import figures_and_facts

    asked = find_object(name, "comparison", "pdmodel.comparisons", Comparison)
    folder = comparison_folder(asked.name, source, name)
    target = out if out is not None else folder / "discriminate"
    say_first_run(quiet or json)
    with progress(quiet or json) as report:
        result = decide(
            asked, hypotheses, folder, read_assays(assays or asked.assays, asked),
            choose_arms(asked, split_names(arms)), target, posteriors=posteriors, patients=patients,
            members=members, seed=seed, progress=report,
            draw=partial(figures_and_facts, "discrimination"),
        )  # fmt: skip
    if json:
        say_json(result.to_dict())
        return
    if not quiet:
        _say(result)
    say(f"wrote {target}: discrimination.json, measurements.csv, pairs.csv, figures")


def _say(result: Discrimination) -> None:
    from pdmodel.cli.console.terminal import say, say_table

    names = [hypothesis.name for hypothesis in result.hypotheses]
    say(f"telling apart {', '.join(names)}")
    for name in names:
        ensemble = result.ensembles[name]
        sets = counted(len(ensemble.members), "parameter set")
        say(f"- {name}: {sets}, drawn {ensemble.source}")
    say()
    rows = [
        (
            row.measurement, f"{row.power:.2f}", f"{row.least:.2f}", row.worst_pair,
            "> 200" if row.needed is None or row.needed != row.needed else f"{row.needed:.0f}",
        )
        for row in result.table.head(15).itertuples()
    ]  # fmt: skip
    columns = ("measurement", "power", "hardest", "hardest pair", "needed for 0.8")
    say_table(columns, rows, right=("power", "hardest", "needed for 0.8"))
    say()
    patients = counted(result.patients, "patient")
    say(f"power with {patients} in each group and arm; their spread is assumed")
