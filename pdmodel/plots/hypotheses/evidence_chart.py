"""Evidence chart: log evidence of hypotheses beside their AICc."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from pdmodel.errors import InputError
from pdmodel.plots.base.figure import ResultFigure, new_figure
from pdmodel.plots.base.style import GREY, INK, PAGE_WIDTH, readable, styled
from pdmodel.plots.base.words import words_together

if TYPE_CHECKING:
    from pdmodel.hypotheses.evidence.result import EvidenceResult

_EVIDENCE, _AICC = "#0072B2", "#E69F00"


@styled
def evidence_chart(result: EvidenceResult) -> Figure:
    """Draw log Z and half the AICc of each hypothesis, both below the best, errors of two SE.

    Parameters
    ----------
    result
        The result of `compute_evidence`.

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
    words = words_together(weighed.hypothesis.model for weighed in result.weighed)
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
    ax.set_yticks(places, [readable(name, words) for name in table["hypothesis"]])
    ax.set_ylim(len(table) - 0.5, -0.5)
    ax.set_xlabel("Below the best hypothesis (natural log units)")
    figure.legend(loc="outside upper center", ncols=2)
    return figure


FIGURE = ResultFigure(
    "Evidence of hypotheses, and how their AICc ranks them.",
    lambda result: evidence_chart(result) if result.posteriors else None,
)
