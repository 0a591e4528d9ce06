"""What happens to each verdict when an assumed bound moves over its range (nothing is refitted)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from pdmodel.inference.targets.moved_range import parse_range
from pdmodel.inference.targets.target import Target

MOVED_COLUMNS = ("id", "bound", "default", "from", "to", "simulated", "verdict")


def moved_thresholds(targets: Sequence[Target], simulated: Sequence[float]) -> pd.DataFrame:
    """Return one row for every assumed bound that has a range.

    Parameters
    ----------
    targets
        With ranges such as `1.5-5`.
    simulated
        The value of each target, in the same order.

    Returns
    -------
    pandas.DataFrame
        `verdict` is `met throughout`, `missed throughout`, or up to where it is met.
    """
    rows = [
        row
        for target, value in zip(targets, simulated, strict=True)
        for row in _rows(target, value)
    ]
    return pd.DataFrame(rows, columns=list(MOVED_COLUMNS))


def _rows(target: Target, value: float) -> Iterator[dict[str, Any]]:
    for bound, default, text in (
        ("low", target.low, target.low_range),
        ("high", target.high, target.high_range),
    ):
        limits = parse_range(text)
        # a bound that a user moved out of its range has no range any more; NaN fails as well
        if limits is not None and limits[0] <= default <= limits[1]:
            yield {
                "id": target.id, "bound": bound, "default": default, "from": limits[0],
                "to": limits[1], "simulated": value, "verdict": _verdict(bound, limits, value),
            }  # fmt: skip


def _verdict(bound: str, limits: tuple[float, float], value: float) -> str:
    mildest, hardest = limits if bound == "low" else (limits[1], limits[0])

    def inside(edge: float) -> bool:
        return value >= edge if bound == "low" else value <= edge

    if math.isnan(value) or not inside(mildest):
        return "missed throughout"
    return "met throughout" if inside(hardest) else f"met up to {value:.3g}"
