"""The reported trials: their protocols as reported, their patients, and outcomes by hand."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import pdmodel
from equations.bibliography import REFERENCES
from fits.outcomes import PEAKS, QUANTITIES, cll_outcomes
from fits.populations import elderly_untreated, high_risk_relapsed, relapsed_reported
from fits.reported_outcomes import reported_outcomes
from fits.trials import (
    aue_2009,
    chanan_khan_2006,
    elderly_2008,
    ferrajoli_2008,
    high_risk_2007,
    lee_2008,
    phase2,
    reported,
)
from pdmodel.errors import RegimenError
from pdmodel.trial import Hold, LogNormal, Trial, calibrate

EVIDENCE = Path(__file__).parents[1] / "evidence" / "clinical_evidence.csv"
REFERENCE = pdmodel.load("reference")


@pytest.fixture(scope="module")
def evidence() -> dict[str, dict[str, str]]:
    """Return the rows of the evidence by their number."""
    with EVIDENCE.open(encoding="utf-8") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def rows_of(pattern) -> list[str]:
    """Return the numbers of the evidence that a pattern names."""
    return pattern.source.partition("(")[2].rstrip(")").split("; ")


def test_every_pattern_is_in_the_evidence(evidence) -> None:
    """Its counts make the reported rate, its limits hold the reported number; keys are known."""
    judged = 0
    for trial in reported.trials:
        for pattern in trial.reported():
            assert set(pattern.source.partition(" (")[0].split("; ")) <= set(REFERENCES)
            first = evidence[rows_of(pattern)[0]]
            if pattern.events is not None and first["unit"] == "%":
                share = 100 * pattern.events / pattern.n
                assert share == pytest.approx(float(first["value"]), abs=1.2), pattern.id
                judged += 1
            if first["unit"] == "days":
                assert pattern.low <= float(first["value"]) <= pattern.high
                judged += 1
    assert judged >= 12


def test_only_the_first_trial_calibrates() -> None:
    """On the patterns of the 10 mg trial; nothing is free in, nor calibrated to, another."""
    first, *others = reported.trials
    assert {p.id for p in first.reported() if p.use == "calibrate"} == {
        p.id for p in phase2.reported() if p.use == "calibrate"
    }
    assert all(p.use == "predict" for trial in others for p in trial.reported())
    ungraded = {p.outcome for t in reported.trials for p in t.reported() if p.grade == "unreported"}
    assert ungraded == {"flare", "flare_onset", "flare_duration"}
    for trial in reported.read_as("any grade"):
        read = {p.outcome for p in trial.reported() if p.grade == "unreported"}
        assert read <= {"any_flare", "any_flare_onset", "any_flare_duration"}


def doses(trial: Trial) -> tuple[np.ndarray, xr.Dataset]:
    """Return the doses of six patients with strong marrow, who are never held and do not leave."""
    strong = {"marrow_slope": 1.5e-4, "ANC_baseline": 12.0}
    spreads = {k: v for k, v in trial.population.spreads.items() if k not in strong}
    people = replace(trial.population, spreads=spreads, values=strong)
    plain = trial.protocol.with_(rules=_without_holds(trial.protocol), dropout=None)
    arms = []
    for arm, own in zip(trial.arms, trial.protocols, strict=False):
        free = own.with_(rules=_without_holds(own), dropout=None)
        arms.append(replace(arm, protocol=free))
    records = trial.with_(protocol=plain, arms=tuple(arms), population=people).records(6)
    return records["dose"].transpose("patient", "day").values, records


def _without_holds(protocol):
    """Return the rules of a protocol but for holds, so that doses are those that were planned."""
    return tuple(rule for rule in protocol.rules if not isinstance(rule, Hold))


def test_ladders_are_as_reported() -> None:
    """5 mg for 56 or 28 days, 5 mg more every 28 days, at most 25 mg."""
    for trial, first in ((elderly_2008, 56), (lee_2008, 28)):
        given, _ = doses(trial)
        row = given[np.argmax(given[:, -1])]
        for step, dose in enumerate((5, 10, 15, 20, 25)):
            begin = 0 if step == 0 else first + 28 * (step - 1)
            end = 336 if step == 4 else first + 28 * step
            assert set(row[begin:end]) == {dose}
        assert given.max() == 25


def test_cycles_of_six_weeks_and_start_doses_by_cohort() -> None:
    """Three weeks on and three off, 20 mg in ten and 10 mg in eight patients."""
    given, records = doses(aue_2009)
    assert [arm.patients for arm in aue_2009.arms] == [10, 8]
    assert {tuple(sorted(set(row))) for row in given} == {(0, 10), (0, 20)}
    on = np.flatnonzero(given[0] > 0)
    assert set(on % 42) == set(range(21))
    off = records["day_off"].transpose("patient", "day").values
    assert ((given == 0) == off).all()


def test_later_patients_begin_with_care() -> None:
    """They have 10 mg, 5 mg more every two weeks, and a steroid; the first have 25 mg at once."""
    given, _ = doses(chanan_khan_2006)
    starts = sorted(set(given[:, 0]))
    assert starts == [10, 25]
    later = given[given[:, 0] == 10][0]
    assert [later[day] for day in (13, 14, 28, 42)] == [10, 15, 20, 25]
    assert not later[21:28].any()
    names = [arm.name for arm in chanan_khan_2006.arms]
    told = [str(protocol.alongside) for protocol in chanan_khan_2006.protocols]
    steroids = dict(zip(names, told, strict=True))
    assert "methylprednisolone" in steroids["with_care"]
    assert steroids["at_once"] == "no drug"


def test_patients_differ_as_reported() -> None:
    """Ages, risk, TNF-alpha by risk; one more spread leaves the others of a patient."""
    drawn = relapsed_reported.draw(REFERENCE, 1024, 1)
    tone, risk = drawn.patients["tone"], drawn.covariates["high_risk"]
    assert tone[risk == 1].mean() / tone[risk == 0].mean() == pytest.approx(27.5 / 14.2, rel=0.08)
    assert np.log(tone).std() == pytest.approx(0.60, rel=0.05)
    assert drawn.covariates["age"].median() == pytest.approx(64, rel=0.02)
    old = elderly_untreated.draw(REFERENCE, 256, 1)
    assert old.covariates["age"].min() >= 65
    assert old.covariates["untreated"].eq(1).all()
    all_at_risk = high_risk_relapsed.draw(REFERENCE, 512, 1)
    assert all_at_risk.covariates["high_risk"].eq(1).all()
    # They are as those of the other trials who have the deletion, not as all of those.
    assert all_at_risk.patients["tone"].median() == pytest.approx(
        tone[risk == 1].median(), rel=0.08
    )
    more = relapsed_reported.with_spreads(resting_t_cells_baseline=LogNormal(0.3))
    pd.testing.assert_series_equal(tone, more.draw(REFERENCE, 1024, 1).patients["tone"])
    # ALC, SPD, clearance and marrow differ between patients before treatment.
    assert {"blood_to_tissue", "SPD_baseline", "creatinine_clearance"} <= set(drawn.patients)


def test_further_outcomes_by_hand() -> None:
    """A flare below grade 2, a rise in the first days, a response that ends, a count of grade 1."""
    days = 365
    time = np.arange(days)
    course = {name: np.full((2, days), 10.0) for name in QUANTITIES}
    course["SPD"][0] = np.where(time < 84, 40.0, np.where(time < 252, 10.0, 30.0))
    course["SPD"][1, 2:5] = 12.6
    course["blood_cll"][0] = np.where(time < 56, 50.0, 5.0)
    course["ALC"][0, 3:] = 40.0
    course["t_cells"][0, 84] = 80.0
    course["ANC"][:] = 1.9
    swelling = np.zeros((2, days))
    swelling[1, 1:10] = 0.2
    variables = {name: (("patient", "time"), values) for name, values in course.items()}
    variables["node_swelling_peak"] = (("patient", "time"), swelling)
    visits = np.arange(0, days, 7)
    whole = {"day": days - 1, "visit": visits.size}
    for name, value, last in (
        ("dose", 10.0, "day"),
        ("level", 10.0, "visit"),
        ("held", 0, "visit"),
    ):
        variables[name] = (("patient", last), np.full((2, whole[last]), value))
    left = xr.DataArray(np.full(2, np.inf), dims="patient")
    records = xr.Dataset(
        variables, coords={"time": time, "visit": visits}, attrs={"planned": 10.0}
    ).assign(left=left)
    assert set(PEAKS) == {"node_swelling"}
    found = reported_outcomes(records)
    pd.testing.assert_frame_equal(found[cll_outcomes(records).columns], cll_outcomes(records))
    assert found["any_flare_onset"].tolist()[1] == 1
    assert found["any_flare_duration"].tolist()[1] == 9
    assert not found["flare"].any()
    assert found["any_flare_margin"].iloc[1] == pytest.approx(np.log(0.2 / 0.15))
    assert found["early_rise"].tolist() == [True, True]
    assert found["early_rise_day"].tolist() == [3, 2]
    assert found["response_by_84"].tolist() == [True, False]
    assert found["response_duration"].iloc[0] == 252 - 84
    assert found["alc_fold_84"].tolist() == [4, 1]
    assert found["t_share_fold_84"].tolist() == [2, 1]
    assert found["neutropenia_any"].all()


def test_a_small_run_of_each_trial_has_all_that_is_judged() -> None:
    """Every pattern of every trial is a number, in arms of all kinds, over two years."""
    for trial in (chanan_khan_2006, aue_2009, lee_2008, high_risk_2007):
        found = trial.run(12, 1)
        assert found.failures <= 1
        assert found.table["model"].notna().sum() >= len(found.table) - 2
        assert np.isfinite(found.outcomes["any_flare_margin"]).all()


def test_prophylaxis_with_any_drug_of_a_model() -> None:
    """A course of prednisone in the first week of a cycle; a model without it says so by name."""
    course = "20 mg prednisone days 1-7 of 28"
    small = chanan_khan_2006.with_(
        arms=(), protocol=chanan_khan_2006.protocol.with_(days=28, alongside=course, dropout=None)
    )
    plain = small.with_(protocol=small.protocol.with_(alongside="no drug"))
    rates = [
        trial.run(48, 1, model="steroids_by_potency").outcomes["any_flare"].mean()
        for trial in (small, plain)
    ]
    assert rates[0] < rates[1]
    with pytest.raises(RegimenError, match=r"unknown drug of model 'reference': 'prednisone'"):
        small.run(4, 1)


def test_what_was_mended_stays_mended_on_real_protocols() -> None:
    """Holds raise no dose, visits need not divide the days of a rung, trials may be short."""
    records = chanan_khan_2006.records(48)
    given = records["dose"].transpose("patient", "day").values
    held = (given == 0) & ~records["day_off"].transpose("patient", "day").values
    counted = 0
    for dose, hold in zip(given, held, strict=True):
        if hold.any():
            first = int(np.argmax(hold))
            counted += 1
            assert np.nanmax(dose[first:], initial=0) <= dose[:first].max()
    assert counted > 5
    sparse = lee_2008.protocol.with_(visits=(*range(30, 336, 30), 336))
    assert sparse.describe().endswith("by the visits on day 30, 60, 90, 120")
    short = elderly_2008.with_(protocol=elderly_2008.protocol.with_(days=10)).run(8, 1)
    assert short.outcomes["response_by_84"].eq(0).all()


def test_a_published_rival_can_be_calibrated_to_the_first_trial() -> None:
    """What its mechanism lacks is left as it is; the numbers it has are moved."""
    short = ferrajoli_2008.with_(protocol=ferrajoli_2008.protocol.with_(days=112))
    moved = calibrate(short, short.free, patients=12, model="no_exhaustion", max_evaluations=1)
    names = {number.name for number in short.free}
    assert names - set(moved.parameters["name"]) == {"value_exhaustion_gain"}
