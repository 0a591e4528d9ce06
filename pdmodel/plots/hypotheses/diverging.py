"""Diverging predictions: what the hypotheses say of the most telling measurements, over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pdmodel.errors import InputError
from pdmodel.plots.base.axes import outside_legend, plain_ticks, spelt, wrapped
from pdmodel.plots.base.figure import ResultFigure, new_figure
from pdmodel.plots.base.style import GREY, INK, PAGE_WIDTH, readable, strokes, styled
from pdmodel.plots.base.time_axis import UNITS, time_label
from pdmodel.plots.base.words import words_together
from pdmodel.text import capitalised, counted

if TYPE_CHECKING:
    import pandas as pd

    from pdmodel.hypotheses import Discrimination

_MOST = 5
"""Hypotheses that can be told apart by eye."""
_BESIDE, _ABOVE, _ROW = 34, 24, 56  # letters of a line: beside a panel, above it, of a row
_LINE = 0.1  # inches, of a line of small letters


class Telling(NamedTuple):
    """One measurement over time, as each hypothesis predicts it.

    Parameters
    ----------
    title, label, words
        What is measured in whom, in which arm, and what is said of its power.
    day
        On which it is taken.
    days, courses
        By hypothesis the days, and 5, 50 and 95 % of its parameter sets on each.
    """

    title: str
    label: str
    words: str
    day: float
    days: dict[str, list[float]]
    courses: dict[str, list[list[float | None]]]


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
    return draw_telling(telling(result, count))


def telling(result: Discrimination, count: int = 3) -> list[Telling]:
    """Return what the panels of the most telling measurements show."""
    names, courses = result.distinct(_MOST), []
    words = words_together(hypothesis.model for hypothesis in result.hypotheses)
    for row in result.best(count).itertuples():
        own = {readable(name, words): _courses(result, row, name) for name in names}
        courses.append(Telling(
            *_said(row, words), f"on day {row.day:g}: power {row.power:.2f}\n"
            f"with {counted(result.patients, 'patient')}", float(row.day),
            {name: days.tolist() for name, (days, _) in own.items()},
            {name: _levels(values) for name, (_, values) in own.items()},
        ))  # fmt: skip
    return courses


@styled
def draw_telling(panels: Sequence[Telling]) -> Figure:
    """Draw a panel a measurement; see `diverging`.

    Raises
    ------
    InputError
        If there is none.
    """
    if not panels:
        raise InputError("there is no measurement to draw")
    figure = new_figure(PAGE_WIDTH, 3.0)
    axes = figure.subplots(1, len(panels), squeeze=False)[0]
    for ax, panel in zip(axes, panels, strict=True):
        _draw_panel(ax, panel)
    handles, labels = axes[0].get_legend_handles_labels()
    outside_legend(figure, handles, labels, loc="outside lower center", most=5)
    return figure


def _draw_panel(ax: Axes, panel: Telling) -> None:
    looks = strokes(panel.courses)
    for name, levels in panel.courses.items():
        low, middle, high = np.array(levels, dtype=float)
        days, look = panel.days[name], looks[name]
        ax.fill_between(days, low, high, color=look.colour, alpha=0.15, linewidth=0)
        ax.plot(days, middle, color=look.colour, ls=look.dashes, lw=1.2, label=name)
    ax.axvline(panel.day, color=GREY, lw=0.7, ls=":")
    ax.set_yscale("log")
    plain_ticks(ax.yaxis)
    ax.set_title(panel.title, color=INK)
    ax.set_ylabel(panel.label)
    ax.set_xlabel(f"{time_label(UNITS['day'])}\n{panel.words}")


def _said(row, words: Mapping[str, str]) -> tuple[str, str]:  # type: ignore[no-untyped-def]
    """Return what stands above a panel, and beside it."""
    versus = f" over {readable(row.against, words)}" if row.against else ""
    whom = readable(row.group.replace("/", " over "), words)
    what = readable(row.assay, words)
    title = wrapped(capitalised(what), _ABOVE)
    label = wrapped(f"{readable(row.arm, words)}{versus}", _BESIDE)
    return f"{title}\n{wrapped(whom, _ABOVE)}", label


def _levels(values: Any) -> list[list[float | None]]:
    """Return 5, 50 and 95 % on each day, None where there is none."""
    levels = np.nanquantile(values, [0.05, 0.5, 0.95], axis=0)
    return [[None if np.isnan(value) else float(value) for value in level] for level in levels]


def _courses(result: Discrimination, row, name: str):  # type: ignore[no-untyped-def]
    """Return days, and what is measured of each member, shape (n_members, n_days)."""
    values = result.seen(row.assay, row.group, name, row.arm)
    if row.against:
        values = values / result.seen(row.assay, row.group, name, row.against)
    days = values["time"].values
    return days[1:], values.values[:, 1:]


@styled
def power_chart(result: Discrimination, count: int = 12) -> Figure:
    """Draw the most telling measurements as bars: mean power over pairs, and that of the worst.

    Parameters
    ----------
    result
        As `discriminate` returns it.
    count
        How many bars at most.
    """
    words = words_together(hypothesis.model for hypothesis in result.hypotheses)
    return draw_power(result.table.head(count), result.patients, words)


@styled
def draw_power(table: pd.DataFrame, patients: int, words: Mapping[str, str]) -> Figure:
    """Draw the rows of a table of measurements; see `power_chart`.

    Parameters
    ----------
    table
        With `measurement`, `arm`, `against`, `group`, `power` and `least`.
    patients
        In each group and arm.
    words
        How the application writes parts of names.
    """
    if table.empty:
        raise InputError("there is no measurement to draw")
    names = [wrapped(_written(row, words), _ROW) for row in table.itertuples()]
    lines = sum(1 + name.count("\n") for name in names)
    figure = new_figure(PAGE_WIDTH, 0.9 + 0.14 * len(table) + _LINE * lines)
    ax = figure.add_subplot()
    places = np.arange(len(table))
    ax.barh(places, table["power"], 0.62, color="#56B4E9", label="mean over pairs")
    ax.plot(
        table["least"], places, "D", color=INK, ms=3.5, label="hardest pair", ls="none",
        clip_on=False,
    )  # fmt: skip
    ax.axvline(0.8, color=GREY, lw=0.7, ls=":")
    ax.set_yticks(places, names, fontsize=6.5, linespacing=0.95)
    ax.tick_params(axis="y", length=0)
    ax.invert_yaxis()
    ax.set_xlim(0, 1)
    ax.set_xlabel(f"Power with {counted(patients, 'patient')}\nin each group and arm")
    outside_legend(figure, *ax.get_legend_handles_labels(), loc="outside lower right")
    return figure


def _written(row, words: Mapping[str, str]) -> str:  # type: ignore[no-untyped-def]
    """Write a measurement with the names of arms and groups as words."""
    said = str(row.measurement)
    for name in (row.arm, row.against, *row.group.split("/")):
        said = said.replace(name, readable(name, words)) if name else said
    return spelt(said, words)


FIGURE = ResultFigure(
    "What the hypotheses predict of the most telling measurements; bands hold 90 % of "
    "the parameter sets that the evidence leaves open.",
    diverging,
)
POWER = ResultFigure("Power of the most telling measurements.", power_chart)
