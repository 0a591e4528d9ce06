"""The list of figures that results get."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure

from pdmodel import plots
from pdmodel.plots.base.figure import ResultFigure, new_figure
from pdmodel.plots.figures import FIGURES, describe_figure, draw_figures
from tests.plots.courses.made_up import check_of, made_up

ROOMS = ("runs", "fits", "courses", "trials", "hypotheses")


def test_every_figure_of_a_result_is_in_the_list() -> None:
    """A file that gives a figure its caption is of no use before the list names it."""
    folder = Path(plots.__file__).parent
    made = sum(
        isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ResultFigure"
        for room in ROOMS
        for file in (folder / room).glob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
    )
    listed = {id(figure): figure for figures in FIGURES.values() for figure in figures.values()}
    assert made == len(listed) > 20
    assert all(figure.caption.endswith(".") for figure in listed.values())


def test_no_two_figures_share_a_name() -> None:
    """A page knows a figure by the name of its file alone; two kinds may get the same figure."""
    named = {(name, id(made)) for figures in FIGURES.values() for name, made in figures.items()}
    assert len(named) == len({name for name, _ in named}) == len({made for _, made in named})


def test_what_is_drawn_is_a_file_for_each_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """One figure, one for each part by its name, or none where there is nothing to draw."""

    def whole(result: Any) -> Figure:
        assert result == "result"
        return new_figure()

    figures = {
        "whole": ResultFigure("All of it.", whole),
        "nothing": ResultFigure("None.", lambda result: None),
        "part_{}": ResultFigure("Of {}.", lambda result: {"a": new_figure(), "b": new_figure()}),
    }
    monkeypatch.setattr("pdmodel.plots.figures.FIGURES", {"toy": figures})
    drawn = draw_figures("toy", "result")
    assert list(drawn) == ["figures/whole.png", "figures/part_a.png", "figures/part_b.png"]
    assert all(content.startswith(b"\x89PNG") for content in drawn.values())
    assert [describe_figure(name) for name in ("whole", "part_b", "of_a_user")] == [
        (False, "All of it."), (True, "Of b."), (False, "of a user"),
    ]  # fmt: skip


def test_a_fit_gets_the_figures_of_what_it_was_fitted_to(result: Any) -> None:
    """Targets, measured courses, or both; nothing is drawn of what there is not."""
    starts = {"figures/start_waterfall.png"}
    targets = {"figures/response_panels.png", "figures/target_forest.png"}
    courses = {f"figures/{name}.png" for name in
               ("observed_fitted", "residuals", "individual_panels_il6")}  # fmt: skip
    assert set(draw_figures("fit", result)) == starts | targets
    measured = made_up(2)
    result.measurements, result.courses = measured.measurements, measured.courses
    assert set(draw_figures("fit", result)) == starts | targets | courses
    result.targets = result.targets[:0]
    assert set(draw_figures("fit", result)) == starts | courses


def test_a_population_gets_a_visual_check_where_it_was_made() -> None:
    """Simulating again for a figure would take too long."""
    result = made_up(4, population=True)
    names = ["observed_fitted", "residuals", "individual_panels_il6"]
    assert list(draw_figures("population", result)) == [f"figures/{name}.png" for name in names]
    result.checked = check_of(result)
    assert next(iter(draw_figures("population", result))) == "figures/visual_check.png"
