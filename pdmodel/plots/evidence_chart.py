"""Evidence chart: log evidence of hypotheses beside their AICc, and what each has learnt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pdmodel.errors import InputError
from pdmodel.plots.figure import new_figure
from pdmodel.plots.style import GREY, INK, PAGE_WIDTH, readable, strokes, styled

if TYPE_CHECKING:
    from pdmodel.hypotheses.evidence_result import EvidenceResult

_EVIDENCE, _AICC = "#0072B2", "#E69F00"


@styled
def evidence_chart(result: EvidenceResult) -> Figure:
    """Draw log Z and half the AICc of each hypothesis, both below the best, errors of two SE.

    Parameters
    ----------
    result
        What `weigh` returned.

    Raises
    ------
    InputError
        If no hypothesis has an evidence.
    """
    table = result.table[result.table["failure"] == ""]
    if table.empty:
        raise InputError("there is no evidence to draw")
    figure = new_figure(PAGE_WIDTH, 1.1 + 0.3 * len(table))
    ax = figure.add_subplot()
    places = np.arange(len(table))
    ax.errorbar(
        table["log_evidence"] - table["log_evidence"].max(), places - 0.12,
        xerr=2 * table["error"], fmt="o", color=_EVIDENCE, ms=4, capsize=2,
        label="log evidence, ± 2 standard errors",
    )  # fmt: skip
    ax.plot(
        -0.5 * (table["aicc"] - table["aicc"].min()), places + 0.12, "D", color=_AICC, ms=4,
        mec=INK, mew=0.4, label="minus half of AICc",
    )  # fmt: skip
    ax.axvline(0, color=GREY, lw=0.7, ls=":")
    ax.set_yticks(places, [readable(name) for name in table["hypothesis"]])
    ax.set_ylim(len(table) - 0.5, -0.5)
    ax.set_xlabel("Below the best hypothesis (natural log units)")
    figure.legend(loc="outside upper center", ncols=2)
    return figure


@styled
def posterior_forest(tables: dict[str, pd.DataFrame]) -> Figure:
    """Draw median and 90 % of each parameter in each hypothesis, within the prior's bounds.

    Parameters
    ----------
    tables
        By hypothesis: `parameter`, `low`, `median`, `high`, `low_prior`, `high_prior`.

    Raises
    ------
    InputError
        If no hypothesis has a posterior.
    """
    told = {name: table for name, table in tables.items() if not table.empty}
    if not told:
        raise InputError("there is no posterior to draw")
    names = list(dict.fromkeys(p for table in told.values() for p in table["parameter"]))
    figure = new_figure(PAGE_WIDTH, 0.7 + len(names) * (0.14 + 0.11 * len(told)))
    ax = figure.add_subplot()
    looks = strokes(told)
    for place, (name, table) in enumerate(told.items()):
        shift = 0.7 * ((place + 0.5) / len(told) - 0.5)
        _rows(ax, table, names, shift, name, looks[name].colour, looks[name].marker)
    for height in range(len(names)):
        ax.axhspan(height - 0.42, height + 0.42, color=GREY, alpha=0.1, lw=0)
    ax.set_yticks(range(len(names)), names)
    ax.invert_yaxis()
    ax.set_xlim(-0.02, 1.02)
    ax.set_xticks([0, 0.5, 1], ["lower bound", "middle", "upper bound"])
    ax.set_xlabel("Place within the bounds of the prior (logarithmic where positive)")
    figure.legend(loc="outside upper center", ncols=3)
    return figure


def _rows(
    ax: Axes, table: pd.DataFrame, names: list[str], shift: float, name: str, colour: str, mark: str
) -> None:
    at = {row.parameter: _shares(row) for row in table.itertuples()}
    heights = [names.index(p) + shift for p in at]
    shares = np.array(list(at.values()))
    ax.hlines(heights, shares[:, 0], shares[:, 2], color=colour, lw=1.6)
    ax.plot(shares[:, 1], heights, mark, color=colour, ms=3.5, label=readable(name))


def _shares(row) -> list[float]:  # type: ignore[no-untyped-def]
    """Return low, median and high as shares of the way between the bounds."""
    low, high, values = row.low_prior, row.high_prior, (row.low, row.median, row.high)
    if low > 0:
        return [float(np.log(v / low) / np.log(high / low)) for v in values]
    return [float((v - low) / (high - low)) for v in values]
