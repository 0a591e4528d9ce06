"""NONMEM-style tables: one row an event, read with errors that name file, row and column.

The columns ID TIME AMT RATE DUR EVID CMT DV MDV SS II ADDL DVID CENS LIMIT are written in upper or
in lower case; `ID`, `DV`, `MDV`, `DVID`, `CENS` and `LIMIT` may be in upper case beside lower-case
dosing columns, as in many files. All other columns are covariates and hold numbers; one that holds
text alone, such as SEX, is left out with a warning. `.` is missing. Rows that begin with `#` or
`@`, or have a `C` in the first column, are skipped.

No library reads these files with the row and the column in every error, which is what their users
need most; therefore the reader is ours.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from pdmodel.arguments import names_of
from pdmodel.dosing.nonmem.columns import COMMENT, Columns, name_columns, without_text
from pdmodel.dosing.nonmem.compartments import CompartmentRules
from pdmodel.dosing.nonmem.record import DOSE, OBSERVATION, OTHER, RESET, RESET_AND_DOSE, Record
from pdmodel.dosing.nonmem.table import EventTable, Subject
from pdmodel.dosing.nonmem.timetable import Events
from pdmodel.errors import RegimenError, unknown
from pdmodel.storage.files.csv_rows import check_header, match_cells, read_cells
from pdmodel.units import convert, parse_unit

_Line = tuple[int, list[str]]


def read_events(
    path: Path | str | pd.DataFrame,
    *,
    time: str = "day",
    amount: str = "mg",
    rules: CompartmentRules | None = None,
    parameters: Mapping[str, str] | None = None,
    drop: Sequence[str] = (),
) -> EventTable:
    """Read doses, observations and covariates of several subjects.

    Parameters
    ----------
    path
        A CSV file, or a data frame with the same columns.
    time
        Unit of TIME, II, DUR, RATE (amount per this unit) and of what `rules` say.
    amount
        Unit of AMT and RATE.
    rules
        Lag time, bioavailability, modelled duration and rate by compartment.
    parameters
        Parameter of the model by the covariate that sets it, as it changes in time.
    drop
        Columns that are not read. A column of text that nothing asks for is left out, too; the
        warning that says so names it, and so does `table.left_out`.

    Returns
    -------
    EventTable
        `table["1"]` is a timetable that can be simulated.

    Raises
    ------
    RegimenError
        If the table cannot be used; names file, row and column.
    UnknownNameError
        If `rules` or `parameters` name what the table does not have.
    UnitError
        If a unit is none.
    """
    scale = convert(1.0, time, to="day")
    parse_unit(amount)
    rules, parameters = rules or CompartmentRules(), dict(parameters or {})
    where, lines = _lines(path)
    header, body = _without_comments(where, lines)
    check_header(where, header, RegimenError)
    asked = (*rules.columns, *parameters)
    drop = names_of(drop, "columns", RegimenError)
    columns = name_columns(where, header, drop, asked)
    columns, left_out = without_text(columns, header, [cells for _, cells in body], asked)
    if left_out:
        _tell(where, left_out)
    rows = dict(_rows(columns, header, body))
    if not rows:
        raise RegimenError(f"{where}: holds no record")
    _check_names(columns, rows, rules, parameters)
    frame = pd.DataFrame.from_dict(rows, orient="index").rename_axis("row")
    reader = SubjectReader(columns, rules, parameters, scale, amount)
    subjects = dict(reader.subjects(rows, frame))
    return EventTable(where, frame, subjects, columns.covariates, time, amount, rules, left_out)


def _tell(where: str, columns: Sequence[str]) -> None:
    names = ", ".join(repr(name) for name in columns)
    held = "columns hold" if len(columns) > 1 else "column holds"
    warnings.warn(
        f"{where}: left out {names}: the {held} text, and covariates are numbers", stacklevel=3
    )


def _lines(source: Path | str | pd.DataFrame) -> tuple[str, list[_Line]]:
    if not isinstance(source, pd.DataFrame):
        file = Path(source)
        return str(file), read_cells(file, RegimenError)
    header = [str(column).strip() for column in source.columns]
    body = [[_cell(value) for value in row] for row in source.itertuples(index=False)]
    return "table", [(1, header), *enumerate(body, start=2)]


def _cell(value: Any) -> str:
    """Write what stands in a data frame as it would stand in a file."""
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return "."
    return repr(float(value)) if isinstance(value, float) else str(value).strip()


def _without_comments(where: str, lines: Sequence[_Line]) -> tuple[list[str], list[_Line]]:
    """Return header and rows; skip what begins with # or @, or has a C in the first column."""
    if lines and lines[0][1][0].startswith(("#", "@")):
        bare = [lines[0][1][0].lstrip("#@").strip(), *lines[0][1][1:]]
        if {"TIME", "ID"} <= {cell.upper() for cell in bare}:
            lines = [(lines[0][0], bare), *lines[1:]]
    lines = [line for line in lines if not line[1][0].lstrip('"').startswith(("#", "@"))]
    if not lines:
        raise RegimenError(f"{where}: holds no record")
    (_, header), *body = lines
    if len(header) == 1:
        raise RegimenError(f"{where}: has one column only; columns are separated by commas")
    skipped = [line for line, cells in body if cells[0].upper() == COMMENT]
    kept = [(line, cells) for line, cells in body if cells[0].upper() != COMMENT]
    if skipped and header[0].upper() == "ID" and any(c[0][:1].isalpha() for _, c in kept):
        raise RegimenError(
            f"{where}, row {skipped[0]}: is {COMMENT!r} a subject, or does it skip the row? Name "
            "the subject otherwise"
        )
    return header, kept


def _rows(columns: Columns, header: list[str], body: Sequence[_Line]) -> Iterator[tuple[int, Row]]:
    for line, texts in body:
        cells = match_cells(f"{columns.where}, row {line}", header, texts, RegimenError)
        mark = cells[columns.comment].upper() if columns.comment else ""
        if mark == COMMENT:
            continue
        if mark not in ("", "."):
            raise RegimenError(
                f"{columns.where}, row {line}, column {columns.comment!r}: {mark!r} is not allowed "
                "(C skips the row, '.' keeps it)"
            )
        yield line, columns.read(line, cells)


def _check_names(
    columns: Columns,
    rows: Mapping[int, Row],
    rules: CompartmentRules,
    parameters: Mapping[str, str],
) -> None:
    compartments = {str(row.get("CMT", "")) for row in rows.values()}
    rules.check(columns.covariates, compartments)
    for column in parameters:
        if column not in columns.covariates:
            raise unknown(f"covariate of {columns.where}:", column, columns.covariates)


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
