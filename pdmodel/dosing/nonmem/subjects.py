"""Subjects of a NONMEM-style table: from rows to records, with time and covariates as they count.

Time runs on from one occasion to the next where TIME begins anew at a reset. Rows before day 0 of a
subject may only measure: the drug-free start is what is predicted of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from pdmodel.dosing.nonmem.columns import Columns, Row, evid_of, value_of
from pdmodel.dosing.nonmem.compartments import CompartmentRules
from pdmodel.dosing.nonmem.record import DOSE, OBSERVATION, OTHER, RESET, RESET_AND_DOSE, Record
from pdmodel.dosing.nonmem.table import Subject
from pdmodel.dosing.nonmem.timetable import Events
from pdmodel.dosing.regimen.describe import time_words
from pdmodel.errors import RegimenError

Line = tuple[int, Row]
"""A row with its line in the file; a wide row of the file may have become several."""

BACKWARD = "backward"


class SubjectReader:
    """Makes records of rows, once the columns are known.

    Parameters
    ----------
    columns
        What stands where.
    rules
        What is modelled by compartment.
    parameters
        Parameter of the model by the covariate that sets it.
    carried
        By covariate `backward` where a value holds from the row before its own; all others hold
        from their own row on.
    scale
        Days in one unit of the table's time.
    amount
        Unit of amounts.
    """

    def __init__(
        self, columns: Columns, rules: CompartmentRules, parameters: Mapping[str, str],
        carried: Mapping[str, str], scale: float, amount: str,
    ) -> None:  # fmt: skip
        self.where, self.covariates = columns.where, list(columns.covariates)
        self.rules, self.parameters, self.carried = rules, parameters, carried
        self.scale, self.amount, self.time = scale, amount, time_words(scale)

    def subjects(self, lines: Sequence[Line], frame: pd.DataFrame) -> Iterator[tuple[str, Subject]]:
        """Yield each subject with its id.

        Parameters
        ----------
        lines, frame
            The rows, and the same as a table.
        """
        days = self._days(lines)
        places: dict[str, list[int]] = {}
        for index, (_, row) in enumerate(lines):
            places.setdefault(str(row["ID"]), []).append(index)
        for name, own in places.items():
            yield (
                name,
                self._subject(
                    name, [lines[n] for n in own], [days[n] for n in own], frame.iloc[own]
                ),
            )

    def _subject(
        self, name: str, lines: Sequence[Line], days: Sequence[float], rows: pd.DataFrame
    ) -> Subject:
        values = self._filled(rows)
        later = values.copy()
        for column in self.covariates:
            if self.carried.get(column) == BACKWARD:
                later[column] = values[column].shift(-1).fillna(values[column])
        held, sets, records = values.to_dict("records"), later.to_dict("records"), []
        for index, ((line, row), day) in enumerate(zip(lines, days, strict=True)):
            if day < 0:
                self._require_early(name, line, row)
            else:
                records.append(self._record(line, row | held[index], sets[index], day))
        if not records:
            raise RegimenError(f"{self.where}: ID {name} has no row from time 0 on")
        covariates = values.set_axis(list(days)).rename_axis("day")
        events = Events(tuple(records), self.amount)
        return Subject(name, events, rows, covariates, self.time)

    def _filled(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the covariates with a value in each row that can have one."""
        values = rows[self.covariates].copy()
        for column in self.covariates:
            if self.carried.get(column) == BACKWARD:
                values[column] = values[column].bfill()
            values[column] = values[column].ffill()
        return values

    def _require_early(self, name: str, line: int, row: Row) -> None:
        """Refuse a row before day 0 that does more than measure."""
        if evid_of(row) not in (OBSERVATION, OTHER):
            raise RegimenError(
                f"{self.where}, row {line}, column 'TIME': ID {name} is given something before "
                f"time 0, at {float(row['TIME']):g}; let time 0 be the first dose (measurements "
                "may lie before it)"
            )

    def _days(self, lines: Sequence[Line]) -> list[float]:
        """Return the day of each row; where TIME begins anew at a reset, it runs on.

        Refused are time that goes back without a reset, and a subject that comes back.
        """
        last: dict[str, tuple[int, float]] = {}
        begun: dict[str, float] = {}
        previous, days = "", []
        for line, row in lines:
            name, time = str(row["ID"]), float(row["TIME"])
            if math.isnan(time):
                raise RegimenError(f"{self.where}, row {line}, column 'TIME': is missing")
            if name in last and name != previous:
                raise RegimenError(
                    f"{self.where}, row {line}: ID {name} comes back after ID {previous} (its "
                    f"other rows end at row {last[name][0]}); keep the rows of an ID together"
                )
            if name in last and time < last[name][1]:
                if row.get("EVID") not in (RESET, RESET_AND_DOSE):
                    raise RegimenError(
                        f"{self.where}, row {line}, column 'TIME': time goes back within ID "
                        f"{name}, from {last[name][1]:g} in row {last[name][0]} to {time:g}; sort "
                        "the rows of an ID by TIME (it may begin anew at EVID 3 or 4 only)"
                    )
                begun[name] = begun.get(name, 0.0) + last[name][1] - time
            last[name], previous = (line, time), name
            days.append((begun.get(name, 0.0) + time) * self.scale)
        return days

    def _record(self, line: int, row: Row, sets: Mapping[str, float], day: float) -> Record:
        try:
            record = self._event(line, row, sets, day)
            _check_measurement(record, row)
        except RegimenError as error:
            raise RegimenError(f"{self.where}, row {line}: {error}") from error
        return record

    def _event(self, line: int, row: Row, sets: Mapping[str, float], day: float) -> Record:
        evid, rate, duration = evid_of(row), value_of(row, "RATE"), value_of(row, "DUR")
        lag, factor = 0.0, 1.0
        follows: dict[str, str] = {}
        if evid in (DOSE, RESET_AND_DOSE):
            lag, factor = self._rule("lag", row, 0.0), self._rule("bioavailability", row, 1.0)
            follows = self._follows(row, rate)
            rate, duration = self._infusion(row, rate, duration)
        elif rate < 0:
            raise RegimenError(f"RATE must be 0 with EVID {evid}, got {rate:g}")
        return Record(
            time=day,
            evid=evid,
            amount=value_of(row, "AMT"),
            compartment=_place(row),
            rate=rate / self.scale,
            duration=duration * self.scale,
            interval=value_of(row, "II") * self.scale,
            additional=int(value_of(row, "ADDL")),
            steady=int(value_of(row, "SS")),
            lag=lag * self.scale,
            bioavailability=factor,
            parameters=self._settings(line, sets),
            row=line,
            follows=follows,
        )

    def _follows(self, row: Row, rate: float) -> dict[str, str]:
        """Return the parameters that numbers of a dose follow."""
        kinds = ["lag", "bioavailability"]
        if rate < 0:
            kinds.append("rate" if rate == -1 else "duration")
        named = {kind: self.rules.parameter(kind, _place(row)) for kind in kinds}
        return {kind: name for kind, name in named.items() if name}

    def _rule(self, kind: str, row: Row, default: float) -> float:
        value = self.rules.value(kind, _place(row), row)
        return default if value is None else value

    def _infusion(self, row: Row, rate: float, duration: float) -> tuple[float, float]:
        """Return rate and duration, one of them 0, with RATE = -1 and -2 looked up."""
        if rate >= 0:
            return rate, duration
        kind, compartment = ("rate" if rate == -1 else "duration"), _place(row)
        if duration:
            raise RegimenError(f"RATE = {rate:g} and DUR are both given: leave one out")
        value = self.rules.value(kind, compartment, row)
        if value is None:
            raise RegimenError(
                f"RATE = {rate:g} needs a {kind} for compartment {compartment or '(none)'}: "
                f"rules=CompartmentRules({kind}={{{compartment!r}: ...}})"
            )
        if value <= 0:
            raise RegimenError(f"the {kind} for RATE = {rate:g} must be > 0, got {value:g}")
        return (value, 0.0) if kind == "rate" else (0.0, value)

    def _settings(self, line: int, sets: Mapping[str, float]) -> dict[str, float]:
        settings = {}
        for column, parameter in self.parameters.items():
            value = float(sets[column])
            if math.isnan(value):
                raise RegimenError(
                    f"covariate {column!r} sets {parameter!r} but has no value up to row {line}"
                )
            settings[parameter] = value
        return settings


def _place(row: Row) -> str:
    return str(row.get("CMT", ""))


def _check_measurement(record: Record, row: Row) -> None:
    """Refuse a measurement that would be lost, and a censored one without its limit."""
    value = float(row.get("DV", math.nan))
    if record.evid != OBSERVATION and row.get("MDV") == 0 and value and not math.isnan(value):
        raise RegimenError(
            f"EVID {record.evid} with a measurement (DV = {value:g}, MDV = 0): write it in a row "
            "of its own, with EVID 0"
        )
    censored, limit = value_of(row, "CENS"), float(row.get("LIMIT", math.nan))
    if record.evid == OBSERVATION and censored and not value_of(row, "MDV"):
        if math.isnan(value):
            raise RegimenError(f"CENS = {censored:g} needs a DV, the limit of quantification")
        if (censored > 0 and limit > value) or (censored < 0 and limit < value):
            side = "below" if censored > 0 else "above"
            raise RegimenError(
                f"CENS = {censored:g} says that the value lies {side} DV = {value:g}, but LIMIT "
                f"is {limit:g}"
            )
