"""NONMEM-style tables: one row an event, read with errors that name file, row and column.

The columns ID TIME AMT RATE DUR EVID CMT DV MDV SS II ADDL DVID CENS LIMIT are written in upper or
in lower case; `ID`, `DV`, `MDV`, `DVID`, `CENS` and `LIMIT` may be in upper case beside lower-case
dosing columns, as in many files. All other columns are covariates and hold numbers; one that holds
text alone, such as SEX, is left out with a warning. `.` is missing. Rows that begin with `#` or
`@`, or have a `C` in the first column, are skipped.
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
from pdmodel.dosing.nonmem.read_subject import Row, SubjectReader
from pdmodel.dosing.nonmem.table import EventTable
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
