"""Dose map of a trial: what every patient was given on every day; the colours of doses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import matplotlib
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.colors import (
    BoundaryNorm,
    Colormap,
    LinearSegmentedColormap,
    ListedColormap,
    Normalize,
)
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from pdmodel.arrays import Array, Flags
from pdmodel.plots.base.axes import outside_legend, unit_text
from pdmodel.plots.base.figure import ResultFigure, new_figure
from pdmodel.plots.base.style import GREY, INK, PAGE_WIDTH, styled
from pdmodel.plots.base.time_axis import name_time
from pdmodel.plots.trials.patients import empty_figure, require_records
from pdmodel.text import counted

if TYPE_CHECKING:
    from pdmodel.trial.protocol.design import TrialDesign

NONE_GIVEN = "white"
HELD = "#d98c5f"
"""Days on which a dose was due and withheld: no shade of the doses, and darker than a day off."""
_STEPS = 8  # more levels than these are not told apart by eye
_SHADES = 256
# A map that is in order for all kinds of colour vision and on a grey printer; higher doses are
# darker, and the palest part is left out so that no dose looks like none.
_MAP, _PALEST = "YlGnBu", 0.22
_BAR_HEIGHT = 2.2  # inches


class DoseScale(NamedTuple):
    """Colours of doses.

    Parameters
    ----------
    colours, norm
        As matplotlib wants them; a dose of 0 is `NONE_GIVEN`.
    ticks
        Of the colour bar, in the unit of the dose.
    unit
        Of the dose, as on paper: a day, or a dose where none is given on two days in a row.
    """

    colours: Colormap
    norm: Normalize
    ticks: list[float]
    unit: str


def unit_of_doses(records: xr.Dataset, name: str = "dose") -> str:
    """Return the unit of doses in words: a day, or a dose where they are never given daily.

    Parameters
    ----------
    records
        With `dose` over (patient, day).
    name
        Variable that has the unit of the dose.
    """
    given = records["dose"].transpose("patient", "day").values > 0
    unit = unit_text(str(records[name].attrs.get("units", "")))
    daily = (given[:, 1:] & given[:, :-1]).any()
    return f"{unit}/day" if unit and daily else f"{unit} a dose".strip()


def highest_dose(trials: Iterable[TrialDesign]) -> float:
    """Return the highest dose that the protocols of trials allow, as far as their rules say it.

    Colours are shares of it, so that a dose has one colour in all figures of these trials.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> rules = (SimpleNamespace(most=25.0), SimpleNamespace(rungs=((28, 15.0),)))
    >>> protocol = SimpleNamespace(start=10.0, rules=rules)
    >>> highest_dose([SimpleNamespace(protocols=[protocol])])
    25.0
    """
    protocols = [protocol for trial in trials for protocol in trial.protocols]
    rules = [rule for protocol in protocols for rule in protocol.rules]
    rungs = [dose for rule in rules for _, dose in getattr(rule, "rungs", ())]
    most = [float(getattr(rule, "most", 0.0)) for rule in rules]
    return max([*(float(protocol.start) for protocol in protocols), *rungs, *most], default=0.0)


def dose_scale(doses: Array, unit: str, highest: float = 0.0) -> DoseScale:
    """Return colours for doses: the higher, the darker, as shares of the highest.

    Parameters
    ----------
    doses
        Of any shape; NaN and 0 have no colour.
    unit
        Of the doses, as on paper.
    highest
        Dose that has the darkest colour; the highest of the doses if that is more.
    """
    levels = np.unique(doses[np.isfinite(doses) & (doses > 0)])
    colours = _colours()
    top = max(float(levels[-1]) if levels.size else 0.0, highest) or 1.0
    if 0 < levels.size <= _STEPS:
        middle = (levels[1:] + levels[:-1]) / 2
        step = float(np.diff(levels).min()) if levels.size > 1 else float(levels[0])
        edges = [max(levels[0] - step / 2, levels[0] / 2), *middle, levels[-1] + step / 2]
        stepped = ListedColormap(colours(levels / top))
        norm: Normalize = BoundaryNorm(edges, levels.size)
        return _scale(stepped, norm, [float(level) for level in levels], unit)
    ticks = [float(f"{top * share:.3g}") for share in (0.25, 0.5, 0.75, 1.0)]
    return _scale(colours, Normalize(0.0, top), ticks, unit)


def dose_bar(figure: Figure, ax: Axes, scale: DoseScale, label: str) -> Colorbar:
    """Draw the colour bar of doses beside axes, with the unit in its label."""
    shrink = min(1.0, _BAR_HEIGHT / figure.get_figheight())
    bar = figure.colorbar(
        ScalarMappable(scale.norm, scale.colours), ax=ax, pad=0.015, aspect=20, fraction=0.05,
        shrink=shrink, anchor=(0.0, 1.0),
    )  # fmt: skip
    bar.set_ticks(scale.ticks, labels=[f"{tick:g}" for tick in scale.ticks])
    bar.ax.minorticks_off()
    bar.ax.tick_params(length=0)
    bar.set_label(f"{label} ({scale.unit})")
    return bar


def _colours() -> Colormap:
    shades = matplotlib.colormaps[_MAP](np.linspace(_PALEST, 1.0, _SHADES))
    return LinearSegmentedColormap.from_list("doses", shades, _SHADES)


def _scale(colours: Colormap, norm: Normalize, ticks: list[float], unit: str) -> DoseScale:
    whole = colours.with_extremes(under=NONE_GIVEN, bad=(1, 1, 1, 0))
    return DoseScale(whole, norm, ticks, unit)


_ROW, _LEAST, _MOST = 0.055, 1.9, 5.0  # inches
_HATCH = "//////"


@styled
def dose_map(records: xr.Dataset, *, highest: float = 0.0) -> Figure:
    """Draw the dose of each patient and day as a colour, patients sorted by their mean dose.

    Parameters
    ----------
    records
        With `dose` over (patient, day) and its unit; 0 where none was given, NaN from the day on
        which a patient left or failed. With `day_off` over day, or patient and day, a dose that
        was withheld is told from a day off.
    highest
        Dose that has the darkest colour, if that is more than the highest dose given.

    Raises
    ------
    InputError
        If the variable is missing.
    """
    require_records(records, ["dose"])
    doses = records["dose"].transpose("patient", "day").values.astype(float)
    there = np.isfinite(doses).any(axis=1)
    treated = doses[there]
    if not treated.size:
        return empty_figure("Dose of each day", "no patient was treated")
    order = np.argsort(-np.nanmean(treated, axis=1), kind="stable")
    ordered, held = treated[order], _held_days(records, doses)[there][order]
    figure = new_figure(PAGE_WIDTH, min(max(1.0 + _ROW * len(ordered), _LEAST), _MOST))
    ax = figure.add_subplot()
    days = np.append(records["day"].values.astype(float), float(records["day"].values[-1]) + 1)
    scale = dose_scale(ordered, unit_of_doses(records), highest)
    _draw(ax, days, ordered, scale)
    _mark_held(ax, days, held)
    if ordered[ordered > 0].size:
        dose_bar(figure, ax, scale, "Dose")
    ax.set_title(_summary(ordered, held))
    handles = [
        Patch(fc=NONE_GIVEN, ec=INK, lw=0.6, label="a day off"),
        Patch(fc=HELD, ec=INK, lw=0.6, label="due, and held or stopped"),
        Patch(fc="white", ec=GREY, lw=0.6, hatch=_HATCH, label="left the trial"),
    ]
    if "day_off" not in records:
        handles[:2] = [Patch(fc=NONE_GIVEN, ec=INK, lw=0.6, label="none given (held or a day off)")]
    outside_legend(figure, handles, loc="outside lower center")
    return figure


def _held_days(records: xr.Dataset, doses: Array) -> Flags:
    """Return on which days a dose was due and not given, shape (n_patients, n_days)."""
    if "day_off" not in records:
        return np.zeros(doses.shape, dtype=bool)
    off = records["day_off"]
    if "patient" in off.dims:
        off = off.transpose("patient", "day")
    return np.asarray((doses == 0) & ~np.broadcast_to(off.values.astype(bool), doses.shape))


def _mark_held(ax: Axes, days: Array, held: Flags) -> None:
    """Lay the days on which a dose was withheld over the map."""
    if held.any():
        ax.pcolormesh(
            days, np.arange(len(held) + 1) + 0.5, np.ma.masked_where(~held, held.astype(float)),
            cmap=ListedColormap([HELD]), rasterized=True, gid="held",
        )  # fmt: skip


def _draw(ax: Axes, days: Array, doses: Array, scale: DoseScale) -> None:
    """Draw the map over a hatched ground, which shows where there is no number."""
    ax.patch.set(hatch=_HATCH, edgecolor=GREY, facecolor="white", linewidth=0)
    ax.pcolormesh(
        days, np.arange(len(doses) + 1) + 0.5, np.ma.masked_invalid(doses), cmap=scale.colours,
        norm=scale.norm, rasterized=True, gid="doses",
    )  # fmt: skip
    ax.set_ylim(len(doses) + 0.5, 0.5)
    ax.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    name_time(ax, float(days[-1]), "day", whole=True)
    ax.set_xlim(days[0], days[-1])
    ax.set_ylabel("Patient, by mean dose")
    for side in ("top", "right"):
        ax.spines[side].set_visible(True)


def _summary(doses: Array, held: Flags) -> str:
    there = np.isfinite(doses)
    share = 100 * float((doses[there] == 0).mean())
    said = f"Dose of {counted(len(doses), 'patient')}: none on {share:.0f} % of the days"
    return f"{said}, held on {100 * float(held[there].mean()):.0f} %" if held.any() else said


FIGURE = ResultFigure(
    "Dose of every virtual patient on every day.",
    lambda trial: dose_map(trial.records, highest=trial.highest),
)
