"""Biomarkers of a trial: what was measured on its days, by response."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pdmodel.arrays import Array, Flags
from pdmodel.errors import InputError
from pdmodel.plots.base.axes import outside_legend, plain_ticks, unit_text
from pdmodel.plots.base.figure import ResultFigure, new_figure
from pdmodel.plots.base.style import ALONE, INK, PAGE_WIDTH, PAIR, Stroke, styled
from pdmodel.plots.trials.patients import (
    NO_RESPONSE,
    declared,
    empty_figure,
    response_of,
    sound_patients,
    why_empty,
)
from pdmodel.trial import Biomarker, Endpoints

_GAP, _WIDTH = 0.5, 0.62  # places between the days beside those of the boxes; places of a box
_GOLDEN = 0.618034  # its multiples spread points evenly, the same each time
_HEIGHT, _NARROW = 2.4, 4.8  # inches: of a row of panels, and of a figure with one panel
_ABREAST = 8  # boxes that stand side by side in panels of half a page


@styled
def biomarkers(outcomes: pd.DataFrame, endpoints: Endpoints | None = None) -> Figure:
    """Draw what was measured as boxes, by day and response, every patient as a faint point.

    Parameters
    ----------
    outcomes
        A row a patient with the columns that the endpoints name for biomarkers (NaN where not
        measured) and responses (0 or 1); `failed` = 1 are left out.
    endpoints
        What the outcomes mean, `trial.endpoints`; they must declare a biomarker.

    Returns
    -------
    Figure
        Boxes are the quartiles, whiskers the 5th and 95th percentile; n is under each box.

    Raises
    ------
    InputError
        If a column is missing, or no biomarker is declared.
    """
    endpoints = declared(endpoints, "biomarkers")
    if not endpoints.biomarkers:
        raise InputError("biomarkers: the endpoints declare none (Biomarker)")
    columns = [name for marker in endpoints.biomarkers for name in marker.columns.values()]
    sound = sound_patients(outcomes, (*endpoints.responses, *columns))
    if not any(_known(sound, marker).size for marker in endpoints.biomarkers):
        reason = "no biomarker was measured on treatment"
        return empty_figure("Biomarkers", why_empty(outcomes, reason))
    groups = _groups(sound, endpoints)
    figure, panels = _panels(endpoints.biomarkers, len(groups))
    for marker, ax in zip(endpoints.biomarkers, panels, strict=True):
        _draw_panel(ax, marker, sound, groups)
    _share(endpoints.biomarkers, panels, sound)
    outside_legend(
        figure, [_handle(name, look) for name, (_, look) in groups.items()],
        loc="outside lower center", most=3, handlelength=3.2,
        title="box: quartiles; whiskers: 5–95 % of patients; points: patients", title_fontsize=7,
    )  # fmt: skip
    return figure


def _groups(outcomes: pd.DataFrame, endpoints: Endpoints) -> dict[str, tuple[Flags, Stroke]]:
    """Return by name who is in a group, and how it is drawn; all in one where none can respond."""
    if not endpoints.responses:
        return {"all patients": (np.ones(len(outcomes), dtype=bool), ALONE)}
    yes = (response_of(outcomes, endpoints) != NO_RESPONSE).to_numpy()
    pairs = zip((yes, ~yes), PAIR, strict=True)
    return dict(zip(endpoints.groups, pairs, strict=True))


def _panels(markers: Sequence[Biomarker], groups: int) -> tuple[Figure, list[Axes]]:
    """Return a figure with a panel a biomarker: two abreast, three where they have few boxes."""
    boxes = max(len(marker.columns) for marker in markers) * groups
    across = (
        1 if boxes > _ABREAST else min(len(markers), 2 if boxes > 4 or len(markers) == 4 else 3)
    )
    rows = math.ceil(len(markers) / across)
    width = _NARROW if len(markers) == 1 and boxes <= _ABREAST else PAGE_WIDTH
    figure = new_figure(width, 0.6 + _HEIGHT * rows)
    grid = figure.subplots(rows, across, squeeze=False).ravel().tolist()
    for ax in grid[len(markers) :]:
        ax.remove()
    return figure, grid[: len(markers)]


def _draw_panel(
    ax: Axes,
    marker: Biomarker,
    outcomes: pd.DataFrame,
    groups: Mapping[str, tuple[Flags, Stroke]],
) -> None:
    """Draw a biomarker: for each day a box for each group."""
    places, counts, step = [], [], len(groups) + _GAP
    for number, (day, column) in enumerate(sorted(marker.columns.items())):
        values = outcomes[column].to_numpy(float)
        for inside, (group, (members, look)) in enumerate(groups.items(), start=1):
            x = number * step + inside
            chosen = values[_shown(values, marker) & members]
            _draw_group(ax, x, chosen, look, f"{group} {day}")
            places.append(x)
            counts.append(f"n = {chosen.size}")
        ax.text(
            number * step + (1 + len(groups)) / 2, -0.13, f"day {day}",
            transform=ax.get_xaxis_transform(), ha="center", va="top", fontsize=7.5,
        )  # fmt: skip
    if marker.relative:
        ax.axhline(1, color=INK, lw=0.8, zorder=1, gid="baseline")
    ax.set_xticks(places, counts)
    ax.tick_params(axis="x", length=0)
    ax.set_xlim(0.35, places[-1] + 0.65)
    ax.set_title(f"{marker.label} over baseline" if marker.relative else marker.label)


def _shown(values: Array, marker: Biomarker) -> Flags:
    """Return which values can be drawn: those that are known, multiples above 0 on their scale."""
    return np.asarray(values > 0 if marker.relative else np.isfinite(values))


def _known(outcomes: pd.DataFrame, marker: Biomarker) -> Array:
    """Return all values of a biomarker that can be drawn."""
    values: Array = outcomes[list(marker.columns.values())].to_numpy(float)
    return np.asarray(values[_shown(values, marker)])


def _draw_group(ax: Axes, x: float, values: Array, look: Stroke, gid: str) -> None:
    if not values.size:
        return
    jitter = (np.arange(1, values.size + 1) * _GOLDEN % 1 - 0.5) * 0.85 * _WIDTH
    ax.plot(
        x + jitter, values, marker=look.marker, ms=2.4, mew=0, color=look.colour, alpha=0.28,
        linestyle="none", gid=f"points {gid}", zorder=1.5,
    )  # fmt: skip
    line = {"color": look.colour, "linewidth": 1.0}
    drawn = ax.boxplot(
        values, positions=[x], widths=_WIDTH, whis=(5, 95), showfliers=False,
        patch_artist=True, manage_ticks=False, whiskerprops=line, capprops=line,
        boxprops={"facecolor": "none", "edgecolor": look.colour, "linewidth": 1.2,
                  "gid": f"box {gid}"},
        medianprops={"color": INK, "linewidth": 1.8, "gid": f"median {gid}"},
    )  # fmt: skip
    for box in drawn["boxes"]:
        box.set_linestyle(look.dashes)


def _share(markers: Sequence[Biomarker], panels: list[Axes], outcomes: pd.DataFrame) -> None:
    """Give multiples of the baseline one axis, levels each their own, and say the units."""
    pairs = list(zip(markers, panels, strict=True))
    relative = [ax for marker, ax in pairs if marker.relative]
    for ax in relative[1:]:
        ax.sharey(relative[0])
    if relative:
        _scale(
            relative,
            np.concatenate([_known(outcomes, marker) for marker, _ in pairs if marker.relative]),
        )
    for marker, ax in pairs:
        spot = ax.get_subplotspec()
        first = spot is None or spot.is_first_col() or len(relative) < len(panels)
        ax.tick_params(axis="y", labelleft=first)
        if first:
            ax.set_ylabel("fold of baseline" if marker.relative else unit_text(marker.unit))


def _scale(axes: list[Axes], folds: Array) -> None:
    """Use an axis on which a doubling is as far as a halving; 1 is always on it."""
    least, most = (float(f(folds)) if folds.size else 1.0 for f in (np.min, np.max))
    for ax in axes:
        ax.set_yscale("log", base=2)
        plain_ticks(ax.yaxis, (1.0,), base=2, most=12)
    axes[0].set_ylim(min(least, 0.5) / 1.25, max(most, 2.0) * 1.25)


def _handle(name: str, look: Stroke) -> Line2D:
    return Line2D(
        [], [], color=look.colour, linestyle=look.dashes, lw=1.2, marker=look.marker, ms=3.5,
        label=name,
    )  # fmt: skip


cytokines = biomarkers
"""The name of before."""

FIGURE = ResultFigure(
    "Biomarkers of virtual patients by response.",
    lambda trial: (
        biomarkers(trial.outcomes, trial.endpoints) if trial.endpoints.biomarkers else None
    ),
)
