"""The peer under visit rules: its rules are ours, and a wrong answer is not timed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.bench import QUICK, Bench
from benchmarks.engines import OURS, PEER, installed
from benchmarks.engines.roadrunner_protocol import Course, Escalation
from benchmarks.workloads.trial import _error, trial
from fits.trials import ESCALATE, HOLD
from pdmodel.trial.protocol.rules import Book


@pytest.mark.parametrize("seed", range(5))
def test_rules_of_the_peer_are_those_of_the_trial(seed: int) -> None:
    """Whatever the counts, the peer's plain Python prescribes what our rules do."""
    counts = np.random.default_rng(seed).uniform(0.2, 2.5, 49)
    book, peer = Book.begin(np.array([10.0]), np.array([np.inf])), Escalation()
    for number, count in enumerate(counts):
        seen = {"ANC": np.array([count])}
        book.note(seen)
        for rule in (HOLD, ESCALATE):
            rule.apply(book, seen, 7.0 * number)
        given = 0.0 if book.held[0] else book.level[0]
        assert peer.visit(float(count), 7 * number) == given


def test_both_run_the_trial(tmp_path: Path) -> None:
    """A short trial of few patients from end to end: equal doses, errors within the limit."""
    engines, missing = installed()
    rows = trial(Bench(QUICK, engines, tmp_path))
    assert set(rows) == {OURS} | ({PEER} - set(missing))
    assert all(0 < row["error"] < 2e-3 for row in rows.values())


def test_wrong_answers_are_not_timed() -> None:
    """Other doses and large errors are refused."""
    right = Course(np.ones((2, 1)), np.array([10.0, 10.0]))
    with pytest.raises(RuntimeError, match="gave patient 0 other doses"):
        _error("peer", [Course(right.values, np.zeros(2))], [right])
    with pytest.raises(RuntimeError, match=r"off by 0\.01"):
        _error("peer", [Course(right.values * 1.01, right.doses)], [right])
