"""Spider, swimmer and dose map show the courses that the records hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr

from pdmodel.errors import InputError
from pdmodel.plots import image
from pdmodel.plots.trials.dose_map import dose_map, dose_scale
from pdmodel.plots.trials.patients import spread_rows
from pdmodel.plots.trials.spider import spider
from pdmodel.plots.trials.swimmer import Segment, lanes, swimmer
from pdmodel.trial import Endpoints, SizeChange
from tests.plots.trials.test_patients import (
    ENDPOINTS,
    axes_of,
    made_outcomes,
    made_records,
    note_of,
    words_of,
)


def named(ax: Any, gid: str) -> list[Any]:
    """Return the lines of a name."""
    return [line for line in ax.lines if line.get_gid() == gid]


def test_spider_lines_are_changes_from_baseline() -> None:
    """A line a patient, up to the day on which the patient left."""
    figure = spider(made_records(), made_outcomes(), ENDPOINTS, most=200)
    (ax,) = axes_of(figure)
    (complete,) = named(ax, "complete")
    assert complete.get_ydata()[[0, -1]] == pytest.approx([0, -95])
    ends = sorted(float(line.get_ydata()[-1]) for line in named(ax, "none"))
    assert ends == pytest.approx([-20, 10 * 20 / 84, 150])
    assert [float(point.get_xdata()[0]) for point in named(ax, "left")] == [20]
    assert "left the trial (1)" in words_of(figure)
    assert ax.get_ylabel() == "Change of nodes, SPD (%)"
    assert not named(ax, "clipped")


def test_spider_says_what_it_clips() -> None:
    """The axis ends at the most; who goes on has a mark and is counted."""
    (ax,) = axes_of(spider(made_records(), made_outcomes(), ENDPOINTS, most=100))
    assert ax.get_ylim()[1] == 100
    assert "1 line leaves it" in ax.get_title(loc="right")
    assert "+150 %" in ax.get_title(loc="right")
    (mark,) = named(ax, "clipped")
    assert float(mark.get_xdata()[0]) == pytest.approx(np.ceil(100 / 150 * 84), abs=1)


def test_lanes_are_sorted_and_hold_what_was_given() -> None:
    """Complete first; levels and holds in spells between the visits."""
    found = lanes(made_records(), made_outcomes().iloc[:5], ENDPOINTS)
    assert [lane.patient for lane in found] == [0, 1, 2, 3, 4]
    assert found[1].doses == [Segment(0, 56, 10), Segment(56, 84, 5)]
    assert found[1].holds == [Segment(28, 56, 1)]
    assert found[1].events == {"flare": 1, "first response": 56}
    assert found[3].events == {"progression": 56}
    assert found[4].end == 20
    assert found[4].doses == [Segment(0, 20, 10)]
    assert [found[row].patient for row in spread_rows(len(found), 3)] == [0, 2, 4]


def test_swimmer_draws_a_lane_a_patient_and_every_event() -> None:
    """Marks are counted in the legend; failed patients have no lane."""
    figure = swimmer(made_records(), made_outcomes(), ENDPOINTS)
    ax, bar = axes_of(figure)
    drawn = [c for c in ax.collections if c.get_gid() == "doses"]
    assert len(drawn) == 5
    assert len([c for c in ax.collections if c.get_gid() == "holds"]) == 1
    counts = {name: len(named(ax, name)) for name in (*ENDPOINTS.events, "stayed")}
    assert counts == {"flare": 3, "first response": 2, "progression": 1, "stayed": 4}
    assert words_of(figure)[:4] == [
        "flare (3)",
        "first response (2)",
        "progression (1)",
        "held (1)",
    ]
    assert bar.get_ylabel() == "Dose level (mg/day)"
    assert [t.get_text() for t in ax.get_yticklabels()] == [
        "complete (1)",
        "partial (1)",
        "none (3)",
    ]
    assert ax.get_title(loc="left") == "Course of 5 patients"


def test_swimmer_says_how_many_it_leaves_out() -> None:
    """Lanes are taken evenly."""
    (ax, _) = axes_of(swimmer(made_records(), made_outcomes(), ENDPOINTS, most=2))
    assert ax.get_title(loc="left").startswith("Course of 2 of 5 patients")
    assert len([c for c in ax.collections if c.get_gid() == "doses"]) == 2


def test_dose_map_is_the_dose_of_every_day() -> None:
    """Patients by mean dose; who failed has no row, who left is masked, none given stays 0."""
    figure = dose_map(made_records())
    ax, bar = axes_of(figure)
    (mesh,) = [c for c in ax.collections if c.get_gid() == "doses"]
    values = mesh.get_array()
    assert values.shape == (5, 84)
    np.testing.assert_allclose(values.mean(axis=1), [10, 10, 10, 10, 5])
    assert int(values.mask.sum()) == 64
    assert (values[4, 28:56] == 0).all()
    assert bar.get_ylabel() == "Dose (mg/day)"
    assert ax.get_xlabel() == "Time on treatment (days)"
    share = 100 * 28 / (5 * 84 - 64)
    assert ax.get_title(loc="left") == f"Dose of 5 patients: none on {share:.0f} % of the days"


def test_no_dose_looks_like_none() -> None:
    """Few levels in steps, many on a smooth scale; higher is darker, 0 is white."""
    for doses in (np.array([0, 5, 10.0, 25]), np.arange(30.0)):
        scale = dose_scale(doses, "mg")
        given = doses[doses > 0]
        shades = np.array(scale.colours(scale.norm(given)))[:, :3] @ [0.299, 0.587, 0.114]
        assert (np.diff(shades) < 0).all()
        assert shades.max() < 0.92
        assert scale.unit == "mg"
    steps = dose_scale(np.array([0, 5, 10.0]), "mg")
    assert steps.ticks == [5, 10]
    assert tuple(steps.colours(steps.norm(0.0))) == (1, 1, 1, 1)


@pytest.mark.parametrize("patients", [[3], [5], []])
def test_one_failed_or_no_patient_is_drawn_or_said(patients: list[int]) -> None:
    """No picture breaks."""
    records, outcomes = made_records().isel(patient=patients), made_outcomes().iloc[patients]
    courses = [draw(records, outcomes, ENDPOINTS) for draw in (spider, swimmer)]
    for figure in (*courses, dose_map(records)):
        assert image(figure)
        if patients != [3]:
            assert note_of(figure).startswith("Nothing to draw")


def test_a_trial_without_drug_is_drawn() -> None:
    """There is no dose to name, so there is no colour bar."""
    records = made_records()
    records["dose"], records["level"] = records["dose"] * 0, records["level"] * 0
    for figure in (dose_map(records), swimmer(records, made_outcomes(), ENDPOINTS)):
        assert len(figure.axes) == 1
        assert image(figure)


def test_what_is_missing_is_told() -> None:
    """Variables and columns by name."""
    records, outcomes = made_records(), made_outcomes()
    with pytest.raises(InputError, match="'SPD'"):
        spider(records.drop_vars("SPD"), outcomes, ENDPOINTS)
    with pytest.raises(InputError, match="'held'"):
        swimmer(records.drop_vars("held"), outcomes, ENDPOINTS)
    with pytest.raises(InputError, match="'dose'"):
        dose_map(records.drop_vars("dose"))
    with pytest.raises(InputError, match="'progressed'"):
        swimmer(records, outcomes.drop(columns="progressed"), ENDPOINTS)


def test_courses_have_the_words_of_the_trial() -> None:
    """Any number of responses and events; the first of those events that are responses sorts."""
    endpoints = Endpoints(
        responses={"gone": "good remission", "less": "some remission"}, no_response="no remission",
        change=SizeChange("joints", "best", "joints"),
        events={"relief": ("less", "relief_day"), "infection": ("ill", "ill_day")},
    )  # fmt: skip
    outcomes = made_outcomes()[["responder", "progressed", "progression_day"]].set_axis(
        ["less", "ill", "ill_day"], axis=1
    )
    outcomes = outcomes.assign(gone=0.0, relief_day=[40.0, 30.0, 0, 0, 0, 0])
    records = made_records().rename(SPD="joints")
    figure = swimmer(records, outcomes, endpoints)
    ticks = [t.get_text() for t in axes_of(figure)[0].get_yticklabels()]
    assert ticks == ["some (2)", "none (4)"]
    assert words_of(figure)[:2] == ["relief (2)", "infection (1)"]
    assert [lane.patient for lane in lanes(records, outcomes, endpoints)][:2] == [1, 0]
    figure = spider(records, outcomes, endpoints)
    (ax,) = axes_of(figure)
    assert ax.get_title(loc="left") == "Joints of 6 patients over time"
    assert words_of(figure) == ["some remission (2)", "no remission (4)", "left the trial (1)"]


def test_a_dose_every_fortnight_is_no_dose_a_day() -> None:
    """Its colours say how much a dose is."""
    records = made_records()
    records["dose"] = records["dose"].where(records["day"] % 14 == 0, 0.0).assign_attrs(units="mg")
    assert axes_of(dose_map(records))[1].get_ylabel() == "Dose (mg a dose)"
    assert axes_of(swimmer(records, made_outcomes(), ENDPOINTS))[1].get_ylabel() == (
        "Dose level (mg a dose)"
    )


def test_a_size_of_nothing_has_no_change() -> None:
    """A patient whose size is 0 before treatment has no line, and no warning is given."""
    records = made_records()
    records["SPD"] = records["SPD"] * xr.where(records["patient"] == 0, 0.0, 1.0)
    (ax,) = axes_of(spider(records, made_outcomes(), ENDPOINTS))
    (line,) = named(ax, "complete")
    assert line.get_xdata().size == 0
