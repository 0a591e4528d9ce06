"""What the verbs print: text, tables, JSON, progress. The only door to rich, with `app`.

A terminal gets colours and its own width; a pipe or a file gets plain lines of their natural
length, so that grep finds a row whole.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

from rich import box
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

_UNLIMITED = 10_000
Progress = Callable[[int, int, str], None]


class _Console(Console):
    def on_broken_pipe(self) -> NoReturn:
        """Leave it to the caller, who knows the exit code."""
        raise BrokenPipeError


def console(least: int = 0) -> Console:
    """Return the console of stdout as it is now, of at least some columns."""
    free = not sys.stdout.isatty() and "COLUMNS" not in os.environ
    out = _Console(highlight=False, width=_UNLIMITED if free else None)
    out.width = max(out.width, least)
    return out


def width() -> int:
    """Return the columns to fill with running text."""
    return min(console().width, 100)


def say(text: str = "", style: str | None = None) -> None:
    """Print text as it is."""
    out = console()
    out.print(Text(text, style=style or ""), soft_wrap=True)


def say_wrapped(text: str, indent: int = 0, style: str | None = None) -> None:
    """Print a paragraph, indented, and wrapped where it is read on a terminal."""
    columns = width() if console().is_terminal else None
    _put(Padding(Text(text, style=style or ""), (0, 0, 0, indent)), columns)


def _put(item: RenderableType, columns: int | None = None) -> None:
    """Print a block; rich fills its lines with blanks, which a file does not want.

    What may not be broken is never cut either: a number without its last digits would be another
    number. Such lines may be longer than the terminal is wide.
    """
    out = console()
    if columns is None:
        needed = Measurement.get(out, out.options.update_width(_UNLIMITED), item).minimum
        out = console(needed)
    if out.is_terminal:
        out.print(item, width=columns)
        return
    with out.capture() as captured:
        out.print(item, width=columns)
    say("\n".join(line.rstrip() for line in captured.get().rstrip("\n").split("\n")))


def heading(text: str) -> None:
    """Print the title of a section, with an empty line before it."""
    say()
    say(text, style="bold")


def say_json(data: Any) -> None:
    """Print plain data as JSON; there is never a NaN in it."""
    say(json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False))


def say_table(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    right: Sequence[str] = (),
    whole: Sequence[str] = (),
    styles: dict[str, str] | None = None,
) -> None:
    """Print an aligned table.

    Parameters
    ----------
    columns, rows
        Headings and cells; a cell may hold rich's Text only through `styles`.
    right
        Columns aligned to the right.
    whole
        Columns whose cells are never broken over two lines.
    styles
        Style of a cell by its text, e.g. `{"NO": "red"}`.
    """
    table = Table(
        box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0),
        header_style="bold",
    )  # fmt: skip
    for index, column in enumerate(columns):
        justify: Any = "right" if column in right else "left"
        keep = column in whole or column in right
        longest = max(cell_len(text) for text in (column, *(row[index] for row in rows)))
        table.add_column(
            column, justify=justify, no_wrap=keep, overflow="fold",
            min_width=longest if keep else None,
        )  # fmt: skip
    for row in rows:
        table.add_row(*(Text(cell, style=(styles or {}).get(cell, "")) for cell in row))
    _put(table)


def note(text: str) -> None:
    """Print a remark to stderr."""
    print(text, file=sys.stderr)


@contextmanager
def progress(quiet: bool) -> Iterator[Progress]:
    """Yield a callback `(done, total, text)`; it draws a bar only where stderr is a terminal."""
    if quiet or not sys.stderr.isatty():
        yield lambda done, total, text: None
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress as Bar,
        TextColumn,
        TimeElapsedColumn,
    )

    text = TextColumn("{task.description}")
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), text)
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def report(done: int, total: int, text: str) -> None:
            bar.update(task, completed=done, total=total, description=text)

        yield report


def say_first_run(quiet: bool) -> None:
    """Tell on a terminal that the first run on a machine takes longer."""
    if quiet or not sys.stderr.isatty():
        return
    from pdmodel.engine.simulation import compiler_notice

    if notice := compiler_notice():
        note(notice)
