"""Schedules on the front are joined and labelled, others are faint."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from pdmodel.errors import InputError
from pdmodel.plots import image
from pdmodel.plots.trials.pareto import apart, pareto
from tests.plots.trials.test_patients import axes_of, note_of

LABELS = {"benefit": "Response rate (%)", "harm": "Neutropenia (%)"}


def made(count: int, front: int) -> pd.DataFrame:
    """Return schedules of which the first lie on the front, close together."""
    place = np.arange(count, dtype=float)
    benefit, harm = 30 + place / 10, 20 + place
    return pd.DataFrame({
        "label": [f"{n} mg" for n in range(count)], "benefit": benefit, "harm": harm,
        "benefit_low": benefit - 5, "benefit_high": benefit + 5,
        "harm_low": harm - 2, "harm_high": harm + 2, "front": place < front,
        "family": ["daily", "cycled"] * (count // 2) + ["daily"] * (count % 2),
    })  # fmt: skip


def named(ax: Any, gid: str) -> Any:
    """Return the line of a name."""
    return next(line for line in ax.lines if line.get_gid() == gid)


def test_front_is_joined_in_order_of_harm() -> None:
    """Whatever the order of the table."""
    ax = axes_of(pareto(made(9, 5).iloc[::-1], **LABELS))[0]
    line = named(ax, "front line")
    assert list(line.get_xdata()) == [20, 21, 22, 23, 24]
    assert list(line.get_ydata()) == pytest.approx([30, 30.1, 30.2, 30.3, 30.4])
    assert (ax.get_xlabel(), ax.get_ylabel()) == (LABELS["harm"], LABELS["benefit"])
    assert ax.get_title(loc="left") == "5 of 9 schedules on the front"


def test_families_differ_in_marker_and_others_are_faint() -> None:
    """Intervals are those of the table."""
    ax = axes_of(pareto(made(8, 4), **LABELS))[0]
    assert named(ax, "front daily").get_marker() != named(ax, "front cycled").get_marker()
    assert named(ax, "other daily").get_alpha() < named(ax, "front daily").get_alpha()
    (bars,) = [c for c in ax.collections if c.get_gid() == "harm front daily"]
    ends = [tuple(segment[:, 0]) for segment in bars.get_segments()]
    assert ends == [(18, 22), (20, 24)]


def test_labels_never_overlap() -> None:
    """Though twenty points lie within two percent."""
    figure = pareto(made(40, 20), **LABELS)
    image(figure)
    ax = axes_of(figure)[0]
    labels = [t for t in ax.texts if t.get_gid() == "label"]
    assert [t.get_text() for t in labels] == [f"{n} mg" for n in range(20)]
    # Of the words alone: an annotation is as large as its line, too.
    boxes = [Text.get_window_extent(text) for text in labels]
    assert all(lower.y1 <= upper.y0 + 0.5 for lower, upper in pairwise(boxes))
    assert max(box.x1 for box in boxes) <= figure.bbox.x1
    assert max(box.y1 for box in boxes) <= figure.bbox.y1


def test_places_are_spread_downwards_where_the_top_is_full() -> None:
    """Gaps are kept, order too."""
    places = apart([0.95, 0.96, 0.97, 0.98], 0.1)
    assert places == pytest.approx([0.7, 0.8, 0.9, 1.0])
    assert apart([], 0.1) == []


def test_edges_are_drawn_or_said() -> None:
    """No interval, no front, one schedule, none."""
    bare = made(3, 3).assign(harm_low=np.nan, benefit_high=np.nan)
    for table in (bare, made(3, 0), made(1, 1)):
        assert image(pareto(table, **LABELS))
    assert "None of 3" in pareto(made(3, 0), **LABELS).axes[0].get_title(loc="left")
    assert "no schedule" in note_of(pareto(made(0, 0), **LABELS))
    with pytest.raises(InputError, match="'family'"):
        pareto(made(2, 1).drop(columns="family"), **LABELS)
