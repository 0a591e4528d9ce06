"""COMBINE archives: what is packed comes out again, and nothing lies elsewhere."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from pdmodel.errors import InputError
from pdmodel.interchange import read_petab
from pdmodel.interchange.omex import omex_bytes, problem_in, unpacked
from tests.interchange.petab.written_problems import ROWS, write_problem


def test_a_problem_in_an_archive_is_the_same_problem(tmp_path: Path) -> None:
    """Packed and read, with the same log-likelihood; packed twice, the same bytes."""
    pytest.importorskip("petab", reason="needs the package petab")
    file = write_problem(tmp_path / "p", ROWS)
    files = {each.name: each.read_text("utf-8") for each in file.parent.iterdir()}
    packed = omex_bytes(files, "problem.yaml")
    (tmp_path / "a.omex").write_bytes(packed)
    assert omex_bytes(files, "problem.yaml") == packed
    back = read_petab(tmp_path / "a.omex")
    assert back.log_likelihood() == read_petab(file).log_likelihood()
    with zipfile.ZipFile(tmp_path / "a.omex") as archive:
        manifest = archive.read("manifest.xml").decode()
    assert 'location="./problem.yaml"' in manifest
    assert manifest.count('master="true"') == 1


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
    with unpacked(tmp_path / "c.omex") as folder, pytest.raises(InputError, match="no PEtab prob"):
        problem_in(folder, "c.omex")
