"""Cytokines of a trial: IL-6 and TNF-alpha over baseline, by response and day."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pdmodel.arrays import Array
from pdmodel.plots.base.axes import plain_ticks
from pdmodel.plots.base.figure import ResultFigure, new_figure
from pdmodel.plots.base.style import INK, NO_WORDS, PAGE_WIDTH, Stroke, readable, strokes, styled
from pdmodel.plots.trials.patients import empty_figure, sound_patients, why_empty

_DAYS = (7, 28)
_NAMES = ("il6", "tnf")
_COLUMNS = ("responder", *(f"{name}_fold_{day}" for name in _NAMES for day in _DAYS))
_GROUPS = ("responder", "nonresponder")
_GAP, _WIDTH = 2.5, 0.62  # places between the days; places of a box
_GOLDEN = 0.618034  # its multiples spread points evenly, the same each time


@styled
def cytokines(outcomes: pd.DataFrame, *, words: Mapping[str, str] = NO_WORDS) -> Figure:
    """Draw cytokines over baseline as boxes, with every patient as a faint point.

    Parameters
    ----------
    outcomes
        A row a patient with `responder` (0 or 1), and `il6_fold_7`, `il6_fold_28`, `tnf_fold_7`,
        `tnf_fold_28` (fold of baseline, NaN where not measured); `failed` = 1 are left out.
    words
        How the application writes parts of names.

    Returns
    -------
    Figure
        Boxes are the quartiles, whiskers the 5th and 95th percentile; n is under each box.

    Raises
    ------
    InputError
        If a column is missing.
    """
    sound = sound_patients(outcomes, _COLUMNS)
    folds = sound[list(_COLUMNS[1:])].to_numpy(float)
    if not (folds > 0).any():
        reason = "no cytokine was measured on treatment"
        return empty_figure("Cytokines over baseline", why_empty(outcomes, reason))
    figure = new_figure(PAGE_WIDTH, 3.0)
    panels = figure.subplots(1, len(_NAMES), sharey=True)
    looks = strokes(_GROUPS, _GROUPS)
    for name, ax in zip(_NAMES, panels, strict=True):
        _draw_panel(ax, name, sound, looks)
        ax.set_title(f"{readable(name, words)} over baseline")
    _scale(panels[0], folds[folds > 0])
    panels[0].set_ylabel("fold of baseline")
    figure.legend(
        handles=[_handle(name, look) for name, look in looks.items()],
        loc="outside lower center", ncols=3, handlelength=3.2,
        title="box: quartiles; whiskers: 5–95 % of patients; points: patients", title_fontsize=7,
    )  # fmt: skip
    return figure


def _draw_panel(ax: Axes, name: str, outcomes: pd.DataFrame, looks: dict[str, Stroke]) -> None:
    """Draw a cytokine: for each day a box for each response."""
    yes = outcomes["responder"].to_numpy(float) == 1
    places, counts = [], []
    for number, day in enumerate(_DAYS):
        values = outcomes[f"{name}_fold_{day}"].to_numpy(float)
        for inside, group in enumerate(_GROUPS, start=1):
            place = number * _GAP + inside
            chosen = values[(values > 0) & (yes if group == "responder" else ~yes)]
            _draw_group(ax, place, chosen, looks[group], f"{group} {day}")
            places.append(place)
            counts.append(f"n = {chosen.size}")
        ax.text(
            number * _GAP + 1.5, -0.13, f"day {day}", transform=ax.get_xaxis_transform(),
            ha="center", va="top", fontsize=7.5,
        )  # fmt: skip
    ax.axhline(1, color=INK, lw=0.8, zorder=1, gid="baseline")
    ax.set_xticks(places, counts)
    ax.tick_params(axis="x", length=0)
    ax.set_xlim(0.35, _GAP + 2.65)


def _draw_group(ax: Axes, place: float, values: Array, look: Stroke, gid: str) -> None:
    if not values.size:
        return
    jitter = (np.arange(1, values.size + 1) * _GOLDEN % 1 - 0.5) * 0.85 * _WIDTH
    ax.plot(
        place + jitter, values, marker=look.marker, ms=2.4, mew=0, color=look.colour, alpha=0.28,
        linestyle="none", gid=f"points {gid}", zorder=1.5,
    )  # fmt: skip
    line = {"color": look.colour, "linewidth": 1.0}
    drawn = ax.boxplot(
        values, positions=[place], widths=_WIDTH, whis=(5, 95), showfliers=False,
        patch_artist=True, manage_ticks=False, whiskerprops=line, capprops=line,
        boxprops={"facecolor": "none", "edgecolor": look.colour, "linewidth": 1.2,
                  "gid": f"box {gid}"},
        medianprops={"color": INK, "linewidth": 1.8, "gid": f"median {gid}"},
    )  # fmt: skip
    for box in drawn["boxes"]:
        box.set_linestyle(look.dashes)


def _scale(ax: Axes, folds: Array) -> None:
    """Use an axis on which a doubling is as far as a halving; 1 is always on it."""
    ax.set_yscale("log", base=2)
    plain_ticks(ax.yaxis, (1.0,), base=2, most=12)
    ax.set_ylim(min(float(folds.min()), 0.5) / 1.25, max(float(folds.max()), 2.0) * 1.25)


def _handle(name: str, look: Stroke) -> Line2D:
    return Line2D(
        [], [], color=look.colour, linestyle=look.dashes, lw=1.2, marker=look.marker, ms=3.5,
        label=readable(name),
    )  # fmt: skip


FIGURE = ResultFigure(
    "IL-6 and TNF-alpha of virtual patients by response.",
    lambda trial: cytokines(trial.outcomes, words=trial.words),
)
