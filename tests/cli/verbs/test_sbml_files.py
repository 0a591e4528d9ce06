"""Where a verb takes the name of a model, it takes a file of SBML too."""

from __future__ import annotations

from pathlib import Path

import pytest

import pdmodel
from pdmodel.interchange.omex import omex_bytes
from tests.interchange.sbml_reading.written_files import DECAY, document, written


def test_show_check_and_simulate_a_file(command, tmp_path: Path) -> None:
    """The file is read as a model, shown, checked and run."""
    path = written(tmp_path, DECAY)
    assert "Model toy" in command("show", str(path)).out
    assert "ok (2 states" in command("check", str(path)).out
    out = command("simulate", str(path), "--regimen", "no drug", "--days", "4", "--set", "k=1").out
    assert "A" in out


def test_verbs_take_an_archive_and_a_file_in_it(command, tmp_path: Path) -> None:
    """What is shown of a file is shown of the archive that holds it; two need a name."""
    content, path = document(DECAY), written(tmp_path, DECAY)
    (tmp_path / "a.omex").write_bytes(omex_bytes({path.name: content}, path.name))
    (tmp_path / "b.omex").write_bytes(omex_bytes({path.name: content, "z.xml": content}, ""))
    shown = command("show", str(path)).out
    assert command("show", str(tmp_path / "a.omex")).out == shown
    assert command("show", str(tmp_path / "b.omex" / path.name)).out == shown
    ended = command("show", str(tmp_path / "b.omex"))
    assert (ended.code, "name one, such as" in ended.err) == (2, True)


def test_models_are_loaded_by_the_ending_of_their_file(tmp_path: Path) -> None:
    """`load` reads .xml and .sbml alike; another ending is the name of a model."""
    path = written(tmp_path, DECAY)
    other = path.with_suffix(".SBML")
    other.write_text(document(DECAY), encoding="utf-8")
    assert pdmodel.load(str(path)) == pdmodel.load(str(other))
    with pytest.raises(pdmodel.PdmodelError, match="unknown model"):
        pdmodel.load(str(path.with_suffix(".txt")))


def test_the_unit_of_time_stands_behind_the_file(command, tmp_path: Path) -> None:
    """`toy.xml:hour` counts hours where the file says nothing; another word is refused."""
    path = written(tmp_path, DECAY)
    plain, hourly = pdmodel.load(str(path)), pdmodel.load(f"{path}:hour")
    assert hourly.defaults == {**plain.defaults, "time_units_per_day": 24}
    words = ("--regimen", "no drug", "--days", "4", "--json")
    assert (
        command("simulate", f"{path}:hour", *words).out
        != command("simulate", str(path), *words).out
    )
    ended = command("show", f"{path}:mole")
    assert (ended.code, "the unit of time of the file must be one" in ended.err) == (2, True)


def test_a_file_that_is_none_ends_in_one_line(command, tmp_path: Path) -> None:
    """Exit code 2 and one line for a file that is missing, cut or of something else."""
    path = tmp_path / "bad.xml"
    for content in (None, "<html/>", document(DECAY)[:-40]):
        if content is not None:
            path.write_text(content, encoding="utf-8")
        ended = command("show", str(path))
        assert ended.code == 2
        assert ended.err.startswith("error: ")
        assert len(ended.err.strip().splitlines()) == 1
