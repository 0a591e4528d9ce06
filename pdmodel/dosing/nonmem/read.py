"""NONMEM-style tables: one row an event, read with errors that name file, row and column.

The columns ID TIME AMT RATE DUR EVID CMT DV MDV SS II ADDL DVID CENS LIMIT are written in upper or
in lower case; `ID`, `DV`, `MDV`, `DVID`, `CENS` and `LIMIT` may be in upper case beside lower-case
dosing columns, as in many files. All other columns are covariates and hold numbers; one that holds
text alone, such as SEX, is left out with a warning. `.` is missing.

No library reads these files with the row and the column in every error, which is what their users
need most; therefore the reader is ours.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pandas as pd

from pdmodel.arguments import names_of, shown
from pdmodel.dosing.nonmem.columns import COMMENT, Columns, evid_of, name_columns, without_text
from pdmodel.dosing.nonmem.compartments import CompartmentRules
from pdmodel.dosing.nonmem.lines import TextLine, read_lines
from pdmodel.dosing.nonmem.old_codes import without_old_codes
from pdmodel.dosing.nonmem.record import OBSERVATION
from pdmodel.dosing.nonmem.subjects import BACKWARD, Line, SubjectReader
from pdmodel.dosing.nonmem.table import EventTable
from pdmodel.dosing.nonmem.wide import without_wide
from pdmodel.errors import InputError, RegimenError, require_known, unknown
from pdmodel.storage.files.csv_rows import check_header, match_cells
from pdmodel.units import convert, parse_unit

_WAYS = ("forward", BACKWARD)
_CODES = ("nonmem", "rxode")


def read_events(
    path: Path | str | pd.DataFrame,
    *,
    time: str = "day",
    amount: str = "mg",
    rules: CompartmentRules | None = None,
    parameters: Mapping[str, str] | None = None,
    drop: Sequence[str] = (),
    covariates: str | Sequence[str] | Mapping[str, str] = "forward",
    observed: Mapping[str, str] | None = None,
    evid: str = "nonmem",
) -> EventTable:
    """Read doses, observations and covariates of several subjects.

    TIME may begin anew at EVID 3 and 4, where it runs on from the row before. Rows before time 0
    may only measure; day 0 is the first dose.

    Parameters
    ----------
    path
        A file whose columns are separated by commas, tabs or blanks; or a data frame with the same
        columns.
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
    covariates
        `forward`: a value holds from its row on. `backward`: it holds from the row before, as in
        NONMEM. Or the names of columns that are covariates although they look like a slip, such as
        COMP; or by name how each is carried.
    observed
        Of a wide table: what is measured, by the column that holds it, `{"IL6": "il6"}`. A cell
        such as `<3` is a value below 3.
    evid
        `nonmem`, or `rxode` for that program's old codes, such as 101.

    Returns
    -------
    EventTable
        `table["1"]` is a timetable that can be simulated.

    Raises
    ------
    RegimenError
        If the table cannot be used; names file, row and column.
    UnknownNameError
        If `rules`, `parameters`, `drop`, `covariates` or `observed` name what the table lacks.
    UnitError
        If a unit is none.

    Examples
    --------
    >>> doses = pd.DataFrame({"ID": [3], "TIME": [0], "AMT": [10], "II": [24], "ADDL": [83]})
    >>> print(read_events(doses, time="hour")["3"].describe())
    10 mg into the main compartment at hour 0, then every 24 hours, 83 more times
    """
    scale = convert(1.0, time, to="day")
    parse_unit(amount)
    rules, parameters = rules or CompartmentRules(), dict(parameters or {})
    where, header, body = read_lines(path)
    check_header(where, header, RegimenError)
    require_known("codes of events:", _CODES, evid)
    if evid == "rxode":
        header, body = without_old_codes(where, header, body)
    if observed:
        header, body = without_wide(where, header, body, observed)
    named, way = _carried(covariates)
    asked = (*rules.columns, *parameters, *named)
    columns = name_columns(where, header, names_of(drop, "columns", RegimenError), asked)
    columns, left_out = without_text(columns, header, [cells for _, cells in body], asked)
    if left_out:
        _warn_of_text(where, left_out)
    lines = list(_rows(columns, header, body))
    if not lines:
        raise RegimenError(f"{where}: holds no record")
    _check_names(columns, lines, rules, [*parameters, *named])
    frame = pd.DataFrame([row for _, row in lines], index=[line for line, _ in lines])
    frame = frame.rename_axis("row")
    _warn_of_nothing_observed(where, columns, lines, frame, asked)
    carried = {name: named.get(name, way) for name in columns.covariates}
    reader = SubjectReader(columns, rules, parameters, carried, scale, amount)
    subjects = dict(reader.subjects(lines, frame))
    return EventTable(where, frame, subjects, columns.covariates, time, amount, rules, left_out)


def _carried(
    covariates: str | Sequence[str] | Mapping[str, str],
) -> tuple[dict[str, str], str]:
    """Return how the covariates that are named are carried, and how all others are."""
    if isinstance(covariates, str) and covariates in _WAYS:
        return {}, covariates
    if isinstance(covariates, Mapping):
        for name, way in covariates.items():
            if way not in _WAYS:
                raise unknown(f"way to carry covariate {name!r}:", str(way), _WAYS)
        return dict(covariates), _WAYS[0]
    if isinstance(covariates, str):
        raise InputError(
            f"covariates are carried 'forward' or 'backward', got {shown(covariates)}; name "
            f"columns as ({covariates!r},)"
        )
    return dict.fromkeys(names_of(covariates, "columns", RegimenError), _WAYS[0]), _WAYS[0]


def _warn_of_text(where: str, columns: Sequence[str]) -> None:
    names = ", ".join(repr(name) for name in columns)
    held = "columns hold" if len(columns) > 1 else "column holds"
    warnings.warn(
        f"{where}: left out {names}: the {held} text, and covariates are numbers", stacklevel=3
    )


def _warn_of_nothing_observed(
    where: str, columns: Columns, lines: Sequence[Line], frame: pd.DataFrame, asked: Sequence[str]
) -> None:
    """Say that nothing is observed where covariates look like measurements.

    Those change within a subject and nothing asks for them, and no MDV says that a row without DV
    is one to predict.
    """
    if {"DV", "MDV"} & {*columns.names.values()}:
        return
    if not any(evid_of(row) == OBSERVATION for _, row in lines):
        return
    changing = [
        name
        for name in columns.covariates
        if name not in asked and (frame.groupby("ID")[name].nunique() > 1).any()
    ]
    if changing:
        are = "is a covariate" if len(changing) == 1 else "are covariates"
        example = f"observed={{{changing[0]!r}: {changing[0].lower()!r}}}"
        warnings.warn(
            f"{where}: has no column DV, so nothing is observed, and {', '.join(changing)} {are}; "
            f"if measured, say so: {example}",
            stacklevel=3,
        )


def _rows(columns: Columns, header: list[str], body: Sequence[TextLine]) -> Iterator[Line]:
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
    columns: Columns, lines: Sequence[Line], rules: CompartmentRules, covariates: Sequence[str]
) -> None:
    compartments = {str(row.get("CMT", "")) for _, row in lines}
    rules.check(columns.covariates, compartments)
    require_known(f"covariate of {columns.where}:", columns.covariates, *covariates)
