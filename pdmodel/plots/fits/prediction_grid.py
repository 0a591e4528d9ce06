"""Prediction grid: the rise of a fit's cost when each prediction is brought to another value."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure

from pdmodel.plots.base.label import unit_text
from pdmodel.plots.base.style import readable, styled
from pdmodel.plots.fits.profile_grid import Curve, draw_grid

if TYPE_CHECKING:
    from pdmodel.inference import PredictionProfile

_WORDS = {
    "level": "Value", "fold_change": "Fold of baseline", "ratio": "Ratio",
    "best": "Lowest at visits, fold of baseline", "time_to_best": "Time to best",
    "onset": "Onset", "duration": "Duration", "peak": "Peak",
    "peak_difference": "Difference of peaks", "nadir": "Nadir",
}  # fmt: skip
_AT_A_DAY = {"level", "fold_change", "ratio"}


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
    found = profile.predictions.itertuples()
    return draw_grid(
        profile, [Curve(row, _title(row), _label(row), row.scale == "log") for row in found]
    )


def _title(row: Any) -> str:
    name, groups = readable(row.observable), readable(row.group.replace("/", " over "))
    if row.kind == "peak_difference":
        groups = readable(row.group.replace("/", " minus "))
    return f"{name[:1].upper()}{name[1:]}, {groups}"


def _label(row: Any) -> str:
    """Return what is looked at, when, and its unit."""
    day = ""
    if not math.isnan(row.day):
        day = f" on day {row.day:g}" if row.kind in _AT_A_DAY else f" until day {row.day:g}"
    unit = unit_text(row.unit)
    return f"{_WORDS[row.kind]}{day}" + (f" ({unit})" if unit else "")
