"""Runs of nested sampling that say how far they are while they go on."""

from __future__ import annotations

import threading

from pdmodel.inference.posterior.watching import noted, watching


def test_what_runs_note_is_told_together() -> None:
    """Two runs that go on are told side by side, in order; one that has ended no longer."""
    told: list[str] = []
    both, alone = threading.Event(), threading.Event()

    def tell(words: str) -> None:
        told.append(words)
        (both if ";" in words else alone).set()

    with watching(tell) as board, noted(board, 1, "toy, run 2") as second:
        with noted(board, 0, "toy, run 1") as first:
            first(1200, 12.345)
            second(900, 0.5)
            assert both.wait(60)
            alone.clear()
        assert alone.wait(60)
        assert [file.name for file in board.iterdir()] == ["0001.run"]
    wanted = "toy, run 1: 1,200 points, log Z open by 12; toy, run 2: 900 points, log Z open by 0.5"
    assert wanted in told
    assert told[-1] == "toy, run 2: 900 points, log Z open by 0.5"
    assert not board.exists()
