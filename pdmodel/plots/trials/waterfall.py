"""Waterfall of a trial: the best change of the nodes, a bar a patient, the worst first."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from pdmodel.plots.base.figure import ResultFigure, new_figure
from pdmodel.plots.base.style import INK, PAGE_WIDTH, styled
from pdmodel.plots.trials.patients import (
    RESPONSE_COLUMNS,
    RESPONSES,
    empty_figure,
    response_of,
    response_rate,
    sound_patients,
    why_empty,
)

_COLUMNS = (*RESPONSE_COLUMNS, "best_change", "flare")
_LEAST_TOP, _LEAST_BARS = 15.0, 10  # percent; a few bars are not drawn wider
_WIDE = 450.0  # points across the axes, more or less


@styled
def waterfall(outcomes: pd.DataFrame, *, limit: float = -50.0) -> Figure:
    """Draw the best change of the nodes of every patient, sorted, in the colour of the response.

    A bar beyond the limit may have no response: that asks for fewer cells in blood as well.

    Parameters
    ----------
    outcomes
        A row a patient with `best_change` (%), `responder`, `complete` and `flare` (0 or 1);
        patients with `failed` = 1 are left out, those without a `best_change` are only counted.
    limit
        Change that a partial response needs, in percent.

    Raises
    ------
    InputError
        If a column is missing.
    """
    sound = sound_patients(outcomes, _COLUMNS)
    measured = sound[sound["best_change"].notna()]
    if measured.empty:
        reason = "no patient was seen on treatment"
        return empty_figure("Best change of nodes", why_empty(outcomes, reason))
    ordered = measured.sort_values("best_change", ascending=False, kind="stable")
    figure = new_figure(PAGE_WIDTH, 2.9)
    ax = figure.add_subplot()
    _draw_bars(ax, ordered)
    _finish(ax, ordered, limit)
    _draw_flares(ax, ordered["flare"].to_numpy(float) == 1)
    ax.set_title(response_rate(response_of(sound)))
    ax.set_xlabel(_label(len(sound) - len(measured)))
    figure.legend(
        handles=_legend(ordered, limit), loc="outside lower center", ncols=5, columnspacing=1.3,
        handlelength=1.6,
    )  # fmt: skip
    return figure


def _draw_bars(ax: Axes, ordered: pd.DataFrame) -> None:
    places = np.arange(1, len(ordered) + 1)
    changes = ordered["best_change"].to_numpy(float)
    responses = response_of(ordered).to_numpy()
    width = 0.8 if len(ordered) <= 120 else 1.0  # gaps thinner than a hair only flicker
    for name, look in RESPONSES.items():
        chosen = responses == name
        ax.bar(
            places[chosen], changes[chosen], width, color=look.fill, edgecolor=look.colour,
            linewidth=0.4 if len(ordered) <= 120 else 0.0, gid=name,
        )  # fmt: skip


def _draw_flares(ax: Axes, flare: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> None:
    """Write a symbol above every patient with a flare; strokes where triangles would touch."""
    places = np.flatnonzero(flare) + 1
    if places.size:
        few = flare.size <= 90
        ax.plot(
            places, [1.0] * places.size, marker="v" if few else "|", ms=4 if few else 4.5,
            mew=0.5 if few else min(1.0, 0.6 * _WIDE / flare.size), color=INK, linestyle="none",
            transform=ax.get_xaxis_transform(), clip_on=False, gid="flare",
        )  # fmt: skip


def _finish(ax: Axes, ordered: pd.DataFrame, limit: float) -> None:
    """Draw the lines at 0 and at the limit and set the axes, with room for the flares."""
    top = max(float(ordered["best_change"].max()), _LEAST_TOP)
    low = min(float(ordered["best_change"].min()), 1.2 * limit, -60.0)
    ax.axhline(0, color=INK, lw=0.7)
    ax.axhline(limit, color=INK, lw=0.9, linestyle=(0, (4, 2)), gid="limit")
    ax.set_ylim(max(low * 1.04, -103), top * 1.25)
    middle, half = (len(ordered) + 1) / 2, max(len(ordered), _LEAST_BARS) / 2 + 0.2
    ax.set_xlim(middle - half, middle + half)
    if len(ordered) > _LEAST_BARS:
        ax.xaxis.set_major_locator(MaxNLocator(nbins=10, integer=True))
    else:
        ax.set_xticks(range(1, len(ordered) + 1))
    ax.set_ylabel("Best change of nodes, SPD (%)")


def _label(unseen: int) -> str:
    if not unseen:
        return "Patient, by best change"
    words = "patient has" if unseen == 1 else "patients have"
    return f"Patient, by best change ({unseen} {words} no visit on treatment and no bar)"


def _legend(ordered: pd.DataFrame, limit: float) -> list[Patch | Line2D]:
    counts = response_of(ordered).value_counts()
    bars = [
        Patch(fc=look.fill, ec=look.colour, lw=0.4, label=f"{look.label} ({counts[name]})")
        for name, look in RESPONSES.items() if name in counts
    ]  # fmt: skip
    few = len(ordered) <= 90
    flares = int((ordered["flare"].to_numpy(float) == 1).sum())
    mark = Line2D(
        [], [], color=INK, lw=0, marker="v" if few else "|", ms=5, label=f"tumour flare ({flares})"
    )
    line = Line2D(
        [], [], color=INK, lw=0.9, linestyle=(0, (4, 2)),
        label=f"limit of response ({limit:g} %)".replace("-", "−"),
    )  # fmt: skip
    return [*bars, mark, line]


FIGURE = ResultFigure(
    "Best change of each virtual patient.", lambda trial: waterfall(trial.outcomes)
)
