"""What a figure holds once it is drawn: its parts by name, its words, and where they stand."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from matplotlib.figure import Figure
from matplotlib.text import Text

from pdmodel.plots import image


def parts(ax: Any, gid: str) -> list[Any]:
    """Return the lines and collections of a panel with a name."""
    return [part for part in (*ax.lines, *ax.collections) if part.get_gid() == gid]


def heights(ax: Any, gid: str) -> list[float]:
    """Return the y values of all lines of a panel with a name."""
    return [float(y) for part in parts(ax, gid) for y in part.get_ydata()]


def words(figure: Figure) -> list[str]:
    """Return what the legends of a figure say."""
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def clashes(figure: Figure) -> list[str]:
    """Return the texts that stand upon each other, or leave the figure, once it is drawn."""
    image(figure)
    seen = [text for text in _texts(figure) if text.get_text()]
    boxes = [(text.get_text(), text.get_window_extent()) for text in seen]
    faults = [
        f"{a} | {b}" for (a, one), (b, other) in combinations(boxes, 2)
        if one.shrunk(0.9, 0.9).overlaps(other.shrunk(0.9, 0.9))
    ]  # fmt: skip
    width, height = figure.bbox.size
    faults += [
        f"{words} is outside" for words, box in boxes
        if box.x0 < -1 or box.y0 < -1 or box.x1 > width + 1 or box.y1 > height + 1
    ]  # fmt: skip
    return faults


def _texts(figure: Figure) -> Iterator[Text]:
    """Yield every text that is seen; labels of ticks outside an axis are not."""
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in axis.get_major_ticks():
                if low <= tick.get_loc() <= high and tick.label1.get_visible():
                    yield tick.label1
            yield axis.label
        yield from ax.texts
        yield from (ax.title, ax._left_title)  # type: ignore[attr-defined]
    for legend in figure.legends:
        yield from legend.get_texts()
    yield from figure.texts
