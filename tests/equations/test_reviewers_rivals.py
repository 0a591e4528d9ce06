"""What the rivals of the reviewer's list say, each in the patient where it differs."""

from __future__ import annotations

import numpy as np
import pytest

import pdmodel


def run(model: str, patient: str = "responder", days: float = 336, dose: str = "10 mg daily"):
    """Simulate a typical patient."""
    chosen = pdmodel.load_patient(patient)
    days_seen = np.arange(days + 1)
    return pdmodel.simulate(pdmodel.load(model), dose, days=days, patient=chosen, times=days_seen)


def test_a_resistant_clone_brings_relapse_on_drug() -> None:
    """The responder comes to a nadir and grows by half again within two years, on drug."""
    size = run("resistant_clone", days=900)["SPD"].values / 40
    nadir = int(size.argmin())
    assert 200 < nadir < 500
    assert size[-1] > 1.5 * size[nadir]
    share = run("resistant_clone", days=900)["resistant_share"].values
    assert (np.diff(share) >= 0).all()
    assert share[0] == pytest.approx(0.02)
    assert 0.5 < share[-1] <= 1


def test_two_clones_are_the_replicator_equation() -> None:
    """logit of the share rises by the drug's kill of the seen cells, integrated over time."""
    model = pdmodel.load("resistant_clone")
    found = pdmodel.simulate(
        model, "10 mg daily", days=100, patient=pdmodel.load_patient("responder"), rtol=1e-9,
        atol=1e-12, times=np.linspace(0, 100, 4001),
        quantities=["resistant_share", "kill_rate", "drug_effect"],
    )  # fmt: skip
    share, effect = found["resistant_share"].values, found["drug_effect"].values
    armed = model.defaults["kill_without_drug"]
    seen = found["kill_rate"].values / (1 - share)  # on a cell that is seen
    of_drug = seen * (1 - armed) * effect / (armed + (1 - armed) * effect)
    rise = np.log(share / (1 - share))
    expected = np.concatenate([[0], np.cumsum((of_drug[1:] + of_drug[:-1]) / 2 * 0.025)])
    np.testing.assert_allclose(rise - rise[0], expected, rtol=1e-3, atol=1e-5)


def test_a_saturable_marrow_is_alike_at_10_mg_and_spared_at_25() -> None:
    """The same mean inhibition on 10 mg daily, derived; less of it on 25 mg."""

    def mean(model: str, dose: str) -> float:
        found = pdmodel.simulate(
            pdmodel.load(model), dose, days=10, times=np.linspace(5, 10, 5001),
            quantities=["marrow_inhibition"],
        )  # fmt: skip
        return float(found["marrow_inhibition"].values.mean())

    linear, curved = (mean(m, "10 mg daily") for m in ("reference", "saturable_marrow"))
    assert curved == pytest.approx(linear, rel=0.005)
    linear, curved = (mean(m, "25 mg daily") for m in ("reference", "saturable_marrow"))
    assert curved < 0.85 * linear


def test_maturation_arrest_is_made_good() -> None:
    """Progenitors pile up until as many mature as before: neutropenia passes on drug."""
    found = run("maturation_arrest", days=200, dose="25 mg daily")
    count, progenitors = found["ANC"].values, found["progenitors"].values
    assert count[:60].min() < 0.9 * count[0]
    assert count[-1] == pytest.approx(count[0], rel=0.02)
    assert progenitors[-1] > 1.05 * progenitors[0]


def test_blocked_homing_fills_the_blood() -> None:
    """More CLL cells in blood, smaller nodes than in the reference, in the first weeks."""
    blocked, plain = run("homing_blocked", "nonresponder"), run("reference", "nonresponder")
    assert blocked["blood_cll"].values[28] > 1.1 * plain["blood_cll"].values[28]
    assert blocked["SPD"].values[56] < plain["SPD"].values[56]


def test_inducibility_splits_il6_without_tolerance() -> None:
    """Responders keep their IL-6, nonresponders do not, and TNF-alpha plays no part in it."""
    folds = [run("inducibility", who, 28)["il6_fold"].values[7]
             for who in ("responder", "nonresponder")]  # fmt: skip
    assert folds[0] < 1.5 < 2 < folds[1]
