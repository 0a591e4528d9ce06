"""Individual panels show measured values as open markers, and the fit of each subject as a line."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from pdmodel.errors import InputError, UnknownNameError
from pdmodel.plots import individual_panels, save
from pdmodel.plots.courses.individual_panels import FIGURE
from tests.plots.courses.drawn import clashes, heights, parts, words
from tests.plots.courses.made_up import made_up


def titles(figure: Any) -> list[str]:
    """Return the titles of the panels."""
    return [ax.get_title(loc="left") for ax in figure.axes]


def test_each_subject_has_a_panel_with_its_values_and_its_course() -> None:
    """Markers stand at the measured values, the line is the stored course."""
    result = made_up(3)
    figure = individual_panels(result)
    assert titles(figure) == ["Subject 1", "Subject 2", "Subject 3"]
    for ax, subject in zip(figure.axes, "123", strict=True):
        own = result.measurements[result.measurements["subject"] == subject]
        (marks,) = parts(ax, "measured")
        np.testing.assert_array_equal(marks.get_xdata(), own["day"])
        np.testing.assert_array_equal(marks.get_ydata(), own["value"])
        (line,) = parts(ax, "fitted")
        np.testing.assert_array_equal(line.get_ydata(), result.courses["il6"].sel(subject=subject))
    assert figure.get_supylabel() == "IL-6 (pg/mL)"
    assert figure.get_supxlabel() == "Time on treatment (days)"


@pytest.mark.parametrize("population", [False, True])
def test_nothing_that_is_simulated_has_an_open_marker(population: bool) -> None:
    """What has a marker was measured, and its marker is open; what was fitted is a line."""
    figure = individual_panels(made_up(4, limit=5.0, highest=20.0, population=population))
    for ax in figure.axes:
        for line in ax.lines:
            measured = line.get_gid() in ("measured", "below", "above")
            assert (line.get_marker() not in ("None", "", None)) == measured
            assert measured == (line.get_linestyle() == "None")
            if measured:
                assert line.get_markerfacecolor() == "white"


def test_triangles_stand_at_the_limit_and_point_to_the_value() -> None:
    """Down for what lies below, up for what lies above, and none at a made-up value."""
    figure = individual_panels(made_up(6, limit=5.0, highest=22.0))
    below = [y for ax in figure.axes for y in heights(ax, "below")]
    above = [y for ax in figure.axes for y in heights(ax, "above")]
    assert set(below) == {5.0}
    assert set(above) == {22.0}
    markers = {p.get_marker() for ax in figure.axes for p in parts(ax, "below")}
    assert markers == {"v"}
    assert {p.get_marker() for ax in figure.axes for p in parts(ax, "above")} == {"^"}
    assert {"measured", "below this limit", "above this limit", "fitted"} <= set(words(figure))


def test_an_interval_is_drawn_from_end_to_end() -> None:
    """A value between 1 and 5 has a bar between them; without a lower end there is none."""
    (ax, *_) = individual_panels(made_up(6, limit=5.0, floor=1.0)).axes
    (bars,) = parts(ax, "interval")
    assert bars.get_segments()[0][:, 1].tolist() == [1.0, 5.0]
    open_ended = individual_panels(made_up(6, limit=5.0))
    assert not any(parts(ax, "interval") for ax in open_ended.axes)
    assert "known to lie in between" not in words(open_ended)


def test_an_interval_from_0_reaches_the_foot_of_a_logarithmic_axis() -> None:
    """0 has no logarithm; the bar leaves the panel below."""
    figure = individual_panels(made_up(6, limit=5.0, floor=0.0))
    bar = next(part for ax in figure.axes for part in parts(ax, "interval")).get_segments()[0]
    assert 0 < bar[0, 1] < figure.axes[0].get_ylim()[0]
    assert clashes(figure) == []


def test_the_axis_is_logarithmic_where_values_are_compared_so() -> None:
    """Linear with an additive error; negative values stay on it."""
    assert individual_panels(made_up(2)).axes[0].get_yscale() == "log"
    result = made_up(5, log=False, shift=-5.0, sd=2.0)
    ax = individual_panels(result).axes[0]
    assert ax.get_yscale() == "linear"
    assert ax.get_ylim()[0] < result.measurements["value"].min() < 0 < ax.get_ylim()[1]


def test_every_value_limit_and_fitted_value_is_within_the_axes() -> None:
    """Also where a limit lies far above all that is fitted."""
    result = made_up(4, limit=50.0)
    low, high = individual_panels(result).axes[0].get_ylim()
    assert low < result.measurements["predicted"].min()
    assert high > 50


def test_all_panels_share_their_axes() -> None:
    """So that subjects can be compared by eye."""
    figure = individual_panels(made_up(7))
    assert len({ax.get_ylim() for ax in figure.axes}) == 1
    assert len({ax.get_xlim() for ax in figure.axes}) == 1


def test_the_typical_course_of_a_population_is_dashed_and_thinner() -> None:
    """The legend names both."""
    figure = individual_panels(made_up(2, population=True))
    (own,) = parts(figure.axes[0], "fitted to the subject")
    (typical,) = parts(figure.axes[0], "typical subject with the same covariates")
    assert own.get_linestyle() == "-"
    assert typical.get_linestyle() == "--"
    assert typical.get_linewidth() < own.get_linewidth()
    assert {own.get_gid(), typical.get_gid()} <= set(words(figure))


def test_pages_say_who_is_not_on_them() -> None:
    """Forty on a page; the table is named that has all."""
    result = made_up(45, visits=(0.0, 7.0), doses=False)
    first, second = individual_panels(result), individual_panels(result, page=2)
    assert len(first.axes) == 40
    assert first.get_supxlabel().endswith("First 40 of 45 subjects; all are in measurements.csv")
    assert titles(second) == [f"Subject {number}" for number in range(41, 46)]
    assert second.get_supxlabel().endswith("41 to 45 of 45 subjects; all are in measurements.csv")
    with pytest.raises(InputError, match="page 3 of 2 does not exist"):
        individual_panels(result, page=3)


def test_some_subjects_may_be_chosen() -> None:
    """In the order given; one that was not measured is refused with the nearest name."""
    result = made_up(12)
    assert titles(individual_panels(result, subjects=["11", "2"])) == ["Subject 11", "Subject 2"]
    with pytest.raises(UnknownNameError, match="'13'"):
        individual_panels(result, subjects=["13"])


def test_a_second_quantity_has_a_figure_of_its_own() -> None:
    """With its own unit and scale; a quantity that was not measured is refused."""
    result = made_up(2, ("il6", "ANC"), log=False, sd=0.4)
    drawn = FIGURE.draw(result)
    assert isinstance(drawn, dict)
    assert list(drawn) == ["il6", "ANC"]
    assert drawn["ANC"].get_supylabel() == "Absolute neutrophil count (10⁹/L)"
    with pytest.raises(UnknownNameError, match="'tnf'"):
        individual_panels(result, "tnf")


def test_doses_stand_above_each_panel() -> None:
    """Bars as high as the amount a day, the tallest that of all; a result without has none."""
    figure = individual_panels(made_up(3))
    bars: list[list[Any]] = [[p for p in ax.patches if p.get_gid() == "dose"] for ax in figure.axes]
    assert [len(own) for own in bars] == [1, 1, 3]  # the third pauses twice
    assert bars[0][0].get_height() == pytest.approx(0.4 * bars[2][0].get_height())
    assert bars[2][1].get_x() == 28
    assert "lenalidomide, 10 to 25 mg a day" in words(figure)
    assert not individual_panels(made_up(3, doses=False)).axes[0].patches


def test_single_doses_are_lines() -> None:
    """As high as each amount, and the legend does not speak of days."""
    result = made_up(2)
    result.doses = result.doses[result.doses["day"] % 14 == 0]
    figure = individual_panels(result)
    (lines,) = parts(figure.axes[0], "dose")
    assert [segment[0, 0] for segment in lines.get_segments()] == [0, 14, 28, 42, 56, 70]
    assert "lenalidomide, 10 mg" in words(figure)


def test_days_before_treatment_have_room_and_hours_are_written_where_runs_are_short() -> None:
    """A screening sample is on the axis, left of 0."""
    ax = individual_panels(made_up(2, visits=(-7.0, 0.0, 14.0, 56.0))).axes[0]
    assert ax.get_xlim()[0] < -7
    short = individual_panels(made_up(2, visits=(0.0, 0.5, 1.0), doses=False))
    assert short.get_supxlabel() == "Time on treatment (hours)"
    weeks = individual_panels(made_up(2), time_unit="week")
    assert weeks.get_supxlabel() == "Time on treatment (weeks)"


def test_a_long_course_with_many_rows_is_a_mean_within_a_band() -> None:
    """What swings with each dose does not fill the panel with ink."""
    result = made_up(1)
    times = np.arange(0, 84, 0.125)
    swing = result.courses.interp(time=times) * (1 + 0.3 * np.sin(2 * math.pi * times)[None, :])
    swing["il6"].attrs = result.courses["il6"].attrs
    result.courses = swing.transpose("subject", "time")
    figure = individual_panels(result)
    (line,) = parts(figure.axes[0], "fitted")
    assert len(line.get_xdata()) < 100
    assert "lowest to highest of a day (line: its mean)" in words(figure)


@pytest.mark.parametrize("subjects", [1, 6, 24])
def test_no_words_stand_upon_each_other(subjects: int) -> None:
    """From one panel to many."""
    assert clashes(individual_panels(made_up(subjects, limit=5.0, population=True))) == []


def test_long_names_of_subjects_are_cut() -> None:
    """They would run into the next title."""
    result = made_up(6)
    names = {str(n + 1): f"CENTRE-07/PATIENT-{n:05d}" for n in range(6)}
    result.measurements["subject"] = result.measurements["subject"].map(names)
    result.doses["subject"] = result.doses["subject"].map(names)
    result.courses = result.courses.assign_coords(subject=list(names.values()))
    figure = individual_panels(result)
    assert titles(figure)[0] == "Subject CENTRE-07/PATIENT…"
    assert clashes(figure) == []


def test_a_fit_to_patterns_has_no_such_panels(result: Any) -> None:
    """It gets no figure, and who asks for one is told why."""
    assert FIGURE.draw(result) == {}
    with pytest.raises(InputError, match="no measurements: it was fitted to patterns alone"):
        individual_panels(result)


def test_equal_results_give_equal_bytes(tmp_path: Any) -> None:
    """A figure does not depend on when it was drawn."""
    files = [save(individual_panels(made_up(2)), tmp_path / f"{n}.png") for n in range(2)]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_a_model_that_is_not_published_has_the_words_of_its_courses() -> None:
    """Names of quantities and of the main drug, as its result holds them."""
    result = made_up(2)
    result.model, result.courses.attrs = "mine", {"drug": "il6_blocker", "words": '{"il6": "IL-6"}'}
    result.courses["il6"].attrs["long_name"] = "free il6"
    figure = individual_panels(result)
    assert figure.get_supylabel() == "Free IL-6 (pg/mL)"
    assert "IL-6 blocker, 10 mg a day" in words(figure)


def test_a_value_of_0_is_seen_whole() -> None:
    """Its marker is not cut by the axis it stands on."""
    result = made_up(1, log=False)
    result.measurements.loc[0, "value"] = 0.0
    (ax,) = individual_panels(result).axes
    assert ax.get_ylim()[0] == 0
    assert not parts(ax, "measured")[0].get_clip_on()


def test_no_line_leads_up_from_0_on_a_logarithmic_axis() -> None:
    """Before a first dose into the vein there is nothing, and nothing has no logarithm."""
    result = made_up(1)
    result.courses["il6"][0, 0] = 0.0
    (ax,) = individual_panels(result).axes
    (line,) = parts(ax, "fitted")
    assert min(line.get_ydata()) > 0
    assert len(line.get_ydata()) == result.courses.sizes["time"] - 1
