"""A grid of panels over time: columns share their days, each with a dose strip at its foot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pdmodel.plots.base.dose_strip import Strip, draw_strips, strips_height
from pdmodel.plots.base.figure import new_figure
from pdmodel.plots.base.style import COLUMN_WIDTH, PAGE_WIDTH
from pdmodel.plots.base.time_axis import set_time_ticks, unit_of_time

HEAD = 0.35  # inches that are set aside for a legend
_PANEL, _FOOT = 1.35, 0.3
_NO_STRIP = 0.02  # inches of an axis that has ticks and no strip above them


class PanelGrid(NamedTuple):
    """A figure with its panels, column by column, and the dose strip of each column."""

    figure: Figure
    columns: tuple[tuple[Axes, ...], ...]
    strips: tuple[Axes, ...]


def grid_height(counts: Sequence[int], strips: Sequence[Strip], days: float) -> float:
    """Return how high columns of panels with their strips are, without a legend, in inches.

    Parameters
    ----------
    counts, strips
        As for `panel_grid`.
    days
        Length of the longest time axis.
    """
    return max(counts) * _PANEL + (strips_height(strips, days) or _NO_STRIP) + _FOOT


def panel_grid(
    counts: Sequence[int],
    days: Sequence[float],
    strips: Sequence[Strip],
    time_unit: str | None = None,
) -> PanelGrid:
    """Lay out columns of panels.

    Parameters
    ----------
    counts
        Panels of each column.
    days
        Length of the time axis of each column.
    strips
        What is given, below each column; nothing where there are none.
    time_unit
        In which time is read: `hour`, `day`, `week` or `month`; by default days, hours in short
        runs.
    """
    unit = unit_of_time(max(days), time_unit)
    rows, height = max(counts), strips_height(strips, max(days)) or _NO_STRIP
    width = PAGE_WIDTH if len(counts) > 1 else COLUMN_WIDTH
    figure = new_figure(width, grid_height(counts, strips, max(days)) + HEAD)
    ratios = [_PANEL] * rows + [height]
    cells = figure.add_gridspec(rows + 1, len(counts), height_ratios=ratios)
    columns: list[tuple[Axes, ...]] = []
    feet: list[Axes] = []
    for column, (count, end) in enumerate(zip(counts, days, strict=True)):
        strip = figure.add_subplot(cells[rows, column])
        draw_strips(strips, end, strip, time_unit=unit.name)
        panels = [figure.add_subplot(cells[row, column], sharex=strip) for row in range(count)]
        for panel in panels:
            panel.tick_params(labelbottom=False)
        if column:
            strip.tick_params(labelleft=False)
            for words in list(strip.texts):  # they stand in the first column
                words.remove()
        set_time_ticks(strip, end, unit)
        strip.set_xlim(-0.04 * end, 1.015 * end)  # marks of the first day stand clear of the axis
        if not strips:  # the axis of the last panel is that of time
            strip.set_axis_off()
            panels[-1].tick_params(labelbottom=True)
            panels[-1].set_xlabel(strip.get_xlabel())
        columns.append(tuple(panels))
        feet.append(strip)
    return PanelGrid(figure, tuple(columns), tuple(feet))
