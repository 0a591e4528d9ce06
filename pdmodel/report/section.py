"""What a page is made of: sections of paragraphs, tables and pictures."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd


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

    @classmethod
    def of(cls, table: pd.DataFrame, caption: str = "") -> Table:
        """Make a table of a DataFrame: numbers to four digits, a dash for none."""
        columns = [str(name).replace("_", " ") for name in table.columns]
        rows = [[shown(value) for value in row] for row in table.itertuples(index=False)]
        return cls(columns, rows, caption)


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
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
