"""Posterior forest: what each hypothesis has learnt of its parameters, within the prior."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pdmodel.errors import InputError
from pdmodel.plots.base.axes import outside_legend
from pdmodel.plots.base.figure import ResultFigure, new_figure
from pdmodel.plots.base.style import (
    GREY,
    NO_WORDS,
    PAGE_WIDTH,
    parameter_words,
    readable,
    strokes,
    styled,
)
from pdmodel.plots.base.words import words_together

if TYPE_CHECKING:
    from pdmodel.hypotheses.evidence.result import EvidenceResult


@styled
def posterior_forest(
    tables: dict[str, pd.DataFrame], *, words: Mapping[str, str] = NO_WORDS
) -> Figure:
    """Draw median and 90 % of each parameter in each hypothesis, within the prior's bounds.

    Parameters
    ----------
    tables
        By hypothesis: `parameter`, `low`, `median`, `high`, `low_prior`, `high_prior`.
    words
        How the application writes parts of names.

    Raises
    ------
    InputError
        If no hypothesis has a posterior.
    """
    learnt = {name: table for name, table in tables.items() if not table.empty}
    if not learnt:
        raise InputError("there is no posterior to draw")
    names = list(dict.fromkeys(p for table in learnt.values() for p in table["parameter"]))
    figure = new_figure(PAGE_WIDTH, 0.7 + len(names) * (0.14 + 0.11 * len(learnt)))
    ax = figure.add_subplot()
    looks = strokes(learnt)
    for index, (name, table) in enumerate(learnt.items()):
        shift = 0.7 * ((index + 0.5) / len(learnt) - 0.5)
        written = readable(name, words)
        _rows(ax, table, names, shift, written, looks[name].colour, looks[name].marker)
    for height in range(len(names)):
        ax.axhspan(height - 0.42, height + 0.42, color=GREY, alpha=0.1, lw=0)
    ax.set_yticks(range(len(names)), [parameter_words(name, words) for name in names])
    ax.invert_yaxis()
    ax.set_xlim(-0.02, 1.02)
    ax.set_xticks([0, 0.5, 1], ["lower bound", "middle", "upper bound"])
    ax.set_xlabel("Place within the bounds of the prior (logarithmic where positive)")
    outside_legend(figure, *ax.get_legend_handles_labels(), most=3)
    return figure


def _rows(
    ax: Axes, table: pd.DataFrame, names: list[str], shift: float, name: str, colour: str, mark: str
) -> None:
    at = {row.parameter: _shares(row) for row in table.itertuples()}
    heights = [names.index(p) + shift for p in at]
    shares = np.array(list(at.values()))
    ax.hlines(heights, shares[:, 0], shares[:, 2], color=colour, lw=1.6)
    ax.plot(shares[:, 1], heights, mark, color=colour, ms=3.5, label=name)


def _shares(row) -> list[float]:  # type: ignore[no-untyped-def]
    """Return low, median and high as shares of the way between the bounds."""
    low, high, values = row.low_prior, row.high_prior, (row.low, row.median, row.high)
    if low > 0:
        return [float(np.log(v / low) / np.log(high / low)) for v in values]
    return [float((v - low) / (high - low)) for v in values]


def posterior_tables(result: EvidenceResult) -> dict[str, pd.DataFrame]:
    """Return the parameters of the posterior of each hypothesis beside their priors."""
    from pdmodel.hypotheses.evidence.result import posterior_table

    return {weighed.hypothesis.name: posterior_table(weighed) for weighed in result.weighed}


def _of_evidence(result: EvidenceResult) -> Figure | None:
    tables = posterior_tables(result)
    words = words_together(weighed.hypothesis.model for weighed in result.weighed)
    return posterior_forest(tables, words=words) if result.posteriors else None


FIGURE = ResultFigure(
    "Posterior of each parameter within the bounds of its prior: median and 90 %.", _of_evidence
)
