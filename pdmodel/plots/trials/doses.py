"""Colours of doses in the pictures of a trial: few levels in steps, many on a smooth scale."""

from __future__ import annotations

from typing import NamedTuple

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.colors import BoundaryNorm, Colormap, LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure

from pdmodel.arrays import Array
from pdmodel.plots.base.label import unit_text

NONE_GIVEN = "white"
_STEPS = 8  # more levels than these are not told apart by eye
_SHADES = 256
# A map that is in order for all kinds of colour vision and on a grey printer; higher doses are
# darker, and the palest part is left out so that no dose looks like none.
_MAP, _PALEST = "YlGnBu", 0.22
_BAR_HEIGHT = 2.2  # inches


class DoseScale(NamedTuple):
    """Colours of doses.

    Parameters
    ----------
    colours, norm
        As matplotlib wants them; a dose of 0 is `NONE_GIVEN`.
    ticks
        Of the colour bar, in the unit of the dose.
    unit
        Of the dose, as on paper.
    """

    colours: Colormap
    norm: Normalize
    ticks: list[float]
    unit: str


def dose_scale(doses: Array, unit: str) -> DoseScale:
    """Return colours for doses.

    Parameters
    ----------
    doses
        Of any shape; NaN and 0 have no colour.
    unit
        Of the doses.
    """
    levels = np.unique(doses[np.isfinite(doses) & (doses > 0)])
    colours = _colours()
    if 0 < levels.size <= _STEPS:
        middle = (levels[1:] + levels[:-1]) / 2
        step = float(np.diff(levels).min()) if levels.size > 1 else float(levels[0])
        edges = [max(levels[0] - step / 2, levels[0] / 2), *middle, levels[-1] + step / 2]
        shades = np.linspace(0.0, 1.0, levels.size) if levels.size > 1 else np.array([0.5])
        stepped = LinearSegmentedColormap.from_list(
            "doses", [colours(0.5)] * 2 if levels.size == 1 else colours(shades), levels.size
        )
        norm: Normalize = BoundaryNorm(edges, levels.size)
        return _scale(stepped, norm, [float(level) for level in levels], unit)
    top = float(levels[-1]) if levels.size else 1.0
    ticks = [round(top * share, 1) for share in (0.25, 0.5, 0.75, 1.0)]
    return _scale(colours, Normalize(0.0, top), ticks, unit)


def dose_bar(figure: Figure, ax: Axes, scale: DoseScale, label: str) -> Colorbar:
    """Draw the colour bar of doses beside axes, with the unit a day in its label."""
    shrink = min(1.0, _BAR_HEIGHT / figure.get_figheight())
    bar = figure.colorbar(
        ScalarMappable(scale.norm, scale.colours), ax=ax, pad=0.015, aspect=20, fraction=0.05,
        shrink=shrink, anchor=(0.0, 1.0),
    )  # fmt: skip
    bar.set_ticks(scale.ticks, labels=[f"{tick:g}" for tick in scale.ticks])
    bar.ax.minorticks_off()
    bar.ax.tick_params(length=0)
    bar.set_label(f"{label} ({scale.unit}/day)" if scale.unit else label)
    return bar


def _colours() -> Colormap:
    shades = matplotlib.colormaps[_MAP](np.linspace(_PALEST, 1.0, _SHADES))
    return LinearSegmentedColormap.from_list("doses", shades, _SHADES)


def _scale(colours: Colormap, norm: Normalize, ticks: list[float], unit: str) -> DoseScale:
    whole = colours.with_extremes(under=NONE_GIVEN, bad=(1, 1, 1, 0))
    return DoseScale(whole, norm, ticks, unit_text(unit))
