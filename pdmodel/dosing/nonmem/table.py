"""A table of event records: doses, observations and covariates, subject by subject."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from pdmodel.dosing.action import Action
from pdmodel.dosing.nonmem.columns import TEXT, evid_of
from pdmodel.dosing.nonmem.compartments import CompartmentRules
from pdmodel.dosing.nonmem.record import OBSERVATION
from pdmodel.dosing.nonmem.timetable import Events
from pdmodel.dosing.regimen.describe import USUAL, TimeWords, Words
from pdmodel.errors import RegimenError, require_known
from pdmodel.storage import write_text
from pdmodel.text import exact

if TYPE_CHECKING:
    from pdmodel.model import Model


@dataclass(frozen=True, eq=False)
class Subject:
    """One subject of a table: a timetable, with what was measured and the covariates.

    Parameters
    ----------
    id
        As in the table.
    events
        What is given.
    rows
        The subject's rows of the table: index the row in the file, columns and units as there.
    covariates
        Value of each covariate at each row, carried forward; index `day`.
    time
        In which unit words say times: that of the table.
    """

    id: str
    events: Events
    rows: pd.DataFrame
    covariates: pd.DataFrame
    time: TimeWords = field(default=USUAL, metadata={"identity": "never"})

    def __str__(self) -> str:
        """Name it in a few words."""
        return f"subject {self.id}: {self.events}"

    @property
    def days(self) -> float:
        """Day of the last record."""
        return self.events.records[-1].time

    def actions(self, days: float) -> list[Action]:
        """Return what happens before a day, in order."""
        return self.events.actions(days)

    @property
    def idle_covariates(self) -> tuple[str, ...]:
        """Covariates whose names no parameter takes its values from."""
        setting = {name for record in self.events.records for name in record.parameters}
        return tuple(name for name in self.covariates.columns if name not in setting)

    @property
    def follows(self) -> tuple[str, ...]:
        """Parameters of the model that lags, bioavailabilities, durations and rates follow."""
        return self.events.follows

    def at(self, values: Mapping[str, float], model: Model) -> Subject:
        """Return the same with the numbers that follow parameters at these values of them."""
        return replace(self, events=self.events.at(values, model)) if self.follows else self

    def prescribed(self, days: float) -> dict[str, float]:
        """Return what arrives in each compartment before a day, F included."""
        return self.events.prescribed(days)

    def describe(self, days: float | None = None, model: Model | None = None) -> Words:
        """Say in words what will be given, in the table's unit of time."""
        return self.events.describe(days, model, self.time)

    @cached_property
    def observations(self) -> pd.DataFrame:
        """What was measured, or is to be predicted.

        Returns
        -------
        pandas.DataFrame
            A row an observation record. Index `row` of the file; columns `day` (below 0 before
            the first dose), `compartment`, `dvid`, `value` (DV; NaN if there is none), `mdv`,
            `cens` (1: the value is an upper limit, -1: a lower one), `limit` (the other end; NaN
            if there is none) and `after` (whether it is taken after what happens at its time).
        """
        days = self.covariates.index.to_numpy(float)
        early = int((days < 0).sum())  # they only measure, and are no records of the events
        seen = [n for n in range(early) if evid_of(self.rows.iloc[n]) == OBSERVATION]
        seen += [n + early for n, r in enumerate(self.events.records) if r.evid == OBSERVATION]
        rows = self.rows.iloc[seen]
        columns: dict[str, Any] = {
            "day": days[seen],
            "compartment": _or(rows, "CMT", ""),
            "dvid": _or(rows, "DVID", ""),
            "value": _or(rows, "DV", math.nan),
            "mdv": _or(rows, "MDV", 0.0).fillna(0.0).astype(bool),
            "cens": _or(rows, "CENS", 0.0).fillna(0.0).astype(int),
            "limit": _or(rows, "LIMIT", math.nan),
            "after": [n >= early and self._after(n - early) for n in seen],
        }
        return pd.DataFrame(columns, index=rows.index).astype({"after": bool})

    def _after(self, position: int) -> bool:
        try:
            return self.events.sees_dose(position)
        except RegimenError as error:
            row = self.events.records[position].row
            raise RegimenError(f"subject {self.id}, row {row}: {error}") from error


def _or(rows: pd.DataFrame, column: str, default: Any) -> pd.Series:
    return rows[column] if column in rows else pd.Series(default, index=rows.index)


@dataclass(frozen=True, eq=False, repr=False)
class EventTable:
    """The event records of several subjects; `read_events` makes one.

    Parameters
    ----------
    name
        Where it comes from.
    frame
        As in the file: index the row in the file, columns in upper case, covariates as they are
        written. Numbers in the file's units, NaN where missing; ID, CMT and DVID are text.
    subjects
        By id, in the order of the file.
    covariates
        Columns without a meaning of their own.
    time, amount
        Units of the file.
    rules
        What is modelled by compartment.
    left_out
        Columns of text that were not read.

    Examples
    --------
    >>> from pdmodel.dosing import read_events
    >>> frame = pd.DataFrame({"ID": [7, 7], "TIME": [0, 24], "AMT": [100, 0], "DV": [".", "3"]})
    >>> table = read_events(frame, time="hour")
    >>> table[7].actions(1)[0].amount, table["7"].observations["value"].tolist()
    (100.0, [3.0])
    """

    name: str
    frame: pd.DataFrame
    subjects: Mapping[str, Subject]
    covariates: tuple[str, ...]
    time: str
    amount: str
    rules: CompartmentRules
    left_out: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Say how much it holds."""
        listed = f", covariates {', '.join(self.covariates)}" if self.covariates else ""
        return (
            f"{self.name}: {len(self.subjects)} subjects, {len(self.frame)} records"
            f" (time in {self.time}, amounts in {self.amount}{listed})"
        )

    def __eq__(self, other: object) -> bool:
        """Whether both hold the same records in the same units."""
        if not isinstance(other, EventTable):
            return NotImplemented
        mine, theirs = (table.frame.reset_index(drop=True) for table in (self, other))
        return bool(mine.equals(theirs)) and (self.time, self.amount, self.rules) == (
            other.time, other.amount, other.rules,
        )  # fmt: skip

    __hash__ = None  # type: ignore[assignment]

    def __getitem__(self, subject: object) -> Subject:
        """Return a subject by its id."""
        return self.subject(subject)

    def __iter__(self) -> Iterator[Subject]:
        """Iterate over the subjects."""
        return iter(self.subjects.values())

    def __len__(self) -> int:
        """Return the number of subjects."""
        return len(self.subjects)

    def subject(self, name: object) -> Subject:
        """Return a subject by its id, given as text or as a number.

        Raises
        ------
        UnknownNameError
            If the table does not have it.
        """
        require_known(f"subject of {self.name}:", self.subjects, str(name))
        return self.subjects[str(name)]

    def describe(self, days: float | None = None, model: Model | None = None) -> Words:
        """Say in words what each subject will be given."""
        parts = [f"Subject {s.id}\n{s.describe(days, model)}" for s in self]
        return Words("\n\n".join(parts))

    def write(self, path: Path | str) -> Path:
        """Write the table as CSV, in the units it was read in; `.` stands for what is missing.

        Returns
        -------
        Path
            The file. `read_events` with the same arguments gives an equal table back.
        """
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.frame.columns)
        columns = [
            self.frame[column].map(str if column in TEXT else _cell)
            for column in self.frame.columns
        ]
        for cells in zip(*columns, strict=True):
            writer.writerow([cell or "." for cell in cells])
        return write_text(path, text.getvalue())


def _cell(value: float) -> str:
    return "." if math.isnan(value) else exact(value)
