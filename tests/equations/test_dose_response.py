"""A steeper dose response, and one with a threshold: what each says of 5, 10 and 25 mg."""

from __future__ import annotations

import numpy as np
import pytest

import pdmodel
from equations import patients
from equations.hypotheses import reference
from equations.regimens import CONTINUOUS_10, FIXED_5, HIGH_DOSE, STEROID_PACK
from pdmodel.engine import simulate


def mean_effect(model: pdmodel.Model, regimen: str) -> float:
    """Return the mean drug effect of the third week."""
    times = np.linspace(14, 20, 2001)
    run = simulate(model, regimen, days=20, times=times, quantities=["drug_effect"])
    return float(run["drug_effect"].values.mean())


def smallest_nodes(model: pdmodel.Model, regimen: str) -> float:
    """Return the lowest SPD of the typical responder at a visit, over baseline."""
    visits = np.arange(0.0, 337.0, 28.0)
    run = simulate(model, regimen, days=336, patient=patients.responder, times=visits)
    return float(run["SPD"].min() / run["SPD"][0])


def test_steep_loss_is_that_of_the_reference_on_10_mg() -> None:
    """The half point was derived so; 5 mg do less than in the reference, 25 mg hardly more."""
    steep = pdmodel.load("steep_ikaros_loss")
    plain = {dose: mean_effect(reference, dose) for dose in (FIXED_5, CONTINUOUS_10)}
    changed = {dose: mean_effect(steep, dose) for dose in (FIXED_5, CONTINUOUS_10)}
    assert changed[CONTINUOUS_10] == pytest.approx(plain[CONTINUOUS_10], rel=0.005)
    assert changed[FIXED_5] < 0.8 * plain[FIXED_5]


def test_half_the_dose_does_less_where_the_response_is_steep() -> None:
    """Nodes of the typical responder shrink less on 5 mg than in the reference, alike on 10 mg."""
    steep = pdmodel.load("steep_ikaros_loss")
    assert smallest_nodes(steep, FIXED_5) > 1.2 * smallest_nodes(reference, FIXED_5)
    assert smallest_nodes(steep, CONTINUOUS_10) == pytest.approx(
        smallest_nodes(reference, CONTINUOUS_10), rel=0.03
    )


def test_priming_separates_the_doses() -> None:
    """From 5 to 10 to 25 mg more is primed, and nodes shrink in that order."""
    primed = pdmodel.load("primed_kill")
    shares = []
    for regimen in (FIXED_5, CONTINUOUS_10, HIGH_DOSE):
        run = simulate(primed, regimen, days=28, patient=patients.responder, times=[28.0])
        shares.append(float(run["primed_share"][0]))
    assert shares[0] < 0.6 * shares[1]
    assert shares[1] < shares[2] < 1
    sizes = [smallest_nodes(primed, dose) for dose in (FIXED_5, CONTINUOUS_10, HIGH_DOSE)]
    assert sizes == sorted(sizes, reverse=True)


def test_a_steroid_costs_response_only_where_priming_is_needed() -> None:
    """A pack from the first day leaves the reference as it is, and takes from a primed response."""
    spared = f"{CONTINUOUS_10} + {STEROID_PACK} in 2 doses"
    assert smallest_nodes(reference, spared) < 1.05 * smallest_nodes(reference, CONTINUOUS_10)
    primed = pdmodel.load("primed_kill")
    assert smallest_nodes(primed, spared) > 1.2 * smallest_nodes(primed, CONTINUOUS_10)
