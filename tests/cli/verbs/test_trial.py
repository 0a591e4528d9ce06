"""`pdmodel trial`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pdmodel.cli.verbs.trial_runs import populations_left_open
from pdmodel.trial import Calibration, Free, LogNormal, Population

WORDS = ("trial", "run", "low_dose", "-n", "6")


def test_run_says_what_was_seen(command, tmp_path: Path) -> None:
    """Protocol, what was assumed, the table, the sentence, the folder."""
    outcome = command(*WORDS)
    assert outcome.code == 0
    assert "5 mg daily for 336 days" in outcome.out
    assert "spreads and effects without a study behind them: Smax" in outcome.out
    assert "in a trial of 11 the model expects" in outcome.out
    assert "3 were seen" in outcome.out
    assert (tmp_path / "results" / "low_dose" / "trial.json").is_file()


@pytest.mark.usefixtures("blank_figures")
def test_json_is_the_file(command, tmp_path: Path) -> None:
    """Nothing else stands on stdout."""
    outcome = command(*WORDS, "--json", "--out", "run")
    assert json.loads(outcome.out) == json.loads((tmp_path / "run" / "trial.json").read_text())


def test_wrong_words(command, tmp_path: Path) -> None:
    """One error, exit code 2, nothing written."""
    for words, message in (
        (("trial", "run", "phase3"), "did you mean 'phase2'"),
        (("trial", "run", "phase2", "-n", "0"), "patients of a trial must be"),
        (("trial", "run", "phase2", "--threads", "0"), "threads must be"),
        (("trial", "run", "phase2", "--model", "refrence"), "did you mean 'reference'"),
    ):
        outcome = command(*words)
        assert outcome.code == 2, words
        assert message in outcome.err
    assert list(tmp_path.iterdir()) == []


SEARCH = """
from dataclasses import replace
from fits.schedules import lenalidomide
from pdmodel.trial import Cycle

short = lenalidomide.trial.with_(protocol=lenalidomide.trial.protocol.with_(days=84))
small = replace(
    lenalidomide, name="small", trial=short, doses=(5, 25), cycles=(Cycle(),), ramps=(0,)
)
"""


@pytest.mark.usefixtures("blank_figures")
def test_schedules_are_compared(command, tmp_path: Path) -> None:
    """A search of the user's: front, best for whom, what it is not, the folder."""
    (tmp_path / "mine.py").write_text(SEARCH)
    outcome = command("trial", "schedule", "mine.py:small", "-n", "16", "--limit", "0.9")
    assert outcome.code == 0, outcome.err
    assert "4 schedules in 16 patients; population not calibrated" in outcome.out
    assert "neutropenia 3-4 within 90%" in outcome.out
    assert "low tone" in outcome.out
    assert "not advice" in outcome.out
    data = json.loads((tmp_path / "results" / "schedule" / "trial.json").read_text())
    assert [row["label"] for row in data["schedules"]][:2] == ["5 mg daily", "25 mg daily"]


def test_wrong_words_about_schedules(command, tmp_path: Path) -> None:
    """One error, exit code 2, nothing written."""
    (tmp_path / "bad.json").write_text("{}")
    for words, message in (
        (("trial", "schedule", "lenalidomid"), "did you mean 'lenalidomide'"),
        (("trial", "schedule", "lenalidomide", "--limit", "2"), "a rate in [0, 1]"),
        (
            ("trial", "schedule", "lenalidomide", "--calibration", "bad.json"),
            "bad.json is damaged: parameters: is missing",
        ),
        (
            ("trial", "schedule", "lenalidomide", "--calibration", "none.json"),
            "none.json cannot be read",
        ),
        (("trial", "schedule", "lenalidomide", "--executor", "dask://nowhere"), "dask://host:port"),
        (("trial", "run", "phase2", "--executor", "local:0"), "local:N"),
        (("trial", "compare", "phase2", "--weigh", "--calibrate"), "choose one"),
    ):
        outcome = command(*words)
        assert outcome.code == 2, words
        assert message in outcome.err
    assert [path.name for path in tmp_path.iterdir()] == ["bad.json"]


@pytest.mark.usefixtures("blank_figures")
def test_patients_are_weighted(command, tmp_path: Path) -> None:
    """The effective sample size, the weights, and the table of the weighted."""
    outcome = command("trial", "compare", "phase2", "low_dose", "-n", "40", "--weigh", "-o", "w")
    assert outcome.code == 0, outcome.err
    assert "effective sample size" in outcome.out
    lines = (tmp_path / "w" / "weights.csv").read_text().splitlines()
    assert lines[0] == "patient,weight"
    assert len(lines) == 41
    weights = pd.read_csv(tmp_path / "w" / "weights.csv")["weight"].to_numpy()
    for name in ("phase2", "low_dose"):
        told = json.loads((tmp_path / "w" / name / "trial.json").read_text())
        assert told["weighted_by"] == "the rates of phase2"
        assert told["effective"] == round(weights.sum() ** 2 / (weights**2).sum())
        table = pd.read_csv(tmp_path / "w" / name / "table.csv")
        stored = [row["model"] for row in told["patterns"]]
        assert table["model"].dropna().tolist() == [value for value in stored if value is not None]
        rate = table.loc[table["meaning"].str.startswith("response rate"), "model"].iloc[0]
        said = next(line for line in outcome.out.split(f"{name}:")[1].splitlines()
                    if line.startswith("response rate"))  # fmt: skip
        assert f"{rate:.3g}" in said.split()
    page = command("report", "w")
    assert page.code == 0, page.err
    assert "Weighted by the rates of phase2" in (tmp_path / "w" / "report.html").read_text()


def test_an_unknown_uncertainty_is_a_note(capsys) -> None:
    """A calibration that stopped at its budget does not lose the trials that rest on it."""
    stopped = Calibration(
        Population("p", "", {}), pd.DataFrame(), pd.DataFrame(), 1.0, "budget",
        "stopped at the budget", 9, np.full((1, 1), np.nan), (),
    )  # fmt: skip
    assert populations_left_open(stopped, 0, 1) == populations_left_open(None, 8, 1) == []
    assert capsys.readouterr().err == ""
    assert populations_left_open(stopped, 8, 1) == []
    told = capsys.readouterr().err
    assert told.startswith("note: the uncertainty of this calibration is not known (stopped at")
    known = replace(
        stopped, covariance=np.array([[0.01]]), free=(Free("median", "k", 0.1, 5),),
        parameters=pd.DataFrame({"value": [0.8]}),
        population=Population("p", "", {"k": LogNormal(0.2, 0.8)}),
    )  # fmt: skip
    assert populations_left_open(known, 3, 1) == known.draws(3, 1)
    assert capsys.readouterr().err == ""
