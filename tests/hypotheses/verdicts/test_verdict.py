"""Verdicts are pure functions of what is stored: hand-made cases."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from pdmodel.hypotheses.verdicts.misses import Miss, beyond, pattern_beyond, target_misses
from pdmodel.hypotheses.verdicts.parts import (
    FitPart,
    HypothesisParts,
    MovedPart,
    PatternPart,
    TrialPart,
)
from pdmodel.hypotheses.verdicts.robustness import Refit, fragile, judge_moved, moves
from pdmodel.hypotheses.verdicts.verdict import judge_hypothesis
from pdmodel.inference import Target

R = Target(
    "il6_r_d7", "responder", "il6", "fold_change", 7, low=0.7, high=1.5, high_range="1.2-2",
    softness=0.2, threshold_status="assumed", meaning="IL-6 not reduced",
)  # fmt: skip
NR = Target(
    "il6_nr_d7", "nonresponder", "il6", "fold_change", 7, low=2, low_range="1.5-5", softness=0.2,
    threshold_status="assumed",
)  # fmt: skip
TARGETS = (R, NR)


def stored(
    r: float | None = 1.0, nr: float = 4.0, rate: float = 0.32, **fit: Any
) -> HypothesisParts:
    """Return what would be stored of a hypothesis with these values, read from plain data."""
    pattern = {"id": "orr", "meaning": "response rate", "model": rate, "low": 0.19, "high": 0.47,
               "unit": "1", "n": 44, "use": "calibrate"}  # fmt: skip
    cytokine = {"id": "il6_r_d7", "meaning": "IL-6 of responders", "model": r, "low": 0.7,
                "high": 1.5, "unit": "fold", "n": 9, "use": "calibrate"}  # fmt: skip
    ignored = pattern | {"id": "orr_25", "model": 0.9, "use": "predict"}
    data = {
        "failure": "", "simulated": {"il6_r_d7": r, "il6_nr_d7": nr}, "at_bound": [], "values": {},
        "summary": {"n_data": 2, "n_free": 1, "log_likelihood": None},
    }  # fmt: skip
    trial = {"failure": "", "patterns": [pattern, cytokine, ignored], "numbers": {}}
    return HypothesisParts(FitPart.of(data | fit), TrialPart.of(trial))


def refitted_to(nr: float) -> Refit:
    """Return a refit that always ends at one value of nonresponders' IL-6."""
    return lambda targets: {"il6_r_d7": 1.0, "il6_nr_d7": nr}


def test_what_shows_everything_survives() -> None:
    """All targets and all patterns to calibrate with; predictions do not count."""
    verdict = judge_hypothesis(TARGETS, stored())
    assert (verdict.kind, verdict.words) == ("survives", "survives")


def test_a_bound_is_told() -> None:
    """A fit that ended at a bound survives only there."""
    verdict = judge_hypothesis(TARGETS, stored(at_bound=["tone of responder"]))
    assert verdict.words == "survives only at the bound of tone of responder"


def test_far_misses_refute_and_near_ones_are_borderline() -> None:
    """One width of the edge lies between: 1.5 * exp(0.2) = 1.83."""
    assert judge_hypothesis(TARGETS, stored(r=1.8)).kind == "borderline"
    verdict = judge_hypothesis(TARGETS, stored(r=1.9))
    assert verdict.kind == "refuted"
    assert verdict.words.startswith("refuted by IL-6 not reduced, responder by day 7 (1.9;")
    assert [miss.level for miss in verdict.leading] == ["typical patients", "virtual trial"]
    first, second, *others = verdict.lines
    assert first.endswith("typical patients")
    assert second.endswith("virtual trial")
    assert others == ([f"and {len(verdict.misses) - 2} more"] if len(verdict.misses) > 2 else [])


def test_the_trial_alone_can_refute() -> None:
    """A rate beyond its interval by more than the standard error of its trial."""
    assert judge_hypothesis(TARGETS, stored(rate=0.15)).kind == "borderline"
    verdict = judge_hypothesis(TARGETS, stored(rate=0.10))
    assert verdict.kind == "refuted"
    assert verdict.misses[0].by == pytest.approx((0.19 - 0.10) / (0.5 / math.sqrt(44)))


def test_what_failed_is_never_a_verdict() -> None:
    """Nor is a value that is missing a target that is met."""
    verdict = judge_hypothesis(TARGETS, stored(failure="no start succeeded"))
    assert verdict.words == "not judged: typical patients: no start succeeded"
    assert judge_hypothesis(TARGETS, stored(r=None)).misses[0].by == math.inf


def test_assumed_thresholds_move_with_their_patterns() -> None:
    """At the end of the range that allows less, 1.4 is too much; the pattern moves as well."""
    told = [
        (f"{','.join(part.ids)} {part.bound} {part.to:g}", part.kind, part.refitted)
        for part in judge_moved(TARGETS, stored(r=1.6), refitted_to(4.5))
    ]
    assert told == [
        ("il6_r_d7 high 1.2", "refuted", False),
        ("il6_r_d7 high 2", "survives", False),
        ("il6_nr_d7 low 1.5", "borderline", False),
        ("il6_nr_d7 low 5", "borderline", True),
    ]


def test_flips_are_fragile() -> None:
    """Between standing and refuted; borderline is no flip."""
    verdict = judge_hypothesis(TARGETS, stored(r=1.6))
    moved = list(judge_moved(TARGETS, stored(r=1.6), refitted_to(1.0)))
    assert fragile(verdict, moved) == [
        "borderline turns to refuted with il6_r_d7 at most 1.2 instead of 1.5",
        "borderline turns to refuted with il6_nr_d7 at least 5 instead of 2",
    ]


def test_rows_that_share_a_threshold_move_together() -> None:
    """Two days of one statement are one threshold; a reported one stays where it is."""
    late = Target(**{**vars(NR), "id": "il6_nr_d28", "day": 28})
    found = moves([NR, late, Target(**{**vars(R), "threshold_status": "reported"})])
    assert [move.ids for move in found] == [("il6_nr_d7", "il6_nr_d28")] * 2


def test_distances() -> None:
    """In widths of the edge, on the scale of the row; infinite without a value."""
    assert beyond(math.nan, 0, 1, True, 0.2) == math.inf
    assert beyond(12, 0, 10, False, 2.0) == 1.0
    days = PatternPart("best_day", "day of best response", "day", "calibrate", 14, 308, 180, 270)
    assert pattern_beyond(days) > 2
    miss = Miss("virtual trial", "onset", "onset", 2.0, -math.inf, 0.5, 7.5)
    assert miss.sentence == "onset (2; at most 0.5 allowed)"
    assert [m.id for m in target_misses(TARGETS, {"il6_r_d7": 2.0, "il6_nr_d7": 0.5})] == [
        "il6_nr_d7", "il6_r_d7",
    ]  # fmt: skip


def test_null_stands_for_what_json_cannot_hold() -> None:
    """No value is NaN, an open limit is infinite; a moved threshold is written as it was read."""
    row = {"id": "orr", "meaning": "", "unit": "1", "use": "calibrate", "n": 44, "model": None,
           "low": None, "high": None}  # fmt: skip
    pattern = PatternPart.of(row)
    assert math.isnan(pattern.value)
    assert (pattern.low, pattern.high) == (-math.inf, math.inf)
    assert pattern_beyond(pattern) == math.inf
    for part in judge_moved(TARGETS, stored(), refitted_to(4.5)):
        assert MovedPart.of(json.loads(json.dumps(part.to_dict()))) == part
