"""Dosing scenarios of mrgsolve/nmtests against NONMEM's own output, which is read, never copied."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pdmodel import simulate
from pdmodel.dosing import Dose, DoseRule, Regimen
from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary

HOUR = 1 / 24


def depot() -> Model:
    """Return the one-compartment model of NONMEM's dosing scenarios, per day."""
    q = Vocabulary()
    ka = q.parameter(
        "ka", unit="1/day", value=1.5 / HOUR, bounds=(1, 99), meaning="absorption", source=ASSUMED
    )
    k = q.parameter(
        "k", unit="1/day", value=1.1 / 20 / HOUR, bounds=(1, 9), meaning="loss", source=ASSUMED
    )
    gut = q.state("gut", unit="mg", initial=0, meaning="drug in the depot")
    plasma = q.state("plasma", unit="mg", initial=0, meaning="drug in plasma")
    q.slot("exposure", meaning="drug", states=(gut, plasma))
    exposure = Mechanism(
        "exposure",
        slot="exposure",
        claim="absorption and loss are of first order",
        processes={
            "absorption": {gut: -ka * gut, plasma: +ka * gut},
            "loss": {plasma: -k * plasma},
        },
        doses={"depot": gut, "infusion": plasma},
    )
    return Model("depot", q, [exposure])


@pytest.mark.parametrize(
    ("scenario", "dose"),
    [
        (1, Dose(0, "depot", 100)),
        (3, Dose(0, "infusion", 100, duration=10 * HOUR)),
        (6, Dose(0, "depot", 100, duration=12 * HOUR)),
    ],
)
def test_repeated_doses_agree_with_nonmem(external: Path, scenario: int, dose: Dose) -> None:
    """Four daily doses, as a bolus and as infusions: the concentrations that NONMEM prints."""
    folder = external / "nonmem_dosing"
    rows = pd.read_csv(folder / "doses_and_observations.csv", na_values=".")
    printed = pd.read_csv(folder / "nonmem_output.csv").query("ID == @scenario")["CP"].to_numpy()
    events = rows[rows["ID"] == scenario].reset_index(drop=True)
    (given,) = events[events["evid"] == 1].to_dict("records")
    assert (given["amt"], given["ii"], given["addl"]) == (100, 24, 3)
    rate = dose.amount / dose.duration * HOUR if dose.duration else 0
    assert given["rate"] == pytest.approx(rate)
    seen = (events["evid"] == 0).to_numpy()
    hours = events["time"].to_numpy()[seen]
    regimen = Regimen(rules=(DoseRule(dose, cycle=1.0, stop=4.0),))
    run = simulate(depot(), regimen, days=hours.max() * HOUR, times=hours * HOUR, at_dose="after")
    concentration = 1000 * run["plasma"].to_numpy() / 20
    np.testing.assert_allclose(concentration, printed[seen], rtol=2e-3, atol=1e-3)
