"""Read measurements from an event table, and refuse what could not be fitted."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd

from pdmodel.arguments import by_name, name_of, shown
from pdmodel.dosing import read_events
from pdmodel.dosing.nonmem.lines import read_lines
from pdmodel.dosing.nonmem.table import EventTable, Subject
from pdmodel.engine.schedule.changes import warn_of_idle_columns
from pdmodel.errors import InputError, nearest, require_known, unknown
from pdmodel.inference.courses.error_models import ErrorModel, LogNormalError
from pdmodel.inference.courses.measurements import ABOVE, BELOW, COLUMNS, Measurements
from pdmodel.model import Model

EVERYTHING = "DV"
"""Stands for all that is measured, in a table that does not say what of."""

_NOTHING = (
    "holds no measured value: a row with EVID 0, a number in DV and MDV 0 is one; for a table with "
    "a column an analyte name the columns in `observed`, or in --observe COLUMN=QUANTITY"
)

Data: TypeAlias = str | Path | pd.DataFrame | EventTable


def read_measurements(
    data: Data,
    observed: str | Mapping[str, str | None] | None,
    error: ErrorModel | Mapping[str, ErrorModel] | None,
    model: Model,
    **reading: Any,
) -> Measurements:
    """Return what a table holds of measured values.

    Parameters
    ----------
    data
        An event table, its file, or a data frame. A file's time is in days and its amounts in mg,
        unless `reading` says otherwise.
    observed
        Quantity of the model by analyte: what stands in DVID, else in CMT, else `DV` for all. Of a
        wide table that has no DV, the columns. None leaves an analyte out. A name alone stands for
        all that is measured.
    error
        Error model of each quantity, or one for all; log-normal by default.
    model
        What predicts the quantities.
    **reading
        How a file or data frame is read: arguments of `read_events`, such as `time="hour"`.

    Raises
    ------
    InputError, RegimenError
        If the table cannot be read, nothing was measured, an analyte is no quantity, or a value
        cannot be compared; names the file and the row.

    Examples
    --------
    >>> import pdmodel
    >>> import pandas as pd
    >>> table = pd.DataFrame({
    ...     "ID": 1, "TIME": [0, 0.05, 0.1, 0.3], "EVID": [1, 0, 0, 0], "AMT": [10, 0, 0, 0],
    ...     "CMT": "lenalidomide", "DV": [0, 7.9, 6.9, 2.7],
    ... })
    >>> model = pdmodel.load("reference")
    >>> measured = pdmodel.read_measurements(table, "drug_plasma", pdmodel.LogNormalError(), model)
    >>> len(measured.rows)
    3
    """
    wanted = _observed(observed)
    table = _table(data, wanted, reading)
    _check_quantities(model, wanted)
    rows = _rows(table, wanted)
    if not rows:
        raise InputError(f"{table.name}: {_NOTHING}")
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    errors = _errors(error, [q for q in dict.fromkeys(wanted.values()) if q], frame, table)
    _check_values(table.name, frame, errors)
    subjects = {name: table.subjects[name] for name in table.subjects}
    warn_of_idle_columns(model, subjects.values())
    return Measurements(table.name, subjects, errors, frame, tuple(_notes(table, frame)))


def _observed(observed: Any) -> dict[str, str | None]:
    """Return the quantity of each analyte as names; None where an analyte is left out."""
    if observed is None:
        raise InputError(
            "data need `observed`: the quantity of the model by analyte, such as "
            "observed={'ANALYTE': 'quantity'}"
        )
    if isinstance(observed, str):
        return {EVERYTHING: observed}
    wanted = {
        str(key): None if value is None else name_of(value, f"quantity of {key!r}")
        for key, value in by_name(observed, "observed").items()
    }
    if not any(wanted.values()):
        raise InputError("observed names no quantity: such as observed={'ANALYTE': 'quantity'}")
    return wanted


def _table(data: Any, wanted: Mapping[str, str | None], reading: Mapping[str, Any]) -> EventTable:
    """Return the table; of a wide one, in which the analytes are columns, made into a long one."""
    if isinstance(data, EventTable):
        if reading:
            raise InputError(f"{', '.join(reading)} is said of a file, and this one was read")
        return data
    if not isinstance(data, str | Path | pd.DataFrame):
        raise InputError(
            f"data must be an event table, its file or a data frame, got {shown(data)}"
        )
    _, header, _ = read_lines(data)
    if EVERYTHING not in (name.upper() for name in header):
        columns = {name: name for name in wanted if name in header}
        if columns:
            return read_events(data, observed=columns, **reading)
    return read_events(data, **reading)


def _check_quantities(model: Model, wanted: Mapping[str, str | None]) -> None:
    quantities = [q.name for q in (*model.states, *model.definitions)]
    for analyte, name in wanted.items():
        if name is not None and name not in quantities:
            observables = ", ".join(q.name for q in model.observables) or "none"
            raise InputError(
                f"analyte {analyte!r}: model {model.name!r} has no quantity {name!r}"
                f"{nearest(name, quantities)} (observables: {observables}; or a state or auxiliary)"
            )


def _rows(table: EventTable, wanted: Mapping[str, str | None]) -> list[tuple[Any, ...]]:
    """Return the rows of all subjects, of each by day and side."""
    column = _analyte_column(table, wanted)
    names = _spelled(table, column, wanted)
    rows: list[tuple[Any, ...]] = []
    for subject in table:
        rows += sorted(_own_rows(table.name, subject, column, names), key=lambda r: (r[3], r[4]))
    return rows


def _analyte_column(table: EventTable, wanted: Mapping[str, str | None]) -> str | None:
    """Return the column that says what was measured; None where all is one analyte.

    Raises
    ------
    InputError
        If nothing says which of several analytes a row is of.
    """
    if "DVID" in table.frame:
        return "dvid"
    if "CMT" in table.frame and set(wanted) <= {str(text) for text in table.frame["CMT"]}:
        return "compartment"
    if len(wanted) > 1:
        raise InputError(
            f"{table.name}: has no column DVID, so that nothing says which of "
            f"{', '.join(map(repr, wanted))} a row is of"
        )
    return None


def _spelled(
    table: EventTable, column: str | None, wanted: Mapping[str, str | None]
) -> Mapping[str, str | None]:
    """Return the quantity of each analyte as the table spells it, upper and lower case aside.

    Raises
    ------
    InputError
        If an analyte of the table is not named, or one that is named is not in the table.
    """
    if column is None:
        return wanted
    seen = [str(text) for s in table for text in s.observations.query("not mdv")[column]]
    analytes = dict.fromkeys(name for name in seen if name)
    if not seen:
        raise InputError(f"{table.name}: {_NOTHING}")
    if set(wanted) == {EVERYTHING} and EVERYTHING not in analytes and len(analytes) <= 1:
        return dict.fromkeys(["", *analytes], wanted[EVERYTHING])
    folded = {name.casefold(): quantity for name, quantity in wanted.items()}
    named = {name: wanted.get(name, folded.get(name.casefold(), math.nan)) for name in analytes}
    for name in wanted:
        if name.casefold() not in {a.casefold() for a in analytes}:
            raise unknown(f"analyte of {table.name}:", name, analytes)
    for name, quantity in named.items():
        if isinstance(quantity, float):
            example = f"observed={{..., {name!r}: 'a quantity'}}, or None to leave it out"
            raise InputError(f"{table.name}: analyte {name!r} is not named in observed: {example}")
    return named  # type: ignore[return-value]


def _own_rows(
    where: str, subject: Subject, column: str | None, names: Mapping[str, str | None]
) -> Iterator[tuple[Any, ...]]:
    for row in subject.observations.itertuples():
        value = float(row.value)
        if row.mdv or math.isnan(value):
            continue
        analyte = EVERYTHING if column is None else str(getattr(row, column))
        if analyte not in names and column is not None:
            raise InputError(f"{where}, row {row.Index}: does not say what was measured")
        quantity = next(iter(names.values())) if column is None else names[analyte]
        if quantity is None:
            continue
        low, high, censored = _interval(value, int(row.cens), float(row.limit))
        yield (
            subject.id, quantity, analyte, float(row.day), bool(row.after), value, low, high,
            censored, int(row.Index),
        )  # fmt: skip


def _interval(value: float, censored: int, limit: float) -> tuple[float, float, str]:
    if censored > 0:
        return (-math.inf if math.isnan(limit) else limit), value, BELOW
    if censored < 0:
        return value, (math.inf if math.isnan(limit) else limit), ABOVE
    return math.nan, math.nan, ""


def _errors(
    error: Any, quantities: list[str], rows: pd.DataFrame, table: EventTable
) -> dict[str, ErrorModel]:
    """Return the error model of each quantity.

    Raises
    ------
    InputError
        If one is none, or is for something that is not observed; or a quantity has no value that
        would tell how far its measurements err.
    """
    if error is None or isinstance(error, ErrorModel):
        given: dict[str, Any] = dict.fromkeys(quantities, error or LogNormalError())
    else:
        given = by_name(error, "error")
    for name, declared in given.items():
        require_known("quantity of the error models:", quantities, name)
        if not isinstance(declared, ErrorModel):
            raise InputError(f"error of {name!r} is an error model such as LogNormalError(), "
                             f"got {shown(declared)}")  # fmt: skip
    errors = {name: given.get(name, LogNormalError()) for name in quantities}
    for name, declared in errors.items():
        own = rows[rows["quantity"] == name]
        if own.empty:
            raise InputError(f"{table.name}: no value of {name!r} was measured")
        if (own["censored"] != "").all() and not declared.fixed:
            raise InputError(
                f"{table.name}: all {len(own)} values of {name!r} are censored, which does not "
                f"tell how far they err; hold it: error={{{name!r}: {type(declared).__name__}(..., "
                f"fixed=True)}}, or --error {name}=KIND:SD:fixed"
            )
    return errors


def _check_values(where: str, rows: pd.DataFrame, errors: Mapping[str, ErrorModel]) -> None:
    """Refuse values that have no logarithm where logarithms are compared."""
    for name, error in errors.items():
        own = rows[rows["quantity"] == name]
        if error.log:
            bad = own[~(own["value"] > 0)]
            for row in bad.head(1).itertuples():
                more = f" ({len(bad)} such values)" if len(bad) > 1 else ""
                raise InputError(
                    f"{where}, row {row.row}: ID {row.subject} has {name} = {row.value:g}, which "
                    f"has no logarithm{more}; use an additive or combined error, or say that "
                    "it lies below a limit (CENS = 1 with the limit in DV)"
                )


def _notes(table: EventTable, rows: pd.DataFrame) -> Iterator[str]:
    """Yield what a reader of results should know."""
    without = [name for name in table.subjects if name not in set(rows["subject"])]
    if without:
        has = "has no measured value and counts" if len(without) == 1 else (
            "have no measured value and count")  # fmt: skip
        yield f"ID {', '.join(without)} {has} for nothing"
    keys = ["subject", "quantity", "day", "after"]
    for key, twice in rows[rows.duplicated(keys, keep=False)].groupby(keys, sort=False):
        name, quantity, day, _ = key
        listed = ", ".join(map(str, twice["row"]))
        yield (
            f"ID {name} has {len(twice)} values of {quantity} at day {day:g} (rows {listed}); "
            "all count"
        )
    alone = [q for q, own in rows.groupby("quantity") if len(own) == 1]
    for quantity in alone:
        yield f"{quantity} has one value only"
