"""`pdmodel trial compare --all`: what is said of predictions, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pdmodel.cli.verbs.trial_all import PredictionWish
from pdmodel.errors import InputError

TOYS = """
import numpy as np
import pandas as pd
from pdmodel.trial import BetweenTrials, Free, LogNormal, Population, Protocol, Trial, TrialSet
from tests.toys import one_compartment


def outcomes(records):
    left = records["plasma"].values[:, -1]
    return pd.DataFrame({
        "high": left > 5, "some": left > 2.5, "high_margin": np.log(left / 5),
        "some_margin": np.log(left / 2.5),
    })


people = Population(
    "people", "", {"k": LogNormal(0.5, 0.7)}, streams="each", between=(BetweenTrials("k", 0.4),)
)
once = Protocol("once", "10 mg once", 10, drug="iv", days=2, visits=(2,))
ten = Trial(
    "ten", "What do 10 mg leave?", once, people, outcomes, "patterns.csv", ["plasma"],
    model=one_compartment(), margins={"high": "high_margin", "some": "some_margin"},
    free=(Free("median", "k", 0.05, 5),),
)
forty = ten.with_(name="forty", title="And 40 mg?", protocol=once.with_(start=40))
toys = TrialSet("toys", "", ten, (forty,), readings={"much": {}, "some": {"high": "some"}})
"""
PATTERNS = """\
id,trial,kind,outcome,group,low,high,events,n,unit,use,status,source,meaning,grade
high_10,ten,rate,high,,,,30,100,1,calibrate,reported,X,much left,unreported
high_40,forty,rate,high,,,,2,100,1,predict,reported,X,much left of 40 mg,unreported
"""
WORDS = ("trial", "compare", "--all", "toys.py:toys", "-n", "64", "--draws", "2", "--out", "run")


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """Return a folder with a set of trials and what was reported of them."""
    (tmp_path / "toys.py").write_text(TOYS)
    (tmp_path / "patterns.csv").write_text(PATTERNS)
    return tmp_path


def test_one_table_with_hits_misses_and_the_state_of_the_source(
    command, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By reading: the calibration, the table of predictions, what is supported, the misses."""
    monkeypatch.setattr("pdmodel.cli.verbs.trial_runs.trial_images", lambda result, **_: {})
    outcome = command(*WORDS)
    assert outcome.code == 0, outcome.err
    for words in (
        "Predictions of the set toys", "pdmodel 0", "no commit known",
        "Reports without a grade read as: some", "between trials (in the intervals of predictions)",
        "Predicted without tuning, calibrated on ten only",
        "the patterns do not tell the readings of what was reported without a grade apart",
        "misses, much: forty: much left of 40 mg",
    ):  # fmt: skip
        assert words in outcome.out
    row = next(line for line in outcome.out.splitlines() if line.startswith("forty  much left"))
    assert row.split()[6] == "2/100"
    assert row.split()[-2:] == ["NO", "NO"]
    record = json.loads((here / "run" / "trials.json").read_text())
    assert [hit["predicted_inside"] for hit in record["hits"]] == [0, 0]
    assert (here / "run" / "figures" / "pattern_forest_some.png").is_file()
    page = command("report", "run", "-q")
    assert page.code == 0, page.err
    written = (here / "run" / "report.html").read_text()
    assert "Predictions of the set toys" in written


def test_what_goes_with_all(command, here: Path) -> None:
    """One set, no other way to tune, no trials without it; one error and nothing written."""
    for words, message in (
        (("--all", "a", "b"), "--all takes one set of trials"),
        (("--all", "--calibrate"), "--all calibrates on the first trial of the set"),
        (("--all", "toys.py:ten"), "trial set"),
        ((), "name the trials to compare, or predict all of a set with --all"),
    ):
        outcome = command("trial", "compare", *words)
        assert outcome.code == 2, words
        assert message in outcome.err
    assert sorted(path.name for path in here.iterdir()) == ["patterns.csv", "toys.py"]


def test_the_only_published_set_needs_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours is found; where there are none, or several, the message lists them."""
    wish = PredictionWish((), 8, 1, None, None, 2, overwrite=False)
    assert wish.trials().name == "reported"
    monkeypatch.setattr("pdmodel.catalogue.published", lambda group, kind: {})
    with pytest.raises(InputError, match="name the set of trials for --all"):
        wish.trials()
