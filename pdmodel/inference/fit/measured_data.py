"""MeasuredData: what was measured, beside what a fit predicts; its tables, and its words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

import pandas as pd
import xarray as xr

from pdmodel.storage import maybe, plain_rows
from pdmodel.text import counted, rounded, table_lines

_WIDTH, _WORST = 100, 5
_COUNT = {
    "quantity": str, "unit": str, "error": str, "subjects": int, "values": int, "below": int,
    "above": int, "log_likelihood": maybe(float),
}  # fmt: skip
_ROW = {
    "subject": str, "quantity": str, "analyte": str, "day": float, "after": bool,
    "value": maybe(float), "low": maybe(float), "high": maybe(float), "censored": str,
    "row": int, "unit": str, "predicted": maybe(float), "sd": maybe(float), "scale": str,
    "residual": maybe(float),
}  # fmt: skip
DATA_SHAPE = {
    "name": str, "method": str, "own": [str], "notes": [str], "counts": [_COUNT],
    "rows": [_ROW],
}  # fmt: skip
"""How the measurements stand in `fit.json`."""
COUNT_COLUMNS, ROW_COLUMNS = tuple(_COUNT), tuple(_ROW)
_TEXT = ("subject", "quantity", "analyte", "censored", "unit", "scale")
_NUMBERS = ("value", "low", "high", "predicted", "sd", "residual")


@dataclass
class MeasuredData:
    """Measurements beside what is predicted.

    Parameters
    ----------
    name, method
        The file, and how it was fitted: `pooled` or `each`.
    own
        Parameters of which each subject has a value.
    notes
        What a reader should know of the file, a sentence each.
    counts
        A row a quantity: how many subjects and values, and their log-likelihood.
    measurements, courses, doses
        As `FitRecord` has them.
    """

    name: str
    method: str
    own: tuple[str, ...]
    notes: tuple[str, ...]
    counts: pd.DataFrame
    measurements: pd.DataFrame
    courses: xr.Dataset
    doses: pd.DataFrame

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, without courses and doses; an open limit is null."""
        rows = self.measurements.replace([math.inf, -math.inf], math.nan)
        return {
            "name": self.name,
            "method": self.method,
            "own": list(self.own),
            "notes": list(self.notes),
            "counts": plain_rows(self.counts),
            "rows": [{c: row[c] for c in ROW_COLUMNS} for row in plain_rows(rows)],
        }

    @classmethod
    def from_dict(
        cls, data: Mapping[str, Any], courses: xr.Dataset, doses: pd.DataFrame
    ) -> MeasuredData:
        """Read what `to_dict` wrote."""
        rows = pd.DataFrame(data["rows"], columns=list(ROW_COLUMNS))
        rows = rows.astype(dict.fromkeys(_TEXT, "str") | dict.fromkeys(_NUMBERS, float))
        rows.loc[(rows["censored"] == "below") & rows["low"].isna(), "low"] = -math.inf
        rows.loc[(rows["censored"] == "above") & rows["high"].isna(), "high"] = math.inf
        counts = pd.DataFrame(data["counts"], columns=list(COUNT_COLUMNS))
        own, notes = tuple(data["own"]), tuple(data["notes"])
        return cls(
            data["name"], data["method"], own, notes, counts, rows, courses,
            doses,
        )  # fmt: skip

    def report(self) -> Iterator[str]:
        """Yield what was measured and how far it is from what is predicted, in lines."""
        yield from wrap(self.headline(), _WIDTH, subsequent_indent="  ")
        yield ""
        rows = [
            (c.quantity, c.unit, c.error, str(c.subjects), str(c.values), str(c.below),
             str(c.above), rounded(c.log_likelihood))
            for c in self.counts.itertuples()
        ]  # fmt: skip
        names = (
            "measured", "unit", "error", "subjects", "values", "below limit", "above", "log L",
        )  # fmt: skip
        yield from table_lines(names, rows, right={3, 4, 5, 6, 7})
        for note in self.notes:
            yield from wrap(f"{note}.", _WIDTH - 2, initial_indent="  ", subsequent_indent="    ")
        yield ""
        yield from self._worst()

    def headline(self) -> str:
        """Say in one sentence what was fitted, and how."""
        hidden = int((self.measurements["censored"] != "").sum())
        how = "one value of each parameter for all"
        if self.method == "each":
            how = f"{', '.join(self.own)} of each subject, all others shared"
        beyond = f" ({hidden} beyond a limit)" if hidden else ""
        return (
            f"{counted(len(self.measurements), 'measured value')}{beyond} of "
            f"{counted(self.measurements['subject'].nunique(), 'subject')} in {self.name}: {how}"
        )

    def _worst(self) -> Iterator[str]:
        """Yield the rows that are furthest from what is predicted."""
        far = self.measurements.assign(size=self.measurements["residual"].abs())
        far = far.dropna(subset=["size"]).sort_values("size", ascending=False, kind="stable")
        yield "Measured values furthest from what is predicted (residual in standard deviations)"
        rows = [
            (r.subject, f"{r.day:g}", r.quantity, rounded(r.value), rounded(r.predicted),
             f"{r.residual:+.2f}", str(r.row))
            for r in far.head(_WORST).itertuples()
        ]  # fmt: skip
        names = ("subject", "day", "quantity", "measured", "predicted", "residual", "row")
        yield from table_lines(names, rows, right={1, 3, 4, 5, 6})
        yield ""
