"""Profile grid: the rise of a fit's cost when each parameter is held away from its best value."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from pdmodel.errors import InputError
from pdmodel.plots.base.axes import NICE, plain_ticks, unit_text
from pdmodel.plots.base.figure import ResultFigure, new_figure
from pdmodel.plots.base.style import COLUMN_WIDTH, INK, OTHERS, PAGE_WIDTH, readable, styled
from pdmodel.plots.base.words import words_for

if TYPE_CHECKING:
    from pdmodel.inference import Profile
    from pdmodel.inference.profile.record import ProfileRecord

_ROW, _FOOT = 1.9, 0.35  # inches
_TOP = 2.0  # of the axis, in rises that a confidence bound stands for
_CURVE, _LIMIT, _BEST, _FAILED = "#0072B2", "#D55E00", INK, OTHERS[1]
_FINE = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)


@styled
def profile_grid(profile: Profile) -> Figure:
    """Draw a panel a parameter: the rise of the cost against its value, the others fitted again.

    Parameters
    ----------
    profile
        From `run_profile`, or a folder read back.

    Returns
    -------
    matplotlib.figure.Figure
        The dashed line is the rise of a confidence bound, the band the interval. Points where
        another parameter is at a bound are hollow, those above the panel triangles at its top;
        failed fits have no cost, and are crosses there.

    Raises
    ------
    InputError
        If nothing was profiled.
    """
    words = words_for(profile)
    drawn = [
        Curve(row, _name(row, words), f"Value ({unit})" if (unit := unit_text(row.unit)) else
              "Value (no unit)", row.min > 0)
        for row in profile.parameters.itertuples()
    ]  # fmt: skip
    return draw_grid(profile, drawn)


class Curve(NamedTuple):
    """What a panel shows.

    Parameters
    ----------
    row
        Its row, with `name`, `best`, `low`, `high`, `verdict` and `words`.
    title, label
        What is profiled, and what the axis of its values says.
    log
        Whether that axis is logarithmic.
    """

    row: Any
    title: str
    label: str
    log: bool


def draw_grid(profile: ProfileRecord, rows: Sequence[Curve]) -> Figure:
    """Draw a panel a row; see `profile_grid`.

    Raises
    ------
    InputError
        If there is none.
    """
    if not rows:
        raise InputError("nothing was profiled: there is nothing to draw")
    columns = min(3, len(rows))
    lines = math.ceil(len(rows) / columns)
    width = COLUMN_WIDTH if columns == 1 else PAGE_WIDTH
    figure = new_figure(width, _ROW * lines + _FOOT)
    panels = figure.subplots(lines, columns, squeeze=False).flatten()
    points = profile.points
    for panel, curve in zip(panels, rows, strict=False):
        _draw_panel(panel, curve, points[points["name"] == curve.row.name], profile.rise)
    for panel in panels[len(rows) :]:
        panel.remove()
    for panel in panels[: len(rows) : columns]:
        panel.set_ylabel("Rise of the cost\n(½ Σ residual²)")
    figure.legend(
        handles=_legend(profile, points), loc="outside lower center", ncols=3 if columns > 1 else 2
    )
    return figure


def _draw_panel(panel: Axes, curve: Curve, points: pd.DataFrame, rise: float) -> None:
    row = curve.row
    fitted = points[points["cost"].notna()].sort_values("value")
    panel.axhline(rise, color=_LIMIT, ls=(0, (4, 2)), lw=0.9, gid="threshold", zorder=1)
    _shade(panel, row, fitted)
    panel.plot(fitted["value"], fitted["rise"], color=_CURVE, lw=0.9, gid="curve", zorder=2)
    _draw_points(panel, fitted, _TOP * rise)
    panel.plot(
        [row.best], [0], marker="D", ms=4.5, color=_BEST, gid="best", clip_on=False, zorder=4
    )
    failed = points["value"][points["cost"].isna()]
    if len(failed):
        panel.plot(
            failed, [0.96] * len(failed), marker="X", ms=5.5, color=_FAILED, linestyle="none",
            transform=panel.get_xaxis_transform(), gid="failed", clip_on=False,
        )  # fmt: skip
    _scale(panel, curve.log, points, rise)
    panel.set_title(f"{curve.title}\n", fontsize=7.5)
    # the title holds the place; a long verdict must not narrow the panels
    panel.text(
        0, 1.03, _words(row), transform=panel.transAxes, fontsize=7, va="bottom"
    ).set_in_layout(False)
    panel.set_xlabel(curve.label)


def _draw_points(panel: Axes, points: pd.DataFrame, top: float) -> None:
    """Draw the points, those where another parameter is at a bound hollow, by their height."""
    for stuck in (False, True):
        for above in (False, True):
            chosen = ((points["at_bound"] != "") == stuck) & ((points["rise"] > top) == above)
            panel.plot(
                points["value"][chosen], points["rise"][chosen].clip(upper=0.97 * top),
                marker="^" if above else "o", ms=3.4, mfc="white" if stuck else _CURVE, mew=0.8,
                color=_CURVE, linestyle="none", zorder=3,
                gid=("at bound" if stuck else "point") + (", above" if above else ""),
            )  # fmt: skip


def _name(row: Any, words: Mapping[str, str]) -> str:
    group = f", {readable(row.group, words)}" if row.group else ""
    return readable(row.parameter, words) + group


def _words(row: Any) -> str:
    """Return the verdict; a reason is in the report, for a panel it is too long."""
    return str(row.verdict if row.verdict == "not bracketed" else row.words)


def _shade(panel: Axes, row: Any, points: pd.DataFrame) -> None:
    """Shade the interval; where it is open, to the last point that has a cost."""
    if row.verdict in ("flat", "not bracketed", "fixed"):
        return
    low = points["value"].min() if math.isnan(row.low) else row.low
    high = points["value"].max() if math.isnan(row.high) else row.high
    panel.axvspan(low, high, color=_CURVE, alpha=0.12, lw=0, gid="interval", zorder=0)


def _scale(panel: Axes, log: bool, points: pd.DataFrame, rise: float) -> None:
    panel.set_ylim(-0.06 * rise, _TOP * rise)
    panel.yaxis.set_major_locator(MaxNLocator(nbins=4))
    low, high = points["value"].min(), points["value"].max()
    if log:
        panel.set_xscale("log")
        _tick_log(panel, low, high)
    elif low < high:
        panel.xaxis.set_major_locator(MaxNLocator(nbins=4))
        panel.set_xlim(low - 0.04 * (high - low), high + 0.04 * (high - low))


def _tick_log(panel: Axes, low: float, high: float) -> None:
    """Write plain numbers, as many as there is room for."""
    room = (high / low) ** 0.04 if low < high else 1.1
    panel.set_xlim(low / room, high * room)
    decades = math.log10(high / low) if low < high else 0.0
    subs = _FINE if decades < 0.5 else NICE if decades < 1.4 else (1.0, 3.0)
    plain_ticks(panel.xaxis, subs, most=7)


def _legend(profile: ProfileRecord, points: pd.DataFrame) -> list[Any]:
    others, another = ("others", "another") if profile.SUBJECT == "parameters" else ("all", "a")
    fitted: list[Any] = [
        Line2D([], [], color=_CURVE, marker="o", ms=3.4, lw=0.9, label=f"{others} fitted again"),
        Line2D(
            [], [], color=_CURVE, marker="o", ms=3.4, mfc="white", lw=0,
            label=f"{another} parameter at a bound",
        ),
        Line2D([], [], color=_CURVE, marker="^", ms=3.4, lw=0, label="above the panel"),
        Line2D([], [], color=_BEST, marker="D", ms=5, lw=0, label="best fit"),
        Line2D(
            [], [], color=_LIMIT, ls=(0, (4, 2)), lw=0.9,
            label=f"{profile.level:.0%}: rise of {profile.rise:.3g}",
        ),
        Patch(color=_CURVE, alpha=0.12, lw=0, label="interval"),
    ]  # fmt: skip
    if points["cost"].isna().any():
        fitted.append(Line2D([], [], color=_FAILED, marker="X", ms=5.5, lw=0, label="failed fit"))
    return fitted


FIGURE = ResultFigure("Profile likelihood of each parameter.", profile_grid)
