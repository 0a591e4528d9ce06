"""The result of a virtual trial: outcomes, the table of patterns, curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from pdmodel.arrays import Array
from pdmodel.markup import card, folded, paragraph, preformatted, table
from pdmodel.model import Model
from pdmodel.storage import plain_rows
from pdmodel.trial.patterns.pattern import Pattern, judge
from pdmodel.trial.patterns.survival import kaplan_meier
from pdmodel.trial.population.population import Drawn
from pdmodel.trial.protocol.design import TrialDesign
from pdmodel.trial.run.blocks import records_of


def without_failures(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of patients who could be simulated; the table itself where all could."""
    failed = outcomes["failed"] != 0
    return outcomes[~failed] if failed.any() else outcomes


@dataclass(frozen=True, repr=False)
class TrialResult:
    """The result of a virtual trial.

    Parameters
    ----------
    trial, model, seed
        The design, the model and the seed of the run.
    drawn
        The patients, and how many draws were rejected.
    outcomes
        One row per patient: parameters, covariates, outcomes, `mean_dose` and `failed`.
    table
        One row per pattern: reported, model, intervals, inside.
    patterns
        The patterns that the table judges.
    others
        Outcomes in populations that a calibration left open.
    weights
        Weights of the patients, shape (n_patients,); None where all count alike.
    weighted_by
        What the weights come from, in words.
    """

    trial: TrialDesign
    model: Model
    seed: int
    drawn: Drawn
    outcomes: pd.DataFrame
    table: pd.DataFrame
    patterns: Sequence[Pattern] = ()
    others: Sequence[pd.DataFrame] = ()
    weights: Array | None = None
    weighted_by: str = ""

    @property
    def failures(self) -> int:
        """How many patients could not be simulated; they count nowhere."""
        return int(self.outcomes["failed"].sum())

    @property
    def sound(self) -> pd.DataFrame:
        """The outcomes of all others."""
        return without_failures(self.outcomes)

    def records(self, patients: int = 64) -> xr.Dataset:
        """Return the whole courses of the first patients, at most of one block."""
        return records_of(self.trial, self.model, min(patients, len(self.outcomes)), self.seed)

    def curves(self) -> dict[str, pd.DataFrame]:
        """Return the time to each event of the trial, by Kaplan and Meier.

        Returns
        -------
        dict
            By endpoint a table of `day`, `survival`, `low`, `high`, `at_risk`. Of weighted patients
            as many are taken as their weights are worth, so that bands are as wide as they should.
        """
        sound = self.shown if self.weights is None else self._drawn(self.effective)[0]
        sound = sound[sound["failed"] == 0]
        return {
            name: kaplan_meier(sound[day].to_numpy(float), sound[event].to_numpy(float) == 1)
            for name, (day, event) in self.trial.times.items()
        }

    @property
    def effective(self) -> int:
        """How many patients that count alike would say as much."""
        if self.weights is None:
            return len(self.sound)
        return max(1, round(float(self.weights.sum() ** 2 / (self.weights**2).sum())))

    @property
    def shown(self) -> pd.DataFrame:
        """The outcomes that pictures show: those of all patients, or drawn by their weights.

        As many are drawn as there are, each as often as its weight says, rounded: what a picture
        counts is then what the table says, within one patient.
        """
        return self.outcomes if self.weights is None else self._drawn(len(self.outcomes))[0]

    def courses(self, patients: int = 64) -> tuple[xr.Dataset, pd.DataFrame]:
        """Return whole courses and the outcomes of the same patients, drawn by weight if weighted.

        Parameters
        ----------
        patients
            How many; they are of the first block.
        """
        if self.weights is None:
            return self.records(patients), self.outcomes
        outcomes, chosen = self._drawn(min(patients, len(self.outcomes)), patients)
        records = self.records(patients).isel(patient=chosen)
        return records.assign_coords(patient=outcomes.index), outcomes

    def _drawn(self, count: int, among: int | None = None) -> tuple[pd.DataFrame, Any]:
        """Draw patients by weight, evenly; return their outcomes, numbered anew, and who it is."""
        assert self.weights is not None
        rates = [p.outcome for p in self.patterns if p.kind == "rate" and not p.groups]
        outcomes = self.outcomes.iloc[:among]
        # Sorted by the reported outcomes, the first pattern last, so that each rate comes out.
        keys = [outcomes[name].to_numpy(float) for name in reversed(rates)]
        order = np.lexsort(keys) if keys else np.arange(len(outcomes))
        weights = self.weights[:among][order]
        bounds = np.cumsum(weights) / weights.sum()
        places = np.searchsorted(bounds, (np.arange(count) + 0.5) / count)
        chosen = np.sort(order[np.minimum(places, len(order) - 1)])
        return self.outcomes.iloc[chosen].reset_index(drop=True), chosen

    def weighted(self, weights: Array, by: str = "") -> TrialResult:
        """Return the result with patients that count as much as their weights say.

        Parameters
        ----------
        weights
            Weights of all patients, shape (n_patients,), >= 0; those who failed count nowhere.
        by
            Where the weights come from, in words.
        """
        sound = weights[(self.outcomes["failed"] == 0).to_numpy()]
        table = judge(self.patterns, self.sound, self.seed, weights=sound)
        return replace(self, table=table, weights=weights, weighted_by=by, others=())

    def __repr__(self) -> str:
        """Name the trial and the model, and count patients and patterns."""
        return (
            f"<TrialResult of {self.trial.name}: model {self.model.name}, "
            f"{len(self.outcomes)} patients, {self._inside}>"
        )

    def _repr_html_(self) -> str:
        """Return what a notebook shows: what was reported against what the model says."""
        names = ("pattern", "reported", "compatible", "model", "90 % of trials", "inside", "use")
        people = f"{len(self.outcomes)} patients, seed {self.seed}, model {self.model.name}"
        weights = f"Weighted by {self.weighted_by}." if self.weighted_by else ""
        failed = f"{self.failures} could not be simulated." if self.failures else ""
        return card(
            f"Trial {self.trial.name}", self.trial.title,
            paragraph(f"{people}.", weights, failed),
            table(names, map(_pattern_row, self.table.to_dict("records")), right={1, 2, 3, 4}),
            paragraph(f"{self._inside}.", aside=True),
            folded("Design", preformatted(self.trial.describe(), largest=5_000)),
        )  # fmt: skip

    @property
    def _inside(self) -> str:
        if self.table.empty:
            return "nothing was reported of this trial"
        return f"{int(self.table['inside'].sum())} of {len(self.table)} patterns inside"

    def to_dict(self) -> dict[str, Any]:
        """Return plain data; missing numbers are null."""
        return {
            "schema_version": 1, "trial": self.trial.name, "model": self.model.name,
            "model_hash": self.model.hash, "seed": self.seed, "patients": len(self.outcomes),
            "failures": self.failures, "rejected": dict(self.drawn.rejected),
            "patterns": plain_rows(self.table),
            **({} if self.weights is None else
               {"weighted_by": self.weighted_by, "effective": self.effective}),
        }  # fmt: skip


def _pattern_row(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the cells of a pattern: reported as counts where it was, then what the model says."""
    counted = "-" if pd.isna(row["events"]) else f"{row['events']:.0f}/{row['n']}"
    return (
        row["meaning"], counted, f"{row['low']:.3g} to {row['high']:.3g}", f"{row['model']:.3g}",
        f"{row['model_low']:.3g} to {row['model_high']:.3g}", "yes" if row["inside"] else "NO",
        row["use"],
    )  # fmt: skip
