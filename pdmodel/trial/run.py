"""Run one arm: from visit to visit all patients at once, and at each visit the rules.

Patients are run in blocks of fixed size, so that memory is bounded, and so that any number of
workers gives the same numbers: whatever is random belongs to a block and a seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
import xarray as xr

from pdmodel.errors import InputError
from pdmodel.model import Model
from pdmodel.trial.protocol import Protocol
from pdmodel.trial.rules import Array, Book

BLOCK = 512
PER_DAY = 4
"""Looks a day; the last is before the dose of the next day."""


@dataclass
class Records:
    """What is written of an arm while it runs.

    Parameters
    ----------
    daily
        By quantity, before the dose of the day: (n_patients, n_days + 1).
    peaks
        By quantity, the largest value of the day: the same shape.
    dose
        Given on the day, (n_patients, n_days).
    level, held
        At the visits, day 0 among them, after the rules: (n_patients, n_visits).
    seen
        By quantity, what the visits measured: the same shape.
    reasons
        Why a patient failed, empty for the others.
    """

    daily: dict[str, Array]
    peaks: dict[str, Array]
    dose: Array
    level: Array
    held: Array
    seen: dict[str, Array]
    reasons: list[str]


def run_trial(
    model: Model,
    patients: pd.DataFrame,
    protocol: Protocol,
    *,
    quantities: Sequence[str],
    peaks: Sequence[str] = (),
    seed: int = 1,
    block: int = 0,
    threads: int | None = None,
    rtol: float = 1e-4,
    atol: float = 1e-7,
) -> xr.Dataset:
    """Run the patients of one block through a protocol.

    Parameters
    ----------
    model
        The equations.
    patients
        A row a patient, a column a parameter that differs from the default.
    protocol
        What is done.
    quantities
        What to keep, daily before the dose.
    peaks
        What to keep besides as the largest value of each day (of four looks).
    seed, block
        Of the errors of assays; a block has its own.
    threads, rtol, atol
        As in `simulate_cohort`.

    Returns
    -------
    xarray.Dataset
        Quantities over (patient, time), peaks as `<name>_peak`, `dose` over (patient, day), and
        over (patient, visit) `level`, `held` and `seen_<name>`; `reason` says why a patient
        failed; such a patient has NaN from there on.

    Raises
    ------
    InputError, RegimenError
        If a name, number or rule is not allowed.
    """
    # They bring the compiler: not to list trials.
    from pdmodel.engine import run_stretch, simulate_cohort
    from pdmodel.engine.cohort import matrix_of, read_parameters

    table = read_parameters(model, patients, None)
    measured = protocol.measured(model)
    states = [state.name for state in model.states]
    kept = tuple(dict.fromkeys((*quantities, *peaks, *measured)))
    start = simulate_cohort(
        model, "no drug", table, days=1.0, times=[0.0], threads=threads,
        quantities=list(dict.fromkeys((*kept, *states))),
    )  # fmt: skip
    arm = _Arm(model, protocol, table, kept, tuple(peaks), measured, (seed, block))
    state = np.stack([start[name].values[:, 0] for name in states], axis=1)
    records = arm.begin({name: start[name].values[:, 0] for name in kept}, start["reason"].values)
    parameters = matrix_of(model, table)
    days = [0, *protocol.visits]
    for number, (day, following) in enumerate(pairwise(days)):
        length = following - day
        regimens, which, amounts = protocol.orders(arm.book, day, length)
        stretch = run_stretch(
            model, regimens, which, parameters, state, days=float(length),
            times=np.arange(1, length * PER_DAY + 1) / PER_DAY, quantities=kept, threads=threads,
            rtol=rtol, atol=atol,
        )  # fmt: skip
        state = stretch.states
        arm.write(number + 1, day, following, stretch.values, amounts, stretch.reasons)
    return _dataset(model, protocol, table, records, quantities)


class _Arm:
    """The book and the records of a block as it goes from visit to visit."""

    def __init__(
        self,
        model: Model,
        protocol: Protocol,
        table: pd.DataFrame,
        kept: Sequence[str],
        peaks: Sequence[str],
        measured: Sequence[str],
        seeds: tuple[int, int],
    ) -> None:
        self.model, self.protocol, self.table = model, protocol, table
        self.kept, self.peaks, self.measured = kept, peaks, measured
        self.book = Book.begin(np.full(len(table), float(protocol.start)))
        if len(table) > BLOCK:
            raise InputError(f"a block holds at most {BLOCK} patients, got {len(table)}")
        shape = len(protocol.visits) + 1, len(measured), BLOCK
        random = np.random.default_rng([*seeds, 1])
        self.errors = random.standard_normal(shape)[:, :, : len(table)]

    def begin(self, values: dict[str, Array], reasons: Array) -> Records:
        """Write day 0 and apply the rules to it."""
        count, days = len(self.table), self.protocol.days
        visits = len(self.protocol.visits) + 1

        def empty(columns: int) -> Array:
            return np.full((count, columns), np.nan)

        self.records = Records(
            {name: empty(days + 1) for name in self.kept},
            {name: empty(days + 1) for name in self.peaks},
            empty(days), empty(visits), empty(visits),
            {name: empty(visits) for name in self.measured}, list(reasons),
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
        """Write a stretch and apply the rules to the visit at its end."""
        records, days = self.records, slice(day + 1, following + 1)
        looks = values.reshape(len(self.table), following - day, PER_DAY, len(self.kept))
        for column, name in enumerate(self.kept):
            records.daily[name][:, days] = looks[:, :, -1, column]
            if name in self.peaks:
                records.peaks[name][:, days] = looks[:, :, :, column].max(axis=2)
        records.dose[:, day:following] = amounts
        for patient, reason in enumerate(reasons):
            if reason and not records.reasons[patient]:
                records.reasons[patient] = f"after day {day}: {reason}"
        self._visit(number, following)

    def _visit(self, number: int, day: int) -> None:
        seen: dict[str, Array] = {}
        for place, name in enumerate(self.measured):
            spread = np.sqrt(np.log1p(self.protocol.assay.get(name, 0.0) ** 2))
            true = self.records.daily[name][:, day]
            seen[name] = true * np.exp(spread * self.errors[number, place])
            self.records.seen[name][:, number] = seen[name]
        self.book.note(seen)
        known = {name: self._parameter(name) for name in self._asked() if name not in seen}
        for rule in self.protocol.rules:
            rule.apply(self.book, {**seen, **known}, float(day))
        self.records.level[:, number] = np.where(np.isinf(self.book.stopped), self.book.level, 0.0)
        self.records.held[:, number] = self.book.held

    def _asked(self) -> list[str]:
        return [rule.quantity for rule in self.protocol.rules]

    def _parameter(self, name: str) -> Array:
        default = self.model.defaults[name]
        return np.asarray(self.table.get(name, pd.Series(default, index=self.table.index)), float)


def _dataset(
    model: Model, protocol: Protocol, table: pd.DataFrame, records: Records, names: Sequence[str]
) -> xr.Dataset:
    """Return the records with their labels."""
    found = xr.Dataset(
        coords={
            "patient": pd.Index(table.index), "time": np.arange(protocol.days + 1),
            "day": np.arange(protocol.days), "visit": np.array([0, *protocol.visits]),
            "parameter": pd.Index([str(name) for name in table.columns]),
        },
        attrs={"model": model.name, "model_hash": model.hash, "protocol": protocol.name},
    )  # fmt: skip
    unit = {name: model.vocabulary[name].unit for name in records.daily}
    for name in names:
        found[name] = (("patient", "time"), records.daily[name], {"units": unit[name]})
    for name, values in records.peaks.items():
        found[f"{name}_peak"] = (("patient", "time"), values, {"units": unit[name]})
    for name, values in records.seen.items():
        found[f"seen_{name}"] = (("patient", "visit"), values, {"units": unit[name]})
    found["dose"] = (("patient", "day"), records.dose, {"units": protocol.unit})
    found["level"] = (("patient", "visit"), records.level, {"units": protocol.unit})
    found["held"] = (("patient", "visit"), records.held, {"units": "1"})
    found["parameter_values"] = (("patient", "parameter"), table.to_numpy(dtype=float))
    found["reason"] = ("patient", np.array(records.reasons, dtype=str))
    return found
