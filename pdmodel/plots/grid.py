"""A grid of panels over time: columns share their days, each with a dose strip at its foot."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pdmodel.dosing import Regimen
from pdmodel.errors import RegimenError
from pdmodel.plots.dose_strip import dose_strip, drug_rows
from pdmodel.plots.figure import new_figure
from pdmodel.plots.style import COLUMN_WIDTH, PAGE_WIDTH

_PANEL, _STRIP_ROW, _FOOT, _HEAD = 1.35, 0.3, 0.3, 0.35  # inches
_STEPS = (1, 2, 7, 14, 28, 56, 84, 168, 364, 728)
_MOST_TICKS = 7


class PanelGrid(NamedTuple):
    """A figure with its panels, column by column, and the dose strip of each column."""

    figure: Figure
    columns: tuple[tuple[Axes, ...], ...]
    strips: tuple[Axes, ...]


def panel_grid(
    counts: Sequence[int], days: Sequence[float], regimen: str | Regimen, drug: str | None = None
) -> PanelGrid:
    """Lay out columns of panels.

    Parameters
    ----------
    counts
        Panels of each column.
    days
        Length of the time axis of each column.
    regimen
        For the dose strips; words that cannot be read are shown as they are.
    drug
        Name of the main drug.
    """
    rows, height = max(counts), _strip_height(regimen, max(days), drug)
    width = PAGE_WIDTH if len(counts) > 1 else COLUMN_WIDTH
    figure = new_figure(width, rows * _PANEL + height + _FOOT + _HEAD)
    ratios = [_PANEL] * rows + [height]
    cells = figure.add_gridspec(rows + 1, len(counts), height_ratios=ratios)
    columns, strips = [], []
    for column, (count, end) in enumerate(zip(counts, days, strict=True)):
        strip = figure.add_subplot(cells[rows, column])
        _draw_strip(strip, regimen, end, drug)
        panels = [figure.add_subplot(cells[row, column], sharex=strip) for row in range(count)]
        for panel in panels:
            panel.tick_params(labelbottom=False)
        if column:
            strip.tick_params(labelleft=False)
        strip.set_xticks(day_ticks(end))
        strip.set_xlim(-0.015 * end, 1.015 * end)
        columns.append(tuple(panels))
        strips.append(strip)
    return PanelGrid(figure, tuple(columns), tuple(strips))


def day_ticks(days: float) -> list[float]:
    """Return ticks in whole days, weeks or cycles of 28 days.

    Examples
    --------
    >>> day_ticks(336)
    [0.0, 56.0, 112.0, 168.0, 224.0, 280.0, 336.0]
    """
    fitting = [step for step in _STEPS if days / step < _MOST_TICKS]
    step = fitting[0] if fitting else _STEPS[-1] * math.ceil(days / _STEPS[-1] / _MOST_TICKS)
    return [float(n * step) for n in range(math.floor(days / step + 1e-9) + 1)]


def _draw_strip(strip: Axes, regimen: str | Regimen, days: float, drug: str | None) -> None:
    try:
        dose_strip(regimen, days, strip, drug=drug)
    except RegimenError:  # doses of one's own have no words they can be read from
        dose_strip("no drug", days, strip)
        strip.set_yticks([0.5], [str(regimen)])


def _strip_height(regimen: str | Regimen, days: float, drug: str | None) -> float:
    try:
        rows = len(drug_rows(regimen, days, drug))
    except RegimenError:
        rows = 1
    return _STRIP_ROW * max(rows, 1)
