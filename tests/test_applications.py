"""Two applications in one environment: neither touches the other, shared names are qualified."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import pdmodel
from fits.comparisons import response
from fits.trials import phase2
from pdmodel import applications, catalogue
from pdmodel.cli import run
from pdmodel.errors import InputError, UnknownNameError
from pdmodel.hypotheses import Comparison, ComparisonSettings, choose_arms
from pdmodel.hypotheses.examination.folder import settings_of
from pdmodel.inference import Question
from pdmodel.storage.identity.fingerprint import fingerprint
from pdmodel.trial import Trial

HERE = Path(__file__).parent / "own_lab"
GROUPS = ["models", "patients", "fits", "trials", "differences", "interventions", "comparisons"]
RENAMED = {
    '"supply", q,': '"reference", q,', 'Patient("mild"': 'Patient("responder"',
    '"asked", "What': '"response", "What', '"tried", "Does': '"phase2", "Does',
    '"sensitive", ("half",)': '"tone", ("half",)', '"twice", "twice': '"half_dose", "twice',
    '"toys", "How': '"response", "How', 'model="supply"': 'model="reference"',
    '("supply", "own.py:loss", "supply@clearance")': '("reference", "loss")',
    "toy_targets.csv": "response.csv", "toy_patterns.csv": "trials.csv",
}  # fmt: skip
"""Names of the toy, and names of ours that it takes."""


def forget() -> None:
    """Let what is published be looked for again."""
    applications.packages.cache_clear()
    applications.contents.cache_clear()
    applications._BROKEN.clear()
    for name in [name for name in sys.modules if name.partition(".")[0] == "toyland"]:
        del sys.modules[name]


def install(site: Path, package: str, modules: dict[str, str], entry: str) -> None:
    """Put a package where an installer would, with an entry point in every group."""
    (site / package).mkdir()
    for name, source in modules.items():
        (site / package / name).write_text(source, encoding="utf-8")
    info = site / f"{package}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    lines = [f"[pdmodel.{group}]\nlab = {entry}\n" for group in GROUPS]
    (info / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")


@pytest.fixture
def namesake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Install a package that publishes its things, and tables, under names of ours."""
    source = (HERE / "own.py").read_text("utf-8")
    for ours, theirs in RENAMED.items():
        assert ours in source, ours
        source = source.replace(ours, theirs)
    install(tmp_path, "toyland", {"__init__.py": "", "lab.py": source}, "toyland.lab")
    data = tmp_path / "toyland" / "data"
    data.mkdir()
    targets = (HERE / "toy_targets.csv").read_text("utf-8").replace("mild", "responder")
    (data / "response.csv").write_text(targets, encoding="utf-8")
    patterns = (HERE / "toy_patterns.csv").read_text("utf-8").replace("tried", "phase2")
    (data / "trials.csv").write_text(patterns, encoding="utf-8")
    shutil.copy(HERE / "assays.csv", data)
    monkeypatch.syspath_prepend(tmp_path)
    forget()
    yield tmp_path
    forget()


def identities() -> dict[str, str]:
    """Return the fingerprint of some of our hypotheses, and the words of what they are asked."""
    plan = ComparisonSettings()
    return {
        hypothesis.name: fingerprint(settings_of(response, hypothesis, plan))
        for hypothesis in response.choose(["reference", "no_tolerance@tone_and_inducibility"])
    }


def test_a_namesake_changes_nothing_of_ours(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Identities of comparison and trial, and the menu of what would decide, stay to the letter."""
    before, arms = identities(), list(choose_arms(response))
    trial = fingerprint(phase2.settings(None, 8, 1))
    request.getfixturevalue("namesake")
    assert applications.several()
    assert identities() == before
    assert fingerprint(phase2.settings(None, 8, 1)) == trial
    assert list(choose_arms(response)) == arms
    assert response.question.problem().model is pdmodel.load("equations:reference")


def test_shared_names_are_qualified(namesake: Path) -> None:
    """Alone they are refused with the words that may stand instead; others stay as they are."""
    either = r"there are 2 of model 'reference'; write equations:reference or toyland:reference"
    with pytest.raises(InputError, match=either):
        pdmodel.load("reference")
    ours, theirs = pdmodel.load("equations:reference"), pdmodel.load("toyland:reference")
    assert ours.name == theirs.name == "reference"
    assert ours != theirs
    assert pdmodel.load("loss").name == "loss"
    assert pdmodel.load("null").name == "null"
    assert {"equations:reference", "toyland:reference", "loss", "null"} <= set(pdmodel.models())
    assert catalogue.model_of("reference", theirs.hash) is theirs
    with pytest.raises(UnknownNameError, match="unknown model in toyland: 'nul'"):
        pdmodel.load("toyland:nul")
    either = r"2 packages have a file 'response.csv'; write fits:response.csv or toyland:response"
    with pytest.raises(InputError, match=either):
        catalogue.find_data("response.csv")
    assert catalogue.find_data("toyland:response.csv").parent == namesake / "toyland" / "data"


def test_the_namesake_finds_its_own(namesake: Path) -> None:
    """Model, patients, tables, differences and arms of the same names are those of its package."""
    question = catalogue.find_object("toyland:response", "fit", "pdmodel.fits", Question)
    problem = question.problem()
    assert problem.model is pdmodel.load("toyland:reference")
    assert [target.observable for target in problem.targets] == ["marker"] * 6
    comparison = catalogue.find_object(
        "toyland:response", "comparison", "pdmodel.comparisons", Comparison
    )
    first, second = comparison.choose()
    assert (first.model, second.model.name) == (problem.model, "loss")
    assert list(choose_arms(comparison)) == ["antibody_alone", "half_dose"]
    trial = catalogue.find_object("toyland:phase2", "trial", "pdmodel.trials", Trial)
    assert [pattern.id for pattern in trial.reported()] == ["better_rate", "fold"]


def test_the_list_says_whose_a_thing_is(namesake: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A heading for each package, and names that can be typed."""
    assert run(("list",)) == 0
    told = capsys.readouterr().out
    assert told.index("Models (equations)") < told.index("Models (toyland)")
    assert "toyland:reference" in told
    assert run(("list", "--mechanisms", "--json")) == 0
    slots = json.loads(capsys.readouterr().out)
    mine = [slot for slot in slots if slot["package"] == "toyland"]
    assert [slot["slot"] for slot in mine] == ["exposure", "inflammation"]
    assert len(mine[1]["mechanisms"]) == 2


def test_what_cannot_be_imported_leaves_the_others_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ours are found; a name that nobody has, and the list, say which package fails, and why."""
    broken = {"__init__.py": "", "lab.py": "import no_such_library_at_all\n"}
    install(tmp_path, "brokenland", broken, "brokenland.lab")
    monkeypatch.syspath_prepend(tmp_path)
    forget()
    try:
        assert pdmodel.load("reference").name == "reference"
        assert response.question.problem().model.name == "reference"
        words = "brokenland.lab cannot be imported: No module named 'no_such_library_at_all'"
        with pytest.raises(UnknownNameError, match=words):
            pdmodel.load("referense")
        assert run(("list",)) == 0
        assert words in " ".join(capsys.readouterr().out.split())
    finally:
        forget()
