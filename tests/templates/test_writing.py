"""A new file is whole, is called as asked, and knows no other application."""

from __future__ import annotations

import errno
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pdmodel import catalogue
from pdmodel.errors import InputError, UnknownNameError
from pdmodel.hypotheses import Comparison
from pdmodel.inference import Question
from pdmodel.model import Model
from pdmodel.storage.files import atomic
from pdmodel.templates.writing import USUAL, kinds, write_new
from pdmodel.trial import Search, Trial

PARTS = ("", "_assays", "_patterns", "_targets")
CLL = r"responder|SPD|ALC|CLL|lenalidomide|node|flare|myeloma|neutropenia|tone"
ARTHRITIS = r"DAS28|adalimumab|synovi|joint|CRP|refractory"
CYTOKINES = r"il-?6|tnf"


def names(folder: Path) -> list[str]:
    """Return the names of what is in a folder."""
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("kind", kinds())
def test_files_are_named_for_the_model(kind: str, tmp_path: Path) -> None:
    """The file, its tables and the model in it have the name that was asked for."""
    written = write_new(tmp_path / "mine.py", kind)
    assert names(tmp_path) == ["mine.py", *(f"mine{part}.csv" for part in PARTS[1:])]
    assert written.files[0].name == "mine.py"
    assert catalogue.load(f"{tmp_path / 'mine.py'}:mine").name == "mine"
    assert all("$" not in file.read_text("utf-8") for file in written.files)


@pytest.mark.parametrize("kind", kinds())
def test_a_file_is_written_as_a_linter_wants_it(kind: str, tmp_path: Path) -> None:
    """Where nothing is configured but the length of lines, ruff finds nothing to say."""
    file = write_new(tmp_path / "my_model.py", kind).files[0]
    for words in (["check", "--select", "B,D1,E,F,I,NPY,RET,SIM,UP"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *words, "--isolated", "--line-length", "100"]
        command.append(file.name)
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("kind", kinds())
def test_a_file_holds_all_that_commands_ask_for(kind: str, tmp_path: Path) -> None:
    """Rival models, two patients, a question, a trial, a search and a comparison."""
    file = str(write_new(tmp_path / "mine.py", kind).files[0])
    model = catalogue.load(f"{file}:mine")
    question = catalogue.find_object(file, "fit", "pdmodel.fits", Question)
    comparison = catalogue.find_object(file, "comparison", "pdmodel.comparisons", Comparison)
    trial = catalogue.find_object(file, "trial", "pdmodel.trials", Trial)
    search = catalogue.find_object(file, "search", "pdmodel.searches", Search)
    assert search.trial == trial == comparison.trial
    assert {group for target in question.problem().targets for group in target.groups} == {
        patient.name for patient in catalogue.patients(near=question).values()
    } & set(question.problem().groups)
    chosen = comparison.choose()
    assert len({hypothesis.model.name for hypothesis in chosen}) == 2
    assert len({hypothesis.difference.name for hypothesis in chosen}) == 2
    assert all(isinstance(hypothesis.model, Model) for hypothesis in chosen)
    assert all(q.status == "assumed" for q in model.parameters)


@pytest.mark.parametrize("kind", kinds())
def test_a_file_knows_no_other_application(kind: str, tmp_path: Path) -> None:
    """No word of another disease or drug; cytokines in the file about cytokines only."""
    foreign = [CLL, ARTHRITIS, *([CYTOKINES] if kind != "cytokines" else [])]
    for file in write_new(tmp_path / "mine.py", kind).files:
        text = file.read_text("utf-8")
        for words in foreign:
            assert re.findall(rf"\b(?:{words})", text, re.IGNORECASE) == [], file.name


def test_what_is_there_stays(tmp_path: Path) -> None:
    """A file or a table that is there is not replaced, and nothing else is written."""
    (tmp_path / "mine_targets.csv").write_text("measured by hand")
    with pytest.raises(InputError, match=r"mine_targets.csv' exists; .*--overwrite"):
        write_new(tmp_path / "mine.py")
    assert names(tmp_path) == ["mine_targets.csv"]
    write_new(tmp_path / "mine.py", overwrite=True)
    assert len(names(tmp_path)) == len(PARTS)
    assert "measured" not in (tmp_path / "mine_targets.csv").read_text()


def test_a_full_disk_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the last file cannot be written, the others are not there either."""
    written: list[Path] = []

    def full(file: Path) -> None:
        written.append(file)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(atomic, "sync_file", full)
    with pytest.raises(InputError, match="No space left"):
        write_new(tmp_path / "mine.py")
    assert written
    assert names(tmp_path) == []


def test_an_unknown_kind_is_refused_with_the_nearest(tmp_path: Path) -> None:
    """The message names the kinds that there are."""
    with pytest.raises(UnknownNameError, match=r"did you mean 'tumour'\? \(known: cytokines, "):
        write_new(tmp_path / "mine.py", "tumor")
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("mine", "write e.g. mine.py"),
        ("my-model.txt", "write e.g. my_model.py"),
        ("my-model.py", "a word of letters, digits and _"),
        ("lambda.py", "none of Python"),
        ("_mine.py", "a letter first"),
        ("numpy.py", "the name of an installed module"),
        ("json.py", "the name of an installed module"),
        ("marker.py", "the name of something else in it"),
        ("outcomes.py", "the name of something else in it"),
        ("sensitive.py", "the name of something else in it"),
        ("", "names no place|is empty|no Python file"),
    ],
)
def test_a_name_that_no_model_can_have_is_refused(name: str, said: str, tmp_path: Path) -> None:
    """What would hide a module, or a symbol of the file, is told with another name."""
    place = tmp_path / name if name else ""
    with pytest.raises(InputError, match=said):
        write_new(place, USUAL)
    assert names(tmp_path) == []


def test_folders_above_are_made_and_named_in_the_commands(tmp_path: Path) -> None:
    """The commands to try next name the file as it was given."""
    written = write_new(tmp_path / "here" / "mine.py")
    assert names(tmp_path / "here")[0] == "mine.py"
    assert len(written.commands) == 5
    assert all(str(tmp_path / "here" / "mine.py") in command for command in written.commands)
