"""By how much targets and patterns are missed, in widths of their edges, so that all compare."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pdmodel.hypotheses.verdicts.parts import PatternPart
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
        Identifier and meaning of the target or pattern.
    value, low, high
        The simulated value, and the limits; infinite where open.
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
    def sentence(self) -> str:
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
    misses = []
    for target in targets:
        value = simulated[target.id]
        if target.met(value):
            continue
        low, high = open_bounds(target)
        by = beyond(value, low, high, target.scale == "log", target.softness)
        if not math.isnan(target.value):
            by = abs(target.residual(value)) - 2.0
            low = high = target.value
        misses.append(Miss(TYPICAL, target.id, subject(target), value, low, high, by))
    return sorted(misses, key=lambda miss: -miss.by)


def open_bounds(target: Target) -> tuple[float, float]:
    """Return the bounds of a target; infinite where it has none."""
    low = -math.inf if math.isnan(target.low) else target.low
    return low, math.inf if math.isnan(target.high) else target.high


def subject(target: Target) -> str:
    """Say of what and whom a target speaks."""
    day = "" if math.isnan(target.day) else f" by day {target.day:g}"
    return f"{target.meaning or target.id}, {target.group}{day}"


def pattern_misses(patterns: Iterable[PatternPart]) -> list[Miss]:
    """Return the patterns of a trial that are not inside, the farthest first."""
    misses = [
        Miss(TRIAL, p.id, p.meaning, p.value, p.low, p.high, pattern_beyond(p)) for p in patterns
    ]
    return sorted((miss for miss in misses if miss.by > 0), key=lambda miss: -miss.by)


def pattern_beyond(pattern: PatternPart) -> float:
    """Return how far a pattern is outside, in widths of its edge.

    The edge of a rate or of a difference of rates is the standard error that a trial of its size
    has, that of a fold 0.2 on the log scale, that of a day 14, of others a tenth.
    """
    if pattern.unit in ("fold", "mg"):
        return beyond(pattern.value, pattern.low, pattern.high, True, _FOLD_EDGE)
    edge = _DAY_EDGE if pattern.unit == "day" else 0.5 / math.sqrt(pattern.n)
    return beyond(pattern.value, pattern.low, pattern.high, False, edge)
