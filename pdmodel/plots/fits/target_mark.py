"""Where a target stands on a panel: its allowed range and simulated value in panel coordinates."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pdmodel.arrays import Array

AT_A_DAY = ("level", "fold_change", "ratio", "peak_difference")
OVER_A_WINDOW = ("best", "nadir", "peak")
OF_DAYS = ("onset", "duration", "time_to_best")
RELATIVE = ("fold_change", "best")

# Days that were computed in two ways.
_JUST_AFTER = 1 + 1e-12


class Curve(NamedTuple):
    """One quantity of one group: days and values, both of shape (n_times,), no gaps."""

    times: Array
    values: Array


class Mark(NamedTuple):
    """A target in the coordinates of its panel.

    Parameters
    ----------
    kind, groups, met
        As in the target; several groups where they share the same range.
    day
        Where it is judged; end of the window for bounds over a window; NaN for spans of days.
    low, high
        Allowed range on the y axis (days for spans of days); infinite where it is open.
    found
        Simulated (day, value) pairs on the panel, one a group.
    """

    kind: str
    groups: tuple[str, ...]
    met: tuple[bool, ...]
    day: float
    low: float
    high: float
    found: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class MarkMaker:
    """Turns rows of a target table into marks.

    Parameters
    ----------
    curves
        The panel's quantity, untransformed, by group.
    relative
        Whether the panel shows values over the value before treatment.
    horizon
        Last day of the run, for targets that name none.
    onsets
        Simulated day of onset by group, from which durations are counted.
    """

    curves: Mapping[str, Curve]
    relative: bool
    horizon: float
    onsets: Mapping[str, float] = field(default_factory=dict)

    def marks(self, rows: pd.DataFrame) -> list[Mark]:
        """Return the marks of the rows whose groups have a curve, equal ranges joined."""
        made = [
            self._mark(row)
            for row in rows.to_dict("records")
            if all(group in self.curves for group in str(row["group"]).split("/"))
        ]
        return [_joined(list(same)) for _, same in groupby(sorted(made, key=_order), key=_order)]

    def _mark(self, row: Mapping[Hashable, Any]) -> Mark:
        groups = str(row["group"]).split("/")
        kind, first = str(row["kind"]), groups[0]
        day = self.horizon if math.isnan(row["day"]) else float(row["day"])
        low = -math.inf if math.isnan(row["low"]) else float(row["low"])
        high = math.inf if math.isnan(row["high"]) else float(row["high"])
        simulated, met = float(row["simulated"]), (bool(row["met"]),)
        if kind in OF_DAYS:
            begin = self.onsets.get(first, 0.0) if kind == "duration" else 0.0
            low, high = begin + max(low, 0.0), begin + high
            return Mark(kind, (first,), met, math.nan, low, high, ((begin + simulated, math.nan),))
        bounds = [self._height(kind, groups, day, bound) for bound in (low, high)]
        height = self._height(kind, groups, day, simulated)
        at_day = kind in AT_A_DAY and kind != "peak_difference"
        place = day if at_day else self._place(first, height, day)
        at = place if kind in AT_A_DAY else day
        return Mark(kind, (first,), met, at, bounds[0], bounds[1], ((place, height),))

    def _height(self, kind: str, groups: Sequence[str], day: float, value: float) -> float:
        """Return where a number of a target lies on the panel's y axis."""
        baseline = float(self.curves[groups[0]].values[0])
        if kind == "ratio":
            value *= float(np.interp(day, *self.curves[groups[1]]))
        if kind == "peak_difference":
            other = self.curves[groups[1]]
            value += float(other.values[other.times <= day * _JUST_AFTER].max())
        if kind in RELATIVE:
            return value if self.relative else value * baseline
        return value / baseline if self.relative else value

    def _place(self, group: str, height: float, day: float) -> float:
        """Return the first day of the window on which the curve comes nearest to a height."""
        curve = self.curves[group]
        inside = curve.times <= day * _JUST_AFTER
        shown = curve.values / curve.values[0] if self.relative else curve.values
        return float(curve.times[inside][np.argmin(np.abs(shown[inside] - height))])


def _order(mark: Mark) -> tuple[str, float, float, float]:
    day = -1.0 if math.isnan(mark.day) else mark.day
    return (mark.kind, day, float(f"{mark.low:.9g}"), float(f"{mark.high:.9g}"))


def _joined(same: Sequence[Mark]) -> Mark:
    groups = tuple(group for mark in same for group in mark.groups)
    met = tuple(met for mark in same for met in mark.met)
    return same[0]._replace(groups=groups, met=met, found=tuple(m.found[0] for m in same))
