"""Files of others are read safely; what cannot be run is refused by its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from pdmodel.errors import PdmodelError
from pdmodel.interchange import read_sbml
from pdmodel.interchange.markup import MOST_BYTES
from pdmodel.interchange.sbml_reading.file_contents.library import SbmlRefusal
from tests.interchange.sbml_reading.written_files import (
    CSYMBOL,
    DECAY,
    document,
    maths,
    parameter,
    written,
)

LAUGHS = '<?xml version="1.0"?><!DOCTYPE sbml [<!ENTITY a "ha">]>' + document(DECAY).split("?>")[1]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "is not SBML"),
        ("<html/>", "is not SBML"),
        (document(DECAY)[:-30], "line 2: "),
        (document(DECAY).replace("</model>", ""), "line 2: "),
        (LAUGHS, "declares a document type or entities"),
        (document(DECAY).replace("UTF-8", "UTF-16"), "is in utf-16, in letters of one byte"),
        (document(DECAY).replace("UTF-8", "EBCDIC"), "is in ebcdic; SBML must be in UTF-8"),
        (document("").replace('<model id="toy" ></model>', ""), "holds no model"),
    ],
    ids=["empty", "another", "cut", "unclosed", "entities", "one byte", "encoding", "no model"],
)
def test_files_that_are_no_sbml(content: str, says: str, tmp_path: Path) -> None:
    """One line says what is wrong with a file that cannot be read."""
    path = tmp_path / "toy.xml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(PdmodelError, match=says) as caught:
        read_sbml(path)
    assert "\n" not in str(caught.value)


def test_missing_binary_and_huge_files(tmp_path: Path) -> None:
    """A file that is not there, holds no text or is too large is not parsed."""
    with pytest.raises(PdmodelError, match="cannot be read"):
        read_sbml(tmp_path / "missing.xml")
    path = tmp_path / "toy.xml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PdmodelError, match="is not in UTF-16"):
        read_sbml(path)
    path.write_bytes(document(DECAY).replace("toy", "tøy").encode("latin-1"))
    with pytest.raises(PdmodelError, match="is not in UTF-8"):
        read_sbml(path)
    with path.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    with pytest.raises(PdmodelError, match="has 50 MB; SBML files of up to 50 MB are read"):
        read_sbml(path)


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "windows-1252", "UTF-16", "UTF-8"])
def test_files_say_their_encoding(encoding: str, tmp_path: Path) -> None:
    """Older programs wrote what they had; a file is decoded as it says, and notes survive."""
    notes = '<notes><p xmlns="http://www.w3.org/1999/xhtml">Müller, é</p></notes>'
    text = document(notes + DECAY).replace("UTF-8", encoding)
    path = tmp_path / "toy.xml"
    path.write_bytes(text.encode(encoding))
    assert read_sbml(path).claim == "Müller, é"
    path.write_bytes(LAUGHS.replace("?>", f' encoding="{encoding}"?>', 1).encode(encoding))
    with pytest.raises(PdmodelError, match="declares a document type or entities"):
        read_sbml(path)


DELAY = CSYMBOL.format("delay", "d")
DELAYED = DECAY.replace("<ci>A</ci>", f"<apply>{DELAY}<ci>A</ci><cn>1</cn></apply>")


@pytest.mark.parametrize(
    ("body", "level", "feature", "says"),
    [
        (DELAYED, "3.2", "delay", "the rate of reaction 'turn' holds a delay"),
        (
            DECAY.replace('reversible="false"', 'reversible="false" fast="true"'),
            "3.1", "fast reaction", "reaction 'turn' is fast",
        ),
    ],
    ids=["delay", "fast"],
)  # fmt: skip
def test_what_is_not_run_is_named(
    body: str, level: str, feature: str, says: str, tmp_path: Path
) -> None:
    """A refusal names the element and the reason."""
    with pytest.raises(SbmlRefusal, match=says) as caught:
        read_sbml(written(tmp_path, body, level))
    assert caught.value.feature == feature


def test_needed_packages_are_refused(tmp_path: Path) -> None:
    """A package that changes what a model means is refused by its name."""
    space = "http://www.sbml.org/sbml/level3/version1/"
    for package in ("distrib", "spatial"):
        text = document(DECAY, "3.1").replace(
            "<sbml ", f'<sbml xmlns:p="{space}{package}/version1" p:required="true" '
        )
        path = tmp_path / "toy.xml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(PdmodelError, match=package):
            read_sbml(path)


def test_unknown_names_and_deep_formulas(tmp_path: Path) -> None:
    """A formula that cannot be read says where it stands."""
    with pytest.raises(PdmodelError, match=r"in the rate of reaction 'turn': 'kk'.*mean 'k'"):
        read_sbml(written(tmp_path, DECAY.replace("<ci>k</ci>", "<ci>kk</ci>")))
    deep = "<apply><minus/>" * 3000 + "<ci>k</ci>" + "</apply>" * 3000
    body = (
        f"<listOfParameters>{parameter('k', '1')}{parameter('x', '1', False)}</listOfParameters>"
        f'<listOfRules><rateRule variable="x">{maths(deep)}</rateRule></listOfRules>'
    )
    with pytest.raises(PdmodelError, match="nested too deep"):
        read_sbml(written(tmp_path, body))
