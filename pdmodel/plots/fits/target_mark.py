"""Where a target stands on a panel: its allowed range and simulated value in panel coordinates."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from pdmodel.inference.targets.course import TimeCourse
from pdmodel.inference.targets.kind import TargetKind
from pdmodel.inference.targets.kinds import find_kind


class Mark(NamedTuple):
    """A target in the coordinates of its panel.

    Parameters
    ----------
    kind, shape
        As in the target, and how it is drawn: a bracket at a day, bounds over a window, or a span
        of days.
    words
        Beside a span, or beside bounds of what is not seen as such on the panel; else empty.
    groups, met
        As in the target; several groups where they share the same range.
    day
        Where it is judged; end of the window for bounds over a window; NaN for spans of days.
    low, high
        Allowed range on the y axis (days for spans of days); infinite where it is open.
    simulated
        Points (day, value) on the panel, one of each group.
    measured
        Measured value on the y axis (day for spans of days), the range being two sigma around it;
        NaN where a range is all that is known.
    """

    kind: str
    shape: Literal["bracket", "bounds", "span"]
    words: str
    groups: tuple[str, ...]
    met: tuple[bool, ...]
    day: float
    low: float
    high: float
    simulated: tuple[tuple[float, float], ...]
    measured: float = math.nan


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

    curves: Mapping[str, TimeCourse]
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
        kind, first = find_kind(row["kind"]), groups[0]
        shape = shape_of(kind)
        day = self.horizon if math.isnan(row["day"]) else float(row["day"])
        low = -math.inf if math.isnan(row["low"]) else float(row["low"])
        high = math.inf if math.isnan(row["high"]) else float(row["high"])
        simulated, met = float(row["simulated"]), (bool(row["met"]),)
        measured = float(row.get("value", math.nan))
        words = kind.mark or (kind.name if shape == "span" else "")
        drawn = Mark(kind.name, shape, words, (first,), met, day, low, high, ())
        if shape == "span":
            begin = self.onsets.get(first, 0.0) if kind.after_onset else 0.0
            return drawn._replace(
                day=math.nan, low=begin + max(low, 0.0), high=begin + high,
                simulated=((begin + simulated, math.nan),), measured=begin + measured,
            )  # fmt: skip
        low, high, height, measured = (
            self._height(kind, groups, day, value) for value in (low, high, simulated, measured)
        )
        at_day = kind.looks == "day" or kind.unit == "observable*day"
        at = day if at_day else self._day_at(first, height, day)
        return drawn._replace(
            day=at if shape == "bracket" else day, low=low, high=high, simulated=((at, height),),
            measured=measured,
        )  # fmt: skip

    def _height(self, kind: TargetKind, groups: Sequence[str], day: float, value: float) -> float:
        """Return where a number of a target lies on the panel's y axis; an area as its mean."""
        if kind.unit == "observable*day":
            value /= day
        baseline = float(self.curves[groups[0]].values[0])
        if kind.groups == 2:
            second = self.curves[groups[1]]
            other = (second.at(day) if kind.looks == "day" else second.until(day).highest).value
            value = value * other if kind.unit == "fold" else value + other
        if kind.relative:
            return value if self.relative else value * baseline
        return value / baseline if self.relative else value

    def _day_at(self, group: str, height: float, day: float) -> float:
        """Return the first day of the window on which the curve comes nearest to a height."""
        curve = self.curves[group].until(day)
        heights = curve.values / curve.values[0] if self.relative else curve.values
        return float(curve.times[np.argmin(np.abs(heights - height))])


def shape_of(kind: TargetKind) -> Literal["bracket", "bounds", "span"]:
    """Return how a kind is drawn: days as a span, values at a day or over another as a bracket."""
    if kind.unit == "day":
        return "span"
    return "bracket" if kind.looks == "day" or kind.groups == 2 else "bounds"


def _order(mark: Mark) -> tuple[str, float, float, float, bool]:
    day = -1.0 if math.isnan(mark.day) else mark.day
    low, high = float(f"{mark.low:.9g}"), float(f"{mark.high:.9g}")
    return (mark.kind, day, low, high, math.isnan(mark.measured))


def _joined(same: Sequence[Mark]) -> Mark:
    groups = tuple(group for mark in same for group in mark.groups)
    met = tuple(met for mark in same for met in mark.met)
    return same[0]._replace(groups=groups, met=met, simulated=tuple(m.simulated[0] for m in same))
