"""Response panels: what a fit makes of responders and nonresponders, with its targets drawn in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from pdmodel.arrays import Array, Flags
from pdmodel.catalogue import models
from pdmodel.errors import InputError
from pdmodel.inference.targets.course import TimeCourse
from pdmodel.inference.targets.kinds import KINDS
from pdmodel.plots.base.axes import outside_legend, plain_ticks, title_text, unit_label
from pdmodel.plots.base.day_band import by_day
from pdmodel.plots.base.dose_strip import Strip
from pdmodel.plots.base.figure import ResultFigure
from pdmodel.plots.base.style import GREY, INK, Stroke, readable, strokes, styled
from pdmodel.plots.base.time_grid import panel_grid
from pdmodel.plots.base.words import pair_of_groups, words_for
from pdmodel.plots.fits.target_drawing import draw_marks
from pdmodel.plots.fits.target_mark import Mark, MarkMaker

if TYPE_CHECKING:
    from pdmodel.inference import FitRecord

_MAIN = ("responder", "nonresponder")
_EARLY = (28.0, 84.0)  # least and most days of the column of early events
_SHORT = 14.0  # days of a run that is drawn as it goes within them
_WITHIN = "lowest to highest of a day (line: before its dose)"


class Panel(NamedTuple):
    """One panel.

    Parameters
    ----------
    observable, title
        What is drawn, and what it is called.
    relative, log, fine
        Whether over the value before treatment, on a log axis, and as it goes within the days.
    groups
        `main` for responder and nonresponder, `other` for other groups with a target here; both
        if empty.
    """

    observable: str
    title: str = ""
    relative: bool = False
    log: bool = False
    fine: bool = False
    groups: str = ""


LATE = (
    Panel("SPD", "Nodes (SPD)", relative=True),
    Panel("blood_cll", "CLL cells in blood", relative=True),
    Panel("activated_effectors", "Activated T and NK effectors"),
    Panel("t_cells", "T cells", relative=True),
    Panel("ANC", "Absolute neutrophil count"),
)
EARLY = (
    Panel("il6", "IL-6 over baseline", relative=True, log=True),
    Panel("tnf", "TNF-α over baseline", relative=True),
    Panel("tnf", "TNF-α"),
    Panel("node_swelling", "Flare: swelling of a node", fine=True, groups="main"),
    Panel("node_swelling", "Flare by size of the node", fine=True, groups="other"),
)


@styled
def response_panels(result: FitRecord, *, drug: str | None = None) -> Figure:
    """Draw the fitted course of every group, the targets as brackets, bands, bounds and spans.

    Parameters
    ----------
    result
        A FitResult, or a result folder read back.
    drug
        Name of the main drug for the dose strip; by default that of the model, where it is found.

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
    late, early = _columns(result)
    groups = _groups(result.trajectories)
    columns = [(late, result.horizon_days), (early, _early_days(result, early))]
    columns = [(panels, end) for panels, end in columns if panels]
    grid = panel_grid(
        [len(panels) for panels, _ in columns],
        [end for _, end in columns],
        [Strip(result.regimen, drug or _main_drug(result))],
    )
    looks = strokes(groups, pair_of_groups(groups))
    shown: set[str] = set()
    for (panels, end), axes in zip(columns, grid.columns, strict=True):
        for panel, ax in zip(panels, axes, strict=True):
            shown |= set(_draw_panel(ax, panel, result, end, looks))
    banded = any(part.get_gid() == _WITHIN for ax in grid.figure.axes for part in ax.collections)
    handles = _legend(
        {name: looks[name] for name in looks if name in shown}, banded, words_for(result)
    )
    outside_legend(grid.figure, handles)
    return grid.figure


def _columns(result: FitRecord) -> list[list[Panel]]:
    """Return the panels of both columns: the usual ones there are, then any other target's."""
    courses = result.trajectories
    late = [panel for panel in LATE if _can_draw(panel, result)]
    early = [panel for panel in EARLY if _can_draw(panel, result)]
    usual = {panel.observable for panel in (*late, *early)}
    for name in dict.fromkeys(result.targets["observable"]):
        if name in courses and name not in usual:
            shorter = early if len(early) < len(late) else late
            shorter.append(Panel(str(name), title_text(courses[name], words_for(result))))
    if not late and not early:
        raise InputError("the result holds no quantity that can be drawn")
    return [late, early]


def _main_drug(result: FitRecord) -> str | None:
    """Return the first drug of the fitted model; a model of one's own may not be published."""
    published = models().get(result.model)
    return next(iter(published.doses), None) if published else None


def _can_draw(panel: Panel, result: FitRecord) -> bool:
    return panel.observable in result.trajectories and bool(_panel_groups(panel, result))


def _early_days(result: FitRecord, panels: Sequence[Panel]) -> float:
    """Return the last day that a target of the early panels names, within limits."""
    rows = result.targets[result.targets["observable"].isin([p.observable for p in panels])]
    named = rows["day"].max() if rows["day"].notna().any() else 0.0
    return float(min(max(named, _EARLY[0]), _EARLY[1], result.horizon_days))


def _draw_panel(
    ax: Axes, panel: Panel, result: FitRecord, days: float, looks: dict[str, Stroke]
) -> list[str]:
    """Draw curves and targets of one panel; return the groups in it."""
    array = result.trajectories[panel.observable]
    rows = _panel_rows(panel, result)
    curves = curves_of(array, _panel_groups(panel, result))
    for group, curve in curves.items():
        inside, drawn = _shown(curve, days, panel.fine), curve.times <= days
        values = curve.values / curve.values[0] if panel.relative else curve.values
        main = group in _MAIN
        if not inside[drawn].all():
            _draw_days(ax, curve.times[drawn], values[drawn], looks[group])
        ax.plot(
            curve.times[inside], values[inside], color=looks[group].colour, gid=group,
            linestyle=looks[group].dashes, lw=1.4 if main else 1.1, zorder=2.5 if main else 2,
        )  # fmt: skip
    marks = MarkMaker(curves, panel.relative, result.horizon_days, _onsets(rows)).marks(rows)
    ax.set_title(panel.title)
    ax.set_ylabel("fold of baseline" if panel.relative else _unit(array))
    _scale(ax, panel, marks)
    draw_marks(ax, marks, looks)
    return list(curves)


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


def _groups(trajectories: xr.Dataset) -> list[str]:
    return [str(group) for group in trajectories["group"].values]


def _panel_rows(panel: Panel, result: FitRecord) -> pd.DataFrame:
    """Return the targets of a panel; where a quantity has two scales, each row goes to its own."""
    rows = result.targets[result.targets["observable"] == panel.observable]
    scales = {p.relative for p in (*LATE, *EARLY) if p.observable == panel.observable}
    if len(scales) > 1:
        own = [kind.name for kind in KINDS.values() if kind.relative]
        rows = rows[rows["kind"].isin(own) == panel.relative]
    return rows


def _panel_groups(panel: Panel, result: FitRecord) -> list[str]:
    """Return responder and nonresponder, and any group with a target here."""
    groups = _groups(result.trajectories)
    aimed = {g for text in _panel_rows(panel, result)["group"] for g in str(text).split("/")}
    main = [group for group in groups if group in _MAIN] or groups
    other = [group for group in groups if group in aimed and group not in main]
    return {"main": main, "other": other}.get(panel.groups, main + other)


def _shown(curve: TimeCourse, days: float, fine: bool) -> Flags:
    """Choose whole days (values before the dose), or all times: a change would look like a corner.

    A short run has all times too; one of few days would be a line with corners.
    """
    if fine or days <= _SHORT:
        return curve.times <= days
    # A day is the day of the calendar here, and times are rounded to 1e-9 of it.
    whole = np.abs(curve.times - np.round(curve.times)) < 1e-9
    return (curve.times <= days) & whole


def _onsets(rows: pd.DataFrame) -> dict[str, float]:
    onset = rows[(rows["kind"] == "onset") & rows["simulated"].notna()]
    return {str(g): float(s) for g, s in zip(onset["group"], onset["simulated"], strict=True)}


def _unit(array: xr.DataArray) -> str:
    return "volume fraction" if array.name == "node_swelling" else unit_label(array)


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


def _legend(looks: dict[str, Stroke], banded: bool, words: Mapping[str, str]) -> list[Any]:
    lines: list[Any] = [
        Line2D([], [], color=s.colour, linestyle=s.dashes, lw=1.4, label=readable(name, words))
        for name, s in looks.items()
    ]
    bands = [Patch(color=GREY, alpha=0.22, lw=0, label=_WITHIN)] if banded else []
    return [
        *lines,
        *bands,
        Patch(color=GREY, alpha=0.4, lw=0, label="allowed range"),
        Line2D(
            [], [], color=GREY, marker="^", ms=4, lw=1, label="bound (arrow: allowed side)"
        ),
        Line2D([], [], color=INK, marker="o", ms=4, lw=0, label="simulated, target met"),
        Line2D(
            [], [], color=INK, marker="X", mfc="white", ms=6, lw=0, label="simulated, target missed"
        ),
    ]  # fmt: skip


FIGURE = ResultFigure(
    "Courses of the typical patients, and what the targets allow.", response_panels
)
