"""Outcomes of patients who were classified by hand."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from fits.outcomes import PEAKS, QUANTITIES, cll_outcomes
from pdmodel.catalogue import find_object
from pdmodel.trial import Trial

DAYS = 112


def records(**changes) -> xr.Dataset:
    """Return one patient in whom nothing happens but what is asked for, by quantity and day."""
    level = {
        "SPD": 40.0, "blood_cll": 50.0, "node_diameter": 4.0, "ALC": 60.0, "ANC": 3.0, "il6": 3.0,
        "tnf": 12.0, "t_cells": 1.5, "tumour_tissue": 1000.0, "tumour_blood": 250.0,
        "node_swelling_peak": 0.0,
    }  # fmt: skip
    found = xr.Dataset(coords={"time": np.arange(DAYS + 1), "visit": np.arange(0, DAYS + 1, 7)})
    for name in (*QUANTITIES, *(f"{peak}_peak" for peak in PEAKS)):
        values = np.full((1, DAYS + 1), level[name])
        for day, value in changes.get(name, {}).items():
            values[0, day:] = value
        found[name] = (("patient", "time"), values)
    found["dose"] = (("patient", "day"), np.full((1, DAYS), 10.0))
    found["left"] = ("patient", [np.inf])
    found.attrs["planned"] = 20.0
    visits = found.sizes["visit"]
    found["held"] = (("patient", "visit"), np.zeros((1, visits)))
    found["level"] = (("patient", "visit"), np.full((1, visits), 10.0))
    return found


def outcome(**changes):
    """Return the outcomes of that patient."""
    return cll_outcomes(records(**changes)).iloc[0]


def test_nothing_happens() -> None:
    """Stable disease at the full dose."""
    found = outcome()
    assert not found["responder"]
    assert found["nonresponder"]
    assert not found["progressed"]
    assert found["progression_day"] == DAYS
    assert not found["flare"]
    assert np.isnan(found["flare_duration"])
    assert np.isnan(found["best_day"])
    assert found["neutropenia_grade"] == 0
    assert found["mean_dose"] == 10
    assert found["intensity"] == 0.5
    assert not found["left"]
    assert found["delivered"] == 10 * DAYS
    assert found["tnf_0"] == 12


def test_a_response_that_lasts_is_confirmed() -> None:
    """PR at days 56, 84 and 112: 56 days; with two visits only it is not confirmed."""
    found = outcome(SPD={50: 19.0}, blood_cll={50: 20.0})
    assert found["responder"]
    assert found["confirmed_responder"]
    assert found["first_response_day"] == 56
    assert found["best_day"] == 56
    assert found["best_change"] == pytest.approx(-52.5)
    found = outcome(SPD={80: 19.0}, blood_cll={80: 20.0})
    assert found["responder"]
    assert not found["confirmed_responder"]


def test_a_response_needs_blood_and_nodes_and_neutrophils() -> None:
    """Nodes alone are no response; with 1.0 neutrophils it is not confirmed."""
    assert not outcome(SPD={50: 19.0})["responder"]
    found = outcome(SPD={50: 19.0}, blood_cll={50: 20.0}, ANC={50: 1.0})
    assert found["responder"]
    assert not found["confirmed_responder"]
    assert found["neutropenia_grade"] == 2


def test_complete() -> None:
    """No node above 1.5 cm and less than 4 lymphocytes."""
    found = outcome(SPD={50: 2.0}, blood_cll={50: 0.1}, node_diameter={50: 1.4}, ALC={50: 2.0})
    assert found["complete"]


def test_progression_counts_from_the_lowest() -> None:
    """From 20 to 31 is half more; the same growth before day 56 would be flare."""
    found = outcome(SPD={20: 20.0, 90: 31.0})
    assert found["progressed"]
    assert found["progression_day"] == 112
    assert not outcome(SPD={20: 70.0, 50: 40.0})["progressed"]


def test_flare_by_hand() -> None:
    """From day 1 above 0.15, at most 0.45, over on day 15: 14 days."""
    found = outcome(node_swelling_peak={1: 0.2, 3: 0.45, 10: 0.2, 15: 0.1})
    assert found["flare"]
    assert found["any_flare"]
    assert found["flare_onset"] == 1
    assert found["flare_duration"] == 14
    mild = outcome(node_swelling_peak={1: 0.2, 15: 0.0})
    assert mild["any_flare"]
    assert not mild["flare"]


def test_a_flare_that_never_ends_has_no_duration() -> None:
    """It is missing, not long."""
    assert np.isnan(outcome(node_swelling_peak={1: 0.5})["flare_duration"])


def test_cytokines_are_what_visits_measured() -> None:
    """Folds of day 7 and 28; the error of the assay is in them."""
    found = outcome(il6={5: 9.0, 20: 12.0})
    assert found["il6_fold_7"] == 3
    assert found["il6_fold_28"] == 4
    seen = records().assign(seen_tnf=(("patient", "visit"), np.arange(1, 18)[None, :] * 1.0))
    assert cll_outcomes(seen)["tnf_fold_7"][0] == 2
    assert np.isnan(cll_outcomes(records().isel(visit=[0, 2]))["il6_fold_7"][0])


def left(day: int, **changes) -> xr.Dataset:
    """Return that patient, who was last seen before a day."""
    found = records(**changes)
    found["left"].values[:] = day
    for name in set(found.data_vars) - {"left"}:
        axis = found[name].dims[1]
        late = np.arange(found.sizes[axis]) >= day if axis == "day" else found[axis].values >= day
        found[name].values[:, late] = np.nan
    return found


def test_who_leaves_is_judged_by_what_was_seen() -> None:
    """A response at day 28 counts; what would have come later does not; times are censored."""
    early = cll_outcomes(left(60, SPD={20: 19.0, 70: 80.0}, blood_cll={20: 20.0})).iloc[0]
    assert early["responder"]
    assert not early["confirmed_responder"]
    assert not early["progressed"]
    assert early["progression_day"] == 56
    assert early["left"]
    assert early["mean_dose"] == 10
    assert early["delivered"] == 600
    assert early["last_level"] == 10


def test_who_leaves_before_the_first_visit_does_not_respond() -> None:
    """Nothing was seen: no response, no progression, at risk for no time."""
    never = cll_outcomes(left(10, SPD={20: 19.0})).iloc[0]
    assert never["nonresponder"]
    assert never["response_margin"] < -5
    assert never["progression_day"] == 0
    assert np.isnan(never["il6_fold_28"])
    assert never["il6_fold_7"] == 1
    assert np.isnan(never["flare_duration"])


@pytest.mark.parametrize("days", [1, 14, 27])
def test_a_trial_that_ends_before_the_first_visit_has_outcomes(days: int) -> None:
    """Nobody responded and nothing was seen; no number is made up."""
    trial = find_object("phase2", "trial", "pdmodel.trials", Trial)
    found = trial.with_(protocol=trial.protocol.with_(days=days)).run(4, threads=1).outcomes
    assert found["responder"].tolist() == [0.0] * 4
    assert found[["best_day", "best_change", "first_response_day"]].isna().all(axis=None)
