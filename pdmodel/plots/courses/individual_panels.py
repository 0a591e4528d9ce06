"""Individual panels: measured values and the fitted course of each subject, a panel a subject."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from pdmodel.arrays import Array
from pdmodel.errors import InputError, require_known
from pdmodel.plots.base.axes import outside_legend
from pdmodel.plots.base.day_band import days_of
from pdmodel.plots.base.figure import ResultFigure, new_figure
from pdmodel.plots.base.style import FIRST, PAGE_WIDTH, SECOND, Stroke, styled
from pdmodel.plots.base.time_axis import TimeUnit, time_label, time_ticks, unit_of_time
from pdmodel.plots.base.words import attributes_of, model_of, words_for
from pdmodel.plots.courses.dose_lanes import DoseLane, dose_lanes, draw_lanes, lanes_height
from pdmodel.plots.courses.measured import (
    MeasuredQuantity,
    draw_measured,
    measured_handles,
    measured_quantities,
    measured_quantity,
    set_value_axis,
)

MOST_SUBJECTS = 40
"""Panels of a page."""
_WITHIN = "lowest to highest of a day (line: its mean)"
_LETTERS = 18  # of the name of a subject
_FITTED = Stroke(FIRST, "solid", "")
_TYPICAL = Stroke(SECOND, (0, (4, 2)), "")


class _Course(NamedTuple):
    """How one kind of fitted course is drawn: its look, its width, and what it is."""

    look: Stroke
    width: float
    words: str


_COURSES = {
    "individual": _Course(_FITTED, 1.2, "fitted to the subject"),
    "typical": _Course(_TYPICAL, 0.9, "typical subject with the same covariates"),
}
_ALONE = _Course(_FITTED, 1.2, "fitted")


@styled
def individual_panels(
    result: Any,
    quantity: str | None = None,
    *,
    subjects: Sequence[str] | None = None,
    page: int = 1,
    time_unit: str | None = None,
) -> Figure:
    """Draw the measured values of each subject as open markers, the fitted course as a line.

    Parameters
    ----------
    result
        With the tables `measurements` and `courses` of a fit to measured courses.
    quantity
        The first that was measured by default.
    subjects
        Whom to draw; all by default, 40 on a page.
    page
        Which page of them, from 1.
    time_unit
        In which time is read: `hour`, `day`, `week` or `month`; by default days, hours in short
        runs.

    Returns
    -------
    matplotlib.figure.Figure
        A panel a subject, all on the same axes; on top of each what was given, where the result
        holds it. A triangle stands at the limit that a value lies beyond. Of a population the
        course of the typical subject with the same covariates is dashed. The y axis is logarithmic
        where values are compared on the logarithm.

    Raises
    ------
    InputError
        If the result has no measurements, or no such quantity, subject or page.
    """
    chosen = measured_quantity(result, quantity)
    array = result.courses[chosen.name]
    names = _subjects(chosen, subjects)
    shown = names[(page - 1) * MOST_SUBJECTS : page * MOST_SUBJECTS] if page >= 1 else []
    if not shown:
        raise InputError(f"page {page} of {math.ceil(len(names) / MOST_SUBJECTS)} does not exist")
    array = array.sel(subject=shown)
    drawn = chosen._replace(rows=chosen.rows[chosen.rows["subject"].astype(str).isin(shown)])
    first, last = _span_of_days(drawn, array)
    lanes = _lanes(result, last, shown)
    figure, panels = _lay_out(len(shown), lanes)
    banded = False
    for ax, name in zip(panels, shown, strict=True):
        banded |= _draw_subject(ax, array.sel(subject=name), drawn, name)
        draw_lanes(ax, lanes, name, last, _height(len(shown)))
        ax.set_title(_title(name, len(shown)), pad=3 + 72 * lanes_height(lanes), fontsize=7)
    set_value_axis(panels[0], drawn, [drawn.rows["predicted"].to_numpy(float)], [array.values])
    unit = unit_of_time(last - min(first, 0.0), time_unit)
    _set_days(panels, first, last, unit)
    figure.supylabel(chosen.label(), fontsize=7.5)
    figure.supxlabel(_below(time_label(unit), shown, names), fontsize=7.5)
    outside_legend(figure, _legend(drawn, _kinds(array), banded, lanes), most=3, grow=0.3)
    return figure


def _subjects(quantity: MeasuredQuantity, wanted: Sequence[str] | None) -> list[str]:
    """Return the subjects with measurements of a quantity, in the order of the table."""
    measured = list(dict.fromkeys(quantity.rows["subject"].astype(str)))
    if wanted is None:
        return measured
    require_known(f"subject with measurements of {quantity.name}", measured, *map(str, wanted))
    return [str(name) for name in wanted]


def _columns(count: int) -> int:
    return sum(count > most for most in (0, 1, 4, 9, 16))


def _height(count: int) -> float:
    """Return the height of a panel in inches: less of it where there are many."""
    return {1: 2.4, 2: 1.7, 3: 1.4, 4: 1.15}.get(_columns(count), 0.95)


def _lay_out(count: int, lanes: Sequence[DoseLane]) -> tuple[Figure, list[Axes]]:
    """Return a figure with so many panels on the same axes."""
    columns = _columns(count)
    rows = math.ceil(count / columns)
    width = PAGE_WIDTH if columns > 1 else 4.6
    each = _height(count) + lanes_height(lanes) + 0.22
    figure = new_figure(width, 0.9 + rows * each)
    cells = figure.add_gridspec(rows, columns)
    panels: list[Axes] = []
    for number in range(count):
        first = panels[0] if panels else None
        ax = figure.add_subplot(
            cells[number // columns, number % columns], sharex=first, sharey=first
        )
        ax.tick_params(labelleft=number % columns == 0, labelbottom=number + columns >= count)
        panels.append(ax)
    return figure, panels


def _title(name: str, count: int) -> str:
    short = name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}…"
    return f"Subject {short}" if len(name) <= 6 or _columns(count) <= 3 else short


def _kinds(own: xr.DataArray) -> dict[str, _Course]:
    if "prediction" not in own.dims:
        return {"": _ALONE}
    return {str(kind): _COURSES[str(kind)] for kind in own["prediction"].values}


def _draw_subject(ax: Axes, own: xr.DataArray, quantity: MeasuredQuantity, name: str) -> bool:
    """Draw courses and measured values of a subject; return whether a day has a band."""
    banded = False
    for kind, course in _kinds(own).items():
        array = own.sel(prediction=kind) if kind else own
        values = array.values.astype(float)
        # 0 before a first dose has no logarithm, and no line leads up from it.
        kept = np.isfinite(values) & ((values > 0) | (not quantity.log))
        if kept.any():
            band = kind != "typical"
            times = array["time"].values.astype(float)[kept]
            banded |= _draw_course(ax, times, values[kept], course, band=band)
    rows = quantity.rows[quantity.rows["subject"].astype(str) == name]
    draw_measured(ax, rows["day"].to_numpy(float), rows)
    return banded


def _draw_course(ax: Axes, times: Array, values: Array, course: _Course, *, band: bool) -> bool:
    """Draw a course, of a long one with many rows the mean of each day and a band within it."""
    daily = days_of(times, values)
    if daily is not None:
        times, values = daily.days, daily.mean
        if band:
            ax.fill_between(
                times, daily.low, daily.high, color=course.look.colour, alpha=0.22, lw=0,
                gid=_WITHIN,
            )  # fmt: skip
    ax.plot(
        times, values, color=course.look.colour, linestyle=course.look.dashes, lw=course.width,
        zorder=2, gid=course.words,
    )  # fmt: skip
    return daily is not None and band and bool((daily.high > 1.001 * daily.low).any())


def _span_of_days(quantity: MeasuredQuantity, array: xr.DataArray) -> tuple[float, float]:
    """Return the first and the last day with a value or a row."""
    days = quantity.rows["day"].to_numpy(float)
    kept = array.notnull().any([dim for dim in array.dims if dim != "time"])
    times = array["time"].values.astype(float)[kept.values]
    every = np.concatenate([days, times, [0.0]])
    last = float(every.max())
    return float(every.min()), last if last > 0 else 1.0


def _set_days(panels: Sequence[Axes], first: float, last: float, unit: TimeUnit) -> None:
    """Set the days of all panels: few ticks where they are narrow, some below 0 if need be."""
    ticks = time_ticks(last, unit)
    most = 4 if _columns(len(panels)) > 3 else 7
    while len(ticks) > most:
        ticks = ticks[::2]
    step = ticks[1] - ticks[0] if len(ticks) > 1 else last / unit.days
    before = math.floor(-first / unit.days / step + 1e-9)
    ticks = [-step * number for number in range(before, 0, -1)] + ticks
    ax = panels[0]
    ax.set_xticks(
        [tick * unit.days for tick in ticks], [f"{tick:g}".replace("-", "−") for tick in ticks]
    )
    ax.set_xlim(first - 0.04 * (last - first), last + 0.04 * (last - first))


def _below(label: str, shown: Sequence[str], names: Sequence[str]) -> str:
    """Return what stands below the axes: the time, and who is not on this page."""
    if len(shown) == len(names):
        return label
    first = names.index(shown[0])
    which = f"First {len(shown)}" if not first else f"{first + 1} to {first + len(shown)}"
    return f"{label}\n{which} of {len(names)} subjects; all are in measurements.csv"


def _lanes(result: Any, days: float, shown: Sequence[str]) -> list[DoseLane]:
    """Return the doses of those who are shown, where the result holds doses."""
    table = getattr(result, "doses", None)
    if table is None:
        return []
    model = model_of(result.model, getattr(result, "model_hash", ""))
    main = next(iter(model.doses), "") if model is not None else ""
    main = main or str(attributes_of(result).get("drug", "")) or "drug"
    own = table[table["subject"].astype(str).isin(shown)]
    return dose_lanes(own, days, main, words_for(result))


def _legend(
    quantity: MeasuredQuantity, kinds: dict[str, _Course], banded: bool, lanes: Sequence[DoseLane]
) -> list[Any]:
    lines = [
        Line2D([], [], color=course.look.colour, linestyle=course.look.dashes, lw=course.width,
               label=course.words)
        for course in kinds.values()
    ]  # fmt: skip
    band = [Patch(color=FIRST, alpha=0.22, lw=0, label=_WITHIN)] if banded else []
    return [*measured_handles(quantity.rows), *lines, *band, *(lane.handle for lane in lanes)]


def _draw_all(result: Any, time_unit: str | None = None) -> dict[str, Figure]:
    """Draw the first page of each quantity."""
    return {
        quantity.name: individual_panels(result, quantity.name, time_unit=time_unit)
        for quantity in measured_quantities(result)
    }


FIGURE = ResultFigure("Measured and fitted course of each subject: {}.", _draw_all, timed=True)
