"""Arms: rules act on what visits see; doses given are those that rules ask for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pdmodel import simulate
from pdmodel.dosing import Dose, Regimen, read_regimen
from pdmodel.errors import InputError, UnknownNameError
from pdmodel.trial import Course, Cycle, Dropout, Escalate, Hold, Protocol, Reduce, run_trial
from tests.toys import one_compartment

MODEL = one_compartment()
TABLE = pd.DataFrame({"k": [0.2, 0.7, 1.5]})


def arm(protocol: Protocol, **more):
    """Run three patients tightly."""
    options = {"quantities": ["plasma"], "rtol": 1e-9, "atol": 1e-12, **more}
    return run_trial(MODEL, TABLE, protocol, **options)


def test_without_rules_it_is_a_simulation() -> None:
    """25 mg on days 1-3 of 5, seen on days 4 and 9."""
    protocol = Protocol("p", "", 25, cycle=Cycle(3, 5), days=9, visits=(4, 9), drug="oral")
    found = arm(protocol, peaks=["gut"])
    for number, k in enumerate(TABLE["k"]):
        alone = simulate(
            MODEL,
            "25 mg oral days 1-3 of 5",
            days=9,
            patient={"k": k},
            rtol=1e-10,
            atol=1e-12,
            times=np.arange(10.0),
        )
        np.testing.assert_allclose(found["plasma"][number], alone["plasma"], rtol=1e-6, atol=1e-9)
    assert found["dose"].values[0].tolist() == [25, 25, 25, 0, 0, 25, 25, 25, 0]
    assert found["gut_peak"].values[0, 1] == pytest.approx(25, rel=1e-5)
    assert (found["reason"] == "").all()


def test_rules_see_the_visit_and_change_the_next_dose() -> None:
    """Held while plasma is low is a strange rule, and easily computed by hand."""
    rule = Hold("plasma", below=5, resume=5, reduce=4, least=2)
    found = arm(Protocol("p", "", 10, days=3, visits=(1, 2, 3), drug="iv", rules=(rule,)))
    left = np.exp(-TABLE["k"].to_numpy())
    # Day 0: nothing in plasma, held. It stays 0 for ever, so no dose is ever given.
    assert (found["held"] == 1).all()
    assert (found["dose"] == 0).all()
    more = Escalate(step=5, every=1, most=20, quantity="plasma", at_least=4.0)
    found = arm(Protocol("p", "", 10, days=3, visits=(1, 2, 3), drug="iv", rules=(more,)))
    first = 10 * left
    expected = np.where(first >= 4, 15.0, 10.0)
    assert found["dose"].values[:, 0].tolist() == [10, 10, 10]
    np.testing.assert_array_equal(found["dose"].values[:, 1], expected)
    np.testing.assert_allclose(found["plasma"][:, 2], (first + expected) * left, rtol=1e-7)
    np.testing.assert_allclose(found["seen_plasma"][:, 1], first, rtol=1e-7)


def test_a_course_goes_on_over_visits() -> None:
    """Three days of a second drug from the visit that asks for it, seen every two days."""
    pack = Regimen(doses=tuple(Dose(float(n), "iv", 10.0 * (n + 1)) for n in range(3)))
    rule = Course(pack, 3, "gut", 0.001)
    protocol = Protocol("p", "", 8, days=8, visits=(2, 4, 6, 8), drug="oral", rules=(rule,))
    found = arm(protocol)
    given = Regimen(doses=tuple(Dose(2.0 + n, "iv", 10.0 * (n + 1)) for n in range(3)))
    for number, k in enumerate(TABLE["k"]):
        alone = simulate(
            MODEL, read_regimen("8 mg oral daily") + given, days=8, patient={"k": k}, rtol=1e-10,
            atol=1e-12, times=np.arange(9.0),
        )  # fmt: skip
        np.testing.assert_allclose(found["plasma"][number], alone["plasma"], rtol=1e-6, atol=1e-9)


def test_assays_err_and_patients_do_not() -> None:
    """The error is log-normal, its own for each visit, the same again from the same seed."""
    protocol = Protocol("p", "", 10, days=7, visits=range(1, 8), drug="iv", assay={"plasma": 0.3})
    one, again, other = arm(protocol), arm(protocol, threads=1), arm(protocol, seed=2)
    np.testing.assert_array_equal(one["seen_plasma"], again["seen_plasma"])
    assert not np.array_equal(one["seen_plasma"][:, 1:], other["seen_plasma"][:, 1:])
    np.testing.assert_array_equal(one["plasma"], other["plasma"])
    off = np.log(one["seen_plasma"].values[:, 1:] / one["plasma"].values[:, 1:])
    assert 0.1 < off.std() < 0.6


def test_protocols_that_cannot_be() -> None:
    """Visits out of order, a rule about nothing, no dose."""
    with pytest.raises(InputError, match="day 7 comes after day 14"):
        Protocol("p", "", 10, days=14, visits=(14, 7))
    with pytest.raises(InputError, match="the last visit is on day 7, the end is 14"):
        Protocol("p", "", 10, days=14, visits=(7,))
    with pytest.raises(InputError, match="start must be a dose >= 0"):
        Protocol("p", "", -1)
    with pytest.raises(InputError, match="assay error of il6"):
        Protocol("p", "", 1, days=7, assay={"il6": -0.1})
    with pytest.raises(InputError, match="cycle"):
        Cycle(8, 7)
    with pytest.raises(UnknownNameError, match=r"quantity of protocol 'p'.*plasma"):
        arm(Protocol("p", "", 10, days=7, drug="iv", rules=(Hold("plasm", below=1, resume=1),)))


def test_who_leaves_is_seen_no_more() -> None:
    """Nothing is known after the day; before it all is as in who stays."""
    gone = Protocol("p", "", 10, days=21, drug="iv", dropout=Dropout(0.5, 5), assay={"plasma": 0.2})
    found, whole = arm(gone), arm(gone.with_(dropout=None))
    assert np.isinf(whole["left"]).all()
    left = found["left"].values
    assert (left < 21).any()
    for number, day in enumerate(left):
        seen = found["time"].values <= day
        assert np.isnan(found["plasma"].values[number, ~seen]).all()
        np.testing.assert_array_equal(
            found["plasma"].values[number, seen], whole["plasma"].values[number, seen]
        )
        visits = found["visit"].values <= day
        for name in ("seen_plasma", "level", "held"):
            assert (np.isfinite(found[name].values[number]) == visits).all()
        assert np.isfinite(found["dose"].values[number]).sum() == seen.sum() - 1


def test_shares_leave_by_their_day() -> None:
    """Half by day 5 and, at a constant hazard, three quarters by day 10."""
    days = Dropout(0.5, 5).days(1 - np.random.default_rng(1).random(4000))
    assert (days < 5).mean() == pytest.approx(0.5, abs=0.02)
    assert (days < 10).mean() == pytest.approx(0.75, abs=0.02)
    early = Dropout(0.5, 5, shape=0.5).days(1 - np.random.default_rng(1).random(4000))
    assert (early < 5).mean() == pytest.approx(0.5, abs=0.02)
    assert (early < 10).mean() == pytest.approx(1 - 0.5**2**0.5, abs=0.02)
    with pytest.raises(InputError, match="the share lies in"):
        Dropout(1.0, 5)


def test_rules_may_ask_for_covariates() -> None:
    """Half the dose where the clearance of creatinine is low."""
    kidneys = pd.DataFrame({"creatinine_clearance": [40.0, 60.0, 90.0]})
    protocol = Protocol(
        "p", "", 10, days=7, drug="iv", rules=(Reduce("creatinine_clearance", below=60),)
    )
    found = arm(protocol, covariates=kidneys)
    assert found["dose"].values[:, 0].tolist() == [5, 10, 10]
    with pytest.raises(UnknownNameError, match="creatinine_clearance"):
        arm(protocol)


def test_doses_per_kilogram_follow_each_patient() -> None:
    """Weights of 50, 80 and 110 kg: each has the courses of a cohort that is given those doses."""
    weights = np.array([50.0, 80.0, 110.0])
    more = Escalate(step=0.1, every=2, most=0.4, quantity="plasma", at_least=0.0)
    settings: Any = {"cycle": Cycle(1, 2), "days": 4, "visits": (2, 4), "drug": "oral"}
    protocol = Protocol("p", "", 0.2, "mg/kg", rules=(more,), **settings)
    found = arm(protocol, weights=weights)
    for number, weight in enumerate(weights):
        same = Protocol(
            "p", "", 0.2 * weight, rules=(replace(more, step=0.1 * weight, most=0.4 * weight),),
            **settings,
        )  # fmt: skip
        alone = arm(same)
        np.testing.assert_allclose(found["plasma"][number], alone["plasma"][number], rtol=1e-9)
        np.testing.assert_allclose(found["dose"][number] * weight, alone["dose"][number])
    assert found["dose"].attrs["units"] == found["level"].attrs["units"] == "mg/kg"
    np.testing.assert_allclose(found["dose"].values[0], [0.2, 0, 0.3, 0])
    grams = arm(replace(protocol, unit="mg/g", start=0.0002, rules=()), weights=weights)
    fixed = arm(replace(protocol, rules=()), weights=weights)
    np.testing.assert_allclose(grams["plasma"], fixed["plasma"], rtol=1e-9)
    with pytest.raises(InputError, match="protocol 'p': doses in mg/kg need body weights"):
        arm(protocol)
    with pytest.raises(InputError, match=r"'mg/day' is no unit of a dose; write e\.g\. mg"):
        Protocol("p", "", 1, "mg/day", days=7)
