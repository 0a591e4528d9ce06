"""Tables from others: CSV rows, with errors that name file, row and column."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from pathlib import Path

from pdmodel.errors import PdmodelError

Fault = Callable[[str], PdmodelError]


def read_cells(file: Path, fault: Fault, delimiter: str = ",") -> list[tuple[int, list[str]]]:
    """Return the rows of a CSV file that are not blank, each with its line, cells stripped.

    Parameters
    ----------
    file
        UTF-8, with or without a byte order mark.
    fault
        The error to raise, made from a message.
    delimiter
        What separates columns.
    """
    try:
        with file.open(newline="", encoding="utf-8-sig") as stream:
            reader, rows, line = csv.reader(stream, strict=True, delimiter=delimiter), [], 1
            for row in reader:
                cells = [cell.strip() for cell in row]
                if any(cells):
                    rows.append((line, cells))
                line = reader.line_num + 1
            return rows
    except OSError as error:
        raise fault(f"{file}: cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise fault(f"{file}: is not a CSV file in UTF-8: {error}") from error


def match_cells(where: str, header: list[str], cells: list[str], fault: Fault) -> dict[str, str]:
    """Return the cells of a row by column; an absent cell is empty."""
    if len(cells) > len(header):
        raise fault(f"{where}: has more fields than the header")
    return dict(zip(header, cells + [""] * (len(header) - len(cells)), strict=True))


def read_rows(file: Path, fault: Fault) -> list[tuple[str, dict[str, str]]]:
    """Return the rows of a CSV file by column, each with its place, `file, row N`, for messages.

    Parameters
    ----------
    file
        First line the columns. N is the line of the file, whatever lies before it: blank lines,
        and cells of several lines, are counted as an editor counts them.
    fault
        The error to raise, made from a message.

    Returns
    -------
    list of (str, dict)
        Cells are stripped; an absent cell is empty.
    """
    lines = read_cells(file, fault)
    if len(lines) < 2:
        raise fault(f"{file}: holds no row")
    (_, header), *rows = lines
    check_header(str(file), header, fault)
    places = [f"{file}, row {line}" for line, _ in rows]
    return [
        (where, match_cells(where, header, cells, fault))
        for where, (_, cells) in zip(places, rows, strict=True)
    ]


def check_header(where: str, header: list[str], fault: Fault) -> None:
    """Refuse a column that is there twice."""
    for column in header:
        if column and header.count(column) > 1:
            raise fault(f"{where}: column {column!r} is there {header.count(column)} times")


def require_columns(
    file: Path, rows: list[tuple[str, dict[str, str]]], columns: tuple[str, ...], fault: Fault
) -> None:
    """Refuse a table that lacks a column."""
    header = list(rows[0][1])
    for column in columns:
        if column not in header:
            raise fault(f"{file}: column {column!r} is missing (found: {', '.join(header)})")


def read_number(where: str, text: str, fault: Fault) -> float:
    """Return a finite number; `where` names file, row and column."""
    try:
        value = float(text)
    except ValueError:
        raise fault(f"{where}: {text!r} is not a number") from None
    if not math.isfinite(value):
        raise fault(f"{where}: {text!r} is not a finite number")
    return value
