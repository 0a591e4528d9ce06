"""Links from listings of source back to the page of a name lead to the page where the place fails.

A name that one room defines and another hands out has two addresses; the listings know the first,
the pages the second.
"""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import Any

_BACK = re.compile(r'href="((?:\.\./)+made/api/[\w.]+\.html)#([\w.]+)"')


def mend(app: Any, exception: Exception | None) -> None:
    """Go through the listings once all pages are written."""
    site = Path(app.outdir)
    if exception is None and app.builder.format == "html":
        for listing in (site / "_modules").rglob("*.html"):
            text = listing.read_text("utf-8")
            mended = _BACK.sub(partial(_existing, folder=listing.parent), text)
            if mended != text:
                listing.write_text(mended, "utf-8")


def _existing(match: re.Match[str], folder: Path) -> str:
    page = (folder / match[1]).resolve()
    if page.is_file() and f'id="{match[2]}"' in page.read_text("utf-8"):
        return match[0]
    return f'href="{match[1]}"'


def setup(app: Any) -> dict[str, bool]:
    """Add it to the end of the build."""
    app.connect("build-finished", mend)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
