"""Slides: a figure of many rows on as many slides as it takes to read it from afar."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from matplotlib.figure import Figure

from pdmodel.plots.base.style import styled

T = TypeVar("T")

Slides = Callable[[Figure, float], Sequence[Figure]]
"""Draws a figure again as several: takes the whole one, and the inches that each may be high."""

ROOM = {"slide": 4.6, "square": 8.0}
"""Inches of a figure beyond which its letters are too small, by the name of a size.

A slide of 1080 dots then has letters of at least 20 dots, which the last row of a room reads.
"""
_STEPS = 40  # in which slides are made less high as long as they stay as many


def into_parts(figure: Figure, slides: Slides) -> None:
    """Say how a figure is drawn on several slides.

    Parameters
    ----------
    figure
        The whole one.
    slides
        Called when a size is asked for on which the whole one has letters too small.
    """
    figure._slides = slides  # type: ignore[attr-defined]


@styled
def parts_of(figure: Figure, size: str) -> list[Figure]:
    """Return the figures that are shown at a size: several where one cannot be read from afar.

    Parameters
    ----------
    figure
        The whole one.
    size
        Key of `ROOM`; at any other the figure is one.
    """
    slides: Slides | None = getattr(figure, "_slides", None)
    room = ROOM.get(size)
    if slides is None or room is None or figure.get_figheight() <= room:
        return [figure]
    return list(slides(figure, room))


def dealt(items: Sequence[T], inches: Callable[[Sequence[T]], float], room: float) -> list[list[T]]:
    """Deal items out in their order onto as few slides as have room for them, evenly.

    Parameters
    ----------
    items
        Rows or panels.
    inches
        How high a figure of some of them is.
    room
        How high it may be; one item is taken even if it is higher.

    Examples
    --------
    >>> dealt(range(7), len, 4)
    [[0, 1, 2, 3], [4, 5, 6]]
    """
    least = _filled(items, inches, room)
    for step in range(1, _STEPS):
        evener = _filled(items, inches, room * (1 - step / _STEPS))
        if len(evener) > len(least):
            break
        least = evener
    return least


def _filled(
    items: Sequence[T], inches: Callable[[Sequence[T]], float], room: float
) -> list[list[T]]:
    slides: list[list[T]] = []
    for item in items:
        if slides and inches([*slides[-1], item]) <= room:
            slides[-1].append(item)
        else:
            slides.append([item])
    return slides
