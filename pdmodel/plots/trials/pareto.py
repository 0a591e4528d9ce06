"""Pareto plot of schedules: benefit against harm, those that no other beats joined by a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pdmodel.arrays import Array
from pdmodel.errors import require_known
from pdmodel.plots.base.axes import outside_legend
from pdmodel.plots.base.figure import ResultFigure, new_figure
from pdmodel.plots.base.style import GREY, INK, PAGE_WIDTH, Stroke, readable, strokes, styled
from pdmodel.plots.trials.patients import empty_figure
from pdmodel.text import capitalised

if TYPE_CHECKING:
    from pdmodel.trial import ScheduleResult

_COLUMNS = (
    "label", "benefit", "benefit_low", "benefit_high", "harm", "harm_low", "harm_high", "front",
    "family",
)  # fmt: skip
_LINE = 0.14  # inches between labels
_FOOT = 1.0  # inches of axis and legend


@styled
def pareto(schedules: pd.DataFrame, *, benefit: str, harm: str) -> Figure:
    """Draw the benefit of schedules against their harm; label those on the front.

    Parameters
    ----------
    schedules
        A row a schedule with `label`, `benefit` and `harm` with their intervals `benefit_low`,
        `benefit_high`, `harm_low`, `harm_high` (NaN for none), `front` (whether no other is better
        in both) and `family` (gives marker and colour).
    benefit, harm
        Of the axes, with units.

    Returns
    -------
    Figure
        Labels stand in a column beside the axes, each joined to its point, and never overlap.

    Raises
    ------
    InputError
        If a column is missing.
    """
    require_known("column of schedules", schedules.columns, *_COLUMNS)
    judged = schedules[schedules["benefit"].notna() & schedules["harm"].notna()]
    if judged.empty:
        reason = "no schedule" if schedules.empty else "no schedule has both benefit and harm"
        return empty_figure("Benefit and harm", reason)
    front = judged[judged["front"].astype(bool)].sort_values(["harm", "benefit"], kind="stable")
    figure = new_figure(PAGE_WIDTH, max(3.6, _FOOT + 1.1 * _LINE * len(front)))
    ax = figure.add_subplot()
    looks = strokes(str(family) for family in judged["family"])
    _draw_points(ax, judged[~judged["front"].astype(bool)], looks, front=False)
    _draw_points(ax, front, looks, front=True)
    ax.plot(front["harm"], front["benefit"], color=INK, lw=1.0, zorder=2, gid="front line")
    ax.set(xlabel=harm, ylabel=benefit)
    ax.set_title(f"{len(front) or 'None'} of {len(judged)} schedules on the front")
    _write_labels(ax, front, _LINE / (figure.get_figheight() - _FOOT))
    outside_legend(figure, _legend(looks, front), loc="outside lower center", most=6)
    return figure


def _draw_points(
    ax: Axes, rows: pd.DataFrame, looks: dict[str, Stroke], *, front: bool
) -> None:  # fmt: skip
    """Draw points and intervals; those that are not on the front faintly and hollow."""
    alpha, layer = (1.0, 3.0) if front else (0.35, 1.5)
    for family, own in rows.groupby(rows["family"].astype(str), sort=False):
        look, gid = looks[family], f"{'front' if front else 'other'} {family}"
        x, y = own["harm"].to_numpy(float), own["benefit"].to_numpy(float)
        ax.hlines(
            y, _known(own["harm_low"], x), _known(own["harm_high"], x), colors=look.colour,
            alpha=0.7 * alpha, lw=0.9, zorder=layer, gid=f"harm {gid}",
        )  # fmt: skip
        ax.vlines(
            x, _known(own["benefit_low"], y), _known(own["benefit_high"], y), colors=look.colour,
            alpha=0.7 * alpha, lw=0.9, zorder=layer, gid=f"benefit {gid}",
        )  # fmt: skip
        ax.plot(
            x, y, marker=look.marker, ms=5 if front else 4, color=look.colour, alpha=alpha,
            mfc=look.colour if front else "white", linestyle="none", zorder=layer + 0.5, gid=gid,
        )  # fmt: skip


def _known(ends: pd.Series, values: Array) -> Array:
    """Return the ends of intervals; where there is none, the value itself."""
    numbers = ends.to_numpy(float)
    return np.where(np.isfinite(numbers), numbers, values)


def _write_labels(ax: Axes, front: pd.DataFrame, gap: float) -> None:
    """Write the names in a column right of the axes, as high as their points where they can be."""
    if front.empty:
        return
    ordered = front.sort_values(["benefit", "harm"], kind="stable")
    low, high = ax.get_ylim()
    ax.set_ylim(low, high)  # or a label would move the axis
    wanted = (ordered["benefit"].to_numpy(float) - low) / (high - low)
    for (_, row), height in zip(ordered.iterrows(), apart(wanted.tolist(), gap), strict=True):
        ax.annotate(
            str(row["label"]), (row["harm"], row["benefit"]), xytext=(1.03, height),
            textcoords="axes fraction", va="center", ha="left", fontsize=7, annotation_clip=False,
            gid="label",
            arrowprops={"arrowstyle": "-", "color": GREY, "lw": 0.6, "shrinkA": 1,
                        "linestyle": (0, (1, 2)), "shrinkB": 4, "relpos": (0.0, 0.5)},
        )  # fmt: skip


def apart(wanted: Sequence[float], gap: float) -> list[float]:
    """Move places so far apart that neighbours keep a gap, and none lies above 1.

    Parameters
    ----------
    wanted
        Places in ascending order, between 0 and 1.
    gap
        The least distance.

    Examples
    --------
    >>> [round(place, 2) for place in apart([0.5, 0.5, 0.99], 0.1)]
    [0.5, 0.6, 0.99]
    """
    places = list(wanted)
    for n in range(1, len(places)):
        places[n] = max(places[n], places[n - 1] + gap)
    ceiling = 1.0
    for n in reversed(range(len(places))):
        places[n] = min(places[n], ceiling)
        ceiling = places[n] - gap
    return places


def _legend(looks: dict[str, Stroke], front: pd.DataFrame) -> list[Line2D]:
    families = [
        Line2D([], [], color=look.colour, marker=look.marker, ms=5, lw=0, label=readable(name))
        for name, look in looks.items()
    ]
    faint = Line2D(
        [], [], color=INK, marker="o", mfc="white", ms=4, lw=0, alpha=0.4, label="not on the front"
    )
    if front.empty:
        return [*families, faint]
    return [*families, Line2D([], [], color=INK, lw=1.0, label="front"), faint]


def rates_pareto(schedules: pd.DataFrame, benefit: str, harm: str) -> Figure:
    """Draw the schedules of a search in percent of its patients.

    Parameters
    ----------
    schedules
        As `ScheduleResult.table`, with rates in [0, 1].
    benefit, harm
        What the rates are of, in words.
    """
    table = schedules.copy()
    for name in ("benefit", "harm"):
        for end in ("", "_low", "_high"):
            table[f"{name}{end}"] *= 100
    table["family"] = table["cycle"]
    return pareto(table, benefit=_rate(benefit), harm=_rate(harm))


def axes_of(result: ScheduleResult) -> tuple[str, str]:
    """Return in words what is weighed in a search: its benefit and its harm."""
    search = result.search
    return search.say(search.benefit), search.say(search.harm)


def _of_search(result: ScheduleResult) -> Figure:
    return rates_pareto(result.table, *axes_of(result))


def _rate(name: str) -> str:
    """Return the label of an axis."""
    return f"{capitalised(name)} (% of patients)"


FIGURE = ResultFigure("Benefit of schedules against their harm.", _of_search)
