"""COMBINE archives: what is packed comes out again, and nothing lies elsewhere."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pytest

from pdmodel.errors import InputError
from pdmodel.interchange import read_petab, read_sbml
from pdmodel.interchange.omex import PETAB, SBML, file_of, omex_bytes, unpacked
from tests.interchange.petab.written_problems import ROWS, write_problem
from tests.interchange.sbml_reading.written_files import DECAY, document, written


def test_a_problem_in_an_archive_is_the_same_problem(tmp_path: Path) -> None:
    """With the same log-likelihood, also beside other YAML; packed twice, the same bytes."""
    pytest.importorskip("petab", reason="needs the package petab")
    file = write_problem(tmp_path / "p", ROWS)
    files = {each.name: each.read_text("utf-8") for each in file.parent.iterdir()}
    packed = omex_bytes(files, "problem.yaml")
    (tmp_path / "a.omex").write_bytes(packed)
    assert omex_bytes(files, "problem.yaml") == packed
    files["selection.yaml"] = "model_space_files: [space.tsv]"
    (tmp_path / "a.omex").write_bytes(omex_bytes(files, "problem.yaml"))
    back = read_petab(tmp_path / "a.omex")
    assert back.log_likelihood() == read_petab(file).log_likelihood()
    with zipfile.ZipFile(tmp_path / "a.omex") as archive:
        manifest = archive.read("manifest.xml").decode()
    assert 'location="./problem.yaml"' in manifest
    assert manifest.count('master="true"') == 1


def test_names_that_cannot_lie_side_by_side_are_one_message(tmp_path: Path) -> None:
    """A file and a folder of one name; the message does not name our own folder."""
    with zipfile.ZipFile(tmp_path / "a.omex", "w") as archive:
        archive.writestr("a", "")
        archive.writestr("a/b.xml", "")
    with (
        pytest.raises(InputError, match=r"^a\.omex cannot be unpacked: [\w ]+$"),
        unpacked(tmp_path / "a.omex"),
    ):
        raise AssertionError


@pytest.mark.parametrize("name", ["../evil.yaml", "/evil.yaml", "a/../../evil.yaml"])
def test_what_would_lie_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    """Before anything is unpacked."""
    with zipfile.ZipFile(tmp_path / "a.omex", "w") as archive:
        archive.writestr(name, "x")
    with pytest.raises(InputError, match="would lie elsewhere"), unpacked(tmp_path / "a.omex"):
        raise AssertionError


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    """In one line each: other files, none, many problems or none in it."""
    (tmp_path / "a.omex").write_text("no")
    with pytest.raises(InputError, match="no COMBINE archive"), unpacked(tmp_path / "a.omex"):
        raise AssertionError
    with pytest.raises(InputError, match="is missing"), unpacked(tmp_path / "b.omex"):
        raise AssertionError
    (tmp_path / "c.omex").write_bytes(omex_bytes({"model.xml": "<sbml/>"}, "model.xml"))
    with pytest.raises(InputError, match="no PEtab prob"), file_of(tmp_path / "c.omex", PETAB):
        raise AssertionError


def _archive(folder: Path, files: dict[str, str], main: str = "") -> Path:
    (folder / "study.omex").write_bytes(omex_bytes(files, main))
    return folder / "study.omex"


def test_the_one_model_of_an_archive_is_read(tmp_path: Path) -> None:
    """Also where no manifest lists it, and beside files of other kinds."""
    pytest.importorskip("libsbml", reason="needs the package python-libsbml")
    plain = read_sbml(written(tmp_path, DECAY))
    files = {"toy.xml": document(DECAY), "notes.txt": "mentions <sbml >", "other.tsv": "a"}
    assert read_sbml(_archive(tmp_path, files)) == plain
    with zipfile.ZipFile(tmp_path / "bare.omex", "w") as archive:
        archive.writestr("models/toy.xml", document(DECAY))
        archive.writestr("page.xml", "<html/>")
    assert read_sbml(tmp_path / "bare.omex") == plain
    assert read_sbml(tmp_path / "bare.omex", time_unit="hour") != plain


def test_one_of_several_models_must_be_named(tmp_path: Path) -> None:
    """All are said; a file of the archive is named by its path, and one master needs no name."""
    pytest.importorskip("libsbml", reason="needs the package python-libsbml")
    files = {"toy.xml": document(DECAY), "b.xml": document(DECAY.replace("0.5", "0.25"))}
    several = _archive(tmp_path, files)
    with pytest.raises(InputError, match=r"2 SBML models \(b\.xml, toy\.xml\).*study\.omex/b\.xml"):
        read_sbml(several)
    plain = read_sbml(written(tmp_path, DECAY))
    assert read_sbml(several / "toy.xml") == plain
    with pytest.raises(InputError, match=r"unknown file in study\.omex 'toys\.xml'.*toy\.xml"):
        read_sbml(several / "toys.xml")
    with pytest.raises(InputError, match=r"unknown file in study\.omex"):
        read_sbml(several / ".." / "toy.xml")
    assert read_sbml(_archive(tmp_path, files, "toy.xml")) == plain


@pytest.mark.parametrize(
    "kind", ["combine.specifications/sbml.level-3.version-2", "combine.specifications:sbml",
             "NET/mediatypes/application/sbml+xml"],
)  # fmt: skip
def test_formats_are_known_by_their_word(tmp_path: Path, kind: str) -> None:
    """However a manifest writes what is SBML, the master of two is taken."""
    files = {"toy.xml": document(DECAY), "b.xml": document(DECAY)}
    packed = omex_bytes(files, "toy.xml")
    with (
        zipfile.ZipFile(io.BytesIO(packed)) as old,
        zipfile.ZipFile(tmp_path / "a.omex", "w") as new,
    ):
        for name in old.namelist():
            text = old.read(name).decode()
            new.writestr(name, text.replace("combine.specifications/sbml", kind))
    with file_of(tmp_path / "a.omex", SBML) as file:
        assert file.name == "toy.xml"


@pytest.mark.parametrize("manifest", ["<a>", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "\xff"])
def test_manifests_are_read_with_care(tmp_path: Path, manifest: str) -> None:
    """A broken one, one with entities or in another encoding ends in one line."""
    with zipfile.ZipFile(tmp_path / "a.omex", "w") as archive:
        archive.writestr("toy.xml", document(DECAY))
        archive.writestr("manifest.xml", manifest.encode("latin-1"))
    with (
        pytest.raises(InputError, match=r"^manifest\.xml [^\n]*$"),
        file_of(tmp_path / "a.omex", SBML),
    ):
        raise AssertionError


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    """Neither one that says its size, nor one that lies about it."""
    packed = omex_bytes({"model.xml": " " * 3_000_000}, "")
    (tmp_path / "lies.omex").write_bytes(packed.replace(struct.pack("<I", 3_000_000), b"\1\0\0\0"))
    with pytest.raises(InputError, match="broken"), unpacked(tmp_path / "lies.omex"):
        raise AssertionError
    with zipfile.ZipFile(tmp_path / "many.omex", "w") as archive:
        for number in range(1001):
            archive.writestr(f"{number}.xml", "")
    with (
        pytest.raises(InputError, match="more than 200 MB or 1000"),
        unpacked(tmp_path / "many.omex"),
    ):
        raise AssertionError
