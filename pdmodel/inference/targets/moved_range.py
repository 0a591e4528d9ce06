"""The range over which an assumed bound of a target is moved, as it is written: `1.5-5`."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

_NUMBER = r"(-?[\d.]+(?:[eE][+-]?\d+)?)"
_RANGE = re.compile(rf"^{_NUMBER}-{_NUMBER}$")


def parse_range(text: str) -> tuple[float, float] | None:
    """Read `1.5-5` or `-0.2--0.05`; None if it is not a range that rises.

    Examples
    --------
    >>> parse_range("-0.2--0.05")
    (-0.2, -0.05)
    """
    match = _RANGE.match(text)
    if match is None:
        return None
    try:
        low, high = float(match[1]), float(match[2])
    except ValueError:
        return None
    return (low, high) if low <= high else None


def range_faults(bounds: Iterable[tuple[str, float, str]]) -> Iterable[tuple[str, str]]:
    """Yield column and fault of ranges that would move nothing.

    Parameters
    ----------
    bounds
        Column, bound (NaN where it is open) and its range as text, empty where it has none.

    Examples
    --------
    >>> list(range_faults([("low", 2.0, "1.5-5"), ("high", math.nan, "2-9")]))
    [('high_range', "moves 'high', and there is none")]
    """
    for column, bound, text in bounds:
        if not text:
            continue
        if parse_range(text) is None:
            said = "is no range: write the two ends that it goes between, such as 1.5-5"
            yield f"{column}_range", f"{text!r} {said}"
        elif math.isnan(bound):
            yield f"{column}_range", f"moves {column!r}, and there is none"
