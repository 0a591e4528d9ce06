"""Trajectories are drawn as they were simulated."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr

import pdmodel
from pdmodel.errors import InputError
from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary
from pdmodel.plots import FIRST, SECOND, plot_run, plot_runs
from pdmodel.plots.base.time_axis import day_ticks


def titles(figure: Any) -> list[str]:
    """Titles of the panels, dose strips aside."""
    return [ax.get_title(loc="left") for ax in figure.axes if ax.get_title(loc="left")]


def panel(figure: Any, title: str) -> Any:
    """Return the panel of a title."""
    return next(ax for ax in figure.axes if ax.get_title(loc="left") == title)


def test_lines_are_the_data_of_the_run(run: xr.Dataset) -> None:
    """Days and values are those of the run, with its unit on the axis."""
    figure = plot_run(run, ["il6", "ANC"])
    for name, title, unit in (("il6", "IL-6", "pg/mL"),
                              ("ANC", "Absolute neutrophil count", "10⁹/L")):  # fmt: skip
        ax = panel(figure, title)
        (line,) = ax.lines
        np.testing.assert_array_equal(line.get_xdata(), run["time"].values)
        np.testing.assert_array_equal(line.get_ydata(), run[name].values)
        assert ax.get_ylabel() == unit
        assert line.get_color() == FIRST


def test_main_quantities_are_the_default(run: xr.Dataset) -> None:
    """What the vocabulary declares as main, as far as it is in the run."""
    main = pdmodel.load("reference").vocabulary.main
    assert len(titles(plot_run(run))) == len(main) == 8
    assert titles(plot_run(run.drop_vars(["SPD", "tnf"]))) != titles(plot_run(run))
    assert len(titles(plot_run(run.drop_vars(["SPD", "tnf"])))) == len(main) - 2
    assert titles(plot_run(run))[0] == "SPD (with swelling)"


def test_without_a_declaration_observables_come_first_and_panels_are_few() -> None:
    """A model that names no main quantities shows what is observed, then its states, up to 8."""
    q = Vocabulary(words={"crp": "CRP"})
    k = q.parameter("k", unit="1/day", value=1, bounds=(0, 5), meaning="rate", source=ASSUMED)
    states = [q.state(f"pool_{n}", unit="1", initial=1, meaning=f"pool {n}") for n in range(9)]
    seen = q.observable("crp_level", unit="1", meaning="crp in serum")
    q.slot("all", meaning="everything", states=tuple(states), defines=(seen,))
    flow = Mechanism(
        "flow", slot="all", claim="it flows", defines={seen: states[0] / 5},
        processes={f"out_{s}": {s: -k * s} for s in states},
    )  # fmt: skip
    figure = plot_run(pdmodel.simulate(Model("own", q, [flow]), "no drug", days=1))
    assert titles(figure) == ["CRP in serum", *(f"Pool {n}" for n in range(7))]


def test_strip_names_the_drugs_that_were_delivered() -> None:
    """The main drug's name comes from the run; the steroid has a row of its own."""
    words = "5 mg daily + pack 8-4 mg methylprednisolone"
    run = pdmodel.simulate(pdmodel.load("reference"), words, days=4)
    labels = [text.get_text() for text in plot_run(run, ["il6"]).axes[0].get_yticklabels()]
    assert labels == ["lenalidomide\n5 mg/day", "methylprednisolone\n4–8 mg/day"]


def test_runs_lie_over_each_other_in_their_colours(run: xr.Dataset) -> None:
    """One line a run, named in the legend."""
    double = run.assign(il6=(run["il6"].dims, 2 * run["il6"].values, run["il6"].attrs))
    figure = plot_runs({"responder": run, "nonresponder": double}, ["il6"])
    first, second = panel(figure, "IL-6").lines
    assert (first.get_color(), second.get_color()) == (FIRST, SECOND)
    np.testing.assert_allclose(second.get_ydata(), 2 * np.asarray(first.get_ydata()))
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["responder", "nonresponder"]


def test_a_lone_run_is_solid_in_its_own_colour(run: xr.Dataset) -> None:
    """Dashes tell runs apart; alone, a nonresponder has none, and keeps its colour."""
    for patient, colour in (("nonresponder", SECOND), ("responder", FIRST)):
        line = panel(plot_run(run.assign_attrs(patient=patient), ["il6"]), "IL-6").lines[0]
        assert (line.get_linestyle(), line.get_color()) == ("-", colour)


def test_unknown_quantity_is_refused_with_the_nearest(run: xr.Dataset) -> None:
    """Typing errors are told."""
    with pytest.raises(InputError, match="did you mean 'il6'"):
        plot_run(run, ["il66"])
    with pytest.raises(InputError, match="list of names"):
        plot_run(run, "il6")
    with pytest.raises(InputError, match="no run"):
        plot_runs({})


def test_runs_have_names(run: xr.Dataset) -> None:
    """A list of runs has none that a legend could say."""
    given: Any = [run]
    with pytest.raises(InputError, match="runs must be given by name"):
        plot_runs(given)


def test_doses_of_ones_own_need_their_regimen(run: xr.Dataset) -> None:
    """Words that cannot be read are shown; a regimen given instead is drawn."""
    own = run.assign_attrs(regimen="own doses")
    strip = plot_run(own, ["il6"]).axes[0]
    assert [text.get_text() for text in strip.get_yticklabels()] == ["own doses"]
    assert plot_run(own, ["il6"], regimen="10 mg daily").axes[0].patches


def test_ticks_are_whole_days_weeks_or_cycles() -> None:
    """Never more than seven intervals."""
    for days in (0.5, 1, 3, 6, 14, 28, 42, 84, 112, 168, 336, 730, 5000):
        ticks = day_ticks(days)
        assert ticks[0] == 0
        assert ticks[-1] <= days
        assert len(ticks) <= 8
        assert np.ptp(np.diff(ticks)) < 1e-9


LONG = ("exhaustion_by_engagement", "effectors_and_antiproliferative", "a name " * 12, "x" * 90)


@pytest.mark.parametrize("count", [2, 6, 12, 35])
def test_every_run_has_a_look_of_its_own(count: int, run: xr.Dataset) -> None:
    """No two share colour and dashes, and each is named within the figure."""
    figure: Any = plot_runs({f"hypothesis {n}": run for n in range(count)}, ["il6"])
    lines = panel(figure, "IL-6").lines
    assert len({(line.get_color(), str(line._dash_pattern)) for line in lines}) == count
    (legend,) = figure.legends
    assert len(legend.get_texts()) == count
    _assert_inside(figure, legend)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.parametrize("quantities", [["il6"], ["il6", "tnf", "ANC"]])
def test_legends_lie_within_the_figure(count: int, quantities: list[str], run: xr.Dataset) -> None:
    """Long names are put in fewer columns, longer ones go on in the next line."""
    figure: Any = plot_runs({LONG[-1 - n]: run for n in range(count)}, quantities)
    _assert_inside(figure, figure.legends[0])


def _assert_inside(figure: Any, legend: Any) -> None:
    figure.canvas.draw()
    box, page = legend.get_window_extent(), figure.bbox
    assert page.x0 <= box.x0
    assert box.x1 <= page.x1
    assert page.y0 <= box.y0
    assert box.y1 <= page.y1 + 1
    for ax in figure.axes:
        assert ax.bbox.y1 <= box.y0


@pytest.mark.filterwarnings("error")
def test_a_crowd_is_drawn_as_its_range(run: xr.Dataset) -> None:
    """A hundred runs: their median, and the band from the lowest to the highest."""
    crowd = {
        f"patient {n} of the long-named arm": run.assign(
            il6=(run["il6"].dims, run["il6"].values * (1 + n / 100), run["il6"].attrs)
        )
        for n in range(101)
    }
    figure: Any = plot_runs(crowd, ["il6"])
    figure.canvas.draw()
    (line,) = panel(figure, "IL-6").lines
    np.testing.assert_allclose(line.get_ydata(), 1.5 * run["il6"].values)
    (band,) = panel(figure, "IL-6").collections
    assert band.get_paths()[0].vertices[:, 1].max() == pytest.approx(2 * float(run["il6"].max()))
    assert line.get_label() == "median of 101 runs"


def test_each_regimen_has_its_strip_and_says_whose_it_is() -> None:
    """Three runs on two regimens: two strips, each with the names of its runs."""
    model = pdmodel.load("reference")
    words = {"one": "10 mg daily", "two": "no drug", "three": "10 mg daily"}
    runs = {name: pdmodel.simulate(model, text, days=4) for name, text in words.items()}
    strip: Any = plot_runs(runs, ["il6"]).axes[0]
    labels = [text.get_text() for text in strip.get_yticklabels()]
    assert labels == ["lenalidomide\n10 mg/day", "no drug"]
    assert [text.get_text() for text in strip.texts] == ["one, three", "two"]
    heights = [text.get_position()[1] for text in strip.texts]
    assert heights[0] > strip.get_yticks()[0] > heights[1] > strip.get_yticks()[1]


def test_what_was_asked_for_is_drawn() -> None:
    """Quantities that a run was asked for are its panels, whatever the clinic looks at."""
    model = pdmodel.load("reference")
    run = pdmodel.simulate(model, "10 mg daily", days=2, quantities=["SPD", "free_drug", "il6"])
    assert len(titles(plot_run(run))) == 3
