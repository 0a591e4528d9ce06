"""Sobol map: which parameter moves which target, over the whole ranges of all of them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from pdmodel.arrays import Array
from pdmodel.errors import InputError, require_known
from pdmodel.plots.base.figure import ResultFigure, new_figure
from pdmodel.plots.base.heat_map import draw_cells, name_columns, name_rows
from pdmodel.plots.base.style import GREY, INK, NO_WORDS, PAGE_WIDTH, parameter_words, styled
from pdmodel.plots.base.words import words_for

_ROW, _FOOT, _WIDEST = 0.19, 2.0, 14.0  # inches
_LEAST = 0.05
# From nearly white over orange to dark brown: in grey print the order stays.
_RAMP = ("#f3f5f7", "#fbe3b6", "#E69F00", "#D55E00", "#7a2d00")
_COLUMNS = ("target", "parameter", "total")


@styled
def sobol_map(
    indices: pd.DataFrame, targets: pd.DataFrame, *, words: Mapping[str, str] = NO_WORDS
) -> Figure:
    """Draw the total indices, targets x parameters, beside the spread of each target.

    Parameters
    ----------
    indices
        A row a target and parameter: `target`, `parameter`, `total`; NaN (hatched) for a target
        that stands still.
    targets
        A row a target: `target`, and `widths`, its standard deviation in softnesses.
    words
        How the application writes parts of names.

    Raises
    ------
    InputError
        If a column is missing or there is nothing to draw.
    """
    _check(indices, targets)
    rows = list(dict.fromkeys(indices["target"]))
    names = list(dict.fromkeys(indices["parameter"]))
    table = indices.pivot(index="target", columns="parameter", values="total")
    grid = table.loc[rows, names].to_numpy(dtype=float)
    width = min(PAGE_WIDTH + 0.4 * max(len(names) - 8, 0), _WIDEST)
    figure = new_figure(width, _FOOT + _ROW * len(rows))
    left, right = figure.subplots(
        1, 2, sharey=True, width_ratios=[max(len(names), 3), 0.25 * max(len(names), 3) + 0.6]
    )
    ramp = LinearSegmentedColormap.from_list("sobol", _RAMP)
    # an estimate may lie beyond what an index can be
    draw_cells(left, grid, ramp, Normalize(0, 1, clip=True), least=_LEAST)
    widths = targets.set_index("target").loc[rows, "widths"].to_numpy(dtype=float)
    name_rows(left, rows)
    for label, moved in zip(left.get_yticklabels(), widths, strict=True):
        label.set_color(INK if moved >= 1 else GREY)
    name_columns(left, [parameter_words(name, words) for name in names], rotation=35)
    left.set_title("Total Sobol index")
    _draw_spread(right, widths)
    figure.colorbar(
        ScalarMappable(Normalize(0, 1), ramp), ax=[left, right], location="bottom", aspect=50,
        shrink=0.6, label=f"Share of the spread of a target (written from {_LEAST:g} on)",
    )  # fmt: skip
    return figure


def _check(indices: pd.DataFrame, targets: pd.DataFrame) -> None:
    for table, columns in ((indices, _COLUMNS), (targets, ("target", "widths"))):
        require_known("column of the indices:", table.columns, *columns)
    if indices.empty:
        raise InputError("there are no indices to draw")


def _draw_spread(ax: Axes, widths: Array) -> None:
    """Draw how far each target moves; what moves by less than its soft edge is grey."""
    places = np.arange(len(widths)) + 0.5
    shown = np.clip(widths, 1e-3, None)
    ax.set_xscale("log")
    ax.hlines(places, 1e-3, shown, color=[INK if w >= 1 else GREY for w in widths], lw=0.9)
    for chosen, colour, label in ((widths >= 1, INK, "moves"), (widths < 1, GREY, "hardly moves")):
        ax.plot(shown[chosen], places[chosen], "o", ms=3, color=colour, gid=label)
    ax.axvline(1, color=GREY, lw=0.7, ls=(0, (3, 2)), zorder=0)
    ax.set_xlim(min(0.02, 0.7 * float(shown.min())), 2 * max(float(shown.max()), 1.0))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.set_xlabel("Standard deviation\n(widths of its soft edge)")
    ax.set_title("Spread")
    ax.tick_params(axis="y", length=0, labelleft=False)
    ax.spines["left"].set_visible(False)


FIGURE = ResultFigure(
    "Which parameter moves which target.",
    lambda result: (
        None
        if result.sobol is None
        else sobol_map(result.sobol.indices, result.sobol.targets, words=words_for(result))
    ),
)
