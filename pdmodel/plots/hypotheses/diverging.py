"""Diverging predictions: what the hypotheses say of the most telling measurements, over time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pdmodel.errors import InputError
from pdmodel.plots.base.axes import outside_legend, plain_ticks
from pdmodel.plots.base.figure import ResultFigure, new_figure
from pdmodel.plots.base.style import GREY, INK, PAGE_WIDTH, readable, strokes, styled
from pdmodel.plots.base.words import words_together

if TYPE_CHECKING:
    import pandas as pd

    from pdmodel.hypotheses import Discrimination

_MOST = 5
"""Hypotheses that can be told apart by eye."""


@styled
def diverging(result: Discrimination, count: int = 3) -> Figure:
    """Draw the predictions of each hypothesis for the most telling measurements.

    Each panel is one measurement: the median over the parameter sets that a hypothesis leaves
    open, and the band of 90 % of them. The day of the measurement is marked.

    Parameters
    ----------
    result
        What `discriminate` returned.
    count
        Panels.

    Raises
    ------
    InputError
        If there is no measurement.
    """
    best = result.best(count)
    if best.empty:
        raise InputError("there is no measurement to draw")
    figure = new_figure(PAGE_WIDTH, 2.7)
    axes = figure.subplots(1, len(best), squeeze=False)[0]
    names = result.distinct(_MOST)
    words = words_together(hypothesis.model for hypothesis in result.hypotheses)
    for ax, row in zip(axes, best.itertuples(), strict=True):
        _panel(ax, result, row, names)
        _name_panel(ax, row, words)
    handles, labels = axes[0].get_legend_handles_labels()
    outside_legend(figure, handles, labels, loc="outside lower center", most=5)
    return figure


def _panel(ax: Axes, result: Discrimination, row, names: list[str]) -> None:  # type: ignore[no-untyped-def]
    looks = strokes(names)
    for name in names:
        days, values = _courses(result, row, name)
        low, middle, high = np.nanquantile(values, [0.05, 0.5, 0.95], axis=0)
        ax.fill_between(days, low, high, color=looks[name].colour, alpha=0.15, linewidth=0)
        ax.plot(
            days, middle, color=looks[name].colour, ls=looks[name].dashes, lw=1.2, label=name
        )  # fmt: skip
    ax.axvline(row.day, color=GREY, lw=0.7, ls=":")
    ax.set_yscale("log")
    plain_ticks(ax.yaxis)
    power = f"on day {row.day:g}: power {row.power:.2f} with {result.patients} patients"
    ax.set_xlabel(f"Time on treatment (days)\n{power}")


def _name_panel(ax: Axes, row, words: Mapping[str, str]) -> None:  # type: ignore[no-untyped-def]
    versus = f" / {readable(row.against, words)}" if row.against else ""
    ax.set_ylabel(f"{readable(row.arm, words)}{versus}")
    whom = row.group.replace("/", " over ")
    what = readable(row.assay, words)
    ax.set_title(f"{what[:1].upper()}{what[1:]}\n{whom}", color=INK)


def _courses(result: Discrimination, row, name: str):  # type: ignore[no-untyped-def]
    """Return days, and what is measured of each member, shape (n_members, n_days)."""
    values = result.seen(row.assay, row.group, name, row.arm)
    if row.against:
        values = values / result.seen(row.assay, row.group, name, row.against)
    days = values["time"].values
    return days[1:], values.values[:, 1:]


@styled
def power_chart(result: Discrimination, count: int = 12) -> Figure:
    """Draw the most telling measurements as bars: mean power over pairs, and that of the worst."""
    table: pd.DataFrame = result.table.head(count)
    if table.empty:
        raise InputError("there is no measurement to draw")
    figure = new_figure(PAGE_WIDTH, 0.9 + 0.24 * len(table))
    ax = figure.add_subplot()
    places = np.arange(len(table))
    ax.barh(places, table["power"], 0.62, color="#56B4E9", label="mean over pairs")
    ax.plot(table["least"], places, "D", color=INK, ms=3.5, label="hardest pair", ls="none")
    ax.axvline(0.8, color=GREY, lw=0.7, ls=":")
    ax.set_yticks(places, list(table["measurement"]), fontsize=6)
    ax.invert_yaxis()
    ax.set_xlim(0, 1)
    ax.set_xlabel(f"Power with {result.patients} patients\nin each group and arm")
    figure.legend(loc="outside lower right", ncols=2)
    return figure


FIGURE = ResultFigure(
    "What the hypotheses predict of the most telling measurements; bands hold 90 % of "
    "the parameter sets that the evidence leaves open.",
    diverging,
)
POWER = ResultFigure("Power of the most telling measurements.", power_chart)
