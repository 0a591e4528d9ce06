"""What a virtual trial found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd
import xarray as xr

from pdmodel.model import Model
from pdmodel.trial.patterns import Pattern, judge
from pdmodel.trial.population import Drawn
from pdmodel.trial.spread import Array
from pdmodel.trial.survival import kaplan_meier

if TYPE_CHECKING:
    from pdmodel.trial.trial import Trial


@dataclass(frozen=True)
class TrialResult:
    """What a virtual trial found.

    Parameters
    ----------
    trial, model, seed
        What was run.
    drawn
        Patients, and who was rejected.
    outcomes
        A row a patient: parameters, covariates, outcomes, and `failed`.
    table
        A row a pattern: reported, model, intervals, inside.
    patterns
        What was judged.
    others
        Outcomes in populations that a calibration left open.
    weights
        Of the patients, shape (n_patients,); None where all count alike.
    """

    trial: Trial
    model: Model
    seed: int
    drawn: Drawn
    outcomes: pd.DataFrame
    table: pd.DataFrame
    patterns: Sequence[Pattern] = ()
    others: Sequence[pd.DataFrame] = ()
    weights: Array | None = None

    @property
    def failures(self) -> int:
        """How many patients could not be simulated; they count nowhere."""
        return int(self.outcomes["failed"].sum())

    @property
    def sound(self) -> pd.DataFrame:
        """The outcomes of all others."""
        return self.outcomes[self.outcomes["failed"] == 0]

    def records(self, patients: int = 64) -> xr.Dataset:
        """Return the whole courses of the first patients, to look at; at most of one block."""
        return self.trial.records(min(patients, len(self.outcomes)), self.seed, model=self.model)

    def curves(self) -> dict[str, pd.DataFrame]:
        """Return the time to each event of the trial, by Kaplan and Meier.

        Returns
        -------
        dict
            By endpoint a table of `day`, `survival`, `low`, `high`, `at_risk`.
        """
        sound = self.sound
        return {
            name: kaplan_meier(sound[day].to_numpy(float), sound[event].to_numpy(float) == 1)
            for name, (day, event) in self.trial.times.items()
        }

    def weighted(self, weights: Array) -> TrialResult:
        """Return the result with patients that count as much as their weights say.

        Parameters
        ----------
        weights
            Of all patients, shape (n_patients,), >= 0; those who failed count nowhere.
        """
        sound = weights[(self.outcomes["failed"] == 0).to_numpy()]
        table = judge(self.patterns, self.sound, self.seed, weights=sound)
        return replace(self, table=table, weights=weights, others=())

    def to_dict(self) -> dict[str, Any]:
        """Return plain data; missing numbers are null."""
        table = self.table.astype(object).where(self.table.notna(), None)
        rows = table.to_dict("records")
        for row in rows:
            for name in ("low", "high"):
                row[name] = row[name] if row[name] not in (float("inf"), -float("inf")) else None
        return {
            "schema_version": 1, "trial": self.trial.name, "model": self.model.name,
            "model_hash": self.model.hash, "seed": self.seed, "patients": len(self.outcomes),
            "failures": self.failures, "rejected": dict(self.drawn.rejected), "patterns": rows,
        }  # fmt: skip
