"""Logarithmic axes whose ticks are written as plain numbers."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

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
