"""`pdmodel cite` prints the references of a model for a bibliography."""

from __future__ import annotations

import re

import pdmodel
from pdmodel.model.printing.text import references


def test_every_work_of_a_model_has_an_entry(command) -> None:
    """Each reference that is a work, once; then the program and the method."""
    out = command("cite", "reference").out
    keys = re.findall(r"^@\w+\{(\w+),$", out, re.MULTILINE)
    works = references(pdmodel.load("reference")).keys() - {"ASSUMED", "MODEL", "GENERAL"}
    assert len(keys) == len(set(keys))
    assert set(keys) == works | {"pdmodel", "RODAS5P"}
    assert keys[-2:] == ["pdmodel", "RODAS5P"]
    assert f"version = {{{pdmodel.__version__}}}" in out
    assert "  doi = {10.1007/s10543-023-00967-x}," in out


def test_entries_are_whole(command) -> None:
    """Braces are closed in every entry, also where long lines were printed."""
    out = command("cite", "reference").out
    for block in out.strip().split("\n\n")[1:]:
        assert block.count("{") == block.count("}")
        assert block.endswith("\n}")
        lines = block.splitlines()[1:-1]
        assert all(re.fullmatch(r"  \w+ = \{.*\},", line) for line in lines), block


def test_unknown_models_are_refused(command) -> None:
    """With the nearest name."""
    outcome = command("cite", "referenc")
    assert outcome.code == 2
    assert "did you mean 'reference'?" in outcome.err
