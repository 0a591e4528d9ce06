"""The explorer's workload says what it lacks instead of failing."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks.bench import QUICK, Bench
from benchmarks.workloads import WORKLOADS


def test_without_a_browser_the_explorer_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No row, and a line that says why; the other workloads are measured."""
    said: list[str] = []
    bench = Bench(QUICK, {}, tmp_path, said.append)
    module = sys.modules[WORKLOADS["explorer"].__module__]
    monkeypatch.setattr(module, "CHROMIUM", tmp_path / "chromium")
    monkeypatch.setattr(module, "find_spec", lambda name: object())
    assert WORKLOADS["explorer"](bench) == {}
    assert said == [f"the explorer is left out: there is no {tmp_path / 'chromium'}"]
    monkeypatch.setattr(module, "find_spec", lambda name: None if name == "uvicorn" else object())
    assert WORKLOADS["explorer"](bench) == {}
    assert said[-1] == "the explorer is left out: uvicorn not installed"
