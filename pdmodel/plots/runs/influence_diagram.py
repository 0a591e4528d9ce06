"""Influence diagram: who acts on whom, with arrows that raise and tees that lower."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from pdmodel.errors import InputError, unknown
from pdmodel.model import Model
from pdmodel.model.printing.influence import influences
from pdmodel.plots.base.axes import wrapped
from pdmodel.plots.base.figure import own_axes
from pdmodel.plots.base.style import INK, NO_WORDS, OTHERS, readable, styled
from pdmodel.plots.runs.layered_layout import GraphLayout, layered_layout

Point = tuple[float, float]

_MIDDLE = "#dfe9f1"
"""Behind the name of the state around which a diagram is drawn."""

_INCHES_A_LAYER, _INCHES_A_ROW = 1.15, 0.42
_BOX_WIDTH, _BOX_HEIGHT, _GAP = 0.64, 0.8, 0.025  # in layers, rows, layers
_LETTERS = 13  # of a title, an inch
_ARROW, _TEE = "-|>,head_length=4,head_width=1.7", "|-|,widthA=0,widthB=2.4"
_LOOKS: dict[int, tuple[str, Any, str, str]] = {
    1: ("#3b3b3b", "solid", _ARROW, "raises"),
    -1: ("#B03A8C", "solid", _TEE, "lowers"),
    0: (OTHERS[0], "dashed", _ARROW, "either way"),
}


@styled
def influence_diagram(
    edges: Sequence[tuple[str, str, int]] | Model,
    ax: Axes | None = None,
    *,
    title: str = "",
    marked: Collection[tuple[str, str]] = (),
    words: Mapping[str, str] = NO_WORDS,
    around: str | None = None,
) -> Axes:
    """Draw a graph of influences, causes left and effects right.

    Parameters
    ----------
    edges
        (source, target, sign) with sign +1 where the source raises the target, -1 where it lowers
        it, 0 where it can do either; or a model, whose influences are drawn.
    ax
        Where to draw; new axes, as large as the graph needs, by default.
    title
        Of the axes, e.g. the name of the model.
    marked
        Edges (source, target) that are drawn thick, e.g. those in which rivals differ.
    words
        How parts of names are written; those of a model are its own.
    around
        One state: only what acts on it, and what it acts on, is drawn. A model of many mechanisms
        is read best so.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    InputError
        If there is no edge, a sign is none of these, or there is no such state.

    Examples
    --------
    >>> drawn = influence_diagram([("drug", "cell", -1), ("cell", "signal", 1)], around="signal")
    >>> sorted(text.get_text() for text in drawn.texts)
    ['cell', 'signal']
    """
    if isinstance(edges, Model):
        words = {**edges.vocabulary.words, **words}
    edges = _edges(edges)
    if around is not None:
        names = dict.fromkeys(name for source, target, _ in edges for name in (source, target))
        if around not in names:
            raise unknown("state of the diagram", around, names)
        edges = [edge for edge in edges if around in edge[:2]]
    for source, target, sign in edges:
        if sign not in _LOOKS:
            raise InputError(f"edge {source} -> {target}: sign must be +1, -1 or 0, got {sign!r}")
    layout = layered_layout((source, target) for source, target, _ in edges)
    if not layout.routes:
        raise InputError("there is no influence to draw")
    panel = own_axes(ax, *_size(layout))
    routes = _ported(layout)
    for source, target, sign in edges:
        if source != target:
            width = 2.4 if (source, target) in marked else 0.9
            _draw_edge(panel, routes[(source, target)], sign, f"{source} -> {target}", width)
    for name, centre in layout.nodes.items():
        _draw_node(panel, name, readable(name, words), centre, name == around)
    _finish(panel, layout, {sign for _, _, sign in edges}, title)
    return panel


def _edges(given: Any) -> list[tuple[str, str, int]]:
    """Return the edges of a graph, or those of a model."""
    if isinstance(given, Model):
        return influences(given)
    try:
        return [(str(source), str(target), sign) for source, target, sign in given]
    except (TypeError, ValueError):
        raise InputError(
            "influence_diagram needs a Model, or edges (source, target, sign) such as "
            f"('drug', 'tumour', -1), got {given!r:.60}"
        ) from None


def _size(layout: GraphLayout) -> tuple[float, float]:
    places = [point for route in layout.routes.values() for point in route]
    width = max(x for x, _ in places) + 1
    height = max(y for _, y in places) - min(y for _, y in places) + 1
    return width * _INCHES_A_LAYER, height * _INCHES_A_ROW + 0.5


def _draw_node(
    panel: Axes, name: str, written: str, centre: tuple[float, float], middle: bool
) -> None:
    corner = (centre[0] - _BOX_WIDTH / 2, centre[1] - _BOX_HEIGHT / 2)
    box = FancyBboxPatch(
        corner, _BOX_WIDTH, _BOX_HEIGHT, boxstyle="round,pad=0,rounding_size=0.08",
        facecolor=_MIDDLE if middle else "white", edgecolor=INK, lw=0.9, zorder=3, gid=name,
    )  # fmt: skip
    panel.add_patch(box)
    lines = written.replace(" ", "\n", 1)
    panel.text(*centre, lines, ha="center", va="center", fontsize=6.5, color=INK, zorder=4)


def _draw_edge(panel: Axes, points: list[Point], sign: int, name: str, width: float) -> None:
    colour, dashes, head, _ = _LOOKS[sign]
    arrow = FancyArrowPatch(
        path=_path(points), arrowstyle=head, color=colour, linestyle=dashes, lw=width,
        mutation_scale=1.0, alpha=0.9, zorder=2, gid=name, fill=sign >= 0,
    )  # fmt: skip
    panel.add_patch(arrow)


def _ported(layout: GraphLayout) -> dict[tuple[str, str], list[Point]]:
    """Move the ends of every edge to the sides of the boxes, apart from each other."""
    routes = {pair: list(route) for pair, route in layout.routes.items()}
    ends: dict[tuple[str, int], list[tuple[float, tuple[str, str], int]]] = {}
    for pair, route in layout.routes.items():
        forward = 1 if route[-1][0] > route[0][0] else -1
        ends.setdefault((pair[0], forward), []).append((route[1][1], pair, 0))
        ends.setdefault((pair[1], -forward), []).append((route[-2][1], pair, -1))
    for (name, side), there in ends.items():
        x, y = layout.nodes[name]
        for index, (_, pair, end) in enumerate(sorted(there)):
            share = (index + 0.5) / len(there) - 0.5
            gap = _GAP if end else 0.0  # room for the head
            routes[pair][end] = (x + side * (_BOX_WIDTH / 2 + gap), y + share * _BOX_HEIGHT * 0.9)
    return routes


def _path(points: list[Point]) -> Path:
    """Lead a smooth line through the points, level at each and past the boxes beside it."""
    forward = 1 if points[-1][0] > points[0][0] else -1
    half = forward * _BOX_WIDTH / 2
    between = [(x + shift, y) for x, y in points[1:-1] for shift in (-half, half)]
    vertices, codes = [points[0]], [int(Path.MOVETO)]
    for (x0, y0), (x1, y1) in pairwise([points[0], *between, points[-1]]):
        middle = (x0 + x1) / 2
        vertices += [(middle, y0), (middle, y1), (x1, y1)]
        codes += [int(Path.CURVE4)] * 3
    return Path(vertices, codes)


def _finish(panel: Axes, layout: GraphLayout, signs: set[int], title: str) -> None:
    places = [point for route in layout.routes.values() for point in route]
    panel.set_xlim(-0.5, max(x for x, _ in places) + 0.5)
    panel.set_ylim(min(y for _, y in places) - 0.7, max(y for _, y in places) + 0.7)
    panel.set_axis_off()
    inches = panel.bbox.width / panel.figure.dpi
    panel.set_title(wrapped(title, max(24, int(inches * _LETTERS))))
    handles = [
        Line2D([], [], color=_LOOKS[s][0], linestyle=_LOOKS[s][1], label=_LOOKS[s][3], lw=1.2,
               marker="|" if s < 0 else ">", ms=6 if s < 0 else 4, markevery=[-1])
        for s in (1, -1, 0) if s in signs
    ]  # fmt: skip
    panel.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=3)
