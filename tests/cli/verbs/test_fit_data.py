"""`pdmodel fit-data` on made-up courses of three patients, and what can be done with its folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import pdmodel
from pdmodel.inference import LogNormalError, Question
from pdmodel.inference.question_file import read_question
from tests.toys.measured_laboratory import EACH, OBSERVED, QUICK, VOLUMES, courses, laboratory

__all__ = ["laboratory"]


def test_fit_data_prints_a_report_and_writes_a_folder(command, laboratory: Path) -> None:
    """Counts, values of each patient, what is written; the folder tells what was asked."""
    outcome = command("fit-data", *EACH, *QUICK, "--error", "log", "--method", "each")
    assert (outcome.code, outcome.err) == (0, "")
    assert "15 measured values (5 beyond a limit) of 3 subjects in pk.csv" in outcome.out
    folder = laboratory / "results" / "pk"
    assert f"wrote {Path('results', 'pk')}: report.txt" in outcome.out
    found = pdmodel.read_result(folder)
    for name, volume in VOLUMES.items():
        assert found.values[f"volume__{name}"] == pytest.approx(volume, rel=0.15)
    measured = found.measurements
    assert measured is not None
    assert (measured["censored"] == "below").sum() == 5
    assert {file.name for file in (folder / "figures").iterdir()} >= {
        "individual_panels_concentration.png", "observed_fitted.png", "residuals.png",
    }  # fmt: skip
    asked = read_question(folder)
    assert (asked.own, asked.free, asked.error) == (("volume",), ("k",), LogNormalError())


@pytest.mark.usefixtures("blank_figures")
def test_the_same_from_a_file_of_questions(command, laboratory: Path) -> None:
    """A question with data needs no targets and no regimen; its numbers are those of fit-data."""
    (laboratory / "q.py").write_text(
        "from pdmodel.inference import Question\n"
        "asked = Question('mine', '?', 'm.py:model', data='pk.csv', own=('volume',), free=('k',),\n"
        "                 observed={'conc': 'concentration'})\n"
    )
    one = command("fit", "q.py:asked", *QUICK, "--json", "--out", "a")
    two = command("fit-data", *EACH, *QUICK, "--json", "--out", "b")
    assert (one.code, two.code) == (0, 0), one.err + two.err
    one, two = json.loads(one.out), json.loads(two.out)
    assert one["parameters"] == two["parameters"]
    assert one["data"]["counts"] == two["data"]["counts"]


@pytest.mark.usefixtures("blank_figures")
def test_profiles_follow_from_the_folder_alone(command, laboratory: Path) -> None:
    """One word is enough; with --level the fit makes the same profiles itself."""
    assert command("fit-data", *EACH, *QUICK, "--quiet", "--level", "0.9").code == 0
    made = pdmodel.read_profile(laboratory / "results" / "profile_pk")
    words = ("profile", "results/pk", "--level", "0.9", "--jobs", "1")
    outcome = command(*words, "--out", "again")
    assert outcome.code == 0, outcome.err
    again = pdmodel.read_profile(laboratory / "again")
    assert [row["name"] for row in again.rows] == [
        "k", "volume__1", "volume__2", "volume__3", "log_sd__concentration",
    ]  # fmt: skip
    for before, after in zip(made.rows, again.rows, strict=True):
        assert (after["low"], after["high"]) == pytest.approx((before["low"], before["high"]))
    rows = {row["name"]: row for row in again.rows}
    for name, volume in VOLUMES.items():
        assert rows[f"volume__{name}"]["low"] < volume < rows[f"volume__{name}"]["high"]


@pytest.mark.usefixtures("blank_figures")
def test_a_changed_or_moved_file_is_noticed(command, laboratory: Path) -> None:
    """Profiles are of the data that were fitted; a file that was moved is named with --data."""
    assert command("fit-data", *EACH, *QUICK, "--quiet").code == 0
    data = laboratory / "pk.csv"
    profile = ("profile", "results/pk", "--parameters", "k", "--jobs", "1", "--quiet")
    moved = data.rename(laboratory / "moved.csv")
    outcome = command(*profile)
    assert outcome.code == 2
    assert "is not there any more; say where it is with --data FILE" in outcome.err
    assert command(*profile, "--data", "moved.csv").code == 0
    moved.write_text(courses(limit=0.2))
    outcome = command(*profile, "--data", "moved.csv", "--out", "other")
    assert outcome.code == 2
    assert "has changed since it was fitted" in outcome.err
    assert not (laboratory / "other").exists()


@pytest.mark.usefixtures("blank_figures")
def test_a_stopped_fit_goes_on_and_a_finished_one_is_kept(command, laboratory: Path) -> None:
    """As of all result folders."""
    assert command("fit-data", *EACH, *QUICK, "--quiet").code == 0
    again = command("fit-data", *EACH, *QUICK, "--quiet")
    assert again.code == 2
    assert "--overwrite" in again.err
    assert command("fit-data", *EACH, *QUICK, "--quiet", "--overwrite").code == 0


def test_values_and_bounds_of_own_parameters_are_those_of_every_subject(laboratory: Path) -> None:
    """Where the search begins, and how far it may go."""
    asked = Question(
        "q", "?", str(laboratory / "m.py") + ":model", data=laboratory / "pk.csv",
        observed="concentration", own=("volume",), free=("k",), values={"volume": 18.0},
        bounds={"volume": (5.0, 50.0)},
    )  # fmt: skip
    own = [s for s in asked.problem().settings if s.parameter == "volume" and s.group]
    assert [(s.value, s.min, s.max) for s in own] == [(18.0, 5.0, 50.0)] * 3


def test_rivals_are_fitted_to_the_same_data(command, laboratory: Path) -> None:
    """A table by AICc, a folder a model that profile takes; a stopped comparison goes on."""
    words = (
        "fit-data", "m.py:model", "pk.csv", *OBSERVED, "--own", "volume", *QUICK, "--against",
        "m.py:lasting",
    )  # fmt: skip
    outcome = command(*words)
    assert (outcome.code, outcome.err) == (0, "")
    rows = [line.split() for line in outcome.out.splitlines()[4:6]]
    assert [(row[0], row[1], row[2]) for row in rows] == [
        ("one_compartment", "15", "4"), ("lasting", "15", "4"),
    ]  # fmt: skip
    folder = laboratory / "results" / "pk"
    assert {path.name for path in folder.iterdir()} == {
        "one_compartment", "lasting", "rivals.csv", "rivals.json", "report.txt", "figures",
        "manifest.json",
    }  # fmt: skip
    assert read_question(folder / "lasting").model.endswith("m.py:lasting")
    assert command("report", "results/pk", "--quiet").code == 0
    page = (folder / "report.html").read_text()
    assert "Rival models" in page
    assert "AICc prefers one_compartment" in page
    drawn = command("plot", "results/pk", "--format", "svg", "--out", "slides")
    assert (drawn.code, drawn.err) == (0, "")
    assert "AICc" in (laboratory / "slides" / "rivals.svg").read_text()
    assert (
        "name the folder of one, lasting, one_compartment" in command("profile", "results/pk").err
    )
    (folder / "rivals.json").unlink()
    again = command(*words, "--json")
    assert again.code == 0, again.err
    assert [row["model"] for row in json.loads(again.out)["models"]] == [
        "one_compartment", "lasting",
    ]  # fmt: skip
    assert command(*words).code == 2
    assert command(*words, "--level", "0.9", "--overwrite").code == 2


def test_a_population_writes_its_folder(command, laboratory: Path) -> None:
    """Typical values, spreads and figures; profiles of it are refused with the reason."""
    outcome = command(
        "fit-data", "m.py:model", "pk.csv", *OBSERVED, "--own", "volume", "--free", "k",
        "--method", "population", "--spread", "volume=0.4", "--simulations", "20", "--jobs", "1",
    )  # fmt: skip
    assert (outcome.code, outcome.err) == (0, "")
    assert "sd__volume" in outcome.out
    folder = laboratory / "results" / "pk"
    assert (folder / "figures" / "visual_check.png").is_file()
    refused = command("profile", "results/pk")
    assert refused.code == 2
    assert "holds a population fit" in refused.err


@pytest.mark.usefixtures("blank_figures")
def test_evidence_of_rivals_on_the_same_data(command, laboratory: Path) -> None:
    """The folder tells what was asked; log Z prefers the model that the data are of."""
    pytest.importorskip("dynesty")
    words = ("fit-data", "m.py:model", "pk.csv", *OBSERVED, "--free", "volume", *QUICK, "--quiet")
    assert command(*words, "--against", "m.py:lasting").code == 0
    sampled = ("evidence", "results/pk", "--live", "10", "--runs", "1", "--jobs", "1")
    outcome = command(*sampled, "--json")
    assert outcome.code == 0, outcome.err
    found = json.loads(outcome.out)
    assert found["one_compartment"]["log_evidence"] > found["lasting"]["log_evidence"] + 3
    assert (laboratory / "results" / "evidence_pk" / "lasting" / "posterior.nc").is_file()
    again = command(*sampled)
    assert again.out.splitlines()[2].split()[0] == "one_compartment"
    assert command(*sampled, "lasting").code == 2


@pytest.mark.usefixtures("blank_figures")
def test_a_published_question_may_be_about_a_population(command, laboratory: Path) -> None:
    """`pdmodel fit` fits it as it says."""
    (laboratory / "q.py").write_text(
        "from pdmodel.inference import Question\n"
        "asked = Question('mine', '?', 'm.py:model', data='pk.csv', own=('volume',), free=('k',),\n"
        "                 observed={'conc': 'concentration'}, method='population',\n"
        "                 population={'simulations': 0, 'check_simulations': 0})\n"
    )
    outcome = command("fit", "q.py:asked", "--jobs", "1")
    assert (outcome.code, outcome.err) == (0, "")
    assert "sd__volume" in outcome.out
    assert (laboratory / "results" / "mine" / "population.json").is_file()
