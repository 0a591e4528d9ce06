"""Dose map of a trial: what every patient was given on every day."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from pdmodel.arrays import Array
from pdmodel.plots.base.figure import new_figure
from pdmodel.plots.base.style import GREY, INK, PAGE_WIDTH, styled
from pdmodel.plots.base.time_grid import day_ticks
from pdmodel.plots.trials.doses import NONE_GIVEN, DoseScale, dose_bar, dose_scale
from pdmodel.plots.trials.patients import empty_figure, require_records

_ROW, _LEAST, _MOST = 0.055, 1.9, 5.0  # inches
_HATCH = "//////"


@styled
def dose_map(records: xr.Dataset) -> Figure:
    """Draw the dose of each patient and day as a colour, patients sorted by their mean dose.

    Parameters
    ----------
    records
        With `dose` over (patient, day) and its unit; 0 where none was given, NaN from the day on
        which a patient left or failed.

    Raises
    ------
    InputError
        If the variable is missing.
    """
    require_records(records, ["dose"])
    doses = records["dose"].transpose("patient", "day").values.astype(float)
    treated = doses[np.isfinite(doses).any(axis=1)]
    if not treated.size:
        return empty_figure("Dose of each day", "no patient was treated")
    ordered = treated[np.argsort(-np.nanmean(treated, axis=1), kind="stable")]
    figure = new_figure(PAGE_WIDTH, min(max(1.0 + _ROW * len(ordered), _LEAST), _MOST))
    ax = figure.add_subplot()
    days = np.append(records["day"].values.astype(float), float(records["day"].values[-1]) + 1)
    scale = dose_scale(ordered, str(records["dose"].attrs.get("units", "")))
    _draw(ax, days, ordered, scale)
    if ordered[ordered > 0].size:
        dose_bar(figure, ax, scale, "Dose")
    ax.set_title(_summary(ordered))
    figure.legend(
        handles=[
            Patch(fc=NONE_GIVEN, ec=INK, lw=0.6, label="none given (held or a day off)"),
            Patch(fc="white", ec=GREY, lw=0.6, hatch=_HATCH, label="left the trial"),
        ],
        loc="outside lower center", ncols=2,
    )  # fmt: skip
    return figure


def _draw(ax: Axes, days: Array, doses: Array, scale: DoseScale) -> None:
    """Draw the map over a hatched ground, which shows where there is no number."""
    ax.patch.set(hatch=_HATCH, edgecolor=GREY, facecolor="white", linewidth=0)
    ax.pcolormesh(
        days, np.arange(len(doses) + 1) + 0.5, np.ma.masked_invalid(doses), cmap=scale.colours,
        norm=scale.norm, rasterized=True, gid="doses",
    )  # fmt: skip
    ax.set_ylim(len(doses) + 0.5, 0.5)
    ax.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    ax.set_xticks(day_ticks(days[-1]))
    ax.set_xlim(days[0], days[-1])
    ax.set_xlabel("Time on treatment (days)")
    ax.set_ylabel("Patient, by mean dose")
    for side in ("top", "right"):
        ax.spines[side].set_visible(True)


def _summary(doses: Array) -> str:
    there = np.isfinite(doses)
    share = 100 * float((doses[there] == 0).mean())
    patients = "1 patient" if len(doses) == 1 else f"{len(doses)} patients"
    return f"Dose of {patients}: none on {share:.0f} % of the days"
