"""Visual predictive check: percentiles of what was measured beside those of simulated studies."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from pdmodel.plots.base.axes import outside_legend
from pdmodel.plots.base.figure import ResultFigure, new_figure
from pdmodel.plots.base.style import FIRST, GREY, INK, PAGE_WIDTH, SECOND, styled
from pdmodel.plots.base.time_axis import set_time_ticks, time_label, unit_of_time
from pdmodel.plots.courses.measured import (
    MeasuredQuantity,
    measured_quantities,
    measured_quantity,
    set_value_axis,
)

_MIDDLE = 50
_LIMIT = (0, (1, 1.5))  # dotted
_MOST_LIMITS = 3
_DASHES = {5: (0, (4, 2)), 50: "solid", 95: (0, (4, 2))}


@styled
def visual_check(check: pd.DataFrame, result: Any, *, time_unit: str | None = None) -> Figure:
    """Draw 5, 50 and 95 % of the measured values against bands of simulated percentiles.

    Parameters
    ----------
    check
        Of `visual_check`: a row a quantity, bin and percentile.
    result
        The population that it is of, for names, units and the measured values themselves.
    time_unit
        In which time is read: `hour`, `day`, `week` or `month`; by default days, hours in short
        runs.

    Returns
    -------
    matplotlib.figure.Figure
        A column a quantity: what was measured is open and dark, what was simulated is a band that
        holds 90 % of the simulated studies. Below it the share of censored values, where there are
        any; a measured percentile that lies beyond a limit is not known, and left out.
    """
    measured_quantity(result)  # refuses a result without
    checked = set(check["quantity"].astype(str))
    quantities = [each for each in measured_quantities(result) if each.name in checked]
    shares = bool((check[["censored_observed", "censored_simulated"]].max() > 0).any())
    columns = len(quantities)
    width = PAGE_WIDTH if columns > 1 else 4.6
    figure = new_figure(width, 3.3 + (1.0 if shares else 0.0))
    ratios = (2.6, 0.9) if shares else (1,)
    panels = figure.subplots(
        len(ratios), columns, squeeze=False, height_ratios=ratios, sharex="col"
    )  # fmt: skip
    for number, quantity in enumerate(quantities):
        rows = check[check["quantity"] == quantity.name]
        _draw_percentiles(panels[0, number], quantity, rows)
        if shares:
            _draw_shares(panels[1, number], rows, first=number == 0)
        _finish(panels[-1, number], rows, time_unit)
    limits = any(_limits(quantity) for quantity in quantities)
    outside_legend(
        figure, _legend(limits=limits, shares=shares), most=3, grow=0.3, handlelength=2.6
    )
    return figure


def _draw_percentiles(ax: Axes, quantity: MeasuredQuantity, rows: pd.DataFrame) -> None:
    seen = quantity.rows[quantity.rows["censored"] == ""]
    if quantity.log:
        ax.set_yscale("log")
    for limit in _limits(quantity):
        ax.axhline(limit, color=INK, lw=0.7, ls=_LIMIT, zorder=1.2, gid="limit")
    ax.plot(
        seen["day"], seen["value"], "o", mfc="none", mec=GREY, ms=2.2, mew=0.4, alpha=0.6,
        zorder=1, gid="measured",
    )  # fmt: skip
    drawn = [rows[name].to_numpy(float) for name in ("observed", "simulated_low", "simulated_high")]
    for percentile, own in rows.groupby("percentile"):
        colour = _colour(int(percentile))
        own = own.sort_values("day")
        _draw_band(ax, own, colour, int(percentile))
        ax.plot(
            own["day"], own["observed"], color=INK, ls=_DASHES[int(percentile)], lw=1.1, marker="o",
            ms=3.8, mfc="white", mec=INK, mew=0.8, zorder=3, gid=f"observed {percentile}",
        )  # fmt: skip
    set_value_axis(ax, quantity, drawn)
    ax.set_title(quantity.title)
    ax.set_ylabel(quantity.unit or quantity.title)


def _limits(quantity: MeasuredQuantity) -> list[float]:
    """Return the limits of quantification, where they are few."""
    censored = quantity.rows[quantity.rows["censored"] != ""]
    limits = sorted({*censored["low"], *censored["high"]})
    finite = [limit for limit in limits if np.isfinite(limit) and limit > 0]
    return finite if len(finite) <= _MOST_LIMITS else []


def _colour(percentile: int) -> str:
    return SECOND if percentile == _MIDDLE else FIRST


def _draw_band(ax: Axes, rows: pd.DataFrame, colour: str, percentile: int) -> None:
    """Draw the band of a percentile; a single bin is a bar as long as the bin."""
    days = rows["day"].to_numpy(float)
    ends = [rows[name].to_numpy(float) for name in ("simulated_low", "simulated_high")]
    middle = rows["simulated"].to_numpy(float)
    if days.size == 1:
        days = rows[["day_low", "day_high"]].to_numpy(float)[0]
        days = days if days[1] > days[0] else days + np.array([-0.5, 0.5])
        ends, middle = [np.repeat(end, 2) for end in ends], np.repeat(middle, 2)
    ax.fill_between(
        days, *ends, color=colour, alpha=0.25, lw=0, zorder=1.5, gid=f"band {percentile}"
    )
    ax.plot(days, middle, color=colour, lw=0.8, zorder=2, gid=f"simulated {percentile}")


def _draw_shares(ax: Axes, rows: pd.DataFrame, *, first: bool) -> None:
    """Draw the share of values that are censored, of a bin."""
    own = rows.drop_duplicates("bin").sort_values("day")
    ax.plot(
        own["day"], 100 * own["censored_simulated"], color=FIRST, lw=1.0, gid="share simulated"
    )  # fmt: skip
    ax.plot(
        own["day"], 100 * own["censored_observed"], "o", mfc="white", mec=INK, ms=3.8, mew=0.8,
        zorder=3, gid="share observed",
    )  # fmt: skip
    high = 100 * float(own[["censored_observed", "censored_simulated"]].to_numpy().max())
    ax.set_ylim(0, max(1.15 * high, 10))
    if first:
        ax.set_ylabel("Censored (%)")


def _finish(ax: Axes, rows: pd.DataFrame, time_unit: str | None) -> None:
    """Label the days; small ticks on the axis are the ends of bins."""
    last = float(rows["day_high"].max())
    unit = unit_of_time(last, time_unit)
    set_time_ticks(ax, last, unit)
    low = min(float(rows["day_low"].min()), 0.0)
    ax.set_xlim(low - 0.03 * (last - low), last + 0.03 * (last - low))
    ax.set_xlabel(time_label(unit))


def _legend(*, limits: bool, shares: bool) -> list[Any]:
    below = Line2D([], [], color=INK, lw=0.7, ls=_LIMIT, label="limit of quantification")
    share = Line2D([], [], color=FIRST, lw=1.0, label="simulated share of censored values")
    return [
        Line2D([], [], color=INK, lw=1.1, marker="o", mfc="white", ms=4, label="measured, median"),
        Line2D([], [], color=INK, lw=1.1, ls=_DASHES[5], marker="o", mfc="white", ms=4,
               label="measured, 5 and 95 %"),
        Line2D([], [], color=GREY, marker="o", mfc="none", ms=3, mew=0.5, lw=0, label="each value"),
        Patch(color=SECOND, alpha=0.3, lw=0, label="simulated median, 90 % of studies"),
        Patch(color=FIRST, alpha=0.3, lw=0, label="simulated 5 and 95 %, 90 % of studies"),
        *([below] if limits else []),
        *([share] if shares else []),
    ]  # fmt: skip


def _draw_any(result: Any, time_unit: str | None = None) -> Figure | None:
    check = getattr(result, "checked", None)
    if check is None or not measured_quantities(result):
        return None
    return visual_check(check, result, time_unit=time_unit)


FIGURE = ResultFigure(
    "Percentiles of the measured values against those of simulated studies.", _draw_any, timed=True
)
