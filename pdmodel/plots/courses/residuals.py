"""Residuals of measured values: against time, against what is fitted, and against normal ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scipy.special import ndtri

from pdmodel.arrays import Array
from pdmodel.errors import InputError
from pdmodel.plots.base.axes import outside_legend
from pdmodel.plots.base.figure import ResultFigure, new_figure
from pdmodel.plots.base.style import FIRST, GREY, INK, PAGE_WIDTH, SECOND, styled
from pdmodel.plots.base.time_axis import set_time_ticks, unit_of_time
from pdmodel.plots.courses.measured import (
    MeasuredQuantity,
    at_least,
    decimal_ticks,
    draw_measured,
    measured_quantities,
    measured_quantity,
)
from pdmodel.plots.courses.trend import smooth_trend

_ROW = 2.1  # inches
_ENOUGH = 20  # points from which on a trend is drawn
OUTSIDE = 1.96
"""Beyond which one in twenty normal residuals lies."""


@styled
def residuals(result: Any, *, time_unit: str | None = None) -> Figure:
    """Draw standardised residuals, a row a quantity: measured minus fitted over the error's sd.

    Parameters
    ----------
    result
        With the table `measurements` of a fit to measured courses.
    time_unit
        In which time is read: `hour`, `day`, `week` or `month`; by default days, hours in short
        runs.

    Returns
    -------
    matplotlib.figure.Figure
        Left against time, in the middle against fitted values, with a smooth trend where there are
        20 values or more, right against normal residuals. Of a population the conditional weighted
        residuals, against time and the typical subject. What is censored has no residual.

    Raises
    ------
    InputError
        If the result has no measurements, or if all of them are censored.
    """
    measured_quantity(result)  # refuses a result without
    quantities = measured_quantities(result)
    drawn = [quantity for quantity in quantities if _has_any(quantity)]
    if not drawn:
        raise InputError("all measured values are censored, and those have no residuals")
    figure = new_figure(PAGE_WIDTH, _ROW * len(drawn) + 0.35)
    panels = figure.subplots(len(drawn), 3, squeeze=False)
    smooth = False
    for axes, quantity in zip(panels, drawn, strict=True):
        smooth |= _draw_row(axes, quantity, time_unit)
    empty = [quantity.title for quantity in quantities if not _has_any(quantity)]
    if empty:
        figure.supxlabel(f"All censored, without residuals: {', '.join(empty)}", fontsize=7)
    outside_legend(figure, _legend(smooth), grow=0.3)
    return figure


def _has_any(quantity: MeasuredQuantity) -> bool:
    return bool(quantity.rows["residual"].notna().any())


def _draw_row(axes: Sequence[Axes], quantity: MeasuredQuantity, time_unit: str | None) -> bool:
    """Draw the panels of a quantity; return whether there is a trend."""
    column, fitted, label, below = _columns(quantity.rows)
    rows = quantity.rows[quantity.rows[column].notna()]
    own = rows.assign(value=rows[column])
    values = own["value"].to_numpy(float)
    over_time, over_fitted, against_normal = axes
    days, at, left = own["day"].to_numpy(float), own[fitted].to_numpy(float), ""
    if quantity.log:
        over_fitted.set_xscale("log")
        at, left = at_least(at, min((0.5 * x for x in at if x > 0), default=1.0))
    smooth = [
        _draw_against(ax, x, own, log=log)
        for ax, x, log in ((over_time, days, False), (over_fitted, at, quantity.log))
    ]
    last = max(days.max(), 1e-9)
    unit = unit_of_time(last, time_unit)
    set_time_ticks(over_time, last, unit)
    over_time.set_xlabel(f"Time ({unit.name}s)")
    over_fitted.set_xlabel(quantity.label(below) + left)
    if quantity.log:
        decimal_ticks(over_fitted, "x")
    _draw_normal(against_normal, own)
    over_time.set_title(_title(quantity, values))
    over_time.set_ylabel(label)
    most = max(2.6, 1.12 * np.abs(values).max())
    for ax in axes:
        ax.set_ylim(-most, most)
    return any(smooth)


def _columns(rows: pd.DataFrame) -> tuple[str, str, str, str]:
    """Return which residual stands against which fitted value, and the words of both axes."""
    if "cwres" in rows and rows["cwres"].notna().any():
        return "cwres", "typical", "Conditional weighted residual", "Typical subject, PRED"
    return "residual", "predicted", "Standardised residual", "Fitted"


def _title(quantity: MeasuredQuantity, values: Array) -> str:
    outside = int((np.abs(values) > OUTSIDE).sum())
    censored = int((quantity.rows["censored"] != "").sum())
    rest = f" ({censored} censored left out)" if censored else ""
    return f"{quantity.title}: {outside} of {values.size} beyond ±{OUTSIDE:g}{rest}"


def _draw_against(ax: Axes, x: Array, rows: pd.DataFrame, *, log: bool) -> bool:
    """Draw residuals against something, with a trend where there are enough."""
    ax.axhline(0, color=INK, lw=0.7, zorder=1)
    _draw_bounds(ax)
    draw_measured(ax, x, rows, face="none")
    if np.unique(x).size < 3 or x.size < _ENOUGH:
        return False
    places, trend = smooth_trend(np.log(x) if log else x, rows["value"].to_numpy(float))
    ax.plot(np.exp(places) if log else places, trend, color=FIRST, lw=1.3, zorder=4, gid="trend")
    return True


def _draw_bounds(ax: Axes) -> None:
    for side in (-OUTSIDE, OUTSIDE):
        ax.axhline(side, color=GREY, lw=0.8, ls=(0, (4, 2)), zorder=1, gid="bound")


def _draw_normal(ax: Axes, rows: pd.DataFrame) -> None:
    """Draw residuals in order against those that as many normal ones would be."""
    ordered = rows.sort_values("value")
    count = len(ordered)
    x: Array = ndtri((np.arange(count) + 0.5) / count)
    end = max(2.6, 1.12 * x[-1])
    _draw_bounds(ax)
    ax.plot([-9, 9], [-9, 9], color=SECOND, lw=0.9, ls=(0, (5, 1.5)), zorder=1, gid="normal")
    draw_measured(ax, x, ordered, face="none")
    ax.set_xlim(-end, end)
    ax.set_xlabel("Normal residual of the same rank")


def _legend(smooth: bool) -> list[Line2D]:
    trend = [Line2D([], [], color=FIRST, lw=1.3, label="smooth trend")] if smooth else []
    return [
        Line2D([], [], marker="o", mec=INK, mfc="white", mew=0.8, ms=4, lw=0, label="measured"),
        Line2D([], [], color=GREY, lw=0.8, ls=(0, (4, 2)), label="±1.96: 95 % of normal residuals"),
        *trend,
        Line2D([], [], color=SECOND, lw=0.9, ls=(0, (5, 1.5)), label="normally distributed"),
    ]


def _draw_any(result: Any, time_unit: str | None = None) -> Figure | None:
    drawn = any(map(_has_any, measured_quantities(result)))
    return residuals(result, time_unit=time_unit) if drawn else None


FIGURE = ResultFigure("Standardised residuals of the measured values.", _draw_any, timed=True)
