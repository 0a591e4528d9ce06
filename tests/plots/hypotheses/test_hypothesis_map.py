"""The map of hypotheses: every miss as a number, gaps hatched, who stands in bold."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from pdmodel.errors import InputError
from pdmodel.plots import hypothesis_map, image
from pdmodel.plots.base.slides import parts_of
from tests.plots.extents import faults_of

MISSES = pd.DataFrame(
    {
        "hypothesis": ["a", "a", "b", "b"],
        "level": ["typical patients", "virtual trial"] * 2,
        "id": ["il6", "rate", "il6", "rate"],
        "by": [0.0, 0.4, 3.2, math.inf],
    }
)


def test_misses_are_numbers_and_who_stands_is_bold() -> None:
    """Met cells are empty, an infinite miss is a sign of its own."""
    figure = hypothesis_map(MISSES, {"a": "borderline", "b": "refuted"})
    first, second = figure.axes[:2]
    assert [text.get_text() for text in first.texts] == ["3.2"]
    assert [text.get_text() for text in second.texts] == ["0.4", "∞"]
    labels = first.get_yticklabels()
    assert [label.get_text() for label in labels] == ["a: borderline", "b: refuted"]
    assert [label.get_fontweight() for label in labels] == ["bold", "normal"]
    assert image(figure) == image(hypothesis_map(MISSES, {"a": "borderline", "b": "refuted"}))


def test_bad_input() -> None:
    """A missing column, nothing to draw."""
    with pytest.raises(InputError, match="by"):
        hypothesis_map(MISSES.drop(columns="by"), {"a": "refuted"})
    with pytest.raises(InputError, match="no hypotheses"):
        hypothesis_map(MISSES, {})


def test_slides_show_what_is_missed_and_what_it_is() -> None:
    """A map a level with the columns that anybody misses, and their words; the rest is counted."""
    more = MISSES.assign(words="levels of TNF-alpha", level="typical patients")
    met = pd.DataFrame({"hypothesis": ["a", "b"], "id": "met by all", "by": 0.0, "words": "x"})
    table = pd.concat([more, met.assign(level="typical patients")])
    verdicts = {"a": "borderline", "b@tnf": "refuted"} | {f"c{n}": "survives" for n in range(20)}
    shown, words = parts_of(hypothesis_map(table, verdicts, words={"tnf": "TNF-α"}), "slide")
    assert [label.get_text() for label in shown.axes[0].get_xticklabels()] == ["il6", "rate"]
    assert shown.axes[0].get_title(loc="left").endswith("what is missed; 1 other met by all")
    assert [label.get_text() for label in shown.axes[0].get_yticklabels()][1] == "b, TNF-α: refuted"
    assert [text.get_text() for text in words.axes[0].texts][1] == "levels of TNF-alpha"
    assert faults_of(shown) + faults_of(words) == []
