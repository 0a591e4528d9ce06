"""Whether the words of a figure are seen whole: none is cut off, none lies on a legend."""

from __future__ import annotations

from collections.abc import Iterator

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.text import Text
from matplotlib.transforms import Bbox

_SLACK = 2.0  # dots: letters have a little air around them


def faults_of(figure: Figure) -> list[str]:
    """Return what of a figure cannot be read, a sentence each."""
    canvas = figure.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    canvas.draw()
    legends = [thing for thing in figure.findobj(Legend) if thing.get_visible()]
    own = {id(text) for legend in legends for text in legend.findobj(Text)}
    faults = [f"{word!r} is cut by the canvas" for word, _ in _cut(figure)]
    boxes = [legend.get_window_extent() for legend in legends]
    for number, box in enumerate(boxes):
        faults += [
            f"{word!r} lies on a legend" for word, extent, text in _words(figure)
            if id(text) not in own and _overlap(box, extent)
        ]  # fmt: skip
        if any(_overlap(box, other) for other in boxes[:number]):
            faults.append("two legends lie on each other")
    return faults


def _cut(figure: Figure) -> Iterator[tuple[str, Bbox]]:
    whole = figure.bbox
    for word, extent, _ in _words(figure):
        inside = (
            extent.x0 >= whole.x0 - _SLACK and extent.x1 <= whole.x1 + _SLACK
            and extent.y0 >= whole.y0 - _SLACK and extent.y1 <= whole.y1 + _SLACK
        )  # fmt: skip
        if not inside:
            yield word, extent


def _words(figure: Figure) -> Iterator[tuple[str, Bbox, Text]]:
    """Yield every text that is drawn, with its place."""
    hidden = {id(label) for ax in figure.axes for label in _unseen(ax)}
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        if text.get_visible() and text.get_text().strip() and id(text) not in hidden:
            yield text.get_text(), text.get_window_extent(), text


def _unseen(ax: Axes) -> Iterator[Text]:
    """Yield labels that matplotlib keeps and does not draw: of ticks beyond the axis, of none."""
    for axis in (ax.xaxis, ax.yaxis):
        shown = {id(tick) for tick in axis._update_ticks()} if ax.axison else set()  # type: ignore[union-attr]
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
            if id(tick) not in shown:
                yield from (tick.label1, tick.label2)
        if not ax.axison:
            yield axis.label


def _overlap(one: Bbox, other: Bbox) -> bool:
    wide = min(one.x1, other.x1) - max(one.x0, other.x0)
    high = min(one.y1, other.y1) - max(one.y0, other.y0)
    return wide > _SLACK and high > _SLACK
