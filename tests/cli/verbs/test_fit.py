"""`pdmodel fit` on a question that takes a second, and `pdmodel plot` on its result."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import pdmodel
from pdmodel.cli.console.question import find_question, make_problem
from pdmodel.engine.subjects import PreparedSubjects
from pdmodel.errors import SimulationError
from tests.cli.conftest import Made, made_once

QUESTIONS = """
from pdmodel.inference import Question, Target

words = {"direction_status": "reported", "threshold_status": "assumed", "source": "test"}
rise = Target("il6_nr", "nonresponder", "il6", "fold_change", day=7, low=3.5, high=4.5, **words)
same = Target("il6_r", "responder", "il6", "fold_change", day=7, low=0.7, high=1.2, **words)
ratio = Target("r", "responder/nonresponder", "tnf", "ratio", day=0, low=1.8, high=2.2, **words)
never = Target("never", "responder", "ANC", "level", day=7, low=90, high=99, **words)

short = Question(
    "short", "?", "reference", (rise, same, ratio), "10 mg daily", days=7, differ=("tone",),
    null="null", free=["il6_induction"],
)
hopeless = Question(
    "hopeless", "?", "reference", (rise, ratio, never), "10 mg daily", days=7, differ=("tone",),
    null="null", free=["il6_induction"],
)
"""
SHORT = ("fit", "q.py:short", "--starts", "2", "--jobs", "1", "--max-evaluations", "30")


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    """Write a file of questions."""
    (tmp_path / "q.py").write_text(QUESTIONS)
    return tmp_path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Fit the short question once for all tests that begin with a finished fit."""
    place = tmp_path_factory.mktemp("made")
    (place / "q.py").write_text(QUESTIONS)
    return made_once(place, *SHORT)


@pytest.fixture
def fitted(made: Made, command, tmp_path: Path) -> Path:
    """Return a working folder with a copy of that fit."""
    made.copy_to(tmp_path)
    return tmp_path


def test_fit_reports_and_writes(made: Made, fitted: Path) -> None:
    """Targets and parameters on stdout, everything in results/<name>."""
    outcome, questions = made.outcome, fitted
    assert (outcome.code, outcome.err) == (0, "")
    for word in ("il6_nr", "il6_induction", "Null model", "results/short", "fit.json"):
        assert word in outcome.out
    folder = questions / "results" / "short"
    result = pdmodel.read_result(folder)
    assert result.all_met
    names = {path.name for path in folder.iterdir()}
    assert names >= {
        "fit.json",
        "targets.csv",
        "parameters.csv",
        "trajectories.nc",
        "manifest.json",
    }
    figures = sorted(path.name for path in (folder / "figures").iterdir())
    assert figures == ["response_panels.png", "start_waterfall.png", "target_forest.png"]
    for name in figures:
        assert (folder / "figures" / name).read_bytes().startswith(b"\x89PNG")


@pytest.mark.usefixtures("blank_figures")
def test_json_is_the_file(command, questions: Path) -> None:
    """The same content on stdout and in fit.json."""
    outcome = command(*SHORT, "--json", "--out", "mine")
    assert outcome.code == 0
    assert json.loads(outcome.out) == json.loads((questions / "mine" / "fit.json").read_text())


@pytest.mark.usefixtures("blank_figures")
def test_missed_targets_are_an_error_under_strict(command, questions: Path) -> None:
    """Only then, and they are named; the result is written either way."""
    words = ("fit", "q.py:hopeless", "--starts", "1", "--max-evaluations", "10", "--quiet")
    assert command(*words, "--out", "a").code == 0
    outcome = command(*words, "--out", "b", "--strict")
    assert outcome.code == 1
    assert outcome.err == "error: 1 target missed: never\n"
    assert (questions / "b" / "fit.json").exists()


@pytest.mark.usefixtures("blank_figures")
def test_finished_fit_is_refused_unless_overwritten(command, fitted: Path) -> None:
    """A result is not lost by typing the same again."""
    outcome = command(*SHORT)
    assert outcome.code == 2
    assert "--overwrite" in outcome.err
    assert command(*SHORT, "--overwrite", "--quiet").code == 0


def test_plot_draws_a_result(command, fitted: Path) -> None:
    """From the folder alone."""
    outcome = command("plot", "results/short", "--out", "slides")
    assert outcome.code == 0
    assert len(outcome.out.splitlines()) == 3
    assert (fitted / "slides" / "target_forest.png").stat().st_size > 5_000


def test_no_start_that_succeeds_exits_with_1(command, questions: Path, monkeypatch) -> None:
    """The science failed; there is no fit.json that could be taken for a result."""
    run, failed = PreparedSubjects._run, []

    def fail(self, parameters, code, only, into=None):
        failed.append(len(self))
        error = SimulationError("no step could be taken", {})
        return run(self, parameters, code, only)._replace(
            failures=dict.fromkeys(range(len(self)), error)
        )

    monkeypatch.setattr(PreparedSubjects, "_run", fail)
    outcome = command(*SHORT)
    assert failed
    assert outcome.code == 1
    assert outcome.err.startswith("error: none of 2 starts could be evaluated: ")
    assert "no step could be taken" in outcome.err
    assert not list(questions.rglob("fit.json"))


@pytest.mark.usefixtures("blank_figures")
def test_a_changed_question_is_asked(command, questions: Path) -> None:
    """Another horizon, difference, bound and target table reach the fit."""
    table = questions / "mine.csv"
    table.write_text(
        "id,group,observable,kind,day,low,high,direction_status,threshold_status,source\n"
        "a,nonresponder,il6,fold_change,5,2,6,reported,assumed,x\n"
        "b,responder/nonresponder,tnf,ratio,0,0.5,2,reported,assumed,x\n"
    )
    words = ("--targets", "mine.csv", "--days", "5", "--differ", "il6_induction")
    bounds = ("--bounds", "il6_induction__responder=1:2", "--free", "il6_induction")
    outcome = command(*SHORT, *words, *bounds, "--json")
    assert outcome.code == 0, outcome.err
    found = json.loads(outcome.out)
    assert [row["id"] for row in found["targets"]] == ["a", "b"]
    assert found["horizon_days"] == 5
    own = next(p for p in found["parameters"] if p["group"] == "responder")
    assert (own["name"], own["min"], own["max"]) == ("il6_induction", 1, 2)
    assert 1 <= own["init"] <= 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--bounds", "il6_induction=5:4"), "low 5 must be below high 4"),
        (("--bounds", "il6_inductin=1:4"), "did you mean 'il6_induction'"),
        (("--bounds", "il6_induction"), "is not name=low:high"),
        (("--bounds", "il6_clearance=1:4"), "--bounds il6_clearance: the fit does not move it"),
        (("--free", "kil_max"), "did you mean 'kill_max'"),
        (("--differ", "ton"), "did you mean 'tone'"),
        (("--targets", "nowhere.csv"), "does not exist"),
        (("--regimen", "-10 mg daily"), "must be > 0"),
        (("--days", "0"), "days must be a number > 0"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(command, questions, words, message) -> None:
    """One clear error, exit code 2, nothing written."""
    outcome = command(*SHORT, *words)
    assert outcome.code == 2
    assert message in " ".join(outcome.err.split())
    assert not (questions / "results").exists()


@pytest.mark.usefixtures("blank_figures")
@pytest.mark.parametrize("jacobian", ["exact", "differences"])
def test_effort_is_said_and_kept_out_of_fit_json(command, questions: Path, jacobian) -> None:
    """Evaluations and seconds on the terminal and in the manifest; counts alone in fit.json."""
    outcome = command(*SHORT, "--jacobian", jacobian)
    assert outcome.code == 0, outcome.err
    folder = questions / "results" / "short"
    fit = json.loads((folder / "fit.json").read_text())
    manifest = json.loads((folder / "manifest.json").read_text())
    spent = fit["summary"]["evaluations"]
    assert spent > sum(start["nfev"] for start in fit["starts"]) > 0
    assert (fit["summary"]["jacobians"] > 0) == (jacobian == "exact")
    assert re.search(rf"took \d+\.\d s: {spent} evaluations", outcome.out)
    assert (manifest["evaluations"], manifest["jacobian"]) == (spent, jacobian)
    assert manifest["seconds"] >= 0
    assert "seconds" not in (folder / "fit.json").read_text()
    assert " s: " not in (folder / "report.txt").read_text()


def test_an_unknown_jacobian_is_refused(command, questions: Path) -> None:
    """Exit code 2 and what is allowed."""
    outcome = command(*SHORT, "--jacobian", "exakt")
    assert outcome.code == 2
    assert "did you mean 'exact'" in outcome.err


def test_visits_are_said_by_the_question_or_on_the_command_line(command, tmp_path: Path) -> None:
    """A target that looks at visits has no usual interval; both are one argument of the fit."""
    (tmp_path / "visits.py").write_text(
        "from pdmodel.inference import Question, Target\n"
        "low = Target('low', 'responder', 'SPD', 'best', day=84, high=0.5)\n"
        "seen = Question('seen', '?', 'reference', (low,), '10 mg daily')\n"
    )
    place = f"{tmp_path}/visits.py:seen"
    outcome = command("fit", place)
    assert outcome.code == 2
    assert "visit_interval: say how many days lie between two visits, for 'best'" in outcome.err
    seen = find_question(place)
    assert make_problem(seen, None, "exact", None, visit_interval=14.0).visit_interval == 14
    assert find_question("response").problem().visit_interval == 28
