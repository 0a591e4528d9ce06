"""The waterfall has a bar for every patient who was seen."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from pdmodel.errors import InputError
from pdmodel.plots import image
from pdmodel.plots.trials.waterfall import waterfall
from pdmodel.trial import Endpoints, SizeChange
from tests.plots.trials.test_patients import (
    ENDPOINTS,
    axes_of,
    made_outcomes,
    note_of,
    words_of,
)


def bars(ax: Any) -> list[Any]:
    """Return the bars from left to right."""
    return sorted(ax.patches, key=lambda bar: bar.get_x())


def test_bars_are_the_best_changes_sorted() -> None:
    """The worst is first; who has no value and who failed has no bar."""
    (ax,) = axes_of(waterfall(made_outcomes(), ENDPOINTS))
    assert [bar.get_height() for bar in bars(ax)] == [12, -20, -60, -95]
    assert [bar.get_gid() for bar in bars(ax)] == ["none", "none", "responder", "complete"]
    fills = [f"#{''.join(f'{round(255 * c):02x}' for c in bar.get_facecolor()[:3])}"
             for bar in bars(ax)]  # fmt: skip
    assert fills == ["#f2bd98", "#f2bd98", "#3b92c8", "#003556"]
    assert ax.get_ylabel() == "Best change of nodes, SPD (%)"


def test_flares_stand_above_their_patients() -> None:
    """One symbol for each with a bar."""
    figure = waterfall(made_outcomes(), ENDPOINTS)
    (flares,) = [line for line in axes_of(figure)[0].lines if line.get_gid() == "flare"]
    assert list(flares.get_xdata()) == [2, 3]
    assert "tumour flare (2)" in words_of(figure)


def test_title_counts_all_who_did_not_fail() -> None:
    """A patient who left before the first visit counts and is mentioned."""
    (ax,) = axes_of(waterfall(made_outcomes(), ENDPOINTS))
    assert ax.get_title(loc="left") == "2 of 5 patients responded (40 %)"
    assert "1 patient has no visit" in ax.get_xlabel()


def test_limit_is_a_parameter() -> None:
    """The line stands where it is asked to, the legend says where."""
    figure = waterfall(made_outcomes(), ENDPOINTS, limit=-30.0)
    (line,) = [line for line in axes_of(figure)[0].lines if line.get_gid() == "limit"]
    assert list(line.get_ydata()) == [-30, -30]
    assert "limit of response (−30 %)" in words_of(figure)


@pytest.mark.parametrize("count", [1, 100, 200])
def test_one_patient_and_many_fit(count: int) -> None:
    """Without flare and without response nothing is missing."""
    row = {"responder": 0.0, "complete": 0.0, "flare": 0.0}
    table = pd.DataFrame([row | {"best_change": -float(n % 40)} for n in range(count)])
    figure = waterfall(table, ENDPOINTS)
    assert len(figure.axes[0].patches) == count
    assert image(figure)
    words = "None of" if count > 1 else "The only patient has no response"
    assert figure.axes[0].get_title(loc="left").startswith(words)


def test_of_very_many_patients_every_so_many_has_a_bar() -> None:
    """The first and the last among them, without gaps; the legend counts all."""
    rows = pd.concat([made_outcomes()] * 3000, ignore_index=True)
    figure = waterfall(rows, ENDPOINTS)
    (ax,) = axes_of(figure)
    drawn = bars(ax)
    assert len(drawn) == 2000
    assert [drawn[0].get_height(), drawn[-1].get_height()] == [12, -95]
    ends = [bar.get_x() + bar.get_width() for bar in drawn[:-1]]
    assert all(end >= bar.get_x() - 1 for end, bar in zip(ends, drawn[1:], strict=True))
    assert drawn[-1].get_x() + drawn[-1].get_width() >= 12_000
    assert "tumour flare (6000)" in words_of(figure)


def test_nothing_to_draw_is_said() -> None:
    """All failed, and nobody seen."""
    assert "all 6 patients failed" in note_of(
        waterfall(made_outcomes().assign(failed=1.0), ENDPOINTS)
    )
    assert "was seen" in note_of(waterfall(made_outcomes().iloc[[4]], ENDPOINTS))


def test_missing_columns_are_told() -> None:
    """By name."""
    with pytest.raises(InputError, match="'best_change'"):
        waterfall(made_outcomes().drop(columns="best_change"), ENDPOINTS)


def test_other_sizes_have_their_own_words() -> None:
    """No limit, no mark, no response: what is not declared is neither drawn nor named."""
    table = pd.DataFrame({"shrunk": [-30.0, 20.0, -5.0]})
    figure = waterfall(table, Endpoints(change=SizeChange("joints", "shrunk", "joints, swollen")))
    (ax,) = axes_of(figure)
    assert ax.get_ylabel() == "Best change of joints, swollen (%)"
    assert ax.get_title(loc="left") == "3 patients"
    assert words_of(figure) == ["patients (3)"]
    assert not [line for line in ax.lines if line.get_gid() == "limit"]


def test_without_a_declaration_it_says_what_to_give() -> None:
    """The endpoints, or the change in them."""
    with pytest.raises(InputError, match=r"waterfall asks .* waterfall\(..., trial.endpoints\)"):
        waterfall(made_outcomes())
    with pytest.raises(InputError, match="declare no change of size"):
        waterfall(made_outcomes(), Endpoints())


def test_a_score_may_fall_by_more_than_all_of_it() -> None:
    """No bar is cut."""
    table = pd.DataFrame({"score": [-150.0, -20.0]})
    (ax,) = axes_of(waterfall(table, Endpoints(change=SizeChange("s", "score", "score"))))
    assert ax.get_ylim()[0] < -150
