"""`pdmodel plot`: the figures of a result or simulation folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pdmodel.cli.console.options import Out
from pdmodel.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

    from pdmodel.inference import FitRecord, PredictionProfile, Profile
    from pdmodel.plots.base.figure import Drawn


def plot(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder that fit, profile or simulate wrote.")
    ],
    out: Out = None,
) -> None:
    """Draw the figures of a result or simulation folder; by default into DIR/figures.

    Examples:
      pdmodel plot results/response
      pdmodel plot run --out slides
    """
    from pdmodel.cli.console.terminal import say
    from pdmodel.engine.run_folder import holds_run, read_run
    from pdmodel.inference import read_result
    from pdmodel.inference.profile.folder import LAYOUTS, holds_profile
    from pdmodel.storage import place_of, reading

    if not place_of(folder).is_dir():
        raise InputError(f"folder {str(folder)!r} does not exist")
    with reading(folder):
        if holds_run(folder):
            figures = run_figures(read_run(folder))
        elif any(holds_profile(folder, layout) for layout in LAYOUTS):
            figures = stored_profiles(folder)
        else:
            figures = fit_figures(read_result(folder))
    for file in save_figures(figures, folder, out):
        say(f"wrote {file}")


def save_figures(figures: Mapping[str, bytes], folder: Path, out: Path | None) -> list[Path]:
    """Write figures into the folder they were drawn from, or straight into another one."""
    from pdmodel.storage import write_figures

    if out is None:
        return write_figures(folder, figures)
    return write_figures(out, {Path(name).name: content for name, content in figures.items()})


def run_figures(run: xr.Dataset) -> dict[str, bytes]:
    """Return the figure of a simulation by its path."""
    from pdmodel import plots
    from pdmodel.engine.run_folder import quantity_names

    usual = "SPD" in run or run.attrs.get("asked")
    drawn = plots.plot_run(run, None if usual else quantity_names(run))
    return plots.images({"run": drawn})


def stored_profiles(folder: Path) -> dict[str, bytes]:
    """Return the figures of the profiles that a folder holds, of parameters and of predictions."""
    from pdmodel.inference import read_predictions, read_profile
    from pdmodel.inference.profile.folder import PREDICTIONS, holds_profile

    figures = profile_figures(read_profile(folder)) if holds_profile(folder) else {}
    if holds_profile(folder, PREDICTIONS):
        figures |= prediction_figures(read_predictions(folder))
    return figures


def profile_figures(found: Profile) -> dict[str, bytes]:
    """Return the figure of profiles by its path."""
    from pdmodel import plots

    return plots.images({"profiles": plots.profile_grid(found)})


def prediction_figures(found: PredictionProfile) -> dict[str, bytes]:
    """Return the figure of profiles of predictions by its path."""
    from pdmodel import plots

    return plots.images({"predictions": plots.prediction_grid(found)})


def fit_figures(result: FitRecord) -> dict[str, bytes]:
    """Return the figures of a fit by path."""
    from pdmodel import plots

    figures: dict[str, Drawn] = {
        "response_panels": plots.response_panels(result),
        "target_forest": plots.target_forest(result),
        "start_waterfall": plots.start_waterfall(result),
    }
    return plots.images(figures)
