"""docs/profiles.md is true: its example prints what it shows, its commands ask what can be."""

from __future__ import annotations

import itertools
import re
import shlex
from pathlib import Path

import pytest

from pdmodel.inference.fit_problem import FitProblem
from pdmodel.inference.profile.run_predictions import find_predictions

TEXT = (Path(__file__).parents[3] / "docs" / "profiles.md").read_text("utf-8")
_NUMBER = re.compile(r"(?<![\w:])\d+(?:\.\d+)?(?![\w:])")


def blocks(language: str) -> list[str]:
    """Return what the page shows in a language."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    return [block for name, block in found if name == language]


def test_the_example_prints_what_the_page_shows(capsys: pytest.CaptureFixture[str]) -> None:
    """The same words; numbers within what compilers and libraries leave open."""
    (example,), (shown,) = blocks("python"), blocks("")
    exec(compile(example, "profiles.md", "exec"), {})
    printed = capsys.readouterr().out.split("\n\n", 1)[1]
    assert _words(printed) == _words(shown)
    found, known = (list(map(float, _NUMBER.findall(text))) for text in (printed, shown))
    assert found == pytest.approx(known, rel=0.05)


def _words(text: str) -> list[str]:
    return [word for word in _NUMBER.sub("#", text).split() if not word.startswith("--")]


def test_commands_ask_what_can_be_predicted() -> None:
    """Every prediction is one of the published question."""
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    words = [shlex.split(line) for line in lines]
    asked = [b for line in words for a, b in itertools.pairwise(line) if a == "--predict"]
    assert len(asked) == 3
    problem = FitProblem(
        "reference", "response.csv", "10 mg daily", differ=["tone"], days=336, visit_interval=28
    )
    assert len(find_predictions(problem, asked)) == 3
