"""Heat maps with a number in every cell: of sensitivity, and of what hypotheses miss."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, Normalize

from pdmodel.arrays import Array
from pdmodel.plots.base.style import GREY, INK


def draw_cells(
    ax: Axes, grid: Array, colours: Colormap, norm: Normalize, *, least: float, size: float = 6.0,
    write: Callable[[float], str] = lambda value: f"{value:.2f}".replace("-", "−"),
) -> None:  # fmt: skip
    """Draw a grid of coloured cells, first row on top; hatched where there is no number.

    Parameters
    ----------
    ax, grid
        Where, and what; shape (n_rows, n_columns).
    colours, norm
        Colour of a value.
    least
        Numbers are written from this size on.
    size
        Of the numbers, in points.
    write
        Writes a number.
    """
    ax.patch.set(hatch="//////", edgecolor=GREY, facecolor="white", linewidth=0)
    ax.pcolormesh(
        np.ma.masked_invalid(grid), cmap=colours, norm=norm, edgecolors="white", linewidth=0.8,
        gid="cells",
    )  # fmt: skip
    for i, j in zip(*np.nonzero(np.abs(np.nan_to_num(grid)) >= least), strict=True):
        value = float(grid[i, j])
        ax.text(
            j + 0.5, i + 0.5, write(value), ha="center", va="center", fontsize=size,
            color="white" if _dark(colours(norm(value))) else INK,
        )  # fmt: skip
    ax.set_xlim(0, grid.shape[1])
    ax.set_ylim(grid.shape[0], 0)
    ax.tick_params(length=0)
    for side in ax.spines.values():
        side.set_visible(False)


def _dark(colour: Sequence[float]) -> bool:
    """Whether white is read better than ink on a colour (its luminance, ITU-R BT.709)."""
    red, green, blue = colour[:3]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.5


def name_rows(ax: Axes, names: Sequence[str]) -> None:
    """Write the names of the rows."""
    ax.set_yticks(np.arange(len(names)) + 0.5, list(names))


def name_columns(ax: Axes, names: Sequence[str], rotation: float = 0) -> None:
    """Write the names of the columns, slanted ones so that they end at their cell."""
    ax.set_xticks(np.arange(len(names)) + 0.5, list(names))
    if rotation:
        for label in ax.get_xticklabels():
            middle = "center" if rotation == 90 else "top"
            label.set(rotation=rotation, ha="right", va=middle, rotation_mode="anchor")
