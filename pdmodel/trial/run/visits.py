"""Run one block of patients from visit to visit, and apply the rules at each visit.

Patients are run in blocks of fixed size, so that memory is bounded, and so that any number of
workers gives the same numbers: whatever is random belongs to a block and a seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from pdmodel.arrays import Array
from pdmodel.errors import InputError
from pdmodel.model import Model
from pdmodel.trial.protocol.protocol import Protocol
from pdmodel.trial.protocol.rules import Book
from pdmodel.trial.run.day_rows import DayRows, day_rows
from pdmodel.trial.run.records import VisitRecords, labelled
from pdmodel.trial.run.threads import ThreadShare

if TYPE_CHECKING:
    from pdmodel.engine.runs.request import Atol

BLOCK = 512
RTOL_OF_TRIALS = 4e-5
"""With it no value of a day of the 10 mg trial is off by more than 4e-5 of the largest."""


def run_trial(
    model: Model,
    patients: pd.DataFrame,
    protocol: Protocol,
    *,
    covariates: pd.DataFrame | None = None,
    weights: Array | None = None,
    quantities: Sequence[str],
    peaks: Sequence[str] = (),
    seed: int = 1,
    block: int = 0,
    threads: int | None = None,
    rtol: float = RTOL_OF_TRIALS,
    atol: Atol = None,
) -> xr.Dataset:
    """Run the patients of one block through a protocol.

    Parameters
    ----------
    model
        The equations.
    patients
        One row per patient, one column per parameter that differs from the default.
    protocol
        The protocol.
    covariates
        One row per patient: covariates that rules may use besides quantities and parameters.
    weights
        Body weight of each patient in kg, shape (n_patients,); doses per kilogram need it.
    quantities
        What to keep, daily before the dose.
    peaks
        What to keep besides as the largest value of each day: of four rows, or of many more, around
        the doses, where it is the drug itself or computed of it.
    seed, block
        Seed of the errors of assays, and number of the block, which has its own.
    threads, rtol, atol
        As in `simulate_cohort`; `rtol` is 4e-5 here, far below the errors of assays and the spread
        between patients, of whom a trial has thousands.

    Returns
    -------
    xarray.Dataset
        Quantities over (patient, time), peaks as `<name>_peak`, `dose` over (patient, day),
        `day_off` over day (whether the cycle gives nothing on it), and
        over (patient, visit) `level`, `held` and `seen_<name>`; `reason` says why a patient
        failed, `left` on which day one left; they have NaN from there on.

    Raises
    ------
    InputError, RegimenError
        If a name, number or rule is not allowed.
    """
    from pdmodel.engine.runs.many_patients import check_threads  # brings the compiler

    share = ThreadShare(check_threads(threads))
    return treat(
        model, patients, protocol, share, covariates=covariates, weights=weights,
        quantities=quantities, peaks=peaks, seeds=(seed, block), rtol=rtol, atol=atol,
    )  # fmt: skip


def treat(
    model: Model,
    patients: pd.DataFrame,
    protocol: Protocol,
    share: ThreadShare,
    *,
    covariates: pd.DataFrame | None,
    weights: Array | None,
    quantities: Sequence[str],
    peaks: Sequence[str],
    seeds: tuple[int, int],
    rtol: float = RTOL_OF_TRIALS,
    atol: Atol = None,
) -> xr.Dataset:
    """Run the patients of a block as `run_trial` does, in a share of the threads of a trial.

    Parameters
    ----------
    model, patients, protocol, covariates, weights, quantities, peaks, rtol, atol
        As of `run_trial`.
    share
        How many threads it may use, asked at every visit.
    seeds
        Seed, and number of the block.
    """
    # Imported here so that listing trials does not load numba.
    from pdmodel.engine.between_visits import VisitRun
    from pdmodel.engine.cohort import matrix_of, read_parameters

    table = read_parameters(model, patients, None)
    others = pd.DataFrame(index=patients.index) if covariates is None else covariates
    measured = protocol.measured(model, others.columns)
    kept = tuple(dict.fromkeys((*quantities, *peaks, *measured)))
    run = VisitRun(model, matrix_of(model, table), kept, rtol=rtol, atol=atol)
    start = run.start(share.now())
    rows = day_rows(model, peaks)
    arm = _Arm(model, protocol, table, others, kept, tuple(peaks), measured, seeds, rows)
    state = start.states
    records = arm.begin(dict(zip(kept, start.values[:, 0].T, strict=True)), start.reasons)
    days = [0, *protocol.visits]
    for number, (day, following) in enumerate(pairwise(days)):
        length = following - day
        regimens, which, amounts = protocol.orders(arm.book, day, length, weights)
        interval = run.interval(
            regimens, which, state, days=float(length),
            times=rows.times(length), threads=share.now(),
        )  # fmt: skip
        state = interval.states
        arm.write(number + 1, day, following, interval.values, amounts, interval.reasons)
    records.forget(arm.book.left, days)
    return labelled(records, model, protocol, table, quantities, arm.book.left)


class _Arm:
    """The book and the records of a block as it goes from visit to visit."""

    def __init__(
        self,
        model: Model,
        protocol: Protocol,
        table: pd.DataFrame,
        covariates: pd.DataFrame,
        kept: Sequence[str],
        peaks: Sequence[str],
        measured: Sequence[str],
        seeds: tuple[int, int],
        rows: DayRows,
    ) -> None:
        self.rows = rows
        self.model, self.protocol, self.table, self.covariates = model, protocol, table, covariates
        self.kept, self.peaks, self.measured = kept, peaks, measured
        if len(table) > BLOCK:
            raise InputError(f"a block holds at most {BLOCK} patients, got {len(table)}")
        shape = len(protocol.visits) + 1, len(measured), BLOCK
        self.errors = _random(seeds, 1).standard_normal(shape)[:, :, : len(table)]
        left = np.full(len(table), np.inf)
        if protocol.dropout is not None:
            # 1 - x, for x may be 0 and its logarithm is taken.
            left = protocol.dropout.days(1 - _random(seeds, 3).random(BLOCK)[: len(table)])
        self.book = Book.begin(np.full(len(table), float(protocol.start)), left)

    def begin(self, values: dict[str, Array], reasons: Sequence[str]) -> VisitRecords:
        """Write day 0 and apply the rules to it."""
        self.records = VisitRecords.empty(
            len(self.table), self.protocol.days, len(self.protocol.visits) + 1,
            (self.kept, self.peaks, self.measured), list(reasons),
        )  # fmt: skip
        for name, column in values.items():
            self.records.daily[name][:, 0] = column
            if name in self.peaks:
                self.records.peaks[name][:, 0] = column
        self._visit(0, 0)
        return self.records

    def write(
        self, number: int, day: int, following: int, values: Array, amounts: Array,
        reasons: Sequence[str],
    ) -> None:  # fmt: skip
        """Write an interval and apply the rules to the visit at its end."""
        records, days = self.records, slice(day + 1, following + 1)
        looks = values.reshape(len(self.table), following - day, -1, len(self.kept))
        for column, name in enumerate(self.kept):
            records.daily[name][:, days] = looks[:, :, -1, column]
            if name in self.peaks:
                records.peaks[name][:, days] = self.rows.largest(name, looks[:, :, :, column])
        records.dose[:, day:following] = amounts
        for patient, reason in enumerate(reasons if any(reasons) else ()):
            if reason and not records.reasons[patient]:
                records.reasons[patient] = f"after day {day}: {reason}"
        self._visit(number, following)

    def _visit(self, number: int, day: int) -> None:
        seen: dict[str, Array] = {}
        for column, name in enumerate(self.measured):
            spread = np.sqrt(np.log1p(self.protocol.assay.get(name, 0.0) ** 2))
            true = self.records.daily[name][:, day]
            seen[name] = true * np.exp(spread * self.errors[number, column])
            seen[name][self.book.left < day] = np.nan
            self.records.seen[name][:, number] = seen[name]
        self.book.note(seen)
        properties = {name: self._parameter(name) for name in self._needed() if name not in seen}
        for rule in self.protocol.rules:
            rule.apply(self.book, {**seen, **properties}, float(day))
        self.records.level[:, number] = np.where(np.isinf(self.book.stopped), self.book.level, 0.0)
        self.records.held[:, number] = self.book.held

    def _needed(self) -> list[str]:
        return [rule.quantity for rule in self.protocol.rules if rule.quantity]

    def _parameter(self, name: str) -> Array:
        for table in (self.covariates, self.table):
            if name in table:
                return np.asarray(table[name], float)
        return np.full(len(self.table), self.model.defaults[name])


def _random(seeds: tuple[int, int], use: int) -> np.random.Generator:
    """Return numbers of a seed, a block and a use; a trial of any size has the same."""
    return np.random.default_rng([*seeds, use])
