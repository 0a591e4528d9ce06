"""Measured values as figures show them: open markers, triangles at a limit, never like a fit.

A line or a filled marker is always of the model; what is open was measured. A triangle stands at
a limit and points to where the value lies; a bar is an interval that the value is known to lie in.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from pdmodel.arrays import Array
from pdmodel.errors import InputError, unknown
from pdmodel.plots.base.axes import NICE, plain_ticks, title_text, unit_text
from pdmodel.plots.base.style import INK
from pdmodel.plots.base.words import words_for

_MANY = 200  # points of a panel from which on they are small
_DECADES = 2.5  # of a logarithmic axis, beyond which 2 and 5 have no tick
# How many times below the lowest value, or limit, curves and fitted values may lead such an axis.
_CURVE_BELOW, _FITTED_BELOW = 4.0, 30.0
_FOOT = 1e-300  # stands for 0 on a logarithmic axis: below any
_WORDS = {
    "": ("o", "measured"),
    "below": ("v", "below this limit"),
    "above": ("^", "above this limit"),
}
_BETWEEN = "known to lie in between"


class MeasuredQuantity(NamedTuple):
    """A quantity with all that was measured of it.

    Parameters
    ----------
    name, title, unit
        As in the model, and how both stand on paper.
    log
        Whether measured and fitted values are compared on the logarithm.
    rows
        Its rows of `result.measurements`.
    """

    name: str
    title: str
    unit: str
    log: bool
    rows: pd.DataFrame

    def label(self, words: str = "") -> str:
        """Return what stands on an axis, with the unit: its title, or other words."""
        text = words or self.title
        return f"{text} ({self.unit})" if self.unit else text


def measured_quantities(result: Any) -> list[MeasuredQuantity]:
    """Return the quantities that have measurements, in the order of the table.

    Parameters
    ----------
    result
        With tables `measurements` and `courses`; a result without has none.
    """
    table = getattr(result, "measurements", None)
    if table is None:
        return []
    words = words_for(result)
    made = []
    for name, rows in table.groupby("quantity", sort=False):
        array = result.courses[str(name)]
        unit = unit_text(str(rows["unit"].iloc[0]))
        log = bool((rows["scale"] == "log").any())
        made.append(MeasuredQuantity(str(name), title_text(array, words), unit, log, rows))
    return made


def measured_quantity(result: Any, name: str | None = None) -> MeasuredQuantity:
    """Return one quantity that has measurements, the first by default.

    Raises
    ------
    InputError
        If the result has no measurements, or none of that quantity.
    """
    quantities = {quantity.name: quantity for quantity in measured_quantities(result)}
    if not quantities:
        raise InputError("the result holds no measurements: it was fitted to patterns alone")
    if name is not None and name not in quantities:
        raise unknown("measured quantity", name, quantities)
    return quantities[next(iter(quantities)) if name is None else name]


def heights(rows: pd.DataFrame) -> Array:
    """Return where each value is drawn, shape (n_rows,): itself, or the limit that it is beyond."""
    drawn: Array = rows["value"].to_numpy(float).copy()
    for side, limit in (("below", "high"), ("above", "low")):
        beyond = (rows["censored"] == side).to_numpy()
        drawn[beyond] = rows[limit].to_numpy(float)[beyond]
    return drawn


def draw_measured(ax: Axes, x: Array, rows: pd.DataFrame, *, face: str = "white") -> None:
    """Draw measured values as open markers.

    Parameters
    ----------
    ax
        Where to draw.
    x
        Day, or fitted value, of each row, shape (n_rows,).
    rows
        Of `result.measurements`.
    face
        Inside of the markers: white over a line, "none" where many lie upon each other.
    """
    many = len(rows) > _MANY
    for side, (marker, _) in _WORDS.items():
        own = (rows["censored"] == side).to_numpy()
        if not own.any():
            continue
        if side:
            _draw_intervals(ax, x[own], rows[own])
        ax.plot(
            x[own], heights(rows)[own], marker=marker, linestyle="none", mec=INK, mfc=face,
            ms=2.6 if many else 3.6, mew=0.5 if many else 0.8, alpha=0.7 if many else 1.0,
            zorder=3, clip_on=False, gid=side or "measured",
        )  # fmt: skip


def _draw_intervals(ax: Axes, x: Array, rows: pd.DataFrame) -> None:
    """Draw a bar from end to end where both are known; 0 on a logarithm is the foot of the axis."""
    low, high = rows["low"].to_numpy(float), rows["high"].to_numpy(float)
    closed = np.isfinite(low) & np.isfinite(high)
    if not closed.any():
        return
    if (rows["scale"] == "log").any():
        low = np.where(low > 0, low, _FOOT)
    ax.vlines(
        x[closed], low[closed], high[closed], color=INK, lw=0.8, zorder=2.8, gid="interval"
    )  # fmt: skip


def measured_handles(rows: pd.DataFrame) -> list[Line2D]:
    """Return what a legend says of measured values: only of those that there are."""
    handles = [
        Line2D([], [], marker=marker, mec=INK, mfc="white", mew=0.8, ms=4, lw=0, label=words)
        for side, (marker, words) in _WORDS.items()
        if (rows["censored"] == side).any()
    ]
    ends = rows.loc[rows["censored"] != "", ["low", "high"]].to_numpy(float)
    if np.isfinite(ends).all(axis=1).any():
        handles.append(Line2D([], [], color=INK, lw=0.8, label=_BETWEEN))
    return handles


def set_value_axis(
    ax: Axes, quantity: MeasuredQuantity, fitted: Sequence[Array], curves: Sequence[Array] = ()
) -> None:
    """Scale the y axis: measured values, limits, and what was fitted to them are within it.

    Parameters
    ----------
    ax
        Of one panel, or of one of several that share their axes.
    quantity
        Whose values, limits and scale are shown.
    fitted, curves
        What is drawn beside them, any shapes: fitted values, and what leads on from them. On a
        logarithmic axis what falls to nothing leaves the axis.
    """
    low, high = span(quantity, fitted, curves)
    if quantity.log:
        ax.set_yscale("log")
        ax.set_ylim(low / (high / low) ** 0.08, high * (high / low) ** 0.08)
        decimal_ticks(ax)
        return
    least = 0.0 if 0 <= low < 0.5 * high else low - 0.08 * (high - low)
    ax.set_ylim(least, high + 0.08 * (high - least))


def decimal_ticks(ax: Axes, axes: str = "y") -> None:
    """Label 1, 2, 5, 10 on logarithmic axes, of long ones powers of ten alone."""
    for name in axes:
        axis, ends = (ax.yaxis, ax.get_ylim()) if name == "y" else (ax.xaxis, ax.get_xlim())
        plain_ticks(axis, NICE if math.log10(ends[1] / ends[0]) < _DECADES else (1.0,))


def span(
    quantity: MeasuredQuantity, fitted: Sequence[Array], curves: Sequence[Array] = ()
) -> tuple[float, float]:
    """Return the lowest and the highest of values, limits and what is fitted, apart in any case.

    Parameters
    ----------
    quantity
        With its rows; on a logarithm what is 0 or less does not count.
    fitted, curves
        As in `set_value_axis`.
    """
    own, near, drawn = _joined(list(_numbers(quantity))), _joined(fitted), _joined(curves)
    if quantity.log:
        own, near, drawn = own[own > 0], near[near > 0], drawn[drawn > 0]
        if own.size:
            near = np.maximum(near, own.min() / _FITTED_BELOW)
            drawn = np.maximum(drawn, own.min() / _CURVE_BELOW)
    every = np.concatenate([own, near, drawn])
    every = every[np.isfinite(every)]
    if not every.size:
        return (0.5, 2.0) if quantity.log else (0.0, 1.0)
    low, high = float(every.min()), float(every.max())
    if quantity.log:
        return (low, high) if high > 1.5 * low else (low / 1.5, high * 1.5)
    return (low, high) if high > low else (low - 0.5 * abs(low) - 0.5, high + 0.5 * abs(high) + 0.5)


def at_least(fitted: Array, low: float) -> tuple[Array, str]:
    """Return fitted values none of which lies left of a logarithmic axis, and words that say so.

    Parameters
    ----------
    fitted
        Shape (n,); 0 has no place on a logarithm.
    low
        Where the axis begins, or what stands for it.
    """
    below = fitted < low
    words = f"; {int(below.sum())} further left" if below.any() else ""
    return np.where(below, low, fitted), words


def _joined(arrays: Sequence[Array]) -> Array:
    """Return all numbers of some arrays, shape (n,)."""
    joined: Array = np.concatenate([np.ravel(array) for array in (*arrays, np.empty(0))])
    return joined.astype(float)


def _numbers(quantity: MeasuredQuantity) -> Iterator[Array]:
    """Yield measured values and the finite ends of what is censored."""
    rows = quantity.rows
    seen = rows["censored"] == ""
    yield rows.loc[seen, "value"].to_numpy(float)
    ends = rows.loc[~seen, ["low", "high"]].to_numpy(float).ravel()
    yield ends[np.isfinite(ends)]
