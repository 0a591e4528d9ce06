"""Target forest: every target's simulated value against its allowed range, one row each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from pdmodel.plots.base.axes import outside_legend
from pdmodel.plots.base.figure import ResultFigure, new_figure
from pdmodel.plots.base.slides import dealt, into_parts
from pdmodel.plots.base.style import GREY, INK, PAGE_WIDTH, Stroke, readable, strokes, styled
from pdmodel.plots.base.words import pair_of_groups, words_for
from pdmodel.plots.fits.forest_row import ForestRow, forest_rows
from pdmodel.plots.fits.panels import group_names
from pdmodel.plots.fits.target_drawing import measured_handle

if TYPE_CHECKING:
    from pdmodel.inference import FitRecord

_EDGE, _INSET = 3.0, 2.75  # rows end at the first; what lies beyond the second gets an arrow
_ROW, _AROUND = 0.205, 1.1  # inches: of a row, and of title, bounds and legend
_COMPARED = Stroke(GREY, "solid", "h")


@styled
def target_forest(result: FitRecord) -> Figure:
    """Draw every target of a fit as a row: allowed range, simulated value, both as numbers.

    Each row has its own scale. The allowed range reaches from -1 to 1 (on a log scale, except for
    days and differences); where one end is open, the axis counts doublings away from the other.
    A measured value is an open marker with whiskers of two sigma.

    Parameters
    ----------
    result
        A FitResult, or a result folder read back.

    Returns
    -------
    matplotlib.figure.Figure
        A met target has a filled marker and `met` beside it, a missed one a cross and `MISSED`.
    """
    rows = forest_rows(result)
    figure = _drawn(result, rows, _title(rows))
    into_parts(figure, partial(_slides, result, rows))
    return figure


def _title(rows: Sequence[ForestRow]) -> str:
    return f"{sum(row.met for row in rows)} of {len(rows)} targets met"


def _slides(
    result: FitRecord, rows: Sequence[ForestRow], whole: Figure, room: float
) -> list[Figure]:
    """Draw the rows on as many slides as they need."""
    chunks = dealt(rows, _inches, room)
    return [
        _drawn(result, chunk, f"{_title(rows)} – {number} of {len(chunks)}")
        for number, chunk in enumerate(chunks, start=1)
    ]


def _inches(rows: Sequence[ForestRow]) -> float:
    return _AROUND + _ROW * len(rows)


def _drawn(result: FitRecord, rows: Sequence[ForestRow], title: str) -> Figure:
    figure = new_figure(PAGE_WIDTH, _inches(rows))
    ax, table = figure.subplots(1, 2, sharey=True, width_ratios=(1.25, 1))
    groups = group_names(result.trajectories)
    looks = strokes(groups, pair_of_groups(groups))
    for line, row in enumerate(rows):
        _draw_row(ax, line, row, looks.get(row.group, _COMPARED))
    _finish(ax, rows)
    ax.set_title(title)
    _write_numbers(table, rows)
    outside_legend(figure, _legend(looks, rows, words_for(result)), loc="outside lower center")
    return figure


def _draw_row(ax: Axes, line: int, row: ForestRow, look: Stroke) -> None:
    if math.isnan(row.measured):
        _draw_range(ax, line, row, look)
    else:
        _draw_measured(ax, line, row, look)
    x = _shown(row)
    marker = look.marker if row.met else "X"
    ax.plot(
        [x], [line], marker=marker, color=look.colour, ms=5 if row.met else 7, linestyle="none",
        mfc=look.colour if row.met else "white", mew=0.8 if row.met else 1.2, clip_on=False,
        gid="met" if row.met else "missed", zorder=3,
    )  # fmt: skip
    if x != row.position and not math.isnan(row.position):
        ax.annotate(
            "", (x, line), xytext=(11 if x > 0 else -11, 0), textcoords="offset points",
            arrowprops={"arrowstyle": "<|-", "color": look.colour, "lw": 0.9, "mutation_scale": 6},
        )  # fmt: skip


def _draw_range(ax: Axes, line: int, row: ForestRow, look: Stroke) -> None:
    low, high = max(row.low, -_EDGE), min(row.high, _EDGE)
    ax.barh(
        line, high - low, 0.56, left=low, color=look.colour, alpha=0.22, linewidth=0,
        gid=f"range {line}",
    )  # fmt: skip
    for end in (row.low, row.high):
        if math.isfinite(end):
            ax.plot([end] * 2, [line - 0.36, line + 0.36], color=look.colour, lw=1.3)


def _draw_measured(ax: Axes, line: int, row: ForestRow, look: Stroke) -> None:
    """Draw a measured value as an open marker with whiskers of two sigma."""
    drawn = ax.errorbar(
        [row.measured], [line], xerr=[[row.measured - row.low], [row.high - row.measured]],
        color=look.colour, marker="o", mfc="white", ms=7, mew=1.0, elinewidth=1.1, capsize=2.6,
        capthick=1.1, zorder=2,
    )  # fmt: skip
    drawn.lines[0].set_gid(f"measured {line}")


def _shown(row: ForestRow) -> float:
    """Return where the marker stands; a value that does not exist is outside the range."""
    if math.isnan(row.position):
        return _INSET if math.isfinite(row.high) and not math.isfinite(row.low) else -_INSET
    return min(max(row.position, -_INSET), _INSET)


def _finish(ax: Axes, rows: Sequence[ForestRow]) -> None:
    """Write the labels, stripe the rows, name the bounds."""
    ax.set_xlim(-_EDGE, _EDGE)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_yticks(range(len(rows)), [row.label for row in rows])
    for line in range(1, len(rows), 2):
        ax.axhspan(line - 0.5, line + 0.5, color="#f4f4f4", zorder=0, lw=0)
    ax.set_xticks([-1, 1], ["lower\nbound", "upper\nbound"])
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)


def _write_numbers(table: Axes, rows: Sequence[ForestRow]) -> None:
    """Write simulated value, allowed range and verdict in columns beside the rows."""
    table.set_axis_off()
    table.set_xlim(0, 1)
    for line, row in enumerate(rows):
        cells = (row.simulated, row.allowed, "met" if row.met else "MISSED")
        _write_row(table, line, cells, "normal" if row.met else "bold")
    _write_row(table, -1, ("simulated", "allowed", ""), "bold")


def _write_row(table: Axes, line: int, cells: tuple[str, str, str], weight: str) -> None:
    for x, text, side in zip((0.2, 0.25, 0.8), cells, ("right", "left", "left"), strict=True):
        table.text(x, line, text, fontsize=7, va="center", ha=side, weight=weight)


def _legend(
    looks: dict[str, Stroke], rows: Sequence[ForestRow], words: Mapping[str, str]
) -> list[Any]:
    if any("/" in row.group for row in rows):
        looks = {**looks, "two groups compared": _COMPARED}
    groups: list[Any] = [
        Line2D([], [], color=s.colour, marker=s.marker, ms=5, lw=0, label=readable(name, words))
        for name, s in looks.items()
    ]
    ranges = [row for row in rows if math.isnan(row.measured)]
    return [
        *groups,
        *([Patch(color=GREY, alpha=0.3, lw=0, label="allowed")] if ranges else []),
        *([measured_handle()] if len(ranges) < len(rows) else []),
        Line2D([], [], color=INK, marker="X", mfc="white", ms=7, lw=0, label="missed"),
    ]


def _draw_any(result: FitRecord) -> Figure | None:
    """Draw it where there are targets; a fit to measured courses alone has none."""
    return target_forest(result) if len(result.targets) else None


FIGURE = ResultFigure("Every target: simulated against allowed.", _draw_any)
