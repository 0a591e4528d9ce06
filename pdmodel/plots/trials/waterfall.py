"""Waterfall of a trial: the best change of size, a bar a patient, the worst first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from pdmodel.arrays import Array, Integers
from pdmodel.errors import InputError
from pdmodel.plots.base.axes import outside_legend
from pdmodel.plots.base.figure import ResultFigure, new_figure
from pdmodel.plots.base.style import INK, PAGE_WIDTH, styled
from pdmodel.plots.trials.patients import (
    ResponseLook,
    declared,
    empty_figure,
    limit_line,
    response_looks,
    response_of,
    response_rate,
    sound_patients,
    spread_rows,
    why_empty,
)
from pdmodel.trial import Endpoints, SizeChange

_LEAST_TOP, _LEAST_BARS = 15.0, 10  # percent; a few bars are not drawn wider
_WIDE = 450.0  # points across the axes, more or less
_MOST_BARS = 2000  # more than points across a page; of more patients every so many has a bar
_FEW = 90  # patients at most whose marks are triangles


@styled
def waterfall(
    outcomes: pd.DataFrame, endpoints: Endpoints | None = None, *, limit: float | None = None
) -> Figure:
    """Draw the best change of size of every patient, sorted, in the colour of the response.

    A bar beyond the limit may have no response, where a response asks for more than size.

    Parameters
    ----------
    outcomes
        A row a patient with the columns that the endpoints name for responses and change;
        patients with `failed` = 1 are left out, those without a change are only counted.
    endpoints
        What the outcomes mean, `trial.endpoints`; they must declare a change.
    limit
        Change that a response needs, in percent; that of the endpoints by default.

    Raises
    ------
    InputError
        If a column is missing, or no change is declared.
    """
    endpoints = declared(endpoints, "waterfall")
    change = endpoints.change
    if change is None:
        raise InputError("waterfall: the endpoints declare no change of size (SizeChange)")
    marked = [] if change.mark is None else [change.mark[0]]
    sound = sound_patients(outcomes, (*endpoints.responses, change.column, *marked))
    measured = sound[sound[change.column].notna()]
    if measured.empty:
        reason = "no patient was seen on treatment"
        return empty_figure(f"Best change of {change.subject}", why_empty(outcomes, reason))
    ordered = measured.sort_values(change.column, ascending=False, kind="stable")
    changes = ordered[change.column].to_numpy(float)
    limit = change.limit if limit is None else limit
    figure = new_figure(PAGE_WIDTH, 2.9)
    ax = figure.add_subplot()
    looks, responses = response_looks(endpoints), response_of(ordered, endpoints)
    rows = spread_rows(changes.size, _MOST_BARS)
    _draw_bars(ax, rows + 1, changes[rows], responses.to_numpy()[rows], looks)
    _finish(ax, changes, limit)
    ax.set_ylabel(f"Best change of {change.label} (%)")
    if change.mark is not None:
        marked_rows = ordered[change.mark[0]].to_numpy(float)[rows] == 1
        _draw_marks(ax, rows[marked_rows] + 1, changes.size, change.mark[0])
    ax.set_title(response_rate(response_of(sound, endpoints), endpoints))
    ax.set_xlabel(_label(len(sound) - len(measured)))
    handles = [*_bars(responses, looks), *_marks(ordered, change)]
    outside_legend(
        figure, handles if limit is None else [*handles, limit_line(limit)],
        loc="outside lower center", most=5, columnspacing=1.3, handlelength=1.6,
    )  # fmt: skip
    return figure


def _draw_bars(
    ax: Axes,
    places: Integers,
    changes: Array,
    responses: np.ndarray[Any, Any],
    looks: Mapping[str, ResponseLook],
) -> None:
    """Draw a bar at each place; where patients between them have none, as wide as these."""
    gap = float(places[-1] - places[0]) / max(places.size - 1, 1)
    width = 0.8 if changes.size <= 120 else max(gap, 1.0)  # gaps thinner than a hair only flicker
    for name, look in looks.items():
        chosen = responses == name
        ax.bar(
            places[chosen], changes[chosen], width, color=look.fill, edgecolor=look.colour,
            linewidth=0.4 if changes.size <= 120 else 0.0, gid=name or "none",
        )  # fmt: skip


def _draw_marks(ax: Axes, places: Integers, patients: int, gid: str) -> None:
    """Write a symbol above every marked patient; strokes where triangles would touch."""
    if places.size:
        few = patients <= _FEW
        ax.plot(
            places, [1.0] * places.size, marker="v" if few else "|", ms=4 if few else 4.5,
            mew=0.5 if few else min(1.0, 0.6 * _WIDE / min(patients, _MOST_BARS)), color=INK,
            linestyle="none", transform=ax.get_xaxis_transform(), clip_on=False, gid=gid,
        )  # fmt: skip


def _finish(ax: Axes, changes: Array, limit: float | None) -> None:
    """Draw the lines at 0 and at the limit and set the axes, with room for the marks."""
    top = max(float(changes.max()), _LEAST_TOP)
    low = min(float(changes.min()), 0.0 if limit is None else 1.2 * limit, -60.0)
    ax.axhline(0, color=INK, lw=0.7)
    if limit is not None:
        ax.axhline(limit, color=INK, lw=0.9, linestyle=(0, (4, 2)), gid="limit")
        top = max(top, 1.1 * limit)
    # A size cannot fall by more than all of it; a score that may be negative can.
    ax.set_ylim(max(low * 1.04, -103) if low >= -100 else low * 1.04, top * 1.25)
    middle, half = (changes.size + 1) / 2, max(changes.size, _LEAST_BARS) / 2 + 0.2
    ax.set_xlim(middle - half, middle + half)
    if changes.size > _LEAST_BARS:
        ax.xaxis.set_major_locator(MaxNLocator(nbins=10, integer=True))
    else:
        ax.set_xticks(range(1, changes.size + 1))


def _label(unseen: int) -> str:
    if not unseen:
        return "Patient, by best change"
    words = "patient has" if unseen == 1 else "patients have"
    return f"Patient, by best change ({unseen} {words} no visit on treatment and no bar)"


def _bars(responses: pd.Series, looks: Mapping[str, ResponseLook]) -> list[Patch]:
    """Return handles of bars for a legend: every response that occurs, with its number."""
    counts = responses.value_counts()
    return [
        Patch(fc=look.fill, ec=look.colour, lw=0.4, label=f"{look.label} ({counts[name]})")
        for name, look in looks.items() if name in counts
    ]  # fmt: skip


def _marks(ordered: pd.DataFrame, change: SizeChange) -> list[Line2D]:
    """Return the handle of the mark, if there is one, with the number of patients who have it."""
    if change.mark is None:
        return []
    column, label = change.mark
    count = int((ordered[column].to_numpy(float) == 1).sum())
    marker = "v" if len(ordered) <= _FEW else "|"
    return [Line2D([], [], color=INK, lw=0, marker=marker, ms=5, label=f"{label} ({count})")]


FIGURE = ResultFigure(
    "Best change of each virtual patient.",
    lambda trial: waterfall(trial.outcomes, trial.endpoints) if trial.endpoints.change else None,
)
