"""`pdmodel trial`."""

from __future__ import annotations

import json
from pathlib import Path

WORDS = ("trial", "run", "low_dose", "-n", "6")


def test_run_says_what_was_seen(command, tmp_path: Path) -> None:
    """Protocol, what was assumed, the table, the sentence, the folder."""
    outcome = command(*WORDS)
    assert outcome.code == 0
    assert "5 mg daily for 336 days" in outcome.out
    assert "spreads and effects without a study behind them: Smax" in outcome.out
    assert "in a trial of 11 the model expects" in outcome.out
    assert "3 were seen" in outcome.out
    assert (tmp_path / "results" / "low_dose" / "trial.json").is_file()


def test_json_is_the_file(command, tmp_path: Path) -> None:
    """Nothing else stands on stdout."""
    outcome = command(*WORDS, "--json", "--out", "run")
    assert json.loads(outcome.out) == json.loads((tmp_path / "run" / "trial.json").read_text())


def test_wrong_words(command, tmp_path: Path) -> None:
    """One error, exit code 2, nothing written."""
    for words, message in (
        (("trial", "run", "phase3"), "did you mean 'phase2'"),
        (("trial", "run", "phase2", "-n", "0"), "patients >= 1"),
        (("trial", "run", "phase2", "--threads", "0"), "threads must be"),
        (("trial", "run", "phase2", "--model", "refrence"), "did you mean 'reference'"),
    ):
        outcome = command(*words)
        assert outcome.code == 2, words
        assert message in outcome.err
    assert list(tmp_path.iterdir()) == []
