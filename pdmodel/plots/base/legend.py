"""Legends beside the panels that lie within the figure, whatever the names in them are."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.legend import Legend

# Letters of a line, widest first; a name that is longer goes on in the next one.
_WIDTHS = (1000, 60, 44, 32, 22)


def outside_legend(
    figure: Figure,
    handles: Sequence[Any],
    labels: Sequence[str] | None = None,
    *,
    loc: str = "outside upper center",
    most: int = 4,
    grow: float = 0.0,
    **options: Any,
) -> Legend:
    """Put a legend above or below all panels: in as many columns as fit, long names in lines.

    Parameters
    ----------
    figure
        Gets as much higher as the legend is higher than `grow` inches.
    handles, labels
        What is explained, and by which words; those of the handles by default.
    loc, options
        As for `Figure.legend`.
    most
        Columns at most.
    grow
        Height in inches that the figure has set aside for its legend.

    Returns
    -------
    matplotlib.legend.Legend
    """
    names = [str(handle.get_label()) for handle in handles] if labels is None else list(labels)
    place: Any = loc
    room = 0.98 * figure.bbox.width
    for width in _WIDTHS:
        wrapped = ["\n".join(textwrap.wrap(name, width)) or name for name in names]
        for columns in range(min(max(len(names), 1), most), 0, -1):
            legend: Legend = figure.legend(handles, wrapped, loc=place, ncols=columns, **options)
            extent = legend.get_window_extent()
            if extent.width <= room or (width == _WIDTHS[-1] and columns == 1):
                if grow:
                    above = extent.height / figure.dpi - grow
                    figure.set_figheight(figure.get_figheight() + max(above, 0.0))
                return legend
            legend.remove()
    raise AssertionError("one column of the narrowest lines is always taken")
