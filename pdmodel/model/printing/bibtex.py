"""The references of a model as BibTeX; a field is written only where the reference says it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pdmodel.model.model import Model
from pdmodel.model.printing.text import parameter_rows, references
from pdmodel.model.vocabulary import ASSUMED

# Words that stand in a source where there is no work to be cited.
_NO_WORKS = frozenset({ASSUMED, "MODEL", "GENERAL", "definition"})

# `Surname AB, Surname C, et al. ` and `Surname et al. `: nothing else is taken for authors.
_NAME = r"(?:(?:van|von|de|der|den) )*[A-Z][^\W\d_]+(?:-[A-Z][^\W\d_]+)*"
_PERSON = rf"{_NAME} [A-Z]{{1,4}}"
_AUTHORS = re.compile(
    rf"(?P<people>{_PERSON}(?:, {_PERSON})*)(?P<others>,? et al)?\. |(?P<one>{_NAME}) et al\. "
)
# `Title. Journal 2008;111(11):5291`: what follows is kept in the note only.
_ARTICLE = re.compile(
    r"(?:(?P<title>[^.]+(?:\.[^. ][^.]*)*)\. )?"
    r"(?P<journal>[A-Z][A-Za-z &]+) (?P<year>\d{4});(?P<volume>\d+)"
    r"(?:\((?P<number>\d+)\))?(?::(?P<pages>[A-Za-z]?\d+))?(?=[\s.,;(]|$)"
)
_DOI = re.compile(r"\bdoi (?P<doi>10\.\d{4,}/[^\s,;]*[^\s,;.)])")
_ESCAPED = re.compile(r"[&%$#_{}]")


def model_bibtex(model: Model) -> str:
    """Return an entry for each work that the mechanisms and numbers of a model name.

    Parameters
    ----------
    model
        Its vocabulary holds the references.

    Returns
    -------
    str
        BibTeX in the order of the keys; sources without a reference are named in a comment.
    """
    works = {key: text for key, text in references(model).items() if key not in _NO_WORKS}
    blocks = [entry(key, text) for key, text in works.items()]
    if missing := sorted(_sources(model) - works.keys() - _NO_WORKS):
        blocks.append(f"% No full reference is declared for: {', '.join(missing)}\n")
    return "\n".join(blocks)


def _sources(model: Model) -> set[str]:
    """Return the keys that numbers and mechanisms name; who set a number is no key."""
    texts = [row.source for row in parameter_rows(model) if not row.source.startswith("set by ")]
    texts += [mechanism.source for mechanism in model.mechanisms]
    return {key.strip() for text in texts for key in text.split(";")} - {""}


def entry(key: str, reference: str) -> str:
    """Return a reference as an entry of BibTeX.

    Parameters
    ----------
    key
        Under which it is cited.
    reference
        In full: `Authors. Title. Journal Year;Volume(Number):Page`, and whatever else. Where it is
        written otherwise the entry is a `misc`; in any case the note has the whole text.

    Returns
    -------
    str
        Lines of one entry.

    Examples
    --------
    >>> print(entry("M99", "Mohr A, Bell C, et al. Half-life of X. J Test 1999;12:34."), end="")
    @article{M99,
      author = {Mohr, A and Bell, C and others},
      title = {{Half-life of X}},
      journal = {J Test},
      year = {1999},
      volume = {12},
      pages = {34},
      note = {Mohr A, Bell C, et al. Half-life of X. J Test 1999;12:34.},
    }
    """
    by = _AUTHORS.match(reference)
    rest = reference[by.end() :] if by else reference
    article = _ARTICLE.match(rest)
    fields = {"author": _people(by) if by else ""}
    fields |= _article(article.groupdict()) if article else {}
    doi = _DOI.search(reference)
    fields |= {"doi": doi["doi"] if doi else "", "note": _plain(reference)}
    lines = [f"  {name} = {{{value}}},\n" for name, value in fields.items() if value]
    return f"@{'article' if article else 'misc'}{{{key},\n{''.join(lines)}}}\n"


def _article(cited: Mapping[str, str | None]) -> dict[str, str]:
    """Return the fields of an article; its title keeps its capitals."""
    fields = {name: _plain(value or "") for name, value in cited.items()}
    return fields | {"title": f"{{{fields['title']}}}" if fields["title"] else ""}


def _people(by: re.Match[str]) -> str:
    if by["one"]:
        return f"{by['one']} and others"
    names = [person.rsplit(" ", 1) for person in by["people"].split(", ")]
    return " and ".join([*map(", ".join, names), *(["others"] if by["others"] else [])])


def _plain(text: str) -> str:
    """Return text that BibTeX takes as it reads."""
    return _ESCAPED.sub(lambda sign: "\\" + sign[0], text.replace("\\", "/"))
