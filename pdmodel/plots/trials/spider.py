"""Spider of a trial: the change of the nodes over time, a line a patient."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pdmodel.arrays import Array
from pdmodel.plots.base.figure import ResultFigure, new_figure
from pdmodel.plots.base.style import INK, PAGE_WIDTH, styled
from pdmodel.plots.base.time_grid import day_ticks
from pdmodel.plots.trials.patients import (
    RESPONSE_COLUMNS,
    RESPONSES,
    empty_figure,
    require_records,
    response_lines,
    response_of,
    shared_patients,
    sound_patients,
    why_empty,
)

_WIDTHS = {"complete": 1.6, "partial": 1.0, "none": 0.75}


@styled
def spider(
    records: xr.Dataset, outcomes: pd.DataFrame, *, limit: float = -50.0, most: float = 100.0
) -> Figure:
    """Draw the change of the nodes from baseline over time, in the colour of the response.

    Parameters
    ----------
    records
        With `SPD` over (patient, time), days; patients are matched by their label.
    outcomes
        A row a patient with `responder` and `complete` (0 or 1); `failed` = 1 are left out.
    limit
        Change that a partial response needs, in percent.
    most
        Where the axis ends at the top, in percent; lines that leave it there are counted in the
        figure.

    Raises
    ------
    InputError
        If a variable or column is missing.
    """
    sound = sound_patients(outcomes, RESPONSE_COLUMNS)
    require_records(records, ["SPD"])
    responses = response_of(sound.loc[shared_patients(records, sound)])
    if responses.empty:
        reason = "no patient has both records and outcomes"
        return empty_figure("Change of nodes", why_empty(outcomes, reason))
    days = records["time"].values.astype(float)
    spd = records["SPD"].sel(patient=list(responses.index)).values.astype(float)
    changes = 100 * (spd / spd[:, :1] - 1)
    figure = new_figure(PAGE_WIDTH, 3.1)
    ax = figure.add_subplot()
    left = _draw_lines(ax, days, changes, responses)
    _finish(ax, days, limit)
    _set_height(ax, days, changes, most)
    patients = "the only patient" if len(responses) == 1 else f"{len(responses)} patients"
    ax.set_title(f"Nodes of {patients} over time")
    figure.legend(
        handles=_legend(responses, limit, left), loc="outside lower center", ncols=5,
        columnspacing=1.3,
    )  # fmt: skip
    return figure


def _draw_lines(ax: Axes, days: Array, changes: Array, responses: pd.Series) -> int:
    """Draw nonresponders first, so that no response hides behind them; count who left."""
    left = 0
    for name in reversed(RESPONSES):
        look = RESPONSES[name]
        for row in np.flatnonzero(responses.to_numpy() == name):
            there = np.isfinite(changes[row])
            ax.plot(
                days[there], changes[row][there], color=look.colour, linestyle=look.dashes,
                lw=_WIDTHS[name], alpha=0.8, gid=name,
            )  # fmt: skip
            if there.any() and not there[-1]:
                left += 1
                last = np.flatnonzero(there)[-1]
                ax.plot(
                    days[last], changes[row, last], marker="o", ms=3.2, mfc="white", mew=0.9,
                    color=look.colour, linestyle="none", gid="left", zorder=3,
                )  # fmt: skip
    return left


def _finish(ax: Axes, days: Array, limit: float) -> None:
    ax.axhline(0, color=INK, lw=0.7, zorder=1)
    ax.axhline(limit, color=INK, lw=0.9, linestyle=(0, (4, 2)), zorder=3, gid="limit")
    ax.set_xticks(day_ticks(days[-1]))
    ax.set_xlim(-0.01 * days[-1], 1.01 * days[-1])
    ax.set_xlabel("Time on treatment (days)")
    ax.set_ylabel("Change of nodes, SPD (%)")


def _set_height(ax: Axes, days: Array, changes: Array, most: float) -> None:
    """Let the axis end where the lines do, but not above the most; say who goes on there."""
    finite = changes[np.isfinite(changes)]
    highest = float(finite.max()) if finite.size else 0.0
    ax.set_ylim(-104, min(max(1.08 * highest, 20.0), most))
    above = np.where(np.isfinite(changes), changes, -100) > most
    gone = above[above.any(axis=1)]
    if len(gone):
        words = "1 line leaves" if len(gone) == 1 else f"{len(gone)} lines leave"
        text = f"the axis ends at +{most:g} %: {words} it (▲), up to +{highest:.0f} %"
        ax.set_title(text, loc="right", fontsize=7, weight="normal")
        ax.plot(
            days[gone.argmax(axis=1)], [most] * len(gone), marker="^", ms=4, color=INK,
            linestyle="none", clip_on=False, gid="clipped",
        )  # fmt: skip


def _legend(responses: pd.Series, limit: float, left: int) -> list[Any]:
    handles: list[Any] = list(response_lines(responses))
    label = f"limit of response ({limit:g} %)".replace("-", "−")
    handles.append(Line2D([], [], color=INK, lw=0.9, linestyle=(0, (4, 2)), label=label))
    if left:
        handles.append(
            Line2D(
                [], [], color=INK, marker="o", mfc="white", ms=3.2, mew=0.9, lw=0,
                label=f"left the trial ({left})",
            )
        )  # fmt: skip
    return handles


FIGURE = ResultFigure(
    "Change over time of virtual patients.", lambda trial: spider(trial.records, trial.seen)
)
