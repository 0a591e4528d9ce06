"""Swimmer plot of a trial: a lane a patient with dose, holds and events."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
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
from pdmodel.plots.base.axes import outside_legend
from pdmodel.plots.base.figure import ResultFigure, new_figure
from pdmodel.plots.base.style import INK, PAGE_WIDTH, styled
from pdmodel.plots.base.time_axis import name_time
from pdmodel.plots.trials.dose_map import (
    NONE_GIVEN,
    DoseScale,
    dose_bar,
    dose_scale,
    unit_of_doses,
)
from pdmodel.plots.trials.patients import (
    NO_RESPONSE,
    ResponseLook,
    declared,
    empty_figure,
    require_records,
    response_looks,
    response_of,
    shared_patients,
    sound_patients,
    spread_rows,
    why_empty,
)
from pdmodel.trial import Endpoints


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
        Who it is, and the column of the best response, empty for none.
    end
        Day after the last with a known dose.
    doses
        Prescribed levels in the unit of the records; 0 once treatment has stopped.
    holds
        When the drug was withheld.
    events
        Day of each event that happened, by its label.
    """

    patient: Any
    response: str
    end: float
    doses: list[Segment]
    holds: list[Segment]
    events: dict[str, float]


def lanes(records: xr.Dataset, outcomes: pd.DataFrame, endpoints: Endpoints) -> list[Lane]:
    """Return the lanes of patients in both tables: best response first, then the earliest.

    Parameters
    ----------
    records
        With `dose` over (patient, day), `level` and `held` over (patient, visit).
    outcomes
        A row a patient, with the columns of the endpoints.
    endpoints
        Which responses and events there are.
    """
    patients = shared_patients(records, outcomes)
    chosen = outcomes.loc[patients]
    responses = response_of(chosen, endpoints)
    courses = records.sel(patient=patients)
    visits = records["visit"].values.astype(float)
    doses, levels, held = (courses[n].values.astype(float) for n in ("dose", "level", "held"))
    rows = chosen.to_dict("records")
    made = []
    for n, patient in enumerate(patients):
        end = _end(doses[n])
        holds = [segment for segment in segments(visits, held[n], end) if segment.value == 1]
        given = segments(visits, levels[n], end)
        events = _events(rows[n], endpoints)
        made.append(Lane(patient, responses.iloc[n], end, given, holds, events))
    return sorted(made, key=partial(_rank, endpoints=endpoints))


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


def _end(doses: Array) -> float:
    given = np.flatnonzero(np.isfinite(doses))
    return float(given[-1] + 1) if given.size else 0.0


def _events(row: Mapping[Any, Any], endpoints: Endpoints) -> dict[str, float]:
    days = {
        label: float(row[day]) for label, (yes, day) in endpoints.events.items() if row[yes] == 1
    }
    return {label: day for label, day in days.items() if math.isfinite(day)}


def _rank(lane: Lane, endpoints: Endpoints) -> tuple[int, float, float]:
    """Return by what lanes are sorted: response, day of the first, and who stayed longest."""
    order = [*endpoints.responses, NO_RESPONSE].index(lane.response)
    first = [
        lane.events[label] for label, (yes, _) in endpoints.events.items()
        if yes in endpoints.responses and label in lane.events
    ]  # fmt: skip
    return order, min(first, default=math.inf), -lane.end


def short_labels(labels: Sequence[str]) -> list[str]:
    """Return labels without the last words that all of them share.

    Examples
    --------
    >>> short_labels(["complete response", "partial response", "no response"])
    ['complete', 'partial', 'none']
    >>> short_labels(["remission", "no remission"])
    ['remission', 'no remission']
    """
    words = [label.split() for label in labels]
    while all(len(own) > 1 for own in words) and len({own[-1] for own in words}) == 1:
        words = [own[:-1] for own in words]
    return ["none" if own == ["no"] else " ".join(own) for own in words]


_LANE, _GAP, _THICK, _LEAST = 0.125, 0.7, 0.72, 6.0  # inches; the rest in lanes
_HATCH = "////////"


class Sign(NamedTuple):
    """How an event is drawn."""

    marker: str
    size: float
    fill: str
    label: str


_MARKERS = (("v", 4.6), ("o", 4.6), ("X", 5.6), ("D", 3.8), ("P", 5.2), ("^", 4.6), ("s", 4.0))
"""Marks of events in their order, and their sizes."""
_STAYED = Sign(">", 3.6, INK, "on trial at the end")


def signs(endpoints: Endpoints) -> dict[str, Sign]:
    """Return how each event is drawn, by its label; beyond seven the marks come again, in black."""
    marks = [
        Sign(*_MARKERS[n % len(_MARKERS)], "white" if n < len(_MARKERS) else INK, label)
        for n, label in enumerate(endpoints.events)
    ]
    return {sign.label: sign for sign in marks}


@styled
def swimmer(
    records: xr.Dataset,
    outcomes: pd.DataFrame,
    endpoints: Endpoints | None = None,
    *,
    most: int = 40,
    highest: float = 0.0,
) -> Figure:
    """Draw a lane a patient: dose level as colour, holds hatched, and what happened to them.

    Parameters
    ----------
    records
        With `dose` over (patient, day), `level` (its unit on the colour bar) and `held` over
        (patient, visit); patients are matched by their label.
    outcomes
        A row a patient with the columns that the endpoints name for responses (0 or 1) and events
        (0 or 1, and days); `failed` = 1 are left out.
    endpoints
        What the outcomes mean, `trial.endpoints`.
    most
        Number of lanes; of more patients, these are taken evenly through their order.
    highest
        Dose that has the darkest colour, if that is more than the highest dose given.

    Raises
    ------
    InputError
        If a variable or column is missing.
    """
    endpoints = declared(endpoints, "swimmer")
    columns = [name for pair in endpoints.events.values() for name in pair]
    sound = sound_patients(outcomes, (*endpoints.responses, *columns))
    require_records(records, ["dose", "level", "held"])
    every = lanes(records, sound, endpoints)
    if not every:
        reason = "no patient has both records and outcomes"
        return empty_figure("Course of each patient", why_empty(outcomes, reason))
    shown = [every[row] for row in spread_rows(len(every), most)]
    levels = np.array([segment.value for lane in shown for segment in lane.doses])
    scale = dose_scale(levels, unit_of_doses(records, "level"), highest)
    horizon = float(records["day"].values[-1]) + 1
    groups = len({lane.response for lane in shown})
    figure = new_figure(PAGE_WIDTH, max(1.2 + _LANE * (len(shown) + _GAP * (groups - 1)), 2.0))
    ax = figure.add_subplot()
    _draw_lanes(ax, shown, horizon, scale, endpoints)
    if levels.any():
        dose_bar(figure, ax, scale, "Dose level")
    ax.set_title(_summary(len(shown), len(every)))
    outside_legend(figure, _legend(shown, endpoints), loc="outside lower center", most=7)
    return figure


def _draw_lanes(
    ax: Axes, shown: Sequence[Lane], horizon: float, scale: DoseScale, endpoints: Endpoints
) -> None:
    """Draw groups of equal response below each other, with a gap and the name of each."""
    height, names, looks = 0.0, {}, response_looks(endpoints)
    words = dict(zip(looks, short_labels([look.label for look in looks.values()]), strict=True))
    marks = signs(endpoints)
    for response, group in groupby(shown, key=lambda lane: lane.response):
        first = height
        for lane in group:
            _draw_lane(ax, height, lane, horizon, scale, marks)
            height += 1
        names[(first + height - 1) / 2] = f"{words[response]} ({height - first:.0f})"
        _draw_side(ax, first, height - 1, looks[response])
        height += _GAP
    ax.set_yticks(list(names), list(names.values()))
    ax.tick_params(axis="y", length=0, pad=9)
    ax.spines["left"].set_visible(False)
    ax.set_ylim(max(height - _GAP, _LEAST) - 0.3, -0.7)
    ax.set_ylabel("Response (patients)" if endpoints.responses else "Patients")
    name_time(ax, horizon, "day", whole=True)
    ax.set_xlim(-0.005 * horizon, 1.03 * horizon)


def _draw_side(ax: Axes, first: float, last: float, look: ResponseLook) -> None:
    """Draw a bar beside a group in the colour of its response."""
    ax.plot(
        [-0.012] * 2, [first - 0.4, last + 0.4], color=look.fill, lw=4,
        solid_capstyle="butt", transform=ax.get_yaxis_transform(), clip_on=False, gid="side",
    )  # fmt: skip


def _draw_lane(
    ax: Axes, height: float, lane: Lane, horizon: float, scale: DoseScale, marks: Mapping[str, Sign]
) -> None:
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
        _draw_sign(ax, marks[name], day, height, name)
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


def _legend(shown: Sequence[Lane], endpoints: Endpoints) -> list[Any]:
    """Name the signs, each with the patients that have it; a sign nobody has is named too."""
    handles: list[Any] = [
        Line2D(
            [], [], color=INK, marker=sign.marker, ms=sign.size, mfc=sign.fill, mew=0.8, lw=0,
            label=f"{sign.label} ({sum(name in lane.events for lane in shown)})",
        )
        for name, sign in signs(endpoints).items()
    ]  # fmt: skip
    held = sum(bool(lane.holds) for lane in shown)
    return [
        *handles,
        Patch(fc=NONE_GIVEN, ec=INK, lw=0.4, hatch=_HATCH, label=f"held ({held})"),
        Line2D([], [], color=INK, marker=_STAYED.marker, ms=_STAYED.size, lw=0,
               label=_STAYED.label),
    ]  # fmt: skip


FIGURE = ResultFigure(
    "Doses, holds and events of virtual patients.",
    lambda trial: (
        swimmer(trial.records, trial.seen, trial.endpoints, highest=trial.highest)
        if trial.endpoints.responses or trial.endpoints.events else None
    ),
)  # fmt: skip
