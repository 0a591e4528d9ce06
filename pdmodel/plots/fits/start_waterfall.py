"""Start waterfall: how well each start of a fit ended, the best first."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from pdmodel.arrays import Array, Integers
from pdmodel.inference.fit.record import ALIKE
from pdmodel.plots.base.axes import plain_ticks
from pdmodel.plots.base.figure import ResultFigure, own_axes
from pdmodel.plots.base.style import COLUMN_WIDTH, GREY, INK, OTHERS, styled

if TYPE_CHECKING:
    from pdmodel.inference import FitRecord

_WITHIN = 0.01
_ALIKE = 1e-3  # share of a cost below which starts are drawn as ending alike
_LARGE = 10.0  # difference of log-likelihoods from which on an axis is logarithmic beyond 1


class ExitLook(NamedTuple):
    """How a start that ended in one way is drawn."""

    marker: str
    colour: str
    filled: bool
    label: str


EXITS = {
    "converged": ExitLook("o", INK, True, "converged"),
    "budget": ExitLook("^", OTHERS[0], False, "stopped at its budget"),
    "failed": ExitLook("X", OTHERS[1], True, "failed"),
}


@styled
def start_waterfall(result: FitRecord, ax: Axes | None = None) -> Axes:
    """Draw the cost of every start in order, with a marker for how it ended.

    Parameters
    ----------
    result
        A FitResult, or a result folder read back.
    ax
        Where to draw; new axes by default.

    Returns
    -------
    matplotlib.axes.Axes
        Starts without a cost stand at the right, at the top edge. Where there are measured values,
        of which the cost is the likelihood, it is drawn as the difference to the best.
    """
    starts = result.starts.assign(cost=pd.to_numeric(result.starts["cost"], errors="coerce"))
    starts = starts.replace([np.inf], np.nan).sort_values("cost", kind="stable", na_position="last")
    panel = own_axes(ax, COLUMN_WIDTH, 2.4)
    ranks = np.arange(1, len(starts) + 1)
    costs = starts["cost"].to_numpy(dtype=float)
    measured = "n_measured" in result.summary
    title = _summary(costs, measured)
    if measured:  # the size of a log-likelihood means nothing, how it differs does
        costs = costs - np.nanmin(costs) if np.isfinite(costs).any() else costs
    panel.plot(ranks, costs, color=GREY, lw=0.8, zorder=1, gid="order")
    _scale(panel, costs, measured)
    for status, look in EXITS.items():
        chosen = (starts["status"] == status).to_numpy()
        if chosen.any():
            _draw_status(panel, ranks[chosen], costs[chosen], look)
    panel.set_xlim(0.4, len(starts) + 0.6)
    panel.xaxis.set_major_locator(MaxNLocator(nbins=10, integer=True, min_n_ticks=1))
    panel.set_xlabel("Start, by cost")
    panel.set_ylabel("−log likelihood above the best" if measured else "Cost (½ Σ residual²)")
    panel.set_title(title)
    panel.legend(loc="upper center", bbox_to_anchor=(0.5, -0.22), ncols=3, columnspacing=1.2)
    return panel


def _draw_status(panel: Axes, ranks: Integers, costs: Array, look: ExitLook) -> None:
    finished = np.isfinite(costs)
    fill = look.colour if look.filled else "white"
    if finished.any():
        panel.plot(
            ranks[finished], costs[finished], marker=look.marker, color=look.colour, mfc=fill,
            ms=5.5, linestyle="none", gid=look.label, label=look.label, clip_on=False,
        )  # fmt: skip
    if not finished.all():
        panel.plot(
            ranks[~finished], [0.97] * int((~finished).sum()), marker=look.marker,
            color=look.colour, mfc="white", ms=6.5, linestyle="none", gid="no cost",
            label=f"{look.label}, no cost",
            transform=panel.get_xaxis_transform(), clip_on=False,
        )  # fmt: skip


def _scale(panel: Axes, costs: Array, measured: bool) -> None:
    """Use a log axis where costs span more than a decade; differences begin at 0."""
    finite = costs[np.isfinite(costs)]
    if measured and finite.size:
        high = max(float(finite.max()), 2 * ALIKE)
        if high > _LARGE:
            panel.set_yscale("symlog", linthresh=1.0)
            panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        panel.set_ylim(-0.03 * min(high, _LARGE), 1.08 * high)
    elif finite.size and finite.min() > 0 and finite.max() / finite.min() > 10:
        panel.set_yscale("log")
        plain_ticks(panel.yaxis, most=8)
    elif finite.size and np.ptp(finite) < _ALIKE * abs(finite[0]):
        # Digits that differ by rounding alone say nothing, and leave no room for the panel.
        middle, room = float(finite.mean()), 5 * _ALIKE * abs(float(finite.mean()))
        panel.set_ylim(middle - room, middle + room)
        panel.set_yticks([middle], [f"{middle:.4g}"])


def _summary(costs: Array, measured: bool) -> str:
    finite = costs[np.isfinite(costs)]
    if not finite.size:
        return "No start has a cost"
    most = finite.min() + ALIKE if measured else finite.min() * (1 + _WITHIN)
    near, within = int((finite <= most).sum()), f"{ALIKE:g}" if measured else "1 %"
    return f"{near} of {costs.size} starts within {within} of the best"


FIGURE = ResultFigure("Cost that each start of the fit came to.", start_waterfall)
