"""Targets drawn on a panel: brackets at a day, bands and bounds over a window, spans of days.

A filled marker is a simulated value that meets its target, a cross one that misses it. An arrow
points into the allowed side of a bound that stands alone. A measured value is an open circle with
whiskers of two sigma, the simulated one beside it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation, Transform

from pdmodel.plots.base.style import GREY, INK, Stroke
from pdmodel.plots.fits.target_mark import Mark

_ARROW = 15.0  # length of an arrow on an open side, points
_DODGE = 5.0  # between overlapping marks at the same day, points
_APART = 3.5  # between the points of groups that share a mark
_BAND = 0.16  # opacity
_BESIDE = 5.0  # between a measured value and the simulated one, points
_MEASURED: dict[str, Any] = {
    "marker": "o", "mfc": "white", "ms": 4.6, "mew": 0.9, "elinewidth": 1.0, "capsize": 2.2,
    "capthick": 1.0, "linestyle": "none", "zorder": 2.8,
}  # fmt: skip


def draw_marks(ax: Axes, marks: Sequence[Mark], strokes: Mapping[str, Stroke]) -> None:
    """Draw marks on a panel whose axes are already scaled and limited."""
    for mark, shift in _dodged([m for m in marks if m.shape == "bracket"]):
        if math.isnan(mark.measured):
            _draw_bracket(ax, mark, _colour(mark, strokes), shift)
        else:
            _draw_measured(ax, mark, mark.day, _colour(mark, strokes), shift)
        _draw_simulated(ax, mark, strokes, shift)
    for mark in (m for m in marks if m.shape == "bounds" and not math.isnan(m.measured)):
        day = mark.simulated[0][0]  # where the course has what was measured over a window
        _draw_measured(ax, mark, mark.day if math.isnan(day) else day, _colour(mark, strokes), 0.0)
        _draw_simulated(ax, mark, strokes, 0.0)
    ranges = (m for m in marks if m.shape == "bounds" and math.isnan(m.measured))
    for index, mark in enumerate(ranges):
        _draw_bound(ax, mark, _colour(mark, strokes), index)
        _draw_simulated(ax, mark, strokes, 0.0)
    for index, mark in enumerate(mark for mark in marks if mark.shape == "span"):
        _draw_span(ax, mark, strokes[mark.groups[0]], 0.96 - 0.1 * index)


def _colour(mark: Mark, strokes: Mapping[str, Stroke]) -> str:
    return strokes[mark.groups[0]].colour if len(mark.groups) == 1 else GREY


def _dodged(marks: Sequence[Mark]) -> Iterator[tuple[Mark, float]]:
    """Yield marks with a shift in points that parts overlapping ones at the same day."""
    for _, same in groupby(sorted(marks, key=lambda mark: mark.day), key=lambda mark: mark.day):
        together = sorted(same, key=lambda mark: (math.isinf(mark.low), mark.low))
        reached, shift = -math.inf, 0.0
        for mark in together:
            apart = mark.low >= reached or math.isclose(mark.low, reached, rel_tol=1e-9)
            shift = 0.0 if apart else shift + _DODGE
            reached = max(reached, mark.high)
            yield mark, shift


def _shifted(ax: Axes, points: float) -> Transform:
    scale = ax.get_figure(root=True).dpi_scale_trans  # type: ignore[union-attr]
    return ax.transData + ScaledTranslation(points / 72, 0, scale)


def _draw_bracket(ax: Axes, mark: Mark, colour: str, shift: float) -> None:
    transform = _shifted(ax, shift)
    ends = [end for end in (mark.low, mark.high) if math.isfinite(end)]
    ax.plot(
        [mark.day] * len(ends), ends, transform=transform, color=colour, lw=3.2, alpha=0.45,
        marker="_", ms=6, mew=1.4, solid_capstyle="butt", gid=f"range {mark.kind}", zorder=1.5,
    )  # fmt: skip
    if len(ends) == 1:
        up = math.isfinite(mark.low)
        _draw_arrow(ax, (mark.day, ends[0]), transform, _ARROW if up else -_ARROW, colour)


def _draw_measured(ax: Axes, mark: Mark, day: float, colour: str, shift: float) -> None:
    """Draw a measured value with whiskers of two sigma."""
    ends = [[mark.measured - mark.low], [mark.high - mark.measured]]
    drawn = ax.errorbar(
        [day], [mark.measured], yerr=ends, transform=_shifted(ax, shift), color=colour, **_MEASURED
    )  # fmt: skip
    drawn.lines[0].set_gid(f"measured {mark.kind}")


def measured_handle() -> Line2D:
    """Return what a legend shows of measured values: an open marker on its whiskers."""
    return Line2D(
        [], [], color=INK, lw=1.0, marker="o", mfc="white", ms=5, mew=0.9,
        label="measured, two sigma either side",
    )  # fmt: skip


def _draw_arrow(
    ax: Axes, at: tuple[float, float], transform: Transform, length: float, colour: str
) -> None:
    ax.annotate(
        "", at, xycoords=transform, xytext=(0, length), textcoords="offset points", zorder=1.5,
        arrowprops={
            "arrowstyle": "<|-", "color": colour, "lw": 1.2, "shrinkA": 0, "shrinkB": 0,
            "alpha": 0.8, "mutation_scale": 7,
        },
    )  # fmt: skip


def _draw_bound(ax: Axes, mark: Mark, colour: str, index: int) -> None:
    """Draw a band between two bounds, or one bound with arrows into its allowed side."""
    if mark.words:
        ax.annotate(
            mark.words, (mark.day, mark.simulated[0][1]), color=colour, xytext=(-5, 4),
            textcoords="offset points", fontsize=6.5, ha="right", va="bottom",
        )  # fmt: skip
    if math.isfinite(mark.low) and math.isfinite(mark.high):
        ax.fill_between(
            [0.0, mark.day], mark.low, mark.high, color=colour, alpha=_BAND, lw=0, zorder=0.5,
            gid=f"range {mark.kind}",
        )  # fmt: skip
        return
    up = math.isfinite(mark.low)
    height = mark.low if up else mark.high
    ax.plot(
        [0.0, mark.day], [height] * 2, color=colour, lw=0.9, alpha=0.8, zorder=1.4,
        gid=f"range {mark.kind}",
    )  # fmt: skip
    for share in (0.15, 0.8):
        at = (mark.day * (share + 0.07 * index), height)
        _draw_arrow(ax, at, ax.transData, 11 if up else -11, colour)


def _draw_span(ax: Axes, mark: Mark, stroke: Stroke, height: float) -> None:
    """Draw an allowed span of days near the top of the panel, the simulated day on it."""
    transform = ax.get_xaxis_transform()
    high = min(mark.high, ax.get_xlim()[1])
    if math.isnan(mark.measured):
        ax.plot(
            [mark.low, high], [height] * 2, transform=transform, color=stroke.colour, lw=3.2,
            alpha=0.45, solid_capstyle="butt", marker="|", ms=6, mew=1.4, zorder=1.5,
            gid=f"range {mark.kind}",
        )  # fmt: skip
    else:
        drawn = ax.errorbar(
            [mark.measured], [height], xerr=[[mark.measured - mark.low], [high - mark.measured]],
            transform=transform, color=stroke.colour, **_MEASURED,
        )  # fmt: skip
        drawn.lines[0].set_gid(f"measured {mark.kind}")
    _draw_point(ax, mark.simulated[0][0], height, mark.met[0], stroke, transform)
    words = mark.words + (": never" if math.isnan(mark.simulated[0][0]) else "")
    right = high < 0.6 * ax.get_xlim()[1]
    ax.annotate(
        words, (high if right else mark.low, height), xycoords=transform, color=stroke.colour,
        xytext=(5 if right else -5, 0), textcoords="offset points", fontsize=6.5, va="center",
        ha="left" if right else "right",
    )  # fmt: skip


def _draw_simulated(ax: Axes, mark: Mark, strokes: Mapping[str, Stroke], shift: float) -> None:
    shift += 0.0 if math.isnan(mark.measured) else _BESIDE
    for index, (group, met) in enumerate(zip(mark.groups, mark.met, strict=True)):
        apart = shift + _APART * (index - (len(mark.groups) - 1) / 2)
        _draw_point(ax, *mark.simulated[index], met, strokes[group], _shifted(ax, apart))


def _draw_point(
    ax: Axes, x: float, y: float, met: bool, stroke: Stroke, transform: Transform
) -> None:
    look: dict[str, Any] = {"marker": stroke.marker, "ms": 4.2, "mec": "white", "mew": 0.6}
    if not met:
        look = {"marker": "X", "ms": 6.5, "mfc": "white", "mec": stroke.colour, "mew": 1.1}
    ax.plot(
        [x], [y], color=stroke.colour, transform=transform, linestyle="none", zorder=3,
        gid="met" if met else "missed", **look,
    )  # fmt: skip
