"""Spider of a trial: the change of size over time, a line a patient."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pdmodel.arrays import Array
from pdmodel.errors import InputError
from pdmodel.plots.base.axes import outside_legend
from pdmodel.plots.base.figure import ResultFigure, new_figure
from pdmodel.plots.base.style import INK, PAGE_WIDTH, styled
from pdmodel.plots.base.time_axis import name_time
from pdmodel.plots.trials.patients import (
    ResponseLook,
    declared,
    empty_figure,
    limit_line,
    require_records,
    response_lines,
    response_looks,
    response_of,
    shared_patients,
    sound_patients,
    why_empty,
)
from pdmodel.text import capitalised
from pdmodel.trial import Endpoints


@styled
def spider(
    records: xr.Dataset,
    outcomes: pd.DataFrame,
    endpoints: Endpoints | None = None,
    *,
    limit: float | None = None,
    most: float = 100.0,
) -> Figure:
    """Draw the change of size from baseline over time, in the colour of the response.

    Parameters
    ----------
    records
        With the quantity of the change over (patient, time), days; patients are matched by their
        label.
    outcomes
        A row a patient with the columns of the responses (0 or 1); `failed` = 1 are left out.
    endpoints
        What the outcomes mean, `trial.endpoints`; they must declare a change.
    limit
        Change that a response needs, in percent; that of the endpoints by default.
    most
        Where the axis ends at the top, in percent; lines that leave it there are counted in the
        figure.

    Raises
    ------
    InputError
        If a variable or column is missing, or no change is declared.
    """
    endpoints = declared(endpoints, "spider")
    change = endpoints.change
    if change is None:
        raise InputError("spider: the endpoints declare no change of size (SizeChange)")
    sound = sound_patients(outcomes, endpoints.responses)
    require_records(records, [change.quantity])
    responses = response_of(sound.loc[shared_patients(records, sound)], endpoints)
    if responses.empty:
        reason = "no patient has both records and outcomes"
        return empty_figure(f"Change of {change.subject}", why_empty(outcomes, reason))
    days = records["time"].values.astype(float)
    rows = records.indexes["patient"].get_indexer(responses.index)
    size = records[change.quantity].values[rows].astype(float)
    # A size of nothing before treatment has no change in percent.
    changes = 100 * (size / np.where(size[:, :1] > 0, size[:, :1], np.nan) - 1)
    limit = change.limit if limit is None else limit
    figure, looks = new_figure(PAGE_WIDTH, 3.1), response_looks(endpoints)
    ax = figure.add_subplot()
    left = _draw_lines(ax, days, changes, responses, looks)
    _finish(ax, days, limit)
    ax.set_ylabel(f"Change of {change.label} (%)")
    _set_height(ax, days, changes, most)
    patients = "the only patient" if len(responses) == 1 else f"{len(responses)} patients"
    ax.set_title(f"{capitalised(change.subject)} of {patients} over time")
    outside_legend(
        figure, _legend(responses, looks, limit, left), loc="outside lower center", most=5,
        columnspacing=1.3,
    )  # fmt: skip
    return figure


def _draw_lines(
    ax: Axes, days: Array, changes: Array, responses: pd.Series, looks: Mapping[str, ResponseLook]
) -> int:
    """Draw who did not respond first, so that no response hides behind them; count who left."""
    left = 0
    for name in reversed(list(looks)):
        look = looks[name]
        for row in np.flatnonzero(responses.to_numpy() == name):
            there = np.isfinite(changes[row])
            ax.plot(
                days[there], changes[row][there], color=look.colour, linestyle=look.dashes,
                lw=look.width, alpha=0.8, gid=name or "none",
            )  # fmt: skip
            if there.any() and not there[-1]:
                left += 1
                last = np.flatnonzero(there)[-1]
                ax.plot(
                    days[last], changes[row, last], marker="o", ms=3.2, mfc="white", mew=0.9,
                    color=look.colour, linestyle="none", gid="left", zorder=3,
                )  # fmt: skip
    return left


def _finish(ax: Axes, days: Array, limit: float | None) -> None:
    ax.axhline(0, color=INK, lw=0.7, zorder=1)
    if limit is not None:
        ax.axhline(limit, color=INK, lw=0.9, linestyle=(0, (4, 2)), zorder=3, gid="limit")
    name_time(ax, float(days[-1]), "day", whole=True)
    ax.set_xlim(-0.01 * days[-1], 1.01 * days[-1])


def _set_height(ax: Axes, days: Array, changes: Array, most: float) -> None:
    """Let the axis end where the lines do, but not above the most; say who goes on there."""
    finite = changes[np.isfinite(changes)]
    highest = float(finite.max()) if finite.size else 0.0
    lowest = float(finite.min()) if finite.size else 0.0
    ax.set_ylim(min(-104.0, 1.04 * lowest), min(max(1.08 * highest, 20.0), most))
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


def _legend(
    responses: pd.Series, looks: Mapping[str, ResponseLook], limit: float | None, left: int
) -> list[Any]:
    handles: list[Any] = list(response_lines(responses, looks))
    if limit is not None:
        handles.append(limit_line(limit))
    if left:
        handles.append(
            Line2D(
                [], [], color=INK, marker="o", mfc="white", ms=3.2, mew=0.9, lw=0,
                label=f"left the trial ({left})",
            )
        )  # fmt: skip
    return handles


FIGURE = ResultFigure(
    "Change over time of virtual patients.",
    lambda trial: (
        spider(trial.records, trial.seen, trial.endpoints) if trial.endpoints.change else None
    ),
)
