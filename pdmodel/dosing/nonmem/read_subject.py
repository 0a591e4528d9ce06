"""From the rows of a table to the event records of each subject."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import pandas as pd

from pdmodel.dosing.nonmem.columns import Columns
from pdmodel.dosing.nonmem.compartments import CompartmentRules
from pdmodel.dosing.nonmem.record import DOSE, OBSERVATION, OTHER, RESET, RESET_AND_DOSE, Record
from pdmodel.dosing.nonmem.table import Subject
from pdmodel.dosing.nonmem.timetable import Events
from pdmodel.errors import RegimenError

Row = dict[str, float | str]


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
    scale
        Days in one unit of the table's time.
    amount
        Unit of amounts.
    """

    def __init__(
        self, columns: Columns, rules: CompartmentRules, parameters: Mapping[str, str],
        scale: float, amount: str,
    ) -> None:  # fmt: skip
        self.where, self.covariates = columns.where, list(columns.covariates)
        self.rules, self.parameters = rules, parameters
        self.scale, self.amount = scale, amount

    def subjects(
        self, rows: Mapping[int, Row], frame: pd.DataFrame
    ) -> Iterator[tuple[str, Subject]]:
        """Yield each subject with its id."""
        self._check_order(rows)
        for name, own in frame.groupby("ID", sort=False):
            carried = own[self.covariates].ffill()
            held = carried.itertuples(index=False, name=None)
            records = [
                self._record(line, rows[line] | dict(zip(self.covariates, values, strict=True)))
                for line, values in zip(own.index, held, strict=True)
            ]
            covariates = carried.set_axis([record.time for record in records])
            yield (
                str(name),
                Subject(
                    str(name),
                    Events(tuple(records), self.amount),
                    own,
                    covariates.rename_axis("day"),
                ),
            )

    def _check_order(self, rows: Mapping[int, Row]) -> None:
        """Refuse time that goes back within a subject, and a subject that comes back."""
        last: dict[str, tuple[int, float]] = {}
        previous = ""
        for line, row in rows.items():
            name, time = str(row["ID"]), float(row["TIME"])
            if math.isnan(time):
                raise RegimenError(f"{self.where}, row {line}, column 'TIME': is missing")
            if name in last and name != previous:
                raise RegimenError(
                    f"{self.where}, row {line}: ID {name} comes back after ID {previous} (its "
                    f"other rows end at row {last[name][0]}); keep the rows of an ID together"
                )
            if name in last and time < last[name][1]:
                reset = row.get("EVID") in (RESET, RESET_AND_DOSE)
                hint = "; time runs on through a reset here" if reset else ""
                raise RegimenError(
                    f"{self.where}, row {line}, column 'TIME': time goes back within ID {name}, "
                    f"from {last[name][1]:g} in row {last[name][0]} to {time:g}{hint}"
                )
            last[name], previous = (line, time), name

    def _record(self, line: int, row: Row) -> Record:
        try:
            record = self._event(line, row)
            _check_measurement(record, row)
        except RegimenError as error:
            raise RegimenError(f"{self.where}, row {line}: {error}") from error
        return record

    def _event(self, line: int, row: Row) -> Record:
        evid, rate, duration = _evid(row), _value(row, "RATE"), _value(row, "DUR")
        lag, factor = 0.0, 1.0
        if evid in (DOSE, RESET_AND_DOSE):
            lag, factor = self._rule("lag", row, 0.0), self._rule("bioavailability", row, 1.0)
            rate, duration = self._infusion(row, rate, duration)
        elif rate < 0:
            raise RegimenError(f"RATE must be 0 with EVID {evid}, got {rate:g}")
        return Record(
            time=_value(row, "TIME") * self.scale,
            evid=evid,
            amount=_value(row, "AMT"),
            compartment=_place(row),
            rate=rate / self.scale,
            duration=duration * self.scale,
            interval=_value(row, "II") * self.scale,
            additional=int(_value(row, "ADDL")),
            steady=int(_value(row, "SS")),
            lag=lag * self.scale,
            bioavailability=factor,
            parameters=self._settings(line, row),
            row=line,
        )

    def _rule(self, kind: str, row: Row, default: float) -> float:
        value = self.rules.value(kind, _place(row), row)
        return default if value is None else value

    def _infusion(self, row: Row, rate: float, duration: float) -> tuple[float, float]:
        """Return rate and duration, one of them 0, with RATE = -1 and -2 looked up."""
        if rate >= 0:
            return rate, duration
        kind, place = ("rate" if rate == -1 else "duration"), _place(row)
        if duration:
            raise RegimenError(f"RATE = {rate:g} and DUR are both given: leave one out")
        value = self.rules.value(kind, place, row)
        if value is None:
            raise RegimenError(
                f"RATE = {rate:g} needs a {kind} for compartment {place or '(none)'}: "
                f"rules=CompartmentRules({kind}={{{place!r}: ...}})"
            )
        if value <= 0:
            raise RegimenError(f"the {kind} for RATE = {rate:g} must be > 0, got {value:g}")
        return (value, 0.0) if kind == "rate" else (0.0, value)

    def _settings(self, line: int, row: Row) -> dict[str, float]:
        settings = {}
        for column, parameter in self.parameters.items():
            value = float(row[column])
            if math.isnan(value):
                raise RegimenError(
                    f"covariate {column!r} sets {parameter!r} but has no value up to row {line}"
                )
            settings[parameter] = value
        return settings


def _value(row: Row, column: str) -> float:
    """Return a number, 0 where it is missing."""
    value = float(row.get(column, 0.0))
    return 0.0 if math.isnan(value) else value


def _place(row: Row) -> str:
    return str(row.get("CMT", ""))


def _evid(row: Row) -> int:
    """Return EVID; where it is missing, an amount makes a dose, and MDV = 1 an other event."""
    evid = float(row.get("EVID", math.nan))
    if not math.isnan(evid):
        return int(evid)
    if _value(row, "AMT") or (_value(row, "SS") and _value(row, "RATE")):
        return DOSE
    return OTHER if _value(row, "MDV") else OBSERVATION


def _check_measurement(record: Record, row: Row) -> None:
    """Refuse a measurement that would be lost, and a censored one without its limit."""
    value = float(row.get("DV", math.nan))
    if record.evid != OBSERVATION and row.get("MDV") == 0 and value and not math.isnan(value):
        raise RegimenError(
            f"EVID {record.evid} with a measurement (DV = {value:g}, MDV = 0): write it in a row "
            "of its own, with EVID 0"
        )
    censored, limit = _value(row, "CENS"), float(row.get("LIMIT", math.nan))
    if record.evid == OBSERVATION and censored and not _value(row, "MDV"):
        if math.isnan(value):
            raise RegimenError(f"CENS = {censored:g} needs a DV, the limit of quantification")
        if (censored > 0 and limit > value) or (censored < 0 and limit < value):
            side = "below" if censored > 0 else "above"
            raise RegimenError(
                f"CENS = {censored:g} says that the value lies {side} DV = {value:g}, but LIMIT "
                f"is {limit:g}"
            )
