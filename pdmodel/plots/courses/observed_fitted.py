"""Observed against fitted: every measured value beside what the fit makes of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pdmodel.plots.base.axes import outside_legend
from pdmodel.plots.base.figure import ResultFigure, new_figure
from pdmodel.plots.base.style import FIRST, PAGE_WIDTH, styled
from pdmodel.plots.courses.measured import (
    MeasuredQuantity,
    at_least,
    decimal_ticks,
    draw_measured,
    measured_handles,
    measured_quantities,
    measured_quantity,
    span,
)

_SIDE = {1: 2.6, 2: 2.6, 3: 1.8}  # inches of a panel by the number of columns
_WORDS = {"predicted": "Fitted to the subject, IPRED", "typical": "Typical subject, PRED"}


class _Panel(NamedTuple):
    """A quantity, and the column of fitted values against which it is drawn."""

    quantity: MeasuredQuantity
    column: str
    words: str


@styled
def observed_fitted(result: Any) -> Figure:
    """Draw measured values against fitted ones, a panel a quantity; on the line both are equal.

    Parameters
    ----------
    result
        With the table `measurements` of a fit to measured courses.

    Returns
    -------
    matplotlib.figure.Figure
        Open markers; a triangle stands at the limit that a value lies beyond. Both axes are
        logarithmic where values are compared on the logarithm. Of a population there is a panel
        for what is fitted to the subjects themselves and one for typical subjects with the same
        covariates.

    Raises
    ------
    InputError
        If the result has no measurements.
    """
    measured_quantity(result)  # refuses a result without
    panels = [panel for each in measured_quantities(result) for panel in _panels(each)]
    population = any(panel.column == "typical" for panel in panels)
    columns = 2 if population else min(len(panels), 3)
    rows = math.ceil(len(panels) / columns)
    side = _SIDE[columns]
    figure = new_figure(PAGE_WIDTH if columns > 1 else 3.4, rows * (side + 0.65) + 0.35)
    for number, panel in enumerate(panels, start=1):
        _draw(figure.add_subplot(rows, columns, number), panel)
    outside_legend(figure, _legend(panels), grow=0.3)
    return figure


def _panels(quantity: MeasuredQuantity) -> list[_Panel]:
    if "typical" not in quantity.rows:
        return [_Panel(quantity, "predicted", "Fitted")]
    return [_Panel(quantity, column, words) for column, words in _WORDS.items()]


def _draw(ax: Axes, panel: _Panel) -> None:
    quantity = panel.quantity
    fitted = quantity.rows[panel.column].to_numpy(float)
    if quantity.log:
        ax.set_xscale("log")
        ax.set_yscale("log")
    ends = _ends(*span(quantity, [fitted]), log=quantity.log)
    fitted, left = at_least(fitted, ends[0])
    ax.plot(ends, ends, color=FIRST, lw=0.9, zorder=1, gid="equal")
    draw_measured(ax, fitted, quantity.rows, face="none")
    ax.set_xlim(ends)
    ax.set_ylim(ends)
    if quantity.log:
        decimal_ticks(ax, "xy")
    else:  # the same ticks on both
        ticks = [tick for tick in ax.get_xticks() if ends[0] <= tick <= ends[1]]
        ax.set_xticks(ticks)
        ax.set_yticks(ticks)
    ax.set_box_aspect(1)
    ax.set_title(quantity.title)
    ax.set_xlabel(quantity.label(panel.words) + left)
    ax.set_ylabel(quantity.label("Observed"))


def _ends(low: float, high: float, *, log: bool) -> tuple[float, float]:
    """Return the ends of both axes: some room, and 0 where it is near."""
    if log:
        return low / (high / low) ** 0.06, high * (high / low) ** 0.06
    room = 0.06 * (high - low)
    return (0.0 if 0 <= low < 0.3 * high else low - room), high + room


def _legend(panels: Sequence[_Panel]) -> list[Line2D]:
    handles = {
        str(handle.get_label()): handle
        for panel in panels
        for handle in measured_handles(panel.quantity.rows)
    }
    return [*handles.values(), Line2D([], [], color=FIRST, lw=0.9, label="observed = fitted")]


def _draw_any(result: Any) -> Figure | None:
    return observed_fitted(result) if measured_quantities(result) else None


FIGURE = ResultFigure("Every measured value against the fitted one.", _draw_any)
