"""Trajectories: quantities of one run, or of several runs together, over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from pdmodel.arguments import shown
from pdmodel.dosing import Regimen, read_regimen
from pdmodel.errors import InputError, RegimenError, unknown
from pdmodel.model import Model
from pdmodel.plots.base.axes import outside_legend, title_text, unit_label, wrapped
from pdmodel.plots.base.day_band import days_of
from pdmodel.plots.base.dose_strip import Strip, draw_strips, strips_height
from pdmodel.plots.base.figure import ResultFigure, figure_of, own_axes
from pdmodel.plots.base.slides import dealt, into_parts
from pdmodel.plots.base.style import (
    ALONE,
    GREY,
    INK,
    MOST_LOOKS,
    NO_WORDS,
    Stroke,
    marks,
    readable,
    strokes,
    styled,
)
from pdmodel.plots.base.time_axis import name_time, set_time_ticks, unit_of_time
from pdmodel.plots.base.time_grid import HEAD, grid_height, panel_grid
from pdmodel.plots.base.words import model_of, pair_of, words_in

MOST_PANELS, _MOST_NAMED = 8, 3
_MOST_STRIPS = 0.3  # of the height of a slide, below panels
_TITLE = 34  # letters of a line above a panel
_BAND = "mean of each day, and its lowest to highest"
_SPANS = "mean of each day, or of days between doses; lowest to highest"


def plot_run(
    run: xr.Dataset,
    quantities: Sequence[str] | None = None,
    *,
    drug: str | None = None,
    regimen: str | Regimen | None = None,
    time_unit: str | None = None,
) -> Figure:
    """Draw one run: a panel for each quantity, what is given below.

    Parameters
    ----------
    run
        A result of `simulate`.
    quantities
        Names within the run; by default those that the run was asked for, else what the
        vocabulary of its model declares as `main`, else its observables and states, up to 8.
    drug
        Name of the main drug; by default that of the run.
    regimen
        Needed only for doses of one's own, which a run cannot name.
    time_unit
        In which time is read: `hour`, `day`, `week` or `month`; by default days, hours in short
        runs.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    UnknownNameError
        If the run has no such quantity.

    Examples
    --------
    >>> import pdmodel
    >>> run = pdmodel.simulate(pdmodel.load("reference"), "10 mg daily", days=2)
    >>> len(plot_run(run, ["il6", "tnf"]).axes)  # two panels, one dose strip
    3
    """
    name = str(run.attrs.get("patient") or "run")
    return plot_runs({name: run}, quantities, drug=drug, regimen=regimen, time_unit=time_unit)


@styled
def plot_runs(
    runs: Mapping[str, xr.Dataset],
    quantities: Sequence[str] | None = None,
    *,
    drug: str | None = None,
    regimen: str | Regimen | None = None,
    time_unit: str | None = None,
) -> Figure:
    """Draw several runs over each other, e.g. of rival models or of two patients.

    Parameters
    ----------
    runs
        Results of `simulate` by the name they get in the legend; the first two patients that a
        package publishes have the pair of looks. Below lies a dose strip for each regimen among
        them. Of more than 35 runs, which cannot be told apart, their median and range are drawn.
    quantities, drug, regimen, time_unit
        As for `plot_run`; a regimen that is given is that of all runs.

    Raises
    ------
    UnknownNameError
        If a run has no such quantity.
    InputError
        If there is no run.
    """
    if not isinstance(runs, Mapping):
        raise InputError(f"runs must be given by name, e.g. {{'first': run}}, got {shown(runs)}")
    if not runs:
        raise InputError("there is no run to draw")
    names, strips = _chosen(runs, quantities), _strips(runs, regimen, drug)
    heading = _heading(runs, regimen)
    figure = _drawn(runs, names, strips, heading, time_unit)
    into_parts(figure, partial(_slides, runs, names, strips, heading, time_unit))
    return figure


def _drawn(
    runs: Mapping[str, xr.Dataset],
    names: Sequence[str],
    strips: Sequence[Strip],
    heading: str,
    time_unit: str | None,
) -> Figure:
    """Draw a panel a quantity, with the strips below."""
    days, counts = _days(runs), _counts(names)
    grid = panel_grid(counts, [days] * len(counts), strips, time_unit)
    panels = [panel for column in grid.columns for panel in column]
    if len(runs) > MOST_LOOKS:
        for name, panel in zip(names, panels, strict=True):
            draw_range([run[name] for run in runs.values()], panel, words=_words(runs))
    else:
        _draw_each(runs, names, panels)
    handles, _ = panels[0].get_legend_handles_labels()
    bands = {str(band.get_gid()) for panel in panels for band in panel.collections}
    if len(runs) <= MOST_LOOKS and bands:
        said = _SPANS if _SPANS in bands else _BAND
        handles += [Patch(color=GREY, alpha=0.4, lw=0, label=said)]
    outside_legend(
        grid.figure, handles, grow=HEAD, title=wrapped(heading, 46 * len(grid.columns)),
        title_fontproperties={"size": 7.5, "weight": "bold"},
    )  # fmt: skip
    return grid.figure


def _counts(names: Sequence[str]) -> list[int]:
    """Return how many panels each column has."""
    return [len(names)] if len(names) < 3 else [(len(names) + 1) // 2, len(names) // 2]


def _days(runs: Mapping[str, xr.Dataset]) -> float:
    return max(float(run["time"].max()) for run in runs.values())


def _slides(
    runs: Mapping[str, xr.Dataset],
    names: Sequence[str],
    strips: Sequence[Strip],
    heading: str,
    time_unit: str | None,
    whole: Figure,
    room: float,
) -> list[Figure]:
    """Draw few panels a slide; what is given stands below them, or on slides of its own."""
    days = _days(runs)
    below = list(strips) if strips_height(strips, days) < _MOST_STRIPS * room else []

    around = whole.get_figheight() - grid_height(_counts(names), strips, days)

    def inches(some: Sequence[str]) -> float:
        return grid_height(_counts(some), below, days) + around

    slides = [_drawn(runs, some, below, heading, time_unit) for some in dealt(names, inches, room)]
    if not below:
        rows = dealt(strips, lambda some: 0.5 + strips_height(some, days), room)
        slides += [_of_doses(some, strips, days, time_unit) for some in rows]
    return slides


def _of_doses(
    strips: Sequence[Strip], among: Sequence[Strip], days: float, time_unit: str | None
) -> Figure:
    """Draw what is given alone."""
    panel = draw_strips(strips, days, time_unit=time_unit, among=among)
    set_time_ticks(panel, days, unit_of_time(days, time_unit))
    panel.set_title("What is given")
    return figure_of(panel)


def _heading(runs: Mapping[str, xr.Dataset], regimen: str | Regimen | None) -> str:
    """Say which models were run under what; what differs between runs stands in their names."""
    models = dict.fromkeys(str(run.attrs.get("model", "")) for run in runs.values())
    given = {str(run.attrs.get("regimen", "no drug")) for run in runs.values()}
    names = [name for name in models if name][:_MOST_NAMED]
    more = f" and {len(models) - len(names)} more" if len(models) > len(names) else ""
    named = f"Model{'' if len(models) == 1 else 's'} {', '.join(names)}{more}"
    words = str(regimen) if regimen is not None else given.pop() if len(given) == 1 else ""
    parts = [named if names else "", words or "each under its own regimen"]
    return ": ".join(part for part in parts if part)


def _draw_each(
    runs: Mapping[str, xr.Dataset], names: Sequence[str], panels: Sequence[Axes]
) -> None:
    looks, words = _looks(runs), _words(runs)
    marked = marks(looks)
    for name, panel in zip(names, panels, strict=True):
        for label, run in runs.items():
            plot_quantity(
                run[name], panel, stroke=looks[label], label=readable(label, words), words=words
            )
            panel.lines[-1].set(**marked[label])


@styled
def plot_quantity(
    array: xr.DataArray,
    ax: Axes | None = None,
    *,
    stroke: Stroke = ALONE,
    label: str | None = None,
    words: Mapping[str, str] = NO_WORDS,
    time_unit: str | None = None,
) -> Axes:
    """Draw one quantity over time; gaps (NaN) are left out.

    Of more than four weeks a line shows the mean of each day, and a pale band from the lowest to
    the highest value of the day what it does within it.

    Parameters
    ----------
    array
        Of dimension `time`, with `units` and `long_name` in its attributes.
    ax
        Where to draw; new axes by default.
    stroke, label
        Colour and dashes, and the name in the legend.
    words
        How the application writes words of labels.
    time_unit
        Of new axes; data stay in days.
    """
    panel = own_axes(ax)
    kept = array.dropna("time")
    days, values = kept["time"].values.astype(float), kept.values
    daily = days_of(days, values)
    if daily is not None:
        panel.fill_between(
            daily.days, daily.low, daily.high, color=stroke.colour, alpha=0.25, linewidth=0,
            gid=_BAND if daily.span == 1 else _SPANS,
        )  # fmt: skip
        days, values = daily.days, daily.mean
    panel.plot(days, values, color=stroke.colour, linestyle=stroke.dashes, lw=1.3, label=label)
    panel.set_title(wrapped(title_text(array, words), _TITLE))
    panel.set_ylabel(unit_label(array))
    if ax is None:
        name_time(panel, float(array["time"].max()), time_unit)
    return panel


def draw_range(
    arrays: Sequence[xr.DataArray], panel: Axes, *, words: Mapping[str, str] = NO_WORDS
) -> None:
    """Draw the median of many courses and the range that they lie in, on the days of any of them.

    Parameters
    ----------
    arrays
        Of dimension `time`, all of one quantity.
    panel
        Where to draw.
    words
        How the application writes words of labels.
    """
    courses = [array.dropna("time") for array in arrays]
    days = np.unique(np.concatenate([course["time"].values for course in courses]))
    values = np.array([
        np.interp(days, course["time"].values, course.values, left=np.nan, right=np.nan)
        for course in courses
    ])  # fmt: skip
    low, middle, high = (f(values, axis=0) for f in (np.nanmin, np.nanmedian, np.nanmax))
    panel.fill_between(
        days, low, high, color=GREY, alpha=0.35, lw=0, label="lowest to highest of all"
    )
    panel.plot(days, middle, color=INK, lw=1.3, label=f"median of {len(arrays)} runs")
    panel.set_title(wrapped(title_text(arrays[0], words), _TITLE))
    panel.set_ylabel(unit_label(arrays[0]))


def _looks(runs: Mapping[str, xr.Dataset]) -> dict[str, Stroke]:
    """Return the pair for published patients, or for the first two of runs of a patient each."""
    names = list(runs)
    own = [name for name, run in runs.items() if str(run.attrs.get("patient")) == name]
    pair = pair_of(names) or (tuple(names[:2]) if len(own) == len(names) > 1 else ())
    looks = strokes(names, pair)
    if len(names) == 1:  # dashes tell runs apart, and there is nothing to tell this one from
        (name,) = names
        return {name: looks[name]._replace(dashes="solid") if name in pair else ALONE}
    return looks


def _words(runs: Mapping[str, xr.Dataset]) -> Mapping[str, str]:
    words: dict[str, str] = {}
    for run in runs.values():
        model = _model(run)
        words = {**(model.vocabulary.words if model else words_in(run.attrs)), **words}
    return words


def _model(run: xr.Dataset) -> Model | None:
    named = str(run.attrs.get("model", "")), str(run.attrs.get("model_hash", ""))
    return model_of(*named, run.attrs)


def _chosen(runs: Mapping[str, xr.Dataset], quantities: Sequence[str] | None) -> list[str]:
    first = next(iter(runs.values()))
    courses = [str(name) for name, array in first.data_vars.items() if array.dims == ("time",)]
    if quantities is None and all(run.attrs.get("asked") for run in runs.values()):
        return [name for name in courses if all(name in run for run in runs.values())] or courses
    if quantities is None:
        return _main(runs, courses)
    if isinstance(quantities, str) or not quantities:
        raise InputError(f"quantities must be a list of names, got {shown(quantities)}")
    for run in runs.values():
        for name in quantities:
            if name not in run or run[name].dims != ("time",):
                raise unknown("quantity of the run", name, courses)
    return list(quantities)


def _main(runs: Mapping[str, xr.Dataset], courses: Sequence[str]) -> list[str]:
    """Return what the model declares as main; else observables, then states, as far as they go."""
    first = next(iter(runs.values()))
    model = _model(first)
    shared = [name for name in courses if all(name in run for run in runs.values())]
    shared = shared or list(courses)
    declared = model.vocabulary.main if model else str(first.attrs.get("main", "")).split()
    main = [name for name in declared if name in shared]
    order = {"observable": 0, "state": 1}
    kinds = {name: order.get(str(first[name].attrs.get("kind")), 2) for name in shared}
    return main or sorted(shared, key=kinds.__getitem__)[:MOST_PANELS]


def _strips(
    runs: Mapping[str, xr.Dataset], regimen: str | Regimen | None, drug: str | None
) -> list[Strip]:
    """Return every different regimen, with the runs that it belongs to where there are several."""
    if regimen is not None:
        return [Strip(regimen, drug or _main_drug(next(iter(runs.values()))))]
    words, whose = _words(runs), dict[tuple[str, str | None], list[str]]()
    for name, run in runs.items():
        given = str(run.attrs.get("regimen", "no drug"))
        whose.setdefault((given, drug or _main_drug(run)), []).append(readable(name, words))
    several = len(whose) > 1
    return [
        Strip(given, main, ", ".join(names) if several else "")
        for (given, main), names in whose.items()
    ]


def _main_drug(run: xr.Dataset) -> str | None:
    """Return the drug that was delivered without being named in the regimen."""
    keys = [str(key) for key in run.attrs if str(key).startswith("delivered_")]
    given = {key.removeprefix("delivered_") for key in keys}
    try:
        plan = read_regimen(str(run.attrs.get("regimen", "no drug")))
    except RegimenError:
        return None
    unnamed = given - set(plan.prescribed(float(run["time"].max())))
    return unnamed.pop() if len(unnamed) == 1 else None


FIGURE = ResultFigure("Courses of the run, and the doses given.", plot_run, timed=True)
RUNS = ResultFigure("Courses of the runs, and the doses given in each.", plot_runs, timed=True)
