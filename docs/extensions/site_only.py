"""Links to pages that only the site has; read as a file, the same words are merely emphasised.

Pages of docs/made are written when the site is built, and a git host has none of them. A page says
`*bibliography*<!-- made/bibliography.md -->`: a host shows the word, the site makes it a link.
"""

from __future__ import annotations

import re
from typing import Any

_LINK = re.compile(r"\*([^*]+)\*<!-- (made/[\w./-]+) -->")


def linked(text: str) -> str:
    """Return the text of a page with links to pages of docs/made.

    Examples
    --------
    >>> linked("See the *bibliography*<!-- made/bibliography.md -->.")
    'See the [bibliography](/made/bibliography.md).'
    """
    return _LINK.sub(r"[\1](/\2)", text)


def _read(app: Any, page: str, source: list[str]) -> None:
    if not page.startswith("made/"):
        source[0] = linked(source[0])


def setup(app: Any) -> dict[str, bool]:
    """Add it to what is done with every page before it is read."""
    app.connect("source-read", _read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
