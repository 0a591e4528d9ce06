"""A grid of panels over time: columns share their days, each with a dose strip at its foot."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pdmodel.plots.base.dose_strip import Strip, draw_strips, strips_height
from pdmodel.plots.base.figure import new_figure
from pdmodel.plots.base.style import COLUMN_WIDTH, PAGE_WIDTH

HEAD = 0.35  # inches that are set aside for a legend
_PANEL, _FOOT = 1.35, 0.3
_STEPS = (1, 2, 7, 14, 28, 56, 84, 168, 364, 728)
_MOST_TICKS = 7


class PanelGrid(NamedTuple):
    """A figure with its panels, column by column, and the dose strip of each column."""

    figure: Figure
    columns: tuple[tuple[Axes, ...], ...]
    strips: tuple[Axes, ...]


def panel_grid(counts: Sequence[int], days: Sequence[float], strips: Sequence[Strip]) -> PanelGrid:
    """Lay out columns of panels.

    Parameters
    ----------
    counts
        Panels of each column.
    days
        Length of the time axis of each column.
    strips
        What is given, below each column.
    """
    rows, height = max(counts), strips_height(strips, max(days))
    width = PAGE_WIDTH if len(counts) > 1 else COLUMN_WIDTH
    figure = new_figure(width, rows * _PANEL + height + _FOOT + HEAD)
    ratios = [_PANEL] * rows + [height]
    cells = figure.add_gridspec(rows + 1, len(counts), height_ratios=ratios)
    columns, feet = [], []
    for column, (count, end) in enumerate(zip(counts, days, strict=True)):
        strip = figure.add_subplot(cells[rows, column])
        draw_strips(strips, end, strip)
        panels = [figure.add_subplot(cells[row, column], sharex=strip) for row in range(count)]
        for panel in panels:
            panel.tick_params(labelbottom=False)
        if column:
            strip.tick_params(labelleft=False)
            for words in list(strip.texts):  # they stand in the first column
                words.remove()
        strip.set_xticks(day_ticks(end))
        strip.set_xlim(-0.04 * end, 1.015 * end)  # marks of the first day stand clear of the axis
        columns.append(tuple(panels))
        feet.append(strip)
    return PanelGrid(figure, tuple(columns), tuple(feet))


def day_ticks(days: float) -> list[float]:
    """Return ticks in whole days, weeks or cycles of 28 days; of a short axis, in parts of a day.

    Examples
    --------
    >>> day_ticks(336)
    [0.0, 56.0, 112.0, 168.0, 224.0, 280.0, 336.0]
    >>> day_ticks(0.01)
    [0.0, 0.002, 0.004, 0.006, 0.008, 0.01]
    """
    if 0 < days < 2:
        size = math.floor(math.log10(days)) - 1
        part = next(n for n in (1, 2, 5, 10, 20, 50) if days / (n * 10.0**size) < _MOST_TICKS)
        return [
            float(f"{n * part}e{size}") for n in range(int(days / (part * 10.0**size) + 1e-9) + 1)
        ]
    fitting = [step for step in _STEPS if days / step < _MOST_TICKS]
    step = fitting[0] if fitting else _STEPS[-1] * math.ceil(days / _STEPS[-1] / _MOST_TICKS)
    return [float(n * step) for n in range(math.floor(days / step + 1e-9) + 1)]
