"""BibTeX of references: fields that are stated, none that are guessed."""

import re

import pytest

from equations.bibliography import REFERENCES
from pdmodel.model import Mechanism, Model, Vocabulary
from pdmodel.model.printing.bibtex import entry, model_bibtex

WORKS = {
    key: text for key, text in REFERENCES.items() if key not in ("ASSUMED", "MODEL", "GENERAL")
}


@pytest.mark.parametrize("key", WORKS)
def test_fields_are_words_of_the_reference(key: str) -> None:
    """Whatever an entry says stands in the reference; the note has all of it."""
    reference = REFERENCES[key]
    fields = dict(re.findall(r"^  (\w+) = \{(.*)\},$", entry(key, reference), re.MULTILINE))
    assert fields.pop("note").replace("\\%", "%") == reference
    for name in re.split(r" and |, ", fields.pop("author", "")):
        assert name == "others" or name in reference
    for value in fields.values():
        assert value.strip("{}").replace("\\%", "%") in reference


def test_articles_are_told_from_what_only_resembles_them() -> None:
    """Journal, year and volume make an article; a year alone does not, nor do words before it."""
    article = entry(
        "A", "van de Putte LBA, et al. Adalimumab, 1 year on. Ann Rheum Dis 2004;63:508"
    )
    assert article.startswith("@article{A,")
    assert "author = {van de Putte, LBA and others}," in article
    assert entry("B", "Lai R, et al. IL-6 in CLL. Cancer 2002, PMID 12209693.").startswith("@misc")
    alone = entry("C", "NK-cell turnover in humans. Immunology 2007;121:258 (abstract).")
    assert "author" not in alone
    assert "title = {{NK-cell turnover in humans}}," in alone


def test_signs_of_bibtex_are_escaped() -> None:
    """A brace or a percent sign in a reference breaks nothing."""
    assert "note = {50 \\% \\{of\\} A/B\\_C}," in entry("D", "50 % {of} A\\B_C")


def test_sources_without_a_reference_are_named() -> None:
    """They are no entries: a comment says which; own choices are not works at all."""
    q = Vocabulary(references={"MADE2020": "Made up. Journal of Tests 2020;1:2."})
    k = q.parameter("k", unit="1/day", value=1, bounds=(0, 5), meaning="rate", source="MADE2020")
    x = q.state("x", unit="1", initial=1, meaning="something")
    q.slot("s", meaning="role", states=(x,))
    loss = Mechanism("m", "s", "it falls", processes={"loss": {x: -k * x}}, source="LOST1999")
    written = model_bibtex(Model("own", q, [loss]))
    assert written.count("@") == 1
    assert "% No full reference is declared for: LOST1999" in written
