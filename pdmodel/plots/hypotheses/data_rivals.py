"""Rival models on the same measured data: how far each is above the best."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from pdmodel.hypotheses.data_rivals import UNDECIDED
from pdmodel.plots.base.figure import ResultFigure, new_figure
from pdmodel.plots.base.style import GREY, INK, PAGE_WIDTH, readable, styled

if TYPE_CHECKING:
    from pdmodel.hypotheses.data_rivals import DataRivals

_AICC, _BIC = "#0072B2", "#E69F00"


@styled
def data_rivals(result: DataRivals) -> Figure:
    """Draw AICc and BIC of each model above the lowest; what is shaded the data do not decide.

    Parameters
    ----------
    result
        The result of `compare_on_data`.
    """
    table = result.table
    figure = new_figure(PAGE_WIDTH, 1.4 + 0.35 * len(table))
    ax = figure.add_subplot()
    places = np.arange(len(table))
    ax.axvspan(0, UNDECIDED, color=GREY, alpha=0.2, lw=0)
    for shift, name, colour, marker, words in (
        (-0.12, "delta_aicc", _AICC, "o", "AICc"), (0.12, "delta_bic", _BIC, "D", "BIC"),
    ):  # fmt: skip
        ax.hlines(places + shift, 0, table[name], color=colour, lw=1.2)
        ax.plot(table[name], places + shift, marker, color=colour, mec=INK, mew=0.4, ms=5,
                label=words, clip_on=False)  # fmt: skip
    names = [f"{readable(row.model, {})} (k = {row.k})" for row in table.itertuples()]
    ax.set_yticks(places, names)
    ax.set_ylim(len(table) - 0.5, -0.5)
    ax.set_xlim(left=0)
    ax.set_xlabel(f"Above the best model ({table['n'].iloc[0]} measured values; shaded: undecided)")
    figure.legend(loc="outside upper center", ncols=2)
    return figure


FIGURE = ResultFigure(
    "Rival models on the same data: AICc and BIC above the lowest; below 2 the data do not decide.",
    data_rivals,
)
