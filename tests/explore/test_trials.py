"""A virtual trial from the page: the same numbers as from Python, with progress and a stop."""

from __future__ import annotations

import asyncio
import json
import threading
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

pytest.importorskip("starlette")

from pdmodel.errors import InputError, UnknownNameError
from pdmodel.executors import silent
from pdmodel.explore.server import application
from pdmodel.explore.trials import shown_patterns, trials_near
from tests.explore.toy_pages import (
    asked,
    decay_page,
    decay_view,
    reference_page,
    run_apart,
    viewed,
)


def test_a_trial_of_the_page_is_that_of_python() -> None:
    """With the numbers and the mechanisms that the page shows as medians."""
    laboratory = reference_page()
    view = viewed(values={"kill_max": 0.004}, swaps={"il6": "il6_from_tumour"})
    done: list[tuple[int, int]] = []
    answer = laboratory.trial(view, "high_dose", 16, lambda n, of, words: done.append((n, of)))
    assert done[-1] == (16, 16)
    swapped = laboratory.model.swap("il6_from_tumour")
    model = replace(swapped, values={**swapped.values, "kill_max": 0.004})
    result = trials_near(laboratory.question)["high_dose"].run(16, model=model)
    assert [row["meaning"] for row in answer["patterns"]] == result.table["meaning"].tolist()
    for row, model_value, kind in zip(
        answer["patterns"], result.table["model"], result.table["kind"], strict=True
    ):
        factor = 100 if kind == "rate" else 1
        assert row["model"] == pytest.approx(factor * model_value, rel=1e-5, nan_ok=True)
        assert (row["unit"] == "%") == (kind == "rate")
    bars = answer["bars"]
    assert bars == sorted(bars, reverse=True)
    assert len(bars) <= 16
    json.dumps(answer, allow_nan=False)


def test_a_difference_of_rates_is_in_percentage_points() -> None:
    """5 % more of what was 20 % would be 21 %; 5 percentage points more are 25 %."""
    numbers = dict.fromkeys(("low", "reported", "high", "model", "model_low", "model_high"), 0.05)
    words = dict.fromkeys(("meaning", "use", "status", "source"), "")
    kinds = {"rate": "1", "difference": "1", "median": "day"}
    rows = [
        {"kind": k, "unit": unit, "inside": True} | numbers | words for k, unit in kinds.items()
    ]
    shown = shown_patterns(pd.DataFrame(rows).assign(inside=True))
    assert [row["unit"] for row in shown] == ["%", "percentage points", "day"]
    assert [row["model"] for row in shown] == [5.0, 5.0, 0.05]


def test_what_cannot_be_run_is_said() -> None:
    """An unknown trial, too many patients, a model without an application."""
    with pytest.raises(UnknownNameError, match="unknown trial 'phase9'"):
        reference_page().trial(viewed(), "phase9", 16, silent)
    with pytest.raises(InputError, match="patients"):
        reference_page().trial(viewed(), "high_dose", 10**9, silent)
    app = application(decay_page(), "decay")
    body = json.dumps(decay_view(trial="a", virtual=16)).encode()
    (line,) = asked(app, "POST", "/trial", body).body.splitlines()
    assert "unknown trial 'a'" in json.loads(line)["error"]
    assert asked(app, "POST", "/trial", b"{}").status == 422


def test_a_page_that_goes_stops_its_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    """The trial ends at its next step; nothing is left running."""
    laboratory, ended = decay_page(), threading.Event()

    def endless(self: Any, view: Any, name: str, patients: int, progress: Any) -> Any:
        try:
            for number in range(1_000_000):
                progress(number, 1_000_000, "")
                threading.Event().wait(0.001)
        finally:
            ended.set()

    monkeypatch.setattr(type(laboratory), "trial", endless)
    app = application(laboratory, "decay")
    body = json.dumps(decay_view(trial="a", virtual=16)).encode()
    sent: list[Any] = []
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Any:
        if messages:
            return messages.pop()
        while len(sent) < 5:
            await asyncio.sleep(0.002)
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST",
        "path": "/trial", "raw_path": b"/trial", "query_string": b"", "root_path": "",
        "scheme": "http", "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
        "headers": [(b"host", b"127.0.0.1"), (b"content-length", str(len(body)).encode())],
    }  # fmt: skip
    run_apart(app(scope, receive, send))
    assert ended.wait(30)
    assert len(sent) < 1_000
