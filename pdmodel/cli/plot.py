"""`pdmodel plot`: the figures of a result or simulation folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pdmodel.cli.options import Out
from pdmodel.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

    from pdmodel.inference import FitRecord, PredictionProfile, Profile
    from pdmodel.plots.figure import Drawn


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
    from pdmodel.cli.terminal import say
    from pdmodel.engine.record import holds_run, read_run
    from pdmodel.inference import read_result
    from pdmodel.inference.profile_folder import holds_profile
    from pdmodel.inference.profile_layout import LAYOUTS

    if not folder.is_dir():
        raise InputError(f"folder {str(folder)!r} does not exist")
    place = out if out is not None else folder / "figures"
    if holds_run(folder):
        files = draw_run(read_run(folder), place)
    elif any(holds_profile(folder, layout) for layout in LAYOUTS):
        files = draw_profiles(folder, place)
    else:
        files = draw_fit(read_result(folder), place)
    for file in files:
        say(f"wrote {file}")


def draw_run(run: xr.Dataset, place: Path) -> list[Path]:
    """Draw a simulation into a folder; returns the files."""
    from pdmodel import plots
    from pdmodel.engine.record import quantity_names

    clinical = None if "SPD" in run else quantity_names(run)
    return [plots.save(plots.plot_run(run, clinical), place / "run.png")]


def draw_profiles(folder: Path, place: Path) -> list[Path]:
    """Draw the profiles that a folder holds, of parameters and of predictions."""
    from pdmodel.inference import read_predictions, read_profile
    from pdmodel.inference.profile_folder import holds_profile
    from pdmodel.inference.profile_layout import PREDICTIONS

    files = [draw_profile(read_profile(folder), place)] if holds_profile(folder) else []
    if holds_profile(folder, PREDICTIONS):
        files.append(draw_predictions(read_predictions(folder), place))
    return files


def draw_profile(found: Profile, place: Path) -> Path:
    """Draw the profiles of a fit into a folder; returns the file."""
    from pdmodel import plots

    return plots.save(plots.profile_grid(found), place / "profiles.png")


def draw_predictions(found: PredictionProfile, place: Path) -> Path:
    """Draw the profiles of predictions into a folder; returns the file."""
    from pdmodel import plots

    return plots.save(plots.prediction_grid(found), place / "predictions.png")


def draw_fit(result: FitRecord, place: Path) -> list[Path]:
    """Draw the figures of a fit into a folder; returns the files."""
    from pdmodel import plots

    figures: dict[str, Drawn] = {
        "response_panels": plots.response_panels(result),
        "target_forest": plots.target_forest(result),
        "start_waterfall": plots.start_waterfall(result),
    }
    return [plots.save(figure, place / f"{name}.png") for name, figure in figures.items()]
