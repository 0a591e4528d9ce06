"""Response panels show the fitted courses and every target where it is judged."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from pdmodel.errors import InputError
from pdmodel.inference.targets.course import TimeCourse
from pdmodel.plots import FIRST, SECOND, response_panels
from pdmodel.plots.base.slides import ROOM, parts_of
from pdmodel.plots.fits.target_mark import MarkMaker


def panel(figure: Any, title: str) -> Any:
    """Return the panel of a title."""
    return next(ax for ax in figure.axes if ax.get_title(loc="left") == title)


def lines(ax: Any, gid: str) -> list[Any]:
    """Return the lines of a panel with a name."""
    return [line for line in ax.lines if line.get_gid() == gid]


def of_days(part: Any) -> bool:
    """Whether a part of a panel is the band of what a course does within its days."""
    return "of a day" in str(part.get_gid())


def heights(line: Any) -> list[float]:
    """Return the y values of a line."""
    return [float(value) for value in line.get_ydata()]


def test_curves_are_the_trajectories(result: Any) -> None:
    """Whole days, over baseline where the axis says so, in the group's colour."""
    ax = panel(response_panels(result), "Nodes (SPD)")
    for group, colour in (("responder", FIRST), ("nonresponder", SECOND)):
        (line,) = lines(ax, group)
        course = result.trajectories["SPD"].sel(group=group).dropna("time")
        whole = course[course["time"] % 1 == 0]
        np.testing.assert_array_equal(line.get_xdata(), whole["time"])
        np.testing.assert_allclose(line.get_ydata(), whole / course[0])
        assert line.get_color() == colour


def test_every_panel_stands_on_one_slide(result: Any) -> None:
    """Few panels a slide, each with its doses; together they are those of the page."""
    whole = response_panels(result)
    slides = parts_of(whole, "slide")
    assert len(slides) > 1
    titles = [ax.get_title(loc="left") for slide in slides for ax in slide.axes]
    assert sorted(filter(None, titles)) == sorted(
        ax.get_title(loc="left") for ax in whole.axes if ax.get_title(loc="left")
    )
    assert all(slide.get_figheight() <= ROOM["slide"] for slide in slides)


def test_brackets_are_the_bounds_at_their_day(result: Any) -> None:
    """A closed range is a bracket, an open one a bound with an arrow."""
    ax = panel(response_panels(result), "IL-6 over baseline")
    brackets = lines(ax, "range fold_change")
    assert {line.get_xdata()[0] for line in brackets} == {28}
    assert sorted(heights(line) for line in brackets) == [[0.7, 1.5], [0.95], [9.0]]
    assert len(ax.texts) == 2  # an arrow for each open side
    assert ax.get_yscale() == "log"


def test_equal_ranges_of_both_groups_are_drawn_once(result: Any) -> None:
    """TNF-alpha has one bracket with a point of each group."""
    ax = panel(response_panels(result), "TNF-α over baseline")
    (bracket,) = lines(ax, "range fold_change")
    assert heights(bracket) == [0.7, 1.4]
    assert sorted(heights(point)[0] for point in lines(ax, "met")) == pytest.approx([1.1, 1.2])


def test_ratio_is_a_range_of_the_first_group(result: Any) -> None:
    """Bounds are multiples of the second group's value at the day."""
    ax = panel(response_panels(result), "TNF-α")
    (bracket,) = lines(ax, "range ratio")
    other = float(result.trajectories["tnf"].sel(group="nonresponder", time=0))
    assert heights(bracket) == pytest.approx([1.6 * other, 2.5 * other])
    assert ax.get_ylabel() == "pg/mL"


def test_extremes_have_bands_and_bounds_over_their_window(result: Any) -> None:
    """The nadir's band ends at its bounds; the best response has one bound; both span the run."""
    figure = response_panels(result)
    parts = panel(figure, "Absolute neutrophil count").collections
    (band,) = [part for part in parts if not of_days(part)]
    edges = band.get_paths()[0].vertices
    assert (edges[:, 1].min(), edges[:, 1].max()) == (0.5, 1.5)
    assert (edges[:, 0].min(), edges[:, 0].max()) == (0, 112)
    (bound,) = lines(panel(figure, "Nodes (SPD)"), "range best")
    assert heights(bound) == [0.5, 0.5]
    assert list(bound.get_xdata()) == [0, 112]


def test_spans_of_days_lie_on_the_time_axis(result: Any) -> None:
    """Time to best and duration are spans with the simulated day on them."""
    figure = response_panels(result)
    nodes = panel(figure, "Nodes (SPD)")
    (span,) = lines(nodes, "range time_to_best")
    assert list(span.get_xdata()) == [56, 100]
    assert 84 in [point.get_xdata()[0] for point in lines(nodes, "met")]
    sizes = panel(figure, "Flare by size of the node")
    assert list(lines(sizes, "range duration")[0].get_xdata()) == [10, 26]
    assert "onset: never" in [text.get_text() for text in sizes.texts]


def test_difference_of_peaks_hangs_on_the_second_peak(result: Any) -> None:
    """The range of the first group's peak is the second's, give or take the bounds."""
    ax = panel(response_panels(result), "Flare: swelling of a node")
    (bracket,) = lines(ax, "range peak_difference")
    peak = float(result.trajectories["node_swelling"].sel(group="nonresponder").max())
    assert heights(bracket) == pytest.approx([peak - 0.1, peak + 0.1])


def test_missed_targets_have_their_own_marker(result: Any) -> None:
    """A cross, whatever the colour."""
    ax = panel(response_panels(result), "IL-6 over baseline")
    (missed,) = lines(ax, "missed")
    assert missed.get_marker() == "X"
    assert heights(missed) == pytest.approx([4.1])
    assert {point.get_marker() for point in lines(ax, "met")}.isdisjoint({"X"})


def test_every_finite_mark_is_inside_its_panel(result: Any) -> None:
    """No bound and no simulated value is cut off."""
    checked = 0
    for ax in (ax for ax in response_panels(result).axes if not ax.get_xlabel()):
        low, high = ax.get_ylim()
        for line in (line for line in ax.lines if line.get_transform() != ax.get_xaxis_transform()):
            assert low <= min(heights(line))
            assert max(heights(line)) <= high, (ax.get_title(loc="left"), line.get_gid())
            checked += 1
    assert checked > 30


def test_other_targets_get_a_panel_and_missing_quantities_none(result: Any) -> None:
    """A quantity nobody foresaw is drawn; one that is not there is left out."""
    result.trajectories = result.trajectories.rename(SPD="liver_size")
    result.targets["observable"] = result.targets["observable"].replace("SPD", "liver_size")
    figure = response_panels(result)
    names = [ax.get_title(loc="left") for ax in figure.axes]
    assert "Nodes (SPD)" not in names
    assert "SPD (with swelling) over baseline" in names
    result.trajectories = result.trajectories[["group", "time"]]
    with pytest.raises(InputError, match="no quantity"):
        response_panels(result)


def test_flares_are_drawn_as_they_go_to_the_end_of_their_panel(result: Any) -> None:
    """A line that changes from six hours to days would have a corner that no course has."""
    (line,) = lines(panel(response_panels(result), "Flare: swelling of a node"), "responder")
    course = result.trajectories["node_swelling"].sel(group="responder").dropna("time")
    end = line.get_xdata()[-1]
    np.testing.assert_array_equal(line.get_xdata(), course["time"][course["time"] <= end])


def test_one_panel_stands_alone(result: Any) -> None:
    """No column of an empty axis beside it."""
    result.trajectories = result.trajectories[["SPD"]]
    result.targets = result.targets[result.targets["observable"] == "SPD"]
    figure = response_panels(result)
    assert [ax.get_title(loc="left") for ax in figure.axes if not ax.get_xlabel()] == [
        "Nodes (SPD)"
    ]
    assert len(figure.axes) == 2  # and what is given


def test_strip_names_the_drug_of_the_model(result: Any) -> None:
    """The model knows what its main drug is called; a caller may say so too."""
    strips = [ax for ax in response_panels(result).axes if ax.get_xlabel()]
    assert strips[0].get_yticklabels()[0].get_text() == "lenalidomide\n10 mg/day"
    named = [ax for ax in response_panels(result, drug="L").axes if ax.get_xlabel()]
    assert named[0].get_yticklabels()[0].get_text() == "L\n10 mg/day"


@pytest.mark.parametrize("size", [1e-12, 1.0, 1e12])
def test_ranges_are_joined_where_they_are_equal_at_any_scale(size: float) -> None:
    """Two ranges in mol are two, though both are nothing beside 1e-9."""
    times = np.array([0.0, 1.0, 2.0])
    curves = {name: TimeCourse(times, size * (1 + times)) for name in ("one", "two")}
    row = {"kind": "level", "day": 1.0, "simulated": 2 * size, "met": True, "high": np.nan}
    rows = pd.DataFrame([
        {**row, "group": "one", "low": size}, {**row, "group": "two", "low": 2 * size},
    ])  # fmt: skip
    assert len(MarkMaker(curves, False, 2.0).marks(rows)) == 2
    rows["low"] = size
    assert len(MarkMaker(curves, False, 2.0).marks(rows)) == 1


def test_what_happens_within_days_is_drawn_as_a_band(result: Any) -> None:
    """The band of a cytokine spans all values that the result holds; the line is before doses."""
    courses = result.trajectories
    times = np.unique(np.concatenate([np.arange(0, 14, 0.25), courses["time"].values]))
    swinging = courses.interp(time=times)
    swinging["il6"] = swinging["il6"] * (1 + 0.5 * np.sin(np.pi * (times % 1)) ** 2)
    result.trajectories = swinging
    ax = panel(response_panels(result), "IL-6 over baseline")
    (band, *_) = [part for part in ax.collections if of_days(part)]
    reached = float(band.get_paths()[0].vertices[:, 1].max())
    own = swinging["il6"].sel(group="responder")
    early = own.where(own["time"] < 14, drop=True).values / own.values[0]
    assert reached == pytest.approx(np.nanmax(early))
    assert max(heights(lines(ax, "responder")[0])) < reached


def measured(result: Any, **values: float) -> Any:
    """Make targets those of measured values, their bounds being two sigma around them."""
    result.targets["value"] = result.targets["id"].map(values)
    return result


def test_a_measured_value_at_a_day_is_an_open_circle_with_whiskers(result: Any) -> None:
    """The simulated value stands beside it, filled; there is no bracket."""
    figure = response_panels(measured(result, il6_r=1.1))
    ax = panel(figure, "IL-6 over baseline")
    (mark,) = lines(ax, "measured fold_change")
    assert (mark.get_marker(), mark.get_markerfacecolor()) == ("o", "white")
    assert (mark.get_xdata()[0], heights(mark)) == (28, [1.1])
    ends = [part.get_segments()[0][:, 1].tolist() for part in ax.collections
            if not of_days(part) and hasattr(part, "get_segments")]  # fmt: skip
    assert ends == [pytest.approx([0.7, 1.5])]
    assert [0.7, 1.5] not in [heights(line) for line in lines(ax, "range fold_change")]
    assert all(point.get_markerfacecolor() != "white" for point in lines(ax, "met"))
    (blue,) = [point for point in lines(ax, "met") if point.get_color() == FIRST]
    shown = blue.get_transform().transform([(28, 1)]), mark.get_transform().transform([(28, 1)])
    assert shown[0][0, 0] > shown[1][0, 0]


def test_what_was_measured_over_a_window_stands_where_the_course_has_it(result: Any) -> None:
    """A nadir has its whiskers on the day of the lowest value, and no band."""
    figure = response_panels(measured(result, anc_r=1.1, anc_nr=1.1))
    ax = panel(figure, "Absolute neutrophil count")
    (mark,) = lines(ax, "measured nadir")
    lowest = result.trajectories["ANC"].sel(group="responder").dropna("time")
    nearest = lowest["time"].values[np.argmin(np.abs(lowest.values - 1.24))]
    assert (mark.get_xdata()[0], heights(mark)) == (nearest, [1.1])
    assert not [part for part in ax.collections if str(part.get_gid()).startswith("range")]


def test_measured_days_are_open_on_the_axis_of_time(result: Any) -> None:
    """Whiskers along the days, where a span would be."""
    ax = panel(response_panels(measured(result, best_r=80.0)), "Nodes (SPD)")
    (mark,) = lines(ax, "measured time_to_best")
    assert (mark.get_xdata()[0], mark.get_markerfacecolor()) == (80, "white")
    assert not lines(ax, "range time_to_best")


def test_the_legend_of_panels_names_measured_values_where_there_are_any(result: Any) -> None:
    """Ranges and bounds are not spoken of where all was measured."""

    def words() -> list[str]:
        return [text.get_text() for text in response_panels(result).legends[0].get_texts()]

    assert "measured, two sigma either side" not in words()
    measured(result, il6_r=1.1)
    assert {"measured, two sigma either side", "allowed range"} <= set(words())
    result.targets = result.targets[result.targets["id"] == "il6_r"]
    assert "allowed range" not in words()
