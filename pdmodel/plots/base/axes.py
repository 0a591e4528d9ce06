"""What stands around a panel: labels with units as on paper, ticks as plain numbers, legends."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import xarray as xr
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from pdmodel.plots.base.style import NO_WORDS
from pdmodel.text import capitalised

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def unit_text(unit: str) -> str:
    """Write a unit as on paper; a plain number has none.

    Examples
    --------
    >>> unit_text("1e9 cells/L"), unit_text("cm^2"), unit_text("1/day"), unit_text("1")
    ('10⁹/L', 'cm²', 'per day', '')
    """
    text = unit.strip()
    if text in ("", "1", "dimensionless"):
        return ""
    text = re.sub(r"^1e([+-]?\d+)", lambda m: "10" + _raised(int(m[1])), text)
    text = re.sub(r"(?<=[\d⁰¹²³⁴⁵⁶⁷⁸⁹])\s*cells(?=/)", "", text)  # a number of them says so
    text = re.sub(r"(?:\^|\*\*)(-?\d+)", lambda m: _raised(m[1]), text)
    text = re.sub(r"^1/", "per ", text)
    return re.sub(r"\bu(?=(?:g|L|l|m|M|mol|s)\b)", "µ", text).replace("*", "·")


def _raised(power: object) -> str:
    return str(power).translate(_SUPERSCRIPTS)


def spelt(text: str, words: Mapping[str, str] = NO_WORDS) -> str:
    """Return a text in which the words that an application writes in its own way are so written.

    Parameters
    ----------
    text
        A label, a meaning.
    words
        `Vocabulary.words`; a key stands for a whole word of the text only.

    Examples
    --------
    >>> spelt("TNF-alpha over baseline", {"TNF-alpha": "TNF-α", "t": "T"})
    'TNF-α over baseline'
    """
    for part, word in words.items():
        whole = rf"(?<![\w']){re.escape(part)}(?![\w'])"
        text = re.sub(whole, word.replace("\\", r"\\"), text)
    return text


def title_text(array: xr.DataArray, words: Mapping[str, str] = NO_WORDS) -> str:
    """Return what a quantity is called, beginning with a capital letter."""
    text = str(array.attrs.get("long_name") or array.name).replace("_", " ")
    return capitalised(spelt(text, words))


def wrapped(title: str, width: int = 46) -> str:
    """Return the title of a panel in lines that stay above it."""
    return "\n".join(textwrap.wrap(title, width)) or title


def unit_label(array: xr.DataArray) -> str:
    """Return the unit of a quantity; of a plain number, what it counts or is a multiple of."""
    unit = str(array.attrs.get("unit_label", "")) or unit_text(str(array.attrs.get("units", "")))
    if unit:
        return unit
    return "fold of baseline" if "over baseline" in str(array.attrs.get("long_name", "")) else ""


NICE = (1.0, 2.0, 5.0)


def plain_ticks(
    axis: Axis, subs: Sequence[float] = NICE, *, base: float = 10.0, most: int | None = None
) -> None:
    """Label 1, 2, 5, 10 as such on an axis that is logarithmic already; minor ticks have no label.

    Parameters
    ----------
    axis
        Of a panel; setting its scale would set other ticks.
    subs
        Where ticks are within a power of the base.
    base
        Of the logarithm.
    most
        Ticks at most; as many as there is room for by default.
    """
    axis.set_major_locator(LogLocator(base=base, subs=subs, numticks=most))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


ABOVE = "above all panels"
"""Name of a legend that stands there."""
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
    outside: Any = loc
    gid = ABOVE if "upper" in loc else None
    room = 0.98 * figure.bbox.width
    for width in _WIDTHS:
        wrapped = ["\n".join(textwrap.wrap(name, width)) or name for name in names]
        for columns in range(min(max(len(names), 1), most), 0, -1):
            legend: Legend = figure.legend(handles, wrapped, loc=outside, ncols=columns, **options)
            legend.set_gid(gid)
            extent = legend.get_window_extent()
            if extent.width <= room or (width == _WIDTHS[-1] and columns == 1):
                if grow:
                    above = extent.height / figure.dpi - grow
                    figure.set_figheight(figure.get_figheight() + max(above, 0.0))
                return legend
            legend.remove()
    raise AssertionError("one column of the narrowest lines is always taken")
