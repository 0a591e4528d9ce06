"""`pdmodel profile` on a question that takes a second, after a fit of its own or a finished one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import pdmodel
from pdmodel.inference import read_predictions
from pdmodel.inference.targets.kinds import KINDS

QUESTIONS = """
from pdmodel.inference import Question, Target

words = {"direction_status": "reported", "threshold_status": "assumed", "source": "test"}
rise = Target("il6_nr", "nonresponder", "il6", "fold_change", day=7, low=3.5, high=4.5, **words)
same = Target("il6_r", "responder", "il6", "fold_change", day=7, low=0.7, high=1.2, **words)
ratio = Target("r", "responder/nonresponder", "tnf", "ratio", day=0, low=1.8, high=2.2, **words)

short = Question(
    "short", "?", "reference", (rise, same, ratio), "10 mg daily", days=7, differ=("tone",),
    null="null", free=["il6_induction"],
)
"""
SHORT = ("profile", "q.py:short", "--starts", "1", "--jobs", "1")
GAIN = ("--parameters", "il6_induction")


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    """Write a file of questions."""
    (tmp_path / "q.py").write_text(QUESTIONS)
    return tmp_path


def test_profile_prints_a_table_and_writes(command, questions: Path) -> None:
    """A row a parameter; everything in results/profile_<name>."""
    outcome = command(*SHORT)
    assert (outcome.code, outcome.err) == (0, "")
    heading, _, *rows = outcome.out.splitlines()
    assert heading.split() == ["parameter", "unit", "best", "interval", "verdict", "partner"]
    names = ["tone__responder", "il6_induction"]
    assert [row.split()[0] for row in rows[:2]] == names
    folder = questions / "results" / "profile_short"
    found = pdmodel.read_profile(folder)
    assert [row["name"] for row in found.rows] == names
    assert found.seed == 1
    assert {path.name for path in folder.iterdir()} == {
        "profile.json", "profile.csv", "report.txt", "manifest.json",
        "profiles", "figures",
    }  # fmt: skip
    assert (folder / "figures" / "profiles.png").read_bytes().startswith(b"\x89PNG")
    assert command("plot", str(folder), "--out", "slides").code == 0
    assert (questions / "slides" / "profiles.png").stat().st_size > 5_000


@pytest.mark.usefixtures("blank_figures")
def test_a_finished_fit_is_used(command, questions: Path) -> None:
    """Its values and its seed; the fit of another question is refused."""
    fit = ("fit", "q.py:short", "--starts", "2", "--seed", "5", "--jobs", "1", "--quiet")
    assert command(*fit, "--out", "fit").code == 0
    words = (*SHORT, *GAIN, "--fit", "fit", "--json")
    outcome = command(*words, "--out", "a")
    assert outcome.code == 0, outcome.err
    found = json.loads(outcome.out)
    assert found == json.loads((questions / "a" / "profile.json").read_text())
    assert (found["seed"], [row["name"] for row in found["parameters"]]) == (5, ["il6_induction"])
    stored = json.loads((questions / "fit" / "fit.json").read_text())["parameters"]
    best = next(row["value"] for row in stored if row["name"] == "il6_induction")
    assert found["free"]["il6_induction"] == pytest.approx(best, rel=1e-2)
    other = command(*words, "--out", "b", "--days", "8")
    assert other.code == 2
    assert "the fit of another problem: other days" in other.err
    assert not (questions / "b").exists()


@pytest.mark.usefixtures("blank_figures")
def test_finished_profiles_are_refused_unless_overwritten(command, questions: Path) -> None:
    """Before a new fit is made."""
    assert command(*SHORT, *GAIN, "--quiet").code == 0
    outcome = command(*SHORT, *GAIN)
    assert outcome.code == 2
    assert "--overwrite" in outcome.err
    assert command(*SHORT, *GAIN, "--overwrite", "--quiet", "--level", "0.9").code == 0
    assert pdmodel.read_profile(questions / "results" / "profile_short").level == 0.9


PREDICT = ("--predict", "nonresponder:il6:fold_change:3", "--predict", "responder:tnf:level:5")
FILES = {
    "predictions.json", "predictions.csv", "predictions.txt",
    "predictions_manifest.json", "predictions", "figures",
}  # fmt: skip


def test_predictions_are_profiled_instead_of_parameters(command, questions: Path) -> None:
    """A row a prediction, on days that no target fixes; the figure is drawn again by `plot`."""
    outcome = command(*SHORT, *PREDICT)
    assert (outcome.code, outcome.err) == (0, "")
    heading, _, *rows = outcome.out.splitlines()
    names = [PREDICT[1], PREDICT[3]]
    assert heading.split()[:5] == ["prediction", "unit", "best", "interval", "reached"]
    assert [row.split()[:2] for row in rows[:2]] == [[names[0], "1"], [names[1], "pg/mL"]]
    folder = questions / "results" / "profile_short"
    assert {path.name for path in folder.iterdir()} == FILES
    found = read_predictions(folder)
    assert [(row["name"], row["verdict"]) for row in found.rows] == [
        (name, "determined") for name in names
    ]
    assert command("plot", str(folder), "--out", "slides").code == 0
    assert [path.name for path in (questions / "slides").iterdir()] == ["predictions.png"]


@pytest.mark.usefixtures("blank_figures")
def test_both_are_profiled_if_both_are_named(command, questions: Path) -> None:
    """One folder, one fit, one JSON by subject; neither replaces the other."""
    outcome = command(*SHORT, *GAIN, *PREDICT[:2], "--json")
    assert outcome.code == 0, outcome.err
    told = json.loads(outcome.out)
    assert list(told) == ["parameters", "predictions"]
    folder = questions / "results" / "profile_short"
    assert told["parameters"] == json.loads((folder / "profile.json").read_text())
    assert told["predictions"] == json.loads((folder / "predictions.json").read_text())
    assert told["parameters"]["best_cost"] == pytest.approx(told["predictions"]["best_cost"])
    names = {path.name for path in (folder / "figures").iterdir()}
    assert names == {"profiles.png", "predictions.png"}
    again = command(*SHORT, *PREDICT)
    assert again.code == 2
    assert "finished predictions" in again.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--parameters", "il6_inductin"), "did you mean 'il6_induction'"),
        (("--parameters", "kill_max"), "unknown free parameter 'kill_max'"),
        (("--parameters", "a,,b"), "empty name"),
        (("--level", "95"), "level must lie between 0 and 1"),
        (("--jobs", "0"), "jobs must be a whole number"),
        (("--starts", "0"), "starts must be a whole number"),
        (("--predict", "nonresponder:il6"), "is not GROUP:OBSERVABLE:KIND[:DAY]"),
        (("--predict", "nonresponder:il7:level:1"), "did you mean 'il6'"),
        (("--predict", "nonresponde:il6:level:1"), "did you mean 'nonresponder'"),
        (("--predict", "responder:il6:levl:1"), "did you mean 'level'"),
        (("--predict", "responder:il6:level:8"), "after the end of the run, day 7"),
        (("--predict", "responder:il6:level:1", "--parameters", "gain"), "free parameter 'gain'"),
        (("--fit", "nowhere"), "holds no finished fit"),
        (("--bounds", "il6_induction=5:4"), "low 5 must be below high 4"),
        (("--free", "kil_max"), "did you mean 'kill_max'"),
        (("--model", "referenc"), "did you mean 'reference'"),
    ],
)
def test_what_makes_no_sense_is_refused(command, questions: Path, words, message) -> None:
    """One clear error, exit code 2, nothing written."""
    outcome = command(*SHORT[:2], *words)
    assert outcome.code == 2
    assert outcome.out == ""
    assert message in " ".join(outcome.err.split())
    assert not (questions / "results").exists()


def test_help_lists_every_kind_with_its_unit(command):
    """What can be predicted is read from the kinds themselves."""
    words = " ".join(command("profile", "--help").out.split())
    for kind in KINDS:
        assert f"{kind}, " in words or f"{kind} (" in words
    assert "onset, duration (in days)" in words
