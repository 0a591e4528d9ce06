"""A laboratory of one's own in a file: every verb works on it, and nothing of ours gets into it."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import pdmodel
from pdmodel.catalogue import declared_beside, find_object
from pdmodel.cli import run
from pdmodel.errors import InputError
from pdmodel.hypotheses import Comparison, Intervention, choose_arms
from pdmodel.hypotheses.examination.folder import folder_of

pytest.importorskip("dynesty")
HERE = Path(__file__).parents[1] / "own_lab"
OURS = re.compile(
    r"responder|\b(SPD|ALC|CLL|ANC)\b|lenalidomide|il-?6|tnf|\btone\b|10 mg|leukaemi|ferrajoli",
    re.IGNORECASE,
)
COMPARED = "results/compare_toys"


@pytest.fixture(scope="module", autouse=True)
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Work in a folder with the file and its tables, and leave no trace in this process."""
    folder = tmp_path_factory.mktemp("lab")
    for file in HERE.glob("*.csv"):
        shutil.copy(file, folder)
    shutil.copy(HERE / "own.py", folder)
    before, path, home = set(sys.modules), list(sys.path), Path.cwd()
    os.chdir(folder)
    yield folder
    os.chdir(home)
    sys.path[:] = path
    for name in set(sys.modules) - before:
        if str(folder) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


@pytest.fixture(scope="module")
def compared(place: Path) -> Path:
    """Return the folder of the comparison, made by two workers."""
    words = ("compare", "own.py:comparison", "--starts", "1", "-n", "16", "--jobs", "2", "--quiet")
    assert run(words) == 0
    return place / COMPARED


def found() -> Comparison:
    """Return the comparison of the file."""
    return find_object("own.py:comparison", "comparison", "pdmodel.comparisons", Comparison)


def test_names_stand_for_what_the_file_declares() -> None:
    """Models, patients and differences by name, the table beside it; two models share symbols."""
    comparison = found()
    first, second, third = comparison.choose()
    assert [h.name for h in (first, second, third)] == ["supply", "loss", "supply@clearance"]
    assert first.model.vocabulary is second.model.vocabulary
    problem = comparison.problem(first)
    assert list(problem.groups) == ["mild", "severe"]
    assert problem.settings[0].name == "ka"
    assert comparison.own_differences().keys() == {"clearance", "sensitive"}
    assert list(choose_arms(comparison)) == ["antibody_alone", "twice"]
    assert declared_beside("pdmodel.interventions", Intervention, comparison).keys() == {
        "antibody_alone", "twice",
    }  # fmt: skip
    with pytest.raises(InputError, match="unknown model 'suply'; did you mean 'supply'"):
        comparison.choose(["suply"])


def test_what_survives_is_told_apart_weighed_and_reported(
    compared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every verb ends with 0; the page names the groups, and nothing of another application."""
    verdicts = json.loads((compared / "verdicts.json").read_text("utf-8"))
    assert [row["name"] for row in verdicts["hypotheses"]] == ["supply", "loss", "supply@clearance"]
    assert verdicts["groups"] == ["mild", "severe"]
    assert verdicts["references"] == {"HOME2020": "Home et al. 2020, where the toy is at home."}
    both = ("own.py:comparison", "supply", "loss", "--quiet")
    assert run(("discriminate", *both, "--members", "3")) == 0
    few = ("--live", "8", "--runs", "1", "--draws", "8", "--jobs", "1")
    assert run(("evidence", *both, *few)) == 0
    assert run(("report", COMPARED)) == 0
    capsys.readouterr()
    page = (compared / "report.html").read_text("utf-8")
    told = re.sub(r"data:image/png;base64,[^\"]*", "", page)
    assert OURS.findall(told) == []
    for words in ("two typical patients (mild, severe)", "moves CRP in supply", "HOME2020",
                  "antibody_alone", "Evidence by nested sampling", "less_supply"):  # fmt: skip
        assert words in told, words
    assert {path.stem for path in (compared / "figures").glob("*.png")} == {
        "hypothesis_map", "influences", "fluxes_mild", "fluxes_severe",
    }  # fmt: skip


def test_only_what_changed_in_the_file_is_examined_again(compared: Path, place: Path) -> None:
    """An edited file is seen in the same process: a model of it that changed makes other parts."""
    comparison = found()
    assert found() is comparison, "the file was run again, though nothing has changed"
    kept = folder_of(compared, comparison.choose(["supply"])[0]) / "trial.json"
    written = kept.stat().st_mtime_ns
    assert run(("compare", "own.py:comparison", "supply", "--starts", "1", "-n", "16", "-q")) == 0
    assert kept.stat().st_mtime_ns == written
    source = (place / "own.py").read_text("utf-8")
    (place / "own.py").write_text(source.replace("value=5,", "value=6,"), encoding="utf-8")
    try:
        assert found().choose(["supply"])[0].model.defaults["ka"] == 6
        words = ("compare", "own.py:comparison", "supply", "--starts", "1", "-n", "16", "-q")
        assert run((*words, "--out", COMPARED)) == 0
        assert kept.stat().st_mtime_ns > written
    finally:
        (place / "own.py").write_text(source, encoding="utf-8")


def test_two_models_of_one_name_cannot_be_compared(place: Path) -> None:
    """Their folders would be one; the message says how to name them."""
    (place / "twins.py").write_text(
        "from own import comparison, supply\ntwin = supply.with_values(ka=7)\n", encoding="utf-8"
    )
    with pytest.raises(InputError, match="two different hypotheses are called 'supply'"):
        found().choose(["supply", "twins.py:twin"])
    assert pdmodel.load("twins.py:twin").defaults["ka"] == 7
