"""Lines of a NONMEM-style table: a header and rows of cells, whatever separates and precedes them.

Rows that begin with `#` or `@`, or have a `C` in the first column, are skipped, also before the
header; so are columns that have neither a name nor content, which spreadsheets leave behind.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from pdmodel.dosing.nonmem.columns import COMMENT
from pdmodel.errors import RegimenError
from pdmodel.storage.files.csv_rows import read_cells

TextLine = tuple[int, list[str]]
"""A row of cells with its line in the file."""
MISSING = ("", ".")
_NEEDED = {"ID", "TIME"}


def read_lines(source: Path | str | pd.DataFrame) -> tuple[str, list[str], list[TextLine]]:
    """Return the name of a table, its header, and its rows.

    Parameters
    ----------
    source
        A file whose columns are separated by commas, tabs or blanks; or a data frame.

    Raises
    ------
    RegimenError
        If the file cannot be read, or holds no record.
    """
    where, lines = _cells(source)
    header, body = _without_comments(where, lines)
    return where, *_without_empty(header, body)


def _cells(source: Path | str | pd.DataFrame) -> tuple[str, list[TextLine]]:
    if not isinstance(source, pd.DataFrame):
        file = Path(source)
        return str(file), _separated(file, read_cells(file, RegimenError))
    header = [str(column).strip() for column in source.columns]
    body = [[_cell(value) for value in row] for row in source.itertuples(index=False)]
    return "table", [(1, header), *enumerate(body, start=2)]


def _cell(value: Any) -> str:
    """Write what stands in a data frame as it would stand in a file."""
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return "."
    return repr(float(value)) if isinstance(value, float) else str(value).strip()


def _separated(file: Path, lines: list[TextLine]) -> list[TextLine]:
    """Return cells that were separated by commas as they are; else part them at tabs or blanks."""
    header = next((c for _, c in lines if _words(c) >= _NEEDED), lines[0][1] if lines else [])
    if len(header) != 1:
        return lines
    if "\t" in header[0]:
        return read_cells(file, RegimenError, delimiter="\t")
    if ";" in header[0]:
        raise RegimenError(
            f"{file}: columns are separated by semicolons, not by commas, tabs or blanks; where "
            "decimals have a comma, read it with pandas.read_csv(file, sep=';', decimal=',') and "
            "give the data frame, or save it anew with commas between columns"
        )
    if len(header[0].split()) == 1:
        raise RegimenError(
            f"{file}: has one column only; columns are separated by commas, tabs or blanks"
        )
    for line, cells in lines:
        if len(cells) > 1 and not cells[0].startswith(("#", "@", COMMENT)):
            raise RegimenError(f"{file}, row {line}: the header has blanks between columns, and "
                               "this row has commas")  # fmt: skip
    return [(line, cells[0].split()) for line, cells in lines]


def _words(cells: Sequence[str]) -> set[str]:
    """Return the words of a row in upper case, however they are separated."""
    return {word.upper() for cell in cells for word in cell.replace(";", " ").split()}


def _without_comments(
    where: str, lines: Sequence[TextLine]
) -> tuple[list[str], list[TextLine]]:  # fmt: skip
    """Return header and rows; skip what begins with # or @, or has a C in the first column."""
    if lines and lines[0][1][0].startswith(("#", "@")):
        bare = [lines[0][1][0].lstrip("#@").strip(), *lines[0][1][1:]]
        if {cell.upper() for cell in bare} >= _NEEDED:
            lines = [(lines[0][0], bare), *lines[1:]]
    lines = [line for line in lines if not line[1][0].lstrip('"').startswith(("#", "@"))]
    while len(lines) > 1 and _is_title(lines[0][1]):
        lines = lines[1:]
    if not lines:
        raise RegimenError(f"{where}: holds no record")
    (_, header), *body = lines
    skipped = [line for line, cells in body if cells[0].upper() == COMMENT]
    kept = [(line, cells) for line, cells in body if cells[0].upper() != COMMENT]
    if skipped and header[0].upper() == "ID" and any(c[0][:1].isalpha() for _, c in kept):
        raise RegimenError(
            f"{where}, row {skipped[0]}: is {COMMENT!r} a subject, or does it skip the row? Name "
            "the subject otherwise"
        )
    return header, kept


def _is_title(cells: Sequence[str]) -> bool:
    """Whether a row stands before the header: it begins with C and does not name the columns."""
    return cells[0].upper() == COMMENT and not {cell.upper() for cell in cells} >= _NEEDED


def _without_empty(
    header: list[str], body: list[TextLine]
) -> tuple[list[str], list[TextLine]]:  # fmt: skip
    """Leave out columns that have neither a name nor content."""
    empty = {
        index
        for index, name in enumerate(header)
        if not name and all(cells[index : index + 1] in ([], [""], ["."]) for _, cells in body)
    }
    if not empty:
        return header, body
    kept = [
        (line, [cell for index, cell in enumerate(cells) if index not in empty])
        for line, cells in body
    ]
    return [name for index, name in enumerate(header) if index not in empty], kept
