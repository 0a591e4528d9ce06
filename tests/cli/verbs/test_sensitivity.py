"""`pdmodel sensitivity` on a question that takes a second."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

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
SHORT = ("sensitivity", "q.py:short", "--draws", "16", "--factor", "2")
TABLES = {"local", "parameters", "slopes", "correlation", "sobol", "sobol_targets"}


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    """Write a file of questions."""
    (tmp_path / "q.py").write_text(QUESTIONS)
    return tmp_path


def test_it_reports_and_writes(command, questions: Path) -> None:
    """Both parts on stdout, tables, figures and sensitivity.json in the default folder."""
    outcome = command(*SHORT)
    assert (outcome.code, outcome.err) == (0, "")
    for word in ("rank 2", "known within", "Sobol indices over a factor 2", "il6_nr", "seed 1"):
        assert word in outcome.out
    folder = questions / "results" / "sensitivity_short"
    names = {path.name for path in folder.iterdir()}
    assert names == {
        "sensitivity.json", "report.txt", "figures", "manifest.json",
        *(f"{name}.csv" for name in TABLES),
    }  # fmt: skip
    for name in ("identifiability_map", "sobol_map"):
        assert (folder / "figures" / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    table = pd.read_csv(folder / "sobol.csv")
    assert len(table) == 3 * 2
    assert (folder / "report.txt").read_text().rstrip() in outcome.out
    assert {"exponent il6_induction", "written"} <= set(pd.read_csv(folder / "local.csv").columns)


def test_json_is_the_file(command, questions: Path) -> None:
    """The same content on stdout and on disk; the same seed gives it again, on other threads."""
    outcome = command(*SHORT, "--json", "--out", "a", "--threads", "1")
    assert outcome.code == 0
    content = json.loads(outcome.out)
    assert content == json.loads((questions / "a" / "sensitivity.json").read_text())
    assert set(content["tables"]) == TABLES
    assert command(*SHORT, "--quiet", "--out", "b", "--threads", "2").code == 0
    files = sorted(path.name for path in (questions / "a").rglob("*.*"))
    for name in files:
        first, second = (next((questions / place).rglob(name)) for place in "ab")
        assert first.read_bytes() == second.read_bytes(), name


@pytest.mark.usefixtures("blank_figures")
def test_local_draws_nothing(command, questions: Path) -> None:
    """Only the local tables and figure."""
    outcome = command("sensitivity", "q.py:short", "--local", "--quiet")
    assert outcome.code == 0
    assert outcome.out.count("\n") == 2
    folder = questions / "results" / "sensitivity_short"
    assert not (folder / "sobol.csv").exists()
    assert [path.name for path in (folder / "figures").iterdir()] == ["identifiability_map.png"]


@pytest.mark.usefixtures("blank_figures")
def test_a_fit_is_the_point(command, questions: Path) -> None:
    """Of the same question only: values come from its folder."""
    fitted = ("fit", "q.py:short", "--starts", "1", "--max-evaluations", "20", "--quiet")
    assert command(*fitted, "--out", "fit").code == 0
    local = ("sensitivity", "q.py:short", "--local", "--fit", "fit")
    outcome = command(*local, "--json")
    content = json.loads(outcome.out)
    assert content["point"] == "fit"
    stored = pd.read_csv(questions / "fit" / "parameters.csv").set_index("name")["value"]
    own = {row["name"]: row["value"] for row in content["tables"]["parameters"]}
    assert own["il6_induction"] == pytest.approx(stored["il6_induction"])
    assert own["il6_induction"] != 3.3
    for words, message in (
        (("--model", "no_tolerance"), "the fit is of model 'reference'"),
        (("--differ", "tone,cd80"), "give the same --differ"),
        (("--bounds", "il6_induction=20:30"), "with bounds [20, 30]"),
    ):
        outcome = command(*local, *words, "--out", "other")
        assert (outcome.code, message in outcome.err) == (2, True), outcome.err


@pytest.mark.usefixtures("blank_figures")
def test_a_place_that_is_taken_is_refused(command, questions: Path) -> None:
    """Before anything is simulated; --overwrite replaces only its own kind."""
    local = ("sensitivity", "q.py:short", "--local", "--quiet", "--out", "a")
    assert command(*local).code == 0
    outcome = command(*local)
    assert outcome.code == 2
    assert "--overwrite" in outcome.err
    assert command(*local, "--overwrite").code == 0
    (questions / "b").mkdir()
    (questions / "b" / "thesis.txt").write_text("all of it")
    outcome = command(*local[:-1], "b", "--overwrite")
    assert outcome.code == 2
    assert "holds no sensitivity" in outcome.err
    assert (questions / "b" / "thesis.txt").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("sensitivity", "respnse"), "did you mean 'response'"),
        (("sensitivity", "q.py:shrt"), "did you mean 'short'"),
        (("sensitivity", "q.py:short", "--free", "il6_inducton"), "did you mean 'il6_induction'"),
        (("sensitivity", "q.py:short", "--model", "referense"), "did you mean 'reference'"),
        (("sensitivity", "q.py:short", "--bounds", "kill_mx=1:2"), "did you mean 'kill_max'"),
        (("sensitivity", "q.py:short", "--draws", "100"), "power of 2"),
        (("sensitivity", "q.py:short", "--factor", "0.5"), "factor must be a number > 1"),
        (("sensitivity", "q.py:short", "--threads", "0"), "threads must be"),
        (("sensitivity", "q.py:short", "--fit", "nowhere"), "holds no finished fit"),
    ],
)
def test_errors_are_one_line(command, questions: Path, words, message) -> None:
    """Exit code 2, the nearest match, and nothing is written."""
    outcome = command(*words)
    assert (outcome.code, outcome.out) == (2, "")
    assert message in outcome.err
    assert outcome.err.count("\n") == 1
    assert not (questions / "results").exists()


def test_too_many_failed_draws_exit_with_1(command, questions: Path) -> None:
    """The science failed: the upper part of the bounds contradicts the model."""
    free = ("--free", "kill_without_drug", "--bounds", "kill_without_drug=0.035:0.4")
    outcome = command("sensitivity", "q.py:short", "--draws", "16", "--factor", "0", *free)
    assert outcome.code == 1
    assert "cannot be simulated" in outcome.err
    assert not (questions / "results").exists()
