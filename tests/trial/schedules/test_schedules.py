"""Schedules: the grid, the front, the best for whom, the same patients for all, resuming."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import pdmodel.trial.run.blocks
from pdmodel.dosing import read_regimen
from pdmodel.errors import InputError, UnknownNameError
from pdmodel.trial import (
    Cycle,
    Escalate,
    Hold,
    LogNormal,
    PatientType,
    Population,
    Protocol,
    Search,
    Trial,
    run_search,
)
from pdmodel.trial.schedules.ranking import on_front, tabulate
from tests.toys import one_compartment

PEOPLE = Population("p", "", {"k": LogNormal(0.5)})


def outcomes(records: xr.Dataset) -> pd.DataFrame:
    """Benefit above 6 at the end, harm above 15 at any time."""
    plasma = records["plasma"].values
    return pd.DataFrame(
        {
            "good": plasma[:, -1] > 6, "bad": plasma.max(axis=1) > 15,
            "mean_dose": np.nanmean(records["dose"].values, axis=1),
        }
    )  # fmt: skip


TRIAL = Trial(
    "t", "", Protocol("t", "", 5, days=14, drug="iv", rules=(Hold("plasma", 0, 0), Escalate(
        step=5, every=7, most=25, quantity="plasma", at_least=0))),
    PEOPLE, outcomes, "", ("plasma",), model="toy",
)  # fmt: skip
SEARCH = Search(
    "s", "", TRIAL, (5, 10, 20), (Cycle(), Cycle(1, 2)), ramps=(0, 7), step=5, benefit="good",
    harm="bad",
    types=(PatientType("slow", "k", high=0.5), PatientType("none", "k", low=1e9)),
)  # fmt: skip


@pytest.fixture(autouse=True)
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the search find the toy model by its name."""
    monkeypatch.setattr(
        "pdmodel.trial.schedules.run.load", lambda model, near=None: one_compartment()
    )


def test_the_grid() -> None:
    """Three doses, two cycles; of a ramp only what is more than its first step."""
    schedules = SEARCH.schedules()
    assert [s.label for s in schedules[:5]] == [
        "5 mg daily", "10 mg daily", "20 mg daily", "10 mg daily from 5 in 7 d",
        "20 mg daily from 5 in 7 d",
    ]  # fmt: skip
    assert len(schedules) == 10
    ramped, whole = schedules[4].protocol, schedules[2].protocol
    assert ramped.start == 5
    assert ramped.rules[-1] == Escalate(5, 7, 20, quantity="plasma", at_least=0)
    assert whole.start == 20
    assert [type(rule) for rule in whole.rules] == [Hold]


def test_rates_are_those_of_the_patients() -> None:
    """Without rules it is a closed form; every schedule is run in the same patients."""
    found = run_search(SEARCH, 200, 3).table.set_index("label")
    k = PEOPLE.draw(one_compartment(), 200, 3).patients["k"].to_numpy()
    for dose in (5, 10, 20):
        trough = dose * np.exp(-k) * (1 - np.exp(-14 * k)) / (1 - np.exp(-k))
        row = found.loc[f"{dose} mg daily"]
        assert row["benefit"] == pytest.approx((trough > 6).mean())
        assert row["harm"] == pytest.approx((trough > 15).mean())
        assert row["benefit_low"] <= row["benefit"] <= row["benefit_high"]
        assert row["mean_dose"] == dose


def test_the_front_of_hand_made_rates() -> None:
    """As good and better somewhere pushes off; equal ones stay together."""
    rates = np.array([[0.1, 0.1], [0.3, 0.1], [0.3, 0.1], [0.5, 0.4], [0.4, 0.5], [0.0, 0.0]])
    assert on_front(rates).tolist() == [False, True, True, True, False, True]


def table(good: list[int], bad: list[int]) -> pd.DataFrame:
    """Return outcomes of a schedule, patient by patient."""
    k = np.linspace(0.1, 1, len(good))
    return pd.DataFrame({"good": good, "bad": bad, "k": k, "failed": 0.0, "mean_dose": 1.0})


def test_the_best_keeps_the_limit_and_differs_by_patient() -> None:
    """Everybody is best with the second, the slow with the first; a harsh limit leaves none."""
    search = replace(SEARCH, ramps=(0,), cycles=(Cycle(),), doses=(5, 10))
    found = [[table([1, 1, 0, 0, 0, 0], [0, 0, 0, 0, 0, 1])],
             [table([1, 0, 1, 1, 1, 1], [1, 1, 0, 0, 0, 0])]]  # fmt: skip
    best = tabulate(search, search.schedules(), found, 1, 0.4)[1].set_index("type")
    assert best.loc["everybody", "label"] == "10 mg daily"
    assert best.loc["everybody", "benefit"] == pytest.approx(5 / 6)
    assert best.loc["slow", "label"] == "5 mg daily"
    assert best.loc["slow", "patients"] == 3
    assert best.loc["slow", "note"] == "fewer than 30 patients"
    assert best.loc["none", "note"] == "no such patient"
    harsh = tabulate(search, search.schedules(), found, 1, 0.0)[1].set_index("type")
    assert harsh.loc["everybody", "note"] == "no schedule keeps the harm within 0%"
    assert harsh.loc["slow", "label"] == "5 mg daily"


def test_bands_are_of_paired_patients() -> None:
    """Where one schedule is better in every patient, it is so in every resample."""
    search = replace(SEARCH, ramps=(0,), cycles=(Cycle(),), doses=(5, 10))
    good = [1, 0] * 20
    found = [
        [table(good, good)],
        [table(good, [1, *good[1:]])],
    ]
    rows = tabulate(search, search.schedules(), found, 1, 1.0)[0]
    assert rows["benefit"].tolist() == [0.5, 0.5]
    assert rows["front_share"].tolist() == [1, 1]
    worse = [[table(good, good)], [table([0] * 40, good)]]
    rows = tabulate(search, search.schedules(), worse, 1, 1.0)[0]
    assert rows["front"].tolist() == [True, False]
    assert rows["front_share"].tolist() == [1, 0]


def test_a_search_that_was_stopped_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is committed is not run again; the files are the same."""
    draws = [PEOPLE.with_spreads(k=LogNormal(0.5, 0.5))]
    run_search(SEARCH, 20, 1, out=tmp_path / "whole", draws=draws, threads=2)
    run, names = pdmodel.trial.run.blocks.run_block, []

    def killed(trial, model, block, *rest):
        names.append(block.name)
        if len(names) == 8:
            raise KeyboardInterrupt
        return run(trial, model, block, *rest)

    monkeypatch.setattr(pdmodel.trial.run.blocks, "run_block", killed)
    with pytest.raises(KeyboardInterrupt):
        run_search(SEARCH, 20, 1, out=tmp_path / "killed", draws=draws, threads=1)
    assert not (tmp_path / "killed" / "trial.json").exists()
    run_search(SEARCH, 20, 1, out=tmp_path / "killed", draws=draws, threads=1)
    assert len(names) == 8 + 20 - 7
    assert names[7] == "schedule_003_draw_01_block_00000"
    for file in ("trial.json", "best.csv", "schedules.csv"):
        whole, other = ((tmp_path / name / file).read_bytes() for name in ("whole", "killed"))
        assert whole == other, file


def test_searches_that_cannot_be(tmp_path: Path) -> None:
    """An empty grid, doses of nothing, a limit that is no rate, a type of an unknown column."""
    with pytest.raises(InputError, match="cycles is empty"):
        replace(SEARCH, cycles=())
    with pytest.raises(InputError, match="doses must be > 0"):
        replace(SEARCH, doses=(5, 0))
    with pytest.raises(InputError, match="ramps must be >= 0"):
        replace(SEARCH, ramps=(-1,))
    with pytest.raises(InputError, match="say which outcome is the harm"):
        replace(SEARCH, harm="")
    with pytest.raises(InputError, match="ramps need the dose of a step"):
        replace(SEARCH, step=0)
    plain = TRIAL.with_(protocol=TRIAL.protocol.with_(rules=()))
    with pytest.raises(InputError, match="ramps need a rule Escalate in protocol 't'"):
        replace(SEARCH, trial=plain)
    with pytest.raises(InputError, match="a rate in"):
        run_search(SEARCH, 8, limit=1.5, out=tmp_path / "none")
    assert not (tmp_path / "none").exists()
    wrong = replace(SEARCH, types=(PatientType("big", "weight", low=100),))
    with pytest.raises(UnknownNameError, match="column of patient type 'big'"):
        run_search(wrong, 8)


def test_a_cycle_of_one_day_is_told_by_its_length() -> None:
    """In labels; the title, by which folders of before know a schedule, stays."""
    schedule = replace(SEARCH, ramps=(0,), cycles=(Cycle(1, 14),)).schedules()[0]
    assert schedule.label == "5 mg every 14 days"
    assert schedule.protocol.title == "5 mg days 1-1 of 14"
    assert "5 mg every 14 days for 14 days" in schedule.protocol.describe()


def test_the_mean_dose_needs_no_outcome_of_ones_own() -> None:
    """It is that of the days on which a patient was in the trial."""
    bare = TRIAL.with_(outcomes=lambda records: outcomes(records).drop(columns="mean_dose"))
    found = run_search(replace(SEARCH, trial=bare, ramps=(0,), cycles=(Cycle(), Cycle(1, 2))), 8)
    assert found.table["mean_dose"].tolist() == [5, 10, 20, 2.5, 5, 10]


def test_alongside_is_given() -> None:
    """What is given besides by name, in the label and in the protocol."""
    pack = read_regimen("5 mg iv days 1-2 of 14")
    search = replace(SEARCH, steroids={"": read_regimen("no drug"), "pack": pack})
    labels = [s.label for s in search.schedules()]
    assert len(labels) == 20
    assert labels[10] == "5 mg daily, pack"
    assert search.schedules()[10].protocol.alongside == pack


def test_columns_are_looked_for_after_the_first_schedule(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not when an hour of work has been done."""
    run, names = pdmodel.trial.run.blocks.run_block, []

    def counted(trial, model, block, *rest):
        names.append(block.name)
        return run(trial, model, block, *rest)

    monkeypatch.setattr(pdmodel.trial.run.blocks, "run_block", counted)
    with pytest.raises(UnknownNameError, match=r"outcome of search 's'.*did you mean 'good'"):
        run_search(replace(SEARCH, also=("goods",)), 8)
    assert len(names) == 1
