"""What predictions rest on: every assumption is one change, and a verdict that turns is told."""

from __future__ import annotations

import pytest

import pdmodel
from fits import assumptions
from fits.assumptions import judged, variants
from fits.reported_trials import chanan_khan_2006, elderly_2008, high_risk_2007
from pdmodel.trial import Free

REFERENCE = pdmodel.load("reference")


def test_each_assumption_changes_what_it_says() -> None:
    """Of all trials there is one as assumed; the others differ from it in patients or protocol."""
    named: dict[str, dict[str, object]] = {}
    for words, trial in variants():
        named.setdefault(trial.name, {})[words] = trial
    assert len(named) == 6
    for trials in named.values():
        usual = trials.pop("as assumed")
        assert all(trial != usual for trial in trials.values())
    usual = elderly_2008.draw_patients(REFERENCE, 128, 1).patients["kill_max"]
    changed = dict(variants_of("elderly_2008"))
    for words, factor in (
        ("untreated effectors kill as others do (1.2)", 1 / 1.2),
        ("untreated effectors kill 1.5-fold (1.2)", 1.5 / 1.2),
        ("kill_max 1.22-fold: one standard deviation between trials", 1.22),
    ):
        values = changed[words].draw_patients(REFERENCE, 128, 1).patients["kill_max"]
        assert (values / usual).median() == pytest.approx(factor)
    late = dict(variants_of("chanan_khan_2006"))["all began with care (a third)"]
    assert (late.protocol.start, late.arms) == (10, ())
    assert chanan_khan_2006.arms
    even = dict(variants_of("high_risk_2007"))
    tones = [
        trial.draw_patients(REFERENCE, 128, 1).patients["tone"].median()
        for trial in (high_risk_2007, even["tone is alike with and without deletions (1.9-fold)"])
    ]
    assert tones[0] > 1.3 * tones[1]


def variants_of(name: str):
    """Return the assumptions of one trial, in words, with the trial under each."""
    return [(words, trial) for words, trial in variants() if trial.name == name]


def test_a_verdict_that_turns_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Against the same pattern as assumed, with the calibrated numbers in both."""
    few = variants_of("elderly_2008")[:3]
    monkeypatch.setattr(assumptions, "variants", lambda: iter(few))
    found = judged({Free("median", "kill_max", 0.0015, 0.04): 0.012}, patients=48)
    assert found["assumption"].tolist() == [words for words, _ in few]
    usual = found["inside"].iloc[0]
    assert found["turned"].tolist() == (found["inside"] != usual).tolist()
    usual_rate, weak, strong = found["model"]
    assert weak <= usual_rate <= strong
    assert weak < strong
