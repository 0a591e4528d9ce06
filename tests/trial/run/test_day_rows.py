"""The largest value of a day is that of the drug, however soon it is gone."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import pdmodel
from pdmodel.trial import Protocol, run_trial
from pdmodel.trial.run.day_rows import day_rows
from tests.toys import one_compartment

MODEL = one_compartment()


def largest(drug: str, quantity: str, loss: float, alongside: str = "no drug") -> np.ndarray:
    """Return the largest value of each of two days of a dose of 10 mg."""
    protocol = Protocol(
        "p", "", 10, days=2, visits=(2,), drug=drug, alongside=pdmodel.read_regimen(alongside)
    )
    records = run_trial(
        MODEL, pd.DataFrame({"k": [loss]}), protocol, quantities=[quantity], peaks=[quantity]
    )
    return records[f"{quantity}_peak"].values[0, 1:]


@pytest.mark.parametrize("loss", [0.7, 6.0, 40.0])
def test_a_bolus_is_seen_at_its_height(loss: float) -> None:
    """It was looked for six hours later at the earliest, when little of it is left."""
    left = 10 * math.exp(-loss)
    assert largest("iv", "plasma", loss) == pytest.approx([10, 10 + left], rel=1e-3)
    volume = MODEL.defaults["volume"]
    assert largest("iv", "concentration", loss)[0] == pytest.approx(10 / volume, rel=1e-3)


def test_so_is_what_is_absorbed_and_what_is_given_beside_it() -> None:
    """A Bateman curve lies within 3 % of its top, and a dose at noon is one of the day."""
    ka, k = MODEL.defaults["ka"], 12.0
    top = math.log(ka / k) / (ka - k)
    height = 10 * ka / (ka - k) * (math.exp(-k * top) - math.exp(-ka * top))
    assert largest("oral", "plasma", k)[0] == pytest.approx(height, rel=0.03)
    noon = largest("iv", "plasma", 40.0, "50 mg iv once after 12 hours")
    assert noon == pytest.approx([50, 10], rel=1e-3)


def test_what_follows_the_drug_over_days_has_four_rows() -> None:
    """So trials whose peaks are swellings of nodes run as before, with the numbers of before."""
    reference = pdmodel.load("reference")
    rows = day_rows(reference, ["node_swelling"])
    assert rows.shares.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert rows.times(2).tolist() == (np.arange(1, 9) / 4).tolist()
    both = day_rows(reference, ["node_swelling", "drug_plasma"])
    looks = np.random.default_rng(1).random((3, 2, both.shares.size))
    assert {0.25, 0.5, 0.75, 1.0} <= set(both.shares.tolist())
    quarters = np.isin(both.shares, rows.shares)
    expected = looks[:, :, quarters].max(axis=2)
    assert (both.largest("node_swelling", looks) == expected).all()
    assert (both.largest("drug_plasma", looks) == looks.max(axis=2)).all()
