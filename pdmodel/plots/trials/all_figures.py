"""All pictures of one virtual trial."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from pdmodel.errors import UnknownNameError
from pdmodel.plots.base.style import styled
from pdmodel.plots.trials.cytokines import cytokines
from pdmodel.plots.trials.dose_map import dose_map
from pdmodel.plots.trials.pattern_forest import pattern_forest
from pdmodel.plots.trials.spider import spider
from pdmodel.plots.trials.survival import kaplan_meier
from pdmodel.plots.trials.swimmer import swimmer
from pdmodel.plots.trials.waterfall import waterfall

if TYPE_CHECKING:
    from pdmodel.trial import TrialResult


def trial_figures(
    result: TrialResult,
    records: xr.Dataset,
    curves: Mapping[str, pd.DataFrame] | None = None,
    lacking: dict[str, str] | None = None,
    outcomes: pd.DataFrame | None = None,
) -> dict[str, Figure]:
    """Draw every picture of a trial; where there is nothing to draw, the figure says why.

    Parameters
    ----------
    result
        Its outcomes, `shown`, a row a patient with the columns that `waterfall`, `spider`,
        `swimmer` and `cytokines` name, and its `table` of patterns.
    records
        The whole courses of a few of the same patients, as `Trial.records` returns them.
    curves
        By name the time to an event, as for `kaplan_meier`; not drawn if None or empty.
    lacking
        Takes the name of each picture that is not drawn because a column or variable is missing,
        and why: an own trial may have other outcomes.
    outcomes
        Of the patients of `records`; those of the result by default.

    Returns
    -------
    dict
        By the name of the picture.

    Raises
    ------
    InputError
        If a column or variable is missing, and `lacking` is None.
    """
    shown = result.shown
    seen = shown if outcomes is None else outcomes
    makers: dict[str, Callable[[], Figure]] = {
        "waterfall": lambda: waterfall(shown),
        "spider": lambda: spider(records, seen),
        "swimmer": lambda: swimmer(records, seen),
        "dose_map": lambda: dose_map(records),
        "cytokines": lambda: cytokines(shown),
        "pattern_forest": lambda: pattern_forest({result.trial.name: result.table}),
    }
    if curves:
        makers["kaplan_meier"] = lambda: kaplan_meier(curves)
    figures = {}
    for name, make in makers.items():
        try:
            figures[name] = make()
        except UnknownNameError as error:
            if lacking is None:
                raise
            lacking[name] = str(error)
    for figure in figures.values():
        note_weights(figure, result)
    return figures


@styled
def note_weights(figure: Figure, result: TrialResult) -> None:
    """Say above a figure that its patients are weighted, and by what, where they are."""
    if result.weights is None:
        return
    said = figure.get_suptitle()
    note = (
        f"Patients weighted by {result.weighted_by or 'given weights'}: shown as often as they "
        f"count, worth {result.effective} alike"
    )
    figure.suptitle(f"{said}\n{note}" if said else note, fontsize=7, x=0.01, ha="left")
