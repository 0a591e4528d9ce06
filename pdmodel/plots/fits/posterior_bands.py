"""Posterior bands: what the draws of a posterior predict of each group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pdmodel.errors import InputError
from pdmodel.inference import Panel
from pdmodel.plots.base.axes import outside_legend, plain_ticks, title_text, unit_label, wrapped
from pdmodel.plots.base.day_band import drawn_times
from pdmodel.plots.base.figure import ResultFigure, new_figure
from pdmodel.plots.base.style import (
    COLUMN_WIDTH,
    PAGE_WIDTH,
    Stroke,
    readable,
    strokes,
    styled,
)
from pdmodel.plots.base.time_axis import name_time
from pdmodel.plots.base.words import pair_of_groups, words_for
from pdmodel.plots.fits.panels import declared_panels, group_names

if TYPE_CHECKING:
    from pdmodel.inference.posterior.posterior import Posterior

_COLUMNS = 3
_EVERY_ROW = 42.0  # days of a fine panel


@styled
def posterior_bands(
    posterior: Posterior, *, panels: Sequence[Panel] | None = None, time_unit: str | None = None
) -> Figure:
    """Draw the median, the middle half and 90 % of the courses that the draws predict.

    Parameters
    ----------
    posterior
        Draws and their bands.
    panels
        What is drawn; by default what the published question to the model declares, and a panel for
        each further quantity.
    time_unit
        In which time is read: `hour`, `day`, `week` or `month`; by default days, hours in short
        runs.

    Raises
    ------
    InputError
        If no quantity is among them.
    """
    bands = {relative: posterior.bands(over_baseline=relative) for relative in (False, True)}
    posterior_only, words = bands[False], words_for(posterior)
    drawn = _panels(posterior, posterior_only) if panels is None else list(panels)
    if not drawn:
        raise InputError("the posterior holds no quantity that can be drawn")
    every = group_names(posterior_only)
    pair = pair_of_groups(every)
    groups = [group for group in every if group in pair]
    columns = min(len(drawn), _COLUMNS)
    rows = -(-len(drawn) // columns)
    figure = new_figure(PAGE_WIDTH if columns > 1 else COLUMN_WIDTH, 0.4 + 1.75 * rows)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    looks = strokes(groups, pair)
    for ax, panel in zip(axes, drawn, strict=False):
        array = bands[panel.relative][panel.observable]
        _draw_panel(ax, panel, array, looks, words)
        name_time(ax, float(ax.dataLim.x1), time_unit)
        ax.set_title(
            wrapped(panel.title or title_text(posterior_only[panel.observable], words), 34)
        )
    for ax in axes[len(drawn) :]:
        ax.set_axis_off()
    handles, labels = axes[0].get_legend_handles_labels()
    outside_legend(figure, handles, labels)
    return figure


def _panels(posterior: Posterior, posterior_only: xr.Dataset) -> list[Panel]:
    """Return the declared panels of the first groups, then one for each further quantity."""
    declared = [
        panel for panel in declared_panels(posterior)
        if panel.observable in posterior_only and panel.groups != "others"
    ]  # fmt: skip
    seen = {panel.observable for panel in declared}
    return [*declared, *(Panel(str(name)) for name in posterior_only.data_vars if name not in seen)]


def _draw_panel(
    ax: Axes,
    panel: Panel,
    array: xr.DataArray,
    looks: dict[str, Stroke],
    words: Mapping[str, str],
) -> None:
    for group, look in looks.items():
        course = array.sel(group=group).transpose("quantile", "time").dropna("time")
        days = course["time"].values
        end = _EVERY_ROW if panel.fine else float(days[-1])
        inside = drawn_times(days, end, fine=panel.fine)
        low, lower, middle, upper, high = course.values[:, inside]
        for bottom, top, alpha in ((low, high, 0.15), (lower, upper, 0.3)):
            ax.fill_between(days[inside], bottom, top, color=look.colour, alpha=alpha, lw=0)
        ax.plot(
            days[inside], middle, color=look.colour, ls=look.dashes, lw=1.2,
            label=f"{readable(group, words)}: median, 50 and 90 %",
        )  # fmt: skip
    ax.set_ylabel("fold of baseline" if panel.relative else panel.unit or unit_label(array))
    if panel.log:
        ax.set_yscale("log")
        plain_ticks(ax.yaxis)
    elif float(array.min()) >= 0:
        ax.set_ylim(bottom=0)


FIGURE = ResultFigure(
    "What the posterior of {} predicts.",
    lambda result: {
        name.replace("@", "_at_"): posterior_bands(posterior)
        for name, posterior in result.posteriors.items()
    },
)
