"""Sets of trials: one calibrates, the others are predicted, and the table says how it came out."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from pdmodel.errors import InputError
from pdmodel.trial import (
    BetweenTrials,
    Free,
    LogNormal,
    Population,
    Protocol,
    Trial,
    TrialArm,
    TrialSet,
    predict_trials,
)
from tests.toys import one_compartment

MODEL = one_compartment()
PATTERNS = """\
id,trial,kind,outcome,group,low,high,events,n,unit,use,status,source,meaning,grade
high_10,ten,rate,high,,,,30,100,1,calibrate,reported,X,much left,unreported
median_10,ten,median,left,,1,9,,100,mg,calibrate,reported,X,what is left,
high_20,twenty,rate,high,,,,70,100,1,predict,reported,X,much left,unreported
half_20,twenty,rate,high,small,,,1,100,1,predict,reported,X,much left of half,2
"""
PEOPLE = Population(
    "people", "", {"k": LogNormal(0.5, 0.7)}, streams="each", between=(BetweenTrials("k", 0.4),)
)
FAST = replace(PEOPLE, name="fast", values={"volume": 30.0})


def outcomes(records: xr.Dataset) -> pd.DataFrame:
    """Return who has much left after two days, by two thresholds, and by how much."""
    left = records["plasma"].values[:, -1]
    limits = {"high": 5.0, "some": 2.5}
    rows = {name: left > limit for name, limit in limits.items()}
    rows |= {f"{name}_margin": np.log(left / limit) for name, limit in limits.items()}
    return pd.DataFrame({**rows, "left": left})


ARMS = (TrialArm("large", 1), TrialArm("small", 1))


@pytest.fixture
def trials(tmp_path: Path) -> TrialSet:
    """Return a set of two trials under two readings of what is high."""
    (tmp_path / "patterns.csv").write_text(PATTERNS)
    one = Protocol("one", "10 mg once", 10, drug="iv", days=2, visits=(2,))
    ten = Trial(
        "ten", "10 mg", one, PEOPLE, outcomes, str(tmp_path / "patterns.csv"), ["plasma"],
        model=MODEL,  # type: ignore[arg-type]
        margins={"high": "high_margin", "some": "some_margin"},
        free=(Free("median", "k", 0.05, 5),),
    )  # fmt: skip
    twenty = ten.with_(
        name="twenty", protocol=one.with_(name="two", start=20), free=(),
        arms=(TrialArm("large", 1), TrialArm("small", 1, one, FAST)),
    )  # fmt: skip
    return TrialSet(
        "toys", "ten and twenty", ten, (twenty,), {"much": {}, "some": {"high": "some"}}
    )


def test_one_calibrates_and_the_others_are_predicted(trials: TrialSet) -> None:
    """The calibrated rate is met under each reading; arms keep their patients, with its numbers."""
    found = predict_trials(trials, 256, 1, draws=3, threads=1, max_evaluations=12)
    table = found.table.set_index(["reading", "id"])
    assert list(table.index) == [
        (reading, name) for reading in ("much", "some")
        for name in ("high_10", "median_10", "high_20", "half_20")
    ]  # fmt: skip
    for number, reading in enumerate(("much", "some")):
        assert table.loc[(reading, "high_10"), "model"] == pytest.approx(0.3, abs=0.03)
        assert table.loc[(reading, "high_10"), "use"] == "calibrate"
        assert table.loc[(reading, "high_20"), "use"] == "predict"
        _, twenty = found.readings[number].results
        value = found.readings[number].calibration.parameters["value"].iloc[0]
        assert [p.spreads["k"].median for p in twenty.trial.populations] == [value] * 2
        assert set(twenty.outcomes.loc[twenty.outcomes["small"] == 1, "volume"]) == {30.0}
    # Only what has no grade is read otherwise.
    assert table.loc[("some", "half_20"), "model"] < table.loc[("much", "half_20"), "model"]
    hits = found.hits.set_index("reading")
    assert hits[["calibrated", "predicted", "ungraded"]].to_numpy().tolist() == [[2, 2, 1]] * 2
    inside = found.table[found.table["use"] == "predict"].groupby("reading")["inside"].sum()
    assert hits["predicted_inside"].tolist() == inside.tolist()


def test_differences_between_trials_widen_what_is_predicted(trials: TrialSet) -> None:
    """Of predicted trials; the calibrated one has its own patients."""
    alike = trials.calibrated.with_(population=replace(PEOPLE, between=()))
    same = replace(
        trials, calibrated=alike,
        predicted=(trials.predicted[0].with_(population=alike.population, arms=ARMS),),
        readings={},
    )  # fmt: skip
    apart = replace(same, predicted=(same.predicted[0].with_(population=PEOPLE),))
    tables = [
        predict_trials(each, 256, 1, draws=6, threads=1, max_evaluations=2)
        .readings[0]
        .table.set_index("id")
        for each in (same, apart)
    ]
    narrow, wide = ((t["model_high"] - t["model_low"]).to_dict() for t in tables)
    assert wide["high_20"] > narrow["high_20"] + 0.1
    assert wide["high_10"] == narrow["high_10"]
    assert tables[0]["model"].equals(tables[1]["model"])


def test_a_stopped_set_goes_on_and_names_its_state(trials: TrialSet, tmp_path: Path) -> None:
    """A calibration that a folder holds is taken; the record names version, commit and hits."""
    place, asked = tmp_path / "out", list[str]()

    def stop(result):
        asked.append(result.trial.name)
        if len(asked) == 2:
            raise KeyboardInterrupt
        return {}

    one = replace(trials, readings={})
    with pytest.raises(KeyboardInterrupt):
        predict_trials(one, 64, 1, draws=2, threads=1, max_evaluations=2, out=place, draw=stop)
    before = (place / "calibration.json").stat().st_mtime_ns
    found = predict_trials(
        one, 64, 1, draws=2, threads=1, max_evaluations=2, out=place, draw=lambda result: {},
        share=lambda results: {"figures/all.png": b"png"},
    )  # fmt: skip
    assert (place / "calibration.json").stat().st_mtime_ns == before
    record = json.loads((place / "trials.json").read_text())
    assert record["trials"] == ["ten", "twenty"]
    assert {"version", "commit", "changed", "model_hash"} <= set(record)
    assert record["supported"] is None
    assert len(record["patterns"]) == len(pd.read_csv(place / "predictions.csv")) == 4
    assert (place / "figures/all.png").read_bytes() == b"png"
    whole = predict_trials(one, 64, 1, draws=2, threads=1, max_evaluations=2)
    pd.testing.assert_frame_equal(whole.table, found.table)
    with pytest.raises(InputError, match="holds a finished comparison of trials"):
        predict_trials(one, 64, 1, draws=2, threads=1, max_evaluations=2, out=place)
    predict_trials(trials, 64, 1, draws=2, threads=1, max_evaluations=2, out=place, overwrite=True)
    assert (place / "calibration_some.json").is_file()
    assert (place / "much_twenty" / "trial.json").is_file()


def test_sets_that_cannot_be(trials: TrialSet) -> None:
    """Two trials of one name, none to calibrate, nothing free."""
    ten = trials.calibrated
    with pytest.raises(InputError, match="trial set 'toys': two trials are called 'ten'"):
        replace(trials, predicted=(ten,))
    with pytest.raises(InputError, match="'ten' is no trial to calibrate on"):
        replace(trials, calibrated="ten")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="trial 'ten' leaves nothing free to calibrate"):
        replace(trials, calibrated=ten.with_(free=()))
    with pytest.raises(InputError, match="draws must be a whole number >= 1"):
        predict_trials(trials, 8, draws=0)
