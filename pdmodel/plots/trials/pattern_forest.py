"""Pattern forest: what trials reported against what virtual trials say, a panel a scale."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import Any, NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from pdmodel.plots.base.axes import plain_ticks
from pdmodel.plots.base.figure import ResultFigure, new_figure
from pdmodel.plots.base.slides import dealt, into_parts
from pdmodel.plots.base.style import GREY, INK, NO_WORDS, OTHERS, PAGE_WIDTH, readable, styled
from pdmodel.plots.trials.patients import empty_figure
from pdmodel.plots.trials.pattern_row import PatternRow, pattern_rows, scale_for

_ROW, _PANEL = 0.195, 0.55  # inches: of a row, and of title and axis of a panel
_AROUND = 0.7  # inches of title and legend
_LETTERS = 52  # of a line of a label
_BAND = "#d3d3d3"
_CELLS = ((0.0, "left"), (0.35, "left"), (0.61, "left"), (1.0, "right"))


class PointLook(NamedTuple):
    """How a model value is drawn."""

    marker: str
    size: float
    colour: str
    label: str


INSIDE = PointLook("o", 4.6, OTHERS[0], "inside")
OUTSIDE = PointLook("X", 6.4, "#a03070", "OUTSIDE")
"""A darker purple than the palette's, so that it stands out on a grey printer."""


@styled
def pattern_forest(
    tables: Mapping[str, pd.DataFrame], *, words: Mapping[str, str] = NO_WORDS
) -> Figure:
    """Draw every pattern as a row: what was reported, and the model with its replicates.

    Rates, differences, ratios, times, doses and each other unit have a panel and an axis of
    their own.

    Parameters
    ----------
    tables
        By trial a row a pattern, as `TrialResult.table`: `meaning`, `kind`, `reported` (NaN if no
        number was), `low` and `high` (infinite where open), `model`, `model_low`, `model_high`
        (90 % of replicates), `inside`, `use`, and `unit` (`1`, `fold`, `day`, `mg` or any other).
    words
        How the application writes parts of names.

    Returns
    -------
    Figure
        Inside is a circle, outside a cross and a word; a prediction is filled, what was calibrated
        is hollow.

    Raises
    ------
    InputError
        If a column is missing.
    """
    rows = pattern_rows(tables, words)
    if not rows:
        return empty_figure("Reported and predicted", "no pattern was reported for this trial")
    inside = sum(row.inside for row in rows)
    said = f"{inside} of {len(rows)} patterns inside what was reported{_predictions(rows)}"
    figure = _drawn(rows, words, said)
    into_parts(figure, partial(_slides, rows, words))
    return figure


def _slides(
    rows: Sequence[PatternRow], words: Mapping[str, str], whole: Figure, room: float
) -> list[Figure]:
    """Draw the rows on as many slides as they need; what stands above them stands above each."""
    chunks = dealt(rows, partial(_inches, words=words), room)
    said = str(whole.get_suptitle())
    begun: set[str] = set()
    slides = []
    for number, chunk in enumerate(chunks, start=1):
        of = f" – {number} of {len(chunks)}" if len(chunks) > 1 else ""
        slides.append(_drawn(chunk, words, f"{said}{of}", begun))
        begun |= {row.scale for row in chunk}
    return slides


def _panels(
    rows: Sequence[PatternRow], words: Mapping[str, str]
) -> dict[str, list[PatternRow | str]]:
    """Return the lines of each panel by the key of its scale."""
    return {key: _stacked(list(own), words) for key, own in groupby(rows, lambda row: row.scale)}


def _inches(rows: Sequence[PatternRow], words: Mapping[str, str] = NO_WORDS) -> float:
    """Return how high a figure of some rows is."""
    panels = _panels(rows, words)
    return _ROW * sum(map(len, panels.values())) + _PANEL * len(panels) + _AROUND


def _drawn(
    rows: Sequence[PatternRow],
    words: Mapping[str, str],
    title: str,
    begun: Collection[str] = (),
) -> Figure:
    """Draw rows; panels whose scale was begun on another slide say that they go on."""
    panels = _panels(rows, words)
    counts = [len(lines) for lines in panels.values()]
    figure = new_figure(PAGE_WIDTH, _inches(rows, words))
    grid = figure.subplots(
        len(counts), 2, sharey="row", squeeze=False, height_ratios=counts, width_ratios=(1.0, 1.3)
    )
    for (key, lines), (ax, numbers) in zip(panels.items(), grid, strict=True):
        _draw_panel(ax, key, lines, key in begun)
        _write_numbers(numbers, lines)
    figure.suptitle(title, fontsize=8.5, weight="bold", x=0.01, ha="left")
    figure.legend(handles=_legend(), loc="outside lower center", ncols=4)
    return figure


def _stacked(rows: Sequence[PatternRow], words: Mapping[str, str]) -> list[PatternRow | str]:
    """Return the rows of a panel, below the name of each trial."""
    stacked: list[PatternRow | str] = []
    for trial, own in groupby(rows, key=lambda row: row.trial):
        stacked += [readable(trial, words), *own]
    return stacked


def _predictions(rows: Sequence[PatternRow]) -> str:
    predicted = [row.inside for row in rows if row.predicted]
    return f" ({sum(predicted)} of {len(predicted)} predictions)" if predicted else ""


def _draw_panel(ax: Axes, key: str, lines: Sequence[PatternRow | str], goes_on: bool) -> None:
    rows = [(y, row) for y, row in enumerate(lines) if not isinstance(row, str)]
    _set_axis(ax, key, [row for _, row in rows])
    left, right = ax.get_xlim()
    for y, row in rows:
        _draw_report(ax, y, row, left, right)
        _draw_model(ax, y, row, left, right)
    ax.set_ylim(len(lines) - 0.4, -0.6)
    labels = [
        line if isinstance(line, str) else textwrap.fill(line.label, _LETTERS) for line in lines
    ]
    ax.set_yticks(range(len(lines)), labels, fontsize=6.5, linespacing=1.1)
    for text, line in zip(ax.get_yticklabels(), lines, strict=True):
        text.set_fontweight("bold" if isinstance(line, str) else "normal")
    ax.tick_params(axis="y", length=0, pad=6)
    ax.spines["left"].set_visible(False)
    ax.set_title(f"{scale_for(key).title}{', continued' if goes_on else ''}")
    ax.set_xlabel(scale_for(key).unit, labelpad=1)


def _set_axis(ax: Axes, key: str, rows: Sequence[PatternRow]) -> None:
    """Set the axis so that every finite number of its rows is on it."""
    every = [
        value for row in rows
        for value in (row.low, row.high, row.reported, row.model, row.model_low, row.model_high)
        if math.isfinite(value)
    ] or [0.0, 1.0]  # fmt: skip
    if key == "rate":
        ax.set_xlim(-2, 102)
    elif scale_for(key).log:
        positive = [value for value in every if value > 0] or [1.0]
        ax.set_xscale("log", base=2)
        ax.set_xlim(min(*positive, 0.5) / 1.2, max(*positive, 2.0) * 1.2)
        plain_ticks(ax.xaxis, (1.0,), base=2)
    else:
        low, high = min(*every, 0.0), max(*every, 0.0)
        pad = 0.07 * (high - low or 1.0)
        ax.set_xlim(low - pad if low < 0 else -0.4 * pad, high + pad)
        ax.xaxis.set_major_locator(MaxNLocator(nbins=6))
    if key in ("difference", "fold"):
        ax.axvline(1.0 if key == "fold" else 0.0, color=GREY, lw=0.7, linestyle=(0, (2, 2)))


def _draw_report(ax: Axes, y: int, row: PatternRow, left: float, right: float) -> None:
    """Draw what is compatible as a band, with an arrow where it is open, and the number."""
    low, high = max(row.low, left), min(row.high, right)
    ax.barh(y, high - low, 0.62, left=low, color=_BAND, linewidth=0, gid=f"range {y}")
    for end in (row.low, row.high):
        if math.isfinite(end):
            ax.plot([end] * 2, [y - 0.31, y + 0.31], color=INK, lw=0.7, gid="bound")
        else:
            edge, marker = (left, "<") if end < 0 else (right, ">")
            ax.plot([edge], [y], marker=marker, ms=4, color=GREY, clip_on=False, gid="open")
    if math.isfinite(row.reported):
        ax.plot([row.reported] * 2, [y - 0.31, y + 0.31], color=INK, lw=2, gid="reported")


def _draw_model(ax: Axes, y: int, row: PatternRow, left: float, right: float) -> None:
    look = INSIDE if row.inside else OUTSIDE
    ends = [min(max(end, left), right) for end in (row.model_low, row.model_high)]
    if not any(math.isnan(end) for end in (row.model_low, row.model_high)):
        ax.plot(ends, [y] * 2, color=look.colour, lw=1.4, zorder=2.5, gid="replicates")
    if not math.isnan(row.model):
        ax.plot(
            [row.model], [y], marker=look.marker, ms=look.size, color=look.colour, mew=1.1,
            mfc=look.colour if row.predicted else "white", linestyle="none", zorder=3,
            clip_on=False, gid=look.label,
        )  # fmt: skip


def _write_numbers(table: Axes, lines: Sequence[PatternRow | str]) -> None:
    """Write beside each row model, report, use and verdict; the first line names a trial."""
    table.set_axis_off()
    table.set_xlim(0, 1)
    _write_row(table, 0, ("model (90 %)", "reported", "", ""), ("bold",) * 4)
    for y, row in enumerate(lines):
        if not isinstance(row, str):
            use = "predicted" if row.predicted else "calibrated"
            verdict = INSIDE.label if row.inside else OUTSIDE.label
            cells = (row.said, row.told, use, verdict)
            weight = "normal" if row.inside else "bold"
            _write_row(table, y, cells, (*("normal",) * 3, weight))


def _write_row(table: Axes, y: int, cells: Sequence[str], weights: Sequence[str]) -> None:
    for (x, side), text, weight in zip(_CELLS, cells, weights, strict=True):
        table.text(x, y, text, fontsize=6.5, va="center", ha=side, weight=weight)


def _legend() -> list[Any]:
    def mark(look: PointLook, filled: bool, label: str) -> Line2D:
        return Line2D(
            [], [], color=look.colour, marker=look.marker, ms=look.size, mew=1.1, lw=1.4,
            mfc=look.colour if filled else "white", label=label,
        )  # fmt: skip

    return [
        mark(INSIDE, True, "inside, predicted"), mark(INSIDE, False, "inside, calibrated"),
        mark(OUTSIDE, True, "outside, predicted"), mark(OUTSIDE, False, "outside, calibrated"),
        Patch(color=_BAND, lw=0, label="compatible with the report"),
        Line2D([], [], color=INK, marker="|", ms=8, mew=2, lw=0, label="reported number"),
        Line2D([], [], color=GREY, marker=">", ms=4, lw=0, label="no limit on this side"),
        Line2D([], [], color=INK, lw=1.4, label="90 % of replicates"),
    ]  # fmt: skip


FIGURE = ResultFigure(
    "Predicted against reported.",
    lambda trial: (
        pattern_forest(trial.patterns, words=trial.words)
        if any(len(table) for table in trial.patterns.values()) else None
    ),
)  # fmt: skip
