"""What notebooks show of an object: small HTML without scripts, in the colours of the page around.

Every text is escaped here, long ones are cut, and a card never grows beyond `LARGEST` bytes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import singledispatch
from html import escape

from pdmodel.errors import shortened

LARGEST = 30_000
"""Bytes of a card; what is folded away goes first where there is more."""
_LONGEST_CELL = 400
_STYLE = (
    "<style>div.pdmodel table{border-collapse:collapse;margin:.5em 0}"
    "div.pdmodel th,div.pdmodel td{text-align:left;vertical-align:top;padding:.15em .8em .15em 0}"
    "div.pdmodel .number{text-align:right;font-variant-numeric:tabular-nums}"
    "div.pdmodel .aside{opacity:.75}"
    "div.pdmodel pre{overflow-x:auto;background:transparent;color:inherit}"
    "div.pdmodel summary{cursor:pointer}</style>"
)


@singledispatch
def card_of(thing: object) -> str:
    """Return what a notebook shows of an object; classes that are written elsewhere register.

    Parameters
    ----------
    thing
        Any object; by default its text.

    Returns
    -------
    str
        HTML of at most `LARGEST` bytes.
    """
    return card(type(thing).__name__, "", preformatted(str(thing)))


def text(value: object, longest: int = _LONGEST_CELL) -> str:
    """Return a text as HTML, cut where it is too long to be read in passing.

    Examples
    --------
    >>> text("TNF <-> IL-6"), text("abcdef", 3)
    ('TNF &lt;-&gt; IL-6', 'abc...')
    """
    return escape(shortened(str(value), longest))


def paragraph(*sentences: object, aside: bool = False) -> str:
    """Return sentences as a paragraph; those that are empty are left out.

    Examples
    --------
    >>> paragraph("No drug.", "", aside=True)
    '<p class="aside">No drug.</p>'
    """
    said = " ".join(text(sentence) for sentence in sentences if str(sentence))
    kind = ' class="aside"' if aside else ""
    return f"<p{kind}>{said}</p>" if said else ""


def table(
    names: Sequence[str],
    rows: Iterable[Sequence[object]],
    right: Collection[int] = (),
    largest: int = 9_000,
) -> str:
    """Return a table, or nothing where it has no rows; its last row says how many are left out.

    Parameters
    ----------
    names
        Headings of the columns.
    rows
        Cells, as many in each row as there are names.
    right
        Numbers of the columns that are aligned to the right.
    largest
        Bytes of all rows together.

    Examples
    --------
    >>> table(("mg",), [(2,)], right={0}).removesuffix("</table>")
    '<table><tr><th class="number">mg</th></tr><tr><td class="number">2</td></tr>'
    >>> table(("n",), [(n,) for n in range(100)], largest=40)[-49:]
    '<tr><td colspan="1">and 98 more</td></tr></table>'
    """
    kinds = [' class="number"' if column in right else "" for column in range(len(names))]
    written = [_row("td", kinds, row) for row in rows]
    if not written:
        return ""
    kept = _within(written, largest)
    if len(kept) < len(written):
        left = f"and {len(written) - len(kept)} more"
        kept.append(f'<tr><td colspan="{len(names)}">{left}</td></tr>')
    return f"<table>{_row('th', kinds, names)}{''.join(kept)}</table>"


def preformatted(content: str, largest: int = 12_000) -> str:
    r"""Return text with its lines as they are; a last line says how many are left out.

    Examples
    --------
    >>> preformatted("a < b"), preformatted("one\ntwo\nthree", largest=5)
    ('<pre>a &lt; b</pre>', '<pre>one\nand 2 more lines</pre>')
    """
    lines = [escape(shortened(line, _LONGEST_CELL)) for line in content.rstrip().split("\n")]
    kept = _within([f"{line}\n" for line in lines], largest)
    if len(kept) < len(lines):
        left = len(lines) - len(kept)
        kept.append(f"and {left} more line{'' if left == 1 else 's'}")
    return f"<pre>{''.join(kept).rstrip()}</pre>"


def folded(title: str, *parts: str) -> str:
    """Return parts that are seen when one asks for them; nothing where all are empty.

    Examples
    --------
    >>> folded("Doses", paragraph("None.")), folded("Doses", "")
    ('<details><summary>Doses</summary><p>None.</p></details>', '')
    """
    content = "".join(parts)
    return f"<details><summary>{text(title)}</summary>{content}</details>" if content else ""


def card(title: object, beside: object = "", *parts: str) -> str:
    """Return what stands for one object: its title, a few words beside it, and parts.

    Parameters
    ----------
    title, beside
        Text, which is escaped.
    *parts
        HTML, the most important first: where all are too large, the last ones are left out.

    Returns
    -------
    str
        HTML of at most `LARGEST` bytes.
    """
    head = f'<p><b>{text(title)}</b> <span class="aside">{text(beside)}</span></p>'
    last = paragraph("More than a notebook shows is left out.", aside=True)
    room = LARGEST - sum(_bytes(part) for part in (_STYLE, head, last)) - 40
    kept = _within([part for part in parts if part], room, least=0)
    if len(kept) < sum(map(bool, parts)):
        kept.append(last)
    return f'<div class="pdmodel">{_STYLE}{head}{"".join(kept)}</div>'


def _row(tag: str, kinds: Sequence[str], cells: Sequence[object]) -> str:
    written = (
        f"<{tag}{kind}>{text(cell)}</{tag}>" for kind, cell in zip(kinds, cells, strict=True)
    )
    return f"<tr>{''.join(written)}</tr>"


def _within(pieces: Sequence[str], largest: int, least: int = 1) -> list[str]:
    """Return as many of the first pieces as have room, at least so many."""
    kept: list[str] = []
    for piece in pieces:
        largest -= _bytes(piece)
        if largest < 0 and len(kept) >= least:
            break
        kept.append(piece)
    return kept


def _bytes(content: str) -> int:
    return len(content.encode())
