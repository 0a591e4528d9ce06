"""How much a verdict depends on assumed thresholds: each is moved over its range and judged anew.

Where the stored fit decides, nothing is refitted: a bound that becomes harder and is still met.
Where it does not, the fit is run again from where it ended, the bound at the end of its range.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pdmodel.hypotheses.verdicts.misses import TRIAL
from pdmodel.hypotheses.verdicts.parts import HypothesisParts, MovedPart
from pdmodel.hypotheses.verdicts.verdict import (
    REFUTED,
    REFUTES,
    STANDS,
    UNJUDGED,
    Verdict,
    judge_hypothesis,
)
from pdmodel.inference import Target
from pdmodel.inference.targets.moved_range import parse_range

Refit = Callable[[Sequence[Target]], Mapping[str, float | None]]


@dataclass(frozen=True)
class Move:
    """One assumed threshold at one end of its range; rows that share it move together.

    Parameters
    ----------
    ids
        Targets that share the bound; they differ in their day only.
    bound
        `low` or `high`.
    default, to
        Where it stands, and where it is moved.
    """

    ids: tuple[str, ...]
    bound: str
    default: float
    to: float

    @property
    def harder(self) -> bool:
        """Whether less is allowed than before."""
        return (self.to > self.default) == (self.bound == "low")

    def apply(self, targets: Sequence[Target]) -> list[Target]:
        """Return the targets with the bound moved."""
        change: dict[str, Any] = {self.bound: self.to}
        return [replace(t, **change) if t.id in self.ids else t for t in targets]


def moves(targets: Sequence[Target]) -> list[Move]:
    """Return every assumed threshold at either end of its range."""
    sharing: dict[tuple[object, ...], list[Target]] = {}
    for target in targets:
        for bound in ("low", "high"):
            limits = parse_range(getattr(target, f"{bound}_range"))
            if limits is None or target.threshold_status != "assumed":
                continue
            key = (
                target.group, target.observable, target.kind, bound, getattr(target, bound), limits
            )  # fmt: skip
            sharing.setdefault(key, []).append(target)
    return [
        Move(tuple(target.id for target in rows), str(key[3]), float(str(key[4])), end)
        for key, rows in sharing.items()
        for end in _ends(key[5])
        if end != key[4] and math.isfinite(end) and _open(rows, str(key[3]), end)
    ]


def _open(targets: Sequence[Target], bound: str, to: float) -> bool:
    """Whether ranges are left when a bound moves; nothing can lie in one that is turned over."""
    return not any(to > t.high if bound == "low" else to < t.low for t in targets)


def _ends(limits: object) -> tuple[float, float]:
    assert isinstance(limits, tuple)
    return limits


def judge_moved(
    targets: Sequence[Target], stored: HypothesisParts, refit: Refit
) -> Iterator[MovedPart]:
    """Judge a hypothesis after every move.

    Parameters
    ----------
    targets, stored
        As for `judge_hypothesis`.
    refit
        Returns the simulated value of each target after a fit to moved targets.
    """
    verdict = judge_hypothesis(targets, stored)
    if verdict.kind == UNJUDGED:
        return
    for move in moves(targets):
        changed = move.apply(targets)
        after = judge_hypothesis(changed, stored, move.ids)
        refitted = _needs_refit(verdict, after, move)
        if refitted:
            after = judge_hypothesis(changed, stored, move.ids, refit(changed))
        yield MovedPart(
            move.ids, move.bound, move.default, move.to, after.kind, after.words, refitted
        )


def _needs_refit(before: Verdict, after: Verdict, move: Move) -> bool:
    """Whether a refit could change the verdict: no refit helps where the trial refutes."""
    if any(miss.level == TRIAL and miss.by > REFUTES for miss in after.misses):
        return False
    if before.kind in STANDS:
        return after.kind == REFUTED
    missed = {miss.id for miss in before.misses}
    return not move.harder and after.kind == REFUTED and bool(missed & set(move.ids))


def fragile(before: Verdict, moved: Sequence[MovedPart]) -> list[str]:
    """Say at which moves a verdict flips between refuted and not refuted."""
    return [
        f"{before.kind} turns to {move.kind} with {', '.join(move.ids)} "
        f"{'at least' if move.bound == 'low' else 'at most'} {move.to:g} "
        f"instead of {move.default:g}"
        for move in moved
        if (move.kind in STANDS) != (before.kind in STANDS)
    ]
