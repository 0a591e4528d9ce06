"""Figures of many rows become several slides whose letters can be read from afar."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import xarray as xr

from pdmodel.plots import images, pattern_forest, plot_runs
from pdmodel.plots.base.slides import ROOM, dealt, parts_of
from tests.plots.extents import faults_of
from tests.plots.trials.test_pattern_forest import TABLE


def test_rows_are_dealt_out_evenly_and_in_order() -> None:
    """As few slides as have room; one row that is too high has a slide of its own."""
    assert dealt(range(9), len, 4) == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    assert dealt([5, 1, 1], sum, 4) == [[5], [1, 1]]
    assert dealt([], len, 4) == []


@pytest.fixture(scope="module")
def forest() -> Any:
    """Draw a forest of three trials with eight patterns each."""
    return pattern_forest(dict.fromkeys(("a", "b", "c"), TABLE))


@pytest.mark.parametrize("size", ROOM)
def test_every_row_of_a_forest_stands_on_one_slide(forest: Any, size: str) -> None:
    """No slide is higher than it may be, no word is cut; a page has all rows in one figure."""
    slides = parts_of(forest, size)
    assert len(slides) > 1
    verdicts = [
        text.get_text() for slide in slides for ax in slide.axes for text in ax.texts
        if text.get_text() in ("inside", "OUTSIDE")
    ]  # fmt: skip
    assert len(verdicts) == 24
    assert all(slide.get_figheight() <= ROOM[size] for slide in slides)
    assert slides[0].get_suptitle().endswith(f"1 of {len(slides)}")
    assert faults_of(slides[0]) == []
    assert parts_of(forest, "page") == [forest]


def test_files_of_slides_are_numbered(forest: Any) -> None:
    """A figure that is one slide keeps its name."""
    few = pattern_forest({"a": pd.DataFrame(TABLE.iloc[:2])})
    names = [Path(name).stem for name in images({"many": forest, "few": few}, size="slide")]
    assert names == [*(f"many_{n}" for n in range(1, len(names))), "few"]


def test_regimens_that_have_no_room_below_panels_have_a_slide(run: xr.Dataset) -> None:
    """Eight regimens: courses on the first slide, what is given on the others."""
    runs = {f"{n} mg": run.assign_attrs(regimen=f"{n} mg daily") for n in range(1, 9)}
    first, *others = parts_of(plot_runs(runs, ["tnf", "il6"]), "slide")
    titles = [ax.get_title(loc="left") for ax in first.axes]
    assert {"TNF-α", "IL-6"} < set(titles)
    given = [ax.get_title(loc="left") for slide in others for ax in slide.axes]
    assert set(given) == {"What is given"}
    assert [fault for slide in (first, *others) for fault in faults_of(slide)] == []
