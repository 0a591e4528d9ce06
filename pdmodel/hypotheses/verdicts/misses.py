"""By how much a target or a pattern is missed, in widths of its edge, so that all compare."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pdmodel.inference import Target
from pdmodel.text import range_text

TYPICAL, TRIAL = "typical patients", "virtual trial"
_FOLD_EDGE, _DAY_EDGE = 0.2, 14.0


@dataclass(frozen=True)
class Miss:
    """Something that a hypothesis does not show.

    Parameters
    ----------
    level
        `typical patients` or `virtual trial`.
    id, words
        Of the target or pattern.
    value, low, high
        What is simulated and what is allowed; infinite where open.
    by
        How far outside, in widths of the edge, > 0; infinite if there is no value.
    """

    level: str
    id: str
    words: str
    value: float
    low: float
    high: float
    by: float

    @property
    def told(self) -> str:
        """The miss in words and numbers."""
        value = "none" if math.isnan(self.value) else f"{self.value:.3g}"
        limits = range_text(self.low, self.high, "{:.3g}".format, "at least {}", "at most {}")
        return f"{self.words} ({value}; {limits} allowed)"


def beyond(value: float, low: float, high: float, log: bool, edge: float) -> float:
    """Return how far a value lies outside [low, high], in widths of the edge; 0 inside.

    Examples
    --------
    >>> round(beyond(4.0, -math.inf, 2.0, True, 0.2), 2)
    3.47
    >>> beyond(1.0, -math.inf, 2.0, True, 0.2)
    0.0
    """
    if math.isnan(value):
        return math.inf
    if low <= value <= high:
        return 0.0
    limit = low if value < low else high
    if not log:
        return abs(value - limit) / edge
    return abs(math.log(value / limit)) / edge if value > 0 else math.inf


def target_misses(targets: Sequence[Target], simulated: Mapping[str, float]) -> list[Miss]:
    """Return the targets that values by id do not meet, the farthest first."""
    found = []
    for target in targets:
        value = simulated[target.id]
        if target.met(value):
            continue
        low, high = _open(target.low, -math.inf), _open(target.high, math.inf)
        by = beyond(value, low, high, target.scale == "log", target.softness)
        if not math.isnan(target.value):
            by = abs(target.residual(value)) - 2.0
            low = high = target.value
        found.append(Miss(TYPICAL, target.id, subject(target), value, low, high, by))
    return sorted(found, key=lambda miss: -miss.by)


def subject(target: Target) -> str:
    """Say of what and whom a target speaks."""
    day = "" if math.isnan(target.day) else f" by day {target.day:g}"
    return f"{target.meaning or target.id}, {target.group}{day}"


def pattern_misses(rows: Iterable[Mapping[str, Any]]) -> list[Miss]:
    """Return the patterns of a trial that are not inside, the farthest first."""
    found = [
        Miss(
            TRIAL, row["id"], row["meaning"], _open(row["model"], math.nan), *limits(row),
            pattern_beyond(row),
        )
        for row in rows
    ]  # fmt: skip
    return sorted((miss for miss in found if miss.by > 0), key=lambda miss: -miss.by)


def limits(row: Mapping[str, Any]) -> tuple[float, float]:
    """Return what a row allows; infinite where it is open."""
    return _open(row["low"], -math.inf), _open(row["high"], math.inf)


def pattern_beyond(row: Mapping[str, Any]) -> float:
    """Return how far a pattern is outside, in widths of its edge.

    The edge of a rate or of a difference of rates is the standard error that a trial of its size
    has, that of a fold 0.2 on the log scale, that of a day 14, of others a tenth.
    """
    low, high = limits(row)
    value = _open(row["model"], math.nan)
    if row["unit"] in ("fold", "mg"):
        return beyond(value, low, high, True, _FOLD_EDGE)
    if row["unit"] == "day":
        return beyond(value, low, high, False, _DAY_EDGE)
    return beyond(value, low, high, False, 0.5 / math.sqrt(row["n"]))


def _open(value: float | None, otherwise: float) -> float:
    return otherwise if value is None or math.isnan(value) else float(value)
