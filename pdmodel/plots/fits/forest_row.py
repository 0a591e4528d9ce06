"""Rows of the target forest: every target on one common axis, and in words and numbers."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import xarray as xr

from pdmodel.inference.targets.kind import TargetKind
from pdmodel.inference.targets.kinds import find_kind
from pdmodel.plots.base.axes import unit_text
from pdmodel.plots.base.style import readable
from pdmodel.plots.base.words import words_for
from pdmodel.text import capitalised, fixed, range_text

if TYPE_CHECKING:
    from pdmodel.inference import FitRecord


class ForestRow(NamedTuple):
    """A target on the common axis.

    Parameters
    ----------
    label, allowed, simulated
        In words and numbers.
    low, high
        Ends of the allowed range: -1 and 1 where both exist, infinite where it is open.
    position
        Of the simulated value on that axis; NaN if there is none.
    met
        Whether the target is met.
    group
        Whose target it is; `a/b` for two groups.
    measured
        Position of a measured value, with two sigma to either end; NaN where there is a range.
    """

    label: str
    allowed: str
    simulated: str
    low: float
    high: float
    position: float
    met: bool
    group: str
    measured: float = math.nan


def forest_rows(result: FitRecord) -> list[ForestRow]:
    """Return the targets of a result on the common axis, in the order of its table."""
    words = words_for(result)
    return [_row(row, result.trajectories, words) for row in result.targets.to_dict("records")]


def _row(
    row: Mapping[Hashable, Any], trajectories: xr.Dataset, words: Mapping[str, str]
) -> ForestRow:
    low, high, simulated = (float(row[name]) for name in ("low", "high", "simulated"))
    kind = find_kind(row["kind"])
    value = float(row.get("value", math.nan))
    ends = (-math.inf if math.isnan(low) else -1.0, math.inf if math.isnan(high) else 1.0)
    return ForestRow(
        _label(row, kind, words),
        _allowed(low, high, value) + _unit(row, kind, trajectories),
        _number(simulated, low, high, bool(row["met"])),
        *ends,
        position(simulated, low, high, log=kind.doubles),
        bool(row["met"]),
        str(row["group"]),
        position(value, low, high, log=kind.doubles),
    )


def position(value: float, low: float, high: float, *, log: bool) -> float:
    """Return where a value lies when its allowed range reaches from -1 to 1.

    Parameters
    ----------
    value, low, high
        Simulated value and bounds; NaN where there is none.
    log
        Whether the row is judged on a log scale; not if a bound is 0 or less.

    Examples
    --------
    >>> position(3.0, 1.0, 3.0, log=False), position(8.0, 2.0, float("nan"), log=True)
    (1.0, 1.0)
    """
    bounds = [bound for bound in (low, high) if not math.isnan(bound)]
    if math.isnan(value) or not bounds:
        return math.nan
    if log and min(bounds) > 0:
        value, low, high = (_log2(x) for x in (value, low, high))
        width = 1.0  # a doubling
    else:
        width = abs(bounds[0]) or 1.0
    if len(bounds) == 2:
        return 2 * (value - low) / (high - low) - 1 if high > low else value - low
    return -1 + (value - low) / width if not math.isnan(low) else 1 + (value - high) / width


def _log2(x: float) -> float:
    return x if math.isnan(x) else math.log2(x) if x > 0 else -math.inf


def _number(value: float, low: float, high: float, met: bool) -> str:
    """Write a value as finely as its bounds ask for; a near miss so finely that it shows."""
    if math.isnan(value):
        return "never"
    low, high = (-math.inf if math.isnan(low) else low), (math.inf if math.isnan(high) else high)
    largest = max(abs(bound) for bound in (low, high) if math.isfinite(bound))
    places = max(0, 2 - math.floor(math.log10(largest))) if largest else 3
    while not met and places < 9 and low <= round(value, places) <= high:
        places += 1
    return fixed(value, places)


def _allowed(low: float, high: float, value: float) -> str:
    if not math.isnan(value):  # a measured one, with what two standard deviations allow
        return f"{value:.3g} ({low:.3g} to {high:.3g})".replace("-", "−")
    return range_text(low, high, least="≥ {}", most="≤ {}").replace("-", "−")


def _unit(row: Mapping[Hashable, Any], kind: TargetKind, trajectories: xr.Dataset) -> str:
    if kind.unit in ("day", "fold"):
        return " d" if kind.unit == "day" else " ×"
    name = str(row["observable"])
    if name not in trajectories:
        return ""
    unit = unit_text(kind.unit_of(str(trajectories[name].attrs.get("units", "1"))))
    return f" {'× ' if unit.startswith('10') else ''}{unit}" if unit else ""


def _label(row: Mapping[Hashable, Any], kind: TargetKind, words: Mapping[str, str]) -> str:
    name = str(row["observable"])
    title = capitalised(readable(name, words))
    group, measured = str(row["group"]), kind.label.format(day=row["day"])
    return f"{title}, {measured} ({'both' if '/' in group else readable(group, words)})"
