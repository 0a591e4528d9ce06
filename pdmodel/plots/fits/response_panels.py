"""Response panels: what a fit makes of each group of patients, with its targets drawn in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from pdmodel.arrays import Array
from pdmodel.errors import InputError
from pdmodel.inference.targets.course import TimeCourse
from pdmodel.plots.base.axes import outside_legend, plain_ticks, unit_label, wrapped
from pdmodel.plots.base.day_band import by_day, drawn_times
from pdmodel.plots.base.dose_strip import Strip
from pdmodel.plots.base.figure import ResultFigure
from pdmodel.plots.base.slides import dealt, into_parts
from pdmodel.plots.base.style import GREY, INK, Stroke, readable, strokes, styled
from pdmodel.plots.base.time_grid import grid_height, panel_grid
from pdmodel.plots.base.words import attributes_of, model_of, pair_of_groups, words_for
from pdmodel.plots.fits.panels import (
    early_days,
    group_names,
    panel_groups,
    panel_rows,
    panels_of,
    title_of,
)
from pdmodel.plots.fits.target_drawing import draw_marks, measured_handle
from pdmodel.plots.fits.target_mark import Mark, MarkMaker

if TYPE_CHECKING:
    from pdmodel.inference import FitRecord, Panel

_MOST_ROWS = 3  # panels of one kind that stand in one column
_LEGEND = 0.85  # inches that a legend takes at most, if no name is very long
Column = tuple[list["Panel"], float]
"""Panels below each other, and the last day of all of them."""
_WITHIN = "lowest to highest of a day (line: before its dose)"


@styled
def response_panels(
    result: FitRecord,
    *,
    drug: str | None = None,
    panels: Sequence[Panel] | None = None,
    time_unit: str | None = None,
) -> Figure:
    """Draw the fitted course of every group, the targets as brackets, bands, bounds and spans.

    A target that is a measured value is an open circle with whiskers of two sigma.

    Parameters
    ----------
    result
        A FitResult, or a result folder read back.
    drug
        Name of the main drug for the dose strip; by default that of the model, where it is found.
    panels
        What is drawn; by default what the published question to the model declares, and a panel for
        each further quantity with a target, on the scale on which its targets look.
    time_unit
        In which time is read: `hour`, `day`, `week` or `month`; by default days, hours in short
        runs.

    Returns
    -------
    matplotlib.figure.Figure
        Left the whole run, right its first weeks, if both have panels: values before each day's
        dose, on which targets look, and a pale band from the lowest to the highest of the day,
        as far as the result holds rows within days; flares as they go within the days. Targets
        of other quantities get panels of their own below.

    Raises
    ------
    InputError
        If the result holds none of the quantities.
    """
    chosen = list(panels) if panels is not None else panels_of(result)
    if not chosen:
        raise InputError("the result holds no quantity that can be drawn")
    columns = _columns(result, chosen)
    strip = Strip(result.regimen, drug or _main_drug(result))
    figure = _drawn(result, chosen, columns, strip, time_unit)
    into_parts(figure, partial(_slides, result, chosen, columns, strip, time_unit))
    return figure


def _drawn(
    result: FitRecord,
    chosen: Sequence[Panel],
    columns: Sequence[Column],
    strip: Strip,
    time_unit: str | None,
) -> Figure:
    """Draw the panels of some columns; which targets stand in which, all chosen ones decide."""
    groups = group_names(result.trajectories)
    counts, days = [len(column) for column, _ in columns], [end for _, end in columns]
    grid = panel_grid(counts, days, [strip], time_unit)
    looks = strokes(groups, pair_of_groups(groups))
    shown: set[str] = set()
    for (column, end), axes in zip(columns, grid.columns, strict=True):
        for panel, ax in zip(column, axes, strict=True):
            rows = panel_rows(panel, result, chosen)
            curves = curves_of(
                result.trajectories[panel.observable], panel_groups(panel, result, chosen)
            )
            _draw_panel(ax, panel, result, PanelContent(rows, curves, end), looks)
            shown |= set(curves)
    banded = any(part.get_gid() == _WITHIN for ax in grid.figure.axes for part in ax.collections)
    looks = {name: looks[name] for name in looks if name in shown}
    handles = _legend(looks, banded, result.targets, words_for(result))
    outside_legend(grid.figure, handles)
    return grid.figure


def _slides(
    result: FitRecord,
    chosen: Sequence[Panel],
    columns: Sequence[Column],
    strip: Strip,
    time_unit: str | None,
    whole: Figure,
    room: float,
) -> list[Figure]:
    """Draw few rows of panels a slide."""
    days, most = max(end for _, end in columns), max(len(column) for column, _ in columns)

    def inches(rows: Sequence[int]) -> float:
        return grid_height([len(rows)], [strip], days) + _LEGEND

    slides = []
    for rows in dealt(range(most), inches, room):
        some = [([column[row] for row in rows if row < len(column)], end)
                for column, end in columns]  # fmt: skip
        some = [(column, end) for column, end in some if column]
        slides.append(_drawn(result, chosen, some, strip, time_unit))
    return slides


def _columns(result: FitRecord, chosen: Sequence[Panel]) -> list[Column]:
    """Return panels of the whole run and of its beginning; many of one kind in two columns."""
    late, early = ([panel for panel in chosen if panel.early == first] for first in (False, True))
    columns = [(late, result.horizon_days), (early, early_days(result, early))]
    columns = [(column, end) for column, end in columns if column]
    if len(columns) == 1 and len(chosen) > _MOST_ROWS:
        ((column, end),) = columns
        half = (len(column) + 1) // 2
        return [(column[:half], end), (column[half:], end)]
    return columns


def _main_drug(result: FitRecord) -> str | None:
    """Return the first drug of the fitted model; a model of one's own may not be published."""
    attributes = attributes_of(result)
    model = model_of(result.model, getattr(result, "model_hash", ""), attributes)
    if model is None:
        return str(attributes.get("drug", "")) or None
    return next(iter(model.doses), None)


class PanelContent(NamedTuple):
    """What stands in a panel: rows of targets, the course of each group, and its last day."""

    rows: pd.DataFrame
    curves: Mapping[str, TimeCourse]
    days: float


def _draw_panel(
    ax: Axes, panel: Panel, result: FitRecord, content: PanelContent, looks: dict[str, Stroke]
) -> None:
    """Draw curves and targets of one panel."""
    array, days = result.trajectories[panel.observable], content.days
    pair = pair_of_groups(list(looks))
    for group, curve in content.curves.items():
        inside, drawn = drawn_times(curve.times, days, fine=panel.fine), curve.times <= days
        values = curve.values / curve.values[0] if panel.relative else curve.values
        main = group in pair
        if not inside[drawn].all():
            _draw_days(ax, curve.times[drawn], values[drawn], looks[group])
        ax.plot(
            curve.times[inside], values[inside], color=looks[group].colour, gid=group,
            linestyle=looks[group].dashes, lw=1.4 if main else 1.1, zorder=2.5 if main else 2,
        )  # fmt: skip
    maker = MarkMaker(content.curves, panel.relative, result.horizon_days, _onsets(content.rows))
    marks = maker.marks(content.rows)
    ax.set_title(wrapped(panel.title or title_of(panel.observable, result)))
    ax.set_ylabel("fold of baseline" if panel.relative else panel.unit or unit_label(array))
    _scale(ax, panel, marks)
    draw_marks(ax, marks, looks)


def _draw_days(ax: Axes, times: Array, values: Array, look: Stroke) -> None:
    """Draw a pale band of what a course does within its days, where it has rows within them."""
    apart = np.flatnonzero(np.diff(times) > 0.5 * (1 + 1e-9))
    end = apart[0] + 1 if apart.size else times.size
    if end > 1:
        days = by_day(times[:end], values[:end])
        ax.fill_between(
            days.days, days.low, days.high, color=look.colour, alpha=0.22, lw=0,
            gid=_WITHIN,
        )  # fmt: skip


def curves_of(array: xr.DataArray, groups: Sequence[str]) -> dict[str, TimeCourse]:
    """Return the curve of each group that has one, without the days after its run."""
    curves = {}
    for group in groups:
        values = array.sel(group=group).values.astype(float)
        finite = np.isfinite(values)
        if finite.any():
            curves[group] = TimeCourse(array["time"].values.astype(float)[finite], values[finite])
    return curves


def _onsets(rows: pd.DataFrame) -> dict[str, float]:
    onset = rows[(rows["kind"] == "onset") & rows["simulated"].notna()]
    return {str(g): float(s) for g, s in zip(onset["group"], onset["simulated"], strict=True)}


def _scale(ax: Axes, panel: Panel, marks: Sequence[Mark]) -> None:
    """Set the y axis: it shows every finite bound, and room for arrows and spans."""
    values = [float(v) for v in ax.dataLim.intervaly]
    bounds = [b for m in marks if np.isfinite(m.day) for b in (m.low, m.high) if np.isfinite(b)]
    low, high = min(values + bounds), max(values + bounds)
    spans = sum(not np.isfinite(mark.day) for mark in marks)
    if panel.log:
        ax.set_yscale("log")
        plain_ticks(ax.yaxis)
        ax.set_ylim(low / 1.6, high * 1.35)
        return
    least = 0.0 if 0 <= low < 0.6 * high else low - 0.25 * (high - low)
    ax.set_ylim(least, least + (high - least) * (1.12 + 0.11 * spans))


def _legend(
    looks: dict[str, Stroke], banded: bool, targets: pd.DataFrame, words: Mapping[str, str]
) -> list[Any]:
    lines: list[Any] = [
        Line2D([], [], color=s.colour, linestyle=s.dashes, lw=1.4, label=readable(name, words))
        for name, s in looks.items()
    ]
    bands = [Patch(color=GREY, alpha=0.22, lw=0, label=_WITHIN)] if banded else []
    measured = targets["value"].notna() if "value" in targets else np.zeros(len(targets), bool)
    ranges = [
        Patch(color=GREY, alpha=0.4, lw=0, label="allowed range"),
        Line2D([], [], color=GREY, marker="^", ms=4, lw=1, label="bound (arrow: allowed side)"),
    ]
    return [
        *lines,
        *bands,
        *([] if measured.all() else ranges),
        *([measured_handle()] if measured.any() else []),
        Line2D([], [], color=INK, marker="o", ms=4, lw=0, label="simulated, target met"),
        Line2D(
            [], [], color=INK, marker="X", mfc="white", ms=6, lw=0, label="simulated, target missed"
        ),
    ]  # fmt: skip


def _draw_any(result: FitRecord, time_unit: str | None = None) -> Figure | None:
    """Draw them where there are targets; a fit to measured courses alone has none."""
    return response_panels(result, time_unit=time_unit) if len(result.targets) else None


FIGURE = ResultFigure(
    "Courses of the typical patients, and what the targets allow.", _draw_any, timed=True
)
