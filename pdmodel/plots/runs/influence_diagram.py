"""Influence diagram: who acts on whom, with arrows that raise and tees that lower."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from pdmodel.arguments import shown
from pdmodel.errors import InputError, require_known, unknown
from pdmodel.model import Model
from pdmodel.model.printing.influence import influences, joined_influences, slots_of_states
from pdmodel.plots.base.axes import wrapped
from pdmodel.plots.base.figure import own_axes
from pdmodel.plots.base.style import INK, NO_WORDS, OTHERS, readable, styled
from pdmodel.plots.runs.layered_layout import GraphLayout, layered_layout

Point = tuple[float, float]

MANY_STATES = 12
"""Beyond so many states a model is read best by its slots."""
_MIDDLE = "#dfe9f1"
"""Behind the name of the state around which a diagram is drawn."""


class BoxLook(NamedTuple):
    """Inches of a layer and of a row."""

    layer: float
    row: float


_ONE_STATE, _MANY_STATES = BoxLook(1.15, 0.42), BoxLook(1.55, 0.6)
_LETTERS_OF_STATES, _LINES_OF_STATES = 19, 2  # of and in a box of several
_POINTS_OF_LINE = 8.5


class BoxLabel(NamedTuple):
    """What stands in a box: its name, and the states below, where it may hold several."""

    title: str
    below: str = ""
    several: bool = False


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
    by: Mapping[str, str] | str = "state",
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
    by
        What a box is: a `state`, or a `slot` of a model with all of its states, which is how a
        model of many states is read as a whole. Of edges: by state the name of its box.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    InputError
        If there is no edge, a sign is none of these, or there is no such state or kind of box.

    Examples
    --------
    >>> drawn = influence_diagram([("drug", "cell", -1), ("cell", "signal", 1)], around="signal")
    >>> sorted(text.get_text() for text in drawn.texts)
    ['cell', 'signal']
    """
    boxes = _boxes(edges, by)
    if isinstance(edges, Model):
        words = {**edges.vocabulary.words, **words}
    edges = joined_influences(_edges(edges), boxes)
    marked = {(boxes.get(a, a), boxes.get(b, b)) for a, b in marked}
    if around is not None:
        edges = _near(edges, boxes.get(around, around))
    for source, target, sign in edges:
        if sign not in _LOOKS:
            edge = f"edge {source} -> {target}"
            raise InputError(f"{edge}: sign must be +1, -1 or 0, got {shown(sign)}")
    layout = layered_layout((source, target) for source, target, _ in edges)
    if not layout.routes:
        raise InputError("there is no influence to draw")
    look = _ONE_STATE if by == "state" else _MANY_STATES
    panel = own_axes(ax, *_size(layout, look))
    routes = _ported(layout)
    for source, target, sign in edges:
        if source != target:
            width = 2.4 if (source, target) in marked else 0.9
            _draw_edge(panel, routes[(source, target)], sign, f"{source} -> {target}", width)
    middle = None if around is None else boxes.get(around, around)
    for name, centre in layout.nodes.items():
        label = _label(name, boxes, words)
        thick = (name, name) in marked
        _draw_node(panel, name, label, centre, name == middle, thick)
    _finish(panel, layout, {sign for _, _, sign in edges}, title, thick=bool(marked))
    return panel


def _boxes(edges: Any, by: Mapping[str, str] | str) -> Mapping[str, str]:
    """Return by state the name of the box that it is in; empty where each has its own."""
    if not isinstance(by, str):
        return by
    if by == "slot" and isinstance(edges, Model):
        return slots_of_states(edges)
    if by != "state":
        raise unknown(
            "kind of box", by, ("state", "slot") if isinstance(edges, Model) else ("state",)
        )
    return {}


def _near(edges: Sequence[tuple[str, str, int]], middle: str) -> list[tuple[str, str, int]]:
    """Return what acts on a box, and what it acts on."""
    names = dict.fromkeys(name for source, target, _ in edges for name in (source, target))
    require_known("state of the diagram", names, middle)
    return [edge for edge in edges if middle in edge[:2]]


def _label(name: str, boxes: Mapping[str, str], words: Mapping[str, str]) -> BoxLabel:
    """Return what stands in a box: its name, and below it those of its states that say more."""
    title = readable(name, words)
    states = [state for state, box in boxes.items() if box == name]
    if not states:
        return BoxLabel(title.replace(" ", "\n", 1))
    own = [readable(state, words).removeprefix(f"{title} ") for state in states]
    lines = [] if states == [name] else textwrap.wrap(", ".join(own), _LETTERS_OF_STATES)
    below = "\n".join(lines) if len(lines) <= _LINES_OF_STATES else f"{len(states)} states"
    return BoxLabel(title, below, several=True)


def _edges(given: Any) -> list[tuple[str, str, int]]:
    """Return the edges of a graph, or those of a model."""
    if isinstance(given, Model):
        return influences(given)
    try:
        return [(str(source), str(target), sign) for source, target, sign in given]
    except (TypeError, ValueError):
        raise InputError(
            "influence_diagram needs a Model, or edges (source, target, sign) such as "
            f"('drug', 'tumour', -1), got {shown(given)}"
        ) from None


def _size(layout: GraphLayout, look: BoxLook) -> tuple[float, float]:
    places = [point for route in layout.routes.values() for point in route]
    width = max(x for x, _ in places) + 1
    height = max(y for _, y in places) - min(y for _, y in places) + 1
    return width * look.layer, height * look.row + 0.5


def _draw_node(
    panel: Axes, name: str, label: BoxLabel, centre: Point, middle: bool, thick: bool
) -> None:
    corner = (centre[0] - _BOX_WIDTH / 2, centre[1] - _BOX_HEIGHT / 2)
    box = FancyBboxPatch(
        corner, _BOX_WIDTH, _BOX_HEIGHT, boxstyle="round,pad=0,rounding_size=0.08",
        facecolor=_MIDDLE if middle else "white", edgecolor=INK,
        lw=2.4 if thick else 0.9, zorder=3, gid=name,
    )  # fmt: skip
    panel.add_patch(box)
    if not label.several:
        panel.text(*centre, label.title, ha="center", va="center", fontsize=6.5, zorder=4)
        return
    rise = _POINTS_OF_LINE * (1 + label.below.count("\n")) / 2 if label.below else 0.0
    for text, height, size, weight in (
        (label.title, rise, min(8.0, 108 / len(label.title)), "bold"),
        (label.below, -_POINTS_OF_LINE / 2, 6.8, "normal"),
    ):  # fmt: skip
        panel.annotate(
            text, centre, (0, height), textcoords="offset points", ha="center", va="center",
            fontsize=size, weight=weight, zorder=4, linespacing=1.0,
        )  # fmt: skip


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


def _finish(panel: Axes, layout: GraphLayout, signs: set[int], title: str, thick: bool) -> None:
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
    if thick:
        handles.append(Line2D([], [], color=_LOOKS[1][0], lw=2.4, label="thick: differs"))
    panel.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=4)
