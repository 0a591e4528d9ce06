"""What elements of a file are called, what is said of them, and what databases know of them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

from pdmodel.errors import shortened
from pdmodel.interchange.sbml_reading.file_contents.library import libsbml

_EQUATIONS = re.compile(r"equations [0-9a-f]{64}")
_REFUTED = "refuted by: "
_LONGEST = 400
_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_.]*:[^\s:/]\S*")


def title(element: Any) -> str:
    """Return the name of an element, its id where it has none."""
    return str(element.getName() or element.getId())


def plain_text(element: Any) -> str:
    """Return the notes of an element without their markup, cut where they are long."""
    return _plain(element.getNotesString()) if element.isSetNotes() else ""


def claim_and_refutation(model: Any) -> tuple[str, str]:
    """Return what a model claims, and what would refute it; only files of ours say that apart.

    Their notes go on with the regimen and the hash of the equations, which are no claim.
    """
    text = model.getNotesString() if model.isSetNotes() else ""
    lines = [_plain(part) for part in text.split("</p>")]
    if not any(_EQUATIONS.fullmatch(line) for line in lines):
        return plain_text(model), ""
    refuted = next((line for line in lines if line.startswith(_REFUTED)), "")
    # A model without a claim begins with what comes next.
    claim = "" if lines[0].startswith((_REFUTED, "regimen: ", "doses: ")) else lines[0]
    return claim, refuted.removeprefix(_REFUTED)


def _plain(text: str) -> str:
    return shortened(" ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split()), _LONGEST)


def references(model: Any) -> Iterator[tuple[str, str]]:
    """Yield what the annotations of a model name: a short key, and the address."""
    for term in _terms(model):
        for address in _addresses(term):
            yield ":".join(re.split(r"[/:]", address)[-2:]), address


def identifiers(element: Any) -> tuple[str, ...]:
    """Return what an element is in databases, such as `uniprot:P05231`."""
    terms = [
        term for term in _terms(element) if term.getBiologicalQualifierType() == libsbml.BQB_IS
    ]
    compact = [_compact(address) for term in terms for address in _addresses(term)]
    return tuple(dict.fromkeys(text for text in compact if _IDENTIFIER.fullmatch(text)))


def _terms(element: Any) -> Iterator[Any]:
    return (element.getCVTerm(number) for number in range(element.getNumCVTerms()))


def _addresses(term: Any) -> list[str]:
    return [term.getResourceURI(number) for number in range(term.getNumResources())]


def _compact(address: str) -> str:
    """Return `uniprot:P05231` of `https://identifiers.org/uniprot/P05231` or `urn:miriam:...`."""
    named = address.replace("%3A", ":").rstrip("/").split("/")[-1]
    if "urn:miriam:" in address:
        return address.partition("urn:miriam:")[2].replace("%3A", ":")
    if ":" in named:
        return named
    return ":".join(address.rstrip("/").split("/")[-2:])
