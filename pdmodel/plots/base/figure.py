"""Figures without a display: made, saved with the same bytes every time, and nothing kept open."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure, SubFigure
from matplotlib.mathtext import MathTextParser
from matplotlib.text import Text

from pdmodel.errors import InputError, require_known
from pdmodel.plots.base.slides import parts_of
from pdmodel.plots.base.style import COLUMN_WIDTH, DPI, styled
from pdmodel.storage import new_file

Drawn = Figure | Axes


class ResultFigure(NamedTuple):
    """A figure that results of one kind get; `plots/figures.py` lists them all.

    Parameters
    ----------
    caption
        What stands below it on a page; `{}` is the part of the result that it shows.
    draw
        Takes the result and returns the figure, one for each part by the name of the part, or
        None where there is nothing to draw.
    timed
        Whether it takes a `time_unit` besides.
    """

    caption: str
    draw: Callable[..., Drawn | Mapping[str, Drawn] | None]
    timed: bool = False


# Matplotlib would write its version and, in PDF and SVG, the time of day.
_METADATA: dict[str, dict[str, str | None]] = {
    "png": {"Software": "pdmodel"},
    "pdf": {"Creator": None, "Producer": None, "CreationDate": None},
    "svg": {"Creator": None, "Date": None},
}


class ShownFigure(Figure):
    """A figure that a notebook shows, although pyplot knows nothing of it."""

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """Return what a notebook shows, at half its size in points: sharp on any screen."""
        return _for_notebooks(self)

    def _repr_mimebundle_(self, **formats: object) -> tuple[dict[str, bytes], dict[str, object]]:
        """Return the same, for notebooks that have been told how to show matplotlib's figures.

        `%matplotlib inline` tells them: the image is theirs then, but its width is the one from
        here; without it they would show it at twice its size.
        """
        content, size = _for_notebooks(self)
        return {"image/png": content}, {"image/png": {"width": size["width"]}}


class ShownAxes(Axes):
    """Axes whose figure a notebook shows, so that they may be the last line of a cell."""

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """Return what a notebook shows."""
        return _for_notebooks(self)


def _for_notebooks(drawn: Drawn) -> tuple[bytes, dict[str, int]]:
    content = image(drawn)
    width, height = (int.from_bytes(content[at : at + 4], "big") for at in (16, 20))
    return content, {"width": width // 2, "height": height // 2}


def new_figure(width: float = COLUMN_WIDTH, height: float = 2.5) -> Figure:
    """Return a figure that lays itself out; pyplot knows nothing of it."""
    figure = ShownFigure(figsize=(width, height), layout="constrained", dpi=DPI)
    FigureCanvasAgg(figure)
    return figure


def own_axes(ax: Axes | None, width: float = COLUMN_WIDTH, height: float = 2.5) -> Axes:
    """Return the axes given, or those of a new figure."""
    return new_figure(width, height).add_subplot(axes_class=ShownAxes) if ax is None else ax


SIZES: Mapping[str, float | None] = {"page": None, "slide": 16 / 9, "square": 1.0}
"""Width over height of an image by the name of its size; on a page a figure is as it was drawn."""
_SLIDE_DOTS = 1920  # across an image that is shown on a screen, at least


@styled
def image(drawn: Drawn, form: str = "png", size: str = "page") -> bytes:
    """Return a figure (or that of some axes) as a file in memory; equal figures, equal bytes.

    Parameters
    ----------
    drawn
        Figure or Axes.
    form
        png, pdf or svg.
    size
        `page`, as it was drawn; `slide` or `square`: of that shape, with more room for its panels
        and letters as large beside them as before.

    Raises
    ------
    InputError
        If there is no such form or size.
    """
    require_known("kind of image", _METADATA, form)
    require_known("size of an image", SIZES, size)
    figure = figure_of(drawn)
    _take_as_words(figure)
    stream = io.BytesIO()
    with _of_shape(figure, SIZES[size]) as dpi:
        figure.savefig(stream, format=form, dpi=dpi, metadata=_METADATA[form])
    return stream.getvalue()


@contextmanager
def _of_shape(figure: Figure, shape: float | None) -> Iterator[float]:
    """Give a figure another shape for a while; yield the dots of an inch for it.

    It only grows, so that what had room keeps it.
    """
    width, height = figure.get_size_inches()
    if shape is None:
        yield DPI
        return
    wide = max(width, shape * height)
    try:
        figure.set_size_inches(wide, wide / shape)
        yield max(DPI, _SLIDE_DOTS / wide)
    finally:
        figure.set_size_inches(width, height)


def _take_as_words(figure: Figure) -> None:
    """Let text that is no formula stand as it is; a label of a user may hold dollars and braces."""
    parser = MathTextParser("agg")
    labels = [
        label for ax in figure.axes for axis in (ax.xaxis, ax.yaxis)
        for label in axis.get_ticklabels(which="both")
    ]  # fmt: skip
    for text in {*figure.findobj(Text), *labels}:
        if "$" in text.get_text():
            try:
                parser.parse(text.get_text())
            except ValueError:
                text.set_parse_math(False)


def save(drawn: Drawn, path: str | Path, *, size: str = "page") -> Path:
    """Write a figure (or that of some axes) to a file: whole or not at all.

    Parameters
    ----------
    drawn
        Figure or Axes.
    path
        File ending in .png, .pdf or .svg; its folder is made when missing.
    size
        As of `image`.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        If the ending or the size is unknown, or the place cannot be written to.
    """
    target = Path(path).expanduser()
    content = image(drawn, target.suffix.removeprefix(".").lower() or "png", size)
    with new_file(target) as whole:
        whole.write_bytes(content)
    return target


def images(
    figures: Mapping[str, Drawn], folder: str = "figures", form: str = "png", size: str = "page"
) -> dict[str, bytes]:
    """Return figures as files in memory, by the path that each gets in a result folder.

    A figure of many rows is several files on slides, `NAME_1`, `NAME_2` and so on, so that its
    letters stay large enough to be read from afar.

    Parameters
    ----------
    figures
        By name, without an ending.
    folder
        That they lie in, within the result folder.
    form, size
        As of `image`.
    """
    drawn: dict[str, bytes] = {}
    for name, figure in figures.items():
        parts = parts_of(figure_of(figure), size)
        for number, part in enumerate(parts, start=1):
            ending = f"_{number}" if len(parts) > 1 else ""
            drawn[f"{folder}/{name}{ending}.{form}"] = image(part, form, size)
    return drawn


def figure_of(drawn: Drawn) -> Figure:
    """Return the whole figure that axes belong to.

    Raises
    ------
    InputError
        If they belong to none any more.
    """
    figure: Figure | SubFigure | None = drawn if isinstance(drawn, Figure) else drawn.figure
    while isinstance(figure, SubFigure):
        figure = figure.figure
    if figure is None:
        raise InputError("these axes belong to no figure any more")
    return figure
