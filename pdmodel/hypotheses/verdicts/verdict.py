"""The verdict on a hypothesis: a pure function of its stored parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pdmodel.hypotheses.verdicts.misses import (
    TRIAL,
    TYPICAL,
    Miss,
    open_bounds,
    pattern_misses,
    target_misses,
)
from pdmodel.hypotheses.verdicts.parts import HypothesisParts, numbers_of
from pdmodel.inference import Target
from pdmodel.storage import plain

SURVIVES, BORDERLINE, REFUTED, UNJUDGED = "survives", "borderline", "refuted", "not judged"
STANDS = (SURVIVES, BORDERLINE)
REFUTES = 1.0
"""Widths of its edge by which something must be missed to refute; less is borderline."""


@dataclass(frozen=True)
class Verdict:
    """Whether a hypothesis explains the evidence.

    Parameters
    ----------
    kind
        `survives`; `borderline` if all that is missed is missed by less than the width of its
        edge; `refuted`; or `not judged` where something could not be run.
    misses
        Targets of the typical patients, then patterns of the trial, that it does not show; of each
        the farthest first.
    bounds
        Parameters of the fit that ended at a bound.
    why
        Why it was not judged.
    """

    kind: str
    misses: tuple[Miss, ...] = ()
    bounds: tuple[str, ...] = ()
    why: str = ""

    @property
    def words(self) -> str:
        """The verdict as a sentence."""
        return "; ".join(self.lines)

    @property
    def lines(self) -> tuple[str, ...]:
        """The same, a line for the farthest miss of each level and one for the number of others."""
        if self.kind == UNJUDGED:
            return (f"not judged: {self.why}",)
        if self.misses:
            first, *others = [f"{miss.sentence}, {miss.level}" for miss in self.leading]
            how = "refuted by" if self.kind == REFUTED else "borderline: just misses"
            more = len(self.misses) - len(self.leading)
            return (f"{how} {first}", *others, *([f"and {more} more"] if more else ()))
        if self.bounds:
            return (f"survives only at the bound of {', '.join(self.bounds)}",)
        return ("survives",)

    @property
    def leading(self) -> tuple[Miss, ...]:
        """The farthest miss of each level."""
        first = [next((m for m in self.misses if m.level == level), None)
                 for level in (TYPICAL, TRIAL)]  # fmt: skip
        return tuple(miss for miss in first if miss is not None)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "kind": self.kind, "words": self.words, "bounds": list(self.bounds),
            "misses": [
                {"level": m.level, "id": m.id, "words": m.words, "value": plain(m.value),
                 "low": plain(m.low), "high": plain(m.high), "by": plain(m.by)}
                for m in self.misses
            ],
        }  # fmt: skip


def judge_hypothesis(
    targets: Sequence[Target],
    stored: HypothesisParts,
    moved: Sequence[str] = (),
    refitted: Mapping[str, float | None] | None = None,
) -> Verdict:
    """Return the verdict on a hypothesis.

    Parameters
    ----------
    targets
        As they stand, perhaps with moved bounds.
    stored
        The fit and the trial, as the folder of the hypothesis holds them.
    moved
        Ids of targets whose bounds were moved; patterns of the same id move with them.
    refitted
        Simulated values by target after a refit to the moved targets, in place of those stored.
    """
    for level, part in ((TYPICAL, stored.fit), (TRIAL, stored.trial)):
        if part.failure:
            return Verdict(UNJUDGED, why=f"{level}: {part.failure}")
    simulated = stored.fit.simulated if refitted is None else numbers_of(refitted)
    bounds = {target.id: open_bounds(target) for target in targets if target.id in moved}
    patterns = [p for p in stored.trial.patterns if p.calibrates]
    for n, pattern in enumerate(patterns):
        if pattern.id in bounds:
            low, high = bounds[pattern.id]
            patterns[n] = replace(pattern, low=low, high=high)
    misses = (*target_misses(targets, simulated), *pattern_misses(patterns))
    if misses:
        refutes = max(miss.by for miss in misses) > REFUTES
        return Verdict(REFUTED if refutes else BORDERLINE, misses)
    return Verdict(SURVIVES, bounds=stored.fit.at_bound)
