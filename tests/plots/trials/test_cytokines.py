"""Cytokines are drawn by response and day, every patient a point."""

from __future__ import annotations

from typing import Any

import pytest

from pdmodel.errors import InputError
from pdmodel.plots import FIRST, SECOND, image
from pdmodel.plots.trials.cytokines import cytokines
from tests.plots.trials.test_patients import axes_of, made_outcomes, note_of


def named(ax: Any, gid: str) -> list[Any]:
    """Return lines and boxes of a name."""
    return [artist for artist in (*ax.lines, *ax.patches) if artist.get_gid() == gid]


def test_points_are_the_patients_and_medians_theirs() -> None:
    """Failed and unknown ones are left out."""
    il6, tnf = axes_of(cytokines(made_outcomes()))
    (points,) = named(il6, "points nonresponder 7")
    assert sorted(points.get_ydata()) == [4, 5]
    (median,) = named(il6, "median nonresponder 7")
    assert list(median.get_ydata()) == [4.5, 4.5]
    (median,) = named(tnf, "median responder 7")
    assert list(median.get_ydata()) == [0.75, 0.75]
    labels = [t.get_text() for t in il6.get_xticklabels()]
    assert labels == ["n = 2", "n = 2", "n = 2", "n = 1"]
    assert [t.get_text() for t in il6.texts] == ["day 7", "day 28"]


def test_colours_and_scale_are_the_houses() -> None:
    """The pair of responder and nonresponder, and doublings; there is a line at 1."""
    il6, tnf = axes_of(cytokines(made_outcomes()))
    (first,), (second,) = named(il6, "points responder 7"), named(il6, "points nonresponder 7")
    assert (first.get_color(), second.get_color()) == (FIRST, SECOND)
    assert first.get_marker() != second.get_marker()
    for ax in (il6, tnf):
        assert ax.yaxis.get_transform().base == 2
        (line,) = named(ax, "baseline")
        assert list(line.get_ydata()) == [1, 1]
    assert il6.get_ylabel() == "fold of baseline"
    assert [ax.get_title(loc="left") for ax in (il6, tnf)] == [
        "IL-6 over baseline", "TNF-α over baseline",
    ]  # fmt: skip


def test_a_group_without_patients_has_no_box() -> None:
    """It says so, and nothing breaks."""
    figure = cytokines(made_outcomes().assign(responder=0.0).iloc[[2]])
    il6 = axes_of(figure)[0]
    assert [t.get_text() for t in il6.get_xticklabels()] == ["n = 0", "n = 1", "n = 0", "n = 1"]
    assert not named(il6, "box responder 7")
    assert len(named(il6, "box nonresponder 7")) == 1
    assert image(figure)


def test_nothing_measured_is_said_and_missing_columns_told() -> None:
    """All left, all failed, a column away."""
    assert "no cytokine" in note_of(cytokines(made_outcomes().iloc[[4]]))
    assert "failed" in note_of(cytokines(made_outcomes().iloc[[5]]))
    with pytest.raises(InputError, match="'tnf_fold_28'"):
        cytokines(made_outcomes().drop(columns="tnf_fold_28"))
