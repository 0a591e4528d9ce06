"""What a file says beside the mathematics: notes, identifiers, kinds of things."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from xml.sax.saxutils import escape

from pdmodel.model import Quantity

# Terms of the Systems Biology Ontology.
SBO = {
    "model": 293,  # non-spatial continuous framework
    "compartment": 290,  # physical compartment
    "species": 240,  # material entity
    "parameter": 2,  # quantitative systems description parameter
    "reaction": 375,  # process
    "loss": 179,  # degradation
    "gain": 393,  # production
    "rate": 192,  # rate law
}
_XHTML = "http://www.w3.org/1999/xhtml"


def write_notes(element: Any, lines: Iterable[str]) -> None:
    """Write lines as paragraphs of an element's notes."""
    paragraphs = "".join(f"<p>{escape(_clean(line))}</p>" for line in lines if line.strip())
    if paragraphs:
        element.setNotes(f'<body xmlns="{_XHTML}">{paragraphs}</body>')


def _clean(text: str) -> str:
    """Return text on one line, without signs that XML forbids."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", " ".join(text.split()))


def write_identifiers(element: Any, library: Any, quantity: Quantity, texts: list[str]) -> None:
    """Write what a quantity is, and where its value comes from, as MIRIAM annotations.

    Parameters
    ----------
    element
        Of libSBML.
    library
        libSBML.
    quantity
        Its identifiers are compact ones such as `uniprot:P05231`.
    texts
        Full references; of each the DOI and the PubMed number count.
    """
    terms = [(library.BQB_IS, quantity.identifiers)] if quantity.identifiers else []
    if works := [*_works(texts)]:
        terms.append((library.BQB_IS_DESCRIBED_BY, tuple(works)))
    if not terms:
        return
    element.setMetaId(f"meta_{element.getId()}")
    for qualifier, resources in terms:
        term = library.CVTerm(library.BIOLOGICAL_QUALIFIER)
        term.setBiologicalQualifierType(qualifier)
        for resource in resources:
            term.addResource(f"https://identifiers.org/{resource}")
        element.addCVTerm(term)


_DOI = re.compile(r"\bdoi:?\s*(10\.\d{4,9}/[^\s,;()]*[^\s,;().])", re.IGNORECASE)
_PUBMED = re.compile(r"\bPMID:?\s*(\d+)")


def _works(texts: list[str]) -> Iterator[str]:
    for text in texts:
        yield from (f"doi:{match[1]}" for match in _DOI.finditer(text))
        yield from (f"pubmed:{match[1]}" for match in _PUBMED.finditer(text))


def origin(quantity: Quantity, references: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Return the lines that say where a value comes from, and the full references in them."""
    if not quantity.source:
        return [], []
    keys = [key.strip() for key in quantity.source.split(";")]
    texts = [f"{key}: {references[key]}" for key in keys if key in references]
    lines = [f"status: {quantity.status}", f"source: {quantity.source}", *texts]
    return lines, texts
