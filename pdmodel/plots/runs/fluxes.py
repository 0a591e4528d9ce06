"""Fluxes: which process moves a state, gains stacked upwards and losses downwards."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pdmodel.arguments import shown
from pdmodel.arrays import Array
from pdmodel.engine.fluxes import mean_fluxes
from pdmodel.errors import InputError
from pdmodel.plots.base.axes import unit_text
from pdmodel.plots.base.figure import own_axes
from pdmodel.plots.base.style import INK, OTHERS, PAGE_WIDTH, readable, styled
from pdmodel.plots.base.time_axis import set_time_ticks, time_label, unit_of_time
from pdmodel.plots.base.words import words_of

_HATCHES = ("", "////", "....", "\\\\\\\\", "xxxx", "----")
# A run of so many days is drawn as means of its days, a shorter one as it runs within them.
_DAYS_FOR_MEANS = 7.0


@styled
def plot_fluxes(
    table: pd.DataFrame,
    ax: Axes | None = None,
    *,
    title: str = "",
    every: float | None = None,
    time_unit: str | None = None,
) -> Axes:
    """Draw the processes of a state as stacked areas, and their sum as a line.

    What is drawn of a run of a week or more is the mean of each day, for a rate just before a dose
    says little of the day. The rates of a run at times that were asked for are drawn as they are.

    Parameters
    ----------
    table
        What `flux_table` returns: days as index, a signed column for each process.
    ax
        Where to draw; new axes by default.
    title
        Of the axes, e.g. the name of the state.
    every
        Days of which means are drawn; 1 by default in a run of a week or more, else none.
    time_unit
        In which time is read: `hour`, `day`, `week` or `month`; by default days, hours in short
        runs.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    InputError
        If the table has no process, or means are asked for that its rows do not hold.
    """
    if not isinstance(table, pd.DataFrame):
        raise InputError(f"fluxes are drawn of what flux_table returns, got {shown(table)}")
    if table.empty:
        raise InputError("the table of fluxes is empty")
    drawn = means_to_draw(table, every)
    words = words_of(str(table.attrs.get("model", "")), str(table.attrs.get("model_hash", "")))
    panel = own_axes(ax, PAGE_WIDTH * 0.75, 2.8)
    days, rates = _steps(drawn)
    above, below = np.zeros(days.size), np.zeros(days.size)
    for index, name in enumerate(map(str, drawn.columns)):
        gain, loss = np.clip(rates[:, index], 0, None), np.clip(rates[:, index], None, 0)
        label: str | None = readable(name, words)
        for base, part in ((above, gain), (below, loss)):
            if part.any() or (label and part is loss):
                _fill(panel, days, base, base + part, index, label)
                label = None
        above, below = above + gain, below + loss
    panel.plot(days, above + below, color=INK, lw=1.1, label="net change")
    panel.axhline(0, color=INK, lw=0.6)
    panel.set_ylabel(_rate_label(drawn))
    unit = unit_of_time(float(days[-1]), time_unit)
    panel.set_xlabel(time_label(unit))
    panel.set_xlim(days[0], days[-1])
    set_time_ticks(panel, float(days[-1]), unit, first=float(days[0]))
    panel.set_title(title)
    panel.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return panel


def means_to_draw(table: pd.DataFrame, every: float | None = None) -> pd.DataFrame:
    """Return the means to draw, or the table where it holds means already or is drawn as it is.

    Parameters
    ----------
    table, every
        As for `plot_fluxes`.
    """
    if "every" in table.attrs:
        return table
    if every is not None:
        return mean_fluxes(table, every)
    span = float(table.index[-1]) - float(table.index[0])
    if span < _DAYS_FOR_MEANS or not table.attrs.get("whole", False):
        return table
    return mean_fluxes(table, 1.0)


def _steps(table: pd.DataFrame) -> tuple[Array, Array]:
    """Return days and rates to draw: a mean runs flat through its period."""
    days, rates = table.index.to_numpy(dtype=float), table.to_numpy(dtype=float)
    if "every" not in table.attrs:
        return days, rates
    ends = np.append(days[1:], float(table.attrs["until"]))
    return np.stack([days, ends], axis=1).ravel(), np.repeat(rates, 2, axis=0)


def _rate_label(table: pd.DataFrame) -> str:
    unit = unit_text(str(table.attrs.get("units", ""))) or "per day"
    every = table.attrs.get("every")
    if every is None:
        return f"Rate{'' if table.attrs.get('whole', True) else ' at the times shown'} ({unit})"
    period = "day" if every == 1 else f"{every:g} days"
    return f"Mean rate of each {period} ({unit})"


def _fill(
    panel: Axes, days: Array, base: Array, edge: Array, index: int, label: str | None
) -> None:
    panel.fill_between(
        days, base, edge, facecolor=OTHERS[index % len(OTHERS)], label=label, edgecolor="white",
        hatch=_HATCHES[index % len(_HATCHES)], linewidth=0.3,
    )  # fmt: skip
