"""Identifiability map: which combinations of parameters the targets know, and how errors go."""

from __future__ import annotations

import math
from collections.abc import Mapping

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from pdmodel.errors import InputError, require_known
from pdmodel.plots.base.figure import ResultFigure, new_figure
from pdmodel.plots.base.heat_map import draw_cells, name_columns, name_rows
from pdmodel.plots.base.style import INK, NO_WORDS, PAGE_WIDTH, parameter_words, styled
from pdmodel.plots.base.words import words_for

_ROW, _LOW_ROW, _FOOT, _WIDEST = 0.26, 0.14, 1.75, 14.0  # inches
_MANY = 16  # parameters from which on there is no room for numbers
_EXPONENT, _CORRELATION = 0.2, 0.05  # what is written into a cell
_COLOURS = "PuOr_r"  # colour-blind safe; its ends differ from the pair of the groups
_STYLES = {"narrow": "bold", "wide": "normal", "very wide": "light", "no effect": "light"}


@styled
def identifiability_map(
    combinations: pd.DataFrame,
    exponents: pd.DataFrame,
    correlation: pd.DataFrame,
    *,
    words: Mapping[str, str] = NO_WORDS,
) -> Figure:
    """Draw the exponents of the combinations, best known first, beside the correlations.

    Parameters
    ----------
    combinations
        A row a combination: `number`, `spread` (standard error of its logarithm, NaN where the
        targets do not move with it) and `verdict`.
    exponents
        A row a combination, a column a parameter.
    correlation
        Of the errors of the parameters; NaN (hatched) where one of both has none.
    words
        How the application writes parts of names.

    Raises
    ------
    InputError
        If a column is missing, there is nothing to draw, or the tables do not fit.
    """
    names = _checked_names(combinations, exponents, correlation)
    many = len(names) > _MANY
    width = min(PAGE_WIDTH + 0.5 * max(len(names) - 8, 0), _WIDEST)
    figure = new_figure(width, _FOOT + (_LOW_ROW if many else _ROW) * len(names))
    left, right = figure.subplots(1, 2, sharey=True)
    colours, norm = matplotlib.colormaps[_COLOURS], Normalize(-1, 1)
    for ax, table, least in ((left, exponents.T, _EXPONENT), (right, correlation, _CORRELATION)):
        grid = table.to_numpy(dtype=float)
        draw_cells(ax, grid, colours, norm, least=math.inf if many else least)
    written = [parameter_words(name, words) for name in names]
    name_rows(left, written)
    name_columns(right, written, rotation=90 if many else 40)
    _name_combinations(left, combinations, upright=many)
    for ax in (left, right) if many else ():
        ax.tick_params(labelsize=5.5)
    left.set_title("Combinations: product of powers")
    right.set_title("Correlation of the errors")
    bar = figure.colorbar(
        ScalarMappable(norm, colours), ax=[left, right], location="bottom", aspect=50, shrink=0.6,
        label="Exponent (left), correlation (right; hatched: not defined)",
    )  # fmt: skip
    bar.set_ticks([-1, -0.5, 0, 0.5, 1])
    return figure


def _checked_names(
    combinations: pd.DataFrame, exponents: pd.DataFrame, correlation: pd.DataFrame
) -> list[str]:
    """Return the names of the parameters, of which all tables must be."""
    require_known(
        "column of the combinations:", combinations.columns, "number", "spread", "verdict"
    )
    names = [str(name) for name in exponents.columns]
    if not names or len(exponents) != len(combinations):
        raise InputError("there must be a row of exponents for every combination, and one at least")
    if [str(name) for name in correlation.columns] != names:
        raise InputError("exponents and correlations must be of the same parameters")
    return names


def _name_combinations(ax: Axes, combinations: pd.DataFrame, upright: bool) -> None:
    """Write number and factor of each; what is known narrowly is bold."""
    rows = combinations.to_dict("records")
    between = ":  " if upright else "\n"
    words = [f"{row['number']}{between}{_factor(row['spread'])}" for row in rows]
    name_columns(ax, words, rotation=90 if upright else 0)
    for label, row in zip(ax.get_xticklabels(), rows, strict=True):
        label.set_fontweight(_STYLES.get(str(row["verdict"]), "normal"))
        label.set_fontsize(6.5)
    ax.set_xlabel(
        "Combination; with it, the factor within which\n"
        "it is known (one standard error; bold: up to 2)",
        color=INK,
    )


def _factor(spread: float) -> str:
    if math.isnan(spread):
        return "none"
    factor = math.exp(min(spread, 20.0))
    return ">1000" if factor > 1000 else f"{factor:.3g}"


FIGURE = ResultFigure(
    "What the targets say of the parameters together.",
    lambda result: identifiability_map(
        result.local.combinations,
        result.local.exponents,
        result.local.correlation,
        words=words_for(result),
    ),
)
