"""Lanes of a swimmer plot: dose, holds and events of each patient between day 0 and the last."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from pdmodel.arrays import Array
from pdmodel.plots.trials.patients import RESPONSES, response_of, shared_patients

EVENTS = {
    "flare": ("flare", "flare_onset"),
    "response": ("responder", "first_response_day"),
    "progression": ("progressed", "progression_day"),
}
"""By event the column that says whether it happened, and the one with its day."""


class Spell(NamedTuple):
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
    doses: list[Spell]
    holds: list[Spell]
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
    found = records.sel(patient=patients)
    visits = records["visit"].values.astype(float)
    doses, levels, held = (found[n].values.astype(float) for n in ("dose", "level", "held"))
    rows = chosen.to_dict("records")
    made = []
    for n, patient in enumerate(patients):
        end = _end(doses[n])
        holds = [spell for spell in spells(visits, held[n], end) if spell.value == 1]
        given = spells(visits, levels[n], end)
        made.append(Lane(patient, responses.iloc[n], end, given, holds, _events(rows[n])))
    return sorted(made, key=_rank)


def spells(visits: Array, values: Array, end: float) -> list[Spell]:
    """Join what follows each other with the same value; a visit's holds until the next.

    Examples
    --------
    >>> spells(np.array([0.0, 7.0, 14.0]), np.array([10.0, 10.0, 5.0]), 20.0)
    [Spell(start=0.0, end=14.0, value=10.0), Spell(start=14.0, end=20.0, value=5.0)]
    """
    joined: list[Spell] = []
    following = np.append(visits[1:], math.inf)
    for start, stop, value in zip(visits, following, values, strict=True):
        if start >= end or math.isnan(value):
            continue
        spell = Spell(float(start), float(min(stop, end)), float(value))
        if joined and joined[-1].value == spell.value and joined[-1].end == spell.start:
            joined[-1] = joined[-1]._replace(end=spell.end)
        else:
            joined.append(spell)
    return joined


def spread(items: Sequence[Lane], most: int) -> list[Lane]:
    """Return at most so many lanes, evenly through their order."""
    if len(items) <= most:
        return list(items)
    return [items[place] for place in np.linspace(0, len(items) - 1, most).round().astype(int)]


def _end(doses: Array) -> float:
    known = np.flatnonzero(np.isfinite(doses))
    return float(known[-1] + 1) if known.size else 0.0


def _events(row: Mapping[Any, Any]) -> dict[str, float]:
    days = {name: float(row[day]) for name, (yes, day) in EVENTS.items() if row[yes] == 1}
    return {name: day for name, day in days.items() if math.isfinite(day)}


def _rank(lane: Lane) -> tuple[int, float, float]:
    order = list(RESPONSES).index(lane.response)
    return order, lane.events.get("response", math.inf), -lane.end
