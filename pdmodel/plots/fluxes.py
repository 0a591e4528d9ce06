"""Fluxes: which process moves a state, gains stacked upwards and losses downwards."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes

from pdmodel.errors import InputError
from pdmodel.plots.figure import own_axes
from pdmodel.plots.grid import day_ticks
from pdmodel.plots.label import unit_text
from pdmodel.plots.style import INK, OTHERS, PAGE_WIDTH, readable, styled

_HATCHES = ("", "////", "....", "\\\\\\\\", "xxxx", "----")


@styled
def plot_fluxes(table: pd.DataFrame, ax: Axes | None = None, *, title: str = "") -> Axes:
    """Draw the processes of a state as stacked areas, and their sum as a line.

    Parameters
    ----------
    table
        What `flux_table` returns: days as index, a signed column for each process.
    ax
        Where to draw; new axes by default.
    title
        Of the axes, e.g. the name of the state.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    InputError
        If the table has no process.
    """
    if table.empty:
        raise InputError("the table of fluxes is empty")
    panel = own_axes(ax, PAGE_WIDTH * 0.75, 2.8)
    days = table.index.to_numpy(dtype=float)
    above, below = np.zeros(days.size), np.zeros(days.size)
    for index, name in enumerate(map(str, table.columns)):
        rates = table[name].to_numpy(dtype=float)
        gain, loss = np.clip(rates, 0, None), np.clip(rates, None, 0)
        label: str | None = readable(name)
        for base, part in ((above, gain), (below, loss)):
            if part.any() or (label and part is loss):
                _fill(panel, days, base, base + part, index, label)
                label = None
        above, below = above + gain, below + loss
    panel.plot(days, above + below, color=INK, lw=1.1, label="net change")
    panel.axhline(0, color=INK, lw=0.6)
    unit = unit_text(str(table.attrs.get("units", "")))
    panel.set_ylabel(f"Rate ({unit})" if unit else "Rate (per day)")
    panel.set_xlabel("Time on treatment (days)")
    panel.set_xlim(days[0], days[-1])
    panel.set_xticks([tick for tick in day_ticks(float(days[-1])) if tick >= days[0]])
    panel.set_title(title)
    panel.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return panel


def _fill(
    panel: Axes,
    days: npt.NDArray[np.float64],
    base: npt.NDArray[np.float64],
    edge: npt.NDArray[np.float64],
    index: int,
    label: str | None,
) -> None:
    panel.fill_between(
        days, base, edge, facecolor=OTHERS[index % len(OTHERS)], label=label, edgecolor="white",
        hatch=_HATCHES[index % len(_HATCHES)], linewidth=0.3,
    )  # fmt: skip
