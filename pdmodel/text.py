"""Numbers, ranges and tables as plain text, the same in every report and message."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence


def rounded(value: float | None, digits: int = 4) -> str:
    """Write a number with so many significant digits; a dash where there is none.

    Examples
    --------
    >>> rounded(12.3456), rounded(1e6), rounded(0.5, 2), rounded(None), rounded(float("nan"))
    ('12.35', '1e+06', '0.5', '-', '-')
    """
    return "-" if value is None or math.isnan(value) else f"{value:.{digits}g}"


def exact(value: float) -> str:
    """Write a number with all its digits, so that reading it gives the same number.

    Examples
    --------
    >>> exact(60), exact(0.1), exact(1e-7)
    ('60', '0.1', '1e-07')
    """
    return repr(float(value)).removesuffix(".0")


def fixed(value: float, places: int) -> str:
    """Write a number with so many decimals, as on paper: a true minus sign, none before a zero.

    Examples
    --------
    >>> fixed(-1.26, 1), fixed(-0.001, 2)
    ('−1.3', '0.00')
    """
    text = f"{value:.{places}f}"
    return (text if float(text) else text.lstrip("-")).replace("-", "−")


def capitalised(text: str) -> str:
    """Return a text that begins with a capital letter, and is otherwise as it was.

    Examples
    --------
    >>> capitalised("benefit of IL-6")
    'Benefit of IL-6'
    """
    return text[:1].upper() + text[1:]


def counted(number: int, noun: str, many: str = "") -> str:
    """Write how many there are of something, with its plural where it is not one.

    Parameters
    ----------
    number
        How many.
    noun, many
        What, and what several are called: with an `s` by default.

    Examples
    --------
    >>> counted(1, "patient"), counted(0, "patient"), counted(2, "hypothesis", "hypotheses")
    ('1 patient', '0 patients', '2 hypotheses')
    """
    return f"{number} {noun if number == 1 else many or f'{noun}s'}"


def days_text(days: float) -> str:
    """Write a length of time in days.

    Examples
    --------
    >>> days_text(1), days_text(0.5), days_text(84)
    ('1 day', '0.5 days', '84 days')
    """
    return f"{days:g} {'day' if days == 1 else 'days'}"


def range_text(
    low: float, high: float, write: Callable[[float], str] = "{:g}".format,
    least: str = ">= {}", most: str = "<= {}", both: str = "{} to {}",
) -> str:  # fmt: skip
    """Write a range; an end that is NaN or infinite is open.

    Parameters
    ----------
    low, high
        The ends.
    write
        Writes one number.
    least, most, both
        Sentences for a range without an upper end, without a lower end, and with both.

    Examples
    --------
    >>> range_text(2, 3.5), range_text(2, math.nan), range_text(-math.inf, 3)
    ('2 to 3.5', '>= 2', '<= 3')
    """
    if not math.isfinite(low):
        return most.format(write(high)) if math.isfinite(high) else "any"
    return both.format(write(low), write(high)) if math.isfinite(high) else least.format(write(low))


def aligned(rows: Sequence[Sequence[str]], right: Collection[int] = ()) -> Iterator[str]:
    """Yield a line for each row, its cells in columns two spaces apart.

    Parameters
    ----------
    rows
        Cells, as many in each row.
    right
        Numbers of the columns that are aligned to the right.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (
            cell.rjust(width) if index in right else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        )  # fmt: skip
        yield "  ".join(cells).rstrip()


def table_lines(
    names: Sequence[str], rows: Iterable[Sequence[object]], right: Collection[int] = ()
) -> Iterator[str]:
    r"""Yield the lines of an indented table: its names, a rule under each, and its rows.

    Parameters
    ----------
    names
        Headings of the columns.
    rows
        Cells, as many in each row as there are names.
    right
        Numbers of the columns that are aligned to the right.

    Examples
    --------
    >>> print("\n".join(table_lines(("dose", "mg"), [("first", 2), ("last", 60)], right={1})))
      dose   mg
      -----  --
      first   2
      last   60
    """
    cells = [list(names), *([str(cell) for cell in row] for row in rows)]
    rule = ["-" * max(map(len, column)) for column in zip(*cells, strict=True)]
    yield from ("  " + line for line in aligned([cells[0], rule, *cells[1:]], right))
