"""Tables from others: CSV rows, with errors that name file, row and column."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from pathlib import Path

from pdmodel.errors import PdmodelError

Fault = Callable[[str], PdmodelError]


def read_rows(file: Path, fault: Fault) -> list[dict[str, str]]:
    """Return the rows of a CSV file by column, cells stripped; an absent cell is empty.

    Parameters
    ----------
    file
        UTF-8, first line the columns; row 2 of the file is the first of the result.
    fault
        The error to raise, made from a message.
    """
    try:
        with file.open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream, strict=True))
    except OSError as error:
        raise fault(f"{file}: cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise fault(f"{file}: is not a CSV file in UTF-8: {error}") from error
    if not rows:
        raise fault(f"{file}: holds no row")
    for line, row in enumerate(rows, start=2):
        if None in row:
            raise fault(f"{file}, row {line}: has more fields than the header")
    return [{column: (cell or "").strip() for column, cell in row.items()} for row in rows]


def require_columns(
    file: Path, rows: list[dict[str, str]], columns: tuple[str, ...], fault: Fault
) -> None:
    """Refuse a table that lacks a column."""
    found = list(rows[0])
    for column in columns:
        if column not in found:
            raise fault(f"{file}: column {column!r} is missing (found: {', '.join(found)})")


def read_number(where: str, text: str, fault: Fault) -> float:
    """Return a finite number; `where` names file, row and column."""
    try:
        value = float(text)
    except ValueError:
        raise fault(f"{where}: {text!r} is not a number") from None
    if not math.isfinite(value):
        raise fault(f"{where}: {text!r} is not a finite number")
    return value
