"""`pdmodel plot`: the figures of a result or simulation folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from pdmodel.cli.console.options import Form, Out
from pdmodel.errors import InputError


def plot(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", help="Folder that a fit, rival fits, profile or simulate wrote."
        ),
    ],
    out: Out = None,
    form: Form = "png",
    time_unit: Annotated[
        str | None,
        typer.Option(metavar="UNIT", help="Read time in hour, day, week or month."),
    ] = None,
) -> None:
    """Draw the figures of a result or simulation folder; by default into DIR/figures.

    Examples:
      pdmodel plot results/response
      pdmodel plot run --out slides --format svg --time-unit week
    """
    from pdmodel.cli.console.terminal import say
    from pdmodel.engine.run_folder import holds_run, holds_runs, read_run, read_runs
    from pdmodel.hypotheses.data_rivals import RIVALS, read_rivals
    from pdmodel.inference import read_result
    from pdmodel.inference.population.folder import POPULATION, read_population
    from pdmodel.inference.profile.folder import LAYOUTS, holds_profile
    from pdmodel.plots.figures import draw_figures
    from pdmodel.storage import holds, place_of, reading

    if not place_of(folder).is_dir():
        raise InputError(f"folder {str(folder)!r} does not exist")
    with reading(folder):
        if holds_run(folder):
            figures = draw_figures("run", read_run(folder), form, time_unit=time_unit)
        elif holds_runs(folder):
            figures = draw_figures("runs", read_runs(folder), form, time_unit=time_unit)
        elif any(holds_profile(folder, layout) for layout in LAYOUTS):
            figures = stored_profiles(folder, form)
        elif holds(folder, POPULATION):
            record = read_population(folder)
            figures = draw_figures("population", record, form, time_unit=time_unit)
        elif holds(folder, RIVALS):
            figures = draw_figures("rivals", read_rivals(folder), form)
        else:
            figures = draw_figures("fit", read_result(folder), form, time_unit=time_unit)
    for file in save_figures(figures, folder, out):
        say(f"wrote {file}")


def save_figures(figures: Mapping[str, bytes], folder: Path, out: Path | None) -> list[Path]:
    """Write figures into the folder they were drawn from, or straight into another one."""
    from pdmodel.storage import write_figures

    if out is None:
        return write_figures(folder, figures)
    return write_figures(out, {Path(name).name: content for name, content in figures.items()})


def stored_profiles(folder: Path, form: str = "png") -> dict[str, bytes]:
    """Return the figures of the profiles that a folder holds, of parameters and of predictions."""
    from pdmodel.inference import read_predictions, read_profile
    from pdmodel.inference.profile.folder import PREDICTIONS, holds_profile
    from pdmodel.plots.figures import draw_figures

    figures: dict[str, bytes] = {}
    if holds_profile(folder):
        figures |= draw_figures("profiles", read_profile(folder), form)
    if holds_profile(folder, PREDICTIONS):
        figures |= draw_figures("predictions", read_predictions(folder), form)
    return figures
