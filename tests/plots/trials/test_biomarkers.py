"""Biomarkers are drawn by response and day, every patient a point."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from pdmodel.errors import InputError
from pdmodel.plots import FIRST, SECOND, cytokines, image
from pdmodel.plots.trials.biomarkers import biomarkers
from pdmodel.trial import Biomarker, Endpoints
from tests.plots.trials.test_patients import ENDPOINTS, axes_of, made_outcomes, note_of, words_of


def named(ax: Any, gid: str) -> list[Any]:
    """Return lines and boxes of a name."""
    return [artist for artist in (*ax.lines, *ax.patches) if artist.get_gid() == gid]


def test_points_are_the_patients_and_medians_theirs() -> None:
    """Failed and unknown ones are left out."""
    il6, tnf = axes_of(biomarkers(made_outcomes(), ENDPOINTS))
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
    il6, tnf = axes_of(biomarkers(made_outcomes(), ENDPOINTS))
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
    figure = biomarkers(made_outcomes().assign(responder=0.0).iloc[[2]], ENDPOINTS)
    il6 = axes_of(figure)[0]
    assert [t.get_text() for t in il6.get_xticklabels()] == ["n = 0", "n = 1", "n = 0", "n = 1"]
    assert not named(il6, "box responder 7")
    assert len(named(il6, "box nonresponder 7")) == 1
    assert image(figure)


def test_nothing_measured_is_said_and_missing_columns_told() -> None:
    """All left, all failed, a column away."""
    assert "no biomarker" in note_of(biomarkers(made_outcomes().iloc[[4]], ENDPOINTS))
    assert "failed" in note_of(biomarkers(made_outcomes().iloc[[5]], ENDPOINTS))
    with pytest.raises(InputError, match="'tnf_fold_28'"):
        biomarkers(made_outcomes().drop(columns="tnf_fold_28"), ENDPOINTS)


OWN = (
    Biomarker("CRP", {14: "crp_14", 84: "crp_84"}, "mg/L"), Biomarker("ferritin", {84: "ferritin"}),
    Biomarker("ESR", {84: "esr"}, "mm/h"),
)  # fmt: skip


def test_other_biomarkers_have_their_own_days_and_units() -> None:
    """A level in its unit from its own axis, a multiple over baseline; nothing is assumed."""
    table = pd.DataFrame({
        "crp_14": [40.0, 10.0, 0.0], "crp_84": [20.0, 5.0, 1.0], "ferritin": [0.5, 0.9, 2.0],
        "esr": [30.0, 12.0, 8.0], "better": [0.0, 1.0, 1.0],
    })  # fmt: skip
    endpoints = Endpoints(
        responses={"better": "improved"}, groups=("improved", "as before"), biomarkers=OWN
    )
    figure = biomarkers(table, endpoints)
    crp, ferritin, esr = axes_of(figure)
    assert [ax.get_title(loc="left") for ax in (crp, ferritin, esr)] == [
        "CRP", "ferritin over baseline", "ESR",
    ]  # fmt: skip
    assert [ax.get_ylabel() for ax in (crp, ferritin, esr)] == ["mg/L", "fold of baseline", "mm/h"]
    assert [ax.get_yscale() for ax in (crp, ferritin, esr)] == ["linear", "log", "linear"]
    assert [t.get_text() for t in crp.texts] == ["day 14", "day 84"]
    assert words_of(figure) == ["improved", "as before"]
    (points,) = named(crp, "points improved 14")
    assert list(points.get_ydata()) == [10, 0]
    assert image(figure)


def test_levels_of_one_unit_have_axes_of_their_own() -> None:
    """One that is a hundred times as high hides nothing, and no point lies beyond its axis."""
    table = pd.DataFrame({"low": [1.0, 2.0, 3.0], "high": [100.0, 200.0, 900.0]})
    markers = [Biomarker(name, {7: name}, "pg/mL") for name in table]
    low, high = axes_of(biomarkers(table, Endpoints(biomarkers=markers)))
    assert low.get_ylim()[1] < 10
    assert high.get_ylim()[1] > 900
    assert [ax.get_ylabel() for ax in (low, high)] == ["pg/mL"] * 2


def test_without_responses_all_patients_are_one_group() -> None:
    """A box a day."""
    figure = biomarkers(pd.DataFrame({"esr": [30.0, 12.0]}), Endpoints(biomarkers=OWN[2:]))
    (ax,) = axes_of(figure)
    assert [t.get_text() for t in ax.get_xticklabels()] == ["n = 2"]
    assert words_of(figure) == ["all patients"]


@pytest.mark.parametrize("count", [1, 2, 4, 5])
def test_any_number_of_biomarkers_is_drawn(count: int) -> None:
    """A panel each; those of one unit share an axis."""
    outcomes = made_outcomes()
    markers = [Biomarker(f"m{n}", {7: "il6_fold_7", 28: "tnf_fold_28"}) for n in range(count)]
    figure = biomarkers(outcomes, Endpoints(biomarkers=markers))
    panels = axes_of(figure)
    assert len(panels) == count
    assert len({ax.get_ylim() for ax in panels}) == 1
    assert image(figure)


def test_the_name_of_before_draws_the_same() -> None:
    """And without a declaration it is said what to give."""
    assert cytokines is biomarkers
    with pytest.raises(InputError, match="give its endpoints"):
        cytokines(made_outcomes())
    with pytest.raises(InputError, match="declare none"):
        biomarkers(made_outcomes(), Endpoints())
