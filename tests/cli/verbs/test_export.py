"""`pdmodel export`."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

WORDS = ("export", "reference", "-r", "10 mg daily", "-d", "14", "-p", "responder")


def test_antimony_goes_to_stdout(command) -> None:
    """Nothing else stands there; settings come after the patient."""
    outcome = command(*WORDS, "--set", "il6_baseline=5")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("// reference: ")
    assert outcome.out.endswith("\nend\n")
    assert "const tone = 2;" in outcome.out
    assert "const il6_baseline = 5;" in outcome.out
    assert "14 times, first at day 0, then every day" in outcome.out


def test_a_file_is_written_whole(command, tmp_path: Path) -> None:
    """What stdout would show; a file that is there stays unless it may be replaced."""
    text = command(*WORDS).out
    outcome = command(*WORDS, "--out", "new/model.txt")
    assert (outcome.code, outcome.out) == (0, "wrote new/model.txt\n")
    file = tmp_path / "new" / "model.txt"
    assert file.read_text("utf-8") == text
    file.write_text("mine")
    assert command(*WORDS, "--out", "new/model.txt").code == 2
    assert file.read_text() == "mine"
    assert command(*WORDS, "--out", "new/model.txt", "--overwrite").code == 0
    assert file.read_text("utf-8") == text
    assert [path.name for path in file.parent.iterdir()] == ["model.txt"]


def test_sbml(command) -> None:
    """An XML document."""
    pytest.importorskip("libsbml", reason="needs the package python-libsbml")
    outcome = command(*WORDS, "--format", "sbml")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith('<?xml version="1.0" encoding="UTF-8"?>')
    assert outcome.out.rstrip().endswith("</sbml>")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--format", "smbl"), "unknown format 'smbl'; did you mean 'sbml'?"),
        (("--out", "."), "is a folder"),
        (("--set", "ton=2"), "unknown parameter 'ton'; did you mean 'tone'?"),
        (("--days", "-1"), "days must be a number > 0"),
    ],
)
def test_bad_input_is_one_message(command, words: tuple[str, ...], message: str) -> None:
    """Exit code 2, nothing on stdout."""
    days = () if "--days" in words else ("-d", "14")
    outcome = command(*WORDS[:4], *days, *words)
    assert (outcome.code, outcome.out) == (2, "")
    assert message in outcome.err
    assert outcome.err.count("\n") == 1


def test_an_archive_of_a_model(command, tmp_path: Path) -> None:
    """Its one file is the SBML of the same model; without a place it is refused."""
    pytest.importorskip("libsbml", reason="needs the package python-libsbml")
    assert command(*WORDS, "--format", "omex", "--out", "a.omex").code == 0
    with zipfile.ZipFile(tmp_path / "a.omex") as archive:
        assert archive.read("model.xml").decode() == command(*WORDS, "--format", "sbml").out
    refused = command(*WORDS, "--format", "omex")
    assert (refused.code, refused.out) == (2, "")


def test_a_model_needs_a_regimen(command) -> None:
    """One message says what is missing."""
    outcome = command("export", "reference")
    assert (outcome.code, outcome.out) == (2, "")
    assert "give --regimen and --days" in outcome.err
