"""Prediction grid: the rise of a fit's cost when each prediction is brought to another value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure

from pdmodel.inference.targets.kinds import find_kind
from pdmodel.plots.base.axes import unit_text
from pdmodel.plots.base.figure import ResultFigure
from pdmodel.plots.base.style import readable, styled
from pdmodel.plots.base.words import words_for
from pdmodel.plots.fits.profile_grid import Curve, draw_grid
from pdmodel.text import capitalised

if TYPE_CHECKING:
    from pdmodel.inference import PredictionProfile


@styled
def prediction_grid(profile: PredictionProfile) -> Figure:
    """Draw a panel a prediction: the rise of the cost against it, all parameters fitted again.

    Parameters
    ----------
    profile
        From `profile_predictions`, or a folder read back.

    Returns
    -------
    matplotlib.figure.Figure
        Drawn as `profile_grid` does.

    Raises
    ------
    InputError
        If nothing was profiled.
    """
    words = words_for(profile)
    return draw_grid(
        profile,
        [
            Curve(row, _title(row, words), _label(row), row.scale == "log")
            for row in profile.predictions.itertuples()
        ],
    )


def _title(row: Any, words: Mapping[str, str]) -> str:
    name = capitalised(readable(row.observable, words))
    groups = readable(find_kind(row.kind).group_words(row.group), words)
    return f"{name}, {groups}"


def _label(row: Any) -> str:
    """Return what is measured, when, and its unit."""
    unit = unit_text(row.unit)
    return find_kind(row.kind).axis_words(row.day) + (f" ({unit})" if unit else "")


FIGURE = ResultFigure(
    "How far each prediction can go while all parameters are fitted again.", prediction_grid
)
