"""Rows of the pattern forest: every pattern in the unit of its scale, in words and numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Mapping
from functools import partial
from typing import Any, NamedTuple

import pandas as pd

from pdmodel.errors import require_known
from pdmodel.plots.base.axes import spelt, unit_text
from pdmodel.plots.base.style import NO_WORDS
from pdmodel.text import capitalised, fixed, range_text

COLUMNS = (
    "meaning", "kind", "reported", "low", "high", "model", "model_low", "model_high", "inside",
    "use", "unit",
)  # fmt: skip


class Scale(NamedTuple):
    """What rows of one panel have in common.

    Parameters
    ----------
    title, unit
        Of the panel and its axis.
    factor
        From the table to the axis.
    log
        Whether a doubling is as far as a halving.
    places
        After the point.
    """

    title: str
    unit: str
    factor: float = 1.0
    log: bool = False
    places: int = 0


SCALES = {
    "rate": Scale("Rates", "% of patients", 100.0),
    "difference": Scale("Differences of rates", "percentage points", 100.0),
    "fold": Scale("Ratios", "fold", log=True, places=2),
    "day": Scale("Times", "days"),
    "mg": Scale("Doses", "mg", places=1),
    "other": Scale("Other medians", "in the unit of the outcome", places=1),
}
"""By their key; medians of any other unit have a panel of that unit, after these."""


def scale_for(key: str) -> Scale:
    """Return a scale by its key: one of `SCALES`, or that of medians of a unit.

    Examples
    --------
    >>> scale_for("mg/L")[:2], scale_for("day")[:2]
    (('Medians in mg/L', 'mg/L'), ('Times', 'days'))
    """
    text = unit_text(key)
    return SCALES.get(key) or Scale(f"Medians in {text}", text, places=2)


class PatternRow(NamedTuple):
    """A pattern in the unit of its scale.

    Parameters
    ----------
    trial, label
        Whose it is, and its meaning in short.
    scale
        Key of `SCALES`, or a unit.
    low, high, reported
        What is compatible with the report (infinite where open), and the report; NaN if none.
    model, model_low, model_high
        What the model says, with its interval of replicates; NaN where a group is empty.
    inside, predicted
        Whether the model is compatible, and whether nothing was calibrated to it.
    said, told
        Model and report in numbers.
    """

    trial: str
    label: str
    scale: str
    low: float
    high: float
    reported: float
    model: float
    model_low: float
    model_high: float
    inside: bool
    predicted: bool
    said: str
    told: str


def pattern_rows(
    tables: Mapping[str, pd.DataFrame], words: Mapping[str, str] = NO_WORDS
) -> list[PatternRow]:
    """Return the patterns of all trials, those of a scale together, trials in their order.

    Parameters
    ----------
    tables
        By trial a row a pattern with the columns of `COLUMNS`.
    words
        How the application writes parts of names.

    Raises
    ------
    InputError
        If a column is missing.
    """
    rows = []
    for trial, table in tables.items():
        if len(table):
            require_known(f"column of patterns of {trial!r}:", table.columns, *COLUMNS)
        rows += [_row(trial, row, words) for row in table.to_dict("records")]
    order = list(dict.fromkeys((*SCALES, *(row.scale for row in rows))))
    return sorted(rows, key=lambda row: order.index(row.scale))


def scale_of(kind: str, unit: str) -> str:
    """Return the scale of a pattern.

    Examples
    --------
    >>> scale_of("rate", "1"), scale_of("ratio", "1"), scale_of("median", "cm")
    ('rate', 'fold', 'cm')
    """
    if kind in ("rate", "difference"):
        return kind
    return "fold" if kind == "ratio" else unit if unit_text(unit) else "other"


def short(meaning: str, words: Mapping[str, str] = NO_WORDS) -> str:
    """Return what a pattern is about, without its outcome and remarks.

    Examples
    --------
    >>> short("TNF-alpha at day 7 over baseline: no change", {"TNF-alpha": "TNF-α"})
    'TNF-α at day 7 over baseline'
    """
    text = re.sub(r"\s*\([^)]*\)$", "", meaning).split(":")[0].strip()
    return capitalised(spelt(text, words))


def _row(trial: str, row: Mapping[Hashable, Any], words: Mapping[str, str]) -> PatternRow:
    key = scale_of(str(row["kind"]), str(row["unit"]))
    scale = scale_for(key)
    numbers = {
        name: float(row[name]) * scale.factor
        for name in ("low", "high", "reported", "model", "model_low", "model_high")
    }
    inside = bool(row["inside"])
    return PatternRow(
        trial, short(str(row["meaning"]), words), key, **numbers, inside=inside,
        predicted=row["use"] == "predict", said=_said(numbers, inside, scale.places),
        told=_told(numbers, scale.places),
    )  # fmt: skip


def _said(numbers: Mapping[str, float], inside: bool, places: int) -> str:
    """Write the model's value so finely that one outside is not written as one inside."""
    value, low, high = (numbers[name] for name in ("model", "low", "high"))
    if math.isnan(value):
        return "no value"
    finer = places
    while not inside and finer < 9 and low <= round(value, finer) <= high:
        finer += 1
    ends = numbers["model_low"], numbers["model_high"]
    if any(math.isnan(end) for end in ends):
        return fixed(value, finer)
    return f"{fixed(value, finer)} ({_range(*ends, places)})"


def _told(numbers: Mapping[str, float], places: int) -> str:
    span = _range(numbers["low"], numbers["high"], places)
    if math.isnan(numbers["reported"]):
        return span
    return f"{fixed(numbers['reported'], places)} ({span})"


def _range(low: float, high: float, places: int) -> str:
    both = "{} to {}" if low < 0 else "{}–{}"
    return range_text(low, high, partial(fixed, places=places), "≥ {}", "≤ {}", both)
