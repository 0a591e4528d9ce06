"""Shells complete verbs, options and what is published."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from pdmodel.cli.console.completion import ASKED, model_names, patient_names
from tests.equations.published import MODELS, PATIENTS


def asked(words: str) -> list[str]:
    """Return what bash is told of the last of some words."""
    place = {"COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    done = subprocess.run(
        [sys.executable, "-m", "pdmodel"], env=os.environ | place | {ASKED: "complete_bash"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("pdmodel sho", ["show"]), ("pdmodel trial sch", ["schedule"]),
        ("pdmodel show refer", ["reference"]),
        ("pdmodel show reference --p", ["--parameters", "--png"]),
        ("pdmodel simulate reference --patient nonr", ["nonresponder"]),
    ],
)  # fmt: skip
def test_words_are_completed(words: str, answer: list[str]) -> None:
    """Verbs, their options, models and patients."""
    assert asked(words) == answer


def test_all_that_is_published_is_offered() -> None:
    """Every model and patient, in the words that the verbs take."""
    assert MODELS.keys() <= set(model_names(""))
    assert PATIENTS.keys() <= set(patient_names(""))
    assert model_names("no such model") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_script(shell: str) -> None:
    """It is evaluated by the shell when it starts."""
    done = subprocess.run(
        [sys.executable, "-m", "pdmodel"], env=os.environ | {ASKED: f"source_{shell}"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert f"{ASKED}=complete_{shell}" in done.stdout
