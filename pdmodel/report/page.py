"""The only door to jinja2: sections become one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import jinja2

from pdmodel import __version__
from pdmodel.errors import InputError
from pdmodel.report.section import Section
from pdmodel.storage import place_of, write_text

_MARK, _HEAD = b'name="generator" content="pdmodel', 1000
_SHELF = jinja2.PackageLoader("pdmodel.report", "templates")


def render(title: str, sections: Sequence[Section]) -> str:
    """Return the page; whatever the sections hold is text, never markup.

    Raises
    ------
    InputError
        If two sections have the same title, so that the contents could not tell them apart.
    """
    anchors = [section.anchor for section in sections]
    if len(set(anchors)) != len(anchors):
        raise InputError(f"two sections of the report have one title: {anchors}")
    house = jinja2.Environment(
        loader=_SHELF, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    page = house.get_template("page.html")
    return page.render(title=title, sections=sections, version=__version__)


def write_page(path: Path, title: str, sections: Sequence[Section]) -> Path:
    """Write the page in place of one that may be there.

    Raises
    ------
    InputError
        If another file is there, or the place cannot be written to.
    """
    file = place_of(path)
    if file.is_file() and file.stat().st_size and _MARK not in file.read_bytes()[:_HEAD]:
        raise InputError(f"{str(path)!r} is no page that pdmodel wrote; choose another --out")
    return write_text(path, render(title, sections))
