"""What every card of a notebook must be."""

import re
from typing import Any
from xml.etree import ElementTree

from pdmodel.markup import LARGEST


def sound_card(thing: Any) -> str:
    """Return the card of an object, once it is small, whole, without script, colour or address."""
    html = str(thing._repr_html_())
    assert len(html.encode()) <= LARGEST
    ElementTree.fromstring(html)  # every tag is closed, every text escaped
    assert "<script" not in html
    assert not re.search(r"\son\w+=", html.partition("</style>")[2].replace("&", ""))
    assert not re.search(r"#[0-9a-f]{3,6}\b|rgb|white|black", _drawn(html))
    plain = repr(thing)
    assert "0x" not in html + plain
    assert len(plain) < 1_000
    return html


def _drawn(html: str) -> str:
    """Return styles and tags: what could bring a colour in."""
    return html.partition("</style>")[0] + "".join(re.findall(r"<[^>]*>", html))
