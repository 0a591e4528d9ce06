"""Trajectories: quantities of one run, or of several runs together, over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pdmodel.dosing import Regimen, read_regimen
from pdmodel.errors import InputError, RegimenError, unknown
from pdmodel.plots.day_band import days_of
from pdmodel.plots.figure import own_axes
from pdmodel.plots.grid import panel_grid
from pdmodel.plots.label import title_text, unit_label
from pdmodel.plots.style import ALONE, Stroke, readable, strokes, styled

CLINICAL = ("SPD", "ALC", "activated_effectors", "ANC", "il6", "tnf", "t_cells", "node_swelling")
_MOST_PANELS = 12


def plot_run(
    run: xr.Dataset,
    quantities: Sequence[str] | None = None,
    *,
    drug: str | None = None,
    regimen: str | Regimen | None = None,
) -> Figure:
    """Draw one run: a panel for each quantity, what is given below.

    Parameters
    ----------
    run
        A result of `simulate`.
    quantities
        Names within the run; what the clinic looks at by default.
    drug
        Name of the main drug; by default that of the run.
    regimen
        Needed only for doses of one's own, which a run cannot name.

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
    return plot_runs({name: run}, quantities, drug=drug, regimen=regimen)


@styled
def plot_runs(
    runs: Mapping[str, xr.Dataset],
    quantities: Sequence[str] | None = None,
    *,
    drug: str | None = None,
    regimen: str | Regimen | None = None,
) -> Figure:
    """Draw several runs over each other, e.g. of rival models or of two patients.

    Parameters
    ----------
    runs
        Results of `simulate` by the name they get in the legend; `responder` and `nonresponder`
        have their own colours. The dose strip is that of the first.
    quantities, drug, regimen
        As for `plot_run`.

    Raises
    ------
    UnknownNameError
        If a run has no such quantity.
    """
    if not runs:
        raise InputError("there is no run to draw")
    names = _chosen(runs, quantities)
    first = next(iter(runs.values()))
    days = max(float(run["time"].max()) for run in runs.values())
    given = regimen if regimen is not None else str(first.attrs.get("regimen", "no drug"))
    counts = [len(names)] if len(names) < 3 else [(len(names) + 1) // 2, len(names) // 2]
    grid = panel_grid(counts, [days] * len(counts), given, drug or _main_drug(first))
    panels = [panel for column in grid.columns for panel in column]
    looks = _looks(list(runs))
    for name, panel in zip(names, panels, strict=True):
        for label, run in runs.items():
            plot_quantity(run[name], panel, stroke=looks[label], label=readable(label))
    handles, labels = panels[0].get_legend_handles_labels()
    grid.figure.legend(handles, labels, loc="outside upper center", ncols=min(len(labels), 4))
    return grid.figure


@styled
def plot_quantity(
    array: xr.DataArray, ax: Axes | None = None, *, stroke: Stroke = ALONE, label: str | None = None
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
    """
    panel = own_axes(ax)
    kept = array.dropna("time")
    days, values = kept["time"].values.astype(float), kept.values
    found = days_of(days, values)
    if found is not None:
        panel.fill_between(
            found.days, found.low, found.high, color=stroke.colour, alpha=0.25, linewidth=0
        )
        days, values = found.days, found.mean
    panel.plot(days, values, color=stroke.colour, linestyle=stroke.dashes, lw=1.3, label=label)
    panel.set_title(title_text(array))
    panel.set_ylabel(unit_label(array))
    if ax is None:
        panel.set_xlabel("Time on treatment (days)")
    return panel


def _looks(names: Sequence[str]) -> dict[str, Stroke]:
    known = strokes(names)
    if len(names) == 1 and names[0] not in ("responder", "nonresponder"):
        return {names[0]: ALONE}
    return known


def _chosen(runs: Mapping[str, xr.Dataset], quantities: Sequence[str] | None) -> list[str]:
    first = next(iter(runs.values()))
    known = [str(name) for name, array in first.data_vars.items() if array.dims == ("time",)]
    if quantities is None:
        clinical = [name for name in CLINICAL if all(name in run for run in runs.values())]
        return clinical or known[:_MOST_PANELS]
    if isinstance(quantities, str) or not quantities:
        raise InputError(f"quantities must be a list of names, got {quantities!r}")
    for run in runs.values():
        for name in quantities:
            if name not in run or run[name].dims != ("time",):
                raise unknown("quantity of the run", name, known)
    return list(quantities)


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
