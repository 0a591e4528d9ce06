"""Posterior bands: what the draws of a posterior predict of responders and nonresponders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pdmodel.errors import InputError
from pdmodel.plots.base.axes import outside_legend, plain_ticks, unit_label
from pdmodel.plots.base.figure import ResultFigure, new_figure
from pdmodel.plots.base.style import PAGE_WIDTH, Stroke, readable, strokes, styled
from pdmodel.plots.base.words import pair_of_groups, words_for
from pdmodel.plots.fits.response_panels import EARLY, LATE, Panel

if TYPE_CHECKING:
    from pdmodel.inference.posterior.posterior import Posterior

_MAIN = ("responder", "nonresponder")
_COLUMNS = 3
_FLARE = 42.0


@styled
def posterior_bands(posterior: Posterior) -> Figure:
    """Draw the median, the middle half and 90 % of the courses that the draws predict.

    Parameters
    ----------
    posterior
        Draws and their bands.

    Raises
    ------
    InputError
        If none of the usual quantities is among them.
    """
    bands = {relative: posterior.bands(over_baseline=relative) for relative in (False, True)}
    known = bands[False]
    panels = [
        p for p in (*LATE, *EARLY) if p.observable in known and p.groups != "other"
    ]  # fmt: skip
    if not panels:
        raise InputError("the posterior holds no quantity that can be drawn")
    groups = [g for g in map(str, known["group"].values) if g in _MAIN]
    groups = groups or list(map(str, known["group"].values))
    words = words_for(posterior)
    rows = -(-len(panels) // _COLUMNS)
    figure = new_figure(PAGE_WIDTH, 0.4 + 1.75 * rows)
    axes = figure.subplots(rows, _COLUMNS, squeeze=False).ravel()
    looks = strokes(groups, pair_of_groups(groups))
    for ax, panel in zip(axes, panels, strict=False):
        _panel(ax, panel, bands[panel.relative][panel.observable], looks, words)
    for ax in axes[len(panels) :]:
        ax.set_axis_off()
    handles, labels = axes[0].get_legend_handles_labels()
    outside_legend(figure, handles, labels)
    return figure


def _panel(
    ax: Axes,
    panel: Panel,
    array: xr.DataArray,
    looks: dict[str, Stroke],
    words: Mapping[str, str],
) -> None:
    for group, look in looks.items():
        course = array.sel(group=group).transpose("quantile", "time").dropna("time")
        days = course["time"].values
        # otherwise each day's value before its dose, as blood is drawn
        inside = days <= _FLARE if panel.groups else days % 1 == 0
        low, lower, middle, upper, high = course.values[:, inside]
        for bottom, top, alpha in ((low, high, 0.15), (lower, upper, 0.3)):
            ax.fill_between(days[inside], bottom, top, color=look.colour, alpha=alpha, lw=0)
        ax.plot(
            days[inside], middle, color=look.colour, ls=look.dashes, lw=1.2,
            label=f"{readable(group, words)}: median, 50 and 90 %",
        )  # fmt: skip
    ax.set_title(panel.title)
    ax.set_xlabel("Time on treatment (days)")
    ax.set_ylabel("fold of baseline" if panel.relative else _unit(panel, array))
    if panel.log:
        ax.set_yscale("log")
        plain_ticks(ax.yaxis)
    else:
        ax.set_ylim(bottom=0)


def _unit(panel: Panel, array: xr.DataArray) -> str:
    return "volume fraction" if panel.observable == "node_swelling" else unit_label(array)


FIGURE = ResultFigure(
    "What the posterior of {} predicts.",
    lambda result: {
        name.replace("@", "_at_"): posterior_bands(posterior)
        for name, posterior in result.posteriors.items()
    },
)
