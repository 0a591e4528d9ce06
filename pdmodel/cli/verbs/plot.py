"""`pdmodel plot`: the figures of a result folder, drawn again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from pdmodel.cli.console.options import Form, Out, Size


def plot(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder that any verb of pdmodel wrote.")
    ],
    out: Out = None,
    form: Form = "png",
    size: Size = "page",
    time_unit: Annotated[
        str | None,
        typer.Option(metavar="UNIT", help="Read time in hour, day, week or month."),
    ] = None,
) -> None:
    """Draw the figures of a result folder again; by default into DIR/figures.

    A slide is as wide as a screen, and letters grow with it; a square is for pages of two columns
    and posters. What a folder holds is drawn, whatever wrote it; no model is run.

    Examples:
      pdmodel plot results/response
      pdmodel plot results/trial --size slide --out slides
      pdmodel plot run --out paper --format pdf --time-unit week
    """
    from pdmodel.cli.console.terminal import say
    from pdmodel.plots.folders import figures_of_folder

    figures = figures_of_folder(folder, form, size=size, time_unit=time_unit)
    for file in save_figures(figures, folder, out):
        say(f"wrote {file}")


def save_figures(figures: Mapping[str, bytes], folder: Path, out: Path | None) -> list[Path]:
    """Write figures into the folder they were drawn from, or straight into another one."""
    from pdmodel.storage import write_figures

    if out is None:
        return write_figures(folder, figures)
    return write_figures(out, {Path(name).name: content for name, content in figures.items()})
