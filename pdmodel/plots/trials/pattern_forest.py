"""Pattern forest: what trials reported against what virtual trials say, a panel a scale."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Hashable, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import Any, NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from pdmodel.errors import unknown
from pdmodel.plots.base.axes import plain_ticks, spelt, unit_text
from pdmodel.plots.base.figure import ResultFigure, new_figure
from pdmodel.plots.base.style import GREY, INK, NO_WORDS, OTHERS, PAGE_WIDTH, readable, styled
from pdmodel.plots.trials.patients import empty_figure
from pdmodel.text import fixed, range_text

COLUMNS = (
    "meaning", "kind", "reported", "low", "high", "model", "model_low", "model_high", "inside",
    "use", "unit",
)  # fmt: skip


class Scale(NamedTuple):
    """What rows of one panel have in common.

    Parameters
    ----------
    title, unit
        Of the panel and its axis.
    factor
        From the table to the axis.
    log
        Whether a doubling is as far as a halving.
    places
        After the point.
    """

    title: str
    unit: str
    factor: float = 1.0
    log: bool = False
    places: int = 0


SCALES = {
    "rate": Scale("Rates", "% of patients", 100.0),
    "difference": Scale("Differences of rates", "percentage points", 100.0),
    "fold": Scale("Ratios", "fold", log=True, places=2),
    "day": Scale("Times", "days"),
    "mg": Scale("Doses", "mg", places=1),
    "other": Scale("Other medians", "in the unit of the outcome", places=1),
}
"""By their key; medians of any other unit have a panel of that unit, after these."""


def scale_for(key: str) -> Scale:
    """Return a scale by its key: one of `SCALES`, or that of medians of a unit.

    Examples
    --------
    >>> scale_for("mg/L")[:2], scale_for("day")[:2]
    (('Medians in mg/L', 'mg/L'), ('Times', 'days'))
    """
    text = unit_text(key)
    return SCALES.get(key) or Scale(f"Medians in {text}", text, places=2)


class PatternRow(NamedTuple):
    """A pattern in the unit of its scale.

    Parameters
    ----------
    trial, label
        Whose it is, and its meaning in short.
    scale
        Key of `SCALES`, or a unit.
    low, high, reported
        What is compatible with the report (infinite where open), and the report; NaN if none.
    model, model_low, model_high
        What the model says, with its interval of replicates; NaN where a group is empty.
    inside, predicted
        Whether the model is compatible, and whether nothing was calibrated to it.
    said, told
        Model and report in numbers.
    """

    trial: str
    label: str
    scale: str
    low: float
    high: float
    reported: float
    model: float
    model_low: float
    model_high: float
    inside: bool
    predicted: bool
    said: str
    told: str


def pattern_rows(
    tables: Mapping[str, pd.DataFrame], words: Mapping[str, str] = NO_WORDS
) -> list[PatternRow]:
    """Return the patterns of all trials, those of a scale together, trials in their order.

    Parameters
    ----------
    tables
        By trial a row a pattern with the columns of `COLUMNS`.
    words
        How the application writes parts of names.

    Raises
    ------
    InputError
        If a column is missing.
    """
    rows = []
    for trial, table in tables.items():
        for name in COLUMNS if len(table) else ():
            if name not in table:
                raise unknown(f"column of patterns of {trial!r}:", name, map(str, table.columns))
        rows += [_row(trial, row, words) for row in table.to_dict("records")]
    order = list(dict.fromkeys((*SCALES, *(row.scale for row in rows))))
    return sorted(rows, key=lambda row: order.index(row.scale))


def scale_of(kind: str, unit: str) -> str:
    """Return the scale of a pattern.

    Examples
    --------
    >>> scale_of("rate", "1"), scale_of("ratio", "1"), scale_of("median", "cm")
    ('rate', 'fold', 'cm')
    """
    if kind in ("rate", "difference"):
        return kind
    return "fold" if kind == "ratio" else unit if unit_text(unit) else "other"


def short(meaning: str, words: Mapping[str, str] = NO_WORDS) -> str:
    """Return what a pattern is about, without its outcome and remarks.

    Examples
    --------
    >>> short("TNF-alpha at day 7 over baseline: no change", {"TNF-alpha": "TNF-α"})
    'TNF-α at day 7 over baseline'
    """
    text = re.sub(r"\s*\([^)]*\)$", "", meaning).split(":")[0].strip()
    text = spelt(text, words)
    return text[:1].upper() + text[1:]


def _row(trial: str, row: Mapping[Hashable, Any], words: Mapping[str, str]) -> PatternRow:
    key = scale_of(str(row["kind"]), str(row["unit"]))
    scale = scale_for(key)
    numbers = {
        name: float(row[name]) * scale.factor
        for name in ("low", "high", "reported", "model", "model_low", "model_high")
    }
    inside = bool(row["inside"])
    return PatternRow(
        trial, short(str(row["meaning"]), words), key, **numbers, inside=inside,
        predicted=row["use"] == "predict", said=_said(numbers, inside, scale.places),
        told=_told(numbers, scale.places),
    )  # fmt: skip


def _said(numbers: Mapping[str, float], inside: bool, places: int) -> str:
    """Write the model's value so finely that one outside is not written as one inside."""
    value, low, high = (numbers[name] for name in ("model", "low", "high"))
    if math.isnan(value):
        return "no value"
    finer = places
    while not inside and finer < 9 and low <= round(value, finer) <= high:
        finer += 1
    ends = numbers["model_low"], numbers["model_high"]
    if any(math.isnan(end) for end in ends):
        return fixed(value, finer)
    return f"{fixed(value, finer)} ({_range(*ends, places)})"


def _told(numbers: Mapping[str, float], places: int) -> str:
    span = _range(numbers["low"], numbers["high"], places)
    if math.isnan(numbers["reported"]):
        return span
    return f"{fixed(numbers['reported'], places)} ({span})"


def _range(low: float, high: float, places: int) -> str:
    both = "{} to {}" if low < 0 else "{}–{}"
    return range_text(low, high, partial(fixed, places=places), "≥ {}", "≤ {}", both)


_ROW, _PANEL = 0.195, 0.55  # inches: of a row, and of title and axis of a panel
_LETTERS = 52  # of a line of a label
_BAND = "#d3d3d3"
_CELLS = ((0.0, "left"), (0.36, "left"), (0.64, "left"), (1.0, "right"))


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
    panels = {
        key: _stacked(list(own), words) for key, own in groupby(rows, key=lambda row: row.scale)
    }
    counts = [len(lines) for lines in panels.values()]
    figure = new_figure(PAGE_WIDTH, _ROW * sum(counts) + _PANEL * len(counts) + 0.7)
    grid = figure.subplots(
        len(counts), 2, sharey="row", squeeze=False, height_ratios=counts, width_ratios=(1.0, 1.3)
    )
    for (key, lines), (ax, numbers) in zip(panels.items(), grid, strict=True):
        _draw_panel(ax, key, lines)
        _write_numbers(numbers, lines)
    inside = sum(row.inside for row in rows)
    figure.suptitle(
        f"{inside} of {len(rows)} patterns inside what was reported{_predictions(rows)}",
        fontsize=8.5, weight="bold", x=0.01, ha="left",
    )  # fmt: skip
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


def _draw_panel(ax: Axes, key: str, lines: Sequence[PatternRow | str]) -> None:
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
    ax.set_yticks(range(len(lines)), labels, fontsize=6.5, linespacing=0.95)
    for text, line in zip(ax.get_yticklabels(), lines, strict=True):
        text.set_fontweight("bold" if isinstance(line, str) else "normal")
    ax.tick_params(axis="y", length=0, pad=6)
    ax.spines["left"].set_visible(False)
    ax.set_title(scale_for(key).title)
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
            _write_row(table, y, cells, ("normal",) * 3 + (_weight(row),))


def _weight(row: PatternRow) -> str:
    return "normal" if row.inside else "bold"


def _write_row(
    table: Axes, y: int, cells: Sequence[str], weights: Sequence[str]
) -> None:  # fmt: skip
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
