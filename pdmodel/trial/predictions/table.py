"""The table of predictions: every reported pattern of every trial, calibrated or predicted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pdmodel.storage import plain_rows
from pdmodel.trial.calibration.result import Calibration
from pdmodel.trial.patterns.pattern import UNREPORTED
from pdmodel.trial.result import TrialResult


@dataclass(frozen=True)
class ReadingResult:
    """What came out under one reading of the reports.

    Parameters
    ----------
    name
        Of the reading.
    calibration
        Of the first trial.
    results
        Of all trials, the calibrated one first.
    """

    name: str
    calibration: Calibration
    results: Sequence[TrialResult]

    @property
    def table(self) -> pd.DataFrame:
        """One row a pattern, as of `judge`, with `reading` and the trial that was run.

        `use` says whether it was calibrated or predicted; of the trials that do not calibrate all
        is predicted. `expected` is whether the reported count lies within nine in ten of the
        trials that the model predicts.
        """
        tables = []
        for number, result in enumerate(self.results):
            table = result.table.assign(trial=result.trial.name, reading=self.name)
            tables.append(table.assign(use="predict") if number else table)
        whole = pd.concat([t for t in tables if len(t)], ignore_index=True)
        counted = whole["reported"].notna()
        within = whole["reported"].between(whole["model_low"] - 1e-9, whole["model_high"] + 1e-9)
        return whole.assign(expected=within.where(counted))


@dataclass(frozen=True)
class PredictedTrials:
    """The predictions of a set of trials under all readings.

    Parameters
    ----------
    name
        Of the set.
    readings
        What came out under each.
    made_of
        Which model at which state of its source predicted.
    """

    name: str
    readings: Sequence[ReadingResult]
    made_of: Mapping[str, Any]

    @property
    def table(self) -> pd.DataFrame:
        """All rows of all readings."""
        return pd.concat([reading.table for reading in self.readings], ignore_index=True)

    @property
    def hits(self) -> pd.DataFrame:
        """By reading: how many patterns of which kind came out, of how many.

        Returns
        -------
        DataFrame
            A row a reading: `reading`, `cost` of the calibration, and `calibrated`, `predicted`,
            `ungraded` (of the predicted) with `_inside`.
        """
        rows = []
        for reading in self.readings:
            table = reading.table
            predicted = table["use"] == "predict"
            grades = table.get("grade", pd.Series("", index=table.index))
            parts = {
                "calibrated": ~predicted,
                "predicted": predicted,
                "ungraded": predicted & (grades == UNREPORTED),
            }
            row: dict[str, Any] = {"reading": reading.name, "cost": reading.calibration.cost}
            for name, rows_of in parts.items():
                row[name] = int(rows_of.sum())
                row[f"{name}_inside"] = int(table.loc[rows_of, "inside"].sum())
            rows.append(row)
        return pd.DataFrame(rows)

    @property
    def supported(self) -> str:
        """The reading that the patterns support: the most without a grade that came out.

        Empty where readings are as good as each other, or there is one only.
        """
        hits = self.hits
        if len(hits) < 2:
            return ""
        met = hits["calibrated_inside"] + hits["ungraded_inside"]
        best = hits.loc[met == met.max(), "reading"]
        return str(best.iloc[0]) if len(best) == 1 else ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain data; missing numbers are null."""
        return {
            "schema_version": 1, "set": self.name, **self.made_of,
            "supported": self.supported or None, "hits": plain_rows(self.hits),
            "patterns": plain_rows(self.table),
        }  # fmt: skip
