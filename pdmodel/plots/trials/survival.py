"""Time to an event in trials: step curves with bands, and how many were at risk."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pdmodel.arrays import Flags
from pdmodel.errors import InputError, require_known
from pdmodel.plots.base.axes import outside_legend
from pdmodel.plots.base.figure import ResultFigure, new_figure
from pdmodel.plots.base.style import (
    NO_WORDS,
    PAGE_WIDTH,
    Stroke,
    marks,
    readable,
    strokes,
    styled,
)
from pdmodel.plots.base.time_axis import day_ticks, name_time

_COLUMNS = ("day", "survival", "low", "high", "at_risk")
_ROW = 0.16  # inches
_ABREAST = 3  # curves in a row of the legend


@styled
def kaplan_meier(
    curves: Mapping[str, pd.DataFrame],
    *,
    label: str = "Without the event",
    words: Mapping[str, str] = NO_WORDS,
) -> Figure:
    """Draw the share of patients to whom it has not happened, with its band and numbers at risk.

    Parameters
    ----------
    curves
        By name a table with `day`, `survival` from that day on and its band `low` and `high`
        (all between 0 and 1), and `at_risk` just before the day.
    label
        What the patients are free of; the axis adds the percent sign.
    words
        How the application writes parts of names.

    Returns
    -------
    Figure
        Ticks on a curve are patients who were last seen on that day.

    Raises
    ------
    InputError
        If there is no curve, or a table lacks a column.
    """
    if not curves:
        raise InputError("there is no curve to draw")
    for name, table in curves.items():
        require_known(f"column of curve {name!r}:", table.columns, *_COLUMNS)
    rows = len(curves) + math.ceil(len(curves) / _ABREAST)
    figure = new_figure(PAGE_WIDTH, 2.7 + _ROW * rows)
    ax, below = figure.subplots(2, 1, sharex=True, height_ratios=(2.3, _ROW * len(curves)))
    end = max([float(table["day"].max()) for table in curves.values() if len(table)] or [1.0])
    looks = strokes(curves)
    marked = marks(looks)
    for name, table in curves.items():
        _draw_curve(ax, name, table, looks[name], _summary(readable(name, words), table))
        next(line for line in ax.lines if line.get_gid() == name).set(**marked[name])
    _finish(ax, max(end, 1.0), label)
    _write_numbers(below, curves, day_ticks(max(end, 1.0)), words)
    outside_legend(
        figure, *ax.get_legend_handles_labels(), loc="outside upper left", most=_ABREAST,
        alignment="left",
        title="share at the end with its band; ticks on a curve: patients last seen on that day",
        title_fontsize=7,
    )  # fmt: skip
    return figure


def _draw_curve(ax: Axes, name: str, table: pd.DataFrame, look: Stroke, summary: str) -> None:
    day, survival, low, high = (table[column].to_numpy(float) for column in _COLUMNS[:4])
    ax.fill_between(
        day, 100 * low, 100 * high, step="post", color=look.colour, alpha=0.13, linewidth=0,
        gid=f"band {name}",
    )  # fmt: skip
    ax.step(
        day, 100 * survival, where="post", color=look.colour, linestyle=look.dashes, lw=1.4,
        label=summary, gid=name,
    )  # fmt: skip
    ended = censored(table)
    ax.plot(
        day[ended], 100 * survival[ended], marker="|", ms=5, mew=0.8, color=look.colour,
        linestyle="none", gid=f"censored {name}",
    )  # fmt: skip


def censored(table: pd.DataFrame) -> Flags:
    """Say on which days of a curve somebody was last seen without an event.

    Parameters
    ----------
    table
        With `survival` and `at_risk`, a row a day.

    Examples
    --------
    >>> censored(pd.DataFrame({"survival": [1.0, 0.75, 0.5, 0.5], "at_risk": [4, 4, 3, 1]}))
    array([False, False,  True,  True])
    """
    survival, at_risk = table["survival"].to_numpy(float), table["at_risk"].to_numpy(float)
    gone = at_risk - np.append(at_risk[1:], 0)
    before = np.concatenate([[1.0], survival[:-1]])[: survival.size]
    share = np.divide(survival, before, out=np.ones_like(survival), where=before > 0)
    events = np.rint(at_risk * (1 - share))
    return np.asarray(gone - events >= 1, dtype=bool)


def _summary(name: str, table: pd.DataFrame) -> str:
    if table.empty:
        return f"{name}: no patient"
    last = table.iloc[-1]
    return (
        f"{name}: {100 * last['survival']:.0f} % "
        f"({100 * last['low']:.0f}–{100 * last['high']:.0f}) at day {last['day']:g}"
    )


def _finish(ax: Axes, end: float, label: str) -> None:
    ax.set_ylim(0, 103)
    ax.set_yticks([0, 25, 50, 75, 100])
    ax.set_ylabel(f"{label} (%)")
    name_time(ax, end, "day", whole=True)
    ax.set_xlim(-0.01 * end, 1.015 * end)
    ax.tick_params(labelbottom=True)


def _write_numbers(
    below: Axes,
    curves: Mapping[str, pd.DataFrame],
    ticks: Sequence[float],
    words: Mapping[str, str],
) -> None:
    """Write under the ticks how many were still at risk, a row a curve."""
    for row, (name, table) in enumerate(curves.items()):
        for tick in ticks:
            below.text(
                tick, row, str(at_risk(table, tick)), ha="center", va="center_baseline", fontsize=7,
                gid=f"at risk {name}",
            )  # fmt: skip
    below.set_yticks(range(len(curves)), [readable(name, words) for name in curves])
    below.set_ylim(len(curves) - 0.5, -0.5)
    below.tick_params(length=0, labelbottom=False, pad=10)
    below.set_title("Patients at risk", fontsize=7, weight="normal", pad=3)
    for spine in below.spines.values():
        spine.set_visible(False)


def at_risk(table: pd.DataFrame, day: float) -> int:
    """Return how many were at risk just before a day.

    Examples
    --------
    >>> at_risk(pd.DataFrame({"day": [0.0, 28.0], "at_risk": [5, 3]}), 14.0)
    3
    """
    later = table["day"].to_numpy(float) >= day
    return int(table["at_risk"].to_numpy(float)[later].max(initial=0.0))


def label_of(events: Sequence[str]) -> str:
    """Return what patients of whom nothing has happened are called.

    Parameters
    ----------
    events
        Names of what can happen, or of being free of it.

    Examples
    --------
    >>> label_of(["progression_free"]), label_of(["first_response"]), label_of(["a", "b"])
    ('Free of progression', 'Without first response', 'Without the event')
    """
    if len(events) != 1:
        return "Without the event"
    name = events[0].replace("_", " ")
    free = name.removesuffix(" free")
    return f"Without {name}" if free == name else f"Free of {free}"


def _of_trial(trial: Any) -> Figure | None:
    if not trial.curves:
        return None
    return kaplan_meier(trial.curves, label=label_of(list(trial.curves)), words=trial.words)


FIGURE = ResultFigure("Time to an event.", _of_trial)
