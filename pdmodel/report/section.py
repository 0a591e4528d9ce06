"""What a page is made of: sections of paragraphs, tables and pictures."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

_DOTS, DPI = 133, 200
"""Dots of an inch on a page, and of the figures that pdmodel draws."""
_ONE_LINE = 18
"""Letters of a cell that is kept whole."""
_NUMBER = re.compile(r"[-+−]?([\d.]+(e[-+]?\d+)?|∞)( %)?")


@dataclass(frozen=True)
class Picture:
    """An image that is embedded.

    Parameters
    ----------
    caption
        What it shows.
    content
        Bytes of a PNG file.
    """

    caption: str
    content: bytes = field(repr=False)

    @property
    def width(self) -> int:
        """Dots across on a page, so that letters of all figures are as large; 0 if not known."""
        return int.from_bytes(self.content[16:20], "big") * _DOTS // DPI

    @property
    def address(self) -> str:
        """The image as a data address."""
        return "data:image/png;base64," + base64.b64encode(self.content).decode("ascii")


@dataclass(frozen=True)
class Table:
    """A table of words and numbers, as it is shown.

    Parameters
    ----------
    columns, rows
        Headings and cells.
    caption
        What it is.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str = ""

    @property
    def numbers(self) -> set[int]:
        """Which columns hold numbers, and are aligned to the right.

        Examples
        --------
        >>> Table(("name", "n", "share"), [("a", "1", "-"), ("b", "-2.5", "12 %")]).numbers
        {1, 2}
        """
        columns = enumerate(zip(*self.rows, strict=True))
        return {
            index for index, cells in columns
            if any(map(_NUMBER.fullmatch, cells))
            and all(cell in ("", "-") or _NUMBER.fullmatch(cell) for cell in cells)
        }  # fmt: skip

    @property
    def whole(self) -> set[int]:
        """Which columns are so narrow that no cell goes on in a second line: numbers and ranges.

        Examples
        --------
        >>> Table(("allowed", "why"), [("0.7 to 1.5", "a week after the last dose")]).whole
        {0}
        """
        columns = enumerate(zip(*self.rows, strict=True))
        return {index for index, cells in columns if max(map(len, cells)) <= _ONE_LINE}

    @classmethod
    def of(cls, table: pd.DataFrame, caption: str = "") -> Table:
        """Make a table of a DataFrame: numbers to four digits, a dash for none.

        A column in which nothing stands is left out.
        """
        rows = [[shown(value) for value in row] for row in table.itertuples(index=False)]
        told = [n for n in range(len(table.columns)) if not rows or any(row[n] for row in rows)]
        columns = [str(table.columns[n]).replace("_", " ") for n in told]
        return cls(columns, [[row[n] for n in told] for row in rows], caption)


@dataclass(frozen=True)
class Section:
    """A part of the page with a place in its contents."""

    title: str
    paragraphs: Sequence[str] = ()
    points: Sequence[str] = ()
    tables: Sequence[Table] = ()
    pictures: Sequence[Picture] = ()

    @property
    def anchor(self) -> str:
        """Where the contents lead to."""
        return re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")


def shown(value: object) -> str:
    """Return a cell as it is shown.

    Examples
    --------
    >>> shown(0.123456), shown(float("nan")), shown(True), shown(None)
    ('0.1235', '-', 'yes', '-')
    >>> shown(float("inf")), shown(float("-inf"))
    ('∞', '−∞')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "-"
    if isinstance(value, float) and math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
