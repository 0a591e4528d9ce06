"""The bibliography: every work that a published model names, with the models that name it."""

from __future__ import annotations

import re
from pathlib import Path

from pdmodel import catalogue
from pdmodel.model import Model
from pdmodel.model.printing.text import references

_LINK = re.compile(r"\bdoi (10\.\d{4,}/[^\s,;]*[^\s,;.)])|\bPMID (\d+)|\b(PMC\d+)")
_NO_WORKS = ("ASSUMED", "MODEL", "GENERAL", "definition")


def write_references(folder: Path) -> None:
    """Write the page of all works, in the order of their keys.

    Parameters
    ----------
    folder
        docs/made.
    """
    works: dict[str, str] = {}
    for model in catalogue.models().values():
        works |= named_works(model)
    lines = ["# Bibliography", ""]
    lines += [
        "Works that the shipped models name, by the key under which numbers and mechanisms cite",
        "them. Each says how much of it was read: of most the abstract only.",
        "[`pdmodel cite`](commands/cite.md) prints those of one model as BibTeX.", "",
    ]  # fmt: skip
    for key in sorted(works):
        lines += [f"({anchor(key)})=", "", f"**{key}**", f": {linked(works[key])}", ""]
    (folder / "bibliography.md").write_text("\n".join(lines), "utf-8")


def named_works(model: Model) -> dict[str, str]:
    """Return the works that a model names; words for numbers without a source are none."""
    return {key: text for key, text in references(model).items() if key not in _NO_WORKS}


def anchor(key: str) -> str:
    """Return the name under which a page links to a work."""
    return "work-" + re.sub(r"[^a-z0-9]+", "-", key.lower()).strip("-")


def linked(text: str) -> str:
    """Return a reference in Markdown, its identifiers as links."""
    escaped = re.sub(r"([*_<>\[\]`])", r"\\\1", text)
    return _LINK.sub(_link, escaped)


def _link(match: re.Match[str]) -> str:
    doi, pubmed, central = match.groups()
    if doi:
        return f"[doi {doi}](https://doi.org/{doi})"
    if pubmed:
        return f"[PMID {pubmed}](https://pubmed.ncbi.nlm.nih.gov/{pubmed}/)"
    return f"[{central}](https://www.ncbi.nlm.nih.gov/pmc/articles/{central}/)"
