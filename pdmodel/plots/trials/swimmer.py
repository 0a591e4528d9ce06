"""Swimmer plot of a trial: a lane a patient with dose, holds and events."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from pdmodel.arrays import Array
from pdmodel.plots.base.figure import ResultFigure, new_figure
from pdmodel.plots.base.style import INK, PAGE_WIDTH, styled
from pdmodel.plots.base.time_grid import day_ticks
from pdmodel.plots.trials.dose_map import NONE_GIVEN, DoseScale, dose_bar, dose_scale
from pdmodel.plots.trials.patients import (
    RESPONSE_COLUMNS,
    RESPONSES,
    empty_figure,
    require_records,
    response_of,
    shared_patients,
    sound_patients,
    why_empty,
)

EVENTS = {
    "flare": ("flare", "flare_onset"),
    "response": ("responder", "first_response_day"),
    "progression": ("progressed", "progression_day"),
}
"""By event the column that says whether it happened, and the one with its day."""


class Segment(NamedTuple):
    """Days from `start` to `end` with one value."""

    start: float
    end: float
    value: float


class Lane(NamedTuple):
    """What a lane shows.

    Parameters
    ----------
    patient, response
        Who it is, and `complete`, `partial` or `none`.
    end
        Day after the last with a known dose.
    doses
        Prescribed levels in the unit of the records; 0 once treatment has stopped.
    holds
        When the drug was withheld.
    events
        Day of each event that happened.
    """

    patient: Any
    response: str
    end: float
    doses: list[Segment]
    holds: list[Segment]
    events: dict[str, float]


def lanes(records: xr.Dataset, outcomes: pd.DataFrame) -> list[Lane]:
    """Return the lanes of patients in both tables: best response first, then the earliest.

    Parameters
    ----------
    records
        With `dose` over (patient, day), `level` and `held` over (patient, visit).
    outcomes
        A row a patient, with the columns of `EVENTS` and of the response.
    """
    patients = shared_patients(records, outcomes)
    chosen = outcomes.loc[patients]
    responses = response_of(chosen)
    courses = records.sel(patient=patients)
    visits = records["visit"].values.astype(float)
    doses, levels, held = (courses[n].values.astype(float) for n in ("dose", "level", "held"))
    rows = chosen.to_dict("records")
    made = []
    for n, patient in enumerate(patients):
        end = _end(doses[n])
        holds = [segment for segment in segments(visits, held[n], end) if segment.value == 1]
        given = segments(visits, levels[n], end)
        made.append(Lane(patient, responses.iloc[n], end, given, holds, _events(rows[n])))
    return sorted(made, key=_rank)


def segments(visits: Array, values: Array, end: float) -> list[Segment]:
    """Join what follows each other with the same value; a visit's holds until the next.

    Examples
    --------
    >>> segments(np.array([0.0, 7.0, 14.0]), np.array([10.0, 10.0, 5.0]), 20.0)
    [Segment(start=0.0, end=14.0, value=10.0), Segment(start=14.0, end=20.0, value=5.0)]
    """
    joined: list[Segment] = []
    following = np.append(visits[1:], math.inf)
    for start, stop, value in zip(visits, following, values, strict=True):
        if start >= end or math.isnan(value):
            continue
        segment = Segment(float(start), float(min(stop, end)), float(value))
        if joined and joined[-1].value == segment.value and joined[-1].end == segment.start:
            joined[-1] = joined[-1]._replace(end=segment.end)
        else:
            joined.append(segment)
    return joined


def spread(items: Sequence[Lane], most: int) -> list[Lane]:
    """Return at most so many lanes, evenly through their order."""
    if len(items) <= most:
        return list(items)
    return [items[index] for index in np.linspace(0, len(items) - 1, most).round().astype(int)]


def _end(doses: Array) -> float:
    given = np.flatnonzero(np.isfinite(doses))
    return float(given[-1] + 1) if given.size else 0.0


def _events(row: Mapping[Any, Any]) -> dict[str, float]:
    days = {name: float(row[day]) for name, (yes, day) in EVENTS.items() if row[yes] == 1}
    return {name: day for name, day in days.items() if math.isfinite(day)}


def _rank(lane: Lane) -> tuple[int, float, float]:
    order = list(RESPONSES).index(lane.response)
    return order, lane.events.get("response", math.inf), -lane.end


_LANE, _GAP, _THICK, _LEAST = 0.125, 0.7, 0.72, 6.0  # inches; the rest in lanes
_HATCH = "////////"
_COLUMNS = dict.fromkeys((*RESPONSE_COLUMNS, *(name for pair in EVENTS.values() for name in pair)))


class Sign(NamedTuple):
    """How an event is drawn."""

    marker: str
    size: float
    fill: str
    label: str


SIGNS = {
    "flare": Sign("v", 4.6, "white", "flare"),
    "response": Sign("o", 4.6, "white", "first response"),
    "progression": Sign("X", 5.6, "white", "progression"),
}
_STAYED = Sign(">", 3.6, INK, "on trial at the end")


@styled
def swimmer(records: xr.Dataset, outcomes: pd.DataFrame, *, most: int = 40) -> Figure:
    """Draw a lane a patient: dose level as colour, holds hatched, flare, response, progression.

    Parameters
    ----------
    records
        With `dose` over (patient, day), `level` (its unit on the colour bar) and `held` over
        (patient, visit); patients are matched by their label.
    outcomes
        A row a patient with `responder`, `complete`, `flare`, `progressed` (0 or 1), and
        `flare_onset`, `first_response_day`, `progression_day` (days); `failed` = 1 are left out.
    most
        Number of lanes; of more patients, these are taken evenly through their order.

    Raises
    ------
    InputError
        If a variable or column is missing.
    """
    sound = sound_patients(outcomes, _COLUMNS)
    require_records(records, ["dose", "level", "held"])
    every = lanes(records, sound)
    if not every:
        reason = "no patient has both records and outcomes"
        return empty_figure("Course of each patient", why_empty(outcomes, reason))
    shown = spread(every, most)
    levels = np.array([segment.value for lane in shown for segment in lane.doses])
    scale = dose_scale(levels, str(records["level"].attrs.get("units", "")))
    horizon = float(records["day"].values[-1]) + 1
    groups = len({lane.response for lane in shown})
    figure = new_figure(PAGE_WIDTH, max(1.2 + _LANE * (len(shown) + _GAP * (groups - 1)), 2.0))
    ax = figure.add_subplot()
    _draw_lanes(ax, shown, horizon, scale)
    if levels.any():
        dose_bar(figure, ax, scale, "Dose level")
    ax.set_title(_summary(len(shown), len(every)))
    figure.legend(handles=_legend(shown), loc="outside lower center", ncols=7)
    return figure


def _draw_lanes(ax: Axes, shown: Sequence[Lane], horizon: float, scale: DoseScale) -> None:
    """Draw groups of equal response below each other, with a gap and the name of each."""
    height, names = 0.0, {}
    for response, group in groupby(shown, key=lambda lane: lane.response):
        first = height
        for lane in group:
            _draw_lane(ax, height, lane, horizon, scale)
            height += 1
        names[(first + height - 1) / 2] = f"{response} ({height - first:.0f})"
        _draw_side(ax, first, height - 1, response)
        height += _GAP
    ax.set_yticks(list(names), list(names.values()))
    ax.tick_params(axis="y", length=0, pad=9)
    ax.spines["left"].set_visible(False)
    ax.set_ylim(max(height - _GAP, _LEAST) - 0.3, -0.7)
    ax.set_ylabel("Response (patients)")
    ax.set_xticks(day_ticks(horizon))
    ax.set_xlim(-0.005 * horizon, 1.03 * horizon)
    ax.set_xlabel("Time on treatment (days)")


def _draw_side(ax: Axes, first: float, last: float, response: str) -> None:
    """Draw a bar beside a group in the colour of its response."""
    ax.plot(
        [-0.012] * 2, [first - 0.4, last + 0.4], color=RESPONSES[response].fill, lw=4,
        solid_capstyle="butt", transform=ax.get_yaxis_transform(), clip_on=False, gid="side",
    )  # fmt: skip


def _draw_lane(ax: Axes, height: float, lane: Lane, horizon: float, scale: DoseScale) -> None:
    low = height - _THICK / 2
    fills = [
        scale.colours(scale.norm(segment.value)) if segment.value > 0 else NONE_GIVEN
        for segment in lane.doses
    ]
    ax.broken_barh(
        [(segment.start, segment.end - segment.start) for segment in lane.doses], (low, _THICK),
        facecolors=fills, linewidth=0, gid="doses",
    )  # fmt: skip
    if lane.holds:
        ax.broken_barh(
            [(hold.start, hold.end - hold.start) for hold in lane.holds], (low, _THICK),
            facecolors=NONE_GIVEN, edgecolor=INK, linewidth=0.3, hatch=_HATCH, gid="holds",
        )  # fmt: skip
    ax.broken_barh([(0, lane.end)], (low, _THICK), facecolors="none", edgecolor=INK, linewidth=0.4)
    for name, day in lane.events.items():
        _draw_sign(ax, SIGNS[name], day, height, name)
    if lane.end >= horizon:
        _draw_sign(ax, _STAYED, 1.02 * horizon, height, "stayed")


def _draw_sign(ax: Axes, sign: Sign, day: float, height: float, gid: str) -> None:
    ax.plot(
        [day], [height], marker=sign.marker, ms=sign.size, mfc=sign.fill, mec=INK, mew=0.8,
        linestyle="none", clip_on=False, zorder=3, gid=gid,
    )  # fmt: skip


def _summary(shown: int, patients: int) -> str:
    if shown < patients:
        return f"Course of {shown} of {patients} patients, taken evenly through their order"
    return "Course of the only patient" if patients == 1 else f"Course of {patients} patients"


def _legend(shown: Sequence[Lane]) -> list[Any]:
    """Name the signs, each with the patients that have it; a sign nobody has is named too."""
    handles: list[Any] = [
        Line2D(
            [], [], color=INK, marker=sign.marker, ms=sign.size, mfc=sign.fill, mew=0.8, lw=0,
            label=f"{sign.label} ({sum(name in lane.events for lane in shown)})",
        )
        for name, sign in SIGNS.items()
    ]  # fmt: skip
    held = sum(bool(lane.holds) for lane in shown)
    return [
        *handles,
        Patch(fc=NONE_GIVEN, ec=INK, lw=0.4, hatch=_HATCH, label=f"held ({held})"),
        Line2D([], [], color=INK, marker=_STAYED.marker, ms=_STAYED.size, lw=0,
               label=_STAYED.label),
    ]  # fmt: skip


FIGURE = ResultFigure(
    "Dose, holds, flare and response of virtual patients.",
    lambda trial: swimmer(trial.records, trial.seen),
)
