"""`pdmodel report`: one HTML file from a result folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pdmodel.cli.console.options import Json, Quiet


def report(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Of compare, fit, trial or profile.")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="DIR/report.html by default.")
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write one self-contained HTML page: the answer in words first, then what it rests on.

    Everything finished in the folder and below is in it, with its figures; nothing is loaded from
    the network. A page that is there is replaced.

    Examples:
      pdmodel report results/compare_response
    """
    from pdmodel.cli.console.terminal import say, say_json
    from pdmodel.report import sections_of, write_page

    title, sections = sections_of(folder)
    page = write_page(out if out is not None else folder / "report.html", title, sections)
    if json:
        say_json({"page": str(page), "sections": [section.title for section in sections]})
    elif not quiet:
        say(f"wrote {page}: {', '.join(section.title for section in sections)}")
